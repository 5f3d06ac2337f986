"""Delivering the orders of one's offers: one, or all that wait, in as few transactions as can be.

>>> outcomes = deliver_orders(session, None)
>>> len(outcomes.delivered), len(outcomes.failed)
(2, 0)
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.chain.answers import Receipt
from daimm_cli.index.rows import OrderRow, OrderState
from daimm_cli.market import deliver
from daimm_cli.market.deliver import PreparedDelivery
from daimm_cli.market.lines import own_line
from daimm_cli.market.lookup import find_order
from daimm_cli.market.wait import depth_of
from daimm_cli.protocol.curve import SecretScalar
from daimm_cli.session.session import Session

BATCH = 20
"""Deliveries in one transaction: well below any block's gas."""


@dataclass
class Outcomes:
    """What became of orders. copied: by whom, where somebody else was first with the delivery."""

    delivered: list[tuple[PreparedDelivery, Receipt]] = field(default_factory=list)
    copied: dict[bytes, str] = field(default_factory=dict)
    failed: dict[bytes, DaimmError] = field(default_factory=dict)


def deliver_orders(
    session: Session, order: str | None, confirmations: int | None = None
) -> Outcomes:
    """Deliver the order that somebody typed the id of, or all of the account's that wait.

    confirmations: blocks that a purchase must have; None: as the chain needs.
    """
    chain, me, outcomes = session.chain, session.me.address, Outcomes()
    depth = depth_of(chain, confirmations)
    if order is not None:
        rows = [find_order(session, order)]
    else:
        pending = session.index.orders(seller=me, state=OrderState.PENDING, limit=None)
        rows = [row for row in pending if row.convicted_block is None]
        if rows:
            _ = session.seed  # asked for once, and a wrong password is no order's fault
    prepared: list[PreparedDelivery] = []
    for row in sorted(rows, key=lambda row: row.deliver_by):  # the most urgent first
        try:
            prepared.append(_prepare(session, row, depth))
        except DaimmError as error:
            if order is not None:
                raise
            outcomes.failed[row.order_id] = error
    for start in range(0, len(prepared), BATCH):
        _send(session, prepared[start : start + BATCH], outcomes)
    final = chain.node.header(max(chain.node.latest().number - depth + 1, 0))
    if final is not None:
        deliver.forget_ended(chain, session.config.home, session.index, final.time)
    return outcomes


def require_declinable(session: Session, row: OrderRow) -> None:
    """Raise ChainRefused unless it is an order of the account's offers whose money still waits."""
    if row.offer.seller != session.me.address:
        raise ChainRefused(
            f"The order was placed with {row.offer.seller}: choose that account to decline it."
        )
    if row.is_open and row.state is not OrderState.PENDING:
        return
    deliver.pending(session.chain, row.offer, row.order_id)
    if deliver.was_sent(session.chain, session.config.home, row.order_id):
        raise ChainRefused(
            "The key of this order was sent and may have been seen, so declining would give it "
            "away unpaid: deliver it, or let the buyer take the refund once the time is over.",
            hint=f"daimm order deliver 0x{row.order_id.hex()}",
        )


def _prepare(session: Session, row: OrderRow, depth: int) -> PreparedDelivery:
    chain, me, home = session.chain, session.me.address, session.config.ensure_home()
    if row.convicted_block is not None:
        raise ChainRefused(
            "The content of this version was proven wrong: give the money back.",
            hint=f"daimm order refund 0x{row.order_id.hex()}",
        )
    deliver.require_depth(chain, row, depth)

    def secret() -> SecretScalar:
        return own_line(session, model=row.offer.model, version=row.offer.version).secret

    return deliver.prepare(chain, home, row.offer, row.order, secret, seller=me)


def _send(session: Session, batch: list[PreparedDelivery], outcomes: Outcomes) -> None:
    """Send a batch in one transaction; where the chain refuses it as a whole, one by one."""
    chain = session.chain
    for prepared in batch:
        offer = prepared.offer
        session.console.say(
            f"Order 0x{prepared.order_id.hex()}: the key of version {offer.version} of model "
            f"{offer.model}, for {session.chain.token(offer.token).shown(prepared.order.price)}."
        )
    asking = dataclasses.replace(session.asking, brings=_proceeds(session, batch))
    try:
        sent = chain.node.send(
            chain.delivery_call([(each.offer, each.order, each.delivery) for each in batch]),
            session.courier.asking(asking),
            before=lambda _signed: deliver.mark_sent(batch, deliver.moment(chain)),
        )
    except ChainRefused as error:
        if len(batch) == 1:
            outcomes.failed[batch[0].order_id] = error
        else:
            for prepared in batch:
                _send(session, [prepared], outcomes)
        return
    done = chain.delivered(sent.logs)
    outcomes.delivered += [(prepared, sent) for prepared in batch if prepared.order_id in done]
    passed_over = [each.order_id for each in batch if each.order_id not in done]
    if passed_over:
        session.index.sync()
    for order_id in passed_over:
        if deliverer := session.index.order(order_id).deliverer:
            outcomes.copied[order_id] = deliverer
        else:
            said = f"It had ended before: see `daimm order show 0x{order_id.hex()}`."
            outcomes.failed[order_id] = ChainRefused(said)


def _proceeds(session: Session, batch: list[PreparedDelivery]) -> str:
    """What the orders bring after the protocol's share, as a sentence."""
    sums: dict[str, list[int]] = {}
    for prepared in batch:
        order, offer = prepared.order, prepared.offer
        sold = order.price - order.protocol_fee
        at_once, later = sums.setdefault(offer.token, [0, 0])
        at_once += offer.delivery_fee + (0 if offer.inspection else sold)
        sums[offer.token] = [at_once, later + (sold if offer.inspection else 0)]
    parts = []
    for address, amounts in sums.items():
        token = session.chain.token(address)
        parts += [token.shown(amounts[0])] if amounts[0] or not amounts[1] else []
        parts += [f"{token.shown(amounts[1])} after inspection"] if amounts[1] else []
    count = "That order brings" if len(batch) == 1 else f"Those {len(batch)} orders bring"
    return f"{count} {' and '.join(parts)}."
