"""A seller has a model rated and stakes on it; a buyer sees what the rating rests on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from daimm_cli.sandbox.sandbox import lacking
from tests.python.cli.conftest import AIM, Person
from tests.python.ethics.trained import diabetes
from tools.chain import LocalChain


@pytest.mark.skipif(bool(lacking()), reason=lacking())
def test_a_rating_is_staked_on_and_never_shown_without_what_it_rests_on(
    person: Callable[..., Person], tmp_path: Path, local_chain: LocalChain
) -> None:
    seller = person("seller", 1, money=20 * AIM)
    buyer = person("buyer", 2, money=10 * AIM, source=seller)
    stranger = person("stranger", 3, money=20 * AIM)
    model, report = tmp_path / "model.onnx", tmp_path / "ethics.json"
    diabetes(model)
    words = (model, "--declaration", "diabetes")
    made = seller.json("ethics", "report", *words, "--output", report)
    (readme := tmp_path / "README.md").write_text("---\nlicense: mit\n---\n# It\n\nGood.\n")
    seller("model", "publish", model, "--card", readme, "--price", "1", "--yes")
    told = seller.json("bench", "attest", report, 1, "--stake", "4", "--yes")
    rests = f"{made['result']['rating']['known']} of {made['result']['rating']['items']} items"

    shown = " ".join(buyer("model", "show", 1).out.split())
    assert f"of 1, resting on {rests} by declaration diabetes (fairness" in shown
    assert "card unknown" in shown
    (score,) = buyer.json("model", "show", 1)["versions"][0]["measured"]
    assert (score["suite"], score["stands"]) == ("diabetes", False)
    assert score["rating"]["aspects"] == made["result"]["rating"]["aspects"]
    local_chain.travel(3 * 86_400 + 1)
    local_chain.mine()
    offer = buyer.json("model", "show", 1)["offers"][0]["offer"]
    assert buyer.json("quote", offer)["measured"][0]["stands"] is True
    assert f"resting on {rests}" in " ".join(buyer("quote", offer).out.split())
    assert "says what it rests on" in buyer("bench", "results").out
    again = buyer.json("ethics", "check", report, *words)
    assert (again["same_outputs"], again["score"]) == (True, made["result"]["score"])

    alone = " ".join(stranger("model", "show", 1).out.split())
    assert "a result by diabetes (its report cannot be had)" in alone
    assert f"{float(made['result']['score']):g}" not in alone.split("measured")[1]
    (score,) = stranger.json("model", "show", 1)["versions"][0]["measured"]
    assert (score["value"], score["rating"]) == (None, None)

    forged = json.loads(report.read_text())
    forged["result"]["score"] = "1.000000000"
    report.write_text(json.dumps(forged, sort_keys=True, separators=(",", ":")))
    said = seller.refused("bench", "attest", report, 1, "--stake", "5", "--yes", status=5)
    assert "another rating than follows" in said
    assert told["report"].startswith("bafkrei")
