"""Taking a delivered key: from the proof on the chain to the line's S, kept at home at once.

>>> s = line_key(session, session.index.order(order_id))
>>> file_key(s)  # opens every version of the line

What is checked: that this home asked for the key; the proof, which the chain's event has in full;
that S opens the file, where that is here.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daimm_cli.base import records
from daimm_cli.base.errors import ChainRefused, DaimmError, VerificationFailed
from daimm_cli.base.text import time_shown
from daimm_cli.index.rows import OrderRow, OrderState, VersionRow
from daimm_cli.protocol import delivery as deliveries
from daimm_cli.protocol.curve import Point, SecretPoint, SecretScalar, decode, encode
from daimm_cli.protocol.delivery import KeyProof, KeyRequest
from daimm_cli.protocol.keys import derive_scalar, order_key, order_secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from daimm_cli.chain.client import Chain
    from daimm_cli.index.index import Index
    from daimm_cli.session.session import Session

KEY_FORMAT = "daimm/key/v1"


class Keys:
    """The keys of one chain that were delivered to a home; they outlive a node's old events.

    Files are readable by their owner alone, and a key is encrypted under the seed besides.
    """

    def __init__(self, home: Path, chain_id: int) -> None:
        self._folder = home / "keys" / str(chain_id)

    @classmethod
    def of(cls, session: Session) -> Keys:
        return cls(session.config.ensure_home(), session.chain.node.chain_id)

    def keep(self, seed: bytes, license_id: int, line: Point, s: SecretPoint) -> Path:
        """Keep S of a licence's line, encrypted under the seed; returns the file.

        What stood there does not open, and is set aside.
        """
        cipher, bound = _cipher(seed, license_id, line)
        nonce = secrets.token_bytes(12)
        sealed = cipher.encrypt(nonce, encode(s), bound)
        file = self._file(license_id)
        if file.exists():
            records.set_aside(file)
        records.keep(file, {"format": KEY_FORMAT, "nonce": nonce.hex(), "sealed": sealed.hex()})
        return file

    def has(self, license_id: int) -> bool:
        """Whether a key was kept for the licence."""
        return self._file(license_id).is_file()

    def read(self, seed: bytes, license_id: int, line: Point) -> SecretPoint | None:
        """The S that was kept for this licence and line; None where there is none to be read."""
        from cryptography.exceptions import InvalidTag

        def opened(data: dict[str, Any]) -> SecretPoint:
            if data["format"] != KEY_FORMAT:
                raise ValueError
            cipher, bound = _cipher(seed, license_id, line)
            nonce, sealed = bytes.fromhex(data["nonce"]), bytes.fromhex(data["sealed"])
            point = decode(cipher.decrypt(nonce, sealed, bound))
            return SecretPoint(point.x, point.y)

        try:
            return records.read(self._file(license_id), opened)
        except (records.Damaged, InvalidTag):
            return None

    def _file(self, license_id: int) -> Path:
        return self._folder / f"0x{license_id:064x}.json"


def _cipher(seed: bytes, license_id: int, line: Point) -> tuple[AESGCM, bytes]:
    """What a kept key is encrypted with, and what it is bound to."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key = bytes(derive_scalar(seed, "DAIMM/record-key/v1"))
    return AESGCM(key), KEY_FORMAT.encode() + license_id.to_bytes(32, "big") + encode(line)


def line_key(
    session: Session, row: OrderRow, opens: Callable[[SecretPoint], bool] | None = None
) -> SecretPoint:
    """S of the order's line: the one kept at home, else opened from the delivery and kept.

    opens: whether an S opens the beginning of the file; None where the file is not here. What does
    not open it is neither kept nor taken from home. Raises as `take_delivered`.
    """
    return kept_key(
        session, row.license_id, row.offer.line, lambda: take_delivered(session, row), opens
    )


