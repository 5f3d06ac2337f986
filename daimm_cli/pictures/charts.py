"""Panels drawn by matplotlib, without a display.

>>> chart(drawn.panels, "png", drawn.title)[:4]
b'\\x89PNG'
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import Any, Literal

from daimm_cli.base.errors import DaimmError
from daimm_cli.pictures.panels import Panel

COLOURS = {"met": "#009e73", "partly": "#e69f00", "missed": "#d55e00", "unknown": "#999999"}
"""Told apart by who sees fewer colours, too; the outcome is always written beside it."""

_PLAIN = "#0072b2"
_SETTINGS: Any = {
    "text.parse_math": False,  # names are text, whatever dollars they have
    "svg.fonttype": "none",
    "svg.hashsalt": "daimm",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def chart(panels: Sequence[Panel], kind: Literal["png", "svg"], title: str = "") -> bytes:
    """The panels below each other, the same bytes for the same report and version."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError:
        raise DaimmError(
            "Drawing needs matplotlib: install daimm with its 'pictures' extra."
        ) from None
    heights = [3.2 if panel.curve else 0.7 + 0.28 * len(panel.bars) for panel in panels]
    held = io.BytesIO()
    with mpl.rc_context(_SETTINGS), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # letters that its font lacks
        figure = Figure(figsize=(9, sum(heights) + 0.5), layout="constrained")
        places = figure.subplots(len(panels), squeeze=False, height_ratios=heights)
        for axes, panel in zip(places[:, 0], panels, strict=True):
            (_curve if panel.curve else _bars)(axes, panel)
            axes.set_title(panel.title, loc="left", fontweight="bold")
        if title:
            figure.suptitle(title)
        empty = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
        figure.savefig(held, format=kind, dpi=100, metadata=empty)
    return held.getvalue()


def _bars(axes: Any, panel: Panel) -> None:
    for place, bar in enumerate(panel.bars):
        colour = COLOURS.get(bar.mark, _PLAIN)
        if bar.value is not None and bar.mark:
            axes.plot([bar.value], [place], "o", color=colour)
        elif bar.value is not None:
            axes.barh([place], [bar.value], height=0.6, color=colour)
        if bar.ends:
            axes.plot(bar.ends, [place, place], color="#333333", linewidth=1.2)
        axes.annotate(bar.note, (1.02, place), xycoords=("axes fraction", "data"), va="center")
    values = [value for bar in panel.bars for value in (bar.value, *(bar.ends or ())) if value]
    for limit, _ in panel.limits:
        axes.axvline(limit, color="#333333", linewidth=0.8, linestyle="--")
    if panel.limits:
        axes.set_xticks(*zip(*panel.limits, strict=True))
        axes.set_xlim(min([-0.1, *values]) - 0.1, 2.1)
    elif all(0 <= value <= 1 for value in values):
        axes.set_xlim(-0.02, 1.02)
    axes.set_yticks(range(len(panel.bars)), [bar.name for bar in panel.bars])
    axes.set_ylim(len(panel.bars) - 0.4, -0.6)


def _curve(axes: Any, panel: Panel) -> None:
    said, right = zip(*panel.curve, strict=True)
    ends = [min(*said, *right), max(*said, *right)]
    axes.plot(ends, ends, color="#333333", linewidth=0.8, linestyle="--")
    axes.plot(said, right, "o-", color=_PLAIN)
    axes.set_xlabel("said")
    axes.set_ylabel("right")
