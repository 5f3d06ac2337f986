"""What a manifest says beside the facts: from the model card, where the seller does not say it.

>>> described = describe(material, card.read(Path("README.md")), {"version": "1"})
>>> described.name, described.terms["license"]
('magika', 'Apache-2.0')
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import sanitise
from daimm_cli.chain.terms import MAX_PARENTS, ModelId, Parent, Relation
from daimm_cli.manifest import card as cards
from daimm_cli.manifest.card import Card
from daimm_cli.market.publish import Description
from daimm_cli.market.sealing import Material

_MARKUP = "#>|`<![-*"
"""What no line of plain words begins with."""

_ADVICE = {
    "license": "write an SPDX expression like Apache-2.0, or LicenseRef-NAME for one of your own",
    "terms-url": "write an address that begins with https:// or ipfs://",
}
_PARENT = re.compile(r"([1-9][0-9]{0,9}):([1-9][0-9]{0,4}):([a-z-]+)", re.ASCII)


def describe(
    material: Material,
    card: Card | None,
    said: Mapping[str, str | None],
    parents: Sequence[Parent] = (),
) -> Description:
    """The description of a version.

    said: what the seller states, each None or absent where he leaves it to the card: name, summary,
    version, license, use, redistribution, derivatives, derivative_share (basis points), text.
    Raises DaimmError where no licence is known.
    """
    name = said.get("name") or _name(card) or material.entries[0].path.stem
    license_id = said.get("license") or (card.license if card else None)
    if license_id is None:
        raise DaimmError(
            "Say under which licence the model is sold: with --license, for example "
            "--license LicenseRef-commercial, or in the card's front matter."
        )
    if card and card.license and not f"{license_id}-".startswith(f"{card.license}-"):
        raise DaimmError(
            f"The model card says licence {sanitise(card.license)}, you say "
            f"{sanitise(license_id)}: make them one."
        )
    summary = said.get("summary") or _summary(card) or name
    name, summary = _line(name, 200), _line(summary, 2000)
    models = [file.inspection for file in material.files if file.inspection]
    made = card or cards.draft(name, summary, license_id, models)
    share = said.get("derivative_share")
    terms = {
        "license": license_id,
        **_usual(license_id),
        "derivative_share": int(share) if share is not None else 0,
        **{
            key: said[key]
            for key in ("use", "redistribution", "derivatives", "text")
            if said.get(key) is not None
        },
    }
    _require_valid(terms)
    version = _line(said.get("version") or "1", 200)
    return Description(name, version, summary, made, terms, tuple(parents))


def parse_parents(texts: Sequence[str]) -> tuple[Parent, ...]:
    """'3:1:fine-tune' as model 3, version 1, fine-tuned."""
    if len(texts) > MAX_PARENTS:
        raise DaimmError(f"A version has at most {MAX_PARENTS} parents.")
    known = {relation.name.lower().replace("_", "-"): relation for relation in Relation}
    parents = []
    for text in texts:
        match = _PARENT.fullmatch(text)
        if match is None or match[3] not in known:
            raise DaimmError(
                f"'{sanitise(text, 60)}' is no parent: write MODEL:VERSION:RELATION, the relation "
                f"one of {', '.join(known)}."
            )
        parents.append(Parent(ModelId(int(match[1])), int(match[2]), known[match[3]]))
    return tuple(parents)


def basis_points(text: str, most: int, what: str) -> int:
    """'2.5' or '2.5%' as 250, exactly."""
    match = re.fullmatch(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?\s*%?", text.strip(), re.ASCII)
    points = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else most + 1
    if points > most:
        raise DaimmError(
            f"'{sanitise(text, 20)}' is no {what}: write a percentage up to {most / 100:g}, "
            "like 2.5."
        )
    return points


def _require_valid(terms: dict[str, Any]) -> None:
    """Raise DaimmError for terms that the manifest would refuse, before anything is encrypted."""
    from pydantic import ValidationError

    from daimm_cli.manifest.fields import Terms

    try:
        Terms.model_validate(terms)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        option = {"license": "license", "text": "terms-url"}.get(
            str(first["loc"][0]), str(first["loc"][0]).replace("_", "-")
        )
        given = sanitise(terms[str(first["loc"][0])], 60)
        if advice := _ADVICE.get(option):
            raise DaimmError(f"--{option} cannot be '{given}': {advice}.") from None
        words = sanitise(first["msg"]).replace("Input should be", "it must be")
        raise DaimmError(f"--{option} cannot be '{given}': {words}.") from None


def _usual(license_id: str) -> dict[str, Any]:
    """What a licence's name says by itself; a closed one forbids passing on."""
    if license_id.startswith("LicenseRef-"):
        passing = "forbidden"
    elif re.search("GPL|-SA|MPL|OSL|EUPL", license_id):
        passing = "same-terms"
    else:
        passing = "free"
    return {
        "use": "non-commercial" if "-NC" in license_id else "any",
        "redistribution": passing,
        "derivatives": "forbidden" if "-ND" in license_id else passing,
    }


def _name(card: Card | None) -> str | None:
    if card is None:
        return None
    return card.text("model_name") or heading(card.body)


def heading(body: str) -> str | None:
    """The first heading of the first level, without its marks; None where there is none."""
    for line in body.split("\n"):
        if line[:2].rstrip() == "#":
            words = line[1:].split()
            if words and not words[-1].strip("#"):  # a heading may be closed
                words.pop()
            if words:
                return " ".join(words)
    return None


def paragraph(body: str) -> str | None:
    """The first lines together that begin with plain words; None where there are none."""
    for filled, block in itertools.groupby(body.split("\n"), key=lambda line: bool(line.strip())):
        text = "\n".join(block)
        if filled and not text[0].isspace() and text[0] not in _MARKUP:
            return text
    return None


def _summary(card: Card | None) -> str | None:
    return paragraph(card.body) if card else None


def _line(text: str, limit: int) -> str:
    return " ".join(sanitise(text, limit * 2).split())[:limit] or "unnamed"
