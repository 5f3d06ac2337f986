"""A buyer pays somebody to measure a model before they rely on it."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from daimm_cli.chain.client import Chain
from daimm_cli.manifest import canonical
from daimm_cli.sandbox.sandbox import lacking
from tests.python.benchmark.test_bench import PAGE, trained
from tests.python.cli.conftest import AIM, Person
from tools.chain import LocalChain

DAY = 86_400


@pytest.mark.skipif(bool(lacking()), reason=lacking())
def test_a_measurement_is_paid_for_made_and_relied_on(
    person: Callable[..., Person], tmp_path: Path, chain: Chain, local_chain: LocalChain
) -> None:
    seller = person("seller", 1, money=10 * AIM)
    payer = person("payer", 2, money=20 * AIM, source=seller)
    evaluator = person("evaluator", 3, money=30 * AIM, source=seller)
    trained("wine", model := tmp_path / "wine.onnx")
    seller("model", "publish", model, "--license", "MIT", "--price", "1", "--yes")
    commission, listing, run, answer, close = commands()
    commission[commission.index("--evaluator") + 1] = evaluator.account.address
    job = payer.json(*commission, "--yes")["job"]
    assert has(chain, payer) == 15 * AIM

    (seen,) = evaluator.json(*listing)
    assert (seen["job"], seen["model"], seen["state"]) == (job, 1, "open")
    assert seller.json("bench", "jobs", "--mine") == []
    assert "5 AIM" in evaluator("bench", "jobs").out
    (told,) = seller.json("model", "show", 1)["versions"][0]["commissioned"]
    assert told == seen
    assert f"5 AIM to {evaluator.account.address} for a score by suite wine" in " ".join(
        payer("model", "show", 1).out.split()
    )

    offer = evaluator.json("model", "show", 1)["offers"][0]["offer"]
    bought = evaluator.json("buy", offer, "--yes")["orders"][0]
    seller("order", "deliver", bought["order"], "--yes")
    evaluator("license", "fetch", bought["license"], "--output", tmp_path / "opened.onnx")
    run = [str(tmp_path / word) if "." in word else word for word in run]
    score = evaluator.json(*run)
    answer = [*answer[:2], run[-1], answer[3], job[:10], "--yes"]
    assert "Only" in payer.refused(*answer, status=3)
    assert "name no more than" in evaluator.refused(*answer, "--expires", "1d")
    told = canonical.decode(Path(run[-1]).read_bytes(), "The report")
    other = told | {"result": told["result"] | {"model": {"sha256": "33" * 32, "size": 1}}}
    (wrong := tmp_path / "wrong.json").write_bytes(canonical.encode(other))
    said = evaluator.refused("bench", "attest", wrong, "--job", job, "--yes", status=5)
    assert "not known to be of the job's content" in said
    suite = told["result"]["suite"] | {"sha256": "44" * 32}
    wrong.write_bytes(canonical.encode(told | {"result": told["result"] | {"suite": suite}}))
    said = evaluator.refused("bench", "attest", wrong, "--job", job, "--yes", status=5)
    assert "another suite than the job asks for" in said
    assert "Attestations" not in evaluator.refused("bench", "close", job, "--yes", status=3)
    stated = evaluator.json(*answer)
    assert stated["stake"] == str(20 * AIM)
    assert "no answer any more" in evaluator.refused(*answer, status=3)
    assert payer.json("model", "show", 1)["versions"][0]["commissioned"] == []
    (row,) = payer.json("bench", "jobs", "--mine")
    assert (row["state"], row["result"]) == ("answered", stated["result"])
    assert "until" in payer.refused("bench", "close", job, "--yes", status=3)

    local_chain.travel(3 * DAY + 1)
    local_chain.mine()
    before = has(chain, evaluator)
    payer(*close[:2], job[:10], "--yes")
    evaluator("withdraw", "--yes")
    assert has(chain, evaluator) == before + 25 * AIM
    assert payer.json("bench", "jobs")[0]["state"] == "paid"
    record = payer.json("profile", "show", evaluator.account.address)["record"]
    assert (record["results"], record["voided"], record["survived"]) == (1, 0, 0)
    assert "1 result with AIM staked" in payer("profile", "show", evaluator.account.address).out
    (shown,) = payer.json("model", "show", 1)["versions"][0]["measured"]
    assert shown["stands"]
    assert score["result"]["score"].startswith(shown["value"])


def test_what_nobody_measures_in_time_costs_nothing(
    seller: Person, buyer: Person, model_file: Path, chain: Chain, local_chain: LocalChain
) -> None:
    seller("model", "publish", model_file, "--license", "MIT", "--price", "1", "--yes")
    asked = ("--suite", "11" * 32, "--evaluator", seller.account.address, "--fee", "5")
    asks = ("bench", "commission", "1", *asked, "--stake", "20", "--deadline", "7d", "--yes")
    before = has(chain, buyer)
    job = buyer.json(*asks)["job"]
    assert "answered until" in buyer.refused("bench", "close", job, "--yes", status=3)
    local_chain.travel(8 * DAY)
    local_chain.mine()
    assert seller.json("model", "show", 1)["versions"][0]["commissioned"] == []
    seller("bench", "close", job, "--yes")
    buyer("withdraw", "--yes")
    assert has(chain, buyer) == before
    assert buyer.json("bench", "jobs", "--mine")[0]["state"] == "refunded"
    assert "no suite" in buyer.refused(*asks[:4], model_file, *asks[5:])
    free = (*asks[:7], "--fee", "0", *asks[9:])
    assert "more than nothing" in buyer.refused(*free, status=3)
    sent = chain.node.nonce(buyer.account.address)
    assert "Leave more time" in buyer.refused(*asks, "--deadline", "1m", status=3)
    assert chain.node.nonce(buyer.account.address) == sent
    assert "no version 2" in buyer.refused(*asks, "--version", "2", status=3)


def commands() -> list[list[str]]:
    """Those of docs/benchmarks.md, without `daimm`."""
    part = PAGE.split("## A measurement that somebody pays for")[1]
    lines = part.split("```console\n")[1].split("```")[0].splitlines()
    return [shlex.split(line)[2:] for line in lines]


def has(chain: Chain, who: Person) -> int:
    return chain.balance(chain.aim, who.account.address)
