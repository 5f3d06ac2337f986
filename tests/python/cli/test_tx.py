"""Transactions that are stuck: shown, hurried, cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Call
from daimm_cli.chain.transactions import Signed
from tests.python.cli.conftest import Person
from tools.chain import LocalChain
from tools.faults import FaultyNode

SOMEBODY = "0x00000000000000000000000000000000DeaDBeef"


@pytest.fixture
def stuck(buyer: Person, chain: Chain, local_chain: LocalChain) -> Iterator[Signed]:
    """A gift that no block takes; the next transaction for more gas is mined at once."""
    local_chain.rpc("evm_setAutomine", False)
    signed = chain.node.sign(Call(SOMEBODY, b"", "give", value=1), buyer.account)
    chain.node.broadcast(signed)
    yield signed
    local_chain.rpc("evm_setAutomine", True)


@pytest.fixture
def node(local_chain: LocalChain, buyer: Person) -> Iterator[FaultyNode]:
    """Mines as soon as something more is sent."""

    def mine(told: Any) -> Any:
        local_chain.mine()
        return told

    with FaultyNode(local_chain.url) as made:
        made.alter["eth_sendRawTransaction"] = mine
        buyer.settings["DAIMM_RPC"] = made.url
        yield made


def test_it_is_shown(buyer: Person, stuck: Signed, local_chain: LocalChain) -> None:
    told = buyer("tx", "show", f"0x{stuck.hash.hex()}")
    assert "waiting" in told.out
    assert f"daimm tx speed-up 0x{stuck.hash.hex()}" in told.err
    local_chain.mine()
    assert buyer.json("tx", "show", f"0x{stuck.hash.hex()}")["state"] == "done"
    said = buyer.refused("tx", "cancel", f"0x{stuck.hash.hex()}", "--yes", status=3)
    assert "is mined, in block" in said


def test_it_is_hurried(buyer: Person, stuck: Signed, chain: Chain, node: FaultyNode) -> None:
    done = buyer.json("tx", "speed-up", f"0x{stuck.hash.hex()}", "--yes")
    assert done["transaction"] != f"0x{stuck.hash.hex()}"
    assert chain.node.ether(SOMEBODY) == 1
    assert chain.node.nonce(buyer.account.address, "latest") == stuck.nonce + 1
    assert not chain.node.knows(stuck.hash)


def test_it_is_cancelled(buyer: Person, stuck: Signed, chain: Chain, node: FaultyNode) -> None:
    buyer("tx", "cancel", f"0x{stuck.hash.hex()}", "--yes")
    assert chain.node.ether(SOMEBODY) == 0
    assert chain.node.nonce(buyer.account.address, "latest") == stuck.nonce + 1


def test_a_node_that_tells_another_transaction(
    buyer: Person, stuck: Signed, node: FaultyNode
) -> None:
    node.alter["eth_getTransactionByHash"] = lambda told: told | {"to": "0x" + "66" * 20}
    said = buyer.refused("tx", "speed-up", f"0x{stuck.hash.hex()}", "--yes", status=4)
    assert "told another transaction" in said
    assert node.sent == []


@pytest.mark.parametrize("verb", ["speed-up", "cancel"])
def test_a_transaction_of_another_chain_is_not_sent_on_this_one(
    verb: str, buyer: Person, stuck: Signed, node: FaultyNode
) -> None:
    """A node can tell a true one of a test network, to have it paid with money here."""
    numbers: dict[str, Any] = {
        "chainId": 11_155_111,
        "nonce": stuck.nonce,
        "gas": 21_000,
        "value": 10**18,
        "maxFeePerGas": 10**9,
        "maxPriorityFeePerGas": 1,
    }
    asked: dict[str, Any] = {**numbers, "to": SOMEBODY, "data": "0x"}
    made = buyer.account.sign_transaction(asked)
    numbers |= {"v": made.v, "yParity": made.v, "r": made.r, "s": made.s}
    other = {name: hex(number) for name, number in numbers.items()}
    node.alter["eth_getTransactionByHash"] = lambda _told: (
        other | {"type": "0x2", "to": SOMEBODY, "input": "0x", "accessList": []}
    )
    said = buyer.refused("tx", verb, f"0x{made.hash.hex()}", "--yes", status=3)
    assert "is of chain 11155111" in said
    assert node.sent == []


def test_what_nobody_knows_or_another_sent(buyer: Person, seller: Person, stuck: Signed) -> None:
    unknown = buyer.refused("tx", "show", "0x" + "ab" * 32, status=3)
    assert unknown.startswith("Error: The node at ")
    assert "has no transaction" in unknown
    assert "The transaction's hash takes 32 bytes" in buyer.refused("tx", "show", "0x12")
    said = seller.refused("tx", "cancel", f"0x{stuck.hash.hex()}", "--yes", status=3)
    assert "choose that account" in said
