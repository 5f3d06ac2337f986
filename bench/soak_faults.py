"""What a soak does to its keeper, kind by kind.

>>> faults = Faults(soak)
>>> faults.strike()      # one, of a kind that chance chooses
>>> faults.pass_block()  # what lasts for some blocks ends, what waits for its mark may hit
>>> sum(faults.counted.values())
1
"""

from __future__ import annotations

import contextlib
import signal
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from bench.soak_seller import FINALITY
from bench.verdict import deliveries
from daimm_cli.base.errors import DaimmError
from daimm_cli.chain.node import GWEI
from daimm_cli.protocol.curve import keccak
from tools.chain import ChainError
from tools.faults import FAULTS, HIDES

if TYPE_CHECKING:
    from bench.soak import Soak

AIMED = ("kill", "reorg", "drop", "price", "copy")
"""Wait, but for chance, until a transaction of the keeper waits to be mined or was just mined."""

HITTING = 0.3
"""How probable it is that one of them hits in a block; else what waits is mined in peace."""

DAY = 86_400
BAD_SHARE = 0.15


class Faults:
    """counted: those that took place, by kind; what lasts counts once, if anybody met it."""

    def __init__(self, soak: Soak) -> None:
        self.soak = soak
        self.chance = soak.chance
        self.node = soak.faulty
        self.counted: Counter[str] = Counter()
        self._aimed: list[str] = []
        self._lasting: dict[str, tuple[int, int]] = {}
        self._pool: set[str] = set()
        self._kinds: dict[str, tuple[int, Callable[[], None]]] = {  # how often each
            "network": (24, self._network),
            "kill": (3, self._kill),
            "reorg": (5, self._reorg),
            "drop": (4, self._drop),
            "price": (3, self._price),
            "copy": (4, self._copy),
            "freeze": (1, self._freeze),
            "down": (1, self._down),
            "bad answers": (3, self._bad_answers),
            "logs": (4, self._logs),
            "replica": (3, self._replica),
            "clock": (4, self._clock),
            "damage": (3, self._damage),
        }

    def strike(self) -> None:
        """One of a kind that chance chooses."""
        kind = self.chance.choices(list(self._kinds), [n for n, _ in self._kinds.values()])[0]
        if kind in AIMED and self.chance.random() < 0.8:
            if kind not in self._aimed:
                self._aimed.append(kind)
        else:
            self._do(kind)

    def pass_block(self) -> None:
        """End what lasts and is over; let the aimed ones hit that have their mark now."""
        for kind, (until, _) in list(self._lasting.items()):
            if self.soak.height >= until:
                self._end(kind)
        pool = self.waiting()
        mined, self._pool = self._pool - pool, pool
        marked = [kind for kind in self._aimed if (mined if kind == "reorg" else pool)]
        if marked and self.chance.random() < HITTING:
            self._aimed.remove(marked[0])
            self._do(marked[0])

    def clear(self) -> None:
        """No more of them."""
        self._aimed.clear()
        for kind in list(self._lasting):
            self._end(kind)
        self.node.clear()

    def waiting(self) -> set[str]:
        """The keeper's transactions that wait to be mined."""
        pending = self.soak.local.rpc("txpool_content")["pending"]
        me = self.soak.seller.keeper.address.lower()
        found = (value for sender, value in pending.items() if sender.lower() == me)
        return {one["hash"] for transactions in found for one in transactions.values()}

    def _do(self, kind: str) -> None:
        self._kinds[kind][1]()

    def _last(self, kind: str, blocks: int) -> bool:
        """Whether it begins now, for so many blocks; False where it is under way."""
        if kind in self._lasting:
            return False
        self._lasting[kind] = self.soak.height + blocks, self.node.touched[kind]
        return True

    def _end(self, kind: str) -> None:
        _, before = self._lasting.pop(kind)
        if kind == "clock":
            self.soak.seller.set_clock(0)
        elif kind == "bad answers":
            self.node.bad = 0.0
        elif kind == "replica":
            self.node.behind = 0
        else:
            self.node.hides = None
        if kind == "clock" or self.node.touched[kind] > before:
            self.counted[kind] += 1

    # The kinds

    def _network(self) -> None:
        self.node.calm(self.chance.randrange(12))
        self.node.next(self.chance.choice(FAULTS))

    def _kill(self) -> None:
        if self.soak.seller.process is not None:
            self.soak.seller.kill()
            self.counted["kill"] += 1
            self.soak.asleep_until = self.soak.height + self.chance.randrange(40)

    def _reorg(self) -> None:
        depth = self.chance.randrange(1, FINALITY)
        with contextlib.suppress(ChainError):  # anvil may have forgotten the block beneath
            self.soak.local.reorg(depth)
            self.counted["reorg"] += 1

    def _drop(self) -> None:
        for transaction in self.waiting():
            self.soak.local.rpc("anvil_dropTransaction", transaction)
            self.counted["drop"] += 1

    def _price(self) -> None:
        price = hex(self.chance.randint(10, 60) * GWEI)
        self.soak.local.rpc("anvil_setNextBlockBaseFeePerGas", price)
        self.counted["price"] += 1

    def _copy(self) -> None:
        """A rival sends a delivery of the keeper's as their own, for more."""
        chain, rival = self.soak.chain, self.soak.rival
        pool = self.waiting()
        raws = (raw for raw in self.node.sent if f"0x{keccak(raw).hex()}" in pool)
        seen = [left for raw in raws for left in deliveries(chain, raw)]
        if seen:
            copied = self.chance.choice(seen).again
            fees = {"maxFeePerGas": 400 * GWEI, "maxPriorityFeePerGas": 100 * GWEI}
            with contextlib.suppress(DaimmError):  # the order may have ended
                nonce = chain.node.nonce(rival.address, "latest")
                chain.node.broadcast(chain.node.sign(copied, rival, nonce=nonce, fees=fees))
                self.counted["copy"] += 1

    def _freeze(self) -> None:
        process = self.soak.seller.process
        if process is not None:
            process.send_signal(signal.SIGSTOP)
            self.soak.mine(self.chance.randrange(5, 40))  # it may be killed in its sleep
            process.send_signal(signal.SIGCONT)
            self.counted["freeze"] += 1

    def _down(self) -> None:
        self.node.down = True
        self.soak.mine(self.chance.randrange(5, 40))
        self.node.down = False
        self.counted["down"] += 1

    def _bad_answers(self) -> None:
        if self._last("bad answers", self.chance.randrange(10, 40)):
            self.node.bad = BAD_SHARE

    def _logs(self) -> None:
        kind = self.chance.choice(HIDES)
        if self.node.hides is None and self._last(f"{kind} logs", self.chance.randrange(5, 30)):
            self.node.hides = kind

    def _replica(self) -> None:
        if self._last("replica", self.chance.randrange(5, 30)):
            self.node.behind = self.chance.randrange(1, FINALITY)

    def _clock(self) -> None:
        """A day ahead or behind, for some blocks."""
        if self._last("clock", self.chance.randrange(3, 15)):
            self.soak.seller.set_clock(self.chance.choice((-DAY, DAY)))

    def _damage(self) -> None:
        """Of a file, half the time while the keeper is dead: some it reads only when it starts."""
        what = self.chance.choice(("outbox record", "delivery record", "index page"))
        seller = self.soak.seller
        if what == "outbox record" or self.chance.random() < 0.5:
            seller.kill()
            self.soak.asleep_until = self.soak.height + self.chance.randrange(10)
        self.counted[what] += seller.damage(what, self.chance)
