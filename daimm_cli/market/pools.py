"""Pools of cover: what they have and insure, deposits, covers of orders, and what those pay.

>>> pool = find(session, "aim")
>>> pool.shown(pool.holdings.assets), pool.yearly
('10000 AIM', 0.012)
>>> insure(session, row, None, None)
'100 AIM in pool aim until 2028-01-06 00:00:00+00:00'
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.base.text import sanitise, time_shown
from daimm_cli.bindings.cover_pool import CoverPool
from daimm_cli.bindings.structs import BondId, Insured, ModelId, OrderId, PoolBooks
from daimm_cli.chain.terms import ZERO_WORD
from daimm_cli.index.rows import Listed
from daimm_cli.market.lookup import my_orders

if TYPE_CHECKING:
    from daimm_cli.chain.answers import Receipt
    from daimm_cli.chain.node import Call
    from daimm_cli.chain.views import Token
    from daimm_cli.index.rows import OrderRow
    from daimm_cli.session.session import Session

LABEL = "CoverPool/"
DAY = 86_400


@dataclass(frozen=True)
class CoverRow(Listed):
    """A cover as it was bought; the chain says in which pool, and whether it was paid."""

    order_id: bytes
    bond_id: bytes
    buyer: str
    amount: int
    premium: int
    start: int


@dataclass(frozen=True)
class LimitRow(Listed):
    """A bond of which some pool insures something, or did."""

    ORDER: ClassVar[str] = "bond_id"

    bond_id: bytes


@dataclass(frozen=True)
class Pool:
    """One of the market's, and what it has."""

    label: str
    contract: CoverPool
    curator: str
    token: Token
    holdings: PoolBooks

    def shown(self, units: int) -> str:
        return self.token.shown(units)

    @property
    def yearly(self) -> float:
        """What a year's premiums are of the assets, as covers run now."""
        return self.holdings.yearly / max(self.holdings.assets, 1)


@dataclass(frozen=True)
class Covered:
    """A cover as the chain has it now. amount: what it may pay; paid: what the pool paid."""

    row: CoverRow
    pool: Pool
    amount: int
    paid: int
    end: int

    def state(self, now: int) -> str:
        if self.paid or not self.amount:
            return "paid"
        if now >= self.end:
            return "over"
        return "counts" if now >= self.row.start else "counts later"


def pools(session: Session) -> list[Pool]:
    """All that the market has."""
    chain, found = session.chain, []
    for name in sorted(it for it in chain.book.contracts if it.startswith(LABEL)):
        contract, view = CoverPool(chain.book.address(name)), chain.node.view
        token, curator = chain.token(view(contract.asset())), view(contract.curator())
        had = view(contract.holdings())
        found.append(Pool(name.removeprefix(LABEL), contract, curator, token, had))
    return found


def find(session: Session, text: str) -> Pool:
    """A pool by its label."""
    for pool in pools(session):
        if pool.label == text:
            return pool
    raise DaimmError(f"There is no pool '{sanitise(text, 40)}' here.", hint="daimm pool list")


def insured(session: Session, pool: Pool) -> list[tuple[bytes, Insured]]:
    """The bonds that a pool insures or has insured, with what it insures of each."""
    idents = [row.bond_id for row in session.index.rows(LimitRow, None)]
    terms = session.chain.node.views([pool.contract.terms_of(BondId(it)) for it in idents])
    return [(ident, it) for ident, it in zip(idents, terms, strict=True) if it.end]


# Depositors


def deposit(session: Session, pool: Pool, amount: str) -> Receipt:
    """Deposit so much, after a question."""
    from daimm_cli.market.payments import Payments, mined  # pydantic: only where something is paid

    units, me = pool.token.units(amount), session.me.address
    payments = Payments(session, "a share of pool", "daimm pool show", mined(session))
    subject = bytes.fromhex(pool.contract.address[2:]).rjust(32, b"\0")
    call, until = pool.contract.deposit(units, me), session.now + DAY
    question = f"Deposit {{}} into pool {pool.label}, whose curator is {pool.curator}?"
    return payments.pay(subject, pool.token, units, lambda _: call, last=until, question=question)


