"""Solidity's values in Python: structs that check and encode their fields.

>>> @struct
... class Pair(Struct):
...     owner: str
...     model: int
...     KINDS = ("address", "uint32")

A kind is an elementary type as Solidity spells it, a Struct, an IntEnum, Point, or a list of one
kind for an array. A value that does not fit its kind raises DaimmError when the struct is made.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeAlias, TypeVar, dataclass_transform

from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.words import checksummed as checksummed
from daimm_cli.bindings.words import encode as encode
from daimm_cli.bindings.words import from_word as from_word
from daimm_cli.bindings.words import word as word
from daimm_cli.bindings.words import words_of
from daimm_cli.protocol.curve import NO_POINT, Point

Kind: TypeAlias = "str | type[Any] | list[Any]"

T = TypeVar("T")
_DIGITS = {
    "u": re.compile(r"[0-9]{1,78}", re.ASCII),
    "i": re.compile(r"-?[0-9]{1,78}", re.ASCII),
}
"""How an amount is written, by the first letter of its kind."""

_JSON_BITS = 53
"""Larger integers are text in JSON: its numbers hold no more exactly."""


def decode(kinds: Sequence[Kind], data: bytes) -> list[Any]:
    """abi.decode, as `checked` takes it; raises ValueError."""
    types = [spelled(kind) for kind in kinds]
    words = words_of(tuple(types))
    if words is not None:
        if len(data) < 32 * len(words):
            raise ValueError
        found = iter([from_word(w, data[32 * i : 32 * i + 32]) for i, w in enumerate(words)])
        return [_nested(kind, found) for kind in kinds]
    from eth_abi.abi import decode as abi_decode
    from eth_abi.exceptions import DecodingError

    try:
        return list(abi_decode(types, data))
    except (DecodingError, OverflowError) as error:
        raise ValueError from error


def _nested(kind: Kind, leaves: Iterator[Any]) -> Any:
    if kind is Point:
        return [next(leaves), next(leaves)]
    if isinstance(kind, type) and issubclass(kind, Struct):
        return [_nested(part, leaves) for part in kind.KINDS]
    return next(leaves)


@dataclass_transform(frozen_default=True)
def struct(made: type[T]) -> type[T]:
    """A frozen dataclass that has what `Struct` has, and no code made for it: sixty of them would
    take 0.04 s at each start."""
    return dataclass(init=False, repr=False, eq=False)(made)


@struct
class Struct:
    """What the structs share: checks, ABI tuples, JSON."""

    KINDS: ClassVar[tuple[Kind, ...]] = ()

    def __init__(self, *values: Any, **named: Any) -> None:
        names = [name for name, _ in self.fields()]
        given = dict(zip(names, values, strict=False), **named)
        if len(given) != len(names) or len(values) + len(named) != len(names):
            raise TypeError(f"{type(self).__name__} takes {', '.join(names)}")
        for name, kind in self.fields():
            what = f"{self.title()}'s {name}"
            object.__setattr__(self, name, checked(kind, given[name], what))

    def __setattr__(self, name: str, value: object) -> None:
        raise dataclasses.FrozenInstanceError(f"{type(self).__name__}.{name} stays as it is")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(tuple(vars(self).values()))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({shown})"

    @classmethod
    @functools.cache
    def fields(cls) -> tuple[tuple[str, Kind], ...]:
        names = (field.name for field in dataclasses.fields(cls))
        return tuple(zip(names, cls.KINDS, strict=True))

    @classmethod
    @functools.cache
    def title(cls) -> str:
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", cls.__name__).lower()

    @classmethod
    def abi_type(cls) -> str:
        """The struct as eth_abi spells it: a tuple of its types."""
        return "(" + ",".join(spelled(kind) for kind in cls.KINDS) + ")"

    def to_abi(self) -> tuple[Any, ...]:
        """The struct as eth_abi and web3 take it: points are pairs."""
        return tuple(plain(getattr(self, name)) for name, _ in self.fields())

    @classmethod
    def from_abi(cls, values: Sequence[Any]) -> Self:
        """The struct from a decoded tuple; raises DaimmError if it is none."""
        if len(values) != len(cls.KINDS):
            raise DaimmError(
                f"This is no {cls.title()}: it takes {len(cls.KINDS)} fields and has {len(values)}."
            )
        return cls(*values)

    def to_json(self) -> dict[str, Any]:
        """Field names as in Python; words as 0x.., amounts as decimal strings, points as {x, y}."""
        return {name: _to_json(kind, getattr(self, name)) for name, kind in self.fields()}

    @classmethod
    def from_json(cls, data: object) -> Self:
        """What `to_json` wrote; raises DaimmError for anything else."""
        if not isinstance(data, Mapping) or set(data) != {name for name, _ in cls.fields()}:
            names = ", ".join(name for name, _ in cls.fields())
            raise DaimmError(f"This is no {cls.title()}: it takes exactly the fields {names}.")
        return cls(**{name: _from_json(kind, data[name]) for name, kind in cls.fields()})


class Priced(Struct):
    """What Offer has besides its fields."""

    @property
    def total(self: Any) -> int:
        """What a buyer pays: price and delivery fee."""
        return int(self.price + self.delivery_fee)


def spelled(kind: Kind) -> str:
    """The kind as eth_abi spells it."""
    if isinstance(kind, str):
        return kind
    if isinstance(kind, list):
        return spelled(kind[0]) + "[]"
    if kind is Point:
        return "(uint256,uint256)"
    return "uint8" if issubclass(kind, enum.IntEnum) else str(kind.abi_type())


def plain(value: Any) -> Any:
    """A checked value as eth_abi takes it."""
    if isinstance(value, Point):
        return value.x, value.y
    if isinstance(value, Struct):
        return value.to_abi()
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return int(value) if isinstance(value, enum.IntEnum) else value


def checked(kind: Kind, value: Any, what: str) -> Any:
    """The value in its Python form; raises DaimmError where it does not fit the kind."""
    if isinstance(kind, list):
        if not isinstance(value, Sequence) or isinstance(value, str | bytes):
            raise DaimmError(f"The {what} takes a list.")
        return tuple(checked(kind[0], item, what) for item in value)
    if isinstance(kind, str):
        return _elementary(kind, value, what)
    if isinstance(value, kind):
        return value
    if issubclass(kind, enum.IntEnum):
        try:
            return kind(value)
        except ValueError:
            raise DaimmError(
                f"There is no {kind.__name__.lower()} {value} for the {what}: they are 0 to "
                f"{max(kind)}."
            ) from None
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise DaimmError(f"The {what} takes the fields of a {kind.__name__}.")
    return _point(value, what) if kind is Point else kind.from_abi(value)


def _elementary(kind: str, value: Any, what: str) -> Any:
    if kind == "address":
        return checksummed(value, what)
    if kind == "bytes32":
        return word(value, what)
    expected = {"bool": bool, "string": str, "bytes": bytes}.get(kind)
    if expected is not None:
        if not isinstance(value, expected):
            raise DaimmError(f"The {what} takes {'true or false' if kind == 'bool' else kind}.")
        return value
    size = int(kind.lstrip("bytesuin"))
    if kind.startswith("bytes"):
        if not isinstance(value, bytes) or len(value) != size:
            raise DaimmError(f"The {what} takes {size} bytes.")
        return value
    signed = kind[0] == "i"
    least, bits = (-1 << size - 1, size - 1) if signed else (0, size)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value < 1 << bits:
        lowest = f"-2^{bits}" if signed else "0"
        raise DaimmError(f"The {what} takes a whole number from {lowest} to 2^{bits} - 1.")
    return value


def _point(value: Any, what: str) -> Point:
    if [type(v) for v in value] != [int, int]:
        raise DaimmError(f"The {what} takes two coordinates.")
    return Point(*value) if any(value) else NO_POINT


def _to_json(kind: Kind, value: Any) -> Any:
    if isinstance(value, Point):
        return {"x": f"0x{value.x:064x}", "y": f"0x{value.y:064x}"}
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(kind, list):
        return [_to_json(kind[0], item) for item in value]
    if isinstance(value, Struct):
        return value.to_json()
    return str(value) if _is_amount(kind) else plain(value)


def _from_json(kind: Kind, value: Any) -> Any:
    if kind is Point:
        if not isinstance(value, Mapping) or set(value) != {"x", "y"}:
            raise DaimmError("A point takes its coordinates x and y.")
        return [int.from_bytes(word(value[axis], "coordinate")) for axis in "xy"]
    if isinstance(kind, list):
        return [_from_json(kind[0], item) for item in value] if isinstance(value, list) else value
    if isinstance(kind, type) and issubclass(kind, Struct):
        return kind.from_json(value)
    if _is_amount(kind):
        if not isinstance(value, str) or not _DIGITS[str(kind)[0]].fullmatch(value):
            raise DaimmError("An amount is written in decimal digits, in quotes.")
        return int(value)
    if isinstance(kind, str) and kind.startswith("bytes") and type(value) is str:
        try:
            return bytes.fromhex(value.removeprefix("0x"))
        except ValueError:
            raise DaimmError("Bytes are written in hexadecimal digits.") from None
    return value


def _is_amount(kind: Kind) -> bool:
    is_number = isinstance(kind, str) and kind.lstrip("u").startswith("int")
    return is_number and int(str(kind).lstrip("uint")) > _JSON_BITS
