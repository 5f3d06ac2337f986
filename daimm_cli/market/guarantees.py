"""Stakes behind promises about versions: made, shown, broken, paid out.

>>> it = promised("digits accuracy >= 0.97 until 2027-12-31", session.now)
>>> offer(session, it, model=3, version=1, terms=Terms("500")).shown
'500 AIM'
>>> standing(session, 3, 1)[0].shown
'500 AIM of 0x8fd3…7A03 until 2027-12-31 23:59:59+00:00 that digits gives at least 0.97, ...'

A promise is staked on once: its salt follows from its terms, and a payment is written down before
it leaves (`daimm_cli.market.payments`).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.base.text import format_amount, parse_duration, sanitise, time_shown
from daimm_cli.bindings.claims import Claims
from daimm_cli.bindings.structs import (
    Bond,
    BondId,
    BondRecord,
    BondState,
    ModelId,
    Result,
    ResultId,
    ResultState,
)
from daimm_cli.bindings.values import encode
from daimm_cli.chain.terms import ZERO_ADDRESS, ZERO_WORD, parents_hash
from daimm_cli.index.rows import BondRow, ResultRow
from daimm_cli.market import pools
from daimm_cli.market.attesting import judge, version_of
from daimm_cli.market.measured import suite_names
from daimm_cli.market.offers import token_address

if TYPE_CHECKING:
    from daimm_cli.chain.answers import Receipt
    from daimm_cli.chain.node import Call
    from daimm_cli.session.session import Session

PROMISE = "'digits accuracy >= 0.97 until 2027-06-30', 'content until ...' or 'rights until ...'"
SHOWN = 5
"""Guarantees of a version at most: those with the largest stakes."""


_PROMISE = re.compile(
    r"(?:(content|rights)|(\S+) (\w+) ([<>]=) (-?[0-9]{1,20}(?:\.[0-9]{1,9})?))"
    r" (?:until ([0-9]{4}-[0-9]{2}-[0-9]{2})|for ([0-9]+[a-z]))",
    re.ASCII,
)


@dataclass(frozen=True)
class Promised:
    """until: its last second. suite: SHA-256 of its manifest; zero: the content alone, or with
    `rights` that nothing is infringed. threshold: in billionths."""

    until: int
    suite: bytes = ZERO_WORD
    threshold: int = 0
    at_most: bool = False
    rights: bool = False


@dataclass(frozen=True)
class Terms:
    """amount, evidence: in whole tokens; evidence: what a result that counts is staked on with,
    None for what it would earn. arbitrator: None for the market's first contract of claims."""

    amount: str
    token: str = "AIM"  # noqa: S105
    evidence: str | None = None
    arbitrator: str | None = None


@dataclass(frozen=True)
class Posted:
    bond: bytes
    units: int
    shown: str
    receipt: Receipt


@dataclass(frozen=True)
class Guarantee:
    """A bond as people and programs read it. stake: what is left, in the smallest unit."""

    bond: bytes
    guarantor: str
    promise: str
    token: str
    stake: str
    until: int
    state: str
    shown: str


def promised(text: str, now: int) -> Promised:
    """What a promise says; raises DaimmError for what is none."""
    from daimm_cli.benchmark import suites

    match = _PROMISE.fullmatch(" ".join(text.split()))
    if match is None:
        raise DaimmError(f"'{sanitise(text, 60)}' is no promise: write it like {PROMISE}.")
    plain, name, metric, sign, value, day, lasting = match.groups()
    try:
        end = day and datetime.datetime.fromisoformat(f"{day}T23:59:59+00:00")
    except ValueError:
        raise DaimmError(f"{day} is no day: write it like 2027-06-30.") from None
    until = int(end.timestamp()) if end else now + parse_duration(lasting)
    if plain:
        return Promised(until, rights=plain == "rights")
    opened = suites.find(name)
    wanted = opened.suite.metric, ">=" if opened.suite.more_is_better else "<="
    if (metric, sign) != wanted:
        raise DaimmError(f"{name} measures {wanted[0]}: promise {' '.join(wanted)} a number.")
    suite, threshold = bytes.fromhex(opened.sha256), int(Decimal(value).scaleb(9))
    return Promised(until, suite, threshold, at_most=sign == "<=")