def leaving(session: Session, pool: Pool, amount: str | None) -> tuple[Call, str]:
    """The next step of who leaves with so much, or all: asking to, or a week later taking it; and
    what it comes to, in words."""
    contract, me, now = pool.contract, session.me.address, session.now
    units = None if amount is None else pool.token.units(amount)
    view = session.chain.node.view
    asked, most = view(contract.request_of(me)), view(contract.max_redeem(me))
    shares = view(contract.balance_of(me))
    if not view(contract.preview_redeem(shares)):
        raise ChainRefused(f"{me} has no share of pool {pool.label}.", hint="daimm pool list")
    if asked.shares and now < asked.opens_at:
        opens = time_shown(asked.opens_at)
        raise ChainRefused(f"You asked to leave before: take what you asked for from {opens} on.")
    if asked.shares and now <= asked.opens_at + 7 * DAY:
        if not most:
            raise ChainRefused("All of the pool is locked by covers now: wait until some end.")
        taking = contract.redeem(most, me, me)
        if units is not None:
            taking = contract.withdraw(units, me, me)
        return taking, "It is yours."
    if units is not None:
        shares = view(contract.preview_withdraw(units))
    opens = time_shown(now + 7 * DAY)
    return contract.request(shares), f"You can take it from {opens} on, for seven days."


# Covers


def insure(session: Session, row: OrderRow, amount: str | None, pool: Pool | None) -> str:
    """Insure an order for so much, or its price, where it is cheapest, after a question; what was
    bought, in words."""
    from daimm_cli.market.payments import Payments, mined  # pydantic: only where something is paid

    token = session.chain.token(row.offer.token)
    units = row.order.price if amount is None else token.units(amount)
    premium, chosen, bond = _cheapest(session, row, units, [pool] if pool else pools(session))
    end = session.chain.node.view(chosen.contract.terms_of(bond)).end
    said = f"{chosen.shown(units)} in pool {chosen.label} until {time_shown(end)}"
    call = chosen.contract.cover(bond, OrderId(row.order_id), units, premium)
    payments = Payments(session, "cover of", "daimm cover list", mined(session))
    question = f"Pay {{}} to be insured for {said}?"
    payments.pay(
        row.order_id, token, premium, lambda _: call, last=session.now + DAY, question=question
    )
    return said


def _cheapest(
    session: Session, row: OrderRow, units: int, among: Sequence[Pool]
) -> tuple[int, Pool, BondId]:
    view, refused, found = session.chain.node.view, None, []
    for pool in among:
        bond = view(pool.contract.insured_bond(ModelId(row.offer.model), row.offer.version))
        if bond == ZERO_WORD or pool.token.address != row.offer.token:
            continue
        try:
            quoted = view(pool.contract.quote(bond, row.offer, row.order, units))
            found.append((quoted, pool.label, pool, bond))
        except ChainRefused as error:
            refused = error
    if found:
        premium, _, pool, bond = min(found, key=lambda it: it[:2])
        return premium, pool, bond
    raise refused or ChainRefused(
        f"No pool insures model {row.offer.model}, version {row.offer.version}.",
        hint="daimm pool list",
    )


def covers(session: Session, order: bytes | None = None) -> list[Covered]:
    """Those of an order; else those that who acts bought, or whose orders are theirs."""
    found = session.index.rows(CoverRow, None, order_id=order)
    if order is None:
        me = session.me.address
        mine = {row.order_id for row in my_orders(session.index, me)}
        found = [row for row in found if row.buyer == me or row.order_id in mine]
    told = []
    for pool in pools(session):
        contract = pool.contract
        views = session.chain.node.views
        now = views([contract.cover_of(OrderId(r.order_id), BondId(r.bond_id)) for r in found])
        paid = views([contract.paid_of(OrderId(r.order_id)) for r in found])
        terms = views([contract.terms_of(BondId(r.bond_id)) for r in found])
        for row, cover, gave, it in zip(found, now, paid, terms, strict=True):
            if cover.start == row.start:
                told.append(Covered(row, pool, cover.amount, gave, it.end))
    return told


def claiming(session: Session, row: OrderRow) -> tuple[Covered, int, list[Call]]:
    """Which cover pays for an order, how much, and the calls that take it."""
    chain, refused = session.chain, None
    for it in covers(session, row.order_id):
        bond, contract = BondId(it.row.bond_id), it.pool.contract
        try:
            units = chain.node.view(contract.payout_of(bond, row.offer, row.order))
        except ChainRefused as error:
            step = f"daimm guarantee compensate 0x{bond.hex()} 0x{row.order_id.hex()}"
            refused = ChainRefused(
                error.message, hint=step if "compensated" in error.message else None
            )
            continue
        calls = [contract.claim(bond, row.offer, row.order)]
        insurer = chain.node.view(chain.deployed.bonds.insurer_of(OrderId(row.order_id)))
        if insurer != contract.address:
            calls.insert(0, chain.deployed.bonds.waive(row.offer, row.order, contract.address))
        return it, units, calls
    raise refused or ChainRefused("Nobody insured this order.", hint="daimm cover list")
