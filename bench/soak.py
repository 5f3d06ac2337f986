"""A keeper under fire: orders come, everything around it fails, and the chain tells how it ended.

    python -m bench.soak                          # 320 orders, 120 faults; writes bench/soak.json
    python -m bench.soak --orders 40 --faults 15 --seed 7 --out FILE

A real keeper process (`daimm keeper run`) serves three offers of a real listing on a real chain,
through a node that fails (`tools.faults`) and keeps the state of its newest blocks alone. It is
killed and frozen, its transactions are dropped, priced out and copied, blocks are taken back, and
now and then it is dead until orders can be refunded.
The same seed makes the same choices, but processes have their own pace, so that no two runs are
alike. What is reported is counted from the chain's events at the end:

- orders: purchases. delivered, refunded: orders with that event.
- lost: orders with neither, or with their money still in escrow. doubled: with more than one end.
- faults: those that took place, by kind.
- missed: refunded although the keeper could have delivered: neither dead until grace ended nor
  told that the price is not worth its gas.
- copied: orders that a rival delivered with what he saw of the keeper's.
- unpaid: refunded although their delivery had left for the node. An outage that outlasts grace can
  cause it and nothing else may. reverted: transactions of the keeper that the chain refused.
- keys: deliveries that differ from another one of the same order, among all that ever left.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import secrets
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from bench.verdict import deliveries, judge
from daimm_cli.accounts import seed as seeds
from daimm_cli.base.errors import DaimmError
from daimm_cli.chain import payment
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import GWEI, Node, Signed
from daimm_cli.chain.terms import Offer, Purchase
from daimm_cli.index.index import Index
from daimm_cli.index.rows import OrderRow, OrderState
from daimm_cli.protocol.curve import SecretScalar, keccak
from scripts._params import for_chain
from scripts.deploy import deploy
from tools.chain import ROOT, ChainError, LocalChain
from tools.faults import FAULTS, FaultyNode

RESULTS = ROOT / "bench" / "soak.json"
FORBIDDEN = ("lost", "doubled", "missed", "keys")
"""What has to be zero."""

PASSWORD = "correct horse battery"  # noqa: S105 - of accounts that exist on this chain alone
FINALITY = 8
KEEPS = 6
"""Blocks whose state the keeper's node has: fewer than it takes until a purchase is final."""
DELIVER, GRACE, INSPECTION = 900, 600, 3600
CHEAP = 10**12
"""A price, in AIM's smallest unit, that does not pay for the gas of a delivery."""

PACE = 0.04
"""Seconds of rest after each block, so that the keeper gets its share of the machine; a busy one
takes a larger `--pace`."""

START_SECONDS = 60
"""For the keeper to say something after a start."""

SETTLE_SECONDS = 180
"""For the keeper to finish after the last fault."""

SETTINGS = f"""
[keeper]
finality = {FINALITY}
batch = 4
poll = 0.1
patience = 6
timeout = 1.0
listen = ""
minimum_profit = "0.000001"
ether_per_token = {{ AIM = "0.01" }}
withdraw = {{ AIM = "200" }}
"""

_MIX = {
    "network": 8,
    "kill": 5,
    "reorg": 5,
    "drop": 5,
    "price": 3,
    "copy": 4,
    "freeze": 2,
    "down": 2,
}
AIMED = ("kill", "reorg", "drop", "price", "copy")
"""Wait, but for chance, until a transaction of the keeper waits to be mined or was just mined."""