def offer(
    session: Session, promise: Promised, model: int, version: int | None, terms: Terms
) -> Posted:
    """Stake on a promise about a version, the newest for None."""
    chain, found = session.chain, version_of(session, model, version)
    token = chain.token(token_address(chain, terms.token))
    if found.convicted or promise.until <= session.now:
        raise ChainRefused("Promise what was not proven wrong, until a time that is to come.")
    units = token.units(terms.amount)
    arbitrator, evidence = ZERO_ADDRESS, 0
    if promise.rights or promise.suite != ZERO_WORD:
        arbitrator = terms.arbitrator or judge(session)
        if arbitrator == ZERO_ADDRESS:
            raise ChainRefused("This market has no contract of claims: name who judges.")
    if promise.suite != ZERO_WORD:
        evidence = units // 5 if terms.evidence is None else token.units(terms.evidence)
    bond = Bond(
        guarantor=session.me.address,
        model=ModelId(model),
        version=found.version,
        token=token.address,
        until=promise.until,
        suite=promise.suite,
        threshold=promise.threshold,
        at_most=promise.at_most,
        min_stake=evidence,
        arbitrator=arbitrator,
        salt=ZERO_WORD,
    )
    about = sha256(encode([Bond.abi_type()], [replace(bond, until=0).to_abi()])).digest()
    bond = replace(bond, salt=about)
    ident = chain.node.view(chain.deployed.bonds.bond_id_of(bond))
    if chain.node.view(chain.deployed.bonds.record_of(BondId(ident))).state is not BondState.NONE:
        raise ChainRefused(
            "You staked on this promise before.", hint=f"daimm guarantee add 0x{ident.hex()}"
        )
    return _post(session, bond, ident, units, about)


def add(session: Session, row: BondRow, amount: str) -> Posted:
    """Stake more on a promise that was made."""
    units = session.chain.token(row.bond.token).units(amount)
    return _post(session, row.bond, row.bond_id, units, row.bond_id)


def _post(session: Session, bond: Bond, ident: bytes, units: int, about: bytes) -> Posted:
    from daimm_cli.market.payments import Payments, mined  # pydantic: only where something is paid

    if not units:
        raise DaimmError("Stake more than nothing: nobody believes a word for free.")
    token, call = session.chain.token(bond.token), session.chain.deployed.bonds.post(bond, units)
    payments = Payments(session, "promise", "daimm guarantee list --mine", mined(session))
    sent = payments.pay(
        about, token, units, lambda _: call, last=bond.until, question="Stake {} on it?"
    )
    return Posted(ident, units, token.shown(units), sent)


def records(session: Session, rows: Sequence[BondRow]) -> list[BondRecord]:
    """What the chain says of bonds now."""
    views = [session.chain.deployed.bonds.record_of(BondId(row.bond_id)) for row in rows]
    return session.chain.node.views(views)


def words(session: Session, bond: Bond) -> str:
    """What is promised, and who judges."""
    named = session.chain.book.names.get(bond.arbitrator, bond.arbitrator)
    if session.chain.kind_at(bond.arbitrator) is not Claims:
        named += ", whoever that is"
    if bond.suite != ZERO_WORD:
        suite = suite_names().get(bond.suite, f"suite 0x{bond.suite.hex()}")
        token = session.chain.token(bond.token)
        limit = f"{'at most' if bond.at_most else 'at least'} {format_amount(bond.threshold, 9)}"
        count = f"results count that stake {token.shown(bond.min_stake)} and are judged by {named}"
        return f"{suite} gives {limit} ({count})"
    if bond.arbitrator != ZERO_ADDRESS:
        return f"the listing infringes nobody's rights (judged by {named})"
    return "the content is what was promised"


