"""What the events say of a seller, counted by the database.

>>> record = seller_record(connection, seller, offer_id, now)
>>> record.delivered, record.median_seconds
(41, 95)

Orders that the seller placed are left out. Times are in seconds since 1970. Nobody's word
is in it, but whoever sells can also buy: their other accounts count as buyers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from sqlite3 import Connection

from daimm_cli.bindings.structs import ResultState, Ruling

MOST_OFFERS = 1_000
"""Other offers are counted up to here."""


@dataclass(frozen=True)
class SellerRecord:
    """since: when their first offer opened. in_time: delivered by when it was promised. refunded:
    by the clock, after no key came in time.

    waiting: orders without a key, overdue ones among them; overdue: past the time to deliver by;
    missed: past grace too, so that only a refund is left. silent: overdue, and nothing was
    delivered since they fell due. longest: seconds by which the oldest is overdue; 0 where none is.
    median_seconds: from purchase to delivery; None where nothing was delivered. convicted: versions
    that they offered and whose content was proven wrong. asked: keys that holders asked for, with
    at least the fee and the time of the offer that their licence was bought with, and of versions
    that were not convicted; each licence and version counts once. unanswered: that never came.
    carried: keys of anybody's orders that they handed in themselves, as a keeper's account does.

    claimed: orders of theirs that a buyer had held by the arbitrator; upheld, rejected: how those
    were ruled on. results: what they measured as an evaluator, with AIM staked on it before a
    contract of claims; voided: after a claim that was upheld; survived: claims against them that
    were rejected. claims: what they claimed themselves, and how that ended; opposed: claims that
    they opposed; opposed_vainly: ones that were upheld.
    """

    since: int | None
    orders: int
    buyers: int
    delivered: int
    in_time: int
    refunded: int
    declined: int
    waiting: int
    overdue: int
    missed: int
    silent: int
    longest: int
    last_delivery: int | None
    median_seconds: int | None
    other_offers: int
    other_models: int
    convicted: int
    asked: int
    unanswered: int
    carried: int
    carried_in_time: int
    claimed: int
    upheld: int
    rejected: int
    results: int
    voided: int
    survived: int
    claims: int
    claims_upheld: int
    claims_rejected: int
    opposed: int
    opposed_vainly: int


_ORDERS = """
WITH of_seller AS (
    SELECT buyer, state, bought_at, delivered_at, bought_at + terms_delivery_time AS promised,
        CASE WHEN state = 'pending' THEN bought_at + terms_delivery_time END AS due,
        CASE WHEN state = 'pending' THEN terms_grace_period END AS grace
    FROM order_list WHERE seller = :seller AND buyer <> :seller
),
newest AS (SELECT max(delivered_at) AS at FROM of_seller)
SELECT
    count(*) AS orders, count(DISTINCT buyer) AS buyers, count(delivered_at) AS delivered,
    coalesce(sum(delivered_at <= promised), 0) AS in_time,
    coalesce(sum(state = 'refunded'), 0) AS refunded,
    coalesce(sum(state = 'declined'), 0) AS declined,
    coalesce(sum(state = 'pending'), 0) AS waiting,
    coalesce(sum(due < :now), 0) AS overdue, coalesce(sum(due + grace < :now), 0) AS missed,
    coalesce(sum(due < :now AND due > coalesce((SELECT at FROM newest), 0)), 0) AS silent,
    max(coalesce(max(:now - due), 0), 0) AS longest, (SELECT at FROM newest) AS last_delivery
FROM of_seller
"""

_MEDIAN = """
SELECT CAST(avg(seconds) AS INTEGER) AS median_seconds FROM (
    SELECT delivered_at - bought_at AS seconds,
        row_number() OVER (ORDER BY delivered_at - bought_at) AS place,
        count(*) OVER () AS places
    FROM order_list
    WHERE seller = :seller AND buyer <> :seller AND delivered_at IS NOT NULL
) WHERE place IN ((places + 1) / 2, (places + 2) / 2)
"""

_SINCE = """
SELECT min(opened_at) AS since FROM offer_list WHERE seller = :seller
"""

_OTHERS = """
SELECT count(*) AS other_offers, count(DISTINCT model) AS other_models FROM (
    SELECT model FROM offer_list
    WHERE seller = :seller AND offer <> :offer AND owner = :seller AND NOT closed AND NOT retired
        AND terms_expires_at NOT BETWEEN 1 AND :now - 1
        AND (terms_supply = 0 OR sold < terms_supply)
    LIMIT :most
)
"""


_CARRIED = """
SELECT count(*) AS carried,
    coalesce(sum(delivered_at <= bought_at + terms_delivery_time), 0) AS carried_in_time
