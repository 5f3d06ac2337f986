"""Pools that insure orders: what they have, shares of them, covers, and what those pay.

>>> pool = find(session, "aim")
>>> pool.token.shown(pool.books.assets)
'10000 AIM'
>>> offered(session, row, None).premium    # by the pool that asks for least
2100000000000000000
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.base.text import sanitise, time_shown
from daimm_cli.bindings.cover_pool import CoverPool
from daimm_cli.bindings.structs import BondId, Insured, OrderId, PoolBooks
from daimm_cli.chain.terms import ZERO_ADDRESS, ZERO_WORD
from daimm_cli.index.rows import BondRow, CoverRow, InsuredRow, OrderRow

if TYPE_CHECKING:
    from daimm_cli.chain.answers import Receipt
    from daimm_cli.chain.node import Call
    from daimm_cli.chain.views import Token
    from daimm_cli.session.session import Session

LABEL = "CoverPool/"
DAY = 86_400


@dataclass(frozen=True)
class Pool:
    """One of the market's, and what it has."""

    label: str
    contract: CoverPool
    token: Token
    curator: str
    books: PoolBooks


@dataclass(frozen=True)
class Offered:
    """What a pool asks for now; both amounts in the token's smallest unit."""

    pool: Pool
    bond: BondId
    amount: int
    premium: int


def pools(session: Session) -> list[Pool]:
    """All that the market has."""
    chain, view = session.chain, session.chain.node.views
    labels = sorted(name for name in chain.book.contracts if name.startswith(LABEL))
    contracts = [CoverPool(chain.book.address(label)) for label in labels]
    tokens = [chain.token(it) for it in view([each.asset() for each in contracts])]
    curators = view([each.curator() for each in contracts])
    books = view([each.holdings() for each in contracts])
    names = [label.removeprefix(LABEL) for label in labels]
    told = zip(names, contracts, tokens, curators, books, strict=True)
    return [Pool(*each) for each in told]


def find(session: Session, text: str) -> Pool:
    """A pool by its name."""
    for pool in pools(session):
        if pool.label == text:
            return pool
    raise DaimmError(f"There is no pool {sanitise(text, 40)} here.", hint="daimm pool list")


def insured(session: Session, pool: Pool) -> list[tuple[BondRow, Insured]]:
    """The bonds of which a pool insures orders, or did."""
    rows = session.index.rows(InsuredRow, None)
    terms = session.chain.node.views([pool.contract.terms_of(BondId(it.bond_id)) for it in rows])
    return [each for each in zip(rows, terms, strict=True) if each[1].end]


def room(session: Session, row: BondRow) -> str:
    """How much more pools insure against the breach of a bond, in words; "" where it is nothing."""
    told = []
    for pool in pools(session) if session.index.rows(InsuredRow, 1, bond_id=row.bond_id) else ():
        more = session.chain.node.view(pool.contract.room_for(BondId(row.bond_id)))
        if more:
            shown = pool.token.shown(more)
            told.append(f"pool {pool.label} insures {shown} more of orders against it")
    return ", ".join(told)


# Shares


def deposit(session: Session, pool: Pool, amount: str) -> Receipt:
    """Deposit so much, after a question."""
    question = f"Deposit {{}} in pool {pool.label}, for which {pool.curator} chooses?"
    units, about = (
        pool.token.units(amount),
        bytes.fromhex(pool.contract.address[2:]).rjust(32, b"\0"),
    )
    if not units:
        raise DaimmError("Deposit more than nothing.")
    call = pool.contract.deposit(units, session.me.address)
    return _pay(session, "share of pool", about, pool.token, units, call, question)


def leaving(session: Session, pool: Pool, amount: str | None) -> tuple[Call, str]:
    """The next step of who leaves with so much, or all, and in words what comes of it."""
    contract, me, view = pool.contract, session.me.address, session.chain.node.view
    asked, units = view(contract.request_of(me)), pool.token.units(amount) if amount else 0
    worth = view(contract.preview_redeem(view(contract.balance_of(me))))
    if amount is not None and not 0 < units <= worth:
        raise DaimmError(f"What you have of it is worth {pool.token.shown(worth)}: take of that.")
    if asked.shares and session.now < asked.opens_at:
        opens = time_shown(asked.opens_at)
        raise ChainRefused(f"You have asked for it: you can take it from {opens} on.")
    if asked.shares and session.now <= asked.opens_at + 7 * DAY:
        if not (units := units or view(contract.max_withdraw(me))):
            raise ChainRefused("Covers lock all that the pool has: wait until some end.")
        return contract.withdraw(units, me, me), f"{pool.token.shown(units)} are yours"
    shares = view(contract.preview_withdraw(units) if units else contract.balance_of(me))
    if not shares:
        raise ChainRefused(f"{me} has no share of pool {pool.label}.", hint="daimm pool list")
    opens = time_shown(session.now + 7 * DAY)
    return contract.request(shares), f"you can take it from {opens} on, for seven days"


