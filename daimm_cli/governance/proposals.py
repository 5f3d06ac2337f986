"""Proposals: from a readable file to what the governor takes, each call checked on the way.

    title: Halve the fee
    description: Sales in AIM are to cost sellers half a percent.
    calls:
      - target: Market          # a contract of the address book, or an address
        call: setToken
        arguments: {token: AIMToken, allowed: true, fee: 50, maxDeliveryFee: 10 AIM}

>>> proposal = read(Path("fee.yaml"), chain, proposer=account.address)
>>> chain.node.send(proposal.proposing(chain.deployed.governor), account)

YAML decides no types: a value is read as the ABI has its parameter. An address that the book does
not have is called as a token, or as the contract that `as:` names.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import parse_amount, sanitise
from daimm_cli.bindings.calls import Call, Contract, Function
from daimm_cli.bindings.deployed import BOUND
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.bindings.values import Kind, Struct, checksummed, encode
from daimm_cli.protocol.curve import keccak

if TYPE_CHECKING:
    from daimm_cli.bindings.daimm_governor import DaimmGovernor
    from daimm_cli.chain.client import Chain

MAX_FILE_BYTES, MAX_DEPTH, MAX_CALLS = 64 << 10, 8, 32
MAX_TITLE, MAX_TEXT = 120, 10_000
_PROPOSER = re.compile(r"\s*#proposer=0x[0-9a-fA-F]{40}\s*\Z")
_NUMBER = re.compile(r"[0-9][0-9_]{0,99}", re.ASCII)


@dataclass(frozen=True)
class Proposal:
    """What is voted on. values: wei that go with each call. description: what should be UTF-8."""

    targets: tuple[str, ...]
    values: tuple[int, ...]
    calldatas: tuple[bytes, ...]
    description: bytes

    @property
    def id(self) -> int:
        """As the governor computes it."""
        kinds = ["address[]", "uint256[]", "bytes[]", "bytes32"]
        return int.from_bytes(keccak(encode(kinds, self.content)))

    @property
    def calls(self) -> Iterator[tuple[str, int, bytes]]:
        """Target, value and calldata of each."""
        return zip(self.targets, self.values, self.calldatas, strict=True)

    @property
    def content(self) -> tuple[list[str], list[int], list[bytes], bytes]:
        """What the governor takes once it knows the proposal."""
        described = keccak(self.description)
        return [*self.targets], [*self.values], [*self.calldatas], described

    @property
    def text(self) -> tuple[str, str]:
        """Title and description, safe to print."""
        said = self.description[: 8 * MAX_TEXT].decode(errors="replace")
        first, _, rest = _PROPOSER.sub("", said).partition("\n")
        title = sanitise(first.lstrip("# "), MAX_TITLE) or "(without a title)"
        return title, sanitise(rest.strip(), MAX_TEXT, lines=True)

    def proposing(self, governor: DaimmGovernor) -> Call:
        """The call that proposes it."""
        return governor.propose(*self.content[:3], self.description.decode())


def read(file: Path, chain: Chain, proposer: str) -> Proposal:
    """The proposal in a file; raises DaimmError that names what is wrong with it.

    proposer: who alone can propose it, so that nobody copies it in order to cancel it.
    """
    try:
        with file.open("rb") as stream:
            data = _parsed(stream.read(MAX_FILE_BYTES + 1))
        title, text, calls = (data[key] for key in ("title", "description", "calls"))
        if set(data) != {"title", "description", "calls"} or not isinstance(calls, list):
            raise KeyError
        if not 0 < len(_text(title, "title")) <= MAX_TITLE or "\n" in title:
            raise DaimmError(f"the title is one line of at most {MAX_TITLE} characters.")
        if len(_text(text, "description")) > MAX_TEXT or not 0 < len(calls) <= MAX_CALLS:
            raise DaimmError(
                f"a proposal has at most {MAX_TEXT:,} characters, and from 1 to {MAX_CALLS} calls."
            )
        made = [_call(number, call, chain) for number, call in enumerate(calls, 1)]
    except OSError as error:
        raise DaimmError(f"Cannot read {file}: {error.strerror}.") from None
    except (TypeError, KeyError):
        raise DaimmError(f"{file}: a proposal has a title, a description and calls.") from None
    except DaimmError as error:
        raise DaimmError(f"{file}: {error.message}") from None
    targets, calldatas = zip(*made, strict=True)
    description = f"# {title}\n\n{text.strip()}\n\n#proposer={proposer}"
    return Proposal(targets, (0,) * len(made), calldatas, description.encode())


class _Plain(yaml.BaseLoader):
    """Text, lists and tables alone; no key twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        made = super().construct_mapping(node, deep)
        if len(made) != len(node.value):
            raise yaml.YAMLError
        return made

    def construct_scalar(self, node: yaml.ScalarNode) -> str:
        made = str(super().construct_scalar(node))
        made.encode()  # half a surrogate pair can be written, and is no text
        return made


