"""Solidity's ABI in words of 32 bytes: addresses, numbers and bytes, alone and in tuples.

>>> checksummed("0x70997970c51812dc3a010c7d01b50e0d17dc79c8")
'0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
>>> from_word("uint16", encode(["uint16"], [250]))
250

What has no fixed size is left to eth_abi, which takes 0.2 s to import: most of what contracts are
asked and tell is words alone.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from typing import Any

from daimm_cli.base.errors import DaimmError
from daimm_cli.protocol.curve import keccak

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_WORD = re.compile(r"address|bool|bytes[0-9]+|u?int[0-9]+", re.ASCII)


def checksummed(address: object, what: str = "address") -> str:
    """The address in EIP-55 spelling; raises DaimmError for anything else, typing errors too."""
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        raise DaimmError(f"The {what} is not an address: it takes 0x and 40 hexadecimal digits.")
    low = address[2:].lower()
    spelled = _spelled_address(low)
    if address[2:] not in (low, low.upper(), spelled[2:]):
        raise DaimmError(
            f"The {what} has a typing error, its checksum does not fit: copy it again."
        )
    return spelled


@functools.lru_cache(4096)
def _spelled_address(low: str) -> str:
    """EIP-55 for 40 lower-case digits: one address comes many times in a history."""
    digest = keccak(low.encode()).hex()
    return "0x" + "".join(
        c.upper() if int(d, 16) > 7 else c for c, d in zip(low, digest, strict=False)
    )


def word(value: object, what: str = "value") -> bytes:
    """32 bytes from bytes or from 0x and 64 digits; raises DaimmError otherwise."""
    if isinstance(value, str) and re.fullmatch(r"0x[0-9a-fA-F]{64}", value, re.ASCII):
        return bytes.fromhex(value[2:])
    if isinstance(value, bytes) and len(value) == 32:
        return bytes(value)
    raise DaimmError(f"The {what} takes 32 bytes: 0x and 64 hexadecimal digits.")


def encode(types: Sequence[str], values: Sequence[Any]) -> bytes:
    """abi.encode; the types are Solidity's, values Python's, and fit them."""
    words = words_of(tuple(types))
    if words is not None:
        pairs = zip(words, _leaves(values), strict=True)
        return b"".join(_to_word(kind, value) for kind, value in pairs)
    from eth_abi.abi import encode as abi_encode

    return abi_encode(types, values)


@functools.lru_cache(512)
def words_of(types: tuple[str, ...]) -> list[str] | None:
    """The types of the words that the values take; None where that depends on the values."""
    words = [word for word in re.sub("[()]", "", ",".join(types)).split(",") if word]
    return words if all(map(_WORD.fullmatch, words)) else None


def _leaves(values: Sequence[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, tuple | list):
            yield from _leaves(value)
        else:
            yield value


def _to_word(kind: str, value: Any) -> bytes:
    if kind == "address":
        return bytes.fromhex(value[2:]).rjust(32, b"\0")
    if kind.startswith("bytes"):
        return bytes(value).ljust(32, b"\0")
    if kind.startswith("int"):
        return int(value).to_bytes(32, signed=True)
    size = 1 if kind == "bool" else int(kind[4:]) // 8
    return int(value).to_bytes(size).rjust(32, b"\0")


def from_word(kind: str, word: bytes) -> Any:
    """The value of an elementary type in 32 bytes; raises ValueError where they cannot hold one."""
    if len(word) != 32:
        raise ValueError
    if kind == "address":
        return _address(word)
    if kind.startswith("bytes"):
        size = int(kind[5:])
        if any(word[size:]):
            raise ValueError
        return word[:size]
    if kind.startswith("int"):
        return _signed(int.from_bytes(word, signed=True), int(kind[3:]))
    value = int.from_bytes(word)
    if value >> (1 if kind == "bool" else int(kind[4:])):
        raise ValueError
    return bool(value) if kind == "bool" else value


def _signed(value: int, bits: int) -> int:
    if value >> bits - 1 not in (0, -1):
        raise ValueError
    return value


@functools.lru_cache(4096)
def _address(word: bytes) -> str:
    if any(word[:12]):
        raise ValueError
    return _spelled_address(word[12:].hex())
