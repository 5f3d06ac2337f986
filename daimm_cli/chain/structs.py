"""Solidity's values in Python: addresses, words, and structs that check and encode their fields.

>>> checksummed("0x70997970c51812dc3a010c7d01b50e0d17dc79c8")
'0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
>>> @dataclass(frozen=True)
... class Pair(Struct):
...     owner: Address
...     model: Uint32

A value that does not fit its Solidity type raises DaimmError when the struct is made.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self, get_type_hints

from daimm_cli.base.errors import DaimmError
from daimm_cli.protocol.curve import Point, keccak

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_DIGITS = re.compile(r"[0-9]{1,78}", re.ASCII)
_POINT = "(uint256,uint256)"

Address = Annotated[str, "address"]
Bytes32 = Annotated[bytes, "bytes32"]
PointPair = Annotated[Point, _POINT]
Uint16 = Annotated[int, "uint16"]
Uint32 = Annotated[int, "uint32"]
Uint40 = Annotated[int, "uint40"]
Uint128 = Annotated[int, "uint128"]


def checksummed(address: object, what: str = "address") -> str:
    """The address in EIP-55 spelling; raises DaimmError for anything else, typing errors too."""
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        raise DaimmError(f"The {what} is not an address: it takes 0x and 40 hexadecimal digits.")
    low = address[2:].lower()
    spelled = _spelled(low)
    if address[2:] not in (low, low.upper(), spelled[2:]):
        raise DaimmError(
            f"The {what} has a typing error, its checksum does not fit: copy it again."
        )
    return spelled


@functools.lru_cache(4096)
def _spelled(low: str) -> str:
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
    """abi.encode; the types are Solidity's, values Python's."""
    from eth_abi.abi import encode as abi_encode

    return abi_encode(types, values)


@dataclass(frozen=True)
class Struct:
    """What the structs share: checks, ABI tuples, JSON."""

    TITLE: ClassVar[str] = "struct"

    def __post_init__(self) -> None:
        for name, kind in self._kinds():
            object.__setattr__(
                self, name, _checked(kind, getattr(self, name), f"{self.TITLE}'s {name}")
            )

    @classmethod
    @functools.cache
    def _kinds(cls) -> list[tuple[str, str]]:
        hints = get_type_hints(cls, include_extras=True)
        return [(f.name, hints[f.name].__metadata__[0]) for f in dataclasses.fields(cls)]

    @classmethod
    def abi_type(cls) -> str:
        """The struct as eth_abi spells it: a tuple of its types."""
        return "(" + ",".join(kind for _, kind in cls._kinds()) + ")"

    def to_abi(self) -> tuple[Any, ...]:
        """The struct as web3 and eth_abi take it: points are pairs."""
        return tuple(_plain(getattr(self, name)) for name, _ in self._kinds())

    @classmethod
    def from_abi(cls, values: Sequence[Any] | Mapping[str, Any]) -> Self:
        """The struct from a decoded tuple or from web3's names; raises DaimmError if it is none."""
        listed = list(values.values()) if isinstance(values, Mapping) else values
        kinds = cls._kinds()
        if len(listed) != len(kinds):
            raise DaimmError(
                f"This is no {cls.TITLE}: it takes {len(kinds)} fields and has {len(listed)}."
            )
        return cls(**{name: value for (name, _), value in zip(kinds, listed, strict=True)})

    def to_json(self) -> dict[str, Any]:
        """Field names as in Python; words as 0x.., amounts as decimal strings, points as {x, y}."""
        return {name: _to_json(kind, getattr(self, name)) for name, kind in self._kinds()}

    @classmethod
    def from_json(cls, data: object) -> Self:
        """What `to_json` wrote; raises DaimmError for anything else."""
        kinds = cls._kinds()
        if not isinstance(data, Mapping) or set(data) != {name for name, _ in kinds}:
            names = ", ".join(name for name, _ in kinds)
            raise DaimmError(f"This is no {cls.TITLE}: it takes exactly the fields {names}.")
        return cls(**{name: _from_json(kind, data[name]) for name, kind in kinds})


def _checked(kind: str, value: Any, what: str) -> Any:
    if kind == "address":
        return checksummed(value, what)
    if kind == "bytes32":
        return word(value, what)
    if kind == "bool":
        if not isinstance(value, bool):
            raise DaimmError(f"The {what} takes true or false.")
        return value
    if kind == _POINT:
        return value if isinstance(value, Point) else Point(*_pair(value, what))
    bits = int(kind.removeprefix("uint"))
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << bits:
        raise DaimmError(f"The {what} takes a whole number from 0 to 2^{bits} - 1.")
    return value


def _pair(value: Any, what: str) -> tuple[int, int]:
    listed = list(value.values()) if isinstance(value, Mapping) else value
    if not isinstance(listed, Sequence) or [type(v) for v in listed] != [int, int]:
        raise DaimmError(f"The {what} takes two coordinates.")
    return listed[0], listed[1]


def _plain(value: Any) -> Any:
    if isinstance(value, Point):
        return value.x, value.y
    return int(value) if isinstance(value, enum.IntEnum) else value


def _to_json(kind: str, value: Any) -> Any:
    if kind == "bytes32":
        return "0x" + value.hex()
    if kind == _POINT:
        return {"x": f"0x{value.x:064x}", "y": f"0x{value.y:064x}"}
    return str(value) if kind == "uint128" else _plain(value)


def _from_json(kind: str, value: Any) -> Any:
    if kind == _POINT:
        if not isinstance(value, Mapping) or set(value) != {"x", "y"}:
            raise DaimmError("A point takes its coordinates x and y.")
        return [int.from_bytes(word(value[axis], "coordinate")) for axis in "xy"]
    if kind == "uint128":
        if not isinstance(value, str) or not _DIGITS.fullmatch(value):
            raise DaimmError("An amount is written in decimal digits, in quotes.")
        return int(value)
    return value
