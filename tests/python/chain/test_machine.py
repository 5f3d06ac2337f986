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

from daimm_cli.chain.client import Chain, Placed
from daimm_cli.chain.terms import LicenseState, Offer
from daimm_cli.crypto.curve import SecretScalar
from daimm_cli.errors import ChainRefused
from tests.python.chain.samples import AIM, bought, delivery, offer, published, version
from tools.chain import LocalChain

WINDOW = 86_400
LEAP = st.sampled_from([600, 4_200, 7_200, 90_000])
"""Seconds; the clocks below are never within `SLACK` of a multiple of these by chance alone."""

SLACK = 120
WHICH = st.integers(0, 30)
PERSON = st.integers(1, 4)


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
    chain: Chain, local: LocalChain, accounts: list[LocalAccount]
) -> type[RuleBasedStateMachine]:
    seller, buyers = accounts[1], accounts[2:4]
    treasury = chain.contract("Market").functions.treasury().call()
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
            added = chain.add_version(seller, first.model, details)
            second = chain.open_offer(
                seller, Offer(**{**vars(second), "version": added.version}), details
            ).offer
            for buyer in buyers:
                chain.transfer_token(accounts[0], chain.aim, buyer.address, 1_000 * AIM)
            self.offers = [first.offer, second]
            self.deals: list[Deal] = []
            self.credits: Counter[str] = Counter()
            for number in range(4):
                self.buy(which=number, who=number // 2)

        def teardown(self) -> None:
            local.revert(self.snapshot)

        # What people do

        @rule(which=WHICH, who=st.integers(0, 1))
        def buy(self, which: int, who: int) -> None:
            terms = self.offers[which % 2]
            placed = bought(chain, buyers[who], terms)
            assert placed.order.protocol_fee == terms.price * rate // 10_000
            self.deals.append(Deal(terms, placed, chain.node.latest().time))

        @rule(which=WHICH, who=PERSON)
        def deliver(self, which: int, who: int) -> None:
            if (deal := self.pick(which, self.before_grace_end)) is None:
                return
            keeper = accounts[who]
            key = delivery(deal.placed)
            sent = self.tried(
                deal.stage is Stage.PENDING and not self.over(deal.grace_end),
                lambda: chain.deliver(keeper, (deal.terms, deal.placed.order, key)),
            )
            if not sent:
                return
            self.credits[keeper.address] += deal.terms.delivery_fee
            if deal.terms.inspection:
                deal.stage = Stage.INSPECTED
                deal.window_end = chain.node.latest().time + WINDOW
            else:
                self.pay(deal)

        @rule(which=WHICH)
        def deliver_a_wrong_key(self, which: int) -> None:
            if (deal := self.pick(which)) is None:
                return
            wrong = delivery(deal.placed, SecretScalar(0xBAD))
            self.tried(False, lambda: chain.deliver(seller, (deal.terms, deal.placed.order, wrong)))

        @rule(which=WHICH, who=PERSON)
        def accept(self, which: int, who: int) -> None:
            if (deal := self.pick(which, self.before_window_end)) is None:
                return
            allowed = accounts[who].address == deal.placed.order.buyer
            open_ = deal.stage is Stage.INSPECTED and not self.over(deal.window_end)
            self.end(deal, allowed and open_, chain.accept, accounts[who], self.pay)

        @rule(which=WHICH, who=PERSON)
        def settle(self, which: int, who: int) -> None:
            if (deal := self.pick(which, self.before_window_end)) is None:
                return
            due = deal.stage is Stage.INSPECTED and self.over(deal.window_end)
            self.end(deal, due, chain.settle, accounts[who], self.pay)

        @rule(which=WHICH, who=PERSON)
        def refund(self, which: int, who: int) -> None:
            if (deal := self.pick(which, self.before_grace_end)) is None:
                return
            due = deal.stage is Stage.PENDING and self.over(deal.grace_end)
            self.end(deal, due, chain.refund, accounts[who], self.give_back)

        @rule(which=WHICH, who=PERSON)
        def decline(self, which: int, who: int) -> None:
            if (deal := self.pick(which)) is None:
                return
            allowed = deal.stage is Stage.PENDING and accounts[who] is seller
            self.end(deal, allowed, chain.decline, accounts[who], self.give_back)

        @rule(who=PERSON)
        def withdraw(self, who: int) -> None:
            me = accounts[who]
            before = chain.balance(chain.aim, me.address)
            owed = self.credits[me.address]
            if self.tried(owed > 0, lambda: chain.withdraw(me, chain.aim)):
                assert chain.balance(chain.aim, me.address) == before + owed
                self.credits[me.address] = 0

        @rule(seconds=LEAP)
        def wait(self, seconds: int) -> None:
            local.travel(seconds)

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
                assert chain.has_access(deal.placed.license_id, holder, reach) is opened

        # Helpers

        def pick(self, which: int, clock: Callable[[Deal], int] | None = None) -> Deal | None:
            """A deal, unless there is none or its clock is too near to foretell."""
            if not self.deals:
                return None
            deal = self.deals[which % len(self.deals)]
            near = clock is not None and abs(chain.node.latest().time - clock(deal)) < SLACK
            return None if near else deal

        def before_grace_end(self, deal: Deal) -> int:
            return deal.grace_end

        def before_window_end(self, deal: Deal) -> int:
            return deal.window_end

        def over(self, moment: int) -> bool:
            return chain.node.latest().time > moment

        def tried(self, foretold: bool, call: Callable[[], object]) -> bool:
            """Whether the chain took the call; it must be as foretold."""
            try:
                call()
                took = True
            except ChainRefused:
                took = False
            assert took == foretold
            return took

        def end(
            self,
            deal: Deal,
            foretold: bool,
            verb: Callable[..., object],
            who: LocalAccount,
            then: Callable[[Deal], None],
        ) -> None:
            if self.tried(foretold, lambda: verb(who, deal.terms, deal.placed.order)):
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
    run_state_machine_as_test(
        machine(chain, local_chain, accounts),
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
