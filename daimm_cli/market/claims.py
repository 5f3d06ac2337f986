"""Claims against deals, before the arbitrator that the deal named.

>>> case = find(session, "0x3f9a61c2")   # by the deal: an order, or a rental whose deposit waits
>>> node.send(case.open(statement(session, case, "It is another model.")), session.account)
>>> check(session, case).right           # of the committed roots alone, the same for everybody
False
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from daimm_cli.artifact import pipeline
from daimm_cli.artifact.unixfs import RAW, Cid
from daimm_cli.base.errors import ChainRefused, DaimmError, VerificationFailed
from daimm_cli.base.text import counted, ether, sanitise, time_shown
from daimm_cli.bindings.claims import Claims
from daimm_cli.bindings.structs import (
    Bond,
    BondId,
    BondState,
    Claim,
    ClaimId,
    ClaimRecord,
    ClaimState,
    Result,
    Ruling,
)
from daimm_cli.bindings.values import encode
from daimm_cli.chain import terms
from daimm_cli.chain.terms import deal
from daimm_cli.index.deals import DealRow, listing_of
from daimm_cli.index.rows import BondRow, ClaimRow, OrderRow, ResultRow
from daimm_cli.market import lookup
from daimm_cli.market.lookup import find_order
from daimm_cli.protocol.curve import compress
from daimm_cli.protocol.keys import file_key
from daimm_cli.store.queue import Queue

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.chain.node import Call
    from daimm_cli.index.index import Index
    from daimm_cli.protocol.curve import SecretPoint
    from daimm_cli.session.session import Session

MAX_STATEMENT = 20_000

Claimed = OrderRow | DealRow | ResultRow | BondRow


@dataclass(frozen=True)
class Case:
    """A deal, and the claim against it. upheld, otherwise: what the deal does then."""

    contract: Claims
    claim: Claim
    ident: ClaimId
    about: str
    row: Claimed
    model: int
    version: int
    upheld: str
    otherwise: str
    unruled: str

    def open(self, evidence: bytes, cost: int) -> Call:
        return self.contract.open(self.claim, evidence, value=cost)

    def oppose(self, evidence: bytes, cost: int) -> Call:
        return self.contract.oppose(self.ident, evidence, value=cost)

    def add_evidence(self, evidence: bytes) -> Call:
        return self.contract.add_evidence(self.ident, evidence)


@dataclass(frozen=True)
class Answer:
    """Whether content is what was committed, and how one knows."""

    right: bool
    says: str


def of_order(chain: Chain, row: OrderRow) -> Case:
    """The buyer's claim; ChainRefused where no contract of claims is the arbitrator."""
    claim = Claim(chain.market, row.order.buyer, deal(row.offer, row.order))
    refunded = f"the price goes back to {row.order.buyer}"
    paid = f"{row.offer.payout} is paid"
    place = row, int(row.offer.model), row.offer.version
    about = f"order 0x{row.order_id.hex()}"
    return _case(chain, row.offer.arbitrator, claim, about, place, (refunded, paid, refunded))


def of_deal(chain: Chain, index: Index, row: DealRow) -> Case:
    """The claim of a rented licence's holder on the deposit."""
    listing = listing_of(index, row)
    kinds = [type(listing).abi_type(), type(row.deal).abi_type()]
    what = encode(kinds, [listing.to_abi(), row.deal.to_abi()])
    claim = Claim(chain.deployed.secondary.address, listing.holder, what)
    back = f"the deposit goes back to {row.deal.taker}"
    place = row, int(listing.model), listing.version
    words = f"the deposit is {listing.holder}'s", back, back
    return _case(chain, listing.arbitrator, claim, f"deal 0x{row.deal_id.hex()}", place, words)


def of_result(session: Session, row: ResultRow) -> Case:
    """The claim against a measured result of who made it, else of who acts; lost ones are over."""
    address = session.book.address("Attestations")
    claimant = row.claimant or session.me.address
    what = encode([Result.abi_type(), "uint256"], [row.result.to_abi(), row.lost])
    claim = Claim(address, claimant, what)
    stands = f"the result stands, and {row.result.evaluator} has the stake back"
    void = f"the result is void, and half of its stake is {claimant}'s"
    words = void, f"unless somebody claims within a day, {stands}", stands
    about = f"result 0x{row.result_id.hex()}"
    return _case(session.chain, row.result.arbitrator, claim, about, (row, 0, 0), words)


