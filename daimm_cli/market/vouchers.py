"""Prices that a seller signs: made, read, and shown by who buys.

>>> (made,) = sign(session, row, {**terms, "discount": 2_000})
>>> made.text
'voucher1.AAAAAAAAemlfvbCTFXivrstn8DLZPULyQYCjX8jTJpDJEtTDnD...'
>>> read(session, made.text) == [made]
True

A text is whatever a stranger wrote: whether it is signed, and good for anything still, the chain
says. Whoever has one can use it.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daimm_cli.base.errors import ChainRefused, DaimmError, VerificationFailed
from daimm_cli.base.files import open_regular
from daimm_cli.base.text import counted, sanitise
from daimm_cli.bindings.structs import OfferId, Voucher
from daimm_cli.bindings.values import decode, encode
from daimm_cli.chain import signatures
from daimm_cli.chain.terms import ZERO_ADDRESS, Offer
from daimm_cli.index.rows import OfferRow
from daimm_cli.market import rules
from daimm_cli.market.lookup import find
from daimm_cli.market.voucher_words import signer
from daimm_cli.protocol.curve import keccak
from daimm_cli.session.session import Session

MOST = 1_000
"""Vouchers that are signed at once, and that a file may have."""

_MAX_FILE = 4 << 20
_TEXT = re.compile(r"(?:[!-~]{0,999}[#/:=])?voucher1\.([A-Za-z0-9_-]{1,8000})", re.ASCII)
_FIELDS = signatures.struct(
    "address market,bytes32 offer,address buyer,uint128 price,uint16 discount,uint32 uses,"
    "uint32 usesEach,uint40 expiresAt,uint16 referral,uint256 epoch,bytes32 salt"
)
_PACKED = ("uint64", *(field["type"] for field in _FIELDS))
"""What a text has before the signature: the chain's id, the voucher."""

