"""Whether an order can end this way now; the chain says the same, later and for gas.

>>> require_refundable(row, now)
Traceback (most recent call last):
ChainRefused: The seller may still deliver until 2026-11-22 17:30:00+01:00: ...
"""

from __future__ import annotations

from daimm_cli.base.errors import ChainRefused
from daimm_cli.base.text import time_shown
from daimm_cli.index.rows import OrderRow, OrderState

_ENDED = {
    OrderState.SETTLED: "is delivered and paid already",
    OrderState.REFUNDED: "was refunded already",
    OrderState.DECLINED: "was declined by the seller, and refunded",
}


def require_acceptable(row: OrderRow, account: str, now: int) -> None:
    """Raise ChainRefused unless `account` is the buyer and the inspection is open."""
    _require_inspection(row)
    if account != row.order.buyer:
        raise ChainRefused(
            f"This order was bought by {row.order.buyer}, who alone can accept it: choose that "
            "account with --account."
        )
    ends = row.inspection_ends_at or 0
    if now > ends:
        raise ChainRefused(
            f"The inspection ended at {time_shown(ends)}: anybody can settle the order now.",
            hint=f"daimm order settle 0x{row.order_id.hex()}",
        )


def require_settleable(row: OrderRow, now: int) -> None:
    """Raise ChainRefused unless an inspection has run out."""
    _require_inspection(row)
    ends = row.inspection_ends_at or 0
    if now <= ends:
        raise ChainRefused(
            f"The buyer may inspect until {time_shown(ends)}: settle after that, or let the buyer "
            "accept."
        )


def require_refundable(row: OrderRow, now: int) -> None:
    """Raise ChainRefused unless the order is undelivered and its grace is over."""
    if row.state is OrderState.INSPECTION:
        raise ChainRefused("This order is delivered: there is nothing to refund.")
    _require_open(row)
    if now <= row.grace_end:
        raise ChainRefused(
            f"The seller may still deliver until {time_shown(row.grace_end)}: ask for the refund "
            "after that."
        )


def _require_inspection(row: OrderRow) -> None:
    if row.state is OrderState.PENDING:
        raise ChainRefused(
            "The key of this order was not delivered yet: there is nothing to inspect.",
            hint=f"daimm order show 0x{row.order_id.hex()}",
        )
    _require_open(row)


def _require_open(row: OrderRow) -> None:
    if row.state in _ENDED:
        ident = f"0x{row.order_id.hex()}"
        raise ChainRefused(f"Order {ident} {_ENDED[row.state]}.", hint=f"daimm order show {ident}")
