"""How text and tables fit a terminal of whatever width, with nothing lost that one would copy.

>>> print(wrapped("price  10 AIM: 9.9 AIM for the seller, 0.1 AIM for the protocol", 40))
price  10 AIM: 9.9 AIM for the seller,
       0.1 AIM for the protocol
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import zip_longest

_ID = re.compile(r"(?<![\w/])(0x[0-9a-f]{12})[0-9a-f]{52}(?!\w|\.\w)", re.ASCII)
_ADDRESS = re.compile(r"\b(0x[0-9a-fA-F]{4})[0-9a-fA-F]{32}([0-9a-fA-F]{4})\b", re.ASCII)
_GAP = "  "
_HEAD = re.compile(r" *\S+(?: \S+)* {2,}|[ •-]*")


def wrapped(text: str, width: int) -> str:
    """Break lines that are longer than `width` characters; what follows hangs below the value.

    No word is broken, so that ids and addresses stay whole.
    """
    return "\n".join(_broken(line, width) for line in text.split("\n"))


def drawn(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> str:
    """Rows as a table at most `width` wide, without the columns that are empty.

    Ids of 64 digits lose all but 12, which every command takes. Where the rest is too wide,
    addresses lose their middle (what shows a single thing has them whole), then cells are broken
    between words; where that is not enough, each row becomes a paragraph.
    """
    used = [n for n in range(len(columns)) if any(row[n] for row in rows)]
    names = [columns[n] for n in used]
    cells = [[shortened(row[n]) for n in used] for row in rows]
    room = width - len(_GAP) * (len(used) - 1)
    if sum(_widths([names, *cells])) > room:
        whole, cells = cells, [[_ADDRESS.sub(r"\1…\2", cell) for cell in row] for row in cells]
        if sum(_least(names, cells)) > room:
            return "\n\n".join(_paragraph(names, row, width) for row in whole)
    widths, least = _widths([names, *cells]), _least(names, cells)
    while sum(widths) > room:
        loose = (n for n, taken in enumerate(widths) if taken > least[n])
        widths[max(loose, key=widths.__getitem__)] -= 1
    rule = ["-" * taken for taken in widths]
    lines = [line for row in [names, rule, *cells] for line in _lines(row, widths)]
    return "\n".join(lines)


def _lines(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """The lines of one row, each cell broken between words where it is wider than its column."""
    broken = [_broken_cell(cell, taken) for cell, taken in zip(row, widths, strict=True)]
    return [
        _GAP.join(_padded(part, taken) for part, taken in zip(parts, widths, strict=True)).rstrip()
        for parts in zip_longest(*broken, fillvalue="")
    ]


def _broken_cell(cell: str, width: int) -> list[str]:
    lines = [""]
    for word in cell.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if _width(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _paragraph(names: Sequence[str], row: Sequence[str], width: int) -> str:
    pairs = [(name, cell) for name, cell in zip(names, row, strict=True) if cell]
    head = max((_width(name) for name, _ in pairs), default=0)
    return wrapped("\n".join(f"{_padded(name, head)}  {cell}" for name, cell in pairs), width)


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(_width(cell) for cell in column) for column in zip(*rows, strict=True)]


def _least(names: Sequence[str], cells: Sequence[Sequence[str]]) -> list[int]:
    """How narrow the columns can get without a broken word."""
    return _widths([[max(cell.split(" "), key=_width) for cell in row] for row in [names, *cells]])


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """Columns of a terminal that the text takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def shortened(text: str) -> str:
    """The text with ids of 64 digits cut to 12, which every command takes for what is one's own."""
    return _ID.sub(r"\1", text)


def _broken(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    import textwrap

    head = _HEAD.match(line)
    indent = len(head[0]) if head else 0
    if indent > width // 2:
        indent = len(line) - len(line.lstrip()) + 2
    return textwrap.fill(
        line,
        width,
        subsequent_indent=" " * indent,
        replace_whitespace=False,
        break_long_words=False,
        break_on_hyphens=False,
    )
