"""What attacks on claims, the court and cover pools bring and cost: figures, tables and plots.

    python -m bench.economics            # write economics.json and docs/economics/*.svg
    python -m bench.economics --check    # reckon anew, and fail where economics.json says otherwise

Of the court and of claims it is arithmetic, of pools a simulation with a fixed seed. The tables are
those of docs/economics.md, which says what is assumed.
"""

from __future__ import annotations

from typing import Any

from bench import economics_claims, economics_court, economics_plots, economics_pool, kept
from tools.chain import ROOT

RESULTS = ROOT / "bench" / "economics.json"
PLOTS = ROOT / "docs" / "economics"
PARTS: dict[str, Any] = {
    "court": economics_court,
    "claims": economics_claims,
    "pool": economics_pool,
}


def tables(found: dict[str, Any]) -> dict[str, list[str]]:
    """All of them as Markdown, by part and name."""
    made = {}
    for part, module in PARTS.items():
        for name, (head, *rows) in module.tables(found[part]).items():
            lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
            made[f"{part}.{name}"] = ["| " + " | ".join(line) + " |" for line in lines]
    return made


def main() -> int:
    """Reckon; write what is kept, or compare with it."""
    return kept.hold("python -m bench.economics", __doc__, RESULTS, _figures)


def _figures() -> tuple[dict[str, Any], list[str], list[str]]:
    found = {"command": "python -m bench.economics"}
    found |= {part: module.figures() for part, module in PARTS.items()}
    shown = [line for lines in tables(found).values() for line in (*lines, "")]
    PLOTS.mkdir(exist_ok=True)
    for name, drawn in economics_plots.plots(found).items():
        (PLOTS / name).write_bytes(drawn)
    return found, shown, []


if __name__ == "__main__":
    raise SystemExit(main())
