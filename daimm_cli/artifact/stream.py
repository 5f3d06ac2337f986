"""Tink's streaming AEAD `AES256_GCM_HKDF_1MB`: encrypt, decrypt, and read any segment alone.

>>> import io
>>> key, binding = bytes(32), b"associated data"
>>> sealed = io.BytesIO()
>>> encrypt(io.BytesIO(b"weights"), sealed, key, binding)
7
>>> Reader(sealed, key, binding).read(2, 3)
b'igh'

Byte-exact with Tink (https://developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming).
Offsets and lengths are in bytes; a segment is 1 MiB of ciphertext (docs/artifact.md).
"""

import io
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from daimm_cli.base.errors import DaimmError, VerificationFailed

SEGMENT = 1 << 20
TAG = 16
HEADER = 40
PAYLOAD = SEGMENT - TAG
MAX_SEGMENTS = 1 << 32

ARTIFACT_DOMAIN = b"DAIMM/artifact/v1"


class TagMismatch(VerificationFailed):
    """A segment's authentication tag does not fit its bytes, the key and the associated data."""

    def __init__(self, segment: int) -> None:
        super().__init__(
            f"Segment {segment} does not open with this key: fetch the file again, and check that "
            "the key belongs to this version."
        )
        self.segment = segment


def associated_data(x: int, y: int) -> bytes:
    """What binds an artifact to its key line A = (x, y): a domain tag and the point, 81 bytes."""
    return ARTIFACT_DOMAIN + x.to_bytes(32, "big") + y.to_bytes(32, "big")


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

    def file_offset(self, segment: int) -> int:
        """Where the payload of `segment` starts in the ciphertext file."""
        return segment * SEGMENT + (HEADER if segment == 0 else 0)

    def locate(self, offset: int) -> int:
        """The segment that holds plaintext byte `offset`; also the one to resume from."""
        return min((offset + HEADER) // PAYLOAD, self.count - 1)


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
    ) -> None:
        """Raises TagMismatch; `out` is 16 bytes shorter than `ciphertext`."""
        try:
            self._gcm.decrypt_into(self.nonce(segment, last), ciphertext, None, out)
        except self._invalid:
            raise TagMismatch(segment) from None

    def counter_mode(self, segment: int, last: bool, ciphertext: memoryview) -> bytes:
        """What `ciphertext` (with its tag) decrypts to when the tag is not looked at."""
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        first = modes.CTR(self.nonce(segment, last) + struct.pack(">I", 2))
        return Cipher(algorithms.AES(self._key), first).encryptor().update(ciphertext[:-TAG])


def encrypt(
    source: BinaryIO, target: BinaryIO, key: bytes, binding: bytes, *, header: Header | None = None
) -> int:
    """Encrypt `source` to its end into `target`; returns the plaintext bytes read."""
    header = header or Header.fresh()
    cipher = SegmentCipher(file_key(key, binding, header.salt), header.prefix)
    target.write(bytes(header))
    out = memoryview(bytearray(SEGMENT))
    total = segment = 0
    block = _read(source, PAYLOAD - HEADER)
    while True:
        following = _read(source, PAYLOAD) if len(block) >= PAYLOAD - HEADER else b""
        sealed = out[: len(block) + TAG]
        cipher.encrypt_into(segment, not following, memoryview(block), sealed)
        target.write(sealed)
        total += len(block)
        if not following:
            return total
        block, segment = following, segment + 1


def decrypt(
    source: BinaryIO,
    target: BinaryIO,
    key: bytes,
    binding: bytes,
    *,
    start: int = 0,
    accept: Callable[[int, bytes], bool] | None = None,
) -> int:
    """Write the plaintext of the seekable `source` from segment `start`; returns the bytes written.

    To resume, truncate `target` to `Segments.plaintext_offset(start)` and seek to its end. Where a
    tag fails, `accept(segment, plaintext)` may take the counter-mode plaintext (tags are not
    content: `merkle.DigestList.accepts`); otherwise TagMismatch is raised.
    """
    reader = Reader(source, key, binding)
    written = 0
    for segment in range(start, reader.segments.count):
        plaintext = reader.segment(segment, accept=accept)
        target.write(plaintext)
        written += len(plaintext)
    return written


class Reader:
    """Random access to the plaintext of a seekable ciphertext file."""

    def __init__(self, source: BinaryIO, key: bytes, binding: bytes) -> None:
        self._source = source
        source.seek(0)
        header = Header.parse(_read(source, HEADER))
        self.segments = Segments.of_ciphertext(source.seek(0, io.SEEK_END))
        self._cipher = SegmentCipher(file_key(key, binding, header.salt), header.prefix)

    def segment(self, segment: int, *, accept: Callable[[int, bytes], bool] | None = None) -> bytes:
        """The plaintext of one segment, at most 1,048,560 bytes."""
        if not 0 <= segment < self.segments.count:
            raise DaimmError(f"There is no segment {segment}: the file has {self.segments.count}.")
        size = self.segments.payload(segment)
        self._source.seek(self.segments.file_offset(segment))
        sealed = memoryview(_read(self._source, size + TAG))
        if len(sealed) != size + TAG:
            raise VerificationFailed("The ciphertext became shorter while it was read: try again.")
        out = bytearray(size)
        last = self.segments.is_last(segment)
        try:
            self._cipher.decrypt_into(segment, last, sealed, memoryview(out))
        except TagMismatch:
            untagged = self._cipher.counter_mode(segment, last, sealed)
            if accept is None or not accept(segment, untagged):
                raise
            return untagged
        return bytes(out)

    def read(self, offset: int, length: int) -> bytes:
        """Plaintext bytes [offset, offset + length), cut at the end of the file."""
        end = min(offset + length, self.segments.size)
        parts = []
        while 0 <= offset < end:
            segment = self.segments.locate(offset)
            within = offset - self.segments.plaintext_offset(segment)
            part = self.segment(segment)[within : within + end - offset]
            parts.append(part)
            offset += len(part)
        return b"".join(parts)


def _read(source: BinaryIO, length: int) -> bytes:
    """Exactly `length` bytes, fewer only at the end of the file; pipes read short."""
    data = source.read(length)
    if len(data) == length or not data:
        return data
    parts, missing = [data], length - len(data)
    while missing and (more := source.read(missing)):
        parts.append(more)
        missing -= len(more)
    return b"".join(parts)
