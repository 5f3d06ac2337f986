"""The soak: a short one each time, and what the committed long one found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import rush, soak
from tools.chain import ROOT

KINDS = (
    *("rejected", "upheld", "unruled", "convicted", "renewed", "shown"),
    *("passed_on", "extended", "closed", "claimed", "taken_back", "sold_on"),
)
"""What a long run has some of."""


def test_a_short_soak(tmp_path: Path) -> None:
    out = tmp_path / "soak.json"
    status = soak.main(["--orders", "20", "--faults", "8", "--out", str(out)])
    result = json.loads(out.read_text())
    assert status == 0, result
    assert result["settled"] + result["refunded"] == result["orders"] >= 20
    assert result["by_kind"]["conviction"] >= 2
    assert result["delivered"]
    assert result["faults"] >= 8


def test_the_committed_soak_was_long_and_lost_nothing() -> None:
    result = json.loads(soak.RESULTS.read_text())
    assert result["orders"] >= 3_000
    assert result["faults"] >= 1_300
    assert min(result["rented"], result["asked"]) >= 100
    assert sum(result["by_kind"].values()) == result["faults"]
    assert result["settled"] + result["refunded"] == result["orders"]
    assert min(result[name] for name in KINDS) > 0
    assert {name: result[name] for name in soak.FORBIDDEN} == dict.fromkeys(soak.FORBIDDEN, 0)


def test_the_docs_show_the_committed_figures() -> None:
    page = (ROOT / "docs" / "keeper.md").read_text()
    last = json.loads(soak.RESULTS.read_text())
    assert f"| orders, faults | {last['orders']}, {last['faults']} |" in page
    assert f"| delivered, refunded | {last['delivered']}, {last['refunded']} |" in page
    held = ", ".join(str(last[name]) for name in ("rejected", "upheld", "unruled"))
    assert f"| held: rejected, upheld, never ruled on | {held} |" in page
    deals = f"{last['rented']}, {last['sold_on']}, {last['taken_back']}"
    assert f"| rentals, resales, taken back | {deals} |" in page
    ended = f"{last['extended']}, {last['closed']}, {last['claimed']}"
    assert f"| rentals extended, closed; deposits claimed | {ended} |" in page
    asked = f"{last['answered']}, {last['unanswered']}"
    assert f"| keys asked of makers: answered, not in time | {asked} |" in page
    assert f"| keys passed on by their holder | {last['passed_on']} |" in page
    assert f"| renewals, purchases with a voucher | {last['renewed']}, {last['shown']} |" in page
    assert f"| refunded because the version was convicted | {last['convicted']} |" in page
    assert f"| delivered with a copied transaction | {last['copied']} |" in page
    assert f"| refunded after their delivery had left | {last['unpaid']} |" in page
    figures = json.loads(rush.RESULTS.read_text())
    default, widest = figures["default"], figures["widest"]
    for row, name in (
        ("deliveries in a block", "deliveries_per_block"),
        ("blocks", "blocks"),
    ):
        assert f"| {row} | {default[name]:,} | {widest[name]:,} |" in page
    gas = [f"{round(one['per_delivery']['gas']):,}" for one in (default, widest)]
    assert f"| gas for each | {gas[0]} | {gas[1]} |" in page
    copied = figures["copied"]
    passed_over, all_copied = copied["passed_over"]["gas"], copied["all_copied"]["gas"]
    assert f"{passed_over:,} gas each ({all_copied:,}" in page


def test_what_was_copied_costs_little() -> None:
    figures = rush.copied(10)
    assert figures["passed_over"]["gas"] < 25_000
    assert figures["all_copied"]["gas"] < 45_000 * 10


def test_a_rush_is_worked_off_in_few_blocks() -> None:
    figures = rush.rush(45, batch=20, in_flight=2)
    assert (figures["blocks"], figures["deliveries_per_block"]) == (2, 40)
    assert figures["per_delivery"]["gas"] < 85_000


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_long_soaks(tmp_path: Path, seed: int) -> None:
    arguments = ["--orders", "2000", "--faults", "1000", "--seed", str(seed)]
    assert soak.main([*arguments, "--out", str(tmp_path / "soak.json")]) == 0
