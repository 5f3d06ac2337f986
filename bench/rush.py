"""A thousand orders that are due at once: how many deliveries a block takes, and at what gas each.

    python -m bench.rush            # prints the figures and writes bench/rush.json

A real keeper (`daimm_cli.keeper`) works them off on a real chain whose blocks take 30 million gas,
once with its default settings and once with as much in flight as it may have. A block comes after
each look at the chain. Also: what it costs a batch if somebody copies a delivery out of it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from bench import cost
from bench.cost import Cost
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.bindings.market import Delivered
from daimm_cli.bindings.structs import Delivery
from daimm_cli.chain.client import Chain, Placed
from daimm_cli.chain.node import GWEI, Node
from daimm_cli.chain.payment import Item
from daimm_cli.chain.terms import (
    ZERO_ADDRESS,
    ZERO_WORD,
    Bps,
    ModelId,
    Offer,
    Order,
    Purchase,
    Version,
)
from daimm_cli.index.index import Index
from daimm_cli.keeper.duties import Duties
from daimm_cli.keeper.keeper import Keeper
from daimm_cli.keeper.outbox import Outbox
from daimm_cli.protocol.curve import Point, SecretScalar
from daimm_cli.protocol.delivery import KeyRequest, prove
from scripts._params import for_chain
from scripts.deploy import deploy
from tools.chain import ROOT, LocalChain, web3_of

RESULTS = ROOT / "bench" / "rush.json"
BLOCK_GAS = 30_000_000
ORDERS = 1_000
AT_ONCE = 25
"""Licences bought in one transaction, to get there."""

SETTINGS = {"default": (20, 4), "widest": (20, 16)}
"""Duties in a transaction, and transactions in flight."""

Part = tuple[Offer, Order, Delivery]


@dataclass
class Scene:
    """A market with orders that are due; the worker is a keeper's account."""

    local: LocalChain
    chain: Chain
    folder: Path
    seller: LocalAccount
    worker: LocalAccount
    rival: LocalAccount
    line: SecretScalar
    offer: Offer
    orders: list[Placed]


@contextlib.contextmanager
def scene(orders: int) -> Iterator[Scene]:
    """A chain of its own, on which so many orders were placed."""
    extra = ("--gas-limit", str(BLOCK_GAS))
    with LocalChain(extra=extra) as local, tempfile.TemporaryDirectory() as folder:
        accounts = [Account.from_key(account.key) for account in local.accounts]
        admin, seller, buyer, worker, rival = accounts[:5]
        node = Node.connect(local.url)
        chain = Chain(node, deploy(node, admin, for_chain(node.chain_id), folder=Path(folder)))
        chain.node.send(ERC20(chain.aim).transfer(buyer.address, 10**25), admin)
        line = SecretScalar(secrets.randbelow(1 << 250) + 1)
        offer = chain.publish(
            seller, royalty=0, details=_version(line.point), offer=_offer(chain, seller, line.point)
        ).offer
        placed: list[Placed] = []
        while len(placed) < orders:
            many = min(AT_ONCE, orders - len(placed))
            items = [Item(offer, _purchase(chain, offer)) for _ in range(many)]
            placed += chain.buy(buyer, items).orders
        local.mine()
        yield Scene(local, chain, Path(folder), seller, worker, rival, line, offer, placed)


def rush(orders: int, batch: int, in_flight: int) -> dict[str, Any]:
    """Work off so many orders with these settings; figures of the busiest blocks and over all."""
    with scene(orders) as at, Index.open(at.folder, at.chain) as index:
        at.local.rpc("evm_setAutomine", False)
        duties = Duties(
            at.chain,
            index,
            at.folder,
            seller=at.seller.address,
            keeper=at.worker.address,
            line_of=lambda _model, _version: at.line,
        )
        node = at.chain.node
        outbox = Outbox(at.folder / "outbox", node, at.worker, 1_000 * GWEI, 600)
        keeper = Keeper(duties, outbox, finality=1, batch=batch, in_flight=in_flight)
        first = node.latest().number
        started = time.monotonic()
        while True:
            keeper.tick()
            if not duties.waiting:
                break
            at.local.mine()
        return _figures(at.chain, first, orders, time.monotonic() - started)


