"""What became of a soak's orders, counted from the chain's events and from what left for the chain.

>>> judge(chain, rows, sent=raws, rival=address, excused=set(), faults=Counter())["lost"]
0
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_utils.address import to_checksum_address
from hexbytes import HexBytes

from bench.verdict_books import LEDGERS, adrift
from bench.verdict_deals import judge_deals
from daimm_cli.bindings.key_requests import KeyRequests
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
from daimm_cli.bindings.structs import Ruling
from daimm_cli.chain.errors import decode
from daimm_cli.protocol.curve import Point, keccak

if TYPE_CHECKING:
    from daimm_cli.bindings.calls import Call, Contract
    from daimm_cli.chain.client import Chain
    from daimm_cli.index.rows import OrderRow


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
    contracts = [chain.book.address(name) for name in ("Market", "ModelLicense", *LEDGERS)]
    logs = node.logs(contracts, 0, node.latest().number)
    told = list(chain.told(logs))
    events = [event for _, event in told]
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
    left = _all_left(chain, sent)
    convicted: set[tuple[int, int]] = {
        (row.offer.model, row.offer.version) for row in rows if row.convicted_block
    }
    handed = judge_deals(told, rival=rival, excused=excused, convicted=convicted)
    undelivered = refunded.keys() - delivered.keys() - wrong
    receipts = [node.receipt(keccak(raw)) for raw in sent]
    reverted = [told.hash for told in receipts if told is not None and not told.succeeded]
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
        **handed.counts,
        "lost": len(orders - ends.keys() | pending) + handed.lost,
        "doubled": sum(ends[order] > 1 or delivered[order] > 1 for order in orders)
        + handed.doubled,
        "unprolonged": len(_unprolonged(chain, renewed)),
        "adrift": adrift(chain, told),
        "copied": sum(isinstance(e, Delivered) and e.deliverer == rival for e in events)
        + handed.copied,
        "missed": len(undelivered - excused) + len(handed.missed),
        "unpaid": len((undelivered | handed.undelivered) & left.keys()),
        "keys": sum(len(pairs) > 1 for pairs in left.values()),
        "reverted": len(reverted),
        "refusals": dict(sorted(_refusals(chain, reverted).items())),
        "by_kind": dict(sorted(faults.items())),
        "blocks": node.latest().number,
    }


def _unprolonged(chain: Chain, renewed: Sequence[Renewed]) -> set[int]:
    """Licences that end at another time than their last renewal told."""
    told = {chain.license_id(event.order): event.expires_at for event in renewed}
    return {number for number, end in told.items() if chain.license(number).time != end}


@dataclass(frozen=True)
class Left:
    """A key that was handed to the node. ident: of what it answers; again: hands it in anew."""

    ident: bytes
    z: Point
    again: Call


def deliveries(chain: Chain, raw: bytes) -> Iterator[Left]:
    """What each delivery in a signed transaction delivers."""
    sent = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
    kind, data = chain.kind_at(to_checksum_address(sent["to"])), bytes(sent["data"])
    if kind is None or (read := kind.read_call(data)) is None:
        return
    for part in read.arguments["data"] if read.function.name == "multicall" else [data]:
        found = kind.read_call(part)
        if found is not None and found.function.name.startswith("deliver"):
            yield _left(chain, kind, found.arguments)


def _left(chain: Chain, kind: type[Contract], arguments: Mapping[str, Any]) -> Left:
    what: list[Any] = [*arguments.values()]
    z = what[-1].z
    deployed, view = chain.deployed, chain.node.view
    if kind is Market:
        ident = chain.order_id(chain.offer_id(what[0]), what[1])
        return Left(ident, z, deployed.market.deliver(*what))
    if kind is KeyRequests:
        ident = view(deployed.key_requests.request_id_of(what[0]))
        return Left(ident, z, deployed.key_requests.deliver_key(*what))
    place = view(deployed.secondary.listing_id_of(what[0]))
    ident = view(deployed.secondary.deal_id_of(place, what[1]))
    return Left(ident, z, deployed.secondary.deliver(*what))


def _all_left(chain: Chain, sent: Collection[bytes]) -> dict[bytes, set[Point]]:
    """By what they answer, the points Z that were ever handed to the node."""
    found: dict[bytes, set[Point]] = defaultdict(set)
    for raw in sent:
        for left in deliveries(chain, raw):
            found[left.ident].add(left.z)
    return found


def _refusals(chain: Chain, hashes: Iterable[bytes]) -> Counter[str]:
    """Why transactions reverted."""
    found: Counter[str] = Counter()
    for transaction in hashes:
        with chain.node.asking("tell why a transaction reverted"):
            traced = chain.node.ask(
                "debug_traceTransaction", f"0x{transaction.hex()}", {"tracer": "callTracer"}
            )
        error = decode(bytes.fromhex(traced.get("output", "0x")[2:]))
        found[error.name if error else str(traced.get("error"))] += 1
    return found