def of_bond(session: Session, row: BondRow) -> Case:
    """The claim that a listing infringes, against a promise: of who made it, else of who acts."""
    record = session.chain.node.view(session.chain.deployed.bonds.record_of(BondId(row.bond_id)))
    held = record.state is BondState.HELD
    claimant = record.claimant if held else session.me.address
    what = encode([Bond.abi_type(), "uint256"], [row.bond.to_abi(), record.holds - held])
    broken = f"the promise is broken, and a fifth of its stake is {claimant}'s"
    place = row, int(row.bond.model), row.bond.version
    words = broken, "the stake stands", "the stake stands"
    claim = Claim(session.book.address("Bonds"), claimant, what)
    about = f"bond 0x{row.bond_id.hex()}"
    return _case(session.chain, row.bond.arbitrator, claim, about, place, words)


def find(session: Session, text: str) -> Case:
    """By the id of an order, of a deal, of a promise's bond, or of a result."""
    match _claimed(session, text):
        case OrderRow() as order:
            return of_order(session.chain, order)
        case DealRow() as deal_:
            return of_deal(session.chain, session.index, deal_)
        case BondRow() as bond:
            return of_bond(session, bond)
        case result:
            return of_result(session, result)


def _claimed(session: Session, text: str) -> Claimed:
    with suppress(DaimmError):
        return find_order(session, text)
    with suppress(DaimmError):
        return lookup.find(session.index, DealRow, text)
    with suppress(DaimmError):
        return lookup.find(session.index, BondRow, text)
    return lookup.find(session.index, ResultRow, text)


def outlook(session: Session, case: Case, record: ClaimRecord, cost: int) -> dict[str, str]:
    """For people: what claiming costs, until when what can be done, and what comes of each path."""
    named = session.book.names.get(case.contract.address, "")
    price, stake = ether(cost, up=True), ether(record.deposit or cost, up=True)
    shown = {
        "arbitrator": f"{case.contract.address} ({named})",
        "claimant": case.claim.claimant,
        "deposit": f"{stake}, which the claimant has back unless the claim is rejected",
    }
    if record.state is ClaimState.OPEN:
        shown["may be opposed until"] = time_shown(record.deadline)
    if record.state is ClaimState.OPPOSED:
        shown["opposed by"] = record.opposer
        shown["dispute"] = f"{record.dispute} of the arbitrator's"
        shown["ruling due by"] = time_shown(record.deadline)
    if record.state in (ClaimState.NONE, ClaimState.OPEN):
        shown["if nobody opposes"] = f"it stands after 3 days: {case.upheld}"
        shown["if somebody does"] = f"they pay {price}, and the arbitrator has 60 days"
    if record.state in (ClaimState.NONE, ClaimState.OPEN, ClaimState.OPPOSED):
        shown["upheld"] = f"{case.upheld}, and the opposer has lost the cost"
        shown["rejected"] = f"{case.otherwise}, and the opposer has the claimant's deposit"
        shown["no final ruling"] = "what stands with the arbitrator after 60 days counts"
        shown["no ruling"] = f"{case.unruled}, and the claimant has the deposit back"
        shown["so far"] = odds(session.index.rows(ClaimRow, None))
    return shown


def odds(rows: Iterable[ClaimRow]) -> str:
    """What became of the claims that there were: the only odds that anybody knows."""
    over = [row for row in rows if row.ruling is not None]
    silent = [row for row in over if row.opposer is None]
    of = {it: sum(r.ruling is it for r in over if r.opposer is not None) for it in Ruling}
    return (
        f"of {counted(len(over), 'claim')} that ended here {len(silent)} went unopposed, "
        f"{of[Ruling.UPHELD]} upheld, {of[Ruling.REJECTED]} rejected, {of[Ruling.NONE]} unruled"
    )


