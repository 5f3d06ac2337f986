"""What the generated contracts share: calls to send, views to ask, events and calls to read.

>>> market.together([market.close_offer(old), market.open_offer(new, details, parents)])
Call(to='0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512', ...)

Data that comes from a node or from somebody else is read here: what is malformed raises Malformed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Self, TypeVar

from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.bindings.values import (
    Kind,
    Struct,
    checked,
    checksummed,
    decode,
    encode,
    plain,
    spelled,
)

T = TypeVar("T")
MAX_LOG_BYTES = 1 << 16


class Malformed(OutsideFailed):
    """Data that no contract of ours can have written."""


@dataclass(frozen=True)
class Call:
    """What to send. to: None creates a contract. value: wei. doing: completes "refused to".

    spare: gas that it may take beyond what a node finds, for it may do more in a later second.
    """

    to: str | None
    data: bytes
    doing: str
    value: int = 0
    spare: int = 0


@dataclass(frozen=True)
class View(Generic[T]):
    """A question to a contract: `to` and `data` for eth_call, `decode` for its answer."""

    to: str
    data: bytes
    doing: str
    outputs: tuple[Kind, ...]
    make: Callable[..., T]

    def decode(self, answer: bytes) -> T:
        """The answer's value; raises Malformed where it is none."""
        return self.make(*read(self.outputs, answer, "an answer"))


@dataclass(frozen=True)
class Function:
    """A function of an ABI. doing: the verb phrase of its NatSpec."""

    name: str
    selector: str
    doing: str
    inputs: Mapping[str, Kind]
    outputs: tuple[Kind, ...] = ()

    def encode(self, *values: Any) -> bytes:
        """Calldata; raises DaimmError for values that do not fit."""
        made = [
            plain(checked(kind, value, name))
            for (name, kind), value in zip(self.inputs.items(), values, strict=True)
        ]
        return bytes.fromhex(self.selector) + encode([*map(spelled, self.inputs.values())], made)


@dataclass(frozen=True)
class Read:
    """A call's data, read: the function and its arguments by name."""

    function: Function
    arguments: Mapping[str, Any]


class Event(Struct):
    """What the events share. INDEXED: the names of the fields that are topics."""

    NAME: ClassVar[str] = ""
    TOPIC: ClassVar[str] = ""
    INDEXED: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def decode(cls, topics: Sequence[bytes], data: bytes) -> Self:
        """The event from a log of its topic; raises Malformed where it is none."""
        kinds = dict(cls.fields())
        indexed = [kinds[name] for name in cls.INDEXED]
        rest = [name for name in kinds if name not in cls.INDEXED]
        if len(topics) != 1 + len(indexed) or len(data) > MAX_LOG_BYTES:
            raise Malformed("The node sent an event that no contract can have written.")
        values = read(indexed, b"".join(topics[1:]), "an event")
        values += read([kinds[name] for name in rest], data, "an event")
        found = dict(zip([*cls.INDEXED, *rest], values, strict=True))
        return cls(**found)


class Contract:
    """A contract at an address. The generated classes have a method for each function."""

    NAME: ClassVar[str] = ""
    FUNCTIONS: ClassVar[Mapping[str, Function]] = {}
    EVENTS: ClassVar[tuple[type[Event], ...]] = ()

    def __init__(self, address: str) -> None:
        self.address = checksummed(address, f"address of {self.NAME}")

    @classmethod
    @functools.cache
    def topics(cls) -> dict[bytes, type[Event]]:
        return {bytes.fromhex(event.TOPIC): event for event in cls.EVENTS}

    @classmethod
    def event(cls, topics: Sequence[bytes], data: bytes) -> Event | None:
        """The event that a log of this contract is; None where the ABI has none such."""
        event = cls.topics().get(topics[0]) if topics else None
        return event.decode(topics, data) if event else None

    @classmethod
    def read_call(cls, data: bytes) -> Read | None:
        """What calldata asks of the contract; None unless it is exactly such a call."""
        for function in cls.FUNCTIONS.values():
            if data[:4] == bytes.fromhex(function.selector):
                try:
                    values = read([*function.inputs.values()], data[4:], "a call")
                    if function.encode(*values) != data:
                        return None
                except DaimmError:
                    return None
                return Read(function, dict(zip(function.inputs, values, strict=True)))
        return None

    def together(self, calls: Sequence[Call], doing: str | None = None) -> Call:
        """One call of this contract, or several as one `multicall`: all or none."""
        if not calls or any(call.to != self.address or call.value for call in calls):
            raise DaimmError(f"There is nothing to do here: name calls of {self.NAME}.")
        said = doing or ", ".join(dict.fromkeys(call.doing for call in calls))
        if len(calls) == 1:
            return Call(self.address, calls[0].data, said)
        data = self.FUNCTIONS["multicall"].encode([call.data for call in calls])
        return Call(self.address, data, said)

    def view(self, name: str, *values: Any) -> View[Any]:
        """A view by its Solidity name, for whoever has a list of them; several outputs too."""
        found = next(
            function
            for function in self.FUNCTIONS.values()
            if function.name == name and len(function.inputs) == len(values)
        )
        make = only if len(found.outputs) == 1 else lambda *outputs: list(outputs)
        return View(self.address, found.encode(*values), found.doing, found.outputs, make)

    def _call(self, method: str, *values: Any, value: int = 0) -> Call:
        function = self.FUNCTIONS[method]
        return Call(self.address, function.encode(*values), function.doing, value)

    def _view(self, make: Callable[..., T], method: str, *values: Any) -> View[T]:
        function = self.FUNCTIONS[method]
        data = function.encode(*values)
        return View(self.address, data, function.doing, function.outputs, make)


_Bound = TypeVar("_Bound", bound=Contract)


class Deployment:
    """Contracts by their names in Solidity; who has addresses of such is its heir."""

    def address(self, name: str) -> str:
        raise NotImplementedError


class At(Generic[_Bound]):
    """A contract of a deployment, as its binding has it."""

    def __init__(self, kind: type[_Bound]) -> None:
        self._kind = kind

    def __get__(self, deployed: Deployment, _: object = None) -> _Bound:
        return self._kind(deployed.address(self._kind.NAME))


def read(kinds: Sequence[Kind], data: bytes, what: str) -> list[Any]:
    """abi.decode, checked; raises Malformed for anything else. what: "an event", say."""
    try:
        values = decode(kinds, data)
        return [checked(kind, value, "value") for kind, value in zip(kinds, values, strict=True)]
    except (DaimmError, ValueError):
        raise Malformed(
            f"The node sent {what} that no contract can have written: use another node."
        ) from None


def only(value: Any) -> Any:
    """How a view with one output makes its answer."""
    return value
