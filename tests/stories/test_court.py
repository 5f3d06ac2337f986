"""A court of drawn jurors through the command line, as docs/court.md has it."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from daimm_cli.accounts.seed import seed_path
from daimm_cli.chain.client import Chain
from tests.python.cli.conftest import AIM, Person
from tools.chain import LocalChain

PAGE = Path(__file__).resolve().parents[2] / "docs" / "court.md"
LINE = re.compile(r"(\w+)\$ +daimm (.*)")
DAY = 86_400
FEE = 5 * 10**15
NAMES = ("ada", "ben", "cleo")


@pytest.fixture
def jurors(person: Callable[..., Person], seller: Person, buyer: Person) -> dict[str, Person]:
    """Three of them, with money for a seat each, who can read what both parties say."""
    made = {name: person(name, at, money=150 * AIM) for at, name in enumerate(NAMES, 4)}
    stores = [str(each.home / "store") for each in (seller, buyer)]
    for juror in made.values():
        (juror.home / "config.toml").write_text(f"[storage]\nsources = {json.dumps(stores)}\n")
    return made


@pytest.fixture
def order(seller: Person, buyer: Person, model_file: Path, chain: Chain) -> str:
    """Delivered, and in an inspection of two days, with the court as its arbitrator."""
    claims = chain.book.address("Claims/court")
    terms = ("--price", "10", "--inspection", "2d", "--arbitrator", claims, "--yes")
    made = seller.json("model", "publish", model_file, "--license", "MIT", *terms)
    bought: str = buyer.json("buy", made["offer"], "--yes")["orders"][0]["order"]
    seller("order", "deliver", bought, "--yes")
    return bought


def opposed(buyer: Person, seller: Person, order: str) -> None:
    buyer("claim", "open", order, "--says", "It is another model.", "--yes")
    seller("claim", "oppose", order, "--says", "Every leaf is right.", "--yes")


def keep(*people: Person, looks: int = 3) -> str:
    """Let keepers look at the chain; what they said."""
    said = [who("keeper", "run", "--once", "--yes").err for _ in range(looks) for who in people]
    return "".join(said)


def known(chain: Chain, local_chain: LocalChain, after: int = 0) -> None:
    """Mine until what draws the dispute that waits longest is there, and so many seconds more."""
    court = chain.deployed.court
    tick = chain.node.view(court.dispute_of(chain.node.view(court.front()))).tick
    local_chain.mine(tick + 1 + after // 12 - chain.node.latest().number)


def pass_by(local_chain: LocalChain, seconds: int) -> None:
    local_chain.travel(seconds)
    local_chain.mine()


def test_the_page(
    *,
    buyer: Person,
    seller: Person,
    jurors: dict[str, Person],
    order: str,
    chain: Chain,
    local_chain: LocalChain,
) -> None:
    people = {"buyer": buyer, "seller": seller, **jurors}
    ada, ben, cleo = jurors.values()
    block = re.search(r"```console\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert block is not None
    outs: dict[str, str] = {}
    for line in block[1].splitlines():
        typed = LINE.fullmatch(line)
        assert typed, line
        argv = [order if word == "ORDER" else word for word in shlex.split(typed[2])]
        what = argv[1] if argv[0] == "court" else ""
        if what == "advance" and chain.node.view(chain.deployed.court.front()):
            known(chain, local_chain)
        if what == "withdraw":
            pass_by(local_chain, 2 * DAY + 1)
            for each in (ada, ada, ben, cleo):  # the ruling is final, and then there is a share
                each("court", "advance", 1, "--yes")
        outs[" ".join(argv[:2])] = people[typed[1]](*argv, "--yes").out
        if what in ("join", "commit", "reveal"):
            for each in (ben, cleo):
                each(*argv, "--yes")
        if what == "commit":
            ben("court", "advance", 1, "--yes")

    assert "Claims/court" in outs["court list"]
    assert re.search(r"commit\s+1\s+[012]\s", outs["court duties"])
    assert re.search(r"Reveal it in the two days after \d{4}-", outs["court commit"])
    shown = " ".join(outs["court show"].split())
    assert f"of order {order}: It knows five digits of ten." in shown
    assert f"{ada.account.address} is silent" in shown
    assert f"claimant {buyer.account.address} opposer {seller.account.address}" in shown
    assert "ruling none yet" in shown
    told = ada.json("court", "show", 1)
    assert (told["phase"], told["ruling"], told["seats"]) == ("executed", 2, [])
    assert [it["says"] for it in told["evidence"]] == [
        "It knows five digits of ten.",
        "Every leaf is what the version commits to.",
    ]


def test_a_keeper_serves_its_juror_and_a_silent_one_pays(
    *,
    person: Callable[..., Person],
    buyer: Person,
    seller: Person,
    jurors: dict[str, Person],
    order: str,
    chain: Chain,
    local_chain: LocalChain,
) -> None:
    ada, ben, cleo = jurors.values()
    for juror in jurors.values():
        juror("court", "join", 1, "--yes")
    opposed(buyer, seller, order)
    assert re.search(r"dispute +1 of the arbitrator's\n", seller("claim", "show", order).out)
    assert "Sent" not in keep(ada)
    known(chain, local_chain, after=300)
    said = keep(ada, ben, cleo, looks=2)
    assert said.count("draw dispute 1") == 1
    assert "Drew jurors for dispute 1" in said
    for juror in (ada, ben):
        (duty,) = juror.json("court", "duties")
        said = juror("court", "duties").err
        assert "You hold 0 seats that can be drawn, and 1 that judge." in said
        assert (duty["what"], duty["dispute"]) == ("commit", 1)
        juror("court", "commit", 1, "--for", "opposer", "--yes")
    # Ben's machine is gone. Elsewhere his backup's seed is enough, and any account pays for gas.
    restored = person("restored", 7)
    shutil.copy(seed_path(ben.home), seed_path(restored.home))
    restored.settings["DAIMM_KEEPER_SELLER"] = ben.account.address
    pass_by(local_chain, 2 * DAY + 1)
    said = keep(ada, restored, cleo)
    assert said.count("Revealed the ruling in dispute 1") == 2
    assert buyer.json("court", "show", 1)["phase"] == "appeal"
    pass_by(local_chain, 2 * DAY + 1)
    said = keep(ada, ben, cleo)
    assert buyer.json("court", "show", 1)["phase"] == "executed"
    assert buyer.json("court", "duties") == ada.json("court", "duties") == []
    court = chain.deployed.court
    owed = {
        name: (
            chain.node.view(court.ether_owed(it.account.address)),
            chain.node.view(court.credit(it.account.address, bytes(32), chain.aim)),
        )
        for name, it in jurors.items()
    }
    assert owed == {
        "ada": (3 * FEE // 2, 25 * AIM),
        "ben": (3 * FEE // 2, 25 * AIM),
        "cleo": (0, 50 * AIM),
    }
    assert ada.json("balance")["ether"] == [{"contract": "Court", "amount": str(3 * FEE // 2)}]
    assert "by daimm court withdraw" in ada("balance").out
    assert re.search(r"state +ruled, rejected\n", buyer("claim", "show", order).out)
    buyer("claim", "execute", order, "--yes")
    assert buyer.json("order", "show", order)["state"] == "settled"
    assert "Claims/court\t0.015 ether\tby daimm claim withdraw" in seller("balance").out
    for juror in jurors.values():
        juror("withdraw", "--yes")
    assert "Given back: 1 seat." in ada("court", "leave", 1, "--yes").out
    told = cleo.refused("court", "leave", 1, "--yes", status=3)
    assert "has 0 seats that can be given back, and 0 that judge" in told


def test_a_ruling_is_appealed_and_all_seats_of_a_juror_rule_together(
    *,
    person: Callable[..., Person],
    buyer: Person,
    seller: Person,
    order: str,
    chain: Chain,
    local_chain: LocalChain,
) -> None:
    juror = person("juror", 4, money=1_200 * AIM, source=seller)
    juror("court", "join", 12, "--yes")
    assert "before an arbitrator" in seller.refused("claim", "appeal", order, "--yes", status=3)
    opposed(buyer, seller, order)
    for party, seats in (("claimant", 3), ("opposer", 7)):
        known(chain, local_chain)
        assert "can be appealed now" in seller.refused("claim", "appeal", order, "--yes", status=3)
        juror("court", "advance", 1, "--yes")
        assert len(juror.json("court", "duties")) == seats
        juror("court", "commit", 1, "--for", party, "--yes")
        assert juror.json("court", "duties") == [
            {"what": "advance", "dispute": 1, "seat": None, "until": 0}
        ]
        done = juror.json("court", "advance", 1, "--yes")["done"]
        assert done == ["advance 1"]
        done = juror.json("court", "advance", 1, "--yes")["done"]
        assert done == ["reveal 1"] * seats + ["advance 1"]
        if party == "claimant":
            assert seller.json("claim", "appeal", order, "--yes")["cost"] == str(7 * FEE)
    pass_by(local_chain, 2 * DAY + 1)
    for _ in range(2):
        juror("court", "advance", 1, "--yes")
    told = juror.json("court", "show", 1)
    assert (told["phase"], told["ruling"], told["round"]) == ("executed", 2, 2)
    court, me = chain.deployed.court, juror.account.address
    # Three seats ruled otherwise: half of each is nobody's of that round, and so is its fee.
    assert chain.node.view(court.ether_owed(me)) == 7 * FEE
    assert chain.node.view(court.credit(me, bytes(32), chain.aim)) == 150 * AIM
    assert chain.node.view(court.seats()) == 9


def test_without_jurors_a_claim_ends_unruled_once_there_was_time(
    *,
    person: Callable[..., Person],
    buyer: Person,
    seller: Person,
    order: str,
    chain: Chain,
    local_chain: LocalChain,
) -> None:
    former = person("former", 4, money=150 * AIM, source=seller)
    for left in ("join", "leave"):
        former("court", left, 1, "--yes")
    opposed(buyer, seller, order)
    known(chain, local_chain, after=300)
    assert "Sent" not in keep(former)
    said = buyer("court", "advance", 1, "--yes").out
    assert "Done: draw 1. It waits for another draw" in said
    assert buyer.json("court", "show", 1)["phase"] == "draw"
    pass_by(local_chain, 10 * DAY + 1)
    known(chain, local_chain)
    assert buyer.json("court", "advance", 1, "--yes")["done"] == ["draw 1", "execute 1"]
    told = buyer.json("court", "show", 1)
    assert (told["phase"], told["ruling"], told["round"]) == ("executed", 0, 0)
    buyer("claim", "execute", order, "--yes")
    assert buyer.json("order", "show", order)["state"] == "refunded"


def test_who_joins_without_a_seed_is_given_one(person: Callable[..., Person]) -> None:
    newcomer = person("newcomer", 7, money=150 * AIM)
    seed_path(newcomer.home).unlink()
    assert "This home has no seed yet" in newcomer("court", "join", 1, "--yes").err
    assert seed_path(newcomer.home).exists()
