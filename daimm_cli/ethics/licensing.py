"""Whether a model may have the licence that it is listed under, by what it was made from.

>>> found = [Source("1:1", "AGPL-3.0-only")]
>>> items("MIT", found)[0].facts
{'conflict_1': 'this is MIT, 1:1 is AGPL-3.0-only'}
>>> may("CC-BY-SA-3.0", "CC-BY-SA-4.0"), may("LicenseRef-mine", "MIT")
(True, None)

What an identifier grants is in `manifest.licences`; what may follow a licence that asks for its own
terms is in `FOLLOWED_BY`, with docs/ethics.md in words. It is no legal advice, and what is not in
a table is unknown. `-only` and `-or-later` of one licence are taken for the same: the hub does not
tell them apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from daimm_cli.base.text import sanitise
from daimm_cli.ethics.items import Item, item
from daimm_cli.manifest import canonical, licences

if TYPE_CHECKING:
    from daimm_cli.market.lineage import Ancestor
    from daimm_cli.models.inspect import Inspection

FOLLOWED_BY: Mapping[str, str] = {
    "GPL-2.0-or-later": "GPL-3.0",
    "GPL-3.0": "AGPL-3.0",
    "LGPL-2.1": "GPL-2.0 GPL-3.0",
    "LGPL-2.1-or-later": "LGPL-3.0",
    "LGPL-3.0": "GPL-3.0",
    "MPL-2.0": "LGPL-2.1-or-later GPL-2.0-or-later AGPL-3.0",
    "EUPL-1.2": "GPL-2.0 GPL-3.0 AGPL-3.0 OSL-3.0 EPL-1.0 MPL-2.0 LGPL-2.1 LGPL-3.0 CC-BY-SA-3.0",
    "CC-BY-SA-2.0": "CC-BY-SA-2.5",
    "CC-BY-SA-2.5": "CC-BY-SA-3.0",
    "CC-BY-SA-3.0": "CC-BY-SA-4.0",
    "CC-BY-SA-4.0": "GPL-3.0",
    "CC-BY-NC-2.0": "CC-BY-NC-2.5 CC-BY-NC-SA-2.0 CC-BY-NC-ND-2.0",
    "CC-BY-NC-2.5": "CC-BY-NC-3.0 CC-BY-NC-SA-2.5 CC-BY-NC-ND-2.5",
    "CC-BY-NC-3.0": "CC-BY-NC-4.0 CC-BY-NC-SA-3.0 CC-BY-NC-ND-3.0",
    "CC-BY-NC-4.0": "CC-BY-NC-SA-4.0 CC-BY-NC-ND-4.0",
    "CC-BY-NC-SA-2.0": "CC-BY-NC-SA-2.5",
    "CC-BY-NC-SA-2.5": "CC-BY-NC-SA-3.0",
    "CC-BY-NC-SA-3.0": "CC-BY-NC-SA-4.0",
}
"""What is made from a work may have its own licence, these, and those that follow these."""

_PASSED_ON = (
    "llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 gemma openrail openrail++ "
    "creativeml-openrail-m bigscience-openrail-m bigscience-bloom-rail-1.0 bigcode-openrail-m "
    "deepfloyd-if-license fair-noncommercial-research-license"
)
PASSED_ON = frozenset(map(licences.identifier, _PASSED_ON.split()))
"""Their restrictions bind what is made from them: a licence that is known has none of these."""

REFUSED: Mapping[str, str] = {"Apache-2.0": "GPL-2.0 GPL-2.0-only LGPL-2.1 LGPL-2.1-only"}
"""What cannot follow a free one: their terms contradict each other."""

METHOD = (
    "How many pairs of licences along the lineage, and in what the files say of themselves, do not "
    "allow what was made of them, by the tables of daimm_cli.ethics.licensing."
)
_FACTS = 16


class Source(NamedTuple):
    """What a model was made from, or a file of it. license: as its manifest or the file says, None
    where nobody knows; of: what was made from it, None for the model itself."""

    name: str
    license: str | None
    of: str | None = None


def items(license_id: str | None, sources: Sequence[Source], *, lineage: bool = True) -> list[Item]:
    """One item. license_id: what the model is listed under; None where nobody says. lineage:
    whether somebody says what it was made from, were it nothing."""
    if license_id is None:
        why = "Nobody says what licence it has."
        return [item("licences", "licence_conflicts", "lineage", METHOD, {}, caveat=why)]
    known = {source.name: source.license for source in sources}
    conflicts, unknown = [], [] if lineage else ["what it was made from"]
    for source, under, name in _pairs(license_id, sources, known):
        allowed = None if source.license is None or under is None else may(source.license, under)
        if allowed is False:
            conflicts.append(f"{name} is {under}, {source.name} is {source.license}")
        elif allowed is None:
            unknown.append(source.name)
    told = [[it.name, it.license or "", it.of or ""] for it in sources]
    data = {"licences": sha256(canonical.encode([license_id, told])).hexdigest()}
    conflicts = list(dict.fromkeys(conflicts))  # an ancestor may be reached in two ways
    if unknown:
        unknown = [f"not known: {', '.join(dict.fromkeys(unknown))}"]
    return [
        item(
            "licences",
            "licence_conflicts",
            "lineage",
            METHOD,
            data,
            value=None if unknown and not conflicts else len(conflicts),
            caveat=sanitise("; ".join([*conflicts[:3], *unknown]), 1000) or None,
            facts={
                "licence": sanitise(license_id),
                "sources": str(len(sources)),
                **{f"conflict_{i}": sanitise(it) for i, it in enumerate(conflicts[:_FACTS], 1)},
            },
        )
    ]


def of_ancestors(ancestors: Iterable[Ancestor]) -> list[Source]:
    """Each with the licence of its manifest."""
    return [
        Source(
            _name(it.name), it.signed.terms.license if it.signed else None, it.of and _name(it.of)
        )
        for it in ancestors
    ]


def of_files(files: Iterable[Inspection]) -> list[Source]:
    """The files that say of themselves what licence they have."""
    return [Source(sanitise(it.name, 80), _stated(it.license)) for it in files if it.license]


def may(source: str, made: str) -> bool | None:
    """Whether what is made from a work under `source` may be under `made`: SPDX identifiers, or
    expressions with one kind of operator. None where the tables do not say."""
    if " WITH " in f"{source} {made}" or _mixed(source) or _mixed(made):
        return True if licences.same(source, made) and licences.rights(source) else None
    verdicts = [
        [_one(work, result) for work in _parts(source)] for result in _parts(made)
    ]  # for each licence of what was made, what each of the source says
    taken = [_best(each) if " OR " in source else _worst(each) for each in verdicts]
    return _worst(taken) if " OR " in made else _best(taken)


def _one(source: str, made: str) -> bool | None:
    granted = licences.rights(source)
    if granted is None:
        if source in PASSED_ON:
            return True if source == made else False if licences.rights(made) else None
        return None
    if granted.derivatives == "forbidden":
        return False
    if granted.derivatives == "free":
        return made not in REFUSED.get(source, "").split()
    if any(licences.same(made, each) for each in _following(source)):
        return True
    return False if licences.rights(made) else None


@cache
def _following(source: str) -> tuple[str, ...]:
    """The licence itself, and whatever may come after it."""
    found = [source]
    for each in found:
        for name, names in FOLLOWED_BY.items():
            if name == each or ("-or-later" not in name and licences.same(name, each)):
                found += [it for it in names.split() if it not in found]
    return tuple(found)


def _pairs(
    license_id: str, sources: Sequence[Source], known: Mapping[str, str | None]
) -> Iterable[tuple[Source, str | None, str]]:
    """What was made from what: each source with what was directly made from it, and with the model
    itself, which is made from all of them."""
    for source in sources:
        yield source, license_id, "this"
        if source.of is not None:
            yield source, known.get(source.of), source.of


def _stated(text: str) -> str | None:
    """The licence in a file's words: 'AGPL-3.0 License (https://...)' is AGPL-3.0."""
    for said in (text, text.partition("(")[0].strip(), text.split()[0] if text.split() else ""):
        found = licences.identifier(said)
        if licences.rights(found) or found in PASSED_ON:
            return found
    return None


def _parts(expression: str) -> list[str]:
    return expression.split()[::2]


def _mixed(expression: str) -> bool:
    return len(set(expression.split()[1::2])) > 1


def _best(verdicts: Sequence[bool | None]) -> bool | None:
    return True if True in verdicts else None if None in verdicts else False


def _worst(verdicts: Sequence[bool | None]) -> bool | None:
    return False if False in verdicts else None if None in verdicts else True


def _name(name: tuple[int, int]) -> str:
    return f"{name[0]}:{name[1]}"
