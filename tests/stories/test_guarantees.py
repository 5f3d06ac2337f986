"""Promises with a stake behind them, through the command line, as docs/guarantees.md has them."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from daimm_cli.chain.client import Chain
from daimm_cli.manifest import canonical
from daimm_cli.sandbox.sandbox import lacking
from tests.python.benchmark.test_bench import trained
from tests.python.cli.conftest import AIM, Person
from tools.chain import LocalChain

PAGE = Path(__file__).resolve().parents[2] / "docs" / "guarantees.md"
LINE = re.compile(r"(\w+)\$ +daimm (.*)")
DAY = 86_400

pytestmark = pytest.mark.skipif(bool(lacking()), reason=lacking())


def pass_by(local_chain: LocalChain, seconds: int) -> None:
    local_chain.travel(seconds)
    local_chain.mine()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Some 43 off in the mean."""
    trained("diabetes", path := tmp_path / "diabetes.onnx")
    return path


def test_a_false_promise_of_a_score_pays_who_relied_on_it(
    person: Callable[..., Person],
    seller: Person,
    buyer: Person,
    model: Path,
    chain: Chain,
    local_chain: LocalChain,
    tmp_path: Path,
) -> None:
    words = ("--license", "MIT", "--price", "10", "--yes")
    offer = seller.json("model", "publish", model, *words)["offer"]
    people = {
        "guarantor": person("guarantor", 4, money=100 * AIM, source=seller),
        "evaluator": person("evaluator", 5, money=100 * AIM, source=seller),
        "buyer": buyer,
    }
    evaluator = people["evaluator"]
    report = tmp_path / "report.json"
    evaluator("bench", "run", model, "--suite", "diabetes", "--output", report)
    names = {"REPORT": str(report), "OFFER": offer}
    block = re.search(r"```console\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert block is not None
    outs = {}
    for line in block[1].splitlines():
        typed = LINE.fullmatch(line)
        assert typed, line
        who, argv = people[typed[1]], [names.get(w, w) for w in shlex.split(typed[2])]
        if argv[1] == "compensate":
            pass_by(local_chain, 3 * DAY + 1)
            seen = evaluator.json("guarantee", "show", names["BOND"])
            assert (seen["state"], seen["contests"]) == ("standing", 1)
            evaluator("guarantee", "break", names["BOND"], "--yes")
        if argv[1] == "withdraw":
            assert "until" in who.refused(*argv, "--yes", status=3)
            pass_by(local_chain, 90 * DAY + 1)
        agreed = () if argv[1] in ("list", "show") or argv[0] == "quote" else ("--yes",)
        outs[" ".join(argv[:2])] = who(*argv, *agreed).out
        if argv[1] == "offer":
            names["BOND"] = found = re.search(r"0x[0-9a-f]{64}", outs["guarantee offer"])[0]  # type: ignore[index]
            assert "staked on this promise before" in who.refused(*argv, "--yes", status=3)
            assert f"daimm guarantee add {found}" in who.refused(*argv, "--yes", status=3)
            names["ORDER"] = buyer.json("buy", offer, "--yes")["orders"][0]["order"]
            seller("order", "deliver", names["ORDER"], "--yes")
    quoted = " ".join(outs["quote " + offer].split())
    assert "that diabetes gives at most 30 (results count that stake 10 AIM" in quoted
    shown = " ".join(outs["guarantee show"].split())
    assert "results against it 1" in shown

    # Broken: a fifth of 60 AIM is the evaluator's and a fifth nobody's; the buyer has the price.
    seen = buyer.json("guarantee", "show", names["BOND"])
    assert (seen["state"], seen["stake"]) == ("ended", "0")
    bonds = chain.deployed.bonds
    for who, amount in ((evaluator, 12), (buyer, 10), (people["guarantor"], 26)):
        assert chain.node.view(bonds.credit(who.account.address, bytes(32), chain.aim)) == (
            amount * AIM
        )
    buyer("withdraw", "--yes")


def test_who_buys_once_it_is_known_is_not_compensated(
    person: Callable[..., Person], model: Path, local_chain: LocalChain, tmp_path: Path
) -> None:
    seller = person("seller", 1, money=100 * AIM)
    buyer = person("buyer", 2, money=100 * AIM, source=seller)
    words = ("--license", "MIT", "--price", "10", "--yes")
    promise = ("--guarantee", "diabetes mae <= 30 for 90d", "--bond", 50)
    made = seller.json("model", "publish", model, *words, *promise)
    bond, offer = made["bond"], made["offer"]
    told = " ".join(buyer("model", "show", 1).out.split())
    assert "50 AIM of" in told
    assert "that diabetes gives at most 30" in told
    evaluator = person("evaluator", 5, money=100 * AIM, source=seller)
    report = tmp_path / "report.json"
    evaluator("bench", "run", model, "--suite", "diabetes", "--output", report)
    evaluator("bench", "attest", report, 1, "--stake", 10, "--yes")
    pass_by(local_chain, 60)
    evaluator("guarantee", "break", bond, "--yes")
    pass_by(local_chain, 60)
    quoted = " ".join(buyer("quote", offer).out.split())
    assert "who buys now is not covered" in quoted
    order = buyer.json("buy", offer, "--yes")["orders"][0]["order"]
    seller("order", "deliver", order, "--yes")
    pass_by(local_chain, 3 * DAY + 1)
    buyer("guarantee", "break", bond, "--yes")
    assert "not compensated" in buyer.refused("guarantee", "compensate", bond, order, status=3)


def test_an_honest_stake_returns_and_nothing_breaks_it(
    seller: Person,
    person: Callable[..., Person],
    model: Path,
    local_chain: LocalChain,
) -> None:
    seller("model", "publish", model, "--license", "MIT", "--price", "10", "--yes")
    guarantor = person("guarantor", 4, money=100 * AIM, source=seller)
    said = ("guarantee", "offer", 1, "diabetes mae <= 50 for 30d", "--bond", 50, "--yes")
    bond = guarantor.json(*said)["bond"]
    report = model.with_suffix(".json")
    guarantor("bench", "run", model, "--suite", "diabetes", "--output", report)
    guarantor("bench", "attest", report, 1, "--stake", 10, "--yes")
    pass_by(local_chain, 3 * DAY + 1)
    assert "Nothing that is known" in guarantor.refused("guarantee", "break", bond, status=3)
    pass_by(local_chain, 40 * DAY)
    assert "until" in guarantor.refused("guarantee", "withdraw", bond, "--yes", status=3)
    pass_by(local_chain, 2 * DAY)
    guarantor("guarantee", "withdraw", bond, "--yes")
    assert guarantor.json("guarantee", "show", bond)["state"] == "ended"
    collected = guarantor.json("withdraw", "--yes")["amounts"]
    assert {"50000000000000000000"} == {
        each["amount"] for each in collected if each["ledger"] == "Bonds"
    }


def test_a_false_result_costs_its_evaluator_and_binds_the_stake_no_longer_than_it_is_there(
    seller: Person,
    person: Callable[..., Person],
    model: Path,
    chain: Chain,
    local_chain: LocalChain,
) -> None:
    seller("model", "publish", model, "--license", "MIT", "--price", "10", "--yes")
    guarantor = person("guarantor", 4, money=100 * AIM, source=seller)
    liar = person("liar", 5, money=100 * AIM, source=seller)
    said = ("guarantee", "offer", 1, "diabetes mae <= 50 for 30d", "--bond", 50, "--yes")
    bond = guarantor.json(*said)["bond"]
    liar("bench", "run", model, "--suite", "diabetes", "--output", model.with_suffix(".json"))
    report = json.loads(model.with_suffix(".json").read_text())
    report["result"]["score"] = "60.0"
    (told := model.with_suffix(".told")).write_bytes(canonical.encode(report))
    result = liar.json("bench", "attest", told, 1, "--stake", 10, "--yes")["result"]
    liar("guarantee", "break", bond, "--yes")
    guarantor("claim", "open", result, "--says", "It gives 43: run it.", "--yes")
    pass_by(local_chain, 3 * DAY + 1)
    guarantor("claim", "execute", result, "--yes")
    pass_by(local_chain, 45 * DAY)
    before = chain.node.nonce(guarantor.account.address)
    guarantor("guarantee", "withdraw", bond, "--yes")
    assert chain.node.nonce(guarantor.account.address) == before + 1
    assert guarantor.json("guarantee", "show", bond)["state"] == "ended"
    collected = guarantor.json("withdraw", "--yes")["amounts"]
    assert {each["ledger"]: int(each["amount"]) for each in collected} == {
        "Bonds": 50 * AIM,
        "Attestations": 5 * AIM,
    }


@pytest.mark.parametrize(
    ("promise", "says"),
    [
        ("digits accuracy > 0.9 for 3d", "is no promise"),
        ("digits accuracy >= 0.9", "is no promise"),
        ("digits accuracy >= 0.9 until 2027-02-30", "is no day"),
        ("digits accuracy <= 0.9 for 3d", "promise accuracy >= a number"),
        ("digits mae <= 0.9 for 3d", "promise accuracy >= a number"),
        ("nothing accuracy >= 0.9 for 3d", "nothing"),
        ("content until 2001-01-01", "a time that is to come"),
    ],
)
def test_what_is_no_promise_is_refused(
    promise: str, says: str, seller: Person, model: Path
) -> None:
    seller("model", "publish", model, "--license", "MIT", "--price", "10", "--yes")
    told = seller.type("guarantee", "offer", 1, promise, "--bond", 5)
    assert told.status
    assert says in told.err
