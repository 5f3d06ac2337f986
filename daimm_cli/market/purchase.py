"""Buying what was quoted: paid once, in one transaction.

>>> require_not_under_way(index, records, [offer_id], buyer, now=now, since=started)
>>> bought = buy(chain, account, seed, records, [quoted], since=started)
>>> bought.orders[0].license_id

Several offers are one transaction: all are bought or none. A purchase is written down between
signing and sending, and stays so until it can be mined no more, whatever a node says became of it:
so nothing is paid for twice, by a later run or by one at the same time.
"""

from __future__ import annotations

import dataclasses
import secrets
import time
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import time_shown
from daimm_cli.chain.terms import Offer, Purchase
from daimm_cli.market.deliver import now
from daimm_cli.market.records import Note, Records
from daimm_cli.protocol.keys import order_secret
from daimm_cli.quote.quote import Quote

if TYPE_CHECKING:
    from daimm_cli.chain.client import Bought, Chain
    from daimm_cli.chain.node import Signer
    from daimm_cli.index.index import Index

PATIENCE = 1200
"""Seconds within which a purchase has to be mined."""

PATIENCE_FOR_OWNERS = 3 * 86_400
"""The same where a Safe's other owners must sign first."""


def buy(
    chain: Chain,
    account: Signer,
    seed: bytes,
    records: Records,
    quotes: Sequence[Quote],
    *,
    since: float,
    recipient: str | None = None,
) -> Bought:
    """Pay for all of them in one transaction (a token without permit needs an approval before).

    seed: each order's encryption key is derived from it, so it is what opens the delivery.
    since: when this run began; it raises where another one has paid since then. recipient: who
    gets the licences; None is the buyer. Raises as `Chain.buy` besides.
    """
    from daimm_cli.accounts.safe.safe_account import HandedOver, SafeAccount
    from daimm_cli.chain.payment import BUYING

    together = isinstance(account, SafeAccount) and not account.suffices(chain.node)
    deadline = now(chain) + (PATIENCE_FOR_OWNERS if together else PATIENCE)
    items: list[tuple[Offer, Purchase]] = []
    notes: list[Note] = []
    for quoted in quotes:
        salt, offer = secrets.token_bytes(32), quoted.row.offer
        b = order_secret(
            seed,
            chain_id=chain.node.chain_id,
            market=chain.market,
            offer_id=quoted.row.offer_id,
            buyer=account.address,
            salt=salt,
        )
        items.append((offer, Purchase(b.point, offer.total, deadline, salt)))
        notes.append(Note(salt, quoted.row.offer_id, account.address, deadline))

    def note(told: float | None = None) -> None:
        for each in notes:
            records.note(dataclasses.replace(each, told=told))

    with records.paying():
        _require_alone(records, {each.offer_id for each in notes}, account.address, since)
        try:
            paid = chain.pay(account, items, recipient=recipient, before=lambda _signed: note())
        except HandedOver as handed:
            if handed.doing == BUYING:
                note()  # others may send it
            raise
    bought = chain.bought(paid)
    note(time.time())
    return bought


def require_not_under_way(
    index: Index, records: Records, offers: Sequence[bytes], buyer: str, *, now: int, since: float
) -> None:
    """Raise DaimmError where one of these offers was paid for by a run that did not see its end.

    now: the chain's time; what its newest block let pass can be mined no more. since: when this run
    began, in seconds since 1970: what another one paid for after that counts as well.
    """
    mined = {row.order.salt: row for row in index.orders(buyer=buyer)}
    for note in records.notes():
        if note.buyer != buyer:
            continue
        if over := now > note.tx_deadline:
            records.done(note.salt)
        if note.offer_id not in offers or note.told is not None:
            continue
        if note.salt in mined:
            order = f"0x{mined[note.salt].order_id.hex()}"
            if not over:
                records.note(dataclasses.replace(note, told=time.time()))
            raise DaimmError(
                f"You have bought offer 0x{note.offer_id.hex()} already, in a run that was cut "
                f"off: it is order {order}. Run the command again to buy another.",
                hint=f"daimm order show {order}",
            )
    _require_alone(records, offers, buyer, since)


def _require_alone(records: Records, offers: Collection[bytes], buyer: str, since: float) -> None:
    for note in records.notes():
        if note.buyer != buyer or note.offer_id not in offers:
            continue
        if note.told is None:
            raise DaimmError(
                f"A purchase of offer 0x{note.offer_id.hex()} was sent and may still be mined "
                f"until {time_shown(note.tx_deadline)}: wait, or look whether it is there.",
                hint="daimm order list",
            )
        if note.told >= since:
            raise DaimmError(
                f"Another run has just bought offer 0x{note.offer_id.hex()}: nothing was paid "
                "here. Run the command again to buy another.",
                hint="daimm order list",
            )