def kept_key(
    session: Session,
    license_id: int,
    line: Point,
    take: Callable[[], SecretPoint],
    opens: Callable[[SecretPoint], bool] | None = None,
) -> SecretPoint:
    """S of a licence's line: the one kept at home, else what `take` gives, which is kept then."""
    keys = Keys.of(session)
    kept = keys.read(session.seed, license_id, line)
    if kept is not None and (opens is None or opens(kept)):
        return kept
    found = take()
    if opens is None or opens(found):
        keys.keep(session.seed, license_id, line, found)
    return found


def take_delivered(session: Session, row: OrderRow) -> SecretPoint:
    """S as the chain delivered it: its proof holds, so it is the key of the line.

    Raises ChainRefused where nothing was delivered, DaimmError where another seed made the order's
    key, VerificationFailed where the proof is none that the chain can have taken.
    """
    chain = session.chain
    x = encryption_key(chain, session.seed, row.offer_id, row.order.buyer, row.order.salt)
    if order_key(x) != row.order.key:
        raise DaimmError(
            f"The key of this licence opens only in the home that bought it ({row.order.buyer}): "
            "restore that home's seed or set DAIMM_HOME to it. If it was given to you, or that "
            "home is lost, ask for the key.",
            hint=f"daimm license ask 0x{row.license_id:064x}",
        )
    require_delivered(row, session.now)
    assert row.proof is not None
    return opened(KeyRequest(row.order_id, row.offer.line, row.order.key), row.proof, x)


def opened(request: KeyRequest, proof: KeyProof, x: SecretScalar) -> SecretPoint:
    """S from the proof that the chain's event keeps; VerificationFailed where it is none."""
    try:
        deliveries.verify_proof(request, proof)
    except deliveries.DeliveryInvalid as error:
        raise VerificationFailed(
            "The node shows a delivery that the chain cannot have taken: use another node."
        ) from error
    return deliveries.open_delivery(x, proof.z)


def made_here(chain: Chain, seed: bytes, row: OrderRow) -> bool:
    """Whether the order's key follows from this seed."""
    x = encryption_key(chain, seed, row.offer_id, row.order.buyer, row.order.salt)
    return order_key(x) == row.order.key


def encryption_key(
    chain: Chain, seed: bytes, offer_id: bytes, buyer: str, salt: bytes
) -> SecretScalar:
    """What opens the delivery of an order; its `order_key` is in the order."""
    chain_id, market = chain.node.chain_id, chain.market
    return order_secret(
        seed, chain_id=chain_id, market=market, offer_id=offer_id, buyer=buyer, salt=salt
    )


def require_delivered(row: OrderRow, now: int) -> None:
    """Raise ChainRefused, saying what to expect, where the order has no key yet or never will."""
    ident = f"0x{row.order_id.hex()}"
    if row.state is OrderState.PENDING and row.is_refundable(now):
        raise ChainRefused(
            f"No key came for order {ident}: take the money back.",
            hint=f"daimm order refund {ident}",
        )
    if row.state is OrderState.PENDING:
        raise ChainRefused(
            f"The key of order {ident} was not delivered yet: it is due by "
            f"{time_shown(row.deliver_by)}, and without it the money comes back after "
            f"{time_shown(row.grace_end)}.",
            hint=f"daimm order show {ident}",
        )
    if row.proof is None:
        raise ChainRefused(f"Order {ident} was refunded, no key was delivered: buy it anew.")


def reached(index: Index, row: OrderRow, version: int | None = None) -> VersionRow:
    """The version that is to be opened; None is the one that was bought.

    Raises DaimmError where the licence does not reach it.
    """
    wanted = row.offer.version if version is None else version
    if not row.offer.version <= wanted <= row.offer.last_version:
        raise DaimmError(
            f"This licence does not reach version {wanted}: see `daimm license show "
            f"0x{row.license_id:064x}`."
        )
    found = index.versions(row.offer.model, version=wanted)
    see = f"daimm model show {row.offer.model}"
    if not found:
        raise DaimmError(f"Model {row.offer.model} has no version {wanted} yet.", hint=see)
    return found[0]
