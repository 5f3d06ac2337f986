"""The age file that an artifact is: its header, where its chunks lie, what opens and closes them.

>>> Layout(70_000).chunks
2

Byte-exact with age v1 (https://c2sp.org/age), with a header of one fixed shape (docs/artifact.md).
Offsets and lengths are in bytes. The line is its point A, compressed to 33 bytes.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.base.errors import DaimmError, VerificationFailed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import CipherContext

KEY = 16
NONCE = 16
LINE = 33
CHUNK = 1 << 16
TAG = 16
BLOCK = 64
"""Of ChaCha20: what its counter counts."""

STRIDE = CHUNK + TAG
HEADER = 127
START = HEADER + NONCE
UNIT = 16 * CHUNK
"""What is worked on at once: 16 chunks, 1 MiB of plaintext."""

MAX_SIZE = 1 << 52


def front(line: bytes, key: bytes, nonce: bytes) -> bytes:
    """What stands before the chunks: the header with its MAC, and the nonce."""
    header = _signed(line)
    mac = hmac.digest(_derived(key, b"", b"header"), header, "sha256")
    return header + b" " + _base64(mac) + b"\n" + nonce


def nonce_of(data: bytes, line: bytes) -> bytes:
    """The nonce of what `front` made, by whatever key; refuses every other header than the line's.

    The MAC is no content, so nothing but its form is looked at.
    """
    start = _signed(line) + b" "
    mac, nonce = data[len(start) : HEADER - 1], data[HEADER:START]
    try:
        canonical = _base64(base64.b64decode(mac + b"=", validate=True))
    except ValueError:
        canonical = b""
    if len(nonce) != NONCE or not canonical or data != start + canonical + b"\n" + nonce:
        raise VerificationFailed(
            "This is not the encrypted artifact of this key line (its header is another): "
            "check that you have the ciphertext file."
        )
    return nonce


@dataclass(frozen=True)
class Layout:
    """Where the chunks of a plaintext of `size` bytes lie."""

    size: int

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_SIZE:
            raise DaimmError("A file of this size cannot be sealed: split it.")

    @classmethod
    def of_ciphertext(cls, length: int) -> Layout:
        """The layout of a ciphertext file of `length` bytes; refuses a length that none has."""
        size = length - START - max(1, -(-(length - START) // STRIDE)) * TAG
        if not 0 <= size <= MAX_SIZE or (layout := cls(size)).ciphertext_size != length:
            raise VerificationFailed(
                f"No artifact is {length} bytes long: the file is truncated, fetch it again."
            )
        return layout

    @property
    def chunks(self) -> int:
        return max(1, -(-self.size // CHUNK))

    @property
    def units(self) -> int:
        return max(1, -(-self.size // UNIT))

    @property
    def ciphertext_size(self) -> int:
        return START + self.size + self.chunks * TAG

    def payload(self, unit: int) -> int:
        """Plaintext bytes of a unit."""
        return min(UNIT, self.size - unit * UNIT)

    def offset(self, unit: int) -> int:
        """Where in the file a unit's first chunk stands, or the file ends."""
        return min(START + unit * (UNIT // CHUNK) * STRIDE, self.ciphertext_size)


def payload_key(key: bytes, nonce: bytes) -> bytes:
    """The 32-byte key of one file's chunks."""
    return _derived(key, nonce, b"payload")


class ChunkCipher:
    """Closes and opens the chunks of a file under its payload key."""

    def __init__(self, payload_key: bytes, layout: Layout) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        self._key = payload_key
        self._aead = ChaCha20Poly1305(payload_key)
        self._last = layout.chunks - 1

    def seal(self, first: int, plain: memoryview, out: memoryview) -> None:
        """`out` receives the chunks from number `first` on, each 16 bytes longer."""
        for i, start in enumerate(range(0, len(plain) or 1, CHUNK)):
            part = plain[start : start + CHUNK]
            place = out[i * STRIDE : i * STRIDE + len(part) + TAG]
            self._aead.encrypt_into(self._nonce(first + i), part, None, place)

    def open(self, first: int, sealed: memoryview, out: memoryview) -> None:
        """`out` receives the plaintext. Tags are not looked at: they are not content."""
        for i, start in enumerate(range(0, len(sealed), STRIDE)):
            part = sealed[start : start + STRIDE][:-TAG]
            self._stream(first + i, 0).update_into(part, out[i * CHUNK : i * CHUNK + len(part)])

    def open_at(self, offset: int, sealed: bytes) -> bytes:
        """The plaintext at `offset`, a multiple of 64, of ciphertext within one chunk."""
        return self._stream(*divmod(offset, CHUNK)).update(sealed)

    def _stream(self, chunk: int, within: int) -> CipherContext:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

        counter = (1 + within // BLOCK).to_bytes(4, "little")  # block 0 makes the tag
        return Cipher(
            algorithms.ChaCha20(self._key, counter + self._nonce(chunk)), None
        ).decryptor()

    def _nonce(self, chunk: int) -> bytes:
        return chunk.to_bytes(11, "big") + bytes([chunk == self._last])


def _signed(line: bytes) -> bytes:
    return b"age-encryption.org/v1\n-> daimm 1 %b\n\n---" % _base64(line)


def _base64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _derived(key: bytes, salt: bytes, info: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    if len(key) != KEY:
        raise DaimmError("A file key has 16 bytes: check where yours comes from.")
    return HKDF(SHA256(), 32, salt, info).derive(key)