_SIZES = [{"address": 20, "bytes32": 32}.get(kind) or int(kind[4:]) // 8 for kind in _PACKED]

_CHECK = 4
"""Bytes of the hash of all before, at a text's end: what was cut or mistyped is none."""


@dataclass(frozen=True)
class Signed:
    """A voucher and its signature."""

    chain_id: int
    voucher: Voucher
    signature: bytes

    def hash(self, rule: str) -> bytes:
        """What was signed, by which the contract knows it; rule: its address."""
        return signatures.hash_typed(typed(self.voucher, self.chain_id, rule))

    @property
    def text(self) -> str:
        """All of it, in characters that a link can have."""
        words = encode(_PACKED, [self.chain_id, *self.voucher.to_abi()])
        ends = range(32, len(words) + 1, 32)
        parts = [words[end - size : end] for end, size in zip(ends, _SIZES, strict=True)]
        packed = b"".join([*parts, self.signature])
        coded = base64.urlsafe_b64encode(packed + keccak(packed)[:_CHECK])
        return f"voucher1.{coded.decode().rstrip('=')}"

    @property
    def shown(self) -> bytes:
        """What the market is given."""
        return encode([Voucher.abi_type()], [self.voucher.to_abi()]) + self.signature


@dataclass(frozen=True)
class Standing:
    """What a voucher is good for now.

    hash: by which the contract knows it. price: what a licence costs with it.
    used: in how many purchases, where that is limited. problem: why it buys nothing; None where it
    does.
    """

    signed: Signed
    row: OfferRow
    hash: bytes
    price: int
    used: int
    problem: str | None


def standing(session: Session, signed: Signed) -> Standing:
    """What the chain says of a voucher, if whom it names buys, or else who acts."""
    chain, voucher = session.chain, signed.voucher
    row = find(session.index, OfferRow, f"0x{voucher.offer.hex()}")
    ident, problem = signed.hash(row.offer.rule), row.refusal(session.now)
    named = voucher.buyer if voucher.buyer != ZERO_ADDRESS else session.asker or ZERO_ADDRESS
    try:
        _require_taken(session, row)
        rules.ask(chain, row.offer, named, signed.shown)
    except ChainRefused as error:
        problem = problem or error.message
    record = chain.node.view(chain.deployed.vouchers.record_of(row.offer.seller, ident))
    return Standing(signed, row, ident, price(voucher, row.offer), record.used, problem)


def price(voucher: Voucher, offer: Offer) -> int:
    """What a licence costs with it, delivery fee apart."""
    if not voucher.discount:
        return voucher.price
    return offer.price - offer.price * min(voucher.discount, 10_000) // 10_000


def typed(voucher: Voucher, chain_id: int, rule: str) -> dict[str, Any]:
    """The EIP-712 message of a voucher; rule: the address of Vouchers."""
    names = (field["name"] for field in _FIELDS)
    return {
        "types": {"EIP712Domain": signatures.DOMAIN, "Voucher": _FIELDS},
        "primaryType": "Voucher",
        "domain": signatures.domain("DAIMM Vouchers", "1", chain_id, rule),
        "message": dict(zip(names, voucher.to_abi(), strict=True)),
    }


def sign(session: Session, row: OfferRow, terms: Mapping[str, Any], count: int = 1) -> list[Signed]:
    """As many vouchers for an offer, each with a salt of its own; asks before.

    terms: the other fields but market, offer and epoch. Raises ChainRefused where the offer takes
    no vouchers, or who acts does not sign for it.
    """
    chain, me = session.chain, session.owner.address
    _require_taken(session, row)
    if (by := signer(row.offer)) != me:
        raise ChainRefused(
            f"The offer's vouchers are signed by {by}: choose that account, or open one with "
            f"--signer {me}."
        )
    rule, ident = chain.deployed.vouchers, OfferId(row.offer_id)
    epoch = chain.node.view(rule.epoch_of(row.offer.seller))
    draft = Voucher(market=chain.market, offer=ident, epoch=epoch, salt=bytes(32), **terms)
    amount = chain.token(row.offer.token).shown
    instead = f"{amount(price(draft, row.offer))} in place of {amount(row.offer.price)}"
    who = "Whoever has one" if draft.buyer == ZERO_ADDRESS else draft.buyer
    session.console.confirm(f"Sign {counted(count, 'voucher')}: {instead}? {who} can use it.")
    made = []
    for _ in range(count):
        voucher = dataclasses.replace(draft, salt=secrets.token_bytes(32))
        asked = typed(voucher, chain.node.chain_id, rule.address)
        signed = session.owners[0].sign_typed_data(full_message=asked).signature
        made.append(Signed(chain.node.chain_id, voucher, bytes(signed)))
    return made


def read(session: Session, given: str) -> list[Signed]:
    """The vouchers of a text, a link that ends in one, or a file with one a line.

    Raises DaimmError where one is none, VerificationFailed for those of another chain or market.
    """
    found = [parsed(text) for text in (_lines(given) if os.path.lexists(given) else [given])]
    here = session.chain.node.chain_id, session.chain.market
    if any((it.chain_id, it.voucher.market) != here for it in found):
        raise VerificationFailed("The voucher is for another chain or market: use it there.")
    return found


def shown(
    session: Session, given: Sequence[str], offers: Sequence[str]
) -> tuple[Sequence[str], dict[bytes, bytes]]:
    """The offers that are meant, those of the vouchers where none is named, and what the rule of
    each is given. Raises DaimmError where they do not belong together."""
    found = [it for text in given for it in read(session, text)]
    shows = {bytes(it.voucher.offer): it.shown for it in found}
    if len(shows) != len(found):
        raise DaimmError("Two vouchers are for the same offer: buy with one after the other.")
    named = offers or [f"0x{ident.hex()}" for ident in shows]
    if not named:
        raise DaimmError("Say which offer, or show a voucher with --voucher.")
    meant = {row.offer_id: row for row in (find(session.index, OfferRow, text) for text in named)}
    if not shows.keys() <= meant.keys():
        raise DaimmError("A voucher is for another offer: leave the offer out, or show another.")
    for ident in shows:
        _require_taken(session, meant[ident])
    return named, shows


def _require_taken(session: Session, row: OfferRow) -> None:
    if session.chain.book.rules.get(row.offer.rule) != "Vouchers":
        raise ChainRefused(
            f"Offer 0x{row.offer_id.hex()} takes no vouchers: its seller can open one that does.",
            hint="daimm offer open MODEL --price 10 --vouchers",
        )


def parsed(text: str) -> Signed:
    """The voucher of a text; raises DaimmError for what `Signed.text` does not write."""
    coded = match[1] if (match := _TEXT.fullmatch(text)) else ""
    values, at = [], 0
    with contextlib.suppress(ValueError):  # so much is no base64
        data = base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4))
        for size in _SIZES:
            values.append(data[at : at + size].rjust(32, b"\0"))
            at += size
        chain_id, *fields = decode(_PACKED, b"".join(values))
        made = Signed(chain_id, Voucher.from_abi(fields), data[at:-_CHECK])
        if made.text == f"voucher1.{coded}":
            return made
    raise DaimmError(f"'{sanitise(text, 40)}' is no voucher, and no file of them: get it again.")


def _lines(path: str) -> list[str]:
    with open_regular(Path(path)) as file:
        data = file.read(_MAX_FILE + 1)
    lines = data.decode(errors="replace").split()
    if not 0 < len(lines) <= MOST or len(data) > _MAX_FILE:
        raise DaimmError(f"'{sanitise(path)}' has no vouchers, or more than {MOST:,}: split it.")
    return lines
