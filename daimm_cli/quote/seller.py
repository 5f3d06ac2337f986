"""What a seller did so far, and whether their keeper is alive, in words.

>>> record = index.seller(offer.seller, offer=row.offer_id, now=now)
>>> keeper(record, now).result
<Result.OK: 'ok'>
"""

from __future__ import annotations

from daimm_cli.base.text import counted, roughly, time_shown
from daimm_cli.index.sellers import MOST_OFFERS, SellerRecord
from daimm_cli.quote.checks import Finding, Result

RECENT = 30 * 86400
"""Seconds after which a delivery says little about the keeper of today."""

NO_EVIDENCE = "nothing was sold yet, so there is no evidence for or against this seller"
OF_BUYERS = (
    "A seller can buy from themselves under other names: this shows that keys came, not that "
    "strangers were content."
)


def describe(record: SellerRecord) -> dict[str, str]:
    """The record for people."""
    since = time_shown(record.since) if record.since is not None else "not yet"
    models = f"{record.other_offers} for {counted(record.other_models, 'model')}"
    if record.other_offers == MOST_OFFERS:
        models = f"{MOST_OFFERS:,} or more"
    shown = {"active since": since, "other offers": models if record.other_offers else "none"}
    if record.convicted:
        shown["proven wrong"] = f"the content of {counted(record.convicted, 'version')} of theirs"
    if record.asked:
        shown["key requests"] = f"{record.asked:,} by holders, {record.unanswered:,} not answered"
    shown |= _claims(record)
    if not record.orders:
        return {**shown, "orders": NO_EVIDENCE}
    shown["orders"] = (
        f"{record.orders:,} by {counted(record.buyers, 'account')}, their own left out"
    )
    shown["delivered"] = f"{record.delivered:,}, {record.in_time:,} of them in time"
    if record.median_seconds is not None:
        shown["median time"] = f"{roughly(record.median_seconds)} from purchase to delivery"
    return {
        **shown,
        "refunded": f"{record.refunded:,}, after no key came in time",
        "declined": f"{record.declined:,}, refunded at once",
        "waiting": f"{record.waiting:,}",
        "note": OF_BUYERS,
    }


def _claims(record: SellerRecord) -> dict[str, str]:
    """What came of claims that concerned them; what never happened is left out."""
    shown = {}
    if record.claimed:
        ended = f"{record.upheld:,} upheld, {record.rejected:,} rejected"
        shown["claimed"] = f"{counted(record.claimed, 'order')} of theirs: {ended}"
    if record.results:
        void = f"{record.voided:,} void after a claim that was upheld"
        stood = f"{counted(record.survived, 'claim')} rejected"
        shown["evaluated"] = f"{counted(record.results, 'result')} with AIM staked: {void}, {stood}"
    if record.claims:
        ended = f"{record.claims_upheld:,} upheld, {record.claims_rejected:,} rejected"
        shown["made claims"] = f"{record.claims:,}: {ended}"
    if record.opposed:
        lost = f"{record.opposed_vainly:,} upheld all the same"
        shown["opposed claims"] = f"{record.opposed:,}: {lost}"
    return shown


def describe_keeper(record: SellerRecord, now: int) -> dict[str, str]:
    """How alive whoever delivers for the seller is, for people."""
    last = "none yet"
    if record.last_delivery is not None:
        ago = roughly(max(now - record.last_delivery, 0))
        last = f"{time_shown(record.last_delivery)}, {ago} ago"
    overdue = "none"
    if record.overdue:
        overdue = f"{record.overdue:,}, the oldest by {roughly(record.longest)}"
        if record.missed:
            overdue += f"; {record.missed:,} past grace, where only a refund is left"
    return {"last delivery": last, "overdue now": overdue}


def keeper(record: SellerRecord, now: int) -> Finding:
    """FALSE where orders fell due and nothing was delivered since."""
    if record.silent:
        return Finding(
            "keeper",
            Result.FALSE,
            f"{counted(record.silent, 'order')} fell due and no key was delivered since, the "
            f"oldest {roughly(record.longest)} ago: this seller does not deliver now.",
        )
    if record.last_delivery is None:
        return Finding("keeper", Result.UNKNOWN, "It has never delivered, and nothing is overdue.")
    if record.overdue:
        left = counted(record.overdue, "order")
        says = f"It delivers, but leaves {left} out that fell due."
        return Finding("keeper", Result.UNKNOWN, says)
    ago = max(now - record.last_delivery, 0)
    result, but = (Result.UNKNOWN, "but") if ago > RECENT else (Result.OK, "and")
    says = f"Nothing is overdue, {but} the last delivery was {roughly(ago)} ago."
    return Finding("keeper", result, says)
