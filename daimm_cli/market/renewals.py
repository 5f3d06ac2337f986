"""More time of a licence: which offer sells it, what it costs, and until when it reaches.

>>> renewal = prepare(session, find_anybodys_license(session.index, "0x3f9a61c2", me), periods=3)
>>> renewal.total, renewal.until
(30000000000000000000, 1825459200)
>>> pay(session, renewal)[1].expires_at    # asks before

Whoever pays, the holder gains, and the seller is paid at once: the key is out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused, OutsideFailed
from daimm_cli.base.text import DAY, duration_shown, roughly, time_shown
from daimm_cli.bindings.market import Renewed
from daimm_cli.chain import payment
from daimm_cli.index.rows import LicenseRow, OfferRow, OrderRow, OrderState
from daimm_cli.market.lookup import Held, find
from daimm_cli.market.money import require_funds
from daimm_cli.market.offers import access, span
from daimm_cli.market.payments import Payments, mined
from daimm_cli.market.wait import mined_by

if TYPE_CHECKING:
    from daimm_cli.chain.answers import Receipt
    from daimm_cli.chain.views import Token
    from daimm_cli.session.session import Session

REMINDED = 7 * DAY
"""Seconds before and after its end in which a licence is spoken of; at most a quarter of its
time."""


@dataclass(frozen=True)
class Renewal:
    """What is to be paid for. total: in the token's smallest unit. until: the new last second,
    later by what passes until it is mined where the licence has ended. cheaper: another offer that
    sells time for less."""

    order: OrderRow
    license: LicenseRow
    offer: OfferRow
    cheaper: OfferRow | None
    token: Token
    periods: int
    fee: int
    now: int

    @property
    def total(self) -> int:
        return self.offer.offer.price * self.periods

    @property
    def until(self) -> int:
        added = self.offer.offer.duration * self.periods
        return max(self.license.expires_at, self.now) + added

    def describe(self) -> dict[str, str]:
        """For people, before they pay."""
        offer, ends, shown = self.offer.offer, self.license.expires_at, self.token.shown
        told = {
            "licence": f"0x{self.license.license_id:064x}",
            "model": f"{offer.model}, {span(offer)}",
            "holder": self.license.owner,
            "access until": f"{time_shown(ends)}{', it has ended' if ends < self.now else ''}",
            "renewed until": time_shown(self.until),
            "price": f"{shown(offer.price)} for {duration_shown(offer.duration)}, from offer "
            f"0x{self.offer.offer_id.hex()}",
            "you pay": f"{shown(self.total)}, {shown(self.total * self.fee // 10_000)} of it to "
            "the protocol; the seller has it at once, and it does not come back",
            "renewals": access(offer)["renewals"],
        }
        if self.cheaper is not None:
            other = self.cheaper.offer
            told["cheaper"] = (
                f"{shown(other.price)} for {duration_shown(other.duration)}, with --offer "
                f"0x{self.cheaper.offer_id.hex()}"
            )
        return told


def prepare(session: Session, held: Held, *, periods: int, offer: str | None = None) -> Renewal:
    """What it takes to renew a licence so many times.

    offer: the one that sells it; None: the one that the licence was bought with, else the cheapest.
    Raises ChainRefused, saying what ends renewals, where none sells any.
    """
    order, row, now = held.order, _endable(held), session.now
    sells = _sellers(session, order)
    if offer is not None:
        chosen = find(session.index, OfferRow, offer)
        if problem := chosen.renews(now) or _another(chosen, order):
            raise ChainRefused(f"Offer 0x{chosen.offer_id.hex()} {problem}: choose another.")
    elif sells:
        chosen = next((each for each in sells if each.offer_id == order.offer_id), sells[0])
    else:
        raise ChainRefused(_unsold(session, order))
    paid = [each for each in sells if each.offer.token == chosen.offer.token]
    cheaper = next((each for each in paid if _rate(each) < _rate(chosen)), None)
    token, fee = session.chain.token(chosen.offer.token), session.chain.policy(chosen.offer.token)
    return Renewal(order, row, chosen, cheaper, token, periods, fee.fee, now)


def pay(session: Session, renewal: Renewal) -> tuple[Receipt, Renewed]:
    """Ask, and pay in one transaction, after an approval where the token needs one."""
    chain, offer = session.chain, renewal.offer.offer
    require_funds(session, renewal.token, renewal.total)
    shown, ident = (
        renewal.token.shown(renewal.total),
        renewal.license.license_id.to_bytes(32, "big"),
    )
    payments = Payments(session, "licence", f"daimm license show 0x{ident.hex()}", mined(session))
    payments.require_none({ident})
    session.console.confirm(f"Pay {shown} for access until {time_shown(renewal.until)}?")
    deadline = mined_by(session)
    what = offer, renewal.order.order_id, renewal.periods, deadline
    approvals, call = payment.plan_renewal(chain, session.account, *what)
    for approval in approvals:
        chain.node.send(approval, session.account)
    sent = payments.send(call, session.account, ident, deadline)
    for event in chain.events(sent.logs, Renewed):
        if event.order == renewal.order.order_id:
            return sent, event
    raise OutsideFailed(
        f"Transaction 0x{sent.hash.hex()} was mined, but the node's receipt lacks the renewal: "
        "look at it with another node before you do anything again."
    )


@dataclass(frozen=True)
class Reminder:
    """says: that a licence ends, or has ended. step: the command that renews it, if any does."""

    says: str
    step: str | None


def reminder(session: Session, held: Held) -> Reminder | None:
    """What to say of a licence of one's own whose end is near; None while there is time."""
    row, order, now = held.row, held.order, session.now
    if row is None or not row.expires_at or order.state is not OrderState.SETTLED:
        return None
    left = row.expires_at - now
    if abs(left) > min(REMINDED, order.offer.duration // 4):
        return None
    ident = f"0x{row.license_id:064x}"
    ends = f"ends in {roughly(left)}" if left >= 0 else f"ended {roughly(-left)} ago"
    if _sellers(session, order):
        return Reminder(f"Licence {ident} {ends}.", f"daimm license renew {ident}")
    return Reminder(f"Licence {ident} {ends}. {_unsold(session, order)}", None)


def _endable(held: Held) -> LicenseRow:
    """The licence; raises ChainRefused where it cannot be given more time, whoever sells it."""
    order, row = held.order, held.row
    if row is None or order.state is not OrderState.SETTLED:
        raise ChainRefused(
            f"The licence is not settled ({held.state}): only a settled one is renewed.",
            hint=f"daimm order show 0x{order.order_id.hex()}",
        )
    if not row.expires_at:
        raise ChainRefused("The licence is for ever: there is nothing to renew.")
    return row


def _sellers(session: Session, order: OrderRow) -> list[OfferRow]:
    """The offers that sell more time of this order's licence, those in its token and the cheapest
    first."""
    bought, now = order.offer, session.now
    rows = session.index.offers(model=bought.model, version=bought.version, open_only=True)
    found = [row for row in rows if not (row.renews(now) or _another(row, order))]
    return sorted(found, key=lambda row: (row.offer.token != bought.token, _rate(row)))


def _another(row: OfferRow, order: OrderRow) -> str | None:
    """That an offer grants something else than the order's licence does; None where it does not."""
    mine, others = order.offer, row.offer
    same = ("model", "version", "last_version", "transferable")
    if all(getattr(mine, name) == getattr(others, name) for name in same):
        return None
    lent = "can be passed on" if mine.transferable else "cannot be passed on"
    return f"grants something else than model {mine.model}, {span(mine)}, as a licence that {lent}"


def _rate(row: OfferRow) -> float:
    return row.offer.price / row.offer.duration


def _unsold(session: Session, order: OrderRow) -> str:
    """Why nobody sells more time of the licence, and what would help."""
    row = session.index.offer(order.offer_id)
    help_ = "its seller can open another for the same versions, with a duration and a fixed price"
    if row.convicted or row.retired:
        help_ = "nothing renews the licence any more, so buy one of another version"
    elif row.owner != row.offer.seller:
        help_ = f"{row.owner}, who owns the model now, can open one for the same versions"
    ident = f"0x{order.offer_id.hex()}"
    return f"Offer {ident}, which it was bought with, {row.renews(session.now)}: {help_}."
