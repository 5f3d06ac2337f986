"""A keeper under fire: orders come, everything around it fails, and the chain tells how it ended.

    python -m bench.soak           # 2,000 orders, 1,000 faults: writes bench/soak.json
    python -m bench.soak --orders 40 --faults 15 --seed 7 --out FILE

A real keeper process (`daimm keeper run`) serves five offers of a real listing on a real chain,
through a node that fails (`tools.faults`) and keeps the state of its newest blocks alone: it
answers late, wrongly and drop by drop, hides logs, and lags. The keeper is killed and frozen, its
clock jumps by a day, its files are damaged, its transactions are dropped, priced out and copied,
blocks are taken back, and once it is dead until orders can be refunded. Meanwhile licences that end
are renewed, vouchers are shown, holders let their licences and sell them on, ask for keys and pass
theirs on, an arbitrator holds orders and deposits and rules both ways or never, and two of three
versions, garbage under good digests, are convicted.
The same seed makes the same choices, but processes have their own pace, so that no two runs are
alike. What is reported is counted from the chain's events at the end:

- orders: purchases. delivered, settled, refunded: orders that this became of. Refunded are also
  upheld, unruled (held, and no ruling came) and convicted ones, some after their delivery; rejected
  ones are settled.
- rented, extended, ended, collected, closed, claimed: rentals, what became of them and of their
  deposits. sold_on: licences that changed hands with their key. taken_back: deals without a key.
  passed_on: keys that their holder delivered. asked, answered, unanswered: key requests.
- lost: orders, deals and key requests with no end, or with their money still in escrow. doubled:
  with more than one end, or more than one delivery. adrift: by how much what each contract holds
  differs from what it owes, and what it owes each payee from what its events say.
- renewed: renewals that were paid. shown: purchases with a voucher. unprolonged: licences whose end
  is not the one that the last renewal told.
- parked: orders that waited still, SETTLE_SECONDS after the last fault.
- faults: those that took place, by kind.
- missed: refunded although the keeper could have delivered: neither dead until grace ended, nor
  told that the price is not worth its gas, nor of wrong content.
- copied: orders that a rival delivered with what they saw of the keeper's.
- unpaid: refunded, undelivered, although their delivery had left for the node. An outage that
  outlasts grace can cause it, and a conviction, which is not counted; nothing else may.
- reverted: transactions of the keeper that the chain refused. refusals: why.
- keys: deliveries that differ from another one of the same order, among all that ever left.
"""

from __future__ import annotations

import argparse
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

from bench.soak_buyers import Buyers, is_cheap, is_keepers
from bench.soak_deals import Deals
from bench.soak_disputes import HOLD, Disputes
from bench.soak_faults import Faults
from bench.soak_hands import Hands
from bench.soak_holders import Holders
from bench.soak_seller import DELIVER, FINALITY, GRACE, INSPECTION, Seller
from bench.verdict import judge
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Node
from daimm_cli.index.index import Index
from daimm_cli.index.rows import OrderState
from scripts._params import for_chain
from scripts.deploy import deploy
from tools.chain import ROOT, LocalChain
from tools.faults import FaultyNode

RESULTS = ROOT / "bench" / "soak.json"
FORBIDDEN = ("lost", "doubled", "adrift", "parked", "missed", "keys", "unprolonged")
"""What has to be zero."""

KEEPS = 6
"""Blocks whose state the keeper's node has: fewer than it takes until a purchase is final."""

PACE = 0.04
"""Seconds of rest after each block, so that the keeper gets its share of the machine; a busy one
takes a larger `--pace`."""

SETTLE_SECONDS = 900
"""For the keeper to finish after the last fault."""

STEP = 86_400
"""Seconds that the clock is put on at least, once the keeper has nothing to do: rentals end one by
one."""

