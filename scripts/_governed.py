"""Comparisons of `ape run verify`: who may do what, followed through all events.

>>> events = list(restricted(chain))
>>> [check.what for check in roles(chain, params, events) if not check.ok]
[]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daimm_cli.bindings import authority, timelock
from daimm_cli.bindings.authority import OperationScheduled, TargetFunctionRoleUpdated
from daimm_cli.bindings.calls import Event
from daimm_cli.bindings.market import TokenSet
from daimm_cli.bindings.model_license import IssuerSet
from daimm_cli.chain.client import Chain
from scripts._checks import Check, ask
from scripts._params import AIM, Params
from scripts._settings import ADMIN_ROLE, GUARDIAN_ROLE, STOP, TIMELOCK_ADMIN, TIMELOCK_ROLES

NEVER = (
    "RoleAdminChanged",
    "RoleGuardianChanged",
    "RoleGrantDelayChanged",
    "TargetAdminDelayUpdated",
)
"""What the deployment never does to the access manager or the timelock."""

SPAN = 10_000
"""Blocks per question for events."""

NAMES = {ADMIN_ROLE: "admin", GUARDIAN_ROLE: "guardian"}


def restricted(chain: Chain) -> Iterator[Event]:
    """All that the restricted contracts and their managers said since the deployment."""
    names = ("Authority", "Timelock", "ModelLicense", "Market")
    addresses = [chain.book.address(name) for name in names]
    last = chain.node.latest().number
    for first in range(chain.book.first_block, last + 1, SPAN):
        logs = chain.node.logs(addresses, first, min(first + SPAN - 1, last))
        yield from (event for _, event in chain.told(logs))


def roles(chain: Chain, params: Params, events: Sequence[Event]) -> Iterator[Check]:
    """Those of Authority."""
    expected = {(ADMIN_ROLE, params.admin), (GUARDIAN_ROLE, params.guardian)}
    granted = {(e.role_id, e.account) for e in events if isinstance(e, authority.RoleGranted)}
    for role, account in sorted(expected | granted):
        member, delay = ask(chain, "Authority", "hasRole", role, account)
        shown = f"yes, delay {delay}" if member else "no"
        wanted = "yes, delay 0" if (role, account) in expected else "no"
        yield Check(f"role {NAMES.get(role, role)}: {account}", wanted, shown)

    wanted_roles = {(market, STOP): GUARDIAN_ROLE for market in _markets(chain)}
    set_ = {(e.target, e.selector) for e in events if isinstance(e, TargetFunctionRoleUpdated)}
    for target, selector in sorted(wanted_roles.keys() | set_):
        found = ask(chain, "Authority", "getTargetFunctionRole", target, selector)
        wanted_role = wanted_roles.get((target, selector), ADMIN_ROLE)
        yield Check(f"role to call 0x{selector.hex()} of {target}", str(wanted_role), str(found))
    for name in ("Market", "ModelLicense", "Rebates"):
        closed = ask(chain, "Authority", "isTargetClosed", chain.book.address(name))
        yield Check(f"{name}: closed to governance", "False", str(closed))
    for name in NEVER:
        count = sum(name == event.NAME for event in events)
        yield Check(f"{name} since the deployment", "0", str(count))
    scheduled = {e.operation_id for e in events if isinstance(e, OperationScheduled)}
    waiting = sum(bool(ask(chain, "Authority", "getSchedule", each)) for each in scheduled)
    yield Check("operations scheduled", "0", str(waiting))


def timelock_roles(chain: Chain, deployer: str, events: Sequence[Event]) -> Iterator[Check]:
    """Those of the timelock: the governor's alone, ever, so that all that waits there was voted."""
    itself, governor = chain.book.address("Timelock"), chain.book.address("DaimmGovernor")
    admin = (TIMELOCK_ADMIN, itself)
    expected = {(role, governor): "yes" for role in TIMELOCK_ROLES} | {admin: "yes"}
    expected[TIMELOCK_ADMIN, deployer] = "no"  # it had it until the governor was there
    granted = {(e.role, e.account) for e in events if isinstance(e, timelock.RoleGranted)}
    for role, account in sorted(expected.keys() | granted):
        has = "yes" if ask(chain, "Timelock", "hasRole", role, account) else "no"
        wanted = expected.get((role, account), "never")
        name = TIMELOCK_ROLES.get(role, "admin" if role == TIMELOCK_ADMIN else "0x" + role.hex())
        yield Check(f"timelock's {name}: {account}", wanted, has)


def issuers(chain: Chain, events: Sequence[Event]) -> Iterator[Check]:
    """Who may issue licences, or could: what another one gave away is good for ever."""
    expected = {market: str(market == chain.market) for market in _markets(chain)}
    for issuer in sorted(expected.keys() | {e.issuer for e in events if isinstance(e, IssuerSet)}):
        allowed = ask(chain, "ModelLicense", "isIssuer", issuer)
        yield Check(f"issuer {issuer}", expected.get(issuer, "never"), str(allowed))


def tokens(chain: Chain, params: Params, events: Sequence[Event]) -> Iterator[Check]:
    """What the market takes, and for how much."""
    expected = {
        chain.aim if t == AIM else t: _policy_shown(fee, params.delivery_fees[t])
        for t, fee in params.fees.items()
    }
    for token in sorted(expected.keys() | {e.token for e in events if isinstance(e, TokenSet)}):
        policy = chain.policy(token)
        cap = policy.max_delivery_fee
        shown = _policy_shown(policy.fee, cap) if policy.allowed else "refused"
        yield Check(f"token {token}", expected.get(token, "refused"), shown)


def _markets(chain: Chain) -> list[str]:
    """The present one and those before it."""
    return [book.address("Market") for book in chain.book.markets()]


def _policy_shown(fee: int, cap: int) -> str:
    return f"allowed, {fee} bps, deliveries for {cap} at most"
