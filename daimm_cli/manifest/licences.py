"""Licences by their SPDX and Hugging Face identifiers, and what each lets a buyer do.

>>> identifier("cc-by-nc-2.0"), identifier("llama3.1")
('CC-BY-NC-2.0', 'LicenseRef-llama3.1')
>>> rights("CC-BY-NC-2.0")
Rights(use='non-commercial', redistribution='same-terms', derivatives='same-terms')
>>> rights("LicenseRef-llama3.1")  # nothing is guessed from a name

The lists are in licences.json, which tools/licences.py writes.
"""

import json
import re
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import NamedTuple

OWN = "LicenseRef-"

_OPERATORS = ("AND", "OR", "WITH")
_VARIANT = re.compile(r"(?:-only|-or-later|\+)$")


class Rights(NamedTuple):
    """What a licence lets a buyer do, in the words of a manifest's terms."""

    use: str
    redistribution: str
    derivatives: str


def identifier(stated: str) -> str:
    """The licence or expression as SPDX writes it, in whatever case it is stated.

    What neither SPDX nor the hub knows by a standard name is "LicenseRef-...".
    """
    words = stated.split()
    joins = [word.upper() for word in words[1::2]]
    if "(" not in stated and len(words) % 2 == 1 and all(join in _OPERATORS for join in joins):
        words[1::2] = joins
        return " ".join(_one(word) if i % 2 == 0 else word for i, word in enumerate(words))
    return _one(stated)


def same(one: str, other: str) -> bool:
    """Whether both name one licence; the hub does not tell `-only` from `-or-later`."""
    return _plain(one) == _plain(other)


def rights(license_id: str) -> Rights | None:
    """What this identifier or expression grants; None where that does not follow from it.

    An expression grants what each of its licences does, if they all grant the same.
    """
    names = license_id.split()
    found = {_known().rights.get(name.lower()) for name in names[::2]}
    return found.pop() if len(found) == 1 and "WITH" not in names else None


def of_hub(license_id: str) -> str | None:
    """The identifier that a card on the hub has for this licence."""
    return next((name for name in _known().hub if same(name, license_id)), None)


def alike(license_id: str) -> str | None:
    """A known identifier that this one may be a slip of the pen for."""
    stated = license_id.removeprefix(OWN).lower()
    near = get_close_matches(stated, [*_known().names, *_known().hub], 1, 0.85)
    return identifier(near[0]) if near and near[0] != stated else None


def _one(stated: str) -> str:
    lower = stated.lower()
    if known := _known().names.get(lower):
        return known
    bare = stated[len(OWN) :] if lower.startswith(OWN.lower()) else stated
    return OWN + re.sub(r"[^A-Za-z0-9.+-]+", "-", bare)[:60]


def _plain(stated: str) -> str:
    return " ".join(_VARIANT.sub("", word).lower() for word in identifier(stated).split())


class _Known(NamedTuple):
    """By identifier in small letters: what it grants, SPDX's spelling, SPDX's for the hub's."""

    rights: dict[str, Rights | None]
    names: dict[str, str]
    hub: dict[str, str | None]


@cache
def _known() -> _Known:
    lists = json.loads(Path(__file__).with_name("licences.json").read_text("utf-8"))
    known = _Known({}, {}, lists["hub"])
    for granted, names in lists["rights"].items():
        for name in names.split():
            known.names[name.lower()] = name
            known.rights[name.lower()] = Rights(*granted.split()) if granted else None
    known.names.update({name: spdx for name, spdx in known.hub.items() if spdx})
    return known
