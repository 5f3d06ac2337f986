"""Buying what was quoted: paid once, in one transaction.

>>> bought = buy(chain, account, seed, records, [quoted])
>>> bought.orders[0].license_id

Several offers are one transaction: all are bought or none. A purchase is written down between
signing and sending, so that one whose answer got lost is not paid for again.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.base.text import time_shown
from daimm_cli.chain.terms import Offer, Purchase
from daimm_cli.market.deliver import now
from daimm_cli.market.records import Note, Records
from daimm_cli.protocol.keys import order_secret
from daimm_cli.quote.quote import Quote

if TYPE_CHECKING:
    from daimm_cli.chain.client import Bought, Chain
    from daimm_cli.chain.node import Signed, Signer
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
    recipient: str | None = None,
) -> Bought:
    """Pay for all of them in one transaction (a token without permit needs an approval before).

    seed: each order's encryption key is derived from it, so it is what opens the delivery.
    recipient: who gets the licences; None is the buyer. Raises as `Chain.buy`.
    """
    from daimm_cli.accounts.safe.safe_account import HandedOver, SafeAccount
    from daimm_cli.chain.node import Replaced
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
    left: list[Signed] = []

    def note(*signed: Signed) -> None:
        left.extend(signed)
        for each in notes:
            records.note(each)

    def forget() -> None:
        for each in notes:
            records.done(each.salt)

    try:
        bought = chain.buy(account, items, recipient=recipient, before=note)
    except (OutsideFailed, Replaced):
        raise  # it may have been sent, and mined
    except HandedOver as handed:
        if handed.doing == BUYING:
            note()  # others may send it
        raise
    except DaimmError:
        # A node that refuses to take it may have passed it on before, or another one may have it.
        if left and _is_mined(chain, left[0]):
            forget()
        raise
    forget()
    return bought


def _is_mined(chain: Chain, signed: Signed) -> bool:
    """Whether the chain has decided about the transaction, as far as the node can tell."""
    try:
        return chain.node.receipt(signed.hash) is not None
    except DaimmError:
        return False


def require_not_under_way(
    index: Index, records: Records, offers: Sequence[bytes], buyer: str, now: int
) -> None:
    """Raise DaimmError where one of these offers was paid for by a run that did not see its end.

    now: the chain's time; what its newest block let pass can be mined no more. Notes of purchases
    that were mined, or can be no more, are put away: the next run buys.
    """
    mined = {row.order.salt: row for row in index.orders(buyer=buyer)}
    for note in records.notes():
        if note.buyer != buyer:
            continue
        found = mined.get(note.salt)
        if found is not None or now > note.tx_deadline:
            records.done(note.salt)
        if found is not None and note.offer_id in offers:
            raise DaimmError(
                f"You have bought offer 0x{note.offer_id.hex()} already, in a run that was cut "
                f"off: it is order 0x{found.order_id.hex()}. Run the command again to buy another.",
                hint=f"daimm order show 0x{found.order_id.hex()}",
            )
        if found is None and now <= note.tx_deadline and note.offer_id in offers:
            raise DaimmError(
                f"A purchase of offer 0x{note.offer_id.hex()} was sent and may still be mined "
                f"until {time_shown(note.tx_deadline)}: wait, or look whether it is there.",
                hint="daimm order list",
            )
