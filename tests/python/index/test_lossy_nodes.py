"""An index under nodes whose answers are late, partial, empty, behind or invented."""

from __future__ import annotations

import contextlib
import itertools
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.base.errors import OutsideFailed
from daimm_cli.bindings.market import OfferOpened
from daimm_cli.bindings.model_license import Transfer
from daimm_cli.chain.client import Chain, Placed
from daimm_cli.chain.node import Node
from daimm_cli.index.audit import audit
from daimm_cli.index.index import Index
from tests.python.chain.proxy import Proxy
from tests.python.chain.samples import AIM, bought, published
from tools.chain import LocalChain

Logs = list[dict[str, Any]]


@pytest.fixture
def proxy(local_chain: LocalChain) -> Iterator[Proxy]:
    with Proxy(local_chain.url) as opened:
        yield opened


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def index(chain: Chain, proxy: Proxy, tmp_path: Path, said: list[str]) -> Iterator[Index]:
    """The index of a node behind the proxy."""
    seen = Chain(Node.connect(proxy.url), chain.book)
    with Index.open(tmp_path, seen, said.append) as opened:
        yield opened


@pytest.fixture
def placed(
    chain: Chain, accounts: list[LocalAccount], funded: Callable[[int, int], LocalAccount]
) -> Placed:
    return bought(chain, funded(2, 100 * AIM), published(chain, accounts[1]).offer)


def half(logs: Logs) -> Logs:
    return logs[: len(logs) // 2]


def empty(_logs: Logs) -> Logs:
    return []


@pytest.mark.parametrize("lossy", [half, empty])
@pytest.mark.parametrize("before", [0, 200], ids=["new", "old"])
@pytest.mark.parametrize("after", [0, 200], ids=["soon", "later"])
def test_what_one_answer_left_out_comes_with_the_next(
    lossy: Callable[[Logs], Logs],
    before: int,
    after: int,
    placed: Placed,
    local_chain: LocalChain,
    proxy: Proxy,
    index: Index,
) -> None:
    """However deep it was when it was left out, and whenever the index is asked again."""
    local_chain.mine(before)
    proxy.alter["eth_getLogs"] = lossy
    with contextlib.suppress(OutsideFailed):  # half of it may contradict itself
        index.sync()
    assert index.orders() == []
    local_chain.mine(after)
    del proxy.alter["eth_getLogs"]
    index.sync()
    assert [row.order_id for row in index.orders()] == [placed.order_id]


def test_a_bloom_that_promises_more_asks_for_the_block_by_its_hash(
    placed: Placed, proxy: Proxy, index: Index
) -> None:
    ranges = itertools.count()
    proxy.alter["eth_getLogs"] = lambda logs: logs if next(ranges) else []
    index.sync()
    assert [row.order_id for row in index.orders()] == [placed.order_id]


def test_replicas_at_different_heights_converge(
    placed: Placed,
    chain: Chain,
    local_chain: LocalChain,
    index: Index,
    accounts: list[LocalAccount],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Half of the questions are answered by one that is three blocks behind."""
    node = index._chain.node
    chance = random.Random(7)
    headers, events, header = node.headers, node.events, node.header

    def height() -> int:
        return chain.node.latest().number - chance.choice([0, 3])

    def seen_header(block: int | str = "latest") -> Any:
        known = height()
        if isinstance(block, int):
            return header(block) if block <= known else None
        return header(known)

    def seen_headers(numbers: Any) -> Any:
        known = height()
        return [one if one and one.number <= known else None for one in headers(numbers)]

    def seen_events(asked: Any) -> Any:
        known = height()
        return [[log for log in found if log.block <= known] for found in events(asked)]

    monkeypatch.setattr(node, "header", seen_header)
    monkeypatch.setattr(node, "headers", seen_headers)
    monkeypatch.setattr(node, "events", seen_events)
    offers = []
    for _ in range(6):
        offers.append(published(chain, accounts[1]).offer_id)
        index.sync()
    local_chain.mine(4)
    for _ in range(3):
        index.sync()
    assert [row.order_id for row in index.orders()] == [placed.order_id]
    assert {row.offer_id for row in index.offers()} >= set(offers)


def test_events_without_what_they_follow_from_start_the_index_over(
    chain: Chain,
    local_chain: LocalChain,
    accounts: list[LocalAccount],
    funded: Callable[[int, int], LocalAccount],
    proxy: Proxy,
    index: Index,
    said: list[str],
) -> None:
    offer = published(chain, accounts[1]).offer
    local_chain.mine(200)
    proxy.alter["eth_getLogs"] = empty
    index.sync()
    local_chain.mine(200)
    proxy.alter["eth_getLogs"] = lambda logs: [
        log for log in logs if log["topics"][0] != "0x" + OfferOpened.TOPIC
    ]
    placed = bought(chain, funded(2, 100 * AIM), offer)
    with pytest.raises(OutsideFailed, match="a purchase in block"):
        index.sync()
    del proxy.alter["eth_getLogs"]
    index.sync()
    assert [row.order_id for row in index.orders()] == [placed.order_id]
    assert "contradict" in said[0]


def test_an_honest_node_mends_what_another_left_out(
    chain: Chain,
    local_chain: LocalChain,
    accounts: list[LocalAccount],
    funded: Callable[[int, int], LocalAccount],
    proxy: Proxy,
    index: Index,
    said: list[str],
) -> None:
    """The offer lies deep, and was read once: its order says that there is a hole."""
    offer = published(chain, accounts[1]).offer
    local_chain.mine(200)
    proxy.alter["eth_getLogs"] = empty
    index.sync()
    del proxy.alter["eth_getLogs"]
    local_chain.mine(200)
    placed = bought(chain, funded(2, 100 * AIM), offer)
    index.sync()
    assert [row.order_id for row in index.orders()] == [placed.order_id]
    assert len(said) == 1


def test_invented_events_go_with_a_rebuild(
    chain: Chain, placed: Placed, local_chain: LocalChain, proxy: Proxy, index: Index
) -> None:
    proxy.alter["eth_getLogs"] = retold
    index.sync()
    del proxy.alter["eth_getLogs"]
    index.sync()
    assert audit(index, chain) == {"model_license_transfer": (1, 0)}
    index.rebuild()
    assert audit(index, chain) == {}
    assert [row.order_id for row in index.orders()] == [placed.order_id]


def retold(logs: Logs) -> Logs:
    """The licence's transfer is told once more, later in its block."""
    moved = [
        log
        for log in logs
        if log["topics"][0] == "0x" + Transfer.TOPIC and int(log["topics"][3], 16) >> 64
    ]
    return logs + [{**log, "logIndex": hex(int(log["logIndex"], 16) + 100)} for log in moved[:1]]


def test_two_runs_at_once_agree(placed: Placed, index: Index, chain: Chain, tmp_path: Path) -> None:
    with Index.open(tmp_path, chain) as other:
        other.sync()
        index.sync()
        assert index.orders() == other.orders() != []
