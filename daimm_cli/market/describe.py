"""What a manifest says beside the facts: from the model card, where the seller does not say it.

>>> described = describe(material, card.read(Path("README.md")), {"version": "1"})
>>> described.name, described.terms.license
('magika', 'Apache-2.0')
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import sanitise
from daimm_cli.chain.terms import MAX_PARENTS, RELATIONS, ModelId, Parent, relation_word
from daimm_cli.manifest import card as cards
from daimm_cli.manifest import licences, manifest
from daimm_cli.manifest.card import Card
from daimm_cli.manifest.fields import Described, Terms
from daimm_cli.manifest.kinds import LICENSE
from daimm_cli.manifest.licences import Rights
from daimm_cli.market.sealing import Material
from daimm_cli.models.names import BLANK, UNSEEN

_ADVICE = {
    "license": "write an SPDX expression like Apache-2.0, or LicenseRef-NAME for one of your own",
    "terms-url": "write an address that begins with https:// or ipfs://",
}
_PARENT = re.compile(r"([1-9][0-9]{0,9}):([1-9][0-9]{0,4}):([a-z-]+)", re.ASCII)


def describe(material: Material, card: Card | None, said: Mapping[str, str | None]) -> Described:
    """The description of a version.

    said: what the seller states, each None or absent where it is left to the card: name, summary,
    version, license, use, redistribution, derivatives, derivative_share (basis points), text.
    Raises DaimmError where no licence is known, or not what it grants.
    """
    name = said.get("name") or (card and (card.text("model_name") or card.title))
    name = _line(name or material.entries[0].path.stem, 200, "name")
    summary = said.get("summary") or (card.summary if card else None) or name
    summary = _line(summary, 2000, "summary")
    version = _line(said.get("version") or "1", 200, "version-name")
    terms = _terms(_license(card, said.get("license")), said)
    models = [file for file in material.files if file.is_model]
    made = card or cards.draft(name, summary, terms["license"], models)
    return manifest.describe(
        {
            "name": name,
            "version": version,
            "description": summary,
            "files": manifest.files_part(material.files),
            "terms": terms,
            "card": made.source,
        }
    )


def shown(described: Described, parents: Sequence[Parent]) -> dict[str, str]:
    """All that the seller is about to sign beside the facts, for people."""
    return {
        "model": described.name,
        "version": described.version,
        "summary": described.description,
        "licence": described.terms.shown,
        **({"made from": made_from(parents)} if parents else {}),
    }


def made_from(parents: Sequence[Parent]) -> str:
    """Each as `parse_parents` takes it."""
    return ", ".join(f"{it.model}:{it.version}:{relation_word(it.relation)}" for it in parents)


def parse_parents(texts: Sequence[str]) -> tuple[Parent, ...]:
    """'3:1:fine-tune' as model 3, version 1, fine-tuned."""
    if len(texts) > MAX_PARENTS:
        raise DaimmError(f"A version has at most {MAX_PARENTS} parents: name the nearest.")
    parents = []
    for text in texts:
        match = _PARENT.fullmatch(text.replace("_", "-"))
        if match is None or match[3] not in RELATIONS:
            raise DaimmError(
                f"'{sanitise(text, 60)}' is no parent: write MODEL:VERSION:RELATION, the relation "
                f"one of {', '.join(RELATIONS)}."
            )
        parents.append(Parent(ModelId(int(match[1])), int(match[2]), RELATIONS[match[3]]))
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


def _license(card: Card | None, stated: str | None) -> str:
    """The licence that seller and card agree on. Raises DaimmError where they do not, or none is
    known."""
    said = card.license if card else None
    if stated is None and said is None:
        raise DaimmError(
            "Say under which licence the model is sold: with --license, for example "
            "--license Apache-2.0, or in the card's front matter."
        )
    if stated is None:
        return said or ""
    if not re.fullmatch(LICENSE, stated, re.IGNORECASE):
        raise DaimmError(f"--license cannot be '{sanitise(stated, 60)}': {_ADVICE['license']}.")
    chosen = licences.identifier(stated)
    if said is not None and not licences.same(said, chosen):
        raise DaimmError(
            f"The model card says licence {sanitise(said)}, you say {chosen}: make them one."
        )
    return chosen


def _terms(license_id: str, said: Mapping[str, str | None]) -> dict[str, Any]:
    """The manifest's terms, before anything is encrypted. Raises DaimmError for what is no term,
    and for a right that neither the seller states nor the licence's name."""
    known = licences.rights(license_id)
    granted = {**(known._asdict() if known else {}), **_stated(said, Rights._fields)}
    if missing := [name for name in Rights._fields if name not in granted]:
        near = licences.alike(license_id)
        raise DaimmError(
            f"What buyers may do does not follow from the licence {sanitise(license_id, 80)}: say "
            f"it with {', '.join(f'--{name}' for name in missing)}"
            + (f", or did you mean {near}?" if near else ".")
        )
    share = said.get("derivative_share")
    terms = {
        "license": license_id,
        **granted,
        "derivative_share": int(share) if share is not None else 0,
        **_stated(said, ("text",)),
    }
    try:
        Terms.model_validate(terms)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        field = str(first["loc"][0])
        option = {"text": "terms-url"}.get(field, field.replace("_", "-"))
        words = sanitise(first["msg"]).replace("Input should be", "it must be")
        given = sanitise(terms[field], 60)
        raise DaimmError(f"--{option} cannot be '{given}': {_ADVICE.get(option, words)}.") from None
    return terms


def _stated(said: Mapping[str, str | None], fields: Sequence[str]) -> dict[str, str]:
    return {name: value for name in fields if (value := said.get(name)) is not None}


def _line(text: str, limit: int, option: str) -> str:
    """One line of at most so many characters, cut between words."""
    plain = re.sub(f"[{UNSEEN}]", "", sanitise(text, 8 * limit))
    line = textwrap.shorten(plain, limit, placeholder=" …") or plain.strip()[:limit]
    if not re.search(f"[^{BLANK}]", line):
        raise DaimmError(f"There is nothing to be seen in it: write one with --{option}.")
    return line
