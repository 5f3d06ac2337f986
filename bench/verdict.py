"""What became of a soak's orders, counted from the chain's events and from what left for the chain.

>>> judge(chain, rows, sent=raws, rival=address, excused=set(), faults=Counter())["lost"]
0
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes

from daimm_cli.bindings.market import (
    Delivered,
    Market,
    OrderHeld,
    OrderRefunded,
    OrderResolved,
    OrderSettled,
    Purchased,
    Renewed,
)
from daimm_cli.bindings.structs import Delivery, Ruling
from daimm_cli.chain.client import Chain
from daimm_cli.chain.terms import Offer, Order
from daimm_cli.index.rows import OrderRow
from daimm_cli.protocol.curve import Point, keccak


def judge(
    chain: Chain,
    rows: Sequence[OrderRow],
    *,
    sent: Collection[bytes],
    rival: str,
    excused: set[bytes],
    faults: Counter[str],
) -> dict[str, Any]:
    """The counts that `bench.soak` names.

    rows: all orders. sent: the keeper's transactions that ever left, signed. rival: who copies.
    excused: orders that may be refunded. faults: those that took place, by kind.
    """
    node = chain.node
    logs = node.logs([chain.market], 0, node.latest().number)
    events = [event for _, event in chain.told(logs)]
    delivered, settled, refunded = (
        Counter(event.order for event in events if isinstance(event, kind))
        for kind in (Delivered, OrderSettled, OrderRefunded)
    )
    settled += Counter(
        event.order
        for event in events
        if isinstance(event, Delivered) and not event.inspection_ends_at
    )
    bought = [event for event in events if isinstance(event, Purchased)]
    orders = {event.order for event in bought}
    prices = {row.offer_id: row.offer.price for row in rows}
    renewed = [event for event in events if isinstance(event, Renewed)]
    ends = settled + refunded
    rulings = Counter(e.ruling for e in events if isinstance(e, OrderResolved))
    held = {event.order for event in events if isinstance(event, OrderHeld)}
    ruled = {event.order for event in events if isinstance(event, OrderResolved)}
    wrong = {row.order_id for row in rows if row.convicted_block is not None}
    pending = {row.order_id for row in rows if row.is_open}
    left = _left(chain, sent)
    undelivered = refunded.keys() - delivered.keys()
    receipts = [node.receipt(keccak(raw)) for raw in sent]
    return {
        "orders": len(orders),
        "faults": sum(faults.values()),
        "delivered": len(delivered),
        "settled": len(settled),
        "refunded": len(refunded),
        "renewed": len(renewed),
        "shown": sum(event.price < prices[event.offer] for event in bought),
        "held": len(held),
        "rejected": rulings[Ruling.REJECTED],
        "upheld": rulings[Ruling.UPHELD],
        "unruled": len((held - ruled - wrong) & refunded.keys()),
        "convicted": len(wrong & refunded.keys()),
        "lost": len(orders - ends.keys() | pending),
        "doubled": sum(ends[order] > 1 or delivered[order] > 1 for order in orders),
        "unprolonged": len(_unprolonged(chain, renewed)),
        "copied": sum(isinstance(e, Delivered) and e.deliverer == rival for e in events),
        "missed": len(undelivered - excused - wrong),
        "unpaid": len((undelivered - wrong) & left.keys()),
        "keys": sum(len(pairs) > 1 for pairs in left.values()),
        "reverted": sum(receipt is not None and not receipt.succeeded for receipt in receipts),
        "by_kind": dict(sorted(faults.items())),
        "blocks": node.latest().number,
    }


def _unprolonged(chain: Chain, renewed: Sequence[Renewed]) -> set[int]:
    """Licences that end at another time than their last renewal told."""
    told = {chain.license_id(event.order): event.expires_at for event in renewed}
    return {number for number, end in told.items() if chain.license(number).time != end}


def deliveries(raw: bytes) -> Iterator[tuple[Offer, Order, Delivery]]:
    """What each delivery in a signed transaction delivers."""
    data = bytes(TypedTransaction.from_bytes(HexBytes(raw)).as_dict()["data"])
    read = Market.read_call(data)
    several = read is not None and read.function.name == "multicall"
    for part in read.arguments["data"] if read and several else [data]:
        found = Market.read_call(part)
        if found and found.function.name in ("deliver", "deliverIfPending"):
            yield found.arguments["terms"], found.arguments["order"], found.arguments["delivery"]


def _left(chain: Chain, sent: Collection[bytes]) -> dict[bytes, set[Point]]:
    """Order to the points Z of it that were ever handed to the node."""
    found: dict[bytes, set[Point]] = defaultdict(set)
    for raw in sent:
        for offer, order, delivery in deliveries(raw):
            order_id = chain.order_id(chain.offer_id(offer), order)
            found[order_id].add(delivery.z)
    return found
