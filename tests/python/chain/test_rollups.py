"""What nodes of an OP-stack chain and of Arbitrum answer, where they differ from Ethereum's.

The receipts and transactions are of those chains (Base, Optimism and Arbitrum One, from public
pages that show answers of nodes), their logs left out.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from daimm_cli.base.errors import ChainRefused
from daimm_cli.chain.answers import parsed_header, parsed_receipt
from daimm_cli.chain.node import Call, Node
from scripts._params import for_chain
from scripts.deploy import deploy
from scripts.verify import verify
from tests.python.chain.proxy import Proxy
from tools.chain import CHAIN_ID, LocalChain

BASE_CREATION: dict[str, Any] = {
    "blockHash": "0xe47777b2e059fbd195354fb07cbe92d7b4c961f1020683c34f6edeb480771db1",
    "blockNumber": "0x14ef2b",
    "contractAddress": "0x2626664c2603336e57b271c5c0b26f421741e481",
    "cumulativeGasUsed": "0x52806d",
    "effectiveGasPrice": "0x9502f932",
    "from": "0x7ac7499f3754b65cf9089db328ef51151a78ec00",
    "gasUsed": "0x518660",
    "l1Fee": "0xe780df01003bc",
    "l1FeeScalar": "0.684",
    "l1GasPrice": "0x3d0cda2ec",
    "l1GasUsed": "0x58b3c",
    "logs": [],
    "status": "0x1",
    "to": None,
    "transactionHash": "0x7b983c25dbf2e48cf06366ce23a75a9dcf048c1c464a979812bfd5b287b281ed",
    "transactionIndex": "0x1",
    "type": "0x2",
}
OP_DEPOSIT: dict[str, Any] = {
    "blockHash": "0x57804c21b747137075b29ce153b4f559345a3624273660c87e81bd57e7cbbc3d",
    "blockNumber": "0x1",
    "contractAddress": None,
    "cumulativeGasUsed": "0xb9d56c",
    "depositNonce": "0x0",
    "depositReceiptVersion": "0x1",
    "effectiveGasPrice": "0x0",
    "from": "0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001",
    "gasUsed": "0xb9d56c",
    "l1BaseFeeScalar": "0x558",
    "l1BlobBaseFee": "0x7",
    "l1BlobBaseFeeScalar": "0xc5fc5",
    "l1Fee": "0x0",
    "l1GasPrice": "0x22ba611d",
    "l1GasUsed": "0x6e7",
    "logs": [],
    "status": "0x1",
    "to": "0x4200000000000000000000000000000000000015",
    "transactionHash": "0xecc262f36652019b75f4cb7315ff19f430fc92efd5a8048948400407d55fd904",
    "transactionIndex": "0x0",
    "type": "0x7e",
}
ARBITRUM_TRANSFER: dict[str, Any] = {
    "blockHash": "0x83ddb8850803238bd58615680bc3718686ec1e3deaea0bc5f67c07c8577547f5",
    "blockNumber": "0xd288ac5",
    "contractAddress": None,
    "effectiveGasPrice": "0x989680",
    "from": "0xe487d95426e55a29f2266e6788ab55608ebb829b",
    "gasUsed": "0x3ad89",
    "gasUsedForL1": "0x2c906",
    "l1BlockNumber": "0x1323b96",
    "l1Fee": None,  # as some nodes' gateways add it
    "logs": [],
    "status": "0x1",
    "to": "0x912ce59144191c1204e64559fe8253a0e49e6548",
    "transactionHash": "0x5aeca744e0c1f6d7f68641aedd394ac4b6e18cbeac3f8b3c81056c0e51a61cf3",
    "transactionIndex": "0x7",
    "type": "0x0",
}
ARBITRUM_INTERNAL: dict[str, Any] = {
    "blockHash": "0x8a7c32a1810f6b940bb46aa0c569d3c0f01a6e5fbb2d9f471cb2124b5eccea29",
    "blockNumber": "0x311ace",
    "contractAddress": None,
    "cumulativeGasUsed": "0x0",
    "effectiveGasPrice": "0x989680",
    "from": "0x00000000000000000000000000000000000a4b05",
    "gasUsed": "0x0",
    "gasUsedForL1": "0x0",
    "l1BlockNumber": "0x7a8f91",
    "logs": [],
    "status": "0x1",
    "to": "0x00000000000000000000000000000000000a4b05",
    "transactionHash": "0x13699866bbf3ee49a65dfa0258c1179786b57f833da2c7ad9c3ef1f2f596afba",
    "transactionIndex": "0x0",
    "type": "0x6a",
}
FIRST_TRANSACTIONS = {
    "OP stack": {
        "from": "0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001",
        "gas": "0xf4240",
        "gasPrice": "0x0",
        "hash": "0x096c03d72acb06339c9c7860d1c36b6451932ec0ff16fd34aa9e30a73a245e13",
        "input": "0x440a5e20000008dd00101c1200000000000000030000000067acc63f00000000014d1f2d",
        "mint": "0x0",
        "nonce": "0x191350e",
        "r": "0x0",
        "s": "0x0",
        "sourceHash": "0x990d7122a1f121f3a6bc45723e28f4921c269037a77e77ffee3c8585136d1a92",
        "to": "0x4200000000000000000000000000000000000015",
        "type": "0x7e",
        "v": "0x0",
        "value": "0x0",
    },
    "Arbitrum": {
        "from": "0x00000000000000000000000000000000000a4b05",
        "gas": "0x0",
        "gasPrice": "0x0",
        "hash": "0x61d48ab94f7fccf48f4baa3903781053f932feb466474c037736e910d7ca2afe",
        "input": "0x6bf6a42d00000000000000000000000000000000000000000000000000000000000000",
        "nonce": "0x0",
        "r": "0x0",
        "s": "0x0",
        "to": "0x00000000000000000000000000000000000a4b05",
        "type": "0x6a",
        "v": "0x0",
        "value": "0x0",
    },
}


def test_a_fee_has_what_the_parent_chain_takes() -> None:
    """OP stack: beside the gas. Arbitrum: within it."""
    made = parsed_receipt(BASE_CREATION)
    assert made.created == "0x2626664c2603336E57B271c5C0b26F421741e481"
    assert made.gas_used == 5_342_816
    assert made.fee == 5_342_816 * 0x9502F932 + 4_072_650_931_438_524
    assert parsed_receipt(OP_DEPOSIT).fee == 0
    assert parsed_receipt(ARBITRUM_TRANSFER).fee == 241_033 * 10_000_000
    assert parsed_receipt(ARBITRUM_INTERNAL).fee == 0


def test_a_receipt_without_a_price_has_no_fee_to_show() -> None:
    told = {name: value for name, value in BASE_CREATION.items() if name != "effectiveGasPrice"}
    assert parsed_receipt(told).fee == 0
    assert parsed_receipt(told).succeeded


def test_a_header_with_more_in_it_is_a_header() -> None:
    header = parsed_header(
        {
            "baseFeePerGas": "0x989680",
            "extraData": "0xf0f401b0308982116f63f8af9eac3d2ddf7545cfab79a3e132538c36c1036557",
            "gasLimit": "0x4000000000000",
            "hash": "0x33fb349283ffd2e2c5302492d11fcb96e606cb1899e9bdcef102ab89edf33c70",
            "l1BlockNumber": "0x12c04c1",
            "logsBloom": "0x0",
            "mixHash": "0x000000000001c40c00000000012c04c100000000000000140000000000000000",
            "number": "0xc000000",
            "sendCount": "0x1c40c",
            "sendRoot": "0xf0f401b0308982116f63f8af9eac3d2ddf7545cfab79a3e132538c36c1036557",
            "timestamp": "0x65ee2a4f",
        }
    )
    assert (header.number, header.gas_limit) == (201_326_592, 1 << 50)


Alter = Callable[[Any], Any]


def _receipts_of(kind: str) -> Alter:
    def alter(receipt: Any) -> Any:
        if receipt is None:
            return None
        if kind == "OP stack":
            odd = {name: v for name, v in OP_DEPOSIT.items() if name.startswith("l1")}
            return {**receipt, **odd, "l1Fee": "0xb0eacdc6"}
        del receipt["effectiveGasPrice"]
        return {**receipt, "gasUsedForL1": "0x2c906", "l1BlockNumber": "0x1323b96"}

    return alter


def _blocks_of(kind: str) -> Alter:
    def alter(block: Any) -> Any:
        if block is None:
            return None
        if block["transactions"] and isinstance(block["transactions"][0], dict):
            block["transactions"].insert(0, copy.deepcopy(FIRST_TRANSACTIONS[kind]))
        if kind == "Arbitrum":
            block |= {"l1BlockNumber": "0x12c04c1", "gasLimit": "0x4000000000000"}
        return block

    return alter


@pytest.fixture(params=["OP stack", "Arbitrum"])
def rollup(request: pytest.FixtureRequest) -> Iterator[tuple[Proxy, LocalChain]]:
    """anvil, answering as nodes of a rollup do."""
    with LocalChain() as chain, Proxy(chain.url) as proxy:
        proxy.alter["eth_getTransactionReceipt"] = _receipts_of(request.param)
        proxy.alter["eth_getBlockByNumber"] = _blocks_of(request.param)
        proxy.alter["eth_maxPriorityFeePerGas"] = lambda _tip: "0x0"
        yield proxy, chain


def test_the_whole_deployment_goes_through_on_a_rollup(
    rollup: tuple[Proxy, LocalChain], tmp_path: Path
) -> None:
    proxy, chain = rollup
    node, params = Node.connect(proxy.url), for_chain(CHAIN_ID)
    account = Account.from_key(chain.accounts[0].key)
    book = deploy(node, account, params, folder=tmp_path / "first")
    assert [check.what for check in verify(node, book, params) if not check.ok] == []
    assert deploy(node, account, params, folder=tmp_path / "found") == book


def _always(value: str, _answer: Any) -> str:
    return value


def test_arbitrum_counts_data_as_gas_and_may_take_more_of_it() -> None:
    with LocalChain() as chain, Proxy(chain.url) as proxy:
        node = Node.connect(proxy.url)
        account = Account.from_key(chain.accounts[0].key)
        call = Call(account.address, b"", "send nothing")
        for estimate, taken in [("0x1312d00", 25_000_000), ("0x1e00000", 32_000_000)]:
            proxy.alter["eth_estimateGas"] = functools.partial(_always, estimate)
            proxy.alter.pop("eth_getBlockByNumber", None)
            with pytest.raises(ChainRefused, match="may take 16,777,216"):
                node.sign(call, account)
            proxy.alter["eth_getBlockByNumber"] = _blocks_of("Arbitrum")
            raw = node.sign(call, account).raw
            assert taken.to_bytes(4) in raw
        proxy.alter["eth_estimateGas"] = functools.partial(_always, hex(32_000_001))
        with pytest.raises(ChainRefused, match="may take 32,000,000"):
            node.sign(call, account)
