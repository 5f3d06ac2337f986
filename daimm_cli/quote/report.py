"""The trust report on one offer: all parts, for people and for programs.

>>> report = make(Subject(chain, index, row, now, buyer), config, store, samples=8)
>>> report.verdict, report.to_json()["keeper"]["overdue"]
(<Result.OK: 'ok'>, 0)

docs/quote.md has the shape of the JSON. Nothing is bought, signed or sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daimm_cli.artifact.unixfs import RAW, Cid
from daimm_cli.base.text import format_amount, sanitise
from daimm_cli.chain.views import Token
from daimm_cli.index.rows import OfferRow, VersionRow
from daimm_cli.index.sellers import SellerRecord
from daimm_cli.quote import powers, sampling, seller, trial
from daimm_cli.quote.agreement import agreement
from daimm_cli.quote.checks import Check, Result, verdict
from daimm_cli.quote.quote import describe, registered_before
from daimm_cli.quote.sampling import OWN, SAMPLES, Sampled
from daimm_cli.quote.words import counted, roughly, section, sized
from daimm_cli.quote.worst import Worst
from daimm_cli.store.fetcher import Fetcher
from daimm_cli.store.remote import Named, named_sources

if TYPE_CHECKING:
    from daimm_cli.base.config import Config
    from daimm_cli.chain.client import Chain
    from daimm_cli.index.index import Index
    from daimm_cli.manifest.manifest import SignedManifest
    from daimm_cli.store.local import LocalStore

CONNECT, READ = 5.0, 10.0
"""Seconds for a source's connection and for each piece of its answer: a quote is to be quick."""


@dataclass(frozen=True)
class Subject:
    """What is asked about, and for whom.

    buyer: an address, or None; payer: who pays the gas, the buyer unless it is a Safe.
    """

    chain: Chain
    index: Index
    row: OfferRow
    now: int
    buyer: str | None = None
    payer: str | None = None


