"""What a deployment would cost, with nothing sent: `ape run deploy --estimate`.

>>> for cost in estimate(node, params):
...     print(cost.what, cost.gas, cost.wei)
create Authority 2098377 4196754000000000

The deployment is rehearsed on a local chain of the same id; gas is what it took there, and the
price what the network asks now. A rollup also charges for the data that it puts on its parent
chain: it is asked what for each transaction.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eth_account import Account

from daimm_cli.bindings.values import encode
from daimm_cli.chain.answers import Receipt
from daimm_cli.chain.book import Book
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Node
from daimm_cli.chain.reader import Reader
from daimm_cli.chain.transactions import Signed
from daimm_cli.protocol.curve import keccak
from scripts._creation import FACTORY, has_factory
from scripts._deployment import deploy
from scripts._params import Params
from scripts._plan import names
from scripts._settings import outstanding
from tools.chain import LocalChain

OP_ORACLE = "0x420000000000000000000000000000000000000F"
"""GasPriceOracle of the OP stack: getL1Fee(bytes) is the fee in wei for a transaction's data."""

ARB_SYS = "0x0000000000000000000000000000000000000064"
ARB_NODE = "0x00000000000000000000000000000000000000C8"
"""NodeInterface, which no block has: gasEstimateL1Component tells the gas added for the data."""


@dataclass(frozen=True)
class Cost:
    """One transaction. gas: without what a rollup adds for data; wei: with it."""

    what: str
    gas: int
    wei: int


def estimate(node: Node, params: Params, book: Book) -> Iterator[Cost]:
    """Every transaction that is still to be sent."""
    there = {name for name, entry in book.contracts.items() if node.code(entry.address)}
    done = {f"create {name}" for name in there}
    price = node.gas_price()
    seen = _rehearsed(node, params)
    if there >= {*names(params)}:
        deployer = str(book.contracts["Authority"].arguments[0])
        given = params.resolved(deployer, book.address("Timelock"))
        left = {call.doing for call in outstanding(Chain(node, book), given, deployer)}
        done |= {signed.call.doing for signed, _ in seen} - left
    for signed, receipt in seen:
        if signed.call.doing not in done:
            paid = receipt.gas_used * price + _for_data(node, signed)
            yield Cost(signed.call.doing, receipt.gas_used, paid)


class _Witness(Node):
    """Remembers what was sent, and what it took."""

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)  # type: ignore[arg-type]
        self.seen: list[tuple[Signed, Receipt]] = []

    def wait(self, signed: Signed) -> Receipt:
        receipt = super().wait(signed)
        self.seen.append((signed, receipt))
        return receipt


def _rehearsed(node: Reader, params: Params) -> list[tuple[Signed, Receipt]]:
    with (
        LocalChain(chain_id=params.chain_id) as chain,
        tempfile.TemporaryDirectory() as folder,
    ):
        if not has_factory(node):
            chain.rpc("anvil_setCode", FACTORY, "0x")
        witness = _Witness.connect(chain.url)
        account = Account.from_key(chain.accounts[0].key)
        deploy(witness, account, params, folder=Path(folder))
        return witness.seen


def _for_data(node: Reader, signed: Signed) -> int:
    """Wei that a rollup takes for a transaction's bytes; 0 on other chains."""
    if node.code(OP_ORACLE):
        return _words(node, OP_ORACLE, "getL1Fee(bytes)", ["bytes"], [signed.raw])[0]
    if node.code(ARB_SYS):
        to, data = signed.call.to, signed.call.data
        asked = [to or ARB_SYS, to is None, data]
        signature = "gasEstimateL1Component(address,bool,bytes)"
        gas, price, _ = _words(node, ARB_NODE, signature, ["address", "bool", "bytes"], asked)
        return gas * price
    return 0


def _words(
    node: Reader, to: str, signature: str, kinds: list[str], values: list[object]
) -> list[int]:
    """A contract's answer, as whole numbers."""
    data = keccak(signature.encode())[:4] + encode(kinds, values)
    with node.asking("tell what data costs"):
        found = node.call({"to": to, "data": "0x" + data.hex()})
        return [int.from_bytes(found[at : at + 32]) for at in range(0, len(found), 32)]
