"""Orders insured by a pool, through the command line, as docs/cover.md has them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.economics_pool import premium
from daimm_cli.sandbox.sandbox import lacking
from tests.python.benchmark.test_bench import trained
from tests.python.cli.conftest import AIM, Person
from tools.chain import LocalChain

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cover.md"
LINE = re.compile(r"(\w+)\$ +daimm (.*)")
DAY = 86_400

pytestmark = pytest.mark.skipif(bool(lacking()), reason=lacking())


def pass_by(local_chain: LocalChain, seconds: int) -> None:
    local_chain.travel(seconds)
    local_chain.mine()


def test_a_pool_pays_what_a_broken_bond_leaves_of_the_price(
    person: Callable[..., Person],
    buyer: Person,
    local_chain: LocalChain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    seller = person("seller", 1, money=100 * AIM)
    people = {
        "curator": person("curator", 0, source=seller),
        "depositor": person("depositor", 4, money=1000 * AIM, source=seller),
        "evaluator": person("evaluator", 5, money=100 * AIM, source=seller),
        "buyer": buyer,
    }
    depositor, evaluator = people["depositor"], people["evaluator"]
    trained("diabetes", model := tmp_path / "diabetes.onnx")
    words = ("--license", "MIT", "--price", "10", "--yes")
    promise = ("--guarantee", "diabetes mae <= 30 for 90d", "--bond", 10)
    made = seller.json("model", "publish", model, *words, *promise)
    order = buyer.json("buy", made["offer"], "--yes")["orders"][0]["order"]
    seller("order", "deliver", order, "--yes")
    names = {"BOND": made["bond"], "ORDER": order}
    said = "No pool insures model 1, version 1."
    assert said in buyer.refused("cover", "buy", order, "--yes", status=3)

    block = re.search(r"```console\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert block is not None
    outs = {}
    for line in block[1].splitlines():
        typed = LINE.fullmatch(line)
        assert typed, line
        who, argv = people[typed[1]], [names.get(w, w) for w in shlex.split(typed[2])]
        if argv[1] == "buy":
            assert "insures 0 " in who.refused(*argv, "--yes", status=3)
            pass_by(local_chain, 10 * DAY)
        if argv[1] == "break":
            pass_by(local_chain, 3 * DAY)
            report = tmp_path / "report.json"
            evaluator("bench", "run", model, "--suite", "diabetes", "--output", report)
            evaluator("bench", "attest", report, 1, "--stake", 5, "--yes")
        agreed = () if argv[1] in ("list", "show") else ("--yes",)
        outs[" ".join(argv[:2])] = who(*argv, *agreed).out
        if argv[1] == "break":
            # Held against the bond: whoever has a share sees to it that nobody leaves ahead of it.
            depositor("keeper", "run", "--once")
            assert depositor.json("pool", "show", "aim")["impaired"] == str(10 * AIM)
            pass_by(local_chain, 3 * DAY + 1)
            evaluator("guarantee", "break", names["BOND"], "--yes")
            told = buyer.refused("cover", "claim", order, "--yes", status=3)
            assert f"daimm guarantee compensate {names['BOND']} {order}" in told

    assert "aim" in outs["pool list"]
    shown = " ".join(outs["pool show"].split())
    assert "10 AIM" in shown
    assert "█" not in shown.split("bond model")[0] or "░" in shown
    assert Path("pool.svg").read_text().startswith("<?xml")
    (cover,) = buyer.json("cover", "list")
    assert (cover["state"], cover["paid"], cover["pool"]) == ("paid", str(4 * AIM), "aim")
    seconds = cover["end"] - cover["start"] + 3 * DAY
    assert cover["premium"] == str(premium(10 * AIM, 500, seconds, 1000 * AIM, 0))
    assert "paid already" in buyer.refused("cover", "claim", order, "--yes", status=3)

    # The pool has what it had, the premium so far, and four AIM less.
    depositor("keeper", "run", "--once")
    seen = depositor.json("pool", "show", "aim")
    assert (seen["locked"], seen["impaired"]) == ("0", "0")
    assert 996 * AIM <= int(seen["assets"]) < 997 * AIM
    assert "take what you asked for" in depositor.refused("pool", "withdraw", "aim", status=3)
    pass_by(local_chain, 7 * DAY)
    depositor("pool", "withdraw", "aim", "--amount", 100, "--yes")
    depositor("pool", "withdraw", "aim", "--yes")
    assert int(depositor.json("pool", "show", "aim")["worth"]) == 0
    assert "no share" in depositor.refused("pool", "withdraw", "aim", status=3)
