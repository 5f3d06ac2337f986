"""Where an order stands, in words, and whether it can end; the chain says the rest.

>>> describe(row, me, now).says
'Paid and waiting for the key. The seller should deliver by 2026-11-22 17:30:00+01:00; ...'
>>> require_state(row, OrderState.INSPECTION)
Traceback (most recent call last):
ChainRefused: Order 0x3f9a61c2... was refunded already.

`now` is the chain's time, in seconds since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass

from daimm_cli.base.errors import ChainRefused
from daimm_cli.base.text import time_shown
from daimm_cli.bindings.structs import Ruling
from daimm_cli.chain.terms import ZERO_ADDRESS
from daimm_cli.index.rows import OrderRow, OrderState

WITHDRAW = "daimm withdraw"
"""What comes next where money was given back, until it was collected."""


@dataclass(frozen=True)
class Standing:
    """What a person sees of an order: one word, a sentence or two, the command that comes next.

    step: None where nothing is to be done now.
    """

    word: str
    says: str
    step: str | None


def describe(row: OrderRow, me: str | None, now: int) -> Standing:
    """The order as `me` (an address; None for a stranger) sees it at time `now`."""
    ident = f"0x{row.order_id.hex()}"
    buys, sells = me == row.order.buyer, me == row.offer.seller
    fetch = f"daimm license fetch 0x{row.license_id:064x}" if buys else None
    if row.convicted_block is not None and row.is_open:
        says = (
            "The content of this version was proven wrong: the seller is not paid, and the money "
            "goes back to the buyer at once."
        )
        return Standing("refund due", says, f"daimm order refund {ident}")
    match row.state:
        case OrderState.PENDING if now <= row.grace_end:
            late = now > row.deliver_by
            says = (
                f"Paid, and the key is late: it was due by {time_shown(row.deliver_by)}. The "
                f"seller may still deliver until {time_shown(row.grace_end)}; after that the buyer "
                "can take the money back."
                if late
                else "Paid and waiting for the key. The seller should deliver by "
                f"{time_shown(row.deliver_by)}; without a key, the buyer can take the money back "
                f"after {time_shown(row.grace_end)}."
            )
            step = f"daimm order deliver {ident}" if sells else None
            return Standing("late" if late else "waiting", says, step)
        case OrderState.PENDING:
            says = (
                f"Not delivered by {time_shown(row.grace_end)}: no key can come any more, the "
                "money goes back to the buyer."
            )
            return Standing("refund due", says, f"daimm order refund {ident}")
        case OrderState.INSPECTION:
            ends = row.inspection_ends_at or 0
            if now > ends:
                says = f"Delivered; the inspection ended at {time_shown(ends)}, and nobody held it."
                return Standing("settlement due", says, f"daimm order settle {ident}")
            says = (
                f"Delivered. The buyer may inspect until {time_shown(ends)}; then, or once they "
                "accept, the seller is paid."
            )
            if row.offer.arbitrator != ZERO_ADDRESS:
                says += (
                    f" Until then the arbitrator {row.offer.arbitrator} may hold the price for the "
                    "buyer (`daimm order hold`) and rule on it."
                )
            return Standing("inspection", says, fetch)
        case OrderState.HELD:
            ends = row.inspection_ends_at or 0
            if now > ends:
                says = f"Delivered and held; no ruling came by {time_shown(ends)}."
                return Standing("refund due", says, f"daimm order refund {ident}")
            says = (
                f"Delivered; the arbitrator {row.offer.arbitrator} holds the price and may rule "
                f"until {time_shown(ends)} (`daimm order resolve`). Without a ruling, the buyer "
                "can take it back after that; the buyer may accept, and the seller may decline, at "
                "any time."
            )
            return Standing("held", says, fetch)
        case OrderState.SETTLED if row.convicted_block is not None:
            says = (
                "Delivered and paid. Its content was proven wrong since: if there is a bond on the "
                "version, the holder of the licence can claim from it."
            )
            step = f"daimm guarantee list --model {row.offer.model}" if buys else None
            return Standing("settled", says, step)
        case OrderState.SETTLED if row.ruling is not None:
            says = "Delivered. The arbitrator rejected the buyer's claim, and the seller was paid."
            return Standing("rejected", says, fetch)
        case OrderState.SETTLED:
            return Standing("settled", "Delivered and paid.", fetch)
    upheld = row.ruling is Ruling.UPHELD
    word = "upheld" if upheld else row.state.value
    return Standing(word, _why_back(row), WITHDRAW if buys else None)


def _why_back(row: OrderRow) -> str:
    """Why the buyer has the money of an order that ended."""
    if row.state is OrderState.DECLINED:
        gave = "gave the price back after the delivery" if row.delivered_at else "declined"
        return f"The seller {gave}; the buyer was refunded."
    if row.ruling is Ruling.UPHELD:
        return "The arbitrator upheld the buyer's claim; the price went back to the buyer."
    if row.convicted_block is not None and row.convicted_block <= (row.ended_block or 0):
        return "The content of the version was proven wrong; the buyer was refunded."
    if row.ruling is not None:
        return "The arbitrator decided for nobody; the price went back to the buyer."
    if row.delivered_at:
        return "The arbitrator did not rule in time; the price went back to the buyer."
    return "Never delivered; the buyer was refunded."


_REFUSALS = {
    OrderState.PENDING: "The key of order {} was not delivered yet: there is nothing to inspect.",
    OrderState.INSPECTION: "Order {} is delivered: there is nothing to refund.",
    OrderState.HELD: "Order {} is held by its arbitrator: wait for the ruling, or for its buyer to "
    "accept it.",
    OrderState.SETTLED: "Order {} is delivered and paid already.",
    OrderState.REFUNDED: "Order {} was refunded already.",
    OrderState.DECLINED: "Order {} was declined by the seller, and refunded.",
}


def require_state(row: OrderRow, *states: OrderState) -> OrderRow:
    """The order, if it is in one of these states; raises ChainRefused saying what became of it."""
    if row.state not in states:
        ident = f"0x{row.order_id.hex()}"
        raise ChainRefused(_REFUSALS[row.state].format(ident), hint=f"daimm order show {ident}")
    return row
