"""Tink's streaming AEAD `AES256_GCM_HKDF_1MB`: where segments lie, and what opens and closes one.

>>> Segments(3 << 20).payload(0)
1048520

Byte-exact with Tink (https://developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming).
Offsets and lengths are in bytes; a segment is 1 MiB of ciphertext (docs/artifact.md).
"""

import os
import struct
from dataclasses import dataclass

from daimm_cli.base.errors import DaimmError, VerificationFailed

SEGMENT = 1 << 20
TAG = 16
HEADER = 40
PAYLOAD = SEGMENT - TAG
MAX_SEGMENTS = 1 << 32


@dataclass(frozen=True)
class Header:
    """The first 40 bytes of the file: length byte, HKDF salt (32), nonce prefix (7)."""

    salt: bytes
    prefix: bytes

    def __post_init__(self) -> None:
        if (len(self.salt), len(self.prefix)) != (32, 7):
            raise DaimmError("A salt has 32 bytes and a nonce prefix 7: check the manifest.")

    @classmethod
    def fresh(cls) -> "Header":
        """A random header; every sealed file needs its own."""
        return cls(os.urandom(32), os.urandom(7))

    @classmethod
    def parse(cls, data: bytes) -> "Header":
        if len(data) < HEADER or data[0] != HEADER:
            raise VerificationFailed(
                "This is not an encrypted artifact (its 40-byte header is missing): "
                "check that you have the ciphertext file."
            )
        return cls(bytes(data[1:33]), bytes(data[33:HEADER]))

    def __bytes__(self) -> bytes:
        return bytes([HEADER]) + self.salt + self.prefix


@dataclass(frozen=True)
class Segments:
    """Where the segments of a plaintext of `size` bytes lie."""

    size: int

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_SEGMENTS * PAYLOAD - HEADER:
            raise DaimmError("A file of this size cannot be sealed: split it.")

    @classmethod
    def of_ciphertext(cls, length: int) -> "Segments":
        """The layout of a ciphertext file of `length` bytes; refuses a length that none has."""
        count = max(1, -(-length // SEGMENT))
        size = length - HEADER - count * TAG
        if size < 0 or (segments := cls(size)).ciphertext_size != length:
            raise VerificationFailed(
                f"No artifact is {length} bytes long: the file is truncated, fetch it again."
            )
        return segments

    @property
    def count(self) -> int:
        return max(1, -(-(self.size + HEADER) // PAYLOAD))

    @property
    def ciphertext_size(self) -> int:
        return HEADER + self.size + self.count * TAG

    def is_last(self, segment: int) -> bool:
        return segment == self.count - 1

    def plaintext_offset(self, segment: int) -> int:
        return max(0, segment * PAYLOAD - HEADER)

    def payload(self, segment: int) -> int:
        """Plaintext bytes in `segment`."""
        return min(self.size, (segment + 1) * PAYLOAD - HEADER) - self.plaintext_offset(segment)


def file_key(key: bytes, binding: bytes, salt: bytes) -> bytes:
    """HKDF-SHA256 of the 32-byte content key, as Tink derives the key of one file."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    if len(key) != 32:
        raise DaimmError("A content key has 32 bytes: check where yours comes from.")
    return HKDF(SHA256(), 32, salt, binding).derive(key)


class SegmentCipher:
    """Opens and closes single segments under a derived file key (see `file_key`)."""

    def __init__(self, derived: bytes, prefix: bytes) -> None:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._gcm = AESGCM(derived)
        self._key = derived
        self._invalid = InvalidTag
        self._prefix = prefix

    def nonce(self, segment: int, last: bool) -> bytes:
        return self._prefix + struct.pack(">I?", segment, last)

    def encrypt_into(
        self, segment: int, last: bool, plaintext: memoryview, out: memoryview
    ) -> None:
        """`out` receives ciphertext and tag: 16 bytes more than `plaintext`."""
        self._gcm.encrypt_into(self.nonce(segment, last), plaintext, None, out)

    def decrypt_into(
        self, segment: int, last: bool, ciphertext: memoryview, out: memoryview
    ) -> bool:
        """Whether the tag is right; `out` receives the plaintext either way, 16 bytes less."""
        nonce = self.nonce(segment, last)
        try:
            self._gcm.decrypt_into(nonce, ciphertext, None, out)
        except self._invalid:
            from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

            counter = modes.CTR(nonce + struct.pack(">I", 2))
            plain = Cipher(algorithms.AES(self._key), counter).encryptor().update(ciphertext[:-TAG])
            out[:] = plain
            return False
        return True
