"""What a model card's Markdown says in plain words: its title and a summary.

>>> title("# Magika\\n"), summary("![logo](x.png)\\n\\nTells *types* of `files`.\\n")
('Magika', 'Tells types of files.')
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.token import Token

_READ = 16 << 10
"""Characters of a card that are looked at."""

_TEMPLATE = "[More Information Needed]"
_CARD_FOR = re.compile(r"^model card (?:for|of) ", re.IGNORECASE)
_WORD = re.compile(r"\w")


def title(body: str) -> str | None:
    """The first heading of the first level, without "Model Card for"; None where there is none."""
    texts = (_CARD_FOR.sub("", text) for text, _ in _texts(body, "h1"))
    return next((text for text in texts if text), None)


def summary(body: str) -> str | None:
    """The first paragraph of prose: no code, list, table, quotation, HTML, nor row of links."""
    for text, linked in _texts(body, "p"):
        if len(_WORD.findall(text)) > 2 * linked and text != _TEMPLATE:
            return text
    return None


def _texts(body: str, tag: str) -> Iterator[tuple[str, int]]:
    """The plain text of each outermost element of this tag, and how many letters are links."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable("table").parse(body[:_READ])
    for opening, inline in pairwise(tokens):
        if opening.tag == tag and opening.nesting == 1 and opening.level == 0:
            yield _plain(inline.children or ())


def _plain(tokens: Sequence[Token]) -> tuple[str, int]:
    parts = []
    depth = linked = 0
    for token in tokens:
        if token.type in ("link_open", "link_close"):
            depth += token.nesting
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif token.type in ("text", "code_inline"):
            parts.append(token.content)
            linked += len(_WORD.findall(token.content)) if depth else 0
    return " ".join("".join(parts).split()), linked
