"""Delivering a key: judge the order, make the delivery, keep it, send it.

>>> prepared = prepare(chain, home, offer, order, lambda: secret, seller=account.address)
>>> mark_sent([prepared], moment(chain))             # from now on it may have been seen

`daimm order deliver` and a keeper call the same two functions. The rules that keep a key from being
given away unpaid (docs/protocol.md, "Clocks"):

- what counts is on the chain: the order's id is computed anew and its licence must be pending now;
- the purchase must be final: the block that it was read from is old enough, and still there;
- only orders of the seller's own offers: anybody can copy a version and offer it for nothing;
- there is one delivery per order, which follows from the line's secret and the order. It is written
  to `deliveries/` before it leaves, and every later attempt sends the same bytes; a damaged record
  is made again, and counts as sent;
- its first broadcast comes no later than `MARGIN` before the end of the delivery time. One that may
  have been seen is sent again until grace ends. It has to be in time by the chain's clock and by
  this machine's: either can be wrong.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daimm_cli.base import records
from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.base.text import time_shown
from daimm_cli.bindings.structs import Delivery, Listing
from daimm_cli.bindings.structs import KeyRequest as Asked
from daimm_cli.bindings.values import word
from daimm_cli.chain.terms import LicenseState, Offer, Order
from daimm_cli.index.deals import KeyRow, key_rows
from daimm_cli.protocol import delivery as proofs
from daimm_cli.protocol.curve import SecretScalar
from daimm_cli.protocol.delivery import KeyRequest

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.index.index import Index
    from daimm_cli.index.rows import OrderRow

FORMAT = "daimm/delivery/v3"
MARGIN = 300
"""Seconds before the end of the delivery time after which no first broadcast is made, but at most
a quarter of the delivery time."""

_STATES = {
    LicenseState.NONE: "is not on this chain: check its id and the network",
    LicenseState.ACTIVE: "is delivered already",
    LicenseState.SETTLED: "is delivered and paid already",
    LicenseState.BURNED: "was refunded or declined",
}


class ClocksDiffer(ChainRefused):
    """By this machine's clock alone it is too late: it may be wrong, or the node behind."""


@dataclass(frozen=True)
class Moment:
    """What time it is, in seconds since 1970: by the chain's newest block, and by this machine."""

    chain: int
    local: int

    @property
    def latest(self) -> int:
        """The later of the two."""
        return max(self.chain, self.local)


