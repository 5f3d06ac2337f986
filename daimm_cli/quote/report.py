"""The trust report on one offer: all parts, for people and for programs.

>>> report = make(session, find(session.index, OfferRow, "0x3f9a61c2"), samples=8)
>>> report.wrong, report.data["keeper"]["overdue"]
([], 0)

docs/quote.md has the shape of the JSON. Nothing is bought, signed or sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import indent
from typing import Any

from daimm_cli.artifact.unixfs import RAW, Cid
from daimm_cli.base.text import counted, ether, roughly, sanitise, sized
from daimm_cli.bindings.claims import Claims
from daimm_cli.chain.client import Chain
from daimm_cli.cli.output import fields
from daimm_cli.index.reputation import Profile, Rating, profiles, rating
from daimm_cli.index.rows import OfferRow
from daimm_cli.index.sellers import SellerRecord
from daimm_cli.manifest.manifest import SignedManifest
from daimm_cli.market import guarantees, rules
from daimm_cli.market.guarantees import Guarantee
from daimm_cli.market.listing import Quote
from daimm_cli.market.measured import Measured, measured
from daimm_cli.quote import powers, sampling, seller
from daimm_cli.quote.agreement import agreement
from daimm_cli.quote.checks import Finding, Result
from daimm_cli.quote.price import price
from daimm_cli.quote.sampling import OWN, SAMPLES, Sampled
from daimm_cli.quote.trial import Trial, attempt, chosen, worst_case, worst_shown
from daimm_cli.session.session import Session
from daimm_cli.store.fetcher import Fetcher, Named, named_sources

READ = 10.0
"""Seconds for a source's connection and for each piece of its answer: a quote is to be quick."""

_RECORD = (
    *("since", "orders", "buyers", "delivered", "in_time", "refunded", "declined"),
    *(
        "waiting",
        "median_seconds",
        "other_offers",
        "other_models",
        "convicted",
        "asked",
        "unanswered",
    ),
    *("claimed", "upheld", "rejected", "results", "voided", "survived"),
    *("claims", "claims_upheld", "claims_rejected", "opposed", "opposed_vainly"),
)


