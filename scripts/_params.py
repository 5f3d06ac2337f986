"""What a network's deployment is made of: scripts/params/<network>.yaml, checked.

>>> params = for_chain(31337)
>>> params.fees
{'AIM': 100}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.values import checksummed

FOLDER = Path(__file__).resolve().parent / "params"
DEPLOYER = "deployer"
AIM = "AIM"
WEI = 10**18
"""Smallest units of AIM in one AIM."""

_KEYS = {
    *("chain_id", "confirmations", "admin", "guardian", "treasury", "supply", "faucet", "fees"),
    "delivery_fees",
}


@dataclass(frozen=True)
class Faucet:
    """fill and amount: smallest units of AIM; interval: seconds."""

    fill: int
    amount: int
    interval: int


@dataclass(frozen=True)
class Params:
    """Accounts are addresses, or "deployer"; `resolved` replaces that.

    supply: holder to smallest units of AIM. fees: payment token ("AIM" or an address) to the
    protocol's share in hundredths of a percent. delivery_fees: the same tokens to the most that an
    offer may ask for a delivery, in the token's smallest unit.
    """

    chain_id: int
    confirmations: int
    admin: str
    guardian: str
    treasury: str
    supply: Mapping[str, int]
    faucet: Faucet | None
    fees: Mapping[str, int]
    delivery_fees: Mapping[str, int]

    def resolved(self, deployer: str) -> Params:
        """With the deployer's address wherever the file says `deployer`."""

        def who(account: str) -> str:
            return deployer if account == DEPLOYER else account

        supply: dict[str, int] = {}
        for holder, amount in self.supply.items():
            supply[who(holder)] = supply.get(who(holder), 0) + amount
        return Params(
            self.chain_id,
            self.confirmations,
            who(self.admin),
            who(self.guardian),
            who(self.treasury),
            supply,
            self.faucet,
            self.fees,
            self.delivery_fees,
        )


def for_chain(chain_id: int, folder: Path = FOLDER) -> Params:
    """The parameters of the network with this chain id; raises DaimmError where there are none."""
    for file in sorted(folder.glob("*.yaml")):
        params = read(file)
        if params.chain_id == chain_id:
            return params
    raise DaimmError(
        f"No parameters for chain {chain_id}: write {folder.parent.name}/{folder.name}/"
        "<network>.yaml after local.yaml."
    )


def read(file: Path) -> Params:
    """One parameter file; raises DaimmError naming the file and the key."""
    try:
        data = yaml.safe_load(file.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DaimmError(f"Cannot read {file}: {type(error).__name__}.") from None
    if not isinstance(data, dict) or not _KEYS - {"faucet"} <= set(data) <= _KEYS:
        raise DaimmError(f"{file}: the keys are {', '.join(sorted(_KEYS))}; faucet may be absent.")
    try:
        fees, delivery_fees = _tokens(data, "fees"), _tokens(data, "delivery_fees")
        if fees.keys() != delivery_fees.keys():
            raise DaimmError("fees and delivery_fees name the same tokens.")
        return Params(
            chain_id=_number(data, "chain_id"),
            confirmations=_number(data, "confirmations"),
            admin=_account(data["admin"], "admin"),
            guardian=_account(data["guardian"], "guardian"),
            treasury=_account(data["treasury"], "treasury"),
            supply={
                _account(holder, "supply"): _number(data["supply"], holder) * WEI
                for holder in _table(data["supply"], "supply")
            },
            faucet=_faucet(data["faucet"]) if data.get("faucet") else None,
            fees=fees,
            delivery_fees=delivery_fees,
        )
    except DaimmError as error:
        raise DaimmError(f"{file}: {error.message}") from None


def _faucet(data: Any) -> Faucet:
    if set(_table(data, "faucet")) != {"fill", "amount", "interval"}:
        raise DaimmError("faucet takes fill, amount and interval.")
    return Faucet(
        _number(data, "fill") * WEI, _number(data, "amount") * WEI, _number(data, "interval")
    )


def _tokens(data: dict[str, Any], key: str) -> dict[str, int]:
    return {
        token if token == AIM else checksummed(token, "token"): _number(data[key], token)
        for token in _table(data[key], key)
    }


def _table(data: Any, what: str) -> dict[str, Any]:
    if not isinstance(data, dict) or not data or not all(isinstance(key, str) for key in data):
        raise DaimmError(f"{what} is a table; put addresses in quotes.")
    return data


def _number(data: dict[str, Any], key: str) -> int:
    value = data[key]
    if type(value) is not int or value < 0:
        raise DaimmError(f"{key} is a whole number.")
    return value


def _account(value: Any, what: str) -> str:
    return DEPLOYER if value == DEPLOYER else checksummed(value, what)