AFTER = {
    OrderState.INSPECTION: INSPECTION + 1,
    OrderState.HELD: HOLD // 2,
    OrderState.PENDING: DELIVER + GRACE + 1,
}
"""Seconds after which something else can be done about an order."""

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
        self.rival = accounts[7]
        node = Node.connect(chain.url)
        book = deploy(node, accounts[0], for_chain(node.chain_id), folder=home / "deployments")
        self.chain = Chain(node, book)
        holders = accounts[10:]
        for buyer in (accounts[1], *accounts[3:7], accounts[9], *holders):
            self.chain.node.send(ERC20(self.chain.aim).transfer(buyer.address, 10**24), accounts[0])
        self.asleep_until = 0
        self.excused: set[bytes] = set()
        arbitrator = accounts[8]
        self.seller = Seller(home, chain, accounts[1], accounts[2], self.chain)
        self.offers = self.seller.publish(arbitrator.address)
        self.index = Index.open(home / "judge", self.chain)
        self.height = 0
        self.parked = 0
        self.faults = Faults(self)
        self.disputes = Disputes(self, arbitrator)
        self.disputes.open()
        self.hands = Hands(node)
        self.holders = Holders(self, holders)
        self.deals = Deals(self, self.holders)
        friends = [account.address for account in self.holders.everybody]
        self.buyers = Buyers(self, accounts[3:7], accounts[9], friends)

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
                self.buyers.buy()
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
            if self.height % 4 == 0:
                self.index.sync()
                self.holders.begin()
                self.deals.move()
            if self.height % 10 == 0:
                self.buyers.refund()
                self.buyers.renew()
                placed = sum(row.sold for row in self.index.offers())
                self.disputes.move(placed / orders)
        self._finish()

    def blackout(self) -> None:
        """The keeper is dead until what waits can be refunded."""
        self.seller.kill()
        while self.faults.waiting():  # an outage does not keep what has left from being mined
            self.mine()
        self.index.sync()
        waiting = self.index.orders(state=OrderState.PENDING, limit=None)
        self.excused |= {row.order_id for row in waiting} | self.deals.pending()
        self.local.travel(DELIVER + GRACE + 1)
        self.buyers.refund()
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
        live: list[bytes] = []
        while time.monotonic() < deadline:
            self.mine(5)
            self.buyers.refund()
            self.deals.move()
            self.disputes.move(1)
            rows = self.index.orders(limit=None)
            now = self.chain.node.latest().time
            live = [row.order_id for row in rows if not is_cheap(row) and is_keepers(row, now)]
            live += self.deals.keepers(now)
            if live:
                continue
            waits = {AFTER[row.state] for row in rows if row.is_open}
            waits |= {*self.deals.waits(now)}
            if not waits:
                break
            self.local.travel(max(min(waits), STEP))
        self.parked = len(live)
        self.mine(FINALITY + 5)
        assert self.seller.stop() == 0

    # The verdict

    def verdict(self) -> dict[str, Any]:
        """What the chain tells of it."""
        aim, market = self.chain.aim, self.chain.market
        self.index.sync()
        rows = self.index.orders(limit=None)
        counts = judge(
            self.chain,
            rows,
            sent=set(self.faulty.sent),
            rival=self.rival.address,
            excused=self.excused | {row.order_id for row in rows if is_cheap(row)},
            faults=self.faults.counted + self.faulty.met,
        )
        owed = sum(
            credit.amount
            for credit in self.index.credits()
            if (credit.ledger, credit.token) == ("Market", aim)
        )
        counts["adrift"] += abs(self.chain.balance(aim, market) - owed)
        return {**counts, "parked": self.parked}


def soak(orders: int, faults: int, number: int, pace: float) -> dict[str, Any]:
    """One run; where something went wrong, all that it made stays."""
    failed = True
    folder = Path(tempfile.mkdtemp(prefix="daimm-soak-"))
    with LocalChain(accounts=14) as chain, FaultyNode(chain.url, hang=3.0, keeps=KEEPS) as faulty:
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
