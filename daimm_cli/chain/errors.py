"""What a contract's or a node's refusal means, and what to do about it.

>>> raise explain(error, "buy")
Traceback (most recent call last):
daimm_cli.base.errors.ChainRefused: The offer costs 11 smallest units, above your maximum of ...

What a custom error means is its notice in interfaces/, as `daimm_cli/bindings/errors.json` has it;
`daimm_cli.chain.sentences` has what else a node may say.
"""

from __future__ import annotations

import functools
import json
from importlib import resources
from typing import Any

from daimm_cli.base.errors import ChainRefused, DaimmError, OutsideFailed
from daimm_cli.base.text import sanitise, time_shown
from daimm_cli.bindings.values import decode as abi_decode
from daimm_cli.chain.sentences import NEXT, NODE_SAYS, PANICS, SAFE_SAYS


class RevertedWith(ChainRefused):
    """A contract's custom error: its name, and its arguments by name."""

    def __init__(self, name: str, arguments: dict[str, Any], sentence: str) -> None:
        following = NEXT.get(name)
        super().__init__(sentence, hint=following and following.format_map(arguments))
        self.name = name
        self.arguments = arguments


@functools.cache
def declared() -> dict[str, dict[str, Any]]:
    """Selector (0x and 8 digits) to each custom error's name, inputs and sentence."""
    file = resources.files("daimm_cli.bindings") / "errors.json"
    parsed: dict[str, dict[str, Any]] = json.loads(file.read_text("utf-8"))
    return parsed


def decode(data: bytes) -> RevertedWith | None:
    """The custom error in revert data; None where it is none of ours or malformed."""
    entry = declared().get("0x" + data[:4].hex())
    if entry is None:
        return None
    try:
        values = abi_decode([argument["type"] for argument in entry["inputs"]], data[4:])
    except ValueError:
        return None
    names = [argument["name"] for argument in entry["inputs"]]
    arguments = dict(zip(names, values, strict=True))
    shown = {name: _Shown(value) for name, value in arguments.items()}
    return RevertedWith(entry["name"], arguments, entry["sentence"].format_map(shown))


class _Shown:
    """An argument in a sentence, in a format of interfaces/README.md."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __format__(self, how: str) -> str:
        if how == "time" and isinstance(self.value, int):
            return time_shown(self.value)
        if how == "percent" and isinstance(self.value, int):
            return f"{self.value / 100:g}%"
        if how == "amount":
            return f"{self.value} smallest units"
        if isinstance(self.value, bytes):
            return "0x" + self.value.hex()
        return sanitise(self.value, 120)


def refused(data: bytes, doing: str) -> ChainRefused:
    """The exception for revert data of a call that was to `doing` (a verb phrase)."""
    if (ours := decode(data)) is not None:
        return ours
    if data[:4] == bytes.fromhex("4e487b71") and len(data) == 36:
        what = PANICS.get(int.from_bytes(data[4:]), "an internal check")
        return ChainRefused(
            f"The contract refused to {doing}: {what}. Please report it as a fault in daimm."
        )
    if data[:4] == bytes.fromhex("08c379a0"):
        try:
            said = sanitise(abi_decode(["string"], data[4:])[0], 200)
        except ValueError:
            said = ""
        if said in SAFE_SAYS:
            return ChainRefused(SAFE_SAYS[said])
        if said:
            return ChainRefused(
                f"The contract refused to {doing}: {said.rstrip('.')}. Correct that and try again."
            )
    return ChainRefused(
        f"The contract refused to {doing} without a reason that daimm knows: see with "
        "`daimm doctor` whether the contracts are the right ones, and report it if they are."
    )


class NodeRefused(Exception):
    """A node's error in the place of an answer. said: its message, not for people.

    data: of a revert, if any. reverted: whether it was a contract that refused.
    """

    def __init__(self, error: Any) -> None:
        known = error if isinstance(error, dict) else {"message": error}
        self.said = str(known.get("message") or "")
        self.data = _data(known.get("data"))
        self.reverted = (
            bool(self.data) or known.get("code") == 3 or "execution reverted" in self.said
        )
        super().__init__(self.said)


def explain(error: BaseException, doing: str, node: str = "the node") -> DaimmError:
    """The sentence for whatever came of asking a node while it was to `doing`.

    node: how the node is shown; never its full address, which may hold a token.
    """
    if isinstance(error, DaimmError):
        return error
    if isinstance(error, NodeRefused):
        if error.reverted:
            return refused(error.data, doing)
        for part, answer in NODE_SAYS.items():
            if part in error.said.lower():
                return ChainRefused(answer)
        said = sanitise(error.said).rstrip(".") or "no reason given"
        return OutsideFailed(f"{node} refused to {doing}: {said}. Try again, or use another node.")
    if isinstance(error, TimeoutError):
        return OutsideFailed(f"{node} did not answer in time: try again or use another node.")
    if isinstance(error, ConnectionError | FileNotFoundError):
        return OutsideFailed(f"Cannot reach {node}: start it, or set DAIMM_RPC to another.")
    # What reads an answer of a wrong shape raises one of these, or an exception of web3's.
    shapes = (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError)
    if isinstance(error, (OSError, *shapes)) or type(error).__module__.startswith("web3."):
        return OutsideFailed(f"{node} gave an answer that makes no sense: use another node.")
    raise error


def _data(value: object) -> bytes:
    """Revert data as nodes spell it: hex, or an object that holds hex."""
    if isinstance(value, dict):
        value = value.get("data") or value.get("result")
    if not isinstance(value, str) or len(value) > 100_000:
        return b""
    start = value.find("0x")
    try:
        return bytes.fromhex(value[start + 2 :]) if start >= 0 else b""
    except ValueError:
        return b""
