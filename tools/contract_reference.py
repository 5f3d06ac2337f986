"""Writes docs/reference/contracts.md from the NatSpec of interfaces/.

python -m tools.generate            # writes it with the other generated files
python -m tools.generate --check    # fails where it is stale
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "contracts.md"
HEAD = """# Contract reference

What contracts, integrators and the command line rely on, from the NatSpec of `interfaces/`.
Written by `make generate`: change the interface, not this page.
"""
_TAG = re.compile(r"@(title|notice|dev|param|return|inheritdoc|custom:\S+)\s*")
_KINDS = {
    "function": "Functions",
    "event": "Events",
    "error": "Errors",
    "struct": "Types",
    "enum": "Types",
    "type": "Types",
    "uint": "Constants",
}


@dataclass
class Doc:
    """One NatSpec comment: text by tag; a parameter's text by its name."""

    texts: dict[str, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    returns: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Item:
    """A declaration with its comment; `owner` is the interface around it, or empty."""

    kind: str
    name: str
    code: str
    doc: Doc
    owner: str


def generate() -> dict[Path, str]:
    """The page and its text."""
    parts = [HEAD]
    for path in sorted((ROOT / "interfaces").rglob("*.sol")):
        items = list(parse(path.read_text()))
        if items:
            parts.append(_render(path.stem, items))
    return {PAGE: "\n".join(parts)}


def parse(source: str) -> Iterator[Item]:
    """The declarations of a file that forge has formatted, in order."""
    comment: list[str] = []
    lines = iter(source.splitlines())
    owner = ""
    for line in lines:
        bare = line.strip()
        if bare.startswith("///"):
            comment.append(bare.removeprefix("///").strip())
            continue
        word = re.match(r"(?:abstract )?(\w+)", bare)
        kind = word[1] if word else ""
        if kind in ("interface", "library"):
            owner = bare.split()[1].rstrip("{")
            while "{" not in line:
                line = next(lines)
                bare += " " + line.strip()
            yield Item(kind, owner, bare.rstrip(" {"), _doc(comment), owner)
        elif kind in _KINDS or kind.startswith("uint"):
            code = [line]
            end = "}" if kind in ("struct", "enum") else ";"
            while not code[-1].split("//")[0].rstrip().endswith(end):
                code.append(next(lines))
            text = _outdent(code)
            named = re.match(r"(?:uint\d* constant|\w+) (\w+)", text)
            if named:
                known = kind if kind in _KINDS else "uint"
                yield Item(known, named[1], text, _doc(comment), owner)
        elif bare == "}":
            owner = ""
        comment = []


def _outdent(lines: list[str]) -> str:
    indent = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[indent:] for line in lines)


def _doc(lines: list[str]) -> Doc:
    doc = Doc()
    whole = " ".join(lines)
    pieces = _TAG.split(whole if whole.startswith("@") else f"@notice {whole}")
    for tag, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        text = piece.strip()
        if not text:
            continue
        if tag == "param":
            name, _, rest = text.partition(" ")
            doc.params[name] = rest
        elif tag == "return":
            doc.returns.append(text)
        else:
            doc.texts[tag] = f"{doc.texts[tag]} {text}" if tag in doc.texts else text
    return doc


def _render(title: str, items: list[Item]) -> str:
    heads = [item for item in items if item.kind in ("interface", "library")]
    lines = [f"## {title}", ""]
    for head in heads:
        if "title" in head.doc.texts:
            lines += [f"**{head.doc.texts['title']}**", ""]
        lines += _prose(head.doc)
    for section in dict.fromkeys(_KINDS.values()):
        inside = [item for item in items if _KINDS.get(item.kind) == section]
        if inside:
            lines += [f"### {title}: {section.lower()}", ""]
            for item in inside:
                lines += _item(item)
    return "\n".join(lines)


def _item(item: Item) -> list[str]:
    lines = [f"#### {item.name}", "", "```solidity", item.code, "```", ""]
    lines += _prose(item.doc)
    named = [f"- `{name}`: {text}" for name, text in item.doc.params.items()]
    named += [f"- returns {text}" for text in item.doc.returns]
    return [*lines, *named, *([""] if named else [])]


def _prose(doc: Doc) -> list[str]:
    lines: list[str] = []
    for tag in ("notice", "dev"):
        if doc.texts.get(tag):
            lines += [doc.texts[tag], ""]
    return lines
