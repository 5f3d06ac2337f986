"""Payments between holders and for time, by processes that are killed once the payment has left."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from daimm_cli.base.errors import ChainRefused
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Node
from daimm_cli.manifest import canonical
from tests.python.benchmark.written import written
from tests.python.cli.conftest import AIM, Person
from tools.chain import LocalChain

DAY = 86_400
RATE = -(-2 * AIM // DAY)
TERMS = ("--license", "MIT", "--price", "5", "--duration", "30d", "--yes")


@dataclass
class Killing:
    """Commands whose process ends between the payment's leaving and its being mined."""

    chain: Chain
    local: LocalChain
    place: Path

    def waiting(self) -> int:
        return int(self.local.rpc("txpool_status")["pending"], 16)

    def kill(self, who: Person, *words: str) -> None:
        """The payment is in the node's pool when the process is killed."""
        self.local.rpc("evm_setAutomine", False)
        with subprocess.Popen(
            [sys.executable, "-m", "daimm_cli", *words, "--yes"],
            cwd=self.place,
            env={**os.environ, **who.settings, "no_proxy": "127.0.0.1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        ) as process:
            while process.poll() is None and not self.waiting():
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.02)
            process.kill()
            _, told = process.communicate()
        assert process.returncode == -9, told.decode()

    def once(self, who: Person, *words: str, costs: int) -> None:
        """Paid once, whether the command is repeated before it is mined or after."""
        before = self.has(who)
        self.kill(who, *words)
        assert "may still be mined" in who.refused(*words, "--yes")
        self.local.mine()
        self.local.rpc("evm_setAutomine", True)
        assert self.has(who) == before - costs
        assert "You have paid for" in who.refused(*words, "--yes")
        assert self.has(who) == before - costs

    def has(self, who: Person) -> int:
        return self.chain.balance(self.chain.aim, who.account.address)


@pytest.fixture
def killing(chain: Chain, local_chain: LocalChain, tmp_path: Path) -> Killing:
    return Killing(chain, local_chain, tmp_path)


@pytest.fixture
def holder(person: Callable[..., Person], seller: Person) -> Person:
    return person("holder", 3, money=100 * AIM, source=seller)


@pytest.fixture
def bought(seller: Person, holder: Person, model_file: Path) -> Callable[[], str]:
    """Another licence of the holder's for thirty days, delivered."""
    made = seller.json("model", "publish", model_file, *TERMS)

    def buy() -> str:
        placed: dict[str, str] = holder.json("buy", made["offer"], "--yes")["orders"][0]
        seller("order", "deliver", placed["order"], "--yes")
        return placed["license"]

    return buy


def test_whoever_is_cut_off_pays_once(
    killing: Killing,
    seller: Person,
    holder: Person,
    buyer: Person,
    bought: Callable[[], str],
    chain: Chain,
) -> None:
    spender = chain.deployed.secondary.address
    chain.node.send(ERC20(chain.aim).approve(spender, 2**256 - 1), buyer.account)

    rented = bought()
    rates = ("--per-day", "2", "--min", "1d", "--max", "20d", "--yes")
    listing = holder.json("rent", "offer", rented, *rates)["listing"]
    killing.once(buyer, "rent", "take", listing, "--for", "2d", costs=2 * DAY * RATE)
    (deal,) = buyer.json("rent", "list", "--mine")
    seller("rent", "deliver", deal["deal"], "--yes")
    killing.once(buyer, "rent", "extend", deal["deal"], "--by", "3d", costs=3 * DAY * RATE)
    before = killing.has(buyer)
    buyer("rent", "extend", deal["deal"], "--by", "1d", "--yes")  # told of it, they may go on
    assert killing.has(buyer) == before - DAY * RATE

    sold = bought()
    offered = holder.json("license", "sell", sold, "--price", "8", "--expires", "5d", "--yes")[
        "listing"
    ]
    killing.once(buyer, "license", "take", offered, costs=8 * AIM)

    killing.once(holder, "license", "renew", rented, costs=5 * AIM)
    before = killing.has(holder)
    holder("license", "renew", rented, "--yes")
    assert killing.has(holder) == before - 5 * AIM


def test_what_the_node_would_not_pass_on_is_not_paid_again_before_its_deadline(
    holder: Person, bought: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("license", "renew", bought(), "--yes")

    def refuses(self: Node, signed: object) -> None:
        raise ChainRefused("The node will not have it.")

    with monkeypatch.context() as patched:
        patched.setattr(Node, "broadcast", refuses)
        holder.refused(*words, status=3)
    assert "may still be mined" in holder.refused(*words)


@pytest.mark.parametrize("lasting", [(), ("--expires", "90d")], ids=["for ever", "for a time"])
def test_whoever_is_cut_off_stakes_once(
    killing: Killing, holder: Person, model_file: Path, chain: Chain, lasting: tuple[str, ...]
) -> None:
    spender = chain.deployed.attestations.address
    chain.node.send(ERC20(chain.aim).approve(spender, 2**256 - 1), holder.account)
    holder("model", "publish", model_file, *TERMS)
    report = stated(killing.place, model_file)
    words = ("bench", "attest", str(report), "1", "--stake", "4", *lasting)
    killing.once(holder, *words, costs=4 * AIM)
    before = killing.has(holder)
    if not lasting:
        assert "before" in holder.refused(*words, "--yes", status=3)
    holder("bench", "attest", report, 1, "--stake", "5", "--yes")
    assert before - killing.has(holder) == 5 * AIM


def test_whoever_is_cut_off_pays_for_one_measurement_and_answers_it_once(
    killing: Killing, holder: Person, buyer: Person, model_file: Path, chain: Chain
) -> None:
    spender = chain.deployed.attestations.address
    for person in (holder, buyer):
        chain.node.send(ERC20(chain.aim).approve(spender, 2**256 - 1), person.account)
    holder("model", "publish", model_file, *TERMS)
    asks = ("--suite", "11" * 32, "--evaluator", holder.account.address, "--fee", "5")
    words = ("bench", "commission", "1", *asks, "--stake", "20", "--deadline", "7d")
    killing.once(buyer, *words, costs=5 * AIM)
    (job,) = buyer.json("bench", "jobs")

    report = stated(killing.place, model_file)
    answer = ("bench", "attest", str(report), "--job", str(job["job"]))
    before = killing.has(holder)
    killing.kill(holder, *answer)
    assert "may still be mined" in holder.refused(*answer, "--yes")
    killing.local.mine()
    killing.local.rpc("evm_setAutomine", True)
    assert "no answer any more" in holder.refused(*answer, "--yes", status=3)
    assert killing.has(holder) == before - 20 * AIM


def stated(place: Path, measured: Path) -> Path:
    """A report of a file, by a suite whose digest is all ones."""
    content = measured.read_bytes()
    model = {"sha256": sha256(content).hexdigest(), "size": len(content)}
    (report := place / "report.json").write_bytes(canonical.encode(written(model=model)))
    return report