# Covers


def offered(session: Session, row: OrderRow, amount: str | None) -> Offered:
    """The cheapest cover of an order by so much, or by its price."""
    chain, view, offer = session.chain, session.chain.node.view, row.offer
    token = chain.token(offer.token)
    units = row.order.price if amount is None else token.units(amount)
    mine = [pool for pool in pools(session) if pool.token == token]
    told = [(it, view(it.contract.insured_bond(offer.model, offer.version))) for it in mine]
    places = [(pool, BondId(bond)) for pool, bond in told if bond != ZERO_WORD]
    found = _answers(
        places,
        lambda it, bond: view(it.contract.quote(bond, offer, row.order, units)),
        f"No pool insures model {offer.model}, version {offer.version}, in that token.",
    )
    premium, pool, bond = min(found, key=lambda it: it[0])
    return Offered(pool, bond, units, premium)


def buy(session: Session, row: OrderRow, it: Offered) -> Receipt:
    """Insure the order, after a question."""
    call = it.pool.contract.cover(it.bond, OrderId(row.order_id), it.amount, it.premium)
    question = f"Pay {{}} to be insured for {it.pool.token.shown(it.amount)}?"
    return _pay(session, "cover of", row.order_id, it.pool.token, it.premium, call, question)


def claim(session: Session, row: OrderRow) -> tuple[Pool, int, Receipt]:
    """Take what bonds give for an order, leave the rest to the pool that pays most, and have it pay
    that much."""
    chain, node, terms = session.chain, session.chain.node, (row.offer, row.order)
    bonds, order, said = chain.deployed.bonds, OrderId(row.order_id), session.console.say
    where = {"terms_model": row.offer.model, "terms_version": row.offer.version}
    for each in session.index.rows(BondRow, None, **where):
        call = bonds.compensate(each.bond, *terms)
        with contextlib.suppress(ChainRefused):
            node.simulate(call, session.me.address)
            node.send(call, session.account)
            said(f"Bond 0x{each.bond_id.hex()} has given what it had: daimm withdraw")
    insurer = node.view(bonds.insurer_of(order))
    insured = {BondId(it.bond_id) for it in session.index.rows(CoverRow, None, order_id=order)}
    able = [it for it in pools(session) if insurer in (ZERO_ADDRESS, it.contract.address)]
    found = _answers(
        [(pool, bond) for pool in able for bond in insured],
        lambda it, bond: node.view(it.contract.payout_of(bond, *terms)),
        "The order is not insured.",
    )
    due, pool, bond = max(found, key=lambda it: it[0])
    if insurer == ZERO_ADDRESS:
        node.send(bonds.waive(*terms, pool.contract.address), session.account)
        said(f"What bonds may still have for it is left to pool {pool.label}.")
    return pool, due, node.send(pool.contract.claim(bond, *terms), session.account)


def _answers(
    places: Iterable[tuple[Pool, BondId]], ask: Callable[[Pool, BondId], int], none: str
) -> list[tuple[int, Pool, BondId]]:
    """What each answers; as the last one refuses where all do."""
    refused, found = ChainRefused(none), []
    for pool, bond in places:
        try:
            found.append((ask(pool, bond), pool, bond))
        except ChainRefused as error:
            refused = error
    if not found:
        raise refused
    return found


def _pay(
    session: Session, what: str, about: bytes, token: Token, units: int, call: Call, question: str
) -> Receipt:
    from daimm_cli.market.payments import Payments, mined  # pydantic: only where something is paid

    payments = Payments(session, what, "daimm cover list", mined(session))
    return payments.pay(
        about, token, units, lambda _: call, last=session.now + DAY, question=question
    )
