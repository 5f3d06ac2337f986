"""The node, its chain, the contracts on it, and the account that acts there."""

from __future__ import annotations

import time

from daimm_cli.accounts.safe.safe import Safe
from daimm_cli.base import text
from daimm_cli.chain.book import LOCAL_CHAINS
from daimm_cli.doctor.examination import Check, Patient, Said, ok, problem, warning
from daimm_cli.index.audit import audit
from daimm_cli.index.index import Index
from daimm_cli.market import lines

STALE = 180
"""Seconds after which a public chain's newest block is old: the node lags."""

DEAD = 3600
AHEAD = 30
"""Seconds that a block may be ahead of this machine's clock."""

LOW_ETHER = 10**15
"""Wei below which an account hardly pays for a transaction."""


def node(patient: Patient) -> Said:
    started = time.monotonic()
    head = patient.head
    took = (time.monotonic() - started) * 1000
    shown = patient.context.config.profile.rpc_shown
    return ok(f"{shown} answers in {took:.0f} ms, block {head.number:,}")


def chain_id(patient: Patient) -> Said:
    profile, actual = patient.context.config.profile, patient.node.chain_id
    if profile.chain_id is None:
        return warning(
            f"the node is on chain {actual}, and the settings name none",
            f"set chain_id = {actual} in the profile, so that another chain is refused",
        )
    if profile.chain_id != actual:
        return problem(
            f"the node is on chain {actual}, the settings say {profile.chain_id}",
            "set DAIMM_RPC to a node of that chain, or choose another profile",
        )
    return ok(str(actual))


def newest_block(patient: Patient) -> Said:
    age = int(time.time()) - patient.head.time
    if patient.node.chain_id in LOCAL_CHAINS:
        return ok("a local chain has blocks when it needs them")
    if age > STALE:
        say = problem if age > DEAD else warning
        return say(
            f"the newest block is {age // 60:,} minutes old",
            "wait until the node has caught up, or use another one",
        )
    return ok(f"{max(age, 0)} seconds old")


def clock(patient: Patient) -> Said:
    """Whether this machine's clock is behind the chain's, which no right clock is."""
    ahead = patient.head.time - int(time.time())
    if ahead <= AHEAD:
        return ok("not behind the chain's")
    if patient.node.chain_id in LOCAL_CHAINS:
        return warning(f"the local chain is {ahead:,} seconds ahead", "start it anew if it matters")
    return problem(
        f"this machine's clock is at least {ahead:,} seconds behind the chain's",
        "set it by NTP: deadlines are missed otherwise",
    )


def contracts(patient: Patient) -> Said:
    book = patient.chain.book
    patient.chain.require_code()
    for name in book.contracts:
        if not patient.chain.as_booked(name):
            return problem(
                f"{name} at {book.address(name)} has other code than the address book says",
                "don't use it; see where the book is from, and run `ape run verify`",
            )
    says = f"{len(book.contracts)} with the code that the address book says"
    if patient.context.config.profile.market:
        return warning(
            f"{says}, of the market {patient.chain.market}", "it was chosen: see `market`"
        )
    return ok(says)


def account(patient: Patient) -> Said:
    return ok(f"{patient.context.me.alias}, {patient.context.me.address}")


def safe(patient: Patient) -> Said:
    """Whether the Safe that acts is there, and the accounts here can act for it."""
    context = patient.context
    if context.config.profile.safe is None:
        return ok("none: the account acts by itself")
    found = Safe.at(patient.node, context.me.address)
    here = [wallet.address for wallet in context.owners if wallet.address in found.owners]
    says = f"{found.threshold} of {len(found.owners)} owners sign, {len(here)} of them here"
    if context.owner.address not in here:
        return problem(f"{context.owner.alias} is no owner of it: {says}", "daimm safe show")
    if found.modules:
        return warning(
            f"{says}; {len(found.modules)} modules act without them", "see that you know each"
        )
    if found.handler is None:
        return warning(
            f"{says}; it has no fallback handler", "it needs one to sign manifests (ERC-1271)"
        )
    if len(here) < found.threshold:
        return warning(says, "the others sign by file: daimm safe sign")
    return ok(says)


def ether(patient: Patient) -> Said:
    owner = patient.context.owner
    wei = patient.node.ether(owner.address)
    says = f"{text.ether(wei)} for gas, {owner.alias}"
    if wei < LOW_ETHER:
        return warning(says, f"send some to {owner.address}")
    return ok(says)


def aim(patient: Patient) -> Said:
    me, chain = patient.context.me, patient.chain
    says = text.format_amount(chain.balance(chain.aim, me.address), symbol="AIM")
    if says == "0 AIM":
        hint = "daimm faucet" if "Faucet" in chain.book.contracts else "needed to buy, not to sell"
        return warning(says, hint)
    return ok(says)


def index(patient: Patient) -> Said:
    kept = Index.open(patient.context.config.ensure_home(), patient.chain)
    kept.sync()
    found = audit(kept, patient.chain)
    if not found:
        return ok("holds what the node tells")
    surplus, missing = (sum(counts) for counts in zip(*found.values(), strict=True))
    return problem(
        f"{surplus:,} events that the node does not tell, {missing:,} missing",
        "daimm index rebuild, with a node that you trust",
    )


def keys(patient: Patient) -> Said:
    context, chain = patient.context, patient.chain
    with Index.open(context.config.ensure_home(), chain) as index:
        index.sync()
        found = lines.take(context.on(chain, index))
    says = f"key lines: {len(found.lines)}, bought orders: {len(found.bought)}"
    if not found.right:
        return problem(f"not all follow from this seed ({says})", "daimm secrets show")
    return ok(f"{says}, all from this seed")


CHECKS = (
    Check("node", node, ("settings",)),
    Check("chain id", chain_id, ("node",)),
    Check("newest block", newest_block, ("node",)),
    Check("clock", clock, ("node",)),
    Check("contracts", contracts, ("node", "chain id")),
    Check("index", index, ("contracts",), seconds=300),
    Check("account", account, ("settings",)),
    Check("Safe", safe, ("node", "chain id", "account")),
    Check("ether", ether, ("node", "chain id", "account")),
    Check("AIM", aim, ("contracts", "account")),
)
DEEP = (Check("keys", keys, ("contracts", "account", "seed"), seconds=300),)
