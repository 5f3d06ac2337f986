"""One node: honest, slow, gone, on another chain, lying."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.base import http
from daimm_cli.base.errors import ChainRefused, DaimmError, OutsideFailed
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import MAX_TIP, Call, Node
from daimm_cli.chain.transactions import Signed
from daimm_cli.protocol.curve import keccak
from tests.python.chain.proxy import Proxy, reply
from tests.python.chain.samples import calldata, published
from tools.chain import CHAIN_ID, LocalChain, web3_of

SOMEBODY = "0x00000000000000000000000000000000DeaDBeef"
GIFT = Call(SOMEBODY, b"", "give ether", value=1)


@pytest.fixture
def proxy(local_chain: LocalChain, chain: Chain) -> Iterator[Proxy]:
    with Proxy(local_chain.url) as made:
        yield made


@contextlib.contextmanager
def held_back(local_chain: LocalChain) -> Iterator[None]:
    """Transactions wait until somebody mines."""
    local_chain.rpc("evm_setAutomine", False)
    try:
        yield
    finally:
        local_chain.rpc("evm_setAutomine", True)


def refused_connect(rpc: str, **options: Any) -> str:
    """The sentence that a connection ends with; nothing secret is in it."""
    with pytest.raises(DaimmError) as refused:
        Node.connect(rpc, **options)
    assert "secret" not in refused.value.message
    assert "token?" not in refused.value.message
    return refused.value.message


# Connecting


def test_another_chain_is_refused(proxy: Proxy) -> None:
    said = refused_connect(proxy.url, chain_id=5)
    assert said.startswith("The node at ")
    assert f"is on chain {CHAIN_ID}, not 5" in said


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "FIRST_PAUSE", 0.01)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        said = refused_connect(f"http://user:secret@127.0.0.1:{taken.getsockname()[1]}/token?x")
    assert said.startswith("Cannot reach the node at http://127.0.0.1:")


@pytest.mark.parametrize(
    "rpc",
    [
        *("", "localhost:8545", "ws://127.0.0.1:8545", "/no/such.ipc"),
        *("http://127.0.0.1:99999", "http://[::1", "http://127.0.0.1:secret"),
    ],
)
def test_addresses_that_are_none(rpc: str) -> None:
    assert "Cannot use the node" in refused_connect(rpc)


def test_an_ipc_socket(tmp_path: Path) -> None:
    path = tmp_path / "anvil.ipc"
    with LocalChain(extra=["--ipc", str(path)]) as other:
        node = Node.connect(str(path), chain_id=CHAIN_ID)
        assert node.latest().number == int(other.rpc("eth_blockNumber"), 16)


def _html(handler: BaseHTTPRequestHandler) -> None:
    reply(handler, 200, b"<html>\x1b[31mlogin</html>")


def _unauthorised(handler: BaseHTTPRequestHandler) -> None:
    reply(handler, 401, b"secret")


def _elsewhere(handler: BaseHTTPRequestHandler) -> None:
    reply(handler, 307, b"", Location="http://169.254.169.254/")


def _endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(b" " * (1 << 20))


def _null(handler: BaseHTTPRequestHandler) -> None:
    reply(handler, 200, b'{"jsonrpc": "2.0", "id": 0, "result": null}')


def _list(handler: BaseHTTPRequestHandler) -> None:
    reply(handler, 200, b"[]")


def _deep(handler: BaseHTTPRequestHandler) -> None:
    reply(handler, 200, b"[" * 100_000)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (_html, "makes no sense"),
        (_unauthorised, "HTTP status 401"),
        (_elsewhere, "sends elsewhere"),
        (_endless, "answers without end"),
        (_null, "makes no sense"),
        (_list, "makes no sense"),
        (_deep, "makes no sense"),
    ],
)
def test_what_is_no_node(answer: Any, said: str, proxy: Proxy) -> None:
    proxy.raw = answer
    assert said in refused_connect(proxy.url)


def test_a_node_that_hangs(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TRIES", 1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        said = refused_connect(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2)
    assert "did not answer in time" in said


def test_a_lost_connection_is_tried_again(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "FIRST_PAUSE", 0.01)
    proxy.drop = http.TRIES - 1
    node = Node.connect(proxy.url)
    proxy.drop = http.TRIES - 1
    assert node.latest().number >= 0
    proxy.drop = http.TRIES
    with pytest.raises(OutsideFailed, match="broke the connection off"):
        node.latest()


def test_contracts_that_are_not_there(chain: Chain, local_chain: LocalChain) -> None:
    chain.require_code()
    local_chain.rpc("anvil_setCode", chain.market, "0x")
    with pytest.raises(DaimmError, match="There is no Market at"):
        chain.require_code()


# Sending


def test_a_refusal_costs_nothing(chain: Chain, accounts: list[LocalAccount]) -> None:
    made = published(chain, accounts[1])
    stranger = accounts[5]
    before = chain.node.nonce(stranger.address), chain.node.ether(stranger.address)
    with pytest.raises(ChainRefused, match="Only the seller"):
        chain.node.send(chain.deployed.market.close_offer(made.offer), stranger)
    assert (chain.node.nonce(stranger.address), chain.node.ether(stranger.address)) == before


def test_what_the_next_block_allows_is_sent_on_a_chain_without_new_ones(
    chain: Chain, local_chain: LocalChain, accounts: list[LocalAccount]
) -> None:
    opens = chain.node.latest().time + 1_000
    gate = f"0x63{opens:08x}4211600d575f5ffd5b00"  # reverts until that second is over
    local_chain.rpc("anvil_setCode", SOMEBODY, gate)
    try:
        passing = Call(SOMEBODY, b"", "pass")
        with pytest.raises(ChainRefused):
            chain.node.simulate(passing, accounts[0].address)
        local_chain.rpc("evm_increaseTime", 2_000)
        assert chain.node.send(passing, accounts[0]).gas_used
    finally:
        local_chain.rpc("anvil_setCode", SOMEBODY, "0x")


def test_gas_and_fee_are_the_receipts(chain: Chain, accounts: list[LocalAccount]) -> None:
    before = chain.node.ether(accounts[5].address)
    sent = chain.node.send(GIFT, accounts[5])
    assert sent.gas_used == 21_000
    assert before - chain.node.ether(accounts[5].address) == sent.fee + 1
    assert chain.node.ether(SOMEBODY) == 1


def test_an_account_without_ether(chain: Chain, local_chain: LocalChain, accounts: Any) -> None:
    local_chain.rpc("anvil_setBalance", accounts[5].address, "0x10")
    with pytest.raises(ChainRefused, match=r"ether|gas"):
        chain.node.send(GIFT, accounts[5])
    assert chain.node.nonce(accounts[5].address) == 0


def test_a_chain_without_eip_1559() -> None:
    with LocalChain(hardfork="berlin") as old:
        from eth_account import Account

        with pytest.raises(ChainRefused, match="legacy_fees = true"):
            Node.connect(old.url).send(GIFT, Account.from_key(old.accounts[0].key))
        node = Node.connect(old.url, legacy_fees=True)
        sent = node.send(GIFT, Account.from_key(old.accounts[0].key))
        found: Any = web3_of(node).eth.get_transaction(sent.hash)  # type: ignore[arg-type]
        assert found["type"] == 0


def test_the_transaction_is_eip_1559(chain: Chain, accounts: list[LocalAccount]) -> None:
    sent = chain.node.send(GIFT, accounts[5])
    found: Any = web3_of(chain.node).eth.get_transaction(sent.hash)  # type: ignore[arg-type]
    assert found["type"] == 2
    assert found["chainId"] == CHAIN_ID


def test_the_node_cannot_set_the_price(
    proxy: Proxy, chain: Chain, accounts: list[LocalAccount]
) -> None:
    node = Node.connect(proxy.url)
    proxy.alter["eth_maxPriorityFeePerGas"] = lambda _tip: hex(10**15)
    sent = node.send(GIFT, accounts[5])
    found: Any = web3_of(chain.node).eth.get_transaction(sent.hash)  # type: ignore[arg-type]
    assert found["maxPriorityFeePerGas"] == MAX_TIP
    proxy.alter["eth_getBlockByNumber"] = lambda block: block | {"baseFeePerGas": hex(10**13)}
    with pytest.raises(ChainRefused, match="above daimm's limit"):
        node.send(GIFT, accounts[5])


def test_the_node_cannot_inflate_the_gas(
    proxy: Proxy, chain: Chain, accounts: list[LocalAccount]
) -> None:
    node = Node.connect(proxy.url)
    proxy.alter["eth_estimateGas"] = lambda _gas: hex(10**12)
    with pytest.raises(DaimmError):
        node.send(GIFT, accounts[5])
    assert chain.node.nonce(accounts[5].address) == 0


def test_what_is_signed_costs_at_most_what_was_agreed_to(
    local_chain: LocalChain, accounts: list[LocalAccount]
) -> None:
    node = Node.connect(local_chain.url)
    agreed: list[int] = []
    signed: list[dict[str, Any]] = []

    class Asked:
        refuses = False

        def agree(self, _call: Call, _gas: int, worst: int) -> None:
            if self.refuses:
                raise ChainRefused("No.")
            agreed.append(worst)

    class Recorder:
        address = accounts[0].address
        person = Asked()

        def sign_transaction(self, transaction: dict[str, Any]) -> Any:
            signed.append(transaction)
            return accounts[0].sign_transaction(transaction)

    account = Recorder()
    node.sign(GIFT, account)
    (transaction,) = signed
    assert agreed == [transaction["gas"] * transaction["maxFeePerGas"] + GIFT.value]
    account.person.refuses = True
    with pytest.raises(ChainRefused):
        node.sign(GIFT, account)
    assert len(signed) == 1


def test_sign_broadcast_and_wait_in_steps(
    chain: Chain, local_chain: LocalChain, accounts: list[LocalAccount]
) -> None:
    node = chain.node
    signed = node.sign(GIFT, accounts[5])
    assert signed.hash == keccak(signed.raw)
    assert node.nonce(accounts[5].address) == 0
    with held_back(local_chain):
        node.broadcast(signed)
        node.broadcast(signed)
        node.patience = 0.1
        with pytest.raises(OutsideFailed, match=f"0x{signed.hash.hex()} was sent"):
            node.wait(signed)
        local_chain.mine()
    node.patience = 30
    assert node.wait(signed).gas_used == 21_000
    node.broadcast(signed)
    assert chain.node.ether(SOMEBODY) == 1


def test_confirmations_are_waited_for(
    chain: Chain, local_chain: LocalChain, accounts: list[LocalAccount]
) -> None:
    node = chain.node
    node.confirmations, node.patience = 3, 0.1
    signed = node.sign(GIFT, accounts[5])
    node.broadcast(signed)
    with pytest.raises(OutsideFailed, match="unconfirmed"):
        node.wait(signed)
    local_chain.mine(2)
    assert node.wait(signed).block == node.latest().number - 2


def test_a_transaction_that_a_reorg_took_back_is_not_there(
    chain: Chain, local_chain: LocalChain, accounts: list[LocalAccount]
) -> None:
    signed = chain.node.sign(GIFT, accounts[5])
    chain.node.broadcast(signed)
    chain.node.wait(signed)
    local_chain.reorg(1)
    chain.node.patience = 0.1
    with pytest.raises(OutsideFailed, match="unconfirmed"):
        chain.node.wait(signed)
    chain.node.patience = 30
    chain.node.broadcast(signed)
    assert chain.node.wait(signed).gas_used == 21_000


def test_a_node_may_count_a_transaction_before_it_shows_it(
    chain: Chain, accounts: list[LocalAccount], monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = chain.node.sign(GIFT, accounts[5])
    chain.node.broadcast(signed)
    answers = iter([None] * 5)
    shown = Node.receipt
    monkeypatch.setattr(Node, "receipt", lambda *asked: next(answers, shown(*asked)))
    assert chain.node.wait(signed).gas_used == 21_000
    assert next(answers, "asked often enough") == "asked often enough"


def test_a_transaction_whose_place_another_took(
    chain: Chain, accounts: list[LocalAccount], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daimm_cli.chain.node.SETTLING", 0.1)
    signed = chain.node.sign(GIFT, accounts[5])
    chain.node.send(replace(GIFT, value=2), accounts[5])
    with pytest.raises(ChainRefused, match="took the place"):
        chain.node.broadcast(signed)
    with pytest.raises(ChainRefused, match="took the place"):
        chain.node.wait(signed)


def test_a_revert_in_the_block_has_its_reason(
    chain: Chain, local_chain: LocalChain, accounts: list[LocalAccount]
) -> None:
    seller = accounts[1]
    made = published(chain, seller)
    call = Call(
        chain.market,
        calldata(chain, "Market", "closeOffer", made.offer.to_abi()),
        "close the offer",
    )
    first = chain.node.sign(call, seller)
    second = chain.node.sign(call, seller, nonce=first.nonce + 1)
    with held_back(local_chain):
        chain.node.broadcast(first)
        chain.node.broadcast(second)
        local_chain.mine()
    chain.node.wait(first)
    with pytest.raises(ChainRefused, match="The offer is not open"):
        chain.node.wait(second)


def test_before_sees_the_bytes_that_leave(chain: Chain, accounts: list[LocalAccount]) -> None:
    seen: list[Signed] = []
    sent = chain.node.send(GIFT, accounts[5], before=seen.append)
    assert [signed.hash for signed in seen] == [sent.hash]


def test_a_block_that_is_not_there(chain: Chain) -> None:
    assert chain.node.header(10**9) is None
