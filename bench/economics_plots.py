"""The plots of docs/economics.md, drawn from its figures and their formulas, as SVG.

>>> plots(figures)["pool.svg"][:5]
b'<?xml'
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
from matplotlib import rcsetup
from matplotlib.figure import Figure

from bench import economics_claims as claims
from bench import economics_court as court
from bench import economics_pool as pool

COLOURS = (
    *("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7"),
    *("#56b4e9", "#f0e442", "#999999", "#000000"),
)
"""Told apart by who sees fewer colours, too."""

_SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "daimm",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "axes.prop_cycle": rcsetup.cycler("color", COLOURS),
}


def plots(found: dict[str, Any]) -> dict[str, bytes]:
    """Each by its file's name."""
    drawn = {"court.svg": _court, "claims.svg": _claims, "extortion.svg": _extortion}
    drawn |= {"pool.svg": lambda axes: _pool(axes, found["pool"]["pools"])}
    return {name: _svg(draw) for name, draw in drawn.items()}


def _svg(draw: Callable[[Any], None]) -> bytes:
    held = io.BytesIO()
    with mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=(9, 3.6), layout="constrained")
        draw(figure.subplots(1, 2))
        figure.savefig(held, format="svg", metadata={"Date": None, "Creator": None})
    return held.getvalue()


def _said(axes: Any, title: str, across: str, up: str) -> None:
    axes.set(title=title, xlabel=across, ylabel=up)
    axes.legend(frameon=False)


def _court(axes: Any) -> None:
    shares = [step / 100 for step in range(1, 61)]
    names = ("first round", "first two", "all three")
    for count, name in enumerate(names):
        for owned, style in ((0, "-"), (0.3, "--")):
            chances = [court.rounds(share, owned)[count] for share in shares]
            label = name if not owned else None
            axes[0].plot(shares, chances, style, color=COLOURS[count], label=label)
    axes[0].set(yscale="log", ylim=(1e-6, 1))
    _said(axes[0], "Dashed: 30% of proposers are for sale", "share of the seats", "chance")
    for count, jurors in enumerate(court.JURORS):
        needed = [court.dropped(court.majority(share, jurors)) for share in shares]
        axes[1].plot(shares, needed, color=COLOURS[count], label=f"{jurors} jurors")
    axes[1].set(yscale="log", ylim=(0.1, 1e6))
    _said(axes[1], "All proposers are for sale", "share of the seats", "blocks dropped, on average")


def _claims(axes: Any) -> None:
    usual = claims.KINDS["1 in 20 errs"]
    prizes = [prize for prize in claims.PRICES if prize <= 1_000]
    for opposed in (0, 0.5, 0.9, 0.99, 1):
        gains = [claims.mixed(prize, opposed, usual) for prize in prizes]
        axes[0].plot(prizes, gains, label=f"{opposed:.0%} opposed")
    axes[0].set(xscale="log", yscale="symlog")
    _said(axes[0], "1 juror in 20 errs", "prize, in fees", "gain of a false claim, in fees")
    for name, kind in claims.KINDS.items():
        needed = [claims.deterring(prize, kind) for prize in claims.PRICES]
        axes[1].plot(claims.PRICES, needed, label=name.removeprefix("1 in 20 errs, "))
    axes[1].set(xscale="log", ylim=(0, 1.3))
    axes[1].axhline(1, color="#333333", linewidth=0.8, linestyle="--")
    _said(axes[1], "Over 1: pays always", "prize, in fees", "opposed, so that none pays")
    axes[1].legend(frameon=False, fontsize=7)


def _extortion(axes: Any) -> None:
    prizes = [prize for prize in claims.PRICES if prize <= 100]
    usual = claims.KINDS["1 in 20 errs"]
    sides = ("seller loses", "opposer", -1), ("claimant gains", "claimant", 1)
    for place, (title, side, sign) in zip(axes, sides, strict=True):
        outcomes = {
            "nobody opposes": [claims.silent(prize) for prize in prizes],
            "opposed": [claims.heard(prize, usual) for prize in prizes],
            "opposed, no jurors": [claims.unheard(prize) for prize in prizes],
        }
        for name, told in outcomes.items():
            place.plot(prizes, [sign * getattr(one, side) for one in told], label=name)
        place.set(xscale="log", yscale="symlog")
        _said(place, f"A false claim: what the {title}", "price of the model, in fees", "fees")


def _pool(axes: Any, rows: list[dict[str, Any]]) -> None:
    for name in pool.SCENARIOS:
        own = [row for row in rows if row["losses"] == name]
        limits = [row["limit"] for row in own]
        axes[0].plot(limits, [100 * row["yearly"] for row in own], "o-", label=name)
        axes[1].plot(limits, [100 * (row["worst"] - 1) for row in own], "o-", label=name)
    _said(axes[0], "Median of pools", "limit of a bond, of the assets", "% a year")
    _said(axes[1], "Worst of 100 pools", "limit of a bond, of the assets", "% after three years")
    told = axes[0].get_legend_handles_labels()
    for place in axes:
        place.get_legend().remove()
    axes[0].figure.legend(*told, loc="outside lower center", ncols=3, frameon=False, fontsize=7)
