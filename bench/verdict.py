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

from daimm_cli.bindings.market import Delivered, Market, OrderRefunded, Purchased
from daimm_cli.bindings.structs import Delivery
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
    by_name: dict[str, Counter[bytes]] = defaultdict(Counter)
    for event in events:
        if isinstance(event, Purchased | Delivered | OrderRefunded):
            by_name[event.NAME][event.order] += 1
    ends = {order: [0, 0] for order in by_name["Purchased"]}
    for number, name in enumerate(("Delivered", "OrderRefunded")):
        for order, times in by_name[name].items():
            ends[order][number] += times
    pending = {row.order_id for row in rows if not row.ended_at}
    left = _left(chain, sent)
    refunded = {order for order, (_, back) in ends.items() if back}
    receipts = [node.receipt(keccak(raw)) for raw in sent]
    return {
        "orders": len(ends),
        "faults": sum(faults.values()),
        "delivered": sum(delivered > 0 for delivered, _ in ends.values()),
        "refunded": len(refunded),
        "lost": sum(sum(both) == 0 or order in pending for order, both in ends.items()),
        "doubled": sum(sum(both) > 1 for both in ends.values()),
        "copied": sum(isinstance(e, Delivered) and e.deliverer == rival for e in events),
        "missed": len(refunded - excused),
        "unpaid": len(refunded & left.keys()),
        "keys": sum(len(pairs) > 1 for pairs in left.values()),
        "reverted": sum(receipt is not None and not receipt.succeeded for receipt in receipts),
        "by_kind": dict(sorted(faults.items())),
        "blocks": node.latest().number,
    }


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