class Soak:
    """One run. All transactions but the keeper's go to the chain directly."""

    def __init__(
        self, chain: LocalChain, faulty: FaultyNode, home: Path, number: int, pace: float
    ) -> None:
        self.pace = pace
        self.local = chain
        self.faulty = faulty
        self.home = home
        self.chance = random.Random(number)  # noqa: S311 - repeatable on purpose
        self.faults: Counter[str] = Counter()
        accounts = [Account.from_key(account.key) for account in chain.accounts]
        self.seller, self.keeper_account, *self.buyers = accounts[1:7]
        self.rival = accounts[7]
        node = Node.connect(chain.url)
        book = deploy(node, accounts[0], for_chain(node.chain_id), folder=home / "deployments")
        self.chain = Chain(node, book)
        for buyer in self.buyers:
            self.chain.transfer_token(accounts[0], self.chain.aim, buyer.address, 10**24)
        self.waiting: dict[str, Signed] = {}
        self.process: subprocess.Popen[bytes] | None = None
        self.asleep_until = 0
        self.aimed: list[str] = []
        self.excused: set[bytes] = set()
        self.pool: set[str] = set()
        self.offers = self._publish()
        self.index = Index.open(home / "judge", self.chain)
        self.height = 0

    # The seller

    def _publish(self) -> list[Offer]:
        home = self.home / "seller"
        home.mkdir()
        (home / "password").write_text(PASSWORD)
        (home / "password").chmod(0o600)
        (home / "accounts").mkdir()
        for name, account in (("seller", self.seller), ("keeper", self.keeper_account)):
            sealed = Account.encrypt(account.key, PASSWORD, kdf="scrypt", iterations=2)
            (home / "accounts" / f"{name}.json").write_text(json.dumps(sealed))
        sealed = dict(Account.encrypt(secrets.token_bytes(32), PASSWORD, iterations=2))
        sealed.pop("address")
        seeds.seed_path(home).write_text(json.dumps({"daimm": seeds.FORMAT, **sealed}))
        settings = SETTINGS + f'seller = "{self.seller.address}"\n'
        (home / "config.toml").write_text(settings)
        header = json.dumps({"w": {"dtype": "F32", "shape": [64], "data_offsets": [0, 256]}})
        header += " " * (-len(header) % 8)
        model = self.home / "model.safetensors"
        packed = struct.pack("<Q", len(header)) + header.encode()
        model.write_bytes(packed + secrets.token_bytes(256))
        terms = ["--deliver-within", f"{DELIVER}s", "--grace", f"{GRACE}s", "--yes"]
        about = ["--license", "MIT", "--name", "Soaked", "--summary", "A model under fire."]
        self._run("model", "publish", str(model), *about, "--price", "10", *terms)
        window = ["--inspection", f"{INSPECTION}s"]
        self._run("offer", "open", "1", "--price", "10", *window, *terms)
        self._run("offer", "open", "1", "--price", "0.000001", *terms)
        with Index.open(home, self.chain) as index:
            index.sync()
            return [row.offer for row in reversed(index.offers())]

    def _environment(self, account: str, url: str) -> dict[str, str]:
        home = self.home / "seller"
        return os.environ | {
            "DAIMM_HOME": str(home),
            "DAIMM_ACCOUNTS": str(home / "accounts"),
            "DAIMM_ACCOUNT": account,
            "DAIMM_PASSWORD_FILE": str(home / "password"),
            "DAIMM_DEPLOYMENTS": str(self.home / "deployments"),
            "DAIMM_RPC": url,
            "PYTHONPATH": str(ROOT),
        }

    def _run(self, *arguments: str) -> None:
        ran = subprocess.run(
            [sys.executable, "-m", "daimm_cli", *arguments],
            env=self._environment("seller", self.local.url),
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stderr

    def start(self) -> None:
        """Start the keeper's process, and wait for its first word: machines may be slow."""
        with (self.home / "keeper.log").open("ab") as log:
            before = log.tell()
            self.process = subprocess.Popen(
                [sys.executable, "-m", "daimm_cli", "keeper", "run"],
                env=self._environment("keeper", self.faulty.url),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            deadline = time.monotonic() + START_SECONDS
            while log.seek(0, os.SEEK_END) == before and time.monotonic() < deadline:
                time.sleep(PACE)

    def kill(self) -> None:
        """SIGKILL it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    # The buyers

    def buy(self) -> None:
        """Somebody buys one to four licences in one transaction."""
        free = [buyer for buyer in self.buyers if self._is_free(buyer)]
        if not free:
            return
        buyer = self.chance.choice(free)
        offer = self.chance.choices(self.offers, [12, 6, 1])[0]
        deadline = self.chain.node.latest().time + 3600
        items = [
            (offer, Purchase(self._key(), offer.total, deadline, secrets.token_bytes(32)))
            for _ in range(self.chance.randint(1, 4))
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

    # The faults

    def fault(self) -> None:
        """One fault of a kind that chance chooses; counted where it took place."""
        kind = self.chance.choices(list(_MIX), list(_MIX.values()))[0]
        if kind in AIMED and self.chance.random() < 0.8:
            self.aimed.append(kind)
        else:
            getattr(self, f"_{kind}")()

    def _shoot(self) -> None:
        """The aimed faults that have their mark now; a reorg's is a transaction just mined."""
        pool = self._pool()
        mined, self.pool = self.pool - pool, pool
        for kind in dict.fromkeys(self.aimed):
            if mined if kind == "reorg" else pool:
                self.aimed.remove(kind)
                getattr(self, f"_{kind}")()

    def _pool(self) -> set[str]:
        """The keeper's transactions that wait to be mined."""
        pending = self.local.rpc("txpool_content")["pending"]
        me = self.keeper_account.address.lower()
        found = (value for sender, value in pending.items() if sender.lower() == me)
        return {one["hash"] for transactions in found for one in transactions.values()}

    def _network(self) -> None:
        self.faulty.calm(self.chance.randrange(12))
        self.faulty.next(self.chance.choice(FAULTS))

    def _kill(self) -> None:
        if self.process is not None:
            self.kill()
            self.faults["kill"] += 1
            self.asleep_until = self.height + self.chance.randrange(40)

    def _reorg(self) -> None:
        depth = self.chance.randrange(1, FINALITY)
        with contextlib.suppress(ChainError):  # anvil may have forgotten the block beneath
            self.local.reorg(depth)
            self.faults["reorg"] += 1

    def _drop(self) -> None:
        for transaction in self._pool():
            self.local.rpc("anvil_dropTransaction", transaction)
            self.faults["drop"] += 1

    def _price(self) -> None:
        self.local.rpc("anvil_setNextBlockBaseFeePerGas", hex(self.chance.randint(10, 60) * GWEI))
        self.faults["price"] += 1

    def _copy(self) -> None:
        """A rival sends a delivery that he saw as his own, for more."""
        node = self.chain.node
        pool = self._pool()
        raws = (raw for raw in self.faulty.sent if f"0x{keccak(raw).hex()}" in pool)
        seen = [values for raw in raws for values in deliveries(raw)]
        if seen:
            values = self.chance.choice(seen)
            fees = {"maxFeePerGas": 400 * GWEI, "maxPriorityFeePerGas": 100 * GWEI}
            copied = self.chain.deployed.market.deliver(*values)
            with contextlib.suppress(DaimmError):  # the order may have ended
                nonce = node.nonce(self.rival.address, "latest")
                node.broadcast(node.sign(copied, self.rival, nonce=nonce, fees=fees))
                self.faults["copy"] += 1

    def _freeze(self) -> None:
        process = self.process
        if process is not None:
            process.send_signal(signal.SIGSTOP)
            self.mine(self.chance.randrange(5, 40))  # it may be killed in its sleep
            process.send_signal(signal.SIGCONT)
            self.faults["freeze"] += 1

    def _down(self) -> None:
        self.faulty.down = True
        self.mine(self.chance.randrange(5, 40))
        self.faulty.down = False
        self.faults["down"] += 1

    def blackout(self) -> None:
        """The keeper is dead until what waits can be refunded."""
        self.kill()
        self.index.sync()
        waiting = self.index.orders(state=OrderState.PENDING, limit=None)
        self.excused |= {row.order_id for row in waiting}
        self.local.travel(DELIVER + GRACE + 1)
        self.refund()
        self.mine()
        self.faults["blackout"] += 1

    # Time

    def mine(self, blocks: int = 1) -> None:
        for _ in range(blocks):
            self._shoot()
            self.local.mine()
            self.height += 1
            time.sleep(self.pace)

    def run(self, orders: int, faults: int) -> None:
        """Until there were so many of both; then in peace until every order has an end."""
        blackouts = [orders // 2]
        self.local.rpc("evm_setAutomine", False)
        self.start()
        placed = 0
        while placed < orders or self.met < faults or blackouts:
            if placed < orders and self.chance.random() < 0.25:
                self.buy()
            if self.met < faults and self.chance.random() < 0.15:
                self.fault()
            if blackouts and placed >= blackouts[0] and self._delivered():
                blackouts.pop(0)
                self.blackout()
            if self.process is None and self.height >= self.asleep_until:
                self.start()
            assert self.process is None or self.process.poll() is None, "the keeper ended by itself"
            self.mine(self.chance.randint(1, 3))
            if self.height % 10 == 0:
                self.refund()
                placed = len(self.index.orders(limit=None))
        self._finish()

    def _delivered(self) -> bool:
        """Whether the keeper got to work: on a busy machine it starts late."""
        return any(row.delivered_at for row in self.index.orders(limit=None))

    @property
    def met(self) -> int:
        """Faults that took place."""
        return sum(self.faults.values()) + sum(self.faulty.met.values())

    def _finish(self) -> None:
        self.faulty.clear()
        self.aimed.clear()
        if self.process is None:
            self.start()
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline:
            self.mine(5)
            self.refund()
            rows = self.index.orders(limit=None)
            live = [row for row in rows if row.offer.price > CHEAP]
            if any(row.state is OrderState.PENDING for row in live):
                continue
            if any(row.state is OrderState.INSPECTION for row in rows):
                self.local.travel(INSPECTION + 1)
            elif any(row.state is OrderState.PENDING for row in rows):
                self.local.travel(DELIVER + GRACE + 1)
            else:
                break
        self.mine(FINALITY + 5)
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0

    # The verdict

    def verdict(self) -> dict[str, Any]:
        """What the chain tells of it."""
        self.index.sync()
        rows = self.index.orders(limit=None)
        return judge(
            self.chain,
            rows,
            sent=set(self.faulty.sent),
            rival=self.rival.address,
            excused=self.excused | {row.order_id for row in rows if row.offer.price <= CHEAP},
            faults=self.faults + self.faulty.met,
        )


def soak(orders: int, faults: int, number: int, pace: float) -> dict[str, Any]:
    """One run; where something went wrong, all that it made stays."""
    failed = True
    folder = Path(tempfile.mkdtemp(prefix="daimm-soak-"))
    with LocalChain() as chain, FaultyNode(chain.url, hang=2.0, keeps=KEEPS) as faulty:
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
            run.kill()
            run.index.close()
            if failed:
                sys.stderr.write(f"The keeper's log is {folder / 'keeper.log'}\n")
            else:
                shutil.rmtree(folder)
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="A keeper under fire.")
    parser.add_argument("--orders", type=int, default=320)
    parser.add_argument("--faults", type=int, default=120)
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
