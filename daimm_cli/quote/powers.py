"""Who could change what, read from the contracts of this chain.

>>> governance = read(chain, index, fee=100)
>>> [(holder.account, holder.delay) for holder in governance.roles[ADMIN].holders]
[('0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266', 0)]

Who was granted a role comes from the Authority's events; whether they have it and since when, and
how long they wait with each act, from the Authority itself. What nobody can do follows from the
code, so the code is compared with the address book. Times are in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daimm_cli.base.text import roughly, time_shown
from daimm_cli.bindings.calls import Contract
from daimm_cli.bindings.market import Market
from daimm_cli.bindings.model_license import ModelLicense
from daimm_cli.bindings.rebates import Rebates
from daimm_cli.chain.terms import ZERO_ADDRESS, Offer
from daimm_cli.quote.checks import Check

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.index.index import Index

ADMIN, PUBLIC = 0, (1 << 64) - 1
FEE_CAP, STOP_CAP, STOP_PAUSE = 500, 14 * 86400, 30 * 86400
"""What docs/architecture.md promises: hundredths of a percent, seconds, seconds."""

MOST_HOLDERS, MOST_ROLES = 20, 16
RESTRICTED: dict[str, tuple[type[Contract], str]] = {
    "set token": (Market, "set_token"),
    "stop": (Market, "stop_new_business"),
    "resume": (Market, "resume_new_business"),
    "set issuer": (ModelLicense, "set_issuer"),
    "set rates": (Rebates, "set_rates"),
    "take back": (Rebates, "take_back"),
}
"""Every function that governance can call, and how it is called here."""


@dataclass(frozen=True)
class Holder:
    """since: when they have the role; delay: seconds that each of their acts waits, publicly."""

    account: str
    since: int
    delay: int


@dataclass(frozen=True)
class Role:
    """more: how many holders are not shown."""

    holders: tuple[Holder, ...]
    more: int


@dataclass(frozen=True)
class Governance:
    """As JSON has it. functions: the role, in decimal, that each restricted function takes; None
    where it is closed to everybody.

    obeyed_elsewhere: what Market or ModelLicense obey in place of the Authority; then nothing is
    known of roles. Fees are in hundredths of a percent. nobody_...: None where code is altered.
    """

    functions: dict[str, str | None]
    roles: dict[int, Role]
    obeyed_elsewhere: tuple[str, ...]
    protocol_fee: int
    protocol_fee_cap: int
    stop_cap: int
    stop_pause: int
    stopped_until: int
    nobody_moves_escrow: bool | None
    nobody_changes_orders: bool | None
    authority: str = field(repr=False)
    altered: tuple[str, ...] = field(repr=False)
    now: int = field(repr=False)


def read(chain: Chain, index: Index, fee: int, now: int) -> Governance:
    """What the chain says now; raises OutsideFailed where the node does not answer.

    fee: the protocol's share of this sale, in hundredths of a percent.
    """
    ask, market, licenses = chain.node.view, chain.deployed.market, chain.deployed.licenses
    authority = chain.deployed.authority
    functions: dict[str, str | None] = {}
    for name, (kind, function) in RESTRICTED.items():
        if kind.NAME not in chain.book.contracts:
            continue
        where = chain.book.address(kind.NAME)
        selector = bytes.fromhex(kind.FUNCTIONS[function].selector)
        closed = ask(authority.is_target_closed(where))
        role = None if closed else ask(authority.get_target_function_role(where, selector))
        functions[name] = None if role is None else str(role)
    pending = [ADMIN, *(int(role) for role in functions.values() if role is not None)]
    roles: dict[int, Role] = {}
    while pending and len(roles) < MOST_ROLES:
        number = pending.pop(0)
        if number in roles or number == PUBLIC:
            continue
        accounts = index.role_holders(number)
        found = (_holder(chain, number, account) for account in accounts[:MOST_HOLDERS])
        holders = tuple(holder for holder in found if holder is not None)
        roles[number] = Role(holders, max(len(accounts) - MOST_HOLDERS, 0))
        pending.append(ask(authority.get_role_admin(number)))
    obeyed = ask(market.authority()), ask(licenses.authority())
    altered = tuple(name for name in chain.book.contracts if not chain.as_booked(name))
    return Governance(
        functions=functions,
        roles=roles,
        obeyed_elsewhere=tuple(found for found in obeyed if found != authority.address),
        protocol_fee=fee,
        protocol_fee_cap=ask(market.max_fee()),
        stop_cap=ask(market.max_stop()),
        stop_pause=ask(market.stop_cooldown()),
        stopped_until=ask(market.stopped_until()),
        nobody_moves_escrow=None if altered else True,
        nobody_changes_orders=None if altered else True,
        authority=authority.address,
        altered=altered,
        now=now,
    )


def _capped(it: Governance) -> bool:
    within = it.protocol_fee <= FEE_CAP and it.stopped_until <= it.now + STOP_CAP
    caps = (it.protocol_fee_cap, it.stop_cap, it.stop_pause)
    return within and caps == (FEE_CAP, STOP_CAP, STOP_PAUSE)


CHECKS = (
    Check[Governance]("contracts", lambda it: not it.altered,
          "The code of all contracts is that of the address book.",
          "The code of {altered} is not that of the address book: nothing that is said of "
          "them here holds. Don't buy."),
    Check[Governance]("authority", lambda it: not it.obeyed_elsewhere,
          "Market and licences obey {authority}.",
          "Market or licences obey {obeyed_elsewhere}, not {authority}: who may change what is not "
          "known."),
    Check[Governance]("caps", _capped,
          f"The fee is capped at {FEE_CAP / 100:g}%, a stop at {roughly(STOP_CAP)}.",
          "The market's caps on fee and stop are not those that are documented: its code is "
          "another one."),
)  # fmt: skip


def describe(governance: Governance, offer: Offer, aim: str) -> dict[str, str]:
    """Who could change what, for people."""

    def who(power: str = "admin") -> str:
        return holders_of(governance, power)

    stopped = f" Stopped now, until {time_shown(governance.stopped_until)}."
    freezes = "; the token's own issuer may be able to freeze or change it"
    stop, pause = roughly(governance.stop_cap), roughly(governance.stop_pause)
    return {
        "admin": f"{who()}: names who has the powers below, and may put another authority in place",
        "protocol fee": f"{governance.protocol_fee / 100:g}% now; {who('set token')} may set up to "
        f"{governance.protocol_fee_cap / 100:g}% for later purchases. It is taken from the price, "
        "not added",
        "tokens": f"{who('set token')} may refuse a token for later purchases, AIM never"
        + (freezes if offer.token != aim else ""),
        "stop": f"{who('stop')} may stop new listings and purchases, for {stop} at most and then "
        f"not for {pause}; {who('resume')} may end a stop. Deliveries, refunds and withdrawals "
        "never stop." + (stopped if governance.stopped_until >= governance.now else ""),
        "issuers": f"{who('set issuer')} may end new purchases for good by refusing the market; "
        "licences that exist stay",
        "your escrow": "not known: the code is not that of the address book"
        if governance.altered
        else "nobody can move it elsewhere or change an open order: the contracts have no function "
        "for it and cannot be replaced",
        "seller": "may close the offer, retire the version, add others, decline an open order (all "
        f"of it goes back to you). Their price and payee ({offer.payout}) are fixed in the offer",
    }


def _holders(governance: Governance, number: int) -> str:
    """Who has a role, how fast each can act, for people."""
    if number == PUBLIC:
        return "anybody, at once"
    role = governance.roles.get(number, Role((), 0))
    shown = []
    for holder in role.holders:
        speed = f"after {roughly(holder.delay)}" if holder.delay else "at once"
        start = f" from {time_shown(holder.since)}" if holder.since > governance.now else ""
        shown.append(f"{holder.account} ({speed}{start})")
    return ", ".join([*shown, *([f"{role.more} more"] if role.more else [])]) or "nobody"


def holders_of(governance: Governance, power: str) -> str:
    """Who has "admin" or one of RESTRICTED, for people."""
    if governance.obeyed_elsewhere:
        return f"whoever {governance.obeyed_elsewhere[0]} lets"
    role = role_of(governance, power)
    return "nobody (closed)" if role is None else _holders(governance, int(role))


def role_of(governance: Governance, power: str) -> str | None:
    """The number of the role that has it; None where it is closed to everybody."""
    return {**governance.functions, "admin": str(ADMIN)}[power]


def _holder(chain: Chain, role: int, account: str) -> Holder | None:
    view = chain.deployed.authority.get_access(role, account)
    since, delay, pending, effect = chain.node.view(view)
    if account == ZERO_ADDRESS or not since:
        return None
    return Holder(account, since, min(delay, pending) if effect else delay)
