"""Long histories of the real contracts, invented by Hypothesis, beside a small account in Python.

The account foretells of each call whether the chain takes it, and afterwards what the market holds
and owes, where each licence stands and who has access.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from eth_account.signers.local import LocalAccount
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from daimm_cli.base.errors import ChainRefused
from daimm_cli.bindings.calls import Call
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.bindings.structs import LicenseId
from daimm_cli.chain.client import Chain, Placed
from daimm_cli.chain.terms import LicenseState, Offer, Order
from daimm_cli.protocol.curve import SecretScalar
from tests.python.chain.samples import (
    AIM,
    bought,
    contract_of,
    delivery,
    offer,
    published,
    version,
    withdraw,
)
from tools.chain import LocalChain

WINDOW = 86_400
LEAP = st.sampled_from([600, 4_200, 7_200, 90_000])
"""Seconds; the clocks below are never within `SLACK` of a multiple of these by chance alone."""

SLACK = 120
WHICH = st.integers(0, 30)
PERSON = st.integers(1, 4)
APT = st.sampled_from([True, True, True, False])
"""Whether somebody looks for a deal and a moment that fit, or takes any."""

VERBS = [
    *("buy", "deliver", "deliver", "deliver_a_wrong_key", "accept", "settle", "refund", "decline"),
    *("accept", "settle", "withdraw", "wait"),
]


class Stage(enum.Enum):
    PENDING = LicenseState.PENDING
    INSPECTED = LicenseState.ACTIVE
    SETTLED = LicenseState.SETTLED
    REFUNDED = LicenseState.BURNED


@dataclass
class Deal:
    terms: Offer
    placed: Placed
    bought: int
    stage: Stage = Stage.PENDING
    window_end: int = 0

    @property
    def grace_end(self) -> int:
        return self.bought + self.terms.delivery_time + self.terms.grace_period


def machine(
    chain: Chain,
    local: LocalChain,
    accounts: list[LocalAccount],
    reached: Counter[tuple[str, bool]],
) -> type[RuleBasedStateMachine]:
    seller, buyers = accounts[1], accounts[2:4]
    treasury = contract_of(chain, "Market").functions.treasury().call()
    rate = chain.policy(chain.aim).fee

    class Market(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.snapshot = local.snapshot()
            first = published(chain, seller)
            second = offer(
                seller.address, chain.aim, model=first.model, inspection=WINDOW, delivery_fee=0
            )
            details = version()
            _, added = chain.add_version(seller, first.model, details)
            second = chain.open_offer(
                seller, Offer(**{**vars(second), "version": added}), details
            ).offer
            for buyer in buyers:
                chain.node.send(ERC20(chain.aim).transfer(buyer.address, 1_000 * AIM), accounts[0])
            self.offers = [first.offer, second, second]
            self.deals: list[Deal] = []
            self.credits: Counter[str] = Counter()
            for number in range(4):
                self.buy(which=number, who=number // 2)

        def teardown(self) -> None:
            local.revert(self.snapshot)

        # What people do. One rule: Hypothesis leaves out some of several for a whole history.

        @rule(verb=st.sampled_from(VERBS), which=WHICH, who=PERSON, apt=APT, seconds=LEAP)
        def somebody(self, verb: str, which: int, who: int, apt: bool, seconds: int) -> None:
            if verb == "wait":
                local.travel(seconds)
            elif verb == "buy":
                self.buy(which, who % 2)
            else:
                getattr(self, verb)(which, who, apt)

        def buy(self, which: int, who: int) -> None:
            terms = self.offers[which % 3]
            placed = bought(chain, buyers[who], terms)
            assert placed.order.protocol_fee == terms.price * rate // 10_000
            self.deals.append(Deal(terms, placed, chain.node.latest().time))

        def deliver(self, which: int, who: int, apt: bool) -> None:
            stage = Stage.PENDING if apt else None
            if (deal := self.pick(which, self.before_grace_end, stage)) is None:
                return
            keeper = accounts[who]
            key = delivery(deal.placed)
            sent = self.tried(
                "deliver",
                deal.stage is Stage.PENDING and not self.over(deal.grace_end),
                lambda: chain.node.send(
                    chain.delivery_call([(deal.terms, deal.placed.order, key)]), keeper
                ),
            )
            if not sent:
                return
            self.credits[keeper.address] += deal.terms.delivery_fee
            if deal.terms.inspection:
                deal.stage = Stage.INSPECTED
                deal.window_end = chain.node.latest().time + WINDOW
            else:
                self.pay(deal)

        def deliver_a_wrong_key(self, which: int, who: int, apt: bool) -> None:
            if (deal := self.pick(which, stage=Stage.PENDING if apt else None)) is None:
                return
            wrong = delivery(deal.placed, SecretScalar(0xBAD))
            parts = deal.terms, deal.placed.order, wrong
            self.tried(
                "deliver a wrong key",
                False,
                lambda: chain.node.send(chain.delivery_call([parts]), seller),
            )

        def accept(self, which: int, who: int, apt: bool) -> None:
            stage = Stage.INSPECTED if apt else None
            if (deal := self.pick(which, self.before_window_end, stage)) is None:
                return
            buyer = deal.placed.order.buyer
            me = next(b for b in buyers if b.address == buyer) if apt else accounts[who]
            open_ = deal.stage is Stage.INSPECTED and not self.over(deal.window_end)
            self.end(
                deal, me.address == buyer and open_, chain.deployed.market.accept, me, self.pay
            )

        def settle(self, which: int, who: int, apt: bool) -> None:
            stage = Stage.INSPECTED if apt else None
            if (deal := self.pick(which, self.before_window_end, stage)) is None:
                return
            if apt and stage is deal.stage and not self.over(deal.window_end):
                local.travel(deal.window_end + SLACK - chain.node.latest().time)
            due = deal.stage is Stage.INSPECTED and self.over(deal.window_end)
            self.end(deal, due, chain.deployed.market.settle, accounts[who], self.pay)

        def refund(self, which: int, who: int, apt: bool) -> None:
            stage = Stage.PENDING if apt else None
            if (deal := self.pick(which, self.before_grace_end, stage)) is None:
                return
            due = deal.stage is Stage.PENDING and self.over(deal.grace_end)
            self.end(deal, due, chain.deployed.market.refund, accounts[who], self.give_back)

        def decline(self, which: int, who: int, apt: bool) -> None:
            """Now and then: what is declined is not delivered."""
            if (deal := self.pick(which, stage=None if apt else Stage.PENDING)) is None:
                return
            me = accounts[who] if apt else seller
            allowed = deal.stage is Stage.PENDING and me is seller
            self.end(deal, allowed, chain.deployed.market.decline, me, self.give_back)

        def withdraw(self, which: int, who: int, apt: bool) -> None:
            owing = [each for each in accounts[1:5] if self.credits[each.address]]
            me = owing[which % len(owing)] if apt and owing else accounts[who]
            before = chain.balance(chain.aim, me.address)
            owed = self.credits[me.address]
            if self.tried("withdraw", owed > 0, lambda: withdraw(chain, me)):
                assert chain.balance(chain.aim, me.address) == before + owed
                self.credits[me.address] = 0

        # What must hold

        @invariant()
        def the_market_holds_what_it_owes(self) -> None:
            escrow = sum(
                deal.terms.total for deal in self.deals if deal.stage is Stage.PENDING
            ) + sum(deal.terms.price for deal in self.deals if deal.stage is Stage.INSPECTED)
            held = chain.balance(chain.aim, chain.market)
            assert held == escrow + sum(self.credits.values())
            for payee, amount in self.credits.items():
                assert chain.credit(payee, chain.aim) == amount

        @invariant()
        def licences_stand_where_the_orders_do(self) -> None:
            for deal in self.deals[-3:]:
                assert chain.license(deal.placed.license_id).state is deal.stage.value
                opened = deal.stage in (Stage.INSPECTED, Stage.SETTLED)
                holder, reach = deal.placed.order.recipient, deal.terms.version
                assert (
                    chain.node.view(
                        chain.deployed.licenses.has_access(
                            LicenseId(deal.placed.license_id), holder, reach
                        )
                    )
                    is opened
                )

        # Helpers

        def pick(
            self,
            which: int,
            clock: Callable[[Deal], int] | None = None,
            stage: Stage | None = None,
        ) -> Deal | None:
            """A deal at this stage; None where its clock is too near to foretell.

            The younger half is taken from twice as often: old ones have mostly run out.
            """
            fitting = [deal for deal in self.deals if stage in (None, deal.stage)]
            if not fitting:
                return None
            young = fitting[len(fitting) // 2 :]
            pool = fitting if which % 2 else young
            deal = pool[which // 2 % len(pool)]
            near = clock is not None and abs(chain.node.latest().time - clock(deal)) < SLACK
            return None if near else deal

        def before_grace_end(self, deal: Deal) -> int:
            return deal.grace_end

        def before_window_end(self, deal: Deal) -> int:
            return deal.window_end

        def over(self, moment: int) -> bool:
            return chain.node.latest().time > moment

        def tried(self, verb: str, foretold: bool, call: Callable[[], object]) -> bool:
            """Whether the chain took the call; it must be as foretold."""
            try:
                call()
                took = True
            except ChainRefused:
                took = False
            assert took == foretold
            reached[verb, took] += 1
            return took

        def end(
            self,
            deal: Deal,
            foretold: bool,
            verb: Callable[[Offer, Order], Call],
            who: LocalAccount,
            then: Callable[[Deal], None],
        ) -> None:
            call = verb(deal.terms, deal.placed.order)
            if self.tried(verb.__name__, foretold, lambda: chain.node.send(call, who)):
                then(deal)

        def pay(self, deal: Deal) -> None:
            order = deal.placed.order
            deal.stage = Stage.SETTLED
            self.credits[seller.address] += order.price - order.protocol_fee
            self.credits[treasury] += order.protocol_fee

        def give_back(self, deal: Deal) -> None:
            deal.stage = Stage.REFUNDED
            self.credits[deal.placed.order.buyer] += deal.terms.total

    return Market


@pytest.mark.parametrize(
    ("examples", "steps"), [(8, 30), pytest.param(60, 60, marks=pytest.mark.slow)]
)
def test_any_history_is_as_foretold(
    examples: int,
    steps: int,
    chain: Chain,
    local_chain: LocalChain,
    accounts: list[LocalAccount],
) -> None:
    reached: Counter[tuple[str, bool]] = Counter()
    run_state_machine_as_test(
        machine(chain, local_chain, accounts, reached),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            phases=[Phase.generate],  # a history is read as it is: shrinking it takes minutes
            derandomize=examples < 10,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # What rarely comes about proves little: each verb is carried out, and refused, every time.
    for verb in ("deliver", "accept", "settle", "refund", "decline", "withdraw"):
        assert min(reached[verb, True], reached[verb, False]) >= 1, reached
