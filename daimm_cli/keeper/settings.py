"""What a keeper may do: the table [keeper] of config.toml, and DAIMM_KEEPER_... of the environment.

    [keeper]
    seller = "0x…"                    # whose offers it serves; default: the account that pays gas
    finality = 12                     # blocks a purchase must have, or "safe" or "finalized"
    batch = 20                        # duties in one transaction
    in_flight = 4                     # transactions that wait to be mined at most
    poll = 2                          # seconds (or "5s", "1m") between two looks at the chain
    patience = 90                     # seconds (or "2m") until what is stuck gets a higher fee
    max_gas_price = 200               # gwei that a transaction may offer per gas
    minimum_profit = "0.0001"         # ether that an order must leave after gas ...
    ether_per_token = { AIM = "0.01" }    # ... at this worth of a token to you
    oppose = "0.05"                   # ether that opposing a claim against right content may cost
    oppose_daily = "0.2"              # ether for all of them in 24 hours; default ten times that
    withdraw = { AIM = "100" }        # push credits from this amount on to the seller
    listen = "127.0.0.1:9464"         # Prometheus and health; "" for none
    submit = "https://…"              # a private relay to send through, never shown
    timeout = 10                      # seconds (or "10s") that the node has for an answer

>>> settings = load({"finality": "finalized"}, {})
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.settings import MOST, Reader, checked, keys, number, setting, table
from daimm_cli.base.text import parse_duration
from daimm_cli.bindings.values import checksummed

PREFIX = "DAIMM_KEEPER_"

NAMED_BLOCKS = ("safe", "finalized")

MAX_BATCH = 80
"""Deliveries in a transaction at most: 128 KiB is what nodes take, and each has 1,472 bytes."""

_amount = number(Decimal, 0, 10**12)


def _seconds(kind: type[Any], least: float, most: float) -> Reader:
    """A number, or a time like `90s` or `10m`."""

    def read(value: Any) -> Any:
        if isinstance(value, str) and value.strip()[-1:].isalpha():
            try:
                value = parse_duration(value)
            except DaimmError:
                raise ValueError("must be seconds, or a time like 30s or 10m") from None
        return number(kind, least, most)(value)

    return read


def _finality(value: Any) -> Any:
    """A number of blocks, or a name that nodes have for one."""
    if value in NAMED_BLOCKS:
        return value
    if isinstance(value, str) and not value.strip().isdecimal():
        raise ValueError('must be a number of blocks, "safe" or "finalized"')
    return number(int, 1, 10_000)(value)


def _amounts(value: Any) -> dict[str, Decimal]:
    """Amounts by token."""
    amounts: dict[str, Decimal] = table(_amount)(value)
    if len(amounts) > MOST:
        raise ValueError(f"must have at most {MOST} entries")
    for name in amounts.keys() - {"AIM"}:
        checksummed(name, "keeper's token")
    return amounts


def _seller(value: Any) -> str:
    return checksummed(value, "keeper's seller")


def _bounded(most: int) -> Reader:
    """Text, which may be empty."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or len(value) > most:
            raise ValueError(f"must be text in quotes, of at most {most} characters")
        return value

    return read


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The module's table. Names of tokens are AIM or a contract's address."""

    seller: str | None = setting("", _seller)
    finality: int | str | None = setting("", _finality)
    batch: int = setting("", number(int, 1, MAX_BATCH), 20)
    in_flight: int = setting("", number(int, 1, 16), 4)
    poll: float = setting("", _seconds(float, 0.05, 600), 2.0)
    patience: int = setting("", _seconds(int, 5, 86_400), 90)
    max_gas_price: Decimal = setting("", number(Decimal, Decimal("1e-9"), 2_000), Decimal(200))
    minimum_profit: Decimal = setting("", _amount, Decimal(0))
    ether_per_token: Mapping[str, Decimal] = setting("", _amounts)
    oppose: Decimal = setting("", _amount, Decimal(0))
    oppose_daily: Decimal | None = setting("", _amount)
    withdraw: Mapping[str, Decimal] = setting("", _amounts)
    listen: str = setting("", _bounded(100), "127.0.0.1:9464")
    submit: str | None = setting("", _bounded(2_000), shown=False)
    timeout: float = setting("", _seconds(float, 0.2, 300), 10.0)


def load(table: Mapping[str, Any], environment: Mapping[str, str]) -> Settings:
    """The settings; raises DaimmError that names what is wrong."""
    values = {"ether_per_token": {}, "withdraw": {}, **table}
    for name in keys(Settings):
        if text := environment.get(PREFIX + name.upper()):
            values[name] = text
    return checked(Settings, values, lambda key: f"The keeper's setting '{key}'")
