"""What a network's deployment is made of: scripts/params/<network>.yaml, checked.

>>> params = for_chain(31337)
>>> params.admin, params.fees
('timelock', {'AIM': 100})
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import yaml
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)

from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.values import checksummed

FOLDER = Path(__file__).resolve().parent / "params"
DEPLOYER = "deployer"
TIMELOCK = "timelock"
ARBITER = "arbiter"
COURT = "court"
AIM = "AIM"
WEI = 10**18
"""Smallest units of AIM in one AIM."""

MAX_BYTES = 1 << 16
_LABEL = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)


def _account(value: str) -> str:
    return value if value in (DEPLOYER, TIMELOCK) else _address(value)


def _arbitrator(value: str) -> str:
    return value if value in (ARBITER, COURT) else _address(value)


def _token(value: str) -> str:
    return value if value == AIM else _address(value)


def _address(value: str) -> str:
    try:
        return checksummed(value)
    except DaimmError as error:
        raise ValueError(error.message) from None


def _label(value: str) -> str:
    if not _LABEL.fullmatch(value) or value in (DEPLOYER, TIMELOCK):
        raise ValueError("A label is of small letters, digits and dashes, and no other word here.")
    return value


def _midnight(value: Any) -> int:
    if type(value) is not date:
        raise ValueError("Write a day, as 2026-12-31: it begins at midnight UTC.")
    return int(datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp())


Account = Annotated[str, AfterValidator(_account)]
"""An address, "deployer" or "timelock"."""

Arbitrator = Annotated[str, AfterValidator(_arbitrator)]
"""An address, or "arbiter" or "court": that of the file."""

Token = Annotated[str, AfterValidator(_token)]
Label = Annotated[str, AfterValidator(_label)]
Whole = Annotated[int, Field(ge=0, strict=True)]
Seconds = Whole
Share = Annotated[Whole, Field(le=10_000)]
"""In hundredths of a percent."""

Aim = Annotated[Whole, AfterValidator(lambda whole: whole * WEI)]
"""Whole AIM in the file, smallest units here."""

Day = Annotated[int, BeforeValidator(_midnight)]
"""A day in the file, its first second here, since 1970."""


class _Closed:
    """A table of the file: no keys but these."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Faucet(_Closed):
    """interval: between two calls of one account."""

    fill: Aim
    amount: Aim
    interval: Seconds


@dataclass(frozen=True)
class Governance(_Closed):
    """delay: the timelock's. The others are the governor's; quorum: percent of all votes."""

    delay: Seconds
    voting_delay: Seconds
    voting_period: Seconds
    late_quorum: Seconds
    proposal_threshold: Aim
    quorum: Annotated[Whole, Field(le=100)]
    quorum_floor: Aim


@dataclass(frozen=True)
class Vested(_Closed):
    """What unlocks evenly for somebody, from `start` on, but nothing before `cliff` is over."""

    beneficiary: Account
    amount: Aim
    start: Day
    duration: Seconds
    cliff: Seconds


@dataclass(frozen=True)
class Rebates(_Closed):
    """What comes back of a sale's fee, as IRebates has it. budget: what the deployer pays in."""

    buyer: Share
    payee: Share
    early: Share
    early_from: Day
    early_until: Day
    frequent: Share
    frequent_at: Aim
    budget: Aim


@dataclass(frozen=True)
class Arbiter(_Closed):
    """One account that rules on claims. fee: for each dispute, in wei."""

    judge: Account
    fee: Whole


@dataclass(frozen=True)
class Court(_Closed):
    """Drawn jurors that rule on claims. seat: what one takes. fee: for each juror of a round, in
    wei. randomness: of the blocks' headers, or drand's where who orders a chain's transactions
    chooses those; lag: then, how far the chain's clock is behind the world's at most."""

    seat: Aim
    fee: Whole
    randomness: Literal["header", "drand"]
    lag: Seconds = 0


@dataclass(frozen=True)
class Claims(_Closed):
    """Who decides claims, in which court, with how many jurors at first."""

    arbitrator: Arbitrator
    court: Whole = 0
    jurors: Whole = 1


@dataclass(frozen=True)
class Pool(_Closed):
    """What insures orders, in one token. curator: who says against what, for ever."""

    asset: Token
    curator: Account


@dataclass(frozen=True, kw_only=True)
class Params(_Closed):
    """Accounts are addresses, or words until they are `resolved`.

    claims: a contract of claims for each arbitrator and court, by label. pools: of cover.
    supply: holder to AIM, beside what is vested. fees: payment token ("AIM" or an address) to the
    protocol's share. delivery_fees: the same tokens to the most that an offer may ask for a
    delivery, in the token's smallest unit.
    """

    chain_id: Whole
    confirmations: Whole
    admin: Account
    guardian: Account
    treasury: Account
    governance: Governance
    supply: Annotated[Mapping[Account, Aim], Field(min_length=1)]
    vesting: Mapping[Label, Vested]
    faucet: Faucet | None = None
    rebates: Rebates
    arbiter: Arbiter | None = None
    court: Court | None = None
    claims: Mapping[Label, Claims] = field(default_factory=dict)
    pools: Mapping[Label, Pool] = field(default_factory=dict)
    fees: Mapping[Token, Share]
    delivery_fees: Mapping[Token, Whole]

    def __post_init__(self) -> None:
        if self.fees.keys() != self.delivery_fees.keys():
            raise ValueError("fees and delivery_fees name the same tokens.")
        judges = {each.arbitrator for each in self.claims.values()}
        if ARBITER in judges and not self.arbiter:
            raise ValueError("claims name the arbiter, and there is none: say who it is.")
        if COURT in judges and not self.court:
            raise ValueError("claims name the court, and there is none: say what a seat takes.")

    def resolved(self, deployer: str, timelock: str) -> Params:
        """With addresses in place of the words."""
        known = {DEPLOYER: deployer, TIMELOCK: timelock}

        def who(account: str) -> str:
            return known.get(account, account)

        supply: dict[str, int] = {}
        for holder, amount in self.supply.items():
            supply[who(holder)] = supply.get(who(holder), 0) + amount
        vesting = {
            label: dataclasses.replace(each, beneficiary=who(each.beneficiary))
            for label, each in self.vesting.items()
        }
        pools = {
            label: dataclasses.replace(each, curator=who(each.curator))
            for label, each in self.pools.items()
        }
        return dataclasses.replace(
            self,
            admin=who(self.admin),
            guardian=who(self.guardian),
            treasury=who(self.treasury),
            supply=supply,
            vesting=vesting,
            pools=pools,
            arbiter=self.arbiter
            and dataclasses.replace(self.arbiter, judge=who(self.arbiter.judge)),
        )


_PARAMS = TypeAdapter(Params)


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
    try:
        return _PARAMS.validate_python(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        said = first["msg"].removeprefix("Value error, ").rstrip(".")
        advice = "; put addresses in quotes" if first["type"] == "string_type" else ""
        raise DaimmError(f"{file}: {f'{where}: ' if where else ''}{said}{advice}.") from None
