"""A seller measures what they sell and stakes on the score; a buyer finds the report."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from daimm_cli.chain.client import Chain
from daimm_cli.sandbox.sandbox import lacking
from daimm_cli.store.local import LocalStore
from tests.python.benchmark.test_bench import trained
from tests.python.cli.conftest import AIM, Person
from tools.chain import LocalChain


@pytest.mark.skipif(bool(lacking()), reason=lacking())
def test_a_score_is_staked_on_and_its_report_is_found_by_its_digest(
    person: Callable[..., Person], tmp_path: Path, chain: Chain, local_chain: LocalChain
) -> None:
    seller = person("seller", 1, money=10 * AIM)
    buyer = person("buyer", 2, money=10 * AIM, source=seller)
    model, report = tmp_path / "wine.onnx", tmp_path / "report.json"
    trained("wine", model)
    measured = seller.json("bench", "run", model, "--suite", "wine", "--output", report)
    front = seller("bench", "card", report, "--name", "wine").out
    (readme := tmp_path / "README.md").write_text(
        f"---\nlicense: mit\n{front}---\n# Wine\n\nGood.\n"
    )
    seller("model", "publish", model, "--card", readme, "--price", "1", "--yes")
    assert "accuracy on wine" in buyer("model", "show", 1).out
    told = seller.json("bench", "attest", report, 1, "--stake", "4", "--yes")
    attestations = chain.deployed.attestations
    assert chain.balance(chain.aim, attestations.address) == 4 * AIM
    stored = LocalStore(seller.home / "store")
    with stored.open(told["report"]) as file:
        assert json.loads(file.read())["result"] == measured["result"]
    assert told["report"].startswith("bafkrei")
    shown = buyer("claim", "show", told["result"][:10]).out
    assert "the result is void" in shown
    (score,) = buyer.json("model", "show", 1)["versions"][0]["measured"]
    assert (score["suite"], score["value"]) == (
        "wine",
        measured["result"]["score"].rstrip("0").rstrip("."),
    )
    assert (score["stake"], score["stands"]) == (str(4 * AIM), False)
    assert "may still be claimed against, 4 AIM were staked" in " ".join(
        buyer("model", "show", 1).out.split()
    )
    assert "by suite wine" in buyer("model", "show", 1).out
    assert buyer.json("model", "list", "--suite", "wine") == []
    assert "until" in buyer.refused("bench", "finish", told["result"], "--yes", status=3)
    local_chain.travel(3 * 86_400 + 1)
    local_chain.mine()
    offer = buyer.json("model", "show", 1)["offers"][0]["offer"]
    assert buyer.json("quote", offer)["measured"][0]["stands"] is True
    assert "stands, 4 AIM were staked" in " ".join(buyer("quote", offer).out.split())

    (listed,) = buyer.json("model", "list", "--suite", "wine")
    assert (listed["model"], listed["score"]) == (1, score["value"])
    assert buyer.json("model", "list", "--suite", "digits") == []
    assert "score" in buyer("model", "list", "--suite", "wine").out

    before = chain.balance(chain.aim, seller.account.address)
    buyer("bench", "finish", told["result"][:10], "--yes")
    seller("withdraw", "--yes")
    assert chain.balance(chain.aim, seller.account.address) - before == 4 * AIM
    (row,) = seller.json("bench", "results", "--mine")
    assert (row["result"], row["state"]) == (told["result"], "stood")
    assert buyer.json("bench", "results", "--mine") == []
    assert "wine" in buyer("bench", "results").out
    assert buyer.json("model", "list", "--suite", "wine") == [listed]

    other = tmp_path / "diabetes.onnx"
    trained("diabetes", other)
    seller("bench", "run", other, "--suite", "diabetes", "--output", report)
    said = seller.refused("bench", "attest", report, 1, "--stake", "4", "--yes", status=5)
    assert "a file that version 1 of model 1 does not have" in said
    assert "no version 7" in seller.refused(
        *("bench", "attest", report, 1, "--version", 7, "--stake", "4", "--yes"), status=3
    )
