"""Fails when an interface leaves something unsaid.

    python -m tools.check_natspec

Every declaration of interfaces/ has a notice, every field of a struct its `@param`. An error's
notice is the sentence that a person reads: it names the error's own arguments in braces, in one of
the formats that `daimm_cli.chain.errors` knows, and ends with a full stop. A function that changes
something says in `@custom:doing` what its call does: "refused to {doing}".
"""

from __future__ import annotations

import re
import string
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.contract_reference import Item, parse

ROOT = Path(__file__).resolve().parent.parent
FORMATS = ("", "amount", "id", "percent", "time")


def missing(source: str) -> Iterator[str]:
    """What a file that forge has formatted leaves unsaid or says wrongly."""
    for item in parse(source):
        notice = item.doc.texts.get("notice") or item.doc.texts.get("title", "")
        if not notice and not (item.kind == "type" and item.doc.texts.get("dev")):
            yield f"{item.kind} {item.name} has no notice"
        if item.kind == "struct":
            for field in _names(item.code.partition("{")[2], ";"):
                if field not in item.doc.params:
                    yield f"{item.kind} {item.name} has no @param for its field {field}"
        if item.kind in ("function", "event", "error"):
            given = _names(item.code.partition("(")[2].partition(")")[0], ",")
            for surplus in item.doc.params.keys() - set(given):
                yield f"{item.kind} {item.name} has no parameter {surplus}"
        reads = item.kind != "function" or re.search(r"\b(view|pure)\b", item.code)
        if not reads and not item.doc.texts.get("custom:doing"):
            yield f"function {item.name} has no @custom:doing, the verb phrase of its call"
        if item.kind == "error":
            yield from _wrong(item, notice, given)


def _names(text: str, separator: str) -> list[str]:
    """The names that end each declaration of a list."""
    plain = re.sub(r"//[^\n]*|[{}]", "", text)
    return [part.split()[-1] for part in plain.split(separator) if part.split()[1:]]


def _wrong(item: Item, sentence: str, arguments: list[str]) -> Iterator[str]:
    for _, name, how, _ in string.Formatter().parse(sentence):
        if name is not None and name not in arguments:
            yield f"error {item.name} has no argument {name}"
        if name is not None and how not in FORMATS:
            yield f"error {item.name}: there is no format {how}, they are {', '.join(FORMATS[1:])}"
    if not sentence.endswith("."):
        yield f"error {item.name}: its notice is no sentence with a full stop"


def main() -> int:
    found = [
        f"{path.relative_to(ROOT)}: {what}"
        for path in sorted((ROOT / "interfaces").rglob("*.sol"))
        for what in missing(path.read_text())
    ]
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
