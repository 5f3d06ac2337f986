"""Names: of files that every system can hold and that lead nowhere else, and what none may have.

>>> check_name("onnx/model.onnx")
>>> check_name("../model.onnx")
Traceback (most recent call last):
daimm_cli.base.errors.DaimmError: '../model.onnx' cannot be a file's name in a pack: ...
"""

import re
from collections.abc import Sequence

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import sanitise

MAX_FOLDERS = 16

UNSEEN = (
    r"\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
"""Within brackets of a regular expression: control characters, what is not seen, what turns the
direction of what is."""

BLANK = "\\s\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""Within brackets: what may stand in a name, but is not seen by itself."""

_SEGMENT = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9 _.+@=,-]{0,98}[A-Za-z0-9_+@=,-])?", re.ASCII)
_RESERVED = re.compile(
    r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9]) *(?:\..*)?", re.ASCII | re.IGNORECASE
)


def check_name(name: str) -> str:
    """The name; raises DaimmError where it is not plain, relative and possible on every system."""
    parts = name.split("/")
    plain = all(_SEGMENT.fullmatch(part) and not _RESERVED.fullmatch(part) for part in parts)
    if not plain or len(parts) - 1 > MAX_FOLDERS:
        raise DaimmError(
            f"'{sanitise(name, 60)}' cannot be a file's name in a pack: use letters, digits, '-', "
            "'_' and '.', beginning with a letter or digit, in few folders."
        )
    split_name(name)
    return name


def check_names(names: Sequence[str]) -> None:
    """Refuse names that are one on some systems, and a file that is also a folder."""
    taken: dict[str, str] = {}
    for name in names:
        lower = name.lower()
        if lower in taken:
            raise DaimmError(f"Two files would be called '{name}': rename one.")
        taken[lower] = name
    for lower, name in taken.items():
        for index, letter in enumerate(lower):
            if letter == "/" and lower[:index] in taken:
                raise DaimmError(f"'{name[:index]}' is both a file and a folder: rename one.")


def split_name(name: str) -> tuple[str, str]:
    """The name in ustar's two fields: prefix of up to 155, rest of up to 100 characters."""
    if len(name) <= 100:
        return "", name
    for match in re.finditer("/", name):
        if match.start() <= 155 and len(name) - match.end() <= 100:
            return name[: match.start()], name[match.end() :]
    raise DaimmError(f"The name '{sanitise(name, 60)}' is too long for a pack: shorten it.")