def statement(session: Session, case: Case, says: str) -> bytes:
    """The digest of an ERC-1497 document, kept in the store and queued for whoever it is pinned by:
    what somebody says, and what the chain has committed to."""
    if len(says) > MAX_STATEMENT:
        raise DaimmError(f"Say it in at most {MAX_STATEMENT:,} characters.")
    if isinstance(case.row, ResultRow):
        facts = {"plaintextRoot": case.row.result.root, "suite": case.row.result.suite}
    else:
        (version,) = session.index.versions(case.model, version=case.version)
        facts = {"manifest": version.details.manifest, "artifact": version.details.artifact}
        facts["plaintextRoot"] = version.details.plaintext_root
    document = {
        "name": f"Claim on {case.about}",
        "description": says,
        "claim": "0x" + case.ident.hex(),
        "by": session.me.address,
        "deal": case.about,
        "model": case.model,
        "version": case.version,
        "committed": {name: "0x" + value.hex() for name, value in facts.items()},
    }
    data = json.dumps(document, sort_keys=True, ensure_ascii=False).encode()
    Queue(session.store).add(session.store.put_bytes(data))
    return sha256(data).digest()


def check(session: Session, case: Case, file: Path | None = None) -> Answer:
    """Whether what was delivered is what was committed: each leaf, or `file` as a whole.

    file: what somebody says the key opens to; None opens it with the key of who acts.
    """
    from daimm_cli.market.listing import read_listing

    if isinstance(case.row, ResultRow):
        raise DaimmError(
            "What a content scores is measured anew, not looked up: daimm bench check, or daimm "
            "ethics check for a rating."
        )
    (version,) = session.index.versions(case.model, version=case.version)
    what = f"model {case.model}, version {case.version}"
    if version.convicted:
        return Answer(False, f"The content of {what} was proven wrong on the chain.")
    if file is not None:
        record = read_listing(session, version, bought=True).artifact_record
        try:
            pipeline.verify_plaintext(file, record)
        except VerificationFailed:
            return Answer(False, f"{sanitise(file)} is not what {what} commits to.")
        return Answer(True, f"{sanitise(file)} is what {what} commits to, byte for byte.")
    return opened(session, case.model, case.version, _key(session, case))


def opened(session: Session, model: int, version: int, key: SecretPoint) -> Answer:
    """The same of the artifact, by its key."""
    from daimm_cli.market.listing import obtain, read_listing
    from daimm_cli.market.wrong import wrong_leaf

    (row,) = session.index.versions(model, version=version)
    sealed = obtain(session, read_listing(session, row, bought=True))
    home = session.config.ensure_home()
    slot = wrong_leaf(sealed, file_key(key), compress(row.details.line), home)
    if slot is not None:
        return Answer(False, f"Leaf {slot} of model {model}, version {version} is something else.")
    return Answer(True, f"Every leaf of model {model}, version {version} is what it commits to.")


def cids(digests: Iterable[bytes]) -> list[str]:
    """Where evidence is found."""
    return [str(Cid(RAW, digest)) for digest in digests]


def _key(session: Session, case: Case) -> SecretPoint:
    from daimm_cli.market.lines import own_line
    from daimm_cli.market.receive import line_key
    from daimm_cli.protocol import keys

    row = case.row
    if not isinstance(row, OrderRow):
        raise DaimmError(
            "No order is claimed here, whose key would open a file: name one with --file."
        )
    if session.me.address == row.offer.seller:
        return keys.line_key(own_line(session, model=case.model, version=case.version).secret)
    return line_key(session, row)


def _case(
    chain: Chain,
    arbitrator: str,
    claim: Claim,
    about: str,
    place: tuple[Claimed, int, int],
    words: tuple[str, str, str],
) -> Case:
    if chain.kind_at(arbitrator) is not Claims:
        raise ChainRefused(
            f"The arbitrator of {about} is no contract of claims: {arbitrator} rules, or nobody."
        )
    ident = terms.claim_id(chain.node.chain_id, arbitrator, claim)
    return Case(Claims(arbitrator), claim, ident, about, *place, *words)
