"""JSON from strangers, its depth and the number of its values bounded before it is parsed.

>>> loads(b'{"a":[1]}', depth=2)
{'a': [1]}

Python's parser calls itself for each level. What stops it is the interpreter's limit of recursion,
which whoever embeds this may have raised: then the stack ends first, and with it the process. And
two bytes may take a hundred in memory: 57 MB of `{}` would be 5 GB.
"""

import json
import re
from typing import Any

_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


MANY = 1 << 20
"""Most commas, colons and opening brackets of a text, those in strings counted in."""


def loads(data: bytes, *, depth: int = 32, many: int = MANY, **how: Any) -> Any:
    """The value, nested at most `depth` deep, of `many` parts; `how` as for `json.loads`.

    Raises ValueError for what is no JSON, no UTF-8, deeper or of more parts.
    """
    if len(data) > many and sum(map(data.count, b",:[{")) > many:
        raise ValueError("too many values")
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
