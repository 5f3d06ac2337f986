"""A keeper beside a real chain whose blocks come when the test says."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.bindings.market import Delivered
from daimm_cli.chain.answers import Header
from daimm_cli.chain.client import Chain, Placed
from daimm_cli.chain.node import GWEI, Node
from daimm_cli.chain.terms import Offer
from daimm_cli.index.index import Index
from daimm_cli.index.rows import OrderState
from daimm_cli.keeper.duties import Duties
from daimm_cli.keeper.entries import Entry, Observer, Outcome
from daimm_cli.keeper.keeper import Keeper
from daimm_cli.keeper.outbox import Outbox
from daimm_cli.market.deliver import Moment
from tests.python.chain import samples
from tools.chain import LocalChain

PATIENCE = 60
LOOKS = 300
"""At the transactions that wait, until an automatic block has taken them."""


@dataclass
class Seen(Observer):
    """What a keeper told."""

    sent_: list[tuple[str, ...]] = field(default_factory=list)
    replaced_: list[tuple[str, ...]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    held_: dict[str, str] = field(default_factory=dict)
    ticks: int = 0

    def sent(self, entry: Entry) -> None:
        self.sent_.append(entry.latest.subjects)

    def replaced(self, entry: Entry) -> None:
        self.replaced_.append(entry.latest.subjects)

    def outcome(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def held(self, subject: str, error: DaimmError) -> None:
        self.held_[subject] = error.message

    def ticked(self, keeper: Keeper, head: Header, now: Moment) -> None:
        del keeper, head, now
        self.ticks += 1

    def whats(self) -> list[str]:
        return [outcome.what for outcome in self.outcomes]


class Settled(Keeper):
    """A keeper after whose ticks an automatic chain has mined what it sent."""

    def __init__(self, catch_up: Callable[[], None], *parts: Any, **options: Any) -> None:
        super().__init__(*parts, **options)
        self._catch_up = catch_up

    def tick(self) -> None:
        super().tick()
        self._catch_up()


@dataclass
class World:
    """The chain, a seller, his keeper's account and a buyer with money."""

    chain: Chain
    local: LocalChain
    home: Path
    seller: LocalAccount
    keeper_account: LocalAccount
    buyer: LocalAccount
    seen: Seen
    waited: float = 0.0

    def keeper(self, **options: Any) -> Keeper:
        """A keeper as it would be after a start: nothing but the disk is carried over."""
        worth, minimum = options.pop("worth", {}), options.pop("minimum", 0)
        thresholds = options.pop("thresholds", {})
        most = options.pop("most", 500 * GWEI)
        submit: Node | None = options.pop("submit", None)
        chain: Chain = options.pop("chain", self.chain)
        line_of = options.pop("line_of", lambda _model, _version: samples.LINE)
        index = Index.open(self.home, chain)
        duties = Duties(
            chain,
            index,
            self.home,
            seller=self.seller.address,
            keeper=self.keeper_account.address,
            line_of=line_of,
            worth=worth,
            minimum=minimum,
            thresholds=thresholds,
        )
        folder = self.home / "keeper" / str(chain.node.chain_id)
        options = {"finality": 2, "observer": self.seen, "clock": self.clock, **options}
        clock = options["clock"]
        outbox = Outbox(folder, chain.node, self.keeper_account, most, PATIENCE, submit, clock)
        return Settled(self.catch_up, duties, outbox, **options)

    def clock(self) -> float:
        """Seconds of a clock that nobody sets."""
        return time.monotonic() + self.waited

    def wait(self, seconds: float) -> None:
        """Let time pass, on the chain, too."""
        self.waited += seconds
        self.local.travel(int(seconds))

    def offer(self, **changes: Any) -> Offer:
        return samples.published(self.chain, self.seller, **changes).offer

    def buy(self, offer: Offer) -> Placed:
        return samples.bought(self.chain, self.buyer, offer)

    def buy_by_hand(self, offer: Offer) -> Placed:
        """An order, while blocks come by hand."""
        self.local.rpc("evm_setAutomine", True)
        placed = self.buy(offer)
        self.by_hand()
        return placed

    def forgotten(self, offer: Offer) -> Placed:
        """An order whose delivery a keeper sent and the node forgot; blocks come by hand now."""
        placed = self.buy(offer)
        self.mine()
        self.by_hand()
        self.keeper().tick()
        self.local.rpc("anvil_dropAllTransactions")
        return placed

    def mine(self, blocks: int = 1) -> None:
        for _ in range(blocks):
            self.local.mine()

    def by_hand(self) -> None:
        """From now on blocks come by `mine` alone."""
        self.local.rpc("evm_setAutomine", False)

    def catch_up(self) -> None:
        """Let the chain mine what it has; a transaction's answer comes before its block."""
        looks = LOOKS if self.local.rpc("anvil_getAutomine") else 0
        for _ in range(looks):
            if int(self.local.rpc("txpool_status")["pending"], 16) == 0:
                break

    def state(self, placed: Placed) -> OrderState:
        self.catch_up()
        with Index.open(self.home / "judge", self.chain) as index:
            index.sync()
            return index.order(placed.order_id).state

    def deliveries(self, placed: Placed) -> int:
        """How often the chain's events say that the order was delivered."""
        self.catch_up()
        node = self.chain.node
        logs = node.logs([self.chain.market], 0, node.latest().number)
        events = (event for _, event in self.chain.told(logs))
        return sum(isinstance(e, Delivered) and e.order == placed.order_id for e in events)


@pytest.fixture
def world(
    chain: Chain, local_chain: LocalChain, accounts: list[LocalAccount], tmp_path: Path
) -> Iterator[World]:
    seller, buyer, keeper = accounts[1], accounts[2], accounts[3]
    chain.node.send(ERC20(chain.aim).transfer(buyer.address, 10**6 * samples.AIM), accounts[0])
    local_chain.catch_up()
    base = chain.node.base_fee()
    yield World(chain, local_chain, tmp_path / "home", seller, keeper, buyer, Seen())
    local_chain.rpc("anvil_dropAllTransactions")  # or they are mined while the chain is put back
    local_chain.rpc("evm_setAutomine", True)
    local_chain.rpc("anvil_setNextBlockBaseFeePerGas", hex(base))


Make = Callable[..., Keeper]
