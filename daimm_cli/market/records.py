"""What a buyer keeps at home: purchases under way, and keys that were delivered.

>>> records = Records.of(session)
>>> records.note(Note(salt, offer_id, buyer, tx_deadline))   # before it is broadcast
>>> records.keep_key(seed, license_id, line, s)                        # as soon as it is known
>>> records.key(seed, license_id, line) == s
True

All of it can be made anew from the seed and the chain; the notes keep a purchase from being paid
twice after a crash, the keys outlive a node that forgets old events. Files are readable by their
owner alone, and a key is encrypted under the seed besides.
"""

from __future__ import annotations

import contextlib
import fcntl
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daimm_cli.base import records
from daimm_cli.bindings.values import checksummed, word
from daimm_cli.protocol.curve import CurveError, Point, SecretPoint, decode, encode
from daimm_cli.protocol.keys import derive_scalar

if TYPE_CHECKING:
    from daimm_cli.session.session import Session

KEY_FORMAT = "daimm/key/v1"


@dataclass(frozen=True)
class Note:
    """A purchase that may be under way. salt, offer_id: 32 bytes; tx_deadline: last second.

    told: when the person was told that it was carried out, in seconds since 1970.
    """

    salt: bytes
    offer_id: bytes
    buyer: str
    tx_deadline: int
    told: float | None = None

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Note:
        return cls(
            salt=word(data["salt"]),
            offer_id=word(data["offer"]),
            buyer=checksummed(data["buyer"]),
            tx_deadline=int(data["tx_deadline"]),
            told=None if data.get("told") is None else float(data["told"]),
        )


class Records:
    """The notes and keys of one chain in one home."""

    def __init__(self, home: Path, chain_id: int) -> None:
        self._purchases = home / "purchases" / str(chain_id)
        self._keys = home / "keys" / str(chain_id)

    @classmethod
    def of(cls, session: Session) -> Records:
        """Those of a session's home and chain."""
        return cls(session.config.ensure_home(), session.chain.node.chain_id)

    # Purchases under way

    @contextlib.contextmanager
    def paying(self) -> Iterator[None]:
        """While this lasts, nobody else pays: from looking at the notes to writing one."""
        self._purchases.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._purchases.with_suffix(".lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def note(self, note: Note) -> None:
        """Remember a purchase before it leaves."""
        data = {
            "salt": "0x" + note.salt.hex(),
            "offer": "0x" + note.offer_id.hex(),
            "buyer": note.buyer,
            "tx_deadline": note.tx_deadline,
            "told": note.told,
        }
        records.keep(self._note_file(note.salt), data)

    def notes(self) -> Iterator[Note]:
        """Purchases whose deadline was not seen to pass; damaged notes are set aside."""
        for _, note in records.take_all(self._purchases, "0x*.json", Note.from_json):
            yield note

    def done(self, salt: bytes) -> None:
        """Forget a purchase: whether or not it is on the chain, it can get there no more."""
        self._note_file(salt).unlink(missing_ok=True)

    def _note_file(self, salt: bytes) -> Path:
        return self._purchases / f"0x{salt.hex()}.json"

    # Keys

    def keep_key(self, seed: bytes, license_id: int, line: Point, s: SecretPoint) -> Path:
        """Keep S of a licence's line, encrypted under the seed; returns the file.

        What stood there does not open, and is set aside.
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(12)
        sealed = AESGCM(_record_key(seed)).encrypt(nonce, encode(s), _bound(license_id, line))
        file = self._key_file(license_id)
        if file.exists():
            records.set_aside(file)
        records.keep(file, {"format": KEY_FORMAT, "nonce": nonce.hex(), "sealed": sealed.hex()})
        return file

    def has_key(self, license_id: int) -> bool:
        """Whether a key was kept for the licence."""
        return self._key_file(license_id).is_file()

    def key(self, seed: bytes, license_id: int, line: Point) -> SecretPoint | None:
        """The S that was kept for this licence and line; None where there is none to be read."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            found = records.read(self._key_file(license_id), _sealed_key)
            if found is None:
                return None
            opened = AESGCM(_record_key(seed)).decrypt(*found, _bound(license_id, line))
            point = decode(opened)
        except (records.Damaged, InvalidTag, CurveError, ValueError):
            return None
        return SecretPoint(point.x, point.y)

    def _key_file(self, license_id: int) -> Path:
        return self._keys / f"0x{license_id:064x}.json"


def _record_key(seed: bytes) -> bytes:
    return bytes(derive_scalar(seed, "DAIMM/record-key/v1"))


def _bound(license_id: int, line: Point) -> bytes:
    return KEY_FORMAT.encode() + license_id.to_bytes(32, "big") + encode(line)


def _sealed_key(data: dict[str, Any]) -> tuple[bytes, bytes]:
    if data["format"] != KEY_FORMAT:
        raise ValueError
    return bytes.fromhex(data["nonce"]), bytes.fromhex(data["sealed"])
