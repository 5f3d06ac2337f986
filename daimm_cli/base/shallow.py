"""JSON from strangers, its depth bounded before the parser goes down into it.

>>> loads(b'{"a":[1]}', depth=2)
{'a': [1]}

Python's parser calls itself for each level. What stops it is the interpreter's limit of recursion,
which whoever embeds this may have raised: then the stack ends first, and with it the process.
"""

import json
import re
from typing import Any

_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def loads(data: bytes, *, depth: int = 32, **how: Any) -> Any:
    """The value, nested at most `depth` deep; `how` as for `json.loads`.

    Raises ValueError for what is no JSON, no UTF-8, or deeper.
    """
    require_depth(data, depth)
    return json.loads(data.decode(), **how)


def require_depth(data: bytes, depth: int) -> None:
    """Raise ValueError where brackets outside of strings are nested deeper."""
    if data.count(b"[") + data.count(b"{") <= depth:
        return
    level = 0
    for token in _TOKEN.finditer(data):
        first = data[token.start()]
        if first in b"[{":
            level += 1
            if level > depth:
                raise ValueError("nested too deep")
        elif first in b"]}":
            level -= 1
