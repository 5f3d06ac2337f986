"""One JSON value, one sequence of bytes (RFC 8785), and a reader that hostile bytes cannot hurt.

>>> encode({"b": 1, "a": "é"})
b'{"a":"\\xc3\\xa9","b":1}'
>>> decode(b'{"a":1}')
{'a': 1}

No floating-point numbers: fractions are written as text, so no two programs differ about them.
What is left of the RFC then is the order of names: the package `rfc8785` would save one line beside
the walk that refuses the rest, and takes three times as long.
"""

import json
from typing import Any

from daimm_cli.base import bounded_json
from daimm_cli.base.errors import DaimmError

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
MAX_INTEGER = (1 << 53) - 1  # what every JSON reader holds exactly


def encode(value: object) -> bytes:
    """The canonical bytes. Raises DaimmError for what has none: floats, large integers, lone
    surrogates, other types, too deep or over 1 MiB."""
    try:
        text = json.dumps(_ordered(value, 0), ensure_ascii=False, separators=(",", ":"))
        data = text.encode()
    except UnicodeEncodeError:
        raise DaimmError("A text in the manifest is not valid Unicode: write it anew.") from None
    if len(data) > MAX_BYTES:
        raise DaimmError("The manifest is over 1 MiB: shorten the model card.")
    return data


def decode(data: bytes, what: str = "The manifest") -> Any:
    """The value of canonical bytes. Raises DaimmError for what `encode` would not have written."""
    if len(data) > MAX_BYTES:
        raise DaimmError(f"{what} is over 1 MiB: it is refused.")
    try:
        value = bounded_json.loads(data, depth=MAX_DEPTH)
    except ValueError:
        raise DaimmError(f"{what} is not JSON as it should be: the source is wrong.") from None
    if encode(value) != data:  # a name twice, say
        raise DaimmError(f"{what} is not in canonical form (RFC 8785): it is refused.")
    return value


def _ordered(value: object, depth: int) -> object:
    if depth >= MAX_DEPTH and isinstance(value, dict | list | tuple):
        raise DaimmError(f"The manifest is nested over {MAX_DEPTH} deep: it is refused.")
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise DaimmError("A name in the manifest is not text.")
        ordered = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return {key: _ordered(value[key], depth + 1) for key in ordered}
    if isinstance(value, list | tuple):
        return [_ordered(item, depth + 1) for item in value]
    if isinstance(value, bool | str) or value is None:
        return value
    if type(value) is int and abs(value) <= MAX_INTEGER:
        return value
    raise DaimmError(
        "The manifest holds texts, whole numbers up to 2^53, yes and no: no fractions."
    )
