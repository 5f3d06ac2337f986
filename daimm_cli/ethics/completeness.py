"""How complete a model card is: which fields of Hugging Face's template it fills.

>>> items(card.read(Path("README.md")))[0].shown
'partly: card completeness of card 0.652'

That something is said is seen, not whether it is true: other items are for that. Optional fields of
the template are left out. https://huggingface.co/docs/hub/model-card-annotated
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

from daimm_cli.ethics.items import Item, item
from daimm_cli.manifest import sections
from daimm_cli.manifest.card import Card

METHOD = (
    "Share of the weights of those fields of Hugging Face's model card template of which the card "
    "says something beside the template's placeholders, in its front matter, under a heading or "
    "after a label."
)


class Field(NamedTuple):
    """weight: 2 where whoever uses the model decides by it; front: keys of the front matter;
    titles: headings and labels, in small letters."""

    weight: int
    front: tuple[str, ...]
    titles: tuple[str, ...]


FIELDS = {
    "description": Field(2, (), ("model description", "model details", "description", "overview")),
    "license": Field(2, ("license",), ("license", "licence")),
    "direct_use": Field(2, (), ("direct use", "intended use", "intended uses", "uses", "use")),
    "limitations": Field(
        2, (), ("bias, risks, and limitations", "limitations", "limitations and bias", "risks")
    ),
    "training_data": Field(2, ("datasets",), ("training data", "training details", "datasets")),
    "results": Field(2, ("model-index",), ("results", "evaluation results", "evaluation")),
    "developed_by": Field(1, (), ("developed by", "model card authors", "authors")),
    "model_type": Field(1, ("pipeline_tag",), ("model type", "architecture")),
    "out_of_scope_use": Field(1, (), ("out-of-scope use", "out of scope use", "misuse")),
    "recommendations": Field(1, (), ("recommendations", "ethical considerations")),
    "how_to_use": Field(
        1, (), ("how to get started with the model", "how to use", "usage", "getting started")
    ),
    "training_procedure": Field(
        1, (), ("training procedure", "training hyperparameters", "preprocessing", "training")
    ),
    "testing_data": Field(
        1, (), ("testing data", "testing data, factors & metrics", "evaluation data")
    ),
    "metrics": Field(1, ("metrics",), ("metrics", "factors")),
    "environmental_impact": Field(1, (), ("environmental impact", "carbon emitted")),
    "contact": Field(1, (), ("model card contact", "contact")),
}
"""docs/ethics.md has them as a table."""


def items(card: Card | None) -> list[Item]:
    """One item; unknown without a card."""
    if card is None:
        return [item("card", "card_completeness", "card", METHOD, {}, caveat="There is no card.")]
    filled = set(_filled(card))
    whole = sum(field.weight for field in FIELDS.values())
    value = sum(FIELDS[name].weight for name in filled) / whole
    facts = {name: "said" if name in filled else "not said" for name in FIELDS}
    data = {"card": sha256(card.source.encode("utf-8", "surrogatepass")).hexdigest()}
    return [item("card", "card_completeness", "card", METHOD, data, value=value, facts=facts)]


def _filled(card: Card) -> Iterable[str]:
    found = sections.read(card.body)
    known = {
        "license": card.license is not None,
        "description": card.summary is not None,
        "results": bool(card.scores),
    }
    for name, field in FIELDS.items():
        stated = any(_names(card.metadata.get(key)) for key in field.front)
        if known.get(name, stated) or sections.said(found, *field.titles):
            yield name


def _names(value: object) -> bool:
    """Whether it is text, or a list of texts."""
    each = value if isinstance(value, list) else [value]
    return bool(each) and all(isinstance(it, str) and it.strip() for it in each)
