"""NatSpec as docstrings: of functions and events from what forge compiled, else from interfaces/.

>>> Natspec("Market").function("isOpen(bytes32)")
"Whether the offer was opened and not closed. Expiry, supply and the seller's right are checked ..."
"""

from __future__ import annotations

import functools
import json
import re
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tools.contract_reference import Doc, Item, parse

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ROOT / "node_modules" / "@openzeppelin" / "contracts"
BORROWED = {
    "Checkpoint208": ("utils/structs/Checkpoints.sol", "What a count was from a time on."),
    "OperationState": ("governance/TimelockController.sol", "Where the timelock has a batch."),
    "ProposalState": ("governance/IGovernor.sol", "Where a proposal stands."),
}
"""Types of OpenZeppelin's that our ABIs speak of: where they are declared, and what they are."""


def snake(name: str) -> str:
    """`accessManager1Of` as `access_manager1_of`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


@functools.cache
def artifact(name: str) -> dict[str, Any]:
    """What forge wrote about a contract or an interface."""
    loaded: dict[str, Any] = json.loads((ROOT / "out" / f"{name}.sol" / f"{name}.json").read_text())
    return loaded


class Natspec:
    """What one contract's sources say of its functions and events, by signature."""

    def __init__(self, name: str) -> None:
        output = json.loads(artifact(name)["rawMetadata"])["output"]
        self._user, self._dev = output["userdoc"], output["devdoc"]

    def about(self) -> str:
        """What the contract is; empty where nothing is said."""
        return _text(self._dev.get("title"), self._user.get("notice"), self._dev.get("details"))

    def function(self, signature: str) -> str:
        """Notice, details and parameters; empty where nothing is said."""
        return self._of("methods", signature)

    def event(self, signature: str) -> str:
        """Likewise."""
        return self._of("events", signature)

    def _of(self, kind: str, signature: str) -> str:
        said = self._user.get(kind, {}).get(signature, {})
        more = self._dev.get(kind, {}).get(signature, {})
        params = dict(more.get("params", {}))
        if returned := " ".join(more.get("returns", {}).values()):
            params["returns"] = returned
        return _text(said.get("notice"), more.get("details"), params=params)


@functools.cache
def doing() -> dict[str, str]:
    """The verb phrase of each function that an interface of ours declares, by signature."""
    found: dict[str, str] = {}
    for path in (ROOT / "interfaces").glob("I*.sol"):
        compiled = ROOT / "out" / path.name / f"{path.stem}.json"
        if compiled.exists():
            methods = json.loads(artifact(path.stem)["rawMetadata"])["output"]["devdoc"]["methods"]
            found |= {text: said.get("custom:doing", "") for text, said in methods.items()}
    return found


@functools.cache
def _items() -> dict[str, Item]:
    sources = sorted((ROOT / "interfaces").rglob("*.sol"))
    ours = {item.name: item for path in sources for item in parse(path.read_text())}
    return {name: _borrowed(name) for name in BORROWED} | ours


def _borrowed(name: str) -> Item:
    file, notice = BORROWED[name]
    found = re.search(rf"(enum|struct) {name} {{[^}}]*}}", (LIBRARY / file).read_text())
    assert found, f"{file} declares no {name}"
    return Item(found[1], name, found[0], Doc({"notice": notice}), "")


def declared(name: str) -> str:
    """What interfaces/ say of a struct, an enum or a named type."""
    doc = _items()[name].doc
    return _text(doc.texts.get("notice"), doc.texts.get("dev"), params=doc.params)


def members(enum: str) -> list[str]:
    """An enum's members, in order."""
    return re.findall(r"\w+", _items()[enum].code.partition("{")[2])


def sentence(error: str) -> str:
    """What a person is told of an error; raises KeyError where no interface says it."""
    return _items()[error].doc.texts["notice"]


def _text(*paragraphs: str | None, params: dict[str, str] | None = None) -> str:
    said = [" ".join(text.split()) for text in paragraphs if text]
    said = [text if text[-1] in ".:;" else f"{text}." for text in said]
    listed = [f"{snake(name)}: {' '.join(text.split())}" for name, text in (params or {}).items()]
    return "\n\n".join([*said, *(["\n".join(listed)] if listed else [])])


def docstring(text: str, indent: str) -> str:
    """The text between triple quotes, wrapped."""
    escaped: Iterable[str] = text.replace("\\", "\\\\").splitlines()
    lines = [part for line in escaped for part in textwrap.wrap(line, 94 - len(indent)) or [""]]
    end = '"""' if len(lines) == 1 else f'\n{indent}"""'
    return f'{indent}"""' + f"\n{indent}".join(lines).replace(f"\n{indent}\n", "\n\n") + end
