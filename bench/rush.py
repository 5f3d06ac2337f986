"""A thousand orders that are due at once: how many deliveries a block takes, and at what gas each.

    python -m bench.rush            # prints the figures and writes bench/rush.json

A real keeper (`daimm_cli.keeper`) works them off on a real chain whose blocks take 30 million gas,
once with its default settings and once with as much in flight as it may have. A block comes after
each look at the chain.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from eth_account import Account

from daimm_cli.chain.client import Chain
from daimm_cli.chain.index import Index
from daimm_cli.chain.node import GWEI, Node
from daimm_cli.chain.terms import ZERO_ADDRESS, ZERO_WORD, Offer, Purchase, Version
from daimm_cli.crypto.curve import Point, SecretScalar
from daimm_cli.keeper.duties import Duties
from daimm_cli.keeper.keeper import Keeper
from daimm_cli.keeper.outbox import Outbox, Policy
from scripts._params import for_chain
from scripts.deploy import deploy
from tools.chain import ROOT, LocalChain

RESULTS = ROOT / "bench" / "rush.json"
BLOCK_GAS = 30_000_000
ORDERS = 1_000
AT_ONCE = 25
"""Licences bought in one transaction, to get there."""

SETTINGS = {"default": (20, 4), "widest": (20, 16)}
"""Duties in a transaction, and transactions in flight."""


def rush(orders: int, batch: int, in_flight: int) -> dict[str, Any]:
    """Work off so many orders with these settings; figures of the busiest blocks and over all."""
    extra = ("--gas-limit", str(BLOCK_GAS))
    with LocalChain(extra=extra) as local, tempfile.TemporaryDirectory() as folder:
        accounts = [Account.from_key(account.key) for account in local.accounts]
        admin, seller, buyer, worker = accounts[:4]
        node = Node.connect(local.url)
        chain = Chain(node, deploy(node, admin, for_chain(node.chain_id), folder=Path(folder)))
        chain.transfer_token(admin, chain.aim, buyer.address, 10**25)
        line = SecretScalar(secrets.randbelow(1 << 250) + 1)
        listed = chain.publish(
            seller, royalty=0, details=_version(line.point), offer=_offer(chain, seller, line.point)
        )
        for start in range(0, orders, AT_ONCE):
            many = min(AT_ONCE, orders - start)
            chain.buy(buyer, [(listed.offer, _purchase(chain, listed.offer)) for _ in range(many)])
        local.mine()
        local.rpc("evm_setAutomine", False)

        index = Index.open(Path(folder), chain)
        duties = Duties(
            chain,
            index,
            Path(folder),
            seller=seller.address,
            keeper=worker.address,
            line_of=lambda _model, _version: line,
        )
        outbox = Outbox(Path(folder) / "outbox", node, worker, Policy(1_000 * GWEI, 600))
        keeper = Keeper(duties, outbox, finality=1, batch=batch, in_flight=in_flight)
        first = node.latest().number
        started = time.monotonic()
        while True:
            keeper.tick()
            if not duties.pending():
                break
            local.mine()
        seconds = time.monotonic() - started
        index.close()
        return _figures(chain, first, orders, seconds)


def _figures(chain: Chain, first: int, orders: int, seconds: float) -> dict[str, Any]:
    node = chain.node
    last = node.latest().number
    logs = node.logs([chain.market], first, last)
    per_block = Counter(e.block for e in chain.decoder.decode_all(logs) if e.name == "Delivered")
    assert sum(per_block.values()) == orders
    gas = {block: int(node.web3.eth.get_block(block)["gasUsed"]) for block in per_block}
    return {
        "orders": orders,
        "blocks": len(per_block),
        "deliveries_per_block": max(per_block.values()),
        "gas_per_delivery": round(sum(gas.values()) / orders),
        "fullest_block": round(max(gas.values()) / BLOCK_GAS, 2),
        "seconds": round(seconds, 1),
    }


def _version(line: Point) -> Version:
    word = secrets.token_bytes
    return Version(word(32), word(32), word(32), line, scheme=1, terms=word(32))


def _offer(chain: Chain, seller: Any, line: Point) -> Offer:
    return Offer(
        seller=seller.address,
        model=1,
        version=1,
        last_version=1,
        transferable=True,
        scheme=1,
        line=line,
        token=chain.aim,
        price=10**19,
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
    return Purchase(key, offer.total, deadline, secrets.token_bytes(32))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.rush", description=__doc__)
    parser.add_argument("--orders", type=int, default=ORDERS)
    orders = parser.parse_args(arguments).orders
    results = {name: rush(orders, *setting) for name, setting in SETTINGS.items()}
    text = json.dumps(results, indent=2) + "\n"
    print(text, end="")
    if orders == ORDERS:
        RESULTS.write_text(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
