"""How text and tables fit a terminal of whatever width, with nothing lost that one would copy.

>>> print(wrapped("price  10 AIM: 9.9 AIM for the seller, 0.1 AIM for the protocol", 40))
price  10 AIM: 9.9 AIM for the seller,
       0.1 AIM for the protocol
"""

import re
from collections.abc import Sequence

_ID = re.compile(r"(0x[0-9a-f]{12})[0-9a-f]{52}", re.ASCII)
_HEAD = re.compile(r" *\S+(?: \S+)* {2,}|[ •-]*")


def wrapped(text: str, width: int) -> str:
    """Break lines that are longer than `width` characters; what follows hangs below the value.

    No word is broken, so that ids and addresses stay whole.
    """
    return "\n".join(_broken(line, width) for line in text.split("\n"))


def draw(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> None:
    """Draw a table on stdout. Ids of 64 digits lose all but 12, which every command takes; other
    long words are folded."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=Text(title) if title else None)
    for column in columns:
        drawn.add_column(Text(column), overflow="fold")
    for line in rows:
        drawn.add_row(*(Text(_ID.sub(r"\1", cell)) for cell in line))
    Console().print(drawn)


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
