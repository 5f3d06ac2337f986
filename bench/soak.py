"""A keeper under fire: orders come, everything around it fails, and the chain tells how it ended.

    python -m bench.soak           # 2,000 orders, 1,000 faults: writes bench/soak.json
    python -m bench.soak --orders 40 --faults 15 --seed 7 --out FILE

A real keeper process (`daimm keeper run`) serves three offers of a real listing on a real chain,
through a node that fails (`tools.faults`) and keeps the state of its newest blocks alone: it
answers late, wrongly and drop by drop, hides logs, and lags. The keeper is killed and frozen, its
clock jumps by a day, its files are damaged, its transactions are dropped, priced out and copied,
blocks are taken back, and once it is dead until orders can be refunded.
The same seed makes the same choices, but processes have their own pace, so that no two runs are
alike. What is reported is counted from the chain's events at the end:

- orders: purchases. delivered, refunded: orders with that event.
- lost: orders with neither, or with their money still in escrow. doubled: with more than one end.
- parked: orders that waited still, SETTLE_SECONDS after the last fault.
- faults: those that took place, by kind.
- missed: refunded although the keeper could have delivered: neither dead until grace ended nor
  told that the price is not worth its gas.
- copied: orders that a rival delivered with what they saw of the keeper's.
- unpaid: refunded although their delivery had left for the node. An outage that outlasts grace can
  cause it and nothing else may. reverted: transactions of the keeper that the chain refused.
- keys: deliveries that differ from another one of the same order, among all that ever left.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from bench.soak_faults import Faults
from bench.soak_seller import DELIVER, FINALITY, GRACE, INSPECTION, Seller
from bench.verdict import judge
from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.chain import payment
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Node
from daimm_cli.chain.terms import Bps, Purchase
from daimm_cli.chain.transactions import Signed
from daimm_cli.index.index import Index
from daimm_cli.index.rows import OrderRow, OrderState
from daimm_cli.protocol.curve import SecretScalar
from scripts._params import for_chain
from scripts.deploy import deploy
from tools.chain import ROOT, LocalChain
from tools.faults import FaultyNode

RESULTS = ROOT / "bench" / "soak.json"
FORBIDDEN = ("lost", "doubled", "parked", "missed", "keys")
"""What has to be zero."""

KEEPS = 6
"""Blocks whose state the keeper's node has: fewer than it takes until a purchase is final."""

CHEAP = 10**12
"""A price, in AIM's smallest unit, that does not pay for the gas of a delivery."""

PACE = 0.04
"""Seconds of rest after each block, so that the keeper gets its share of the machine; a busy one
takes a larger `--pace`."""

SETTLE_SECONDS = 240
"""For the keeper to finish after the last fault."""

BUYING, STRIKING = 0.4, 0.5
"""How probable both are in each round of one to three blocks."""


