"""Waiting for a key: through silence, re-orgs and kills, to whatever end the order comes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from daimm_cli.base.errors import ChainRefused, NotYet
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Node
from daimm_cli.index.index import Index
from daimm_cli.market import wait as waiting
from daimm_cli.market.wait import PATIENCE, Ending, Seen
from tests.python.chain.proxy import Proxy, reply
from tests.python.cli.conftest import AIM, Person, write_seed
from tools.chain import LocalChain, web3_of

HOUR = 3600
DEPTH = 3


@pytest.fixture
def bought(seller: Person, buyer: Person, model_file: Path) -> dict[str, str]:
    """An order for 10 AIM; due in an hour, two more of grace."""
    offer = seller.json(
        *("model", "publish", model_file, "--license", "MIT", "--price", "10"),
        *("--deliver-within", "1h", "--grace", "2h", "--yes"),
    )["offer"]
    made: dict[str, str] = buyer.json("buy", offer, "--yes")["orders"][0]
    return made


@pytest.fixture
def proxy(local_chain: LocalChain) -> Iterator[Proxy]:
    with Proxy(local_chain.url) as between:
        yield between


@pytest.fixture
def index(proxy: Proxy, chain: Chain, tmp_path: Path) -> Iterator[tuple[Chain, Index]]:
    """The buyer's view of the chain, through the proxy."""
    behind = Chain(Node.connect(proxy.url), chain.book)
    with Index.open(tmp_path / "watch", behind) as opened:
        yield behind, opened


class Pauses:
    """Time that passes only here; in the pauses something happens."""

    def __init__(self, *acts: Callable[[], object]) -> None:
        self.acts = list(acts)
        self.lengths: list[float] = []
        self.said: list[str] = []
        self.time = 0.0

    def __call__(self, seconds: float) -> None:
        self.lengths.append(seconds)
        self.time += seconds
        assert self.time < 10 * PATIENCE, self.said[-1]
        if self.acts:
            self.acts.pop(0)()

    def report(self, state: str, _detail: str) -> None:
        self.said.append(state)

    def wait(self, look: Callable[[], Seen], timeout: float | None = None) -> Seen:
        return waiting.wait(
            look,
            report=self.report,
            timeout=timeout,
            pause=self,
            clock=lambda: self.time,
        )


def looking(view: tuple[Chain, Index], order: str, depth: int = DEPTH) -> Callable[[], Seen]:
    chain, index = view
    index.sync()
    row = index.order(bytes.fromhex(order[2:]))
    return lambda: waiting.look(chain, index, row, depth)


def nothing() -> None:
    pass


