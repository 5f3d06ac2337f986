"""Who could change what, read from the contracts of this chain.

>>> governance = read(chain, index, now)
>>> [(holder.account, holder.delay) for holder in governance.holders[ADMIN]]
[('0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266', 0)]

Who was granted a role comes from the Authority's events; whether and since when he has it, and how
long he must wait with each act, from the Authority itself. What nobody can do follows from the
code, so the code is compared with the address book. Times are in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daimm_cli.base.text import time_shown
from daimm_cli.chain.book import CORE
from daimm_cli.chain.terms import ZERO_ADDRESS, Offer
from daimm_cli.protocol.curve import keccak
from daimm_cli.quote.checks import Check, compared
from daimm_cli.quote.words import roughly

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.index.index import Index

ADMIN, PUBLIC = 0, (1 << 64) - 1
FEE_CAP, STOP_CAP, STOP_PAUSE = 500, 14 * 86400, 30 * 86400
"""What docs/architecture.md promises: hundredths of a percent, seconds, seconds."""

MOST_HOLDERS, MOST_ROLES = 20, 16
RESTRICTED = {
    "set token": ("Market", "setToken(address,bool,uint16)"),
    "stop": ("Market", "stopNewBusiness(uint40)"),
    "resume": ("Market", "resumeNewBusiness()"),
    "set issuer": ("ModelLicense", "setIssuer(address,bool)"),
}
"""Every function that governance can call, and how it is called here."""


@dataclass(frozen=True)
class Holder:
    """delay: seconds that each of his acts waits, shown to all; since: when he has the role."""

    account: str
    since: int
    delay: int


@dataclass(frozen=True)
class Governance:
    """roles: which role each restricted function takes; None where it is closed to everybody.

    holders: of each role; more: of how many holders not all are shown. fee_cap: hundredths of a
    percent. elsewhere: what Market or ModelLicense obey in place of the Authority; then nothing is
    known of roles. altered: contracts whose code is not what the address book says.
    """

    roles: dict[str, int | None]
    holders: dict[int, tuple[Holder, ...]]
    more: dict[int, int]
    elsewhere: tuple[str, ...]
    altered: tuple[str, ...]
    fee_cap: int
    stop_cap: int
    stop_pause: int
    stopped_until: int


def read(chain: Chain, index: Index) -> Governance:
    """What the chain says now; raises OutsideFailed where the node does not answer."""
    roles = {name: _role(chain, *where) for name, where in RESTRICTED.items()}
    pending = [ADMIN, *(role for role in roles.values() if role is not None)]
    ask = chain.node.view
    holders: dict[int, tuple[Holder, ...]] = {}
    more: dict[int, int] = {}
    while pending and len(holders) < MOST_ROLES:
        role = pending.pop(0)
        if role in holders or role == PUBLIC:
            continue
        accounts = index.role_holders(role)
        found = (_holder(chain, role, account) for account in accounts[:MOST_HOLDERS])
        holders[role] = tuple(holder for holder in found if holder is not None)
        more[role] = max(len(accounts) - MOST_HOLDERS, 0)
        pending.append(ask(chain.deployed.authority.get_role_admin(role)))
    market = chain.deployed.market
    obeyed = [ask(market.authority()), ask(chain.deployed.licenses.authority())]
    return Governance(
        roles=roles,
        holders=holders,
        more=more,
        elsewhere=tuple(found for found in obeyed if found != chain.book.address("Authority")),
        altered=tuple(name for name in CORE if not _as_booked(chain, name)),
        fee_cap=ask(market.max_fee()),
        stop_cap=ask(market.max_stop()),
        stop_pause=ask(market.stop_cooldown()),
        stopped_until=chain.stopped_until(),
    )


def checks(chain: Chain, governance: Governance, fee: int, now: int) -> list[Check]:
    """fee: the protocol's share of this sale, in hundredths of a percent."""
    authority = chain.book.address("Authority")
    caps = (governance.fee_cap, governance.stop_cap, governance.stop_pause)
    within = fee <= FEE_CAP and governance.stopped_until <= now + STOP_CAP
    return [
        compared("contracts", not governance.altered,
                 "The code of all contracts is that of the address book.",
                 f"The code of {', '.join(governance.altered)} is not that of the address book: "
                 "nothing that is said of them here holds. Don't buy."),
        compared("authority", not governance.elsewhere,
                 f"Market and licences obey {authority}.",
                 f"Market or licences obey {' and '.join(governance.elsewhere)}, not {authority}: "
                 "who may change what is not known."),
        compared("caps", caps == (FEE_CAP, STOP_CAP, STOP_PAUSE) and within,
                 f"The fee is capped at {FEE_CAP / 100:g}%, a stop at {roughly(STOP_CAP)}.",
                 "The market's caps on fee and stop are not those that are documented: its code "
                 "is another one."),
    ]  # fmt: skip