@dataclass(frozen=True)
class Report:
    """What was found out. aim: the utility token's address. promised: of this version, with a stake
    in the offer's token. rated: what holders say of the model; scores: what evaluators staked on;
    profile: what the seller says of themselves. court: the contract of claims that is its
    arbitrator, as the book calls it."""

    quoted: Quote
    chain_id: int
    aim: str
    findings: tuple[Finding, ...]
    trial: Trial
    record: SellerRecord
    sampled: tuple[Sampled, ...]
    governance: powers.Governance
    promised: list[Guarantee]
    rated: Rating | None
    scores: list[Measured]
    profile: Profile | None
    court: str | None

    @property
    def wrong(self) -> list[str]:
        """Names of the checks that are false."""
        return [found.check for found in self.findings if found.result is Result.FALSE]

    @property
    def text(self) -> str:
        """For people."""
        row, now = self.quoted.row, self.governance.now
        terms = self.quoted.describe(now)
        if self.trial.gas is not None:
            several = "" if self.trial.transactions == 1 else ", in two or more transactions"
            cost = ether(int(self.trial.gas_cost or 0), up=True)
            terms["gas"] = f"about {self.trial.gas:,}, {cost} at today's price{several}"
        terms["guarantee"] = "; ".join(each.shown for each in self.promised) or (
            "none: if the content is wrong, nobody pays for it"
        )
        terms["reviews"] = self.rated.shown if self.rated else "none"
        terms["measured"] = "; ".join(score.shown for score in self.scores) or "by nobody"
        if self.quoted.earlier:
            terms["warning"] = terms.pop("warning")  # last
        governed = powers.describe(self.governance, row.offer, self.aim)
        marks = {Result.OK: "ok", Result.FALSE: "FALSE", Result.UNKNOWN: "unknown"}
        found = {each.check: f"{marks[each.result]:<7}  {each.says}" for each in self.findings}
        parts = {
            f"Offer 0x{row.offer_id.hex()}": terms,
            "The seller, from the chain's events": {
                **({"calls themselves": self.profile.shown} if self.profile else {}),
                **seller.describe(self.record),
            },
            "Who delivers for the seller": seller.describe_keeper(self.record, now),
            "Where the files are": self._files(),
            "Who could change what": governed,
            "The worst case": worst_shown(
                *(self.quoted.offer, self.trial, self.quoted.token.shown, self.chain_id),
                self.court,
            ),
            "Checks": found,
        }
        return "\n\n".join(f"{title}\n{indent(fields(of), '  ')}" for title, of in parts.items())

    def _files(self) -> dict[str, str]:
        shown, signed = {}, self.quoted.signed
        size = _size(signed)
        if signed is not None:
            listed = signed.artifact_record.leaves.list_size
            shown["size"] = f"{sized(size)} encrypted, {sized(listed)} of digests"
        for each in self.sampled:
            told = f"{each.came} of {each.asked} blocks"
            if each.speed is not None and each.kind != OWN:
                told += f", {sized(each.bytes)} at {sized(each.speed)}/s"
                if signed is not None:
                    told += f" (all of it in {roughly(max(1, round(size / each.speed)))})"
            told += f", lacks {each.missing}" if each.missing else ""
            told += f". {each.problem}" if each.problem else ""
            told += " (shows nothing of the network)" if each.kind == OWN else ""
            shown[sanitise(f"{each.kind} {each.name}", 80)] = told
        return shown

    @property
    def data(self) -> dict[str, Any]:
        """For programs: docs/quote.md. Amounts are decimal text in the token's smallest unit."""
        record, quoted = self.record, self.quoted
        offer, signed, token = quoted.offer, quoted.signed, quoted.token
        results = [found.result for found in self.findings]
        order = (Result.FALSE, Result.UNKNOWN, Result.OK)
        return {
            "offer": quoted.row.offer_id,
            "verdict": next(result for result in order if result in results),
            "checks": self.findings,
            "model": offer.model,
            "version": offer.version,
            "name": signed.name if signed else None,
            "seller": offer.seller,
            "token": offer.token,
            "symbol": token.symbol,
            "decimals": token.decimals,
            "price": str(offer.price),
            "protocol_fee": str(offer.price * quoted.fee // 10_000),
            "delivery_fee": str(offer.delivery_fee),
            "total": str(offer.total),
            "deliver_within": offer.delivery_time,
            "grace_period": offer.grace_period,
            "inspection": offer.inspection,
            "guarantees": self.promised,
            "rating": self.rated,
            "measured": self.scores,
            "profile": self.profile,
            "warning": quoted.earlier,
            "purchase": self.trial,
            "record": {name: getattr(record, name) for name in _RECORD},
            "keeper": {
                "last_delivery": record.last_delivery,
                "overdue": record.overdue,
                "missed": record.missed,
                "longest_overdue": record.longest,
            },
            "files": {
                "size": _size(signed) if signed else None,
                "digest_list_size": signed.artifact_record.leaves.list_size if signed else None,
                "sources": self.sampled,
            },
            "powers": self.governance,
            "worst_case": worst_case(offer, self.trial),
        }


def make(session: Session, row: OfferRow, *, samples: int = SAMPLES, shown: bytes = b"") -> Report:
    """Find out everything; the console is told of the sizes before blocks are fetched.

    samples: random blocks of the encrypted file from each source. shown: what the offer's price
    rule is given. Raises OutsideFailed where the node does not answer; whatever else goes wrong is
    in the report.
    """
    chain, index, now, store = session.chain, session.index, session.now, session.store
    (version,) = index.versions(row.offer.model, version=row.offer.version)
    token, fee = chain.token(row.offer.token), chain.policy(row.offer.token).fee
    governance = powers.read(chain, index, fee, now)
    buyer = chosen(session)
    priced, asked = price(session, row, buyer, shown)
    bought, trial = attempt(session, row, token, buyer, asked, shown)
    record = index.seller(row.offer.seller, offer=row.offer_id, now=now)
    places = named_sources(session.config, read=READ)
    fetcher = Fetcher(store, [place.source for place in places])
    agreed, signed = agreement(session, fetcher, version, row.offer)
    plan = sampling.wanted(signed, Cid(RAW, version.details.manifest), samples)
    session.console.say(_announced(signed, len(plan), len(places)))
    sampled = sampling.sample([Named(OWN, str(store.directory), store), *places], plan)
    found = (sampling.fetchable(sampled, plan), sampling.honest(sampled))
    governed = [check.made(governance) for check in powers.CHECKS]
    return Report(
        quoted=Quote(
            *(row, signed, token, fee, index.earlier(version)),
            *(asked, rules.words(chain, row.offer, token)),
        ),
        chain_id=chain.node.chain_id,
        aim=chain.aim,
        findings=(bought, *priced, *agreed, *found, seller.keeper(record, now), *governed),
        trial=trial,
        record=record,
        sampled=tuple(sampled),
        governance=governance,
        promised=[
            each
            for each in guarantees.standing(session, row.offer.model, row.offer.version)
            if each.token == row.offer.token
        ],
        rated=rating(index, row.offer.model),
        scores=measured(session, version.details.plaintext_root),
        profile=profiles(index).get(row.offer.seller),
        court=_court(session.chain, row.offer.arbitrator),
    )


def _court(chain: Chain, arbitrator: str) -> str | None:
    return chain.book.names[arbitrator] if chain.kind_at(arbitrator) is Claims else None


def _size(signed: SignedManifest | None) -> int:
    """Bytes of the encrypted file."""
    return signed.artifact_record.leaves.layout.ciphertext_size if signed else 0


def _announced(signed: SignedManifest | None, blocks: int, places: int) -> str:
    if signed is None:
        return "The manifest could not be read: looking where it can be had."
    size = f"The encrypted file has {sized(_size(signed))}."
    if not places:
        return f"{size} No source is named: only your own store is asked."
    return (
        f"{size} {blocks} blocks of at most 1 MiB are asked of each of "
        f"{counted(places, 'source')}; `daimm buy` fetches and checks all of it."
    )
