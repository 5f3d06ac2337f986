"""Buying: what is to be paid and whether it is what it says; then paid once, in one transaction.

>>> prepared = prepare(session, ["0x3f9a61c2"], max_price="10.5 AIM")
>>> prepared.token.shown(prepared.owed)
'10.1 AIM'
>>> pay(session, prepared).orders[0].license_id       # asks before

Several offers are one transaction: all are bought or none, and once (`daimm_cli.market.payments`).
"""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.base.text import parse_amount, sanitise, sized
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain.terms import ZERO_ADDRESS, Bps, Purchase
from daimm_cli.index.rows import OrderRow
from daimm_cli.market.listing import Quote, obtain, quote
from daimm_cli.market.money import require_funds
from daimm_cli.market.payments import Note, Payments, made
from daimm_cli.market.receive import encryption_key
from daimm_cli.market.wait import mined_by
from daimm_cli.protocol.keys import order_key

if TYPE_CHECKING:
    from daimm_cli.chain.client import Bought
    from daimm_cli.chain.transactions import Signed
    from daimm_cli.chain.views import Token
    from daimm_cli.session.session import Session


@dataclass(frozen=True)
class Prepared:
    """What was checked and may be paid for.

    owed, maximum: together, in the token's smallest unit. recipient: who gets the licences.
    referrer: who is given the share that rules grant for sending the buyer. shown: what each
    offer's rule is given, by the offer's id.
    """

    quotes: Sequence[Quote]
    token: Token
    owed: int
    maximum: int | None
    recipient: str
    referrer: str = ZERO_ADDRESS
    shown: Mapping[bytes, bytes] = dataclasses.field(default_factory=dict)

    @property
    def limits(self) -> list[int]:
        """The most that each may cost: what the maximum leaves is room for prices that move, in
        equal parts. Without a maximum there is none, and a price that rises first is not paid."""
        moving = sum(quoted.moves for quoted in self.quotes)
        room = (self.maximum - self.owed) // moving if self.maximum and moving else 0
        return [each.offer.total + (room if each.moves else 0) for each in self.quotes]


def prepare(
    session: Session,
    offers: Sequence[str],
    *,
    recipient: str | None = None,
    max_price: str | None = None,
    verify: bool = True,
    referrer: str | None = None,
    shown: Mapping[bytes, bytes] | None = None,
) -> Prepared:
    """Quote the offers with these ids, and check all that can be known before they are paid for.

    recipient: None is the buyer. max_price: like '25 AIM', for all together. verify: fetch and
    check the encrypted files too. referrer, shown: as in Prepared. Raises DaimmError where an offer
    is none or asks for another token, ChainRefused where it cannot be bought or costs too much, as
    `read_listing` and `Sealed.check` for what is false, and where a purchase of one may be under
    way.
    """
    given = shown or {}
    quotes = [quote(session, text, given) for text in offers]
    token = quotes[0].token
    if any(other.token.address != token.address for other in quotes):
        raise DaimmError("These offers ask for different tokens: buy them one token at a time.")
    owed = sum(quoted.offer.total for quoted in quotes)
    require_funds(session, token, owed)
    _payments(session).require_none({quoted.row.offer_id for quoted in quotes})
    maximum = None if max_price is None else _maximum(session, max_price, token)
    if maximum is not None and owed > maximum:
        raise ChainRefused(
            f"It costs {token.shown(owed)} with the delivery fee, above your maximum of "
            f"{token.shown(maximum)}: raise --max-price if you agree."
        )
    if not verify:
        session.console.say("The ciphertext was not checked, as you asked.")
    for quoted in quotes if verify else ():
        signed = quoted.signed
        assert signed is not None
        if not session.store.has(signed.artifact.cid):
            size = sized(signed.artifact_record.leaves.layout.ciphertext_size)
            say = f"Fetching the encrypted file of {size} to check it before you pay."
            session.console.say(say)
        obtain(session, signed).check()
    to = session.me.address if recipient is None else checksummed(recipient, "recipient")
    sent_by = ZERO_ADDRESS if referrer is None else checksummed(referrer, "referrer")
    for quoted in quotes if referrer else ():
        share, ident = quoted.asked.referral if quoted.asked else 0, quoted.row.offer_id.hex()
        gets = f"is owed {token.shown(share)} for it, out of the seller's part, once it is settled"
        says = f"{sent_by} {gets}." if share else "Nobody is paid for it: it grants no share."
        session.console.say(f"You name a referrer for offer 0x{ident}. {says}")
    return Prepared(quotes, token, owed, maximum, to, sent_by, given)


def pay(session: Session, prepared: Prepared) -> Bought:
    """Ask, and pay for all in one transaction (a token without permit needs an approval before).

    Each order's key is derived from the home's seed, so that is what opens the
    delivery. Raises where another run has paid since this one began, and as `Chain.pay`.
    """
    from daimm_cli.chain.payment import BUYING, Item

    chain, console = session.chain, session.console
    if prepared.recipient != session.me.address:
        console.say(
            f"The licence goes to {prepared.recipient}. The key still comes to this home: open the "
            "model here and hand it on."
        )
    maximum, shown = prepared.maximum, prepared.token.shown
    most = "" if maximum is None else f" (your maximum is {shown(maximum)})"
    console.confirm(f"Pay {shown(prepared.owed)}{most}?")
    account = session.account.asking(dataclasses.replace(session.asking, agreed=True))
    deadline = mined_by(session)
    items: list[Item] = []
    notes: list[Note] = []
    for quoted, limit in zip(prepared.quotes, prepared.limits, strict=True):
        salt, ident = secrets.token_bytes(32), quoted.row.offer_id
        x = encryption_key(chain, session.new_seed, ident, account.address, salt)
        asked = Purchase(order_key(x), limit, Bps(quoted.fee), deadline, salt)
        given = prepared.shown.get(ident, b"")
        items.append(Item(quoted.row.offer, asked, given, prepared.referrer, quoted.moves))
        notes.append(Note(salt, ident, account.address, deadline))

    def bought(before: Callable[[Signed], None]) -> Bought:
        to = prepared.recipient
        return chain.bought(chain.pay(account, items, recipient=to, before=before))

    return _payments(session).make(notes, BUYING, bought)


def _maximum(session: Session, text: str, token: Token) -> int:
    """'25 AIM' in the token's smallest unit; a number alone is AIM, and means no other token.

    The unit is the token's symbol or its address. Raises DaimmError for another unit.
    """
    number, _, unit = text.strip().partition(" ")
    is_aim = token.address == session.chain.aim
    known = [token.symbol.lower(), token.address.lower(), *([""] if is_aim else [])]
    if unit.strip().lower() not in known:
        said = f"in '{sanitise(unit.strip(), 60)}'" if unit else "without a unit"
        wanted = token.symbol if is_aim else token.address
        raise DaimmError(
            f"The maximum is given {said}, and the offer asks for {token.symbol}: give it like "
            f"'{sanitise(number, 40)} {wanted}'."
        )
    return parse_amount(number, token.decimals)


def _payments(session: Session) -> Payments:
    return Payments(session, "offer", "daimm order list", made(session, OrderRow, "buyer", "salt"))