def _parsed(raw: bytes) -> Any:
    """What the YAML holds; nothing is expanded, and its depth is known before it is built."""
    depth = 0
    try:
        text = raw.decode() if len(raw) <= MAX_FILE_BYTES else "["
        for event in yaml.parse(text, _Plain):
            opens, ends = yaml.CollectionStartEvent, yaml.CollectionEndEvent
            depth += isinstance(event, opens) - isinstance(event, ends)
            if depth > MAX_DEPTH or isinstance(event, yaml.AliasEvent):
                raise yaml.YAMLError
        return yaml.load(text, _Plain)  # noqa: S506 - it builds text, lists and tables
    except (yaml.YAMLError, ValueError):
        raise DaimmError(
            f"this is no YAML of at most {MAX_FILE_BYTES >> 10} KiB, without aliases and with each "
            "key once."
        ) from None


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise DaimmError(f"{what} takes text.")
    return value


def _call(number: int, said: Any, chain: Chain) -> tuple[str, bytes]:
    """Target and calldata of one call."""
    try:
        if not isinstance(said, dict) or not {"target", "call"} <= set(said) <= _KEYS:
            raise DaimmError(f"takes {', '.join(sorted(_KEYS))}.")
        to = _address(said["target"], "target", chain)
        kind = BOUND.get(said["as"]) if "as" in said else chain.kind_at(to) or ERC20
        if kind is None:
            raise DaimmError(f"'as' is one of {', '.join(sorted(BOUND))}.")
        name, given = _text(said["call"], "call"), said.get("arguments") or {}
        function = _function(kind, name, given)
        return to, function.encode(*_named(function.inputs, given, name, chain))
    except DaimmError as error:
        raise DaimmError(f"call {number}: {error.message}") from None


_KEYS = {"target", "call", "arguments", "as"}


def _function(kind: type[Contract], name: str, given: Any) -> Function:
    """What changes something and has this name; of several, the one with so many arguments."""
    changing = [
        function
        for method, function in kind.FUNCTIONS.items()
        if getattr(kind, method).__annotations__["return"] == "Call"
    ]
    found = [function for function in changing if function.name == name]
    if not found:
        known = ", ".join(sorted({function.name for function in changing}))
        raise DaimmError(f"{kind.NAME} cannot {sanitise(name, 60)}: it can {known}.")
    return min(found, key=lambda function: abs(len(function.inputs) - len(given)))


def _named(kinds: Mapping[str, Kind], given: Any, what: str, chain: Chain) -> list[Any]:
    """Values by their names, in the order of the ABI: maxDeliveryFee or max_delivery_fee."""
    said = {_bare(name): value for name, value in given.items()} if isinstance(given, dict) else {}
    if len(said) != len(given) or {*said} != {*map(_bare, kinds)}:
        raise DaimmError(f"{what} takes {', '.join(kinds) or 'nothing'}.")
    return [_read(kind, said[_bare(name)], name, chain) for name, kind in kinds.items()]


def _bare(name: object) -> str:
    return str(name).replace("_", "").lower()


def _address(value: Any, what: str, chain: Chain) -> str:
    entry = chain.book.contracts.get(_text(value, what))
    return entry.address if entry else checksummed(value, what)


def _read(kind: Kind, value: Any, what: str, chain: Chain) -> Any:
    """A value from its text, as its kind in the ABI has it."""
    if isinstance(kind, list):
        if not isinstance(value, list):
            raise DaimmError(f"{what} takes a list.")
        return [_read(kind[0], item, what, chain) for item in value]
    if isinstance(kind, type) and issubclass(kind, Struct):
        return kind(*_named(dict(kind.fields()), value, what, chain))
    text = _text(value, what)
    if isinstance(kind, type) and issubclass(kind, enum.IntEnum):
        return next((one for one in kind if one.name.lower() == text.lower()), text)
    if kind == "address":
        return _address(text, what, chain)
    if kind == "bool":
        return {"true": True, "false": False}.get(text.lower(), text)
    if kind == "string":
        return text
    if str(kind).startswith("bytes"):
        if not re.fullmatch("0x([0-9a-fA-F]{2})*", text, re.ASCII):
            raise DaimmError(f"{what} takes bytes: 0x and hexadecimal digits.")
        return bytes.fromhex(text[2:])
    if text.endswith(" AIM"):
        return parse_amount(text, symbol="AIM")
    return int(text.replace("_", "")) if _NUMBER.fullmatch(text) else text