def test_a_node_that_fails_and_a_re_org_are_waited_out(
    *,
    seller: Person,
    bought: dict[str, str],
    index: tuple[Chain, Index],
    proxy: Proxy,
    local_chain: LocalChain,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("daimm_cli.base.http.PATIENCE", 0.5)

    def silence() -> None:
        def busy(handler: BaseHTTPRequestHandler) -> None:
            reply(handler, 503, b"busy")

        proxy.raw = busy

    def hang_up() -> None:
        proxy.raw, proxy.drop = None, 100

    def deliver() -> None:
        proxy.drop = 0
        seller("order", "deliver", bought["order"], "--yes")

    local_chain.mine(DEPTH)
    pauses = Pauses(
        silence,
        hang_up,
        deliver,
        lambda: local_chain.reorg(1),
        lambda: seller("order", "deliver", bought["order"], "--yes"),
        nothing,
        lambda: local_chain.mine(DEPTH - 1),
    )
    seen = pauses.wait(looking(index, bought["order"]))
    assert seen.ending is Ending.DELIVERED
    assert pauses.acts == []
    assert [said.split()[0] for said in pauses.said] == [
        "Waiting", "The", "The", "Ended;", "Waiting", "Ended;", "Ended;"
    ]  # fmt: skip
    assert "secret" not in "".join(pauses.said)


@pytest.mark.parametrize("back", [True, False])
def test_a_purchase_that_a_re_org_takes_back(
    *,
    bought: dict[str, str],
    index: tuple[Chain, Index],
    chain: Chain,
    local_chain: LocalChain,
    back: bool,
) -> None:
    """It is waited for as long as it can be mined; mined again, it is waited for as before."""
    raw = local_chain.rpc("eth_getBlockByNumber", "latest", True)["transactions"][0]
    data = web3_of(chain.node).eth.get_raw_transaction(raw["hash"])

    def again() -> None:
        local_chain.rpc("eth_sendRawTransaction", "0x" + bytes(data).hex())

    pauses = Pauses(lambda: local_chain.reorg(1), nothing, again if back else nothing)
    if back:
        with pytest.raises(NotYet):
            pauses.wait(looking(index, bought["order"], 1), timeout=30)
        assert "a re-org took the purchase back" in pauses.said[1]
        assert pauses.said[-1].startswith("Waiting for the key")
    else:
        with pytest.raises(ChainRefused, match="can be mined no more"):
            pauses.wait(looking(index, bought["order"], 1))
        assert PATIENCE < pauses.time < PATIENCE + 60


def test_the_pauses_grow_and_end_with_the_time_given(
    bought: dict[str, str], index: tuple[Chain, Index]
) -> None:
    pauses = Pauses()
    with pytest.raises(NotYet, match="after 100 seconds"):
        pauses.wait(looking(index, bought["order"]), timeout=100)
    assert pauses.time == 100
    assert pauses.lengths[0] == waiting.FIRST_PAUSE
    assert pauses.lengths[:-1] == sorted(pauses.lengths[:-1])
    assert max(pauses.lengths) == waiting.LONGEST_PAUSE
    assert len(pauses.lengths) < 20


def test_the_end_of_grace_is_not_slept_through(
    bought: dict[str, str], index: tuple[Chain, Index], local_chain: LocalChain
) -> None:
    pauses = Pauses(lambda: local_chain.travel(3 * HOUR + 1))
    seen = pauses.wait(looking(index, bought["order"]))
    assert (seen.ending, seen.row.state.value) == (Ending.REFUND_DUE, "pending")
    late = Pauses()
    row = seen.row
    moments = iter([Seen(row, row.grace_end - 2, None)] * 40 + [seen])
    late.wait(lambda: next(moments))
    assert max(late.lengths) == 3
    assert set(late.said) == {late.said[0]}
    assert "The key is late" in late.said[0]


def test_the_key_is_kept_and_nothing_else_is_needed_then(
    buyer: Person, seller: Person, bought: dict[str, str]
) -> None:
    seller("order", "deliver", bought["order"], "--yes")
    told = buyer.json("order", "wait", bought["order"][:10])
    assert told == {"order": bought["order"], "state": "delivered", "license": bought["license"]}
    assert buyer.json("license", "show", bought["license"])["key_here"]
    assert buyer.json("order", "wait", bought["order"]) == told


def test_an_order_that_ends_otherwise_has_a_status_of_its_own(
    buyer: Person, seller: Person, bought: dict[str, str], chain: Chain, local_chain: LocalChain
) -> None:
    ident = bought["order"]
    assert "not ended after 0" in buyer.refused("order", "wait", ident, "--timeout", 0, status=7)
    assert "not ended after 1" in buyer.refused("order", "wait", ident, "--timeout", "1s", status=7)
    assert "not a time" in buyer.refused("order", "wait", ident, "--timeout", "soon")
    local_chain.travel(4 * HOUR)
    told = buyer.refused("order", "wait", ident, status=6)
    assert f"daimm order refund {ident}" in told
    ran = buyer.type("order", "wait", ident, "--refund", "--yes", "--json")
    assert (ran.status, ran.json["state"]) == (6, "refunded")
    assert chain.credit(buyer.account.address, chain.aim) == 10 * AIM
    assert "was refunded" in buyer.refused("order", "wait", ident, status=6)


def test_a_declined_order(buyer: Person, seller: Person, bought: dict[str, str]) -> None:
    seller("order", "decline", bought["order"], "--yes")
    told = buyer.refused("order", "wait", bought["order"], status=6)
    assert "declined by the seller" in told
    assert "daimm withdraw" in told


def test_an_ending_counts_when_it_is_deep(
    buyer: Person, seller: Person, bought: dict[str, str], local_chain: LocalChain
) -> None:
    seller("order", "deliver", bought["order"], "--yes")
    deep = ("order", "wait", bought["order"], "--confirmations", 5, "--timeout", 0)
    buyer.refused(*deep, status=7)
    assert not buyer.json("license", "show", bought["license"])["key_here"]
    local_chain.mine(4)
    buyer(*deep)


def test_the_wrong_home_is_told_at_once(buyer: Person, bought: dict[str, str]) -> None:
    (buyer.home / "seed.json").unlink()
    write_seed(buyer.home)
    assert "made from another home" in buyer.refused("order", "wait", bought["order"])
    assert "There is no order" in buyer.refused("order", "wait", "0x12345678")


def test_a_node_that_is_down_from_the_start_is_waited_for(
    buyer: Person, bought: dict[str, str]
) -> None:
    buyer.settings["DAIMM_RPC"] = "http://127.0.0.1:9"
    told = buyer.type("order", "wait", bought["order"], "--timeout", 0)
    assert told.status == 7
    assert "Cannot reach the node" in told.err


def started(who: Person, *words: str) -> subprocess.Popen[str]:
    """A command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "daimm_cli", *words],
        env={**os.environ, **who.settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until_it_waits(process: subprocess.Popen[Any]) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if "Waiting for the key" in line:
            return
    raise AssertionError("it did not wait")


def test_a_wait_that_is_killed_goes_on(
    buyer: Person, seller: Person, bought: dict[str, str], model_file: Path, tmp_path: Path
) -> None:
    with started(buyer, "order", "wait", bought["order"]) as first:
        until_it_waits(first)
        first.kill()
    assert first.returncode == -9
    with started(buyer, "order", "wait", bought["order"], "--json") as second:
        until_it_waits(second)
        seller("order", "deliver", bought["order"], "--yes")
        out, err = second.communicate(timeout=60)
    assert second.returncode == 0, err
    assert bought["license"] in out
    buyer("license", "fetch", bought["license"], "--output", tmp_path / "opened")
    assert (tmp_path / "opened").read_bytes() == model_file.read_bytes()
