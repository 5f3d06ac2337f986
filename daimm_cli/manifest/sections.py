"""What a model card says under which heading: as Hugging Face's template has them, or its author.

>>> found = read("# A model\\n\\n- **License:** MIT\\n\\n## Limitations\\n\\nLong files.\\n")
>>> said(found, "limitations"), said(found, "license")
('Long files.', 'MIT')

Lines are looked at, once each: a card of any shape costs its length.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from daimm_cli.base.text import sanitise

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
"""Of HTML: the template's instructions."""

_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(\S.*)$")
_FENCE = re.compile(r"^ {0,3}(?:```|~~~)")
_LABEL = re.compile(r"\*\*[^*\n]{1,80}\*\*")
_LABELLED = re.compile(r"^ {0,3}[-*+] \*\*([^*]{1,80})\*\*:?[ \t]*(\S.*)$")
_NOTHING = re.compile(
    r"\[?(?:more information needed|not stated|optional|to ?do|tbd|n/a|none|unknown)\]?",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w")


def said(found: Mapping[str, list[str]], *titles: str, limit: int = 2000) -> str | None:
    """What the first of these headings or labels (in small letters) that says something says.

    None where there is none, or nothing but the template's placeholders.
    """
    return next((sanitise(text, limit) for title in titles for text in found.get(title, ())), None)


def read(body: str) -> dict[str, list[str]]:
    """By heading in small letters: the texts under it, up to the next heading of any level; by
    label of a list (`- **License:** MIT`): what follows it."""
    found: dict[str, list[list[str]]] = {}
    lines: list[str] = []
    fenced = False
    for line in _COMMENT.sub("", body).splitlines():
        fenced ^= bool(_FENCE.match(line))
        heading = None if fenced else _HEADING.match(line)
        if heading:
            found.setdefault(_plain(heading[1]), []).append(lines := [])
            continue
        lines.append(line)
        if label := _LABELLED.match(line):
            found.setdefault(_plain(label[1]), []).append([label[2]])
    texts = {
        title: [" ".join(" ".join(it).split()) for it in each] for title, each in found.items()
    }
    return {title: [text for text in each if _says(text)] for title, each in texts.items()}


def _plain(heading: str) -> str:
    """'Downstream Use [optional] ##' -> 'downstream use'."""
    bare = heading.rstrip("#: \t").removesuffix("[optional]")
    return bare.strip(" \t*_:").lower()


def _says(text: str) -> bool:
    """Whether words are left beside labels and placeholders."""
    return bool(_WORD.search(_NOTHING.sub("", _LABEL.sub("", text[:4000]))))