@dataclass(frozen=True)
class Clocks:
    """When an order was bought, should be delivered, and when a delivery counts last."""

    bought: int
    deliver_by: int
    grace_end: int
    margin: int

    @classmethod
    def of(cls, offer: Offer | Listing | Asked, bought: int) -> Clocks:
        """bought: seconds since 1970, from the pending licence."""
        deliver_by = bought + offer.delivery_time
        margin = min(MARGIN, offer.delivery_time // 4)
        return cls(bought, deliver_by, deliver_by + offer.grace_period, margin)

    def require_time(self, now: Moment, *, seen: bool) -> None:
        """Raise ChainRefused unless the delivery may be sent now; ClocksDiffer is one of them.

        seen: whether it may have been broadcast before.
        """
        last = self.grace_end if seen else self.deliver_by - self.margin
        if now.chain > self.grace_end:
            raise ChainRefused(
                f"The time to deliver ended at {time_shown(self.grace_end)}: the buyer is to be "
                "refunded."
            )
        if now.chain > last:
            raise ChainRefused(
                f"It is too late for a first delivery: one that is not mined by "
                f"{time_shown(self.grace_end)} gives the key away unpaid. Decline the order, or "
                "let the buyer take the refund."
            )
        if now.local > last:
            raise ClocksDiffer(
                "By this machine's clock, which is ahead of the chain's newest block, it is too "
                f"late to deliver (after {time_shown(last)}): set the clock, or wait until the "
                "node has caught up."
            )


@dataclass(frozen=True)
class Kept:
    """A delivery on disk, ready to be sent. order_id: of what asks for the key, an order or another
    request. file: the record that says whether it was sent."""

    order_id: bytes
    clocks: Clocks
    delivery: Delivery
    file: Path


@dataclass(frozen=True)
class PreparedDelivery(Kept):
    """An order's delivery on disk."""

    offer: Offer
    order: Order


def prepare(
    chain: Chain,
    home: Path,
    offer: Offer,
    order: Order,
    secret_of: Callable[[], SecretScalar],
    *,
    seller: str,
    receiver: str | None = None,
) -> PreparedDelivery:
    """Judge the order on the chain, and make its delivery or take the one made before.

    secret_of: tells the secret of the line that the offer names; asked only where no delivery was
    kept. seller: whose offers may be served. receiver: who is to have the delivery fee, whoever
    hands the delivery in; None: the seller. Raises ChainRefused where the offer is another's, the
    order does not wait for a delivery or it is too late, DaimmError where the secret is another
    line's.
    """
    if offer.seller != seller:
        raise ChainRefused(
            f"The order was placed with {offer.seller}, who would be paid for your key: "
            "deliver only what you offer yourself."
        )
    order_id = chain.order_id(chain.offer_id(offer), order)
    clocks = pending(chain, offer, order_id)
    request = KeyRequest(order_id, offer.line, order.key)
    kept = keep(chain, home, request, clocks, secret_of, receiver or seller)
    return PreparedDelivery(order_id, clocks, kept.delivery, kept.file, offer, order)


def keep(
    chain: Chain,
    home: Path,
    request: KeyRequest,
    clocks: Clocks,
    secret_of: Callable[[], SecretScalar],
    receiver: str,
) -> Kept:
    """The delivery that answers a request, made or taken from the disk; as `prepare`."""
    file = _file(chain, home, request.request_id)
    told, sent = _read(file)
    clocks.require_time(moment(chain), seen=sent)
    with contextlib.suppress(DaimmError):
        delivery = Delivery.from_json(told)
        proofs.verify(request, delivery)
        return Kept(request.request_id, clocks, delivery, file)
    secret = secret_of()
    if secret.point != request.line:
        raise DaimmError(
            "The seed of this home did not make the line that was sold: restore the seed that "
            "published it, or set DAIMM_HOME to its home."
        )
    made = proofs.prove(secret, request, receiver)
    proofs.verify(request, made)
    kept = Kept(request.request_id, clocks, made, file)
    _write(kept, sent=_read(file)[1])  # another process may have sent it meanwhile
    return kept


def pending(chain: Chain, offer: Offer, order_id: bytes) -> Clocks:
    """The clocks of an order that waits for its key; ChainRefused where it does not."""
    record = chain.license(chain.license_id(order_id))
    if record.state != LicenseState.PENDING:
        ident = f"0x{order_id.hex()}"
        step = None if record.state is LicenseState.NONE else f"daimm order show {ident}"
        raise ChainRefused(f"Order {ident} {_STATES[record.state]}.", hint=step)
    return Clocks.of(offer, record.time)


def moment(chain: Chain) -> Moment:
    """What time it is."""
    return Moment(chain.node.latest().time, int(time.time()))


def require_depth(chain: Chain, row: OrderRow, confirmations: int) -> None:
    """Raise ChainRefused unless the order was bought so many blocks ago, its own included.

    A purchase that a re-org drops would leave its buyer with the key and the money.
    """
    if not bought_by(chain, row, max(chain.node.latest().number - confirmations + 1, 0)):
        raise ChainRefused(
            f"Order 0x{row.order_id.hex()} is younger than {confirmations} blocks, so a re-org "
            "could still undo its payment: wait, or accept that with a smaller --confirmations."
        )


def bought_by(chain: Chain, row: OrderRow | KeyRow, block: int) -> bool:
    """Whether the chain, as it is now, has the purchase in this block or an older one.

    The index took it from a block with a hash; a chain that has that block has the purchase. So no
    old state is asked for, which nodes without an archive have not.
    """
    return row.block <= block and chain.node.has_block(row.block, row.block_hash)


def mark_sent(deliveries: Sequence[Kept], now: Moment) -> None:
    """Write down that these may be seen from now on; ChainRefused where it is too late for one."""
    for prepared in deliveries:
        prepared.clocks.require_time(now, seen=_read(prepared.file)[1])
    for prepared in deliveries:
        _write(prepared, sent=True)


def was_sent(chain: Chain, home: Path, order_id: bytes) -> bool:
    """Whether the order's delivery may have been seen; asks no node."""
    return _read(_file(chain, home, order_id))[1]


def forget_ended(chain: Chain, home: Path, index: Index, before: int) -> None:
    """Remove the records of deliveries of what was answered, or ended, before `before`.

    One that never left would give the buyer of a refunded order the key, should the file leak.
    before: seconds since 1970, of a block that is final.
    """
    for file in _file(chain, home, b"").parent.glob("0x*.json"):
        with contextlib.suppress(DaimmError):
            for asked in key_rows(index, ident=word(file.stem)):
                if not asked.waits and (asked.delivered_at or 0) < before:
                    file.unlink(missing_ok=True)
            row = index.order(word(file.stem))
            if (row.delivered_at or row.ended_at or before) < before:
                file.unlink(missing_ok=True)


def _file(chain: Chain, home: Path, order_id: bytes) -> Path:
    return home / "deliveries" / str(chain.node.chain_id) / f"0x{order_id.hex()}.json"


def _write(prepared: Kept, *, sent: bool) -> None:
    data = {
        "format": FORMAT,
        "order": "0x" + prepared.order_id.hex(),
        "delivery": prepared.delivery.to_json(),
        "sent": sent,
    }
    try:
        records.keep(prepared.file, data)
    except IsADirectoryError:
        raise DaimmError(f"{prepared.file} is a folder: move it away.") from None


def _read(file: Path) -> tuple[object, bool]:
    """What was kept of a delivery, or None, and whether it may have been seen: so may what cannot
    be read."""

    def parsed(data: dict[str, Any]) -> tuple[object, bool]:
        if data["format"] != FORMAT:
            raise ValueError
        return data["delivery"], data["sent"] is not False

    try:
        return records.read(file, parsed) or (None, False)
    except records.Damaged:
        return None, True
