"""What is declared of training data: Croissant files, held to what version 1.0 requires.

>>> items([Path("digits.croissant.json")])[0].shown
'met: declaration completeness of digits 1'

Names count without their prefix (`sc:name`, `https://schema.org/name`); nothing is fetched, and no
context is read: it decides nothing here. https://docs.mlcommons.org/croissant/docs/croissant-spec.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from daimm_cli.base import bounded_json
from daimm_cli.base.errors import DaimmError
from daimm_cli.base.files import read_bounded
from daimm_cli.base.text import sanitise
from daimm_cli.ethics.items import Item, item

MAX_BYTES = 4 << 20
MAX_FILES = 16
VERSIONS = ("http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/1.1")
METHOD = (
    "Share of the ten properties that Croissant 1.0 requires of a data set which its declaration "
    "has, each of a type that it may have; the distribution counts if each of its files says where "
    "it is and what format it has."
)
_PREFIX = re.compile(r"^(?:[a-z]+:(?!//)|https?://\S*[/#])", re.IGNORECASE)
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d([T ].{0,32})?)?)?", re.ASCII)
_MANY = 1 << 16


def items(paths: Sequence[Path]) -> list[Item]:
    """One item a declaration; an unknown one where there is none. Raises DaimmError for a file that
    is no JSON object, and for too many."""
    if len(paths) > MAX_FILES:
        raise DaimmError(f"Name at most {MAX_FILES} declarations of training data.")
    if not paths:
        why = "No data that it was trained on is declared."
        return [item("training_data", "declaration_completeness", "none", METHOD, {}, caveat=why)]
    made: dict[str, Item] = {}
    for path in paths:
        data, told = read(path)
        name = _word(told.get("name"), path)
        while name in made:
            name += "_"
        there = {key: bool(holds(told.get(key))) for key, holds in _REQUIRED.items()}
        made[name] = item(
            "training_data",
            "declaration_completeness",
            name,
            METHOD,
            {"declaration": sha256(data).hexdigest()},
            value=sum(there.values()) / len(there),
            facts={key.lstrip("@").lower(): "said" if it else "lacks" for key, it in there.items()},
        )
    return list(made.values())


def read(path: Path) -> tuple[bytes, Mapping[str, Any]]:
    """A declaration's bytes, and what it says by names without prefix. Raises DaimmError."""
    long = DaimmError(f"The declaration {path} is over 4 MiB: leave its records out.")
    data = read_bounded(path, MAX_BYTES, long)
    try:
        told = bounded_json.loads(data, many=_MANY)
    except ValueError:
        raise DaimmError(f"The declaration {path} is no JSON: name a Croissant file.") from None
    if not isinstance(told, dict):
        raise DaimmError(f"The declaration {path} is no JSON object: name a Croissant file.")
    return data, _bare(told)


def _bare(told: Mapping[str, Any]) -> dict[str, Any]:
    """With names that have lost their prefix; what is there twice counts once."""
    return {_PREFIX.sub("", key): value for key, value in told.items()}


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: Any) -> bool:
    """Text of which something is to be seen, or one such text a language."""
    if isinstance(value, dict):
        told = _bare(value)
        value = told.get("@value") or next(iter(told.values()), None)
    return isinstance(value, str) and bool(sanitise(value).strip())


def _url(value: Any) -> bool:
    told = value.get("@id") if isinstance(value, dict) else value
    return isinstance(told, str) and bool(re.match(r"https?://\S", told))


def _named(value: Any) -> bool:
    """A person, an organisation, a licence: by a name, an address or text."""
    each = [_bare(it) if isinstance(it, dict) else {"name": it} for it in _each(value)]
    parts = ("name", "url", "@id", "givenName", "familyName")
    return bool(each) and all(any(_text(it.get(part)) for part in parts) for it in each)


def _typed(value: Any, *kinds: str) -> bool:
    return any(isinstance(it, str) and _PREFIX.sub("", it) in kinds for it in _each(value))


def _conforms(value: Any) -> bool:
    told = [it.get("@id") if isinstance(it, dict) else it for it in _each(value)]
    return any(it in VERSIONS for it in told if isinstance(it, str))


def _distributed(value: Any) -> bool:
    each = [_bare(it) if isinstance(it, dict) else {} for it in _each(value)]
    return bool(each) and all(map(_resource, each))


def _resource(it: Mapping[str, Any]) -> bool:
    """A file, or a set of files, that says what it is and where."""
    place = it.get("contentUrl") or it.get("containedIn") or it.get("includes")
    kind = _typed(it.get("@type"), "FileObject", "FileSet")
    return kind and _text(it.get("@id")) and bool(place) and bool(it.get("encodingFormat"))


_REQUIRED: Mapping[str, Callable[[Any], bool]] = {
    "@context": lambda it: isinstance(it, dict | list | str) and bool(it),
    "@type": lambda it: _typed(it, "Dataset"),
    "conformsTo": _conforms,
    "name": _text,
    "description": _text,
    "license": _named,
    "url": _url,
    "creator": _named,
    "datePublished": lambda it: isinstance(it, str) and bool(_DATE.fullmatch(it)),
    "distribution": _distributed,
}


def _word(name: Any, path: Path) -> str:
    """The data set's name as an item's: small letters and digits."""
    told = name if isinstance(name, str) else path.stem
    return re.sub(r"[^a-z0-9]+", "_", told[:50].lower()).strip("_") or "data"
