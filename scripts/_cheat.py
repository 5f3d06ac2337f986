"""A wrong key, delivered for real: the demo's cheat.

>>> wrong_delivery(chain, deployments, order_id).reason
'KeyDelivery_WrongChallenge: ...'
"""

from __future__ import annotations

import secrets
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from daimm_cli.bindings.values import checksummed
from daimm_cli.chain.answers import Receipt
from daimm_cli.chain.book import read
from daimm_cli.chain.client import Chain
from daimm_cli.chain.errors import RevertedWith
from daimm_cli.chain.node import Node
from daimm_cli.index.index import Index
from daimm_cli.protocol.curve import N, SecretScalar
from daimm_cli.protocol.delivery import KeyRequest, prove
from tools.chain import LocalChain

GAS = 300_000
SECONDS = 60
"""To wait for it to be mined: a busy machine takes its time."""


@dataclass(frozen=True)
class Refusal:
    """A transaction that was mined and reverted, and why."""

    transaction: str
    reason: str
    gas: int


def wrong_delivery(local: LocalChain, deployments: Path, order: str) -> Refusal:
    """Deliver the key of a line that was never committed to, as anybody may try to."""
    chain = Chain(
        Node.connect(local.url), read(deployments / f"{local.chain_id}.json", local.chain_id)
    )
    with tempfile.TemporaryDirectory() as folder, Index.open(Path(folder), chain) as index:
        index.sync()
        row = index.order(bytes.fromhex(order[2:]))
    other = SecretScalar(secrets.randbelow(N - 1) + 1)
    request = KeyRequest(row.order_id, row.offer.line, row.order.key)
    delivery = prove(other, replace(request, line=other.point))
    call = chain.delivery_call([(row.offer, row.order, delivery)])
    sender = checksummed(local.accounts[-1].address)
    transaction: dict[str, Any] = {
        "from": sender,
        "to": call.to,
        "data": "0x" + call.data.hex(),
        "gas": hex(GAS),
    }
    sent = local.rpc("eth_sendTransaction", transaction)
    receipt = _mined(chain.node, bytes.fromhex(sent[2:]))
    if receipt.succeeded:
        raise AssertionError("The chain took a wrong key.")
    try:
        chain.node.simulate(call, sender)
    except RevertedWith as refused:
        reason = f"{refused.name}: {refused.message}"
        return Refusal(sent, reason, receipt.gas_used)
    raise AssertionError("The chain takes a wrong key.")


def _mined(node: Node, transaction: bytes) -> Receipt:
    end = time.monotonic() + SECONDS
    while (receipt := node.receipt(transaction)) is None:
        if time.monotonic() > end:
            raise AssertionError("The wrong delivery is not mined.")
        time.sleep(0.05)
    return receipt