def describe(governance: Governance, offer: Offer, aim: str, fee: int, now: int) -> dict[str, str]:
    """Who could change what, for people."""

    def who(function: str | None = None) -> str:
        if governance.elsewhere:
            return f"whoever {governance.elsewhere[0]} lets"
        role = ADMIN if function is None else governance.roles[function]
        return "nobody (closed)" if role is None else holders_shown(governance, role, now)

    stopped = "" if governance.stopped_until < now else (
        f" Stopped now, until {time_shown(governance.stopped_until)}."
    )  # fmt: skip
    token = "" if offer.token == aim else (
        "; the token's own issuer may be able to freeze or change it"
    )  # fmt: skip
    stop, pause = roughly(governance.stop_cap), roughly(governance.stop_pause)
    return {
        "admin": f"{who()}: names who has the powers below, and may put another authority in place",
        "protocol fee": f"{fee / 100:g}% now; {who('set token')} may set up to "
        f"{governance.fee_cap / 100:g}% for later purchases. It is taken from the price, not added",
        "tokens": f"{who('set token')} may refuse a token for later purchases, AIM never{token}",
        "stop": f"{who('stop')} may stop new listings and purchases, for {stop} at most and then "
        f"not for {pause}; {who('resume')} may end a stop. Deliveries, refunds and withdrawals "
        f"never stop.{stopped}",
        "issuers": f"{who('set issuer')} may end new purchases for good by refusing the market; "
        "licences that exist stay",
        "your escrow": "not known: the code is not that of the address book"
        if governance.altered
        else "nobody can move it elsewhere or change an open order: the contracts have no function "
        "for it and cannot be replaced",
        "seller": "may close the offer, retire the version, add others, decline an open order (all "
        f"of it goes back to you). His price and payee ({offer.payout}) are fixed in the offer",
    }


def holders_shown(governance: Governance, role: int, now: int) -> str:
    """Who has a role, how fast each can act."""
    if role == PUBLIC:
        return "anybody, at once"
    shown = []
    for holder in governance.holders.get(role, ()):
        speed = f"after {roughly(holder.delay)}" if holder.delay else "at once"
        start = f" from {time_shown(holder.since)}" if holder.since > now else ""
        shown.append(f"{holder.account} ({speed}{start})")
    if governance.more.get(role):
        shown.append(f"{governance.more[role]} more")
    return ", ".join(shown) or "nobody"


def to_json(governance: Governance, fee: int) -> dict[str, Any]:
    """For programs; roles are decimal text, delays seconds."""
    return {
        "functions": {
            name: None if role is None else str(role) for name, role in governance.roles.items()
        },
        "roles": {
            str(role): {
                "holders": [
                    {"account": h.account, "since": h.since, "delay": h.delay} for h in holders
                ],
                "more": governance.more.get(role, 0),
            }
            for role, holders in governance.holders.items()
        },
        "obeyed_elsewhere": list(governance.elsewhere),
        "protocol_fee": fee,
        "protocol_fee_cap": governance.fee_cap,
        "stop_cap": governance.stop_cap,
        "stop_pause": governance.stop_pause,
        "stopped_until": governance.stopped_until,
        "nobody_moves_escrow": None if governance.altered else True,
        "nobody_changes_orders": None if governance.altered else True,
    }


def _role(chain: Chain, name: str, signature: str) -> int | None:
    target = chain.book.address(name)
    authority = chain.deployed.authority
    if chain.node.view(authority.is_target_closed(target)):
        return None
    selector = keccak(signature.encode())[:4]
    return chain.node.view(authority.get_target_function_role(target, selector))


def _holder(chain: Chain, role: int, account: str) -> Holder | None:
    view = chain.deployed.authority.get_access(role, account)
    since, delay, pending, effect = chain.node.view(view)
    if account == ZERO_ADDRESS or not since:
        return None
    return Holder(account, since, min(delay, pending) if effect else delay)


def _as_booked(chain: Chain, name: str) -> bool:
    entry = chain.book.contracts[name]
    return keccak(chain.node.code(entry.address)) == entry.code_hash