class Soak:
    """One run. All transactions but the keeper's go to the chain directly."""

    def __init__(
        self, chain: LocalChain, faulty: FaultyNode, home: Path, number: int, pace: float
    ) -> None:
        self.pace = pace
        self.local = chain
        self.faulty = faulty
        self.chance = random.Random(number)  # noqa: S311 - repeatable on purpose
        accounts = [Account.from_key(account.key) for account in chain.accounts]
        self.buyers, self.rival = accounts[3:7], accounts[7]
        node = Node.connect(chain.url)
        book = deploy(node, accounts[0], for_chain(node.chain_id), folder=home / "deployments")
        self.chain = Chain(node, book)
        for buyer in self.buyers:
            self.chain.node.send(ERC20(self.chain.aim).transfer(buyer.address, 10**24), accounts[0])
        self.waiting: dict[str, Signed] = {}
        self.asleep_until = 0
        self.excused: set[bytes] = set()
        self.seller = Seller(home, chain, accounts[1], accounts[2], self.chain)
        self.offers = self.seller.publish()
        self.index = Index.open(home / "judge", self.chain)
        self.height = 0
        self.parked = 0
        self.faults = Faults(self)

    # The buyers

    def buy(self) -> None:
        """Somebody buys one to six licences in one transaction."""
        free = [buyer for buyer in self.buyers if self._is_free(buyer)]
        if not free:
            return
        buyer = self.chance.choice(free)
        offer = self.chance.choices(self.offers, [12, 6, 1])[0]
        deadline = self.chain.node.latest().time + 3600
        items = [
            (
                offer,
                Purchase(
                    *(self._key(), offer.total, Bps(self.chain.policy(offer.token).fee)),
                    *(deadline, secrets.token_bytes(32)),
                ),
            )
            for _ in range(self.chance.randint(1, 6))
        ]
        with contextlib.suppress(DaimmError):  # what a reorg took back is tried again later
            _, call = payment.plan(self.chain, buyer, items, None)
            node = self.chain.node
            signed = node.sign(call, buyer, nonce=node.nonce(buyer.address, "latest"))
            node.broadcast(signed)
            self.waiting[buyer.address] = signed

    def _key(self) -> Any:
        return SecretScalar(self.chance.randrange(1, 1 << 250)).point

    def _is_free(self, buyer: LocalAccount) -> bool:
        signed = self.waiting.get(buyer.address)
        if signed is None or not self.chain.node.knows(signed.hash):
            return True
        return self.chain.node.receipt(signed.hash) is not None

    def refund(self) -> None:
        """Buyers take back what can be taken back."""
        now = self.chain.node.latest().time
        self.index.sync()
        for row in self.index.orders(state=OrderState.PENDING, limit=None):
            if now > row.grace_end:
                with contextlib.suppress(DaimmError):
                    self._end(row)

    def _end(self, row: OrderRow) -> None:
        call = self.chain.deployed.market.refund(row.offer, row.order)
        node = self.chain.node
        helper = self.buyers[-1]
        signed = node.sign(call, helper, nonce=node.nonce(helper.address, "pending"))
        node.broadcast(signed)

    # Time

    def mine(self, blocks: int = 1) -> None:
        for _ in range(blocks):
            self.faults.pass_block()
            self.local.mine()
            self.height += 1
            time.sleep(self.pace)

    def run(self, orders: int, faults: int) -> None:
        """Until there were so many of both; then in peace until every order has an end."""
        blackouts = [orders // 2]
        self.local.rpc("evm_setAutomine", False)
        self.seller.start(self.faulty.url)
        placed = 0
        while placed < orders or self.met < faults or blackouts:
            if placed < orders and self.chance.random() < BUYING:
                self.buy()
            if self.met < faults and self.chance.random() < STRIKING:
                self.faults.strike()
            looked = self.height % 10 == 0  # now and then: there are many orders
            if blackouts and placed >= blackouts[0] and looked and self._delivered():
                blackouts.pop(0)
                self.blackout()
            process = self.seller.process
            assert process is None or process.poll() is None, "the keeper ended by itself"
            if process is None and self.height >= self.asleep_until:
                self.seller.start(self.faulty.url)
            self.mine(self.chance.randint(1, 3))
            if self.height % 10 == 0:
                self.refund()
                placed = sum(row.sold for row in self.index.offers())
        self._finish()

    def blackout(self) -> None:
        """The keeper is dead until what waits can be refunded."""
        self.seller.kill()
        self.index.sync()
        waiting = self.index.orders(state=OrderState.PENDING, limit=None)
        self.excused |= {row.order_id for row in waiting}
        self.local.travel(DELIVER + GRACE + 1)
        self.refund()
        self.mine()
        self.faults.counted["blackout"] += 1

    def _delivered(self) -> bool:
        """Whether the keeper got most of its work done: on a busy machine it starts late."""
        rows = self.index.orders(limit=None)
        return 2 * sum(bool(row.delivered_at) for row in rows) > len(rows)

    @property
    def met(self) -> int:
        """Faults that took place."""
        return sum(self.faults.counted.values()) + sum(self.faulty.met.values())

    def _finish(self) -> None:
        self.faults.clear()
        if self.seller.process is None:
            self.seller.start(self.faulty.url)
        deadline = time.monotonic() + SETTLE_SECONDS
        live: list[OrderRow] = []
        while time.monotonic() < deadline:
            self.mine(5)
            self.refund()
            rows = self.index.orders(limit=None)
            waiting = [row for row in rows if row.state is OrderState.PENDING]
            live = [row for row in waiting if row.offer.price > CHEAP]
            if live:
                continue
            if any(row.state is OrderState.INSPECTION for row in rows):
                self.local.travel(INSPECTION + 1)
            elif waiting:
                self.local.travel(DELIVER + GRACE + 1)
            else:
                break
        self.parked = len(live)
        self.mine(FINALITY + 5)
        assert self.seller.stop() == 0

    # The verdict

    def verdict(self) -> dict[str, Any]:
        """What the chain tells of it."""
        self.index.sync()
        rows = self.index.orders(limit=None)
        counts = judge(
            self.chain,
            rows,
            sent=set(self.faulty.sent),
            rival=self.rival.address,
            excused=self.excused | {row.order_id for row in rows if row.offer.price <= CHEAP},
            faults=self.faults.counted + self.faulty.met,
        )
        return {**counts, "parked": self.parked}


def soak(orders: int, faults: int, number: int, pace: float) -> dict[str, Any]:
    """One run; where something went wrong, all that it made stays."""
    failed = True
    folder = Path(tempfile.mkdtemp(prefix="daimm-soak-"))
    with LocalChain() as chain, FaultyNode(chain.url, hang=3.0, keeps=KEEPS) as faulty:
        run = Soak(chain, faulty, folder, number, pace)
        try:
            started = time.monotonic()
            run.run(orders, faults)
            result = run.verdict()
            result["seed"] = number
            result["pace"] = pace
            result["seconds"] = round(time.monotonic() - started)
            failed = any(result[name] for name in FORBIDDEN)
        finally:
            run.seller.kill()
            if failed:
                sys.stderr.write(f"The keeper's log is {folder / 'keeper.log'}\n")
            else:
                shutil.rmtree(folder)
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="A keeper under fire.")
    parser.add_argument("--orders", type=int, default=2_000)
    parser.add_argument("--faults", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--pace", type=float, default=PACE)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args(arguments)
    number = secrets.randbelow(1 << 32) if options.seed is None else options.seed
    print(f"seed {number}", flush=True)
    result = soak(options.orders, options.faults, number, options.pace)
    text = json.dumps(result, indent=2) + "\n"
    print(text, end="")
    options.out.write_text(text)
    return int(any(result[name] for name in FORBIDDEN))


if __name__ == "__main__":
    raise SystemExit(main())
