"""Giving a model to somebody else: whether that is meant, and what changes.

>>> planned = plan(session, 3, "0x8fd379...")
>>> planned.offers, len(planned.waiting)
(2, 1)
>>> registry.transfer_from(account.address, planned.receiver, planned.model)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain.terms import ZERO_ADDRESS
from daimm_cli.index.rows import OrderState
from daimm_cli.market.publish import require_owner

if TYPE_CHECKING:
    from daimm_cli.session.session import Session


@dataclass(frozen=True)
class Plan:
    """What a transfer would change.

    offers: how many stop selling. waiting: ids of orders that wait for the old owner's key.
    """

    model: int
    receiver: str
    offers: int
    waiting: tuple[bytes, ...]

    @property
    def text(self) -> str:
        """As sentences for who is asked."""
        lines = [
            f"Model {self.model} goes to {self.receiver}. Only its new owner can give it back."
        ]
        if self.offers:
            lines.append(f"Offers of yours that stop selling: {self.offers}.")
        if self.waiting:
            lines.append(f"Orders that wait, and stay yours to deliver: {len(self.waiting)}.")
        lines.append(
            "Its key lines stay with your seed: the new owner publishes on lines of their own."
        )
        return "\n".join(lines)


def plan(session: Session, model: int, receiver: str) -> Plan:
    """What it would change to give the model to `receiver`.

    Raises DaimmError where the receiver cannot be meant: nobody, the owner, or one of the market's
    own contracts, where the model would stay for ever; ChainRefused where the model is another's.
    """
    chain, index, owner = session.chain, session.index, session.me.address
    require_owner(chain, model, owner)
    receiver = checksummed(receiver, "receiver")
    if receiver == owner:
        raise DaimmError(f"Model {model} belongs to {owner} already: name somebody else.")
    own = {chain.book.address(name) for name in chain.book.contracts}
    if receiver in own or receiver == ZERO_ADDRESS:
        raise DaimmError(
            f"Nobody acts for {receiver}, the model would be lost there: name an account or a Safe."
        )
    offers = index.offers(model=model, seller=owner, open_only=True)
    selling = sum(row.obstacle(session.now) is None for row in offers)
    orders = index.orders(seller=owner, state=OrderState.PENDING, limit=None)
    waiting = tuple(row.order_id for row in orders if row.offer.model == model)
    return Plan(model, receiver, selling, waiting)