def copied(batch: int) -> dict[str, Any]:
    """What a batch costs of which a rival copied one delivery, or all, and was mined first."""
    with scene(4 * batch) as at:
        chain, node = at.chain, at.chain.node
        request = ((p, KeyRequest(p.order_id, at.line.point, p.order.key)) for p in at.orders)
        parts = [(at.offer, placed.order, prove(at.line, wanted)) for placed, wanted in request]
        warm, whole, one, all_ = (parts[i * batch : (i + 1) * batch] for i in range(4))
        chain.node.send(
            chain.delivery_call([warm[0]]), at.worker
        )  # who has a credit already pays less
        chain.node.send(chain.delivery_call([warm[1]]), at.rival)

        def sent(deliveries: Sequence[Part], stolen: Sequence[Part]) -> Cost:
            signed = node.sign(chain.delivery_call(deliveries), at.worker)
            if stolen:
                chain.node.send(chain.delivery_call([*stolen]), at.rival)
            node.broadcast(signed)
            node.wait(signed)
            return cost.of(web3_of(node), signed.hash)

        rest = sent(whole[1:], [])
        return {
            "batch": batch,
            "passed_over": (sent(one, one[:1]) - rest).to_json(),
            "all_copied": sent(all_, all_).to_json(),
        }


def _figures(chain: Chain, first: int, orders: int, seconds: float) -> dict[str, Any]:
    node = chain.node
    last = node.latest().number
    logs = node.logs([chain.market], first, last)
    per_block = Counter(
        log.block for log, event in chain.told(logs) if isinstance(event, Delivered)
    )
    assert sum(per_block.values()) == orders
    blocks = [web3_of(node).eth.get_block(block) for block in per_block]
    costs = [cost.of(web3_of(node), sent) for block in blocks for sent in block["transactions"]]
    together = sum(costs[1:], costs[0]).to_json()
    return {
        "orders": orders,
        "blocks": len(per_block),
        "deliveries_per_block": max(per_block.values()),
        "per_delivery": {name: round(value / orders, 1) for name, value in together.items()},
        "fullest_block": round(max(block["gasUsed"] for block in blocks) / BLOCK_GAS, 2),
        "seconds": round(seconds, 1),
    }


def _version(line: Point) -> Version:
    word = secrets.token_bytes
    return Version(word(32), word(32), word(32), line, 1, word(32), bytes(32))


def _offer(chain: Chain, seller: Any, line: Point) -> Offer:
    return Offer(
        seller=seller.address,
        model=ModelId(1),
        version=1,
        last_version=1,
        transferable=True,
        line=line,
        token=chain.aim,
        price=10**19,
        rule=ZERO_ADDRESS,
        rule_data=ZERO_WORD,
        delivery_fee=0,
        payout=seller.address,
        payout_account=ZERO_WORD,
        delivery_time=86_400,
        grace_period=7_200,
        inspection=0,
        arbitrator=ZERO_ADDRESS,
        duration=0,
        expires_at=0,
        supply=0,
        salt=ZERO_WORD,
    )


def _purchase(chain: Chain, offer: Offer) -> Purchase:
    key = SecretScalar(secrets.randbelow(1 << 250) + 1).point
    deadline = chain.node.latest().time + 3600
    return Purchase(
        key, offer.total, Bps(chain.policy(offer.token).fee), deadline, secrets.token_bytes(32)
    )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.rush", description=__doc__)
    parser.add_argument("--orders", type=int, default=ORDERS)
    orders = parser.parse_args(arguments).orders
    results = {name: rush(orders, *setting) for name, setting in SETTINGS.items()}
    results["copied"] = copied(SETTINGS["default"][0])
    text = json.dumps(results, indent=2) + "\n"
    print(text, end="")
    if orders == ORDERS:
        RESULTS.write_text(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
