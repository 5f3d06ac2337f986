"""The sentences of reviews that say most of what others say: TextRank, after Mihalcea and Tarau.

>>> [told.text for told in summary(read(session, rows), 3)]
['It tells scripts apart well.', 'It is slow on long files.']

No word is made up: each sentence is somebody's, named with it. Two sentences are as alike as the
longer words that they share; a random reader goes on to alike ones, and begins anew with a sentence
in proportion to what its review weighs. So reviews that cost nothing say nothing while others do.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from daimm_cli.market.reviews import Said

MOST = 200
"""Sentences that are looked at, of the weightiest reviews."""

DAMPING, ROUNDS, SAME = 0.85, 50, 0.5
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")


@dataclass(frozen=True)
class Told:
    """A sentence and whose it is."""

    text: str
    said: Said


def summary(reviews: Sequence[Said], count: int) -> list[Told]:
    """At most `count` sentences, those that say most first, none like another."""
    weighty = [said for said in reviews if said.row.weight > 0] or list(reviews)
    weighty.sort(key=lambda said: (-said.row.weight, said.row.order_id))
    told = [
        Told(text.strip(), said)
        for said in weighty
        for text in _SENTENCE.split(said.text or "")
        if _words(text)
    ][:MOST]
    alike = [[_alike(one.text, two.text) if one is not two else 0 for two in told] for one in told]
    ranks = _ranks(alike, [each.said.row.weight or 1 for each in told])
    chosen: list[int] = []
    for place in sorted(range(len(told)), key=lambda each: (-ranks[each], each)):
        if len(chosen) < count and all(alike[place][other] < SAME for other in chosen):
            chosen.append(place)
    return [told[place] for place in chosen]


def _ranks(alike: Sequence[Sequence[float]], weights: Sequence[float]) -> list[float]:
    start = [weight / sum(weights) for weight in weights]
    out = [sum(row) for row in alike]
    ranks = start
    for _ in range(ROUNDS):
        stuck = sum(rank for rank, total in zip(ranks, out, strict=True) if not total)
        flow = [rank / total if total else 0 for rank, total in zip(ranks, out, strict=True)]
        ranks = [
            (1 - DAMPING + DAMPING * stuck) * begun
            + DAMPING * sum(part * row[place] for part, row in zip(flow, alike, strict=True))
            for place, begun in enumerate(start)
        ]
    return ranks


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w{4,}", text.casefold()))


def _alike(one: str, two: str) -> float:
    """Shared words beside the geometric mean of both counts: 1 for the same ones."""
    first, second = _words(one), _words(two)
    return len(first & second) / math.sqrt(len(first) * len(second))