@dataclass(frozen=True)
class Report:
    """signed: the manifest, whatever the checks say of it; None where it cannot be read."""

    subject: Subject
    version: VersionRow
    signed: SignedManifest | None
    token: Token
    fee: int
    warning: str | None
    checks: tuple[Check, ...]
    trial: trial.Trial
    record: SellerRecord
    sampled: tuple[Sampled, ...]
    governance: powers.Governance
    worst: Worst

    @property
    def verdict(self) -> Result:
        return verdict(self.checks)

    @property
    def wrong(self) -> list[str]:
        """Names of the checks that are false."""
        return [check.name for check in self.checks if check.result is Result.FALSE]

    def amount(self, value: int) -> str:
        """In the offer's token."""
        return format_amount(value, self.token.decimals, self.token.symbol)

    @property
    def text(self) -> str:
        """For people."""
        row, now = self.subject.row, self.subject.now
        terms = describe(row.offer, self.signed, self.token, self.fee, now)
        if self.trial.gas is not None:
            several = "" if self.trial.transactions == 1 else ", in two or more transactions"
            ether = trial.ether(self.trial.cost or 0)
            terms["gas"] = f"about {self.trial.gas:,}, {ether} at today's price{several}"
        if self.warning:
            terms["warning"] = self.warning
        aim = self.subject.chain.aim
        governed = powers.describe(self.governance, row.offer, aim, self.fee, now)
        marks = {Result.OK: "ok", Result.FALSE: "FALSE", Result.UNKNOWN: "unknown"}
        checks = {c.name: f"{marks[c.result]:<7}  {c.says}" for c in self.checks}
        parts = [
            section(f"Offer 0x{row.offer_id.hex()}", terms),
            section("The seller, from the chain's events", seller.describe(self.record)),
            section("Who delivers for the seller", seller.describe_keeper(self.record, now)),
            section("Where the files are", self._files()),
            section("Who could change what", governed),
            section("The worst case", self.worst.describe(self.amount)),
            section("Checks", checks),
        ]
        return "\n\n".join(parts)

    @property
    def _size(self) -> int:
        """Bytes of the encrypted file."""
        assert self.signed is not None
        return self.signed.artifact_record.leaves.segments.ciphertext_size

    def _files(self) -> dict[str, str]:
        shown = {}
        if self.signed is not None:
            leaves = self.signed.artifact_record.leaves
            shown["size"] = f"{sized(self._size)} encrypted, {sized(leaves.list_size)} of digests"
        for each in self.sampled:
            told = f"{each.came} of {each.asked} blocks"
            if each.speed is not None and each.place.kind != OWN:
                told += f", {sized(each.received)} at {sized(each.speed)}/s"
                if self.signed is not None:
                    told += f" (all of it in {roughly(max(1, round(self._size / each.speed)))})"
            told += f", lacks {each.missing}" if each.missing else ""
            told += f". {each.problem}" if each.problem else ""
            told += " (shows nothing of the network)" if each.place.kind == OWN else ""
            shown[sanitise(f"{each.place.kind} {each.place.name}", 80)] = told
        return shown

    def to_json(self) -> dict[str, Any]:
        """For programs: docs/quote.md. Amounts are decimal text in the token's smallest unit."""
        offer, record = self.subject.row.offer, self.record
        return {
            "offer": self.subject.row.offer_id,
            "verdict": self.verdict,
            "checks": [
                {"check": check.name, "result": check.result, "says": check.says}
                for check in self.checks
            ],
            "model": offer.model,
            "version": offer.version,
            "name": self.signed.name if self.signed else None,
            "seller": offer.seller,
            "token": offer.token,
            "symbol": self.token.symbol,
            "decimals": self.token.decimals,
            "price": str(offer.price),
            "protocol_fee": str(offer.price * self.fee // 10_000),
            "delivery_fee": str(offer.delivery_fee),
            "total": str(offer.total),
            "deliver_within": offer.delivery_time,
            "grace_period": offer.grace_period,
            "inspection": offer.inspection,
            "warning": self.warning,
            "purchase": {
                "buyer": self.trial.buyer,
                "simulated": self.trial.simulated,
                "transactions": self.trial.transactions,
                "gas": self.trial.gas,
                "gas_cost": None if self.trial.cost is None else str(self.trial.cost),
            },
            "record": {
                "since": record.since,
                "orders": record.orders,
                "buyers": record.buyers,
                "delivered": record.delivered,
                "refunded": record.refunded,
                "declined": record.declined,
                "waiting": record.waiting,
                "median_seconds": record.median_seconds,
                "other_offers": record.other_offers,
                "other_models": record.other_models,
            },
            "keeper": {
                "last_delivery": record.last_delivery,
                "overdue": record.overdue,
                "missed": record.missed,
                "longest_overdue": record.longest,
            },
            "files": self._files_json(),
            "powers": powers.to_json(self.governance, self.fee),
            "worst_case": self.worst.to_json(),
        }

    def _files_json(self) -> dict[str, Any]:
        leaves = self.signed.artifact_record.leaves if self.signed else None
        return {
            "size": self._size if leaves else None,
            "digest_list_size": leaves.list_size if leaves else None,
            "sources": [
                {
                    "kind": each.place.kind,
                    "name": each.place.name,
                    "asked": each.asked,
                    "came": each.came,
                    "missing": each.missing,
                    "corrupt": each.corrupt,
                    "problem": each.problem,
                    "bytes": each.received,
                    "seconds": round(each.seconds, 3),
                }
                for each in self.sampled
            ],
        }


def make(
    subject: Subject,
    config: Config,
    store: LocalStore,
    *,
    samples: int = SAMPLES,
    say: Callable[[str], None] = lambda _line: None,
) -> Report:
    """Find out everything; `say` is told of the sizes before blocks are fetched.

    samples: random blocks of the encrypted file from each source. Raises OutsideFailed where the
    node does not answer; whatever else goes wrong is in the report.
    """
    chain, index, row, now = subject.chain, subject.index, subject.row, subject.now
    (version,) = index.versions(row.offer.model, version=row.offer.version)
    token, fee = chain.token(row.offer.token), chain.policy(row.offer.token).fee
    governance = powers.read(chain, index)
    tried = trial.attempt(chain, row, token, now, subject.buyer, payer=subject.payer)
    record = index.seller(row.offer.seller, offer=row.offer_id, now=now)
    places = named_sources(config, connect=CONNECT, read=READ)
    try:
        fetcher = Fetcher(store, [place.source for place in places])
        agreed, signed = agreement(chain, fetcher, version, row.offer)
        plan = _plan(version, signed, samples)
        own = Named(OWN, str(store.directory), store)
        say(_announced(signed, plan, len(places)))
        sampled = sampling.sample([own, *places], plan)
    finally:
        for place in places:
            close = getattr(place.source, "close", None)
            if close is not None:
                close()
    checks = (
        tried.check,
        *agreed,
        sampling.fetchable(sampled, plan),
        sampling.honest(sampled),
        seller.keeper(record, now),
        *powers.checks(chain, governance, fee, now),
    )
    return Report(
        subject=subject,
        version=version,
        signed=signed,
        token=token,
        fee=fee,
        warning=registered_before(index, row, version),
        checks=checks,
        trial=tried,
        record=record,
        sampled=tuple(sampled),
        governance=governance,
        worst=Worst(row.offer, tried.gas, tried.cost),
    )


def _plan(
    version: VersionRow, signed: SignedManifest | None, samples: int
) -> list[sampling.Wanted]:
    cid = Cid(RAW, version.details.manifest)
    return [sampling.manifest_alone(cid)] if signed is None else sampling.wanted(
        signed, cid, samples)  # fmt: skip


def _announced(signed: SignedManifest | None, plan: list[sampling.Wanted], places: int) -> str:
    if signed is None:
        return "The manifest could not be read: looking where it can be had."
    size = sized(signed.artifact_record.leaves.segments.ciphertext_size)
    if not places:
        return f"The encrypted file has {size}. No source is named: only your own store is asked."
    return (
        f"The encrypted file has {size}. {len(plan)} blocks of at most 1 MiB are asked of each of "
        f"{counted(places, 'source')}; `daimm buy` fetches and checks all of it."
    )
