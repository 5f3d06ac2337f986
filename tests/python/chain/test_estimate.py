"""What a deployment would cost, told beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account import Account

from daimm_cli.chain.book import Book
from daimm_cli.chain.node import Node
from scripts._creation import FACTORY
from scripts._estimate import ARB_NODE, ARB_SYS, OP_ORACLE, estimate
from scripts._params import for_chain
from scripts.deploy import deploy
from tools.chain import CHAIN_ID, LocalChain

NOTHING = Book(CHAIN_ID, {})
PARAMS = for_chain(CHAIN_ID)


@pytest.fixture
def fresh() -> Iterator[LocalChain]:
    with LocalChain() as running:
        yield running


@pytest.mark.parametrize("factory", [True, False])
def test_the_estimate_is_what_the_deployment_takes(
    factory: bool, fresh: LocalChain, tmp_path: Path
) -> None:
    if not factory:
        fresh.rpc("anvil_setCode", FACTORY, "0x")
    node = Node.connect(fresh.url)
    price = node.gas_price()
    told = list(estimate(node, PARAMS, NOTHING))
    assert node.latest().number == 0
    assert all(cost.wei == cost.gas * price for cost in told)
    book = deploy(node, Account.from_key(fresh.accounts[0].key), PARAMS, folder=tmp_path)
    count = node.latest().number
    blocks = [fresh.rpc("eth_getBlockByNumber", hex(n + 1), False) for n in range(count)]
    assert [cost.gas for cost in told] == [int(block["gasUsed"], 16) for block in blocks]
    assert list(estimate(node, PARAMS, book)) == []
    changed = replace(PARAMS, fees={"AIM": 7})
    assert [cost.what for cost in estimate(node, changed, book)] == ["set a payment token's policy"]
    kept = {name: entry for name, entry in book.contracts.items() if name != "Market"}
    left = [cost.what for cost in estimate(node, PARAMS, replace(book, contracts=kept))]
    assert [what for what in left if what.startswith("create")] == ["create Market"]


def test_a_rollup_is_asked_what_it_takes_for_data(fresh: LocalChain) -> None:
    node = Node.connect(fresh.url)
    price = node.gas_price()
    plain = list(estimate(node, PARAMS, NOTHING))
    # One wei for each byte that is asked about; then one gas for each, at 2 wei.
    fresh.rpc("anvil_setCode", OP_ORACLE, "0x365f5260205ff3")
    op = list(estimate(node, PARAMS, NOTHING))
    fresh.rpc("anvil_setCode", OP_ORACLE, "0x")
    fresh.rpc("anvil_setCode", ARB_SYS, "0xfe")
    fresh.rpc("anvil_setCode", ARB_NODE, "0x365f52600260205260605ff3")
    arbitrum = list(estimate(node, PARAMS, NOTHING))
    for one, two, three in zip(plain, op, arbitrum, strict=True):
        assert one.gas == two.gas == three.gas
        assert one.wei == one.gas * price < two.wei
        data = three.wei - one.wei
        assert data % 64 == 2 * 4
    market = next(cost for cost in op if cost.what == "create Market")
    assert market.wei - market.gas * price > 24_000
