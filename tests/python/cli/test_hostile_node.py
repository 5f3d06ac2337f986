"""Buying through a node that lies, forgets, refuses, drips or hides what it knows."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from daimm_cli.chain.client import Chain
from daimm_cli.protocol.curve import keccak
from daimm_cli.session.console import Asking
from tests.python.cli.conftest import AIM, Person, write_model
from tools.chain import LocalChain
from tools.faults import FaultyNode, without

PAID = 105 * AIM // 10


@pytest.fixture
def offer(seller: Person, tmp_path: Path) -> str:
    made = seller.json(
        *("model", "publish", write_model(tmp_path / "model.safetensors"), "--license", "MIT"),
        *("--name", "Tiny", "--price", "10", "--delivery-fee", "0.5", "--yes"),
    )
    return str(made["offer"])


@pytest.fixture
def node(local_chain: LocalChain, buyer: Person, offer: str) -> Iterator[FaultyNode]:
    """What the buyer talks to."""
    with FaultyNode(local_chain.url) as made:
        buyer.settings["DAIMM_RPC"] = made.url
        yield made


@pytest.fixture
def paid(chain: Chain, buyer: Person) -> Callable[[], int]:
    """How much the buyer has paid."""
    return lambda: 100 * AIM - chain.balance(chain.aim, buyer.account.address)


def test_what_is_only_shown_is_not_required(
    node: FaultyNode, buyer: Person, offer: str, paid: Callable[[], int]
) -> None:
    node.alter["eth_getTransactionReceipt"] = without(
        "effectiveGasPrice", "gasUsed", "cumulativeGasUsed", "type", "contractAddress"
    )
    assert buyer.json("buy", offer, "--yes")["gas"] == 0
    assert paid() == PAID


def test_a_proof_of_authority_chain(node: FaultyNode, buyer: Person, offer: str) -> None:
    node.alter["eth_getBlockByNumber"] = lambda b: b and b | {"extraData": "0x" + "5c" * 200}
    buyer("buy", offer, "--yes")


@pytest.mark.parametrize(
    "said",
    ["transaction indexing is in progress", "429 Too Many Requests, try later", "internal error"],
)
def test_what_is_out_is_waited_for_through_refusals(
    said: str,
    node: FaultyNode,
    buyer: Person,
    offer: str,
    paid: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("daimm_cli.base.http.PATIENCE", 0.5)
    left = Asking.left

    def heal(self: Asking, signed: Any) -> None:
        node.refuse["eth_getTransactionReceipt"] = said
        threading.Timer(1.0, node.refuse.clear).start()
        left(self, signed)

    monkeypatch.setattr("daimm_cli.session.console.Asking.left", heal)
    assert len(buyer.json("buy", offer, "--yes")["orders"]) == 1
    assert paid() == PAID


def test_an_answer_that_was_lost_is_waited_for(
    node: FaultyNode, buyer: Person, offer: str, paid: Callable[[], int]
) -> None:
    def hang_up(told: Any) -> Any:
        node.calm(3)  # nonce, tip and balance
        node.next("hang up", "hang up", "error", "limit", "hang up")
        return told

    node.alter["eth_estimateGas"] = hang_up
    assert len(buyer.json("buy", offer, "--yes")["orders"]) == 1
    assert paid() == PAID


def test_who_waits_in_vain_learns_the_hash_and_does_not_pay_again(
    node: FaultyNode,
    buyer: Person,
    offer: str,
    paid: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    node.refuse["eth_getTransactionReceipt"] = "transaction indexing is in progress"
    monkeypatch.setattr("daimm_cli.chain.node.PATIENCE", 0.5)
    told = buyer.refused("buy", offer, "--yes", status=4)
    (raw,) = node.sent
    assert f"0x{keccak(raw).hex()} was sent" in told
    assert "again" not in told.replace("before you do anything again", "")
    assert paid() == PAID
    node.refuse.clear()
    assert "You have paid for offer" in buyer.refused("buy", offer, "--yes")
    assert paid() == PAID


def test_a_receipt_that_lies_of_failure_makes_nobody_pay_twice(
    node: FaultyNode, chain: Chain, buyer: Person, offer: str, paid: Callable[[], int]
) -> None:
    node.alter["eth_getTransactionReceipt"] = lambda r: r and r | {"status": "0x0", "logs": []}
    head = chain.node.latest().number
    node.alter["eth_getLogs"] = lambda logs: [x for x in logs if int(x["blockNumber"], 16) <= head]
    buyer.refused("buy", offer, "--yes", status=3)
    assert paid() == PAID
    for _ in range(2):
        told = buyer.type("buy", offer, "--yes")
        assert told.status != 0
        assert paid() == PAID
    node.alter.clear()
    assert buyer.type("buy", offer, "--yes").status != 0
    assert paid() == PAID


def test_a_hidden_purchase_and_a_false_time_make_nobody_pay_twice(
    node: FaultyNode,
    chain: Chain,
    buyer: Person,
    offer: str,
    paid: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    head = chain.node.latest().number
    node.alter["eth_getLogs"] = lambda logs: [x for x in logs if int(x["blockNumber"], 16) <= head]
    node.refuse["eth_getTransactionReceipt"] = "transaction indexing is in progress"
    with monkeypatch.context() as patched:
        patched.setattr("daimm_cli.chain.node.PATIENCE", 0.5)
        buyer.refused("buy", offer, "--yes", status=4)
    node.refuse.clear()
    node.alter["eth_getBlockByNumber"] = lambda b: (
        b and b | {"timestamp": hex(int(b["timestamp"], 16) + 7_200)}
    )
    assert "may still be mined" in buyer.refused("buy", offer, "--yes")
    assert paid() == PAID


def test_a_hidden_base_fee_is_not_believed(
    node: FaultyNode, buyer: Person, offer: str, paid: Callable[[], int]
) -> None:
    node.alter["eth_getBlockByNumber"] = without("baseFeePerGas")
    node.alter["eth_gasPrice"] = lambda _price: hex(1_999 * 10**9)
    assert "tells no base fee" in buyer.refused("buy", offer, "--yes", status=3)
    assert node.sent == []


def test_dear_gas_is_agreed_to_by_name(
    node: FaultyNode, buyer: Person, offer: str, paid: Callable[[], int]
) -> None:
    node.alter["eth_getBlockByNumber"] = lambda b: b and b | {"baseFeePerGas": hex(900 * 10**9)}
    told = buyer.refused("buy", offer, "--yes", status=3)
    assert "more than usual" in told
    assert "--max-gas 0." in told
    assert "more than your 0.1 ether" in buyer.refused(
        *("buy", offer, "--yes", "--max-gas", "0.1"), status=3
    )
    assert "is not an amount" in buyer.refused("buy", offer, "--yes", "--max-gas", "much")
    assert node.sent == []
    buyer("buy", offer, "--yes", "--max-gas", "0.9")
    assert paid() == PAID


def test_aim_has_18_decimals_whoever_says_what(
    node: FaultyNode, buyer: Person, chain: Chain, offer: str, paid: Callable[[], int]
) -> None:
    twenty = "0x" + (20).to_bytes(32).hex()
    node.alter["eth_call"] = lambda told: twenty if told == "0x" + (18).to_bytes(32).hex() else told
    told = buyer.refused("buy", offer, "--yes", "--max-price", "0.105 AIM", status=3)
    assert "It costs 10.5 AIM" in told
    assert paid() == 0


def test_who_is_too_busy_is_asked_again(node: FaultyNode, buyer: Person, offer: str) -> None:
    node.next("limit", "error")
    buyer("buy", offer, "--yes")
    assert node.met == {"limit": 1, "error": 1}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_drip_is_ended_by_a_signal(number: int, node: FaultyNode, buyer: Person) -> None:
    node.next(*["drip"] * 50)
    running = subprocess.Popen(
        [sys.executable, "-m", "daimm_cli", "model", "list"],
        env=os.environ | buyer.settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    while not node.met["drip"]:
        time.sleep(0.02)
    running.send_signal(number)
    running.communicate(timeout=10)
    assert running.returncode in (130, -number)


def test_runs_at_the_same_time_pay_once(buyer: Person, offer: str, paid: Callable[[], int]) -> None:
    """Each has looked, and found nothing, before the first one pays."""
    commands = [
        subprocess.Popen(
            [sys.executable, "-m", "daimm_cli", "buy", offer, "--yes", "--json"],
            env=os.environ | buyer.settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(6)
    ]
    ended = [(command.communicate(timeout=200), command.returncode) for command in commands]
    won = [json.loads(out) for (out, _), status in ended if status == 0]
    assert len(won) == 1, ended
    assert paid() == PAID
