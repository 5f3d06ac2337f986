"""Compares a deployment with book, parameters and sources: `ape run verify --network <network>`.

    from scripts.verify import verify
    differences = [check for check in verify(node, book, params) if not check.ok]

It believes nothing but the sources and the parameter file: each contract's code is compared with
what the compiler makes here (immutables masked, then asked for one by one), and roles, issuers and
tokens are followed through all events since the deployment and then asked for. Prints a table and
ends with status 1 where anything differs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

from daimm_cli.base.errors import ChainRefused
from daimm_cli.base.text import sanitise
from daimm_cli.bindings.authority import (
    OperationScheduled,
    RoleGranted,
    TargetFunctionRoleUpdated,
)
from daimm_cli.bindings.calls import Event
from daimm_cli.bindings.market import TokenSet
from daimm_cli.bindings.model_license import IssuerSet
from daimm_cli.bindings.values import encode
from daimm_cli.chain import book as books
from daimm_cli.chain.book import Book
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Node
from daimm_cli.chain.terms import ZERO_ADDRESS, domain
from daimm_cli.cli.layout import shortened
from daimm_cli.cli.output import emit
from daimm_cli.protocol.curve import keccak
from scripts import _ape
from scripts._artifacts import artifact, build
from scripts._params import AIM, Params, for_chain
from scripts._plan import expected_contracts
from scripts.deploy import ADMIN_ROLE, GUARDIAN_ROLE, STOP

CAPS = {
    ("Market", "MAX_FEE"): 500,
    ("Market", "MAX_INSPECTION"): 7 * 86_400,
    ("Market", "MAX_GRACE"): 7 * 86_400,
    ("Market", "MAX_STOP"): 14 * 86_400,
    ("Market", "STOP_COOLDOWN"): 30 * 86_400,
    ("ModelRegistry", "MAX_ROYALTY"): 1_000,
}
"""What the documents promise that no deployment exceeds: shares in bps, times in seconds."""

NEVER = (
    "RoleAdminChanged",
    "RoleGuardianChanged",
    "RoleGrantDelayChanged",
    "TargetAdminDelayUpdated",
)
"""What the deployment never does to the access manager."""

SPAN = 10_000
"""Blocks per question for events."""

NAMES = {ADMIN_ROLE: "admin", GUARDIAN_ROLE: "guardian"}


class Check(NamedTuple):
    """One comparison."""

    what: str
    expected: str
    found: str

    @property
    def ok(self) -> bool:
        return self.expected == self.found


def verify(node: Node, book: Book, params: Params) -> list[Check]:
    """Every comparison, those that fail included; raises DaimmError where the node fails."""
    chain = Chain(node, book)
    deployer = (
        str(book.contracts["Authority"].arguments[0]) if "Authority" in book.contracts else ""
    )
    params = params.resolved(deployer or ZERO_ADDRESS)
    checks = list(_contracts(chain, params, deployer))
    if all(check.ok for check in checks):  # otherwise the questions below have no sense
        events = list(_events(chain))
        checks += _immutables(chain, params)
        checks += _caps(chain)
        checks += _roles(chain, params, events)
        checks += _issuers(chain, events)
        checks += _tokens(chain, params, events)
    return checks


def _contracts(chain: Chain, params: Params, deployer: str) -> Iterator[Check]:
    expected = expected_contracts(chain.book, params, deployer)
    yield Check("contracts", _names(expected), _names(chain.book.contracts))
    for name, arguments in expected.items():
        entry = chain.book.contracts.get(name)
        if entry is None:
            continue
        yield Check(f"{name}: arguments", _text(arguments), _text(list(entry.arguments)))
        code = chain.node.code(entry.address)
        yield Check(f"{name}: code hash", _text(entry.code_hash), _text(keccak(code)))
        made = "the sources'" if code and artifact(name).made(code) else "another"
        yield Check(f"{name}: code", "the sources'", made if code else "none")


def _immutables(chain: Chain, params: Params) -> Iterator[Check]:
    at = chain.book.address
    expected: dict[tuple[str, str], Any] = {
        ("ModelRegistry", "contentProof"): at("ContentProof"),
        ("ModelLicense", "authority"): at("Authority"),
        ("ModelLicense", "registry"): at("ModelRegistry"),
        ("Market", "authority"): at("Authority"),
        ("Market", "registry"): at("ModelRegistry"),
        ("Market", "license"): at("ModelLicense"),
        ("Market", "lineage"): at("Lineage"),
        ("Market", "aim"): at("AIMToken"),
        ("Lineage", "registry"): at("ModelRegistry"),
        ("Lineage", "splitter"): at("RevenueSplitter"),
        ("Market", "treasury"): params.treasury,
        ("Bonds", "market"): at("Market"),
        ("Bonds", "license"): at("ModelLicense"),
        ("Bonds", "treasury"): params.treasury,
        ("Market", "domain"): domain(params.chain_id, at("Market")),
        ("AIMToken", "totalSupply"): sum(params.supply.values()),
        ("AIMToken", "DOMAIN_SEPARATOR"): _separator(params.chain_id, at("AIMToken")),
    }
    if params.faucet:
        expected |= {
            ("Faucet", "token"): at("AIMToken"),
            ("Faucet", "amount"): params.faucet.amount,
            ("Faucet", "interval"): params.faucet.interval,
        }
    for (name, function), value in expected.items():
        yield Check(f"{name}: {function}", _text(value), _text(_ask(chain, name, function)))


def _caps(chain: Chain) -> Iterator[Check]:
    for (name, function), cap in CAPS.items():
        yield Check(f"{name}: {function}", str(cap), _text(_ask(chain, name, function)))


def _roles(chain: Chain, params: Params, events: list[Event]) -> Iterator[Check]:
    expected = {(ADMIN_ROLE, params.admin), (GUARDIAN_ROLE, params.guardian)}
    granted = {(e.role_id, e.account) for e in events if isinstance(e, RoleGranted)}
    for role, account in sorted(expected | granted):
        member, delay = _ask(chain, "Authority", "hasRole", role, account)
        shown = f"yes, delay {delay}" if member else "no"
        wanted = "yes, delay 0" if (role, account) in expected else "no"
        yield Check(f"role {NAMES.get(role, role)}: {account}", wanted, shown)

    wanted_roles = {(chain.market, STOP): GUARDIAN_ROLE}
    set_ = {(e.target, e.selector) for e in events if isinstance(e, TargetFunctionRoleUpdated)}
    for target, selector in sorted(wanted_roles.keys() | set_):
        role = _ask(chain, "Authority", "getTargetFunctionRole", target, selector)
        wanted_role = wanted_roles.get((target, selector), ADMIN_ROLE)
        yield Check(f"role to call 0x{selector.hex()} of {target}", str(wanted_role), str(role))
    for name in ("Market", "ModelLicense"):
        closed = _ask(chain, "Authority", "isTargetClosed", chain.book.address(name))
        yield Check(f"{name}: closed to governance", "False", str(closed))
    for name in NEVER:
        count = sum(name == event.NAME for event in events)
        yield Check(f"{name} since the deployment", "0", str(count))
    scheduled = {e.operation_id for e in events if isinstance(e, OperationScheduled)}
    waiting = sum(bool(_ask(chain, "Authority", "getSchedule", each)) for each in scheduled)
    yield Check("operations scheduled", "0", str(waiting))


def _issuers(chain: Chain, events: list[Event]) -> Iterator[Check]:
    for issuer in sorted({chain.market} | {e.issuer for e in events if isinstance(e, IssuerSet)}):
        allowed = _ask(chain, "ModelLicense", "isIssuer", issuer)
        yield Check(f"issuer {issuer}", str(issuer == chain.market), str(allowed))


def _tokens(chain: Chain, params: Params, events: list[Event]) -> Iterator[Check]:
    expected = {
        chain.aim if t == AIM else t: _policy_shown(fee, params.delivery_fees[t])
        for t, fee in params.fees.items()
    }
    for token in sorted(expected.keys() | {e.token for e in events if isinstance(e, TokenSet)}):
        policy = chain.policy(token)
        cap = policy.max_delivery_fee
        shown = _policy_shown(policy.fee, cap) if policy.allowed else "refused"
        yield Check(f"token {token}", expected.get(token, "refused"), shown)


def _policy_shown(fee: int, cap: int) -> str:
    return f"allowed, {fee} bps, deliveries for {cap} at most"


def _events(chain: Chain) -> Iterator[Event]:
    """Everything that the restricted contracts and their manager said since the deployment."""
    addresses = [chain.book.address(name) for name in ("Authority", "ModelLicense", "Market")]
    last = chain.node.latest().number
    for first in range(chain.book.first_block, last + 1, SPAN):
        logs = chain.node.logs(addresses, first, min(first + SPAN - 1, last))
        yield from (event for _, event in chain.told(logs))


def _ask(chain: Chain, name: str, function: str, *values: Any) -> Any:
    try:
        return chain.node.view(chain.deployed.named(name).view(function, *values))
    except ChainRefused as error:
        return error.message


def _separator(chain_id: int, token: str) -> bytes:
    """The EIP-712 domain of AIM."""
    kind = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    words = [keccak(kind), keccak(b"AIM Token"), keccak(b"1")]
    return keccak(encode(["bytes32"] * 3 + ["uint256", "address"], [*words, chain_id, token]))


def _names(contracts: Any) -> str:
    return ", ".join(sorted(contracts))


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_text(each) for each in value)
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)


def report(checks: list[Check]) -> bool:
    """Print the table; whether everything fits."""
    for check in checks:
        what, found = sanitise(check.what), sanitise(check.found, 1_000)
        if check.ok:
            emit(None, f"ok   {what:<31}  {shortened(found)}", as_json=False)
        else:
            emit(None, f"BAD  {what:<31}  {found}", as_json=False)
            emit(None, f"     {'expected':<31}  {sanitise(check.expected, 1_000)}", as_json=False)
    bad = sum(not check.ok for check in checks)
    print(f"{len(checks)} checks, {bad or 'no'} difference{'' if bad == 1 else 's'}.")
    return not bad


def main() -> None:
    """What Ape runs, on the network that it is connected to."""
    with _ape.in_sentences():
        build()
        node = _ape.node()
        fits = report(verify(node, books.load(node.chain_id), for_chain(node.chain_id)))
    if not fits:
        sys.exit(1)