def standing(session: Session, model: int, version: int) -> list[Guarantee]:
    """What stands behind a version, or is claimed."""
    rows = [
        row
        for row in session.index.rows(BondRow, None, terms_model=model)
        if row.bond.version == version
    ]
    told = zip(rows, records(session, rows), strict=True)
    open_ = [it for it in told if it[1].state in (BondState.STANDING, BondState.HELD)]
    open_.sort(key=lambda it: -it[1].stake)
    return [_guarantee(session, row, record) for row, record in open_[:SHOWN]]


def _guarantee(session: Session, row: BondRow, record: BondRecord) -> Guarantee:
    bond, said = row.bond, words(session, row.bond)
    staked = session.chain.token(bond.token).shown(record.stake)
    state = record.state.name.lower()
    shown = f"{staked} of {bond.guarantor} until {time_shown(bond.until)} that {said}"
    if record.contests or record.state is BondState.HELD:
        state = "contested"
        shown += "; it is claimed that this is false: who buys now is not covered if it is"
    elif room := pools.room(session, row):
        shown += f"; {room}"
    place = row.bond_id, bond.guarantor, said, bond.token, str(record.stake), bond.until
    return Guarantee(*place, state, shown)


def breach(session: Session, row: BondRow) -> Call:
    """What breaks a promise now, or holds a result against it that does not stand yet."""
    bond, contract = row.bond, session.chain.deployed.bonds
    version = version_of(session, bond.model, bond.version)
    if version.convicted:
        return contract.break_by_content(bond)
    place = version.details, parents_hash(version.parents)
    if bond.suite != ZERO_WORD:
        for found, stands in _worse(session, bond, version.details.plaintext_root):
            call = contract.break_by_score if stands else contract.contest
            return call(bond, *place, found.result)
    raise ChainRefused(
        "Nothing that is known breaks this promise: no proof of wrong content, and no result that "
        "counts is worse.",
        hint=f"daimm guarantee show 0x{row.bond_id.hex()}",
    )


def counts(bond: Bond, it: Result) -> bool:
    """Whether a result is one that the promise speaks of."""
    like = bond.suite, bond.token, bond.arbitrator
    return (it.suite, it.token, it.arbitrator) == like and it.stake >= bond.min_stake


def is_worse(bond: Bond, it: Result) -> bool:
    """Whether its value is worse than promised."""
    return it.value > bond.threshold if bond.at_most else it.value < bond.threshold


def _worse(session: Session, bond: Bond, root: bytes) -> list[tuple[ResultRow, bool]]:
    """Results that count and are worse than promised, and whether they stand: those first."""
    fit = [
        row
        for row in session.index.rows(ResultRow, None, root=root)
        if counts(bond, row.result)
        and is_worse(bond, row.result)
        and row.state is not ResultState.VOIDED
    ]
    attestations, node = session.chain.deployed.attestations, session.chain.node
    answers = node.views([attestations.stands(row.result) for row in fit])
    told = [(row, it.whether) for row, it in zip(fit, answers, strict=True)]
    waits = ResultState.POSTED, ResultState.HELD
    kept = [each for each in told if each[1] or each[0].state in waits]
    return sorted(kept, key=lambda each: not each[1])


def taking(session: Session, row: BondRow) -> Call:
    """What gives a guarantor the stake back, or what is left of it; what was held against it and is
    void is forgotten with that."""
    bond, contract, node = row.bond, session.chain.deployed.bonds, session.chain.node
    (record,) = records(session, [row])
    if record.state is BondState.BROKEN:
        return contract.close(bond)
    last = contract.reclaim(bond)
    calls = []
    if record.contests:
        root = version_of(session, bond.model, bond.version).details.plaintext_root
        for found in session.index.rows(ResultRow, None, root=root):
            ident = ResultId(found.result_id)
            over = found.state is ResultState.VOIDED or 0 < found.result.expires_at < session.now
            if over and node.view(contract.contested_at(BondId(row.bond_id), ident)):
                calls.append(contract.dismiss(bond, found.result))
    if not calls:
        return last
    together = contract.multicall([call.data for call in (*calls, last)])
    return replace(together, doing=last.doing)