FROM order_list WHERE deliverer = :seller
"""

_CONVICTED = """
SELECT count(*) AS convicted FROM model_registry_version_convicted AS c
WHERE EXISTS (SELECT 1 FROM market_offer_opened AS o
    WHERE o.seller = :seller AND o.terms_model = c.model AND o.terms_version = c.version)
"""

_CLAIMED = """
SELECT count(*) AS claimed, coalesce(sum(u.ruling = :upheld), 0) AS upheld,
    coalesce(sum(u.ruling = :rejected), 0) AS rejected
FROM market_order_held AS h JOIN market_purchased AS p ON p."order" = h."order"
JOIN market_offer_opened AS o ON o.offer = p.offer
LEFT JOIN market_order_resolved AS u ON u."order" = h."order"
WHERE o.seller = :seller AND p.buyer <> :seller
"""

_MEASURED = """
SELECT count(*) AS results, coalesce(sum(state = :voided), 0) AS voided,
    coalesce(sum(lost), 0) AS survived
FROM result_list JOIN reading
WHERE terms_evaluator = :seller AND terms_token = aim AND terms_stake <> '0'
    AND terms_arbitrator IN (SELECT value FROM json_each(:judges))
"""

_CLAIMS = """
SELECT coalesce(sum(claimant = :seller), 0) AS claims,
    coalesce(sum(claimant = :seller AND ruling = :upheld), 0) AS claims_upheld,
    coalesce(sum(claimant = :seller AND ruling = :rejected), 0) AS claims_rejected,
    coalesce(sum(opposer = :seller), 0) AS opposed,
    coalesce(sum(opposer = :seller AND ruling = :upheld), 0) AS opposed_vainly
FROM claim_list WHERE claim IN (
    SELECT claim FROM claims_claim_opened WHERE claimant = :seller
    UNION SELECT claim FROM claims_claim_opposed WHERE opposer = :seller
)
"""

_ASKED = """
WITH fair AS (
    SELECT q.* FROM request_list AS q
    JOIN market_purchased AS p ON p.license = q.license
    JOIN market_offer_opened AS o ON o.offer = p.offer
    WHERE o.seller = :seller AND q.maker = :seller AND q.asker <> :seller
        AND q.convicted_block IS NULL AND q.terms_token = o.terms_token
        AND (length(q.terms_fee), q.terms_fee)
            >= (length(o.terms_delivery_fee), o.terms_delivery_fee)
        AND q.terms_delivery_time >= o.terms_delivery_time
        AND q.terms_grace_period >= o.terms_grace_period
), ended AS (
    SELECT license, version, max(state = 2) AS answered FROM fair
    WHERE state <> 1 OR taken_at + terms_delivery_time + terms_grace_period < :now
    GROUP BY license, version
)
SELECT count(*) AS asked, coalesce(sum(NOT answered), 0) AS unanswered FROM ended
"""

_QUERIES = (
    *(_ORDERS, _MEDIAN, _SINCE, _OTHERS, _CARRIED, _CONVICTED, _ASKED),
    *(_CLAIMED, _MEASURED, _CLAIMS),
)


def seller_record(
    connection: Connection, seller: str, offer: bytes, now: int, judges: Sequence[str]
) -> SellerRecord:
    """The seller's record at time `now`; `offer` is not counted among their other ones. judges: the
    contracts of claims: whoever is their own judge, is right."""
    asked = {"seller": seller, "offer": offer, "now": now, "most": MOST_OFFERS}
    asked |= {"judges": json.dumps(judges)}
    asked |= {"upheld": Ruling.UPHELD, "rejected": Ruling.REJECTED, "voided": ResultState.VOIDED}
    found = [dict(connection.execute(query, asked).fetchone()) for query in _QUERIES]
    return SellerRecord(**{name: value for part in found for name, value in part.items()})
