"""Orders insured by a pool, and shares of it, through the command line, as docs/cover.md has it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.economics_pool import premium
from daimm_cli.chain.client import Chain
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


@pytest.fixture
def people(person: Callable[..., Person]) -> dict[str, Person]:
    """The deployer chooses for the pool."""
    seller = person("seller", 1, money=100 * AIM)
    names = {"buyer": 2, "evaluator": 5, "depositor": 6, "curator": 0}
    made = {name: person(name, at, money=1_100 * AIM, source=seller) for name, at in names.items()}
    return {"seller": seller, **made}


@pytest.fixture
def bond(people: dict[str, Person], tmp_path: Path) -> str:
    """Of 10 AIM, that a model errs by 30 at most, which errs by 43."""
    trained("diabetes", model := tmp_path / "diabetes.onnx")
    promise = ("--guarantee", "diabetes mae <= 30 for 90d", "--bond", 10)
    words = ("--license", "MIT", "--price", "10", *promise, "--yes")
    made: str = people["seller"].json("model", "publish", model, *words)["bond"]
    return made


@pytest.fixture
def report(people: dict[str, Person], bond: str, tmp_path: Path) -> Path:
    path = tmp_path / "report.json"
    model = tmp_path / "diabetes.onnx"
    people["evaluator"]("bench", "run", model, "--suite", "diabetes", "--output", path)
    return path


@pytest.fixture
def offer(people: dict[str, Person], bond: str) -> str:
    made: str = people["buyer"].json("model", "show", 1)["offers"][0]["offer"]
    return made


def ordered(people: dict[str, Person], offer: str) -> str:
    order: str = people["buyer"].json("buy", offer, "--yes")["orders"][0]["order"]
    people["seller"]("order", "deliver", order, "--yes")
    return order


def sold(people: dict[str, Person], bond: str, local_chain: LocalChain, *how: object) -> None:
    """A pool of 1,000 AIM, whose limit on the bond is in force."""
    people["depositor"]("pool", "deposit", "aim", "--amount", 1_000, "--yes")
    people["curator"]("pool", "limit", "aim", bond, "--limit", 20, *how, "--yes")
    pass_by(local_chain, 10 * DAY + 1)


def keep(who: Person) -> str:
    """Let a keeper look at the chain; what it said."""
    return "".join(who("keeper", "run", "--once", "--yes").err for _ in range(3))


def contested(people: dict[str, Person], bond: str, report: Path) -> None:
    people["evaluator"]("bench", "attest", report, 1, "--stake", 2, "--yes")
    people["evaluator"]("guarantee", "break", bond, "--yes")


def test_the_page(
    *,
    people: dict[str, Person],
    bond: str,
    report: Path,
    offer: str,
    chain: Chain,
    local_chain: LocalChain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    buyer, depositor = people["buyer"], people["depositor"]
    names, outs = {"BOND": bond}, {}
    block = re.search(r"```console\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert block is not None
    for line in block[1].splitlines():
        typed = LINE.fullmatch(line)
        assert typed, line
        who, argv = people[typed[1]], [names.get(word, word) for word in shlex.split(typed[2])]
        what = " ".join(argv[:2])
        if what == "cover buy":
            pass_by(local_chain, 10 * DAY + 1)
            argv[2] = names["ORDER"] = ordered(people, offer)
        if what == "cover claim":
            pass_by(local_chain, 3 * DAY + 1)
            contested(people, bond, report)
            said = keep(depositor)
            pass_by(local_chain, 3 * DAY + 1)
            people["evaluator"]("guarantee", "break", bond, "--yes")
            before = chain.balance(chain.aim, buyer.account.address)
        if what == "pool withdraw" and "pool withdraw" in outs:
            assert "you can take it from" in who.refused(*argv, "--yes", status=3)
            pass_by(local_chain, 7 * DAY)
        agreed = () if argv[1] in ("list", "show") else ("--yes",)
        ran = who(*argv, *agreed)
        outs[what] = ran.out
        if what == "cover claim":
            claimed = ran.err
    assert "Said that a bond is in doubt to pool aim" in said
    assert "░ " in outs["pool show"] or "░\n" in outs["pool show"]

    assert "Locked by bond" in Path("pool.svg").read_text()

    # 10 AIM staked: a fifth is the evaluator's and a fifth nobody's, so the bond gave 6 of 10.
    assert "has given what it had" in claimed
    assert "is left to pool aim" in claimed
    assert "Pool aim has paid 4 AIM." in outs["cover claim"]
    assert chain.balance(chain.aim, buyer.account.address) - before == 4 * AIM
    buyer("withdraw", "--yes")
    assert chain.balance(chain.aim, buyer.account.address) - before == 10 * AIM
    (row,) = buyer.json("cover", "list")
    assert (row["state"], row["amount"], row["paid"]) == ("paid", str(10 * AIM), str(4 * AIM))
    seconds = row["end"] - row["start"] + 3 * DAY
    assert row["premium"] == str(premium(10 * AIM, 240, seconds, 1_000 * AIM, 0))
    assert "paid already" in buyer.refused("cover", "claim", names["ORDER"], "--yes", status=3)
    # What the depositor has is what they gave, the premium and the rest of a share's rounding.
    left = chain.balance(chain.aim, depositor.account.address) - 100 * AIM
    assert 996 * AIM < left < 997 * AIM
    assert int(depositor.json("pool", "show", "aim")["yours"]) < AIM // 1000


def test_what_was_shown_too_early_is_not_paid(
    people: dict[str, Person], bond: str, report: Path, offer: str, local_chain: LocalChain
) -> None:
    sold(people, bond, local_chain)
    order, buyer = ordered(people, offer), people["buyer"]
    buyer("cover", "buy", order, "--amount", 5, "--yes")
    pass_by(local_chain, 2 * DAY)
    contested(people, bond, report)
    pass_by(local_chain, 3 * DAY + 1)
    people["evaluator"]("guarantee", "break", bond, "--yes")
    ran = buyer.type("cover", "claim", order, "--yes")
    assert ran.status == 3
    assert "has given what it had" in ran.err
    assert "it pays nothing" in ran.err
    # What bonds gave is theirs nonetheless.
    assert buyer.json("withdraw", "--yes")["amounts"]


def test_a_doubt_that_is_over_is_said_too(
    people: dict[str, Person], bond: str, report: Path, offer: str, local_chain: LocalChain
) -> None:
    depositor = people["depositor"]
    sold(people, bond, local_chain)
    assert "in doubt" not in keep(depositor)
    people["buyer"]("cover", "buy", ordered(people, offer), "--yes")
    quoted = " ".join(people["buyer"]("quote", offer).out.split())
    assert "pool aim insures 10 AIM more of orders against it" in quoted
    contested(people, bond, report)
    (told,) = depositor.json("pool", "show", "aim")["bonds"]
    assert (told["exposure"], told["impaired"]) == (str(10 * AIM), False)
    keep(depositor)
    shown = depositor.json("pool", "show", "aim")
    assert (shown["impaired"], shown["bonds"][0]["impaired"]) == (str(10 * AIM), True)
    assert int(shown["yours"]) < 991 * AIM
    pass_by(local_chain, 300 * DAY)
    assert "doubt no more" in keep(depositor)
    assert depositor.json("pool", "show", "aim")["impaired"] == "0"


def test_a_rate_is_suggested_by_record_and_evidence(
    people: dict[str, Person], bond: str, report: Path, local_chain: LocalChain
) -> None:
    curator, limit = people["curator"], ("pool", "limit", "aim", bond, "--limit", 20)
    assert curator.json(*limit, "--yes")["rate"] == 2.4
    contested(people, bond, report)
    pass_by(local_chain, 3 * DAY + 1)
    people["evaluator"]("guarantee", "break", bond, "--yes")
    assert curator.json(*limit, "--yes")["rate"] == 8.39  # it stood for three days
    words = ("guarantee", "offer", 1, "diabetes mae <= 50 for 90d", "--bond", 10, "--yes")
    kept = people["seller"].json(*words)["bond"]
    curator("pool", "limit", "aim", bond, "--limit", 0, "--yes")
    told = curator.json("pool", "limit", "aim", kept, "--limit", 20, "--yes")
    assert told["rate"] == 4.2  # what was measured is as good as that


def test_what_cannot_be_is_refused(
    people: dict[str, Person], bond: str, offer: str, local_chain: LocalChain, tmp_path: Path
) -> None:
    buyer, depositor, curator = (people[name] for name in ("buyer", "depositor", "curator"))
    order = ordered(people, offer)
    buy = ("cover", "buy", order, "--yes")
    assert "No pool insures model 1" in buyer.refused(*buy, status=3)
    assert "daimm pool list" in buyer.refused("pool", "show", "aimless")
    only = ("pool", "limit", "aim", bond, "--limit", 20, "--yes")
    assert "Only the curator" in buyer.refused(*only, status=3)
    assert "no share" in depositor.refused("pool", "withdraw", "aim", "--yes", status=3)
    assert "not an amount" in curator.refused(*only, "--rate", "much")
    assert "not insured" in buyer.refused("cover", "claim", order, "--yes", status=3)
    assert "Nothing of yours is insured" in buyer("cover", "list").err
    sold(people, bond, local_chain, "--rate", 4)
    order = ordered(people, offer)
    assert "insure less" in buyer.refused("cover", "buy", order, "--amount", 11, status=3)
    assert "give an amount" in buyer.refused("cover", "buy", order, "--amount", 0, status=3)
    assert ".png, .svg or .html" in buyer.refused("pool", "show", "aim", "--draw", "pool.pdf")
    buyer("cover", "buy", order, "--yes")
    assert "insured here already" in buyer.refused("cover", "buy", order, "--yes", status=3)
    assert "not broken" in buyer.refused("cover", "claim", order, "--yes", status=3)


def test_amounts_that_mean_nothing_are_refused(people: dict[str, Person], bond: str) -> None:
    depositor, curator = people["depositor"], people["curator"]
    told = depositor.refused("pool", "deposit", "aim", "--amount", 0, "--yes")
    assert "Deposit more than nothing." in told
    depositor("pool", "deposit", "aim", "--amount", 10, "--yes")
    for amount in (0, 11):  # all is what leaves the amount out
        told = depositor.refused("pool", "withdraw", "aim", "--amount", amount, "--yes")
        assert "What you have of it is worth 10 AIM" in told
    assert depositor.json("pool", "withdraw", "aim", "--amount", 10, "--yes")["transaction"]
    told = curator.refused("pool", "limit", "aim", bond, "--limit", 1, "--rate", 656, "--yes")
    assert "655.35% a year at most" in told
