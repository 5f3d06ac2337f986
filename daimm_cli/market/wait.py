"""Waiting for a key, as long as it takes: through a node's silence, its restarts and re-orgs.

>>> seen = wait_for_key(session, "0x3f9a61c2", show)
>>> seen.ending
<Ending.DELIVERED: 'delivered'>

Nothing is written down: whoever is cut off starts again and sees the same. What ended counts only
once it is `depth` blocks deep.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused, DaimmError, NotYet, OutsideFailed
from daimm_cli.base.text import DAY, roughly, time_shown
from daimm_cli.chain.book import LOCAL_CHAINS
from daimm_cli.index.rows import OrderRow, OrderState
from daimm_cli.market.lookup import find_order
from daimm_cli.market.receive import line_key, made_here

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.index.index import Index
    from daimm_cli.session.session import Session

PATIENCE = 1200
"""Seconds within which a purchase has to be mined."""

PATIENCE_FOR_OWNERS = 3 * DAY
"""The same where a Safe's other owners must sign first."""

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
GROWTH = 1.5
DEPTH = 12
"""Blocks that count as final on a public chain."""

Report = Callable[[str, str], None]
"""Hears of the state, in a sentence, and of details that change from one look to the next."""


class Ending(enum.Enum):
    """How the wait ends."""

    DELIVERED = "delivered"
    REFUNDED = "refunded"
    DECLINED = "declined"
    REFUND_DUE = "refund due"


_ENDINGS = {
    OrderState.INSPECTION: Ending.DELIVERED,
    OrderState.HELD: Ending.DELIVERED,
    OrderState.SETTLED: Ending.DELIVERED,
    OrderState.REFUNDED: Ending.REFUNDED,
    OrderState.DECLINED: Ending.DECLINED,
}


class Gone(OutsideFailed):
    """A re-org took the purchase back."""


@dataclass(frozen=True)
class Seen:
    """An order at one moment. now: the chain's time; ending: None while it can still change."""

    row: OrderRow
    now: int
    ending: Ending | None


def wait_for_key(
    session: Session,
    text: str,
    report: Report,
    *,
    confirmations: int | None = None,
    timeout: float | None = None,
) -> Seen:
    """Wait as `wait` does for the order with this id, and keep its key as soon as it is there.

    Raises DaimmError where another home's seed made the order: its key does not open here. The
    seed's password is asked for at once, not when the key comes.
    """
    row: OrderRow | None = None

    def looked() -> Seen:
        nonlocal row
        if row is None:
            row = find_order(session, text)
            ended = row.state in (OrderState.REFUNDED, OrderState.DECLINED)
            if not ended and not made_here(session.chain, session.seed, row):
                raise DaimmError(
                    "This order was made from another home, and its key opens only there: set "
                    "DAIMM_HOME to that home, or restore its seed."
                )
        depth = depth_of(session.chain, confirmations)
        seen = look(session.chain, session.index, row, depth)
        row = seen.row
        if seen.ending is Ending.DELIVERED:
            line_key(session, seen.row)
        return seen

    return wait(looked, report=report, timeout=timeout)


def mined_by(session: Session) -> int:
    """Last second at which a payment that is made now may be mined."""
    patience = PATIENCE_FOR_OWNERS if session.awaits_owners else PATIENCE
    return max(session.chain.node.latest().time, int(time.time())) + patience


def depth_of(chain: Chain, confirmations: int | None) -> int:
    """How many blocks count as final: as told, else by the chain."""
    return confirmations or (1 if chain.node.chain_id in LOCAL_CHAINS else DEPTH)


def look(chain: Chain, index: Index, order: OrderRow, depth: int) -> Seen:
    """The order as the chain has it now; under another id where a re-org mined its purchase anew at
    another price. Raises Gone where a re-org took it back."""
    head = chain.node.latest()
    index.sync()  # after the head was read: what it finds has at least the depth that is counted
    bought = index.orders(buyer=order.order.buyer, offer=order.offer_id, salt=order.order.salt)
    same = [row for row in bought if row.order_id == order.order_id]
    if not bought:
        raise Gone(
            f"Order 0x{order.order_id.hex()} is not on the chain any more: a re-org took the "
            "purchase back. It may be mined again."
        )
    (row, *_) = same or bought
    ending = _ENDINGS.get(row.state)
    block = row.delivered_block if ending is Ending.DELIVERED else row.ended_block
    if block is not None and block > max(head.number - depth + 1, 0):
        ending = None
    local = chain.node.chain_id in LOCAL_CHAINS  # blocks, and with them time, come on demand there
    now = max(head.time, int(time.time())) if local else head.time
    if row.state is OrderState.PENDING and row.is_refundable(now):
        ending = Ending.REFUND_DUE
    return Seen(row, now, ending)


def wait(
    look: Callable[[], Seen],
    *,
    report: Report,
    timeout: float | None = None,
    pause: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Seen:
    """Look until the order has ended; the pauses grow, and begin anew when something changes.

    timeout: seconds. look: may raise OutsideFailed, which is waited out. Raises NotYet in the end,
    ChainRefused where a purchase that a re-org took back can be mined no more.
    """
    started = clock()
    gone: float | None = None
    before: object = None
    length = FIRST_PAUSE
    while True:
        until = None
        try:
            seen = look()
        except OutsideFailed as error:
            state: object = type(error)
            gone = (gone or clock()) if isinstance(error, Gone) else gone
            if gone is not None and clock() - gone > PATIENCE:
                raise ChainRefused(
                    "A re-org took the purchase back, and it can be mined no more: nothing was "
                    "paid. Buy again."
                ) from None
            report(f"{error.message} Waiting on.", "")
        else:
            gone = None
            if seen.ending is not None:
                return seen
            state = seen.row.state
            until = seen.row.grace_end + 1 - seen.now
            report(*_shown(seen))
        length = min(length * GROWTH, LONGEST_PAUSE) if state == before else FIRST_PAUSE
        before = state
        left = None if timeout is None else started + timeout - clock()
        if left is not None and left <= 0:
            raise NotYet(f"The order had not ended after {timeout:.0f} seconds: wait again.")
        bounds = [bound for bound in (length, until, left) if bound is not None and bound > 0]
        pause(min(bounds))


def _shown(seen: Seen) -> tuple[str, str]:
    row = seen.row
    if row.state is not OrderState.PENDING:
        return "Ended; waiting until no re-org can undo it.", ""
    until, state = row.deliver_by, f"Waiting for the key, due by {time_shown(row.deliver_by)}."
    if seen.now > until:
        until = row.grace_end
        state = f"The key is late; the money comes back after {time_shown(until)}."
    return state, f"({roughly(until - seen.now)} left)"
