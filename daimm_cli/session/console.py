"""Whoever a session works for, at the other end of a console: told, and asked before money moves.

>>> chain.node.send(market.close_offer(offer), Wallet(address, unlock, Asking(console)))
Close an offer: about 41,300 gas, at most 0.000063 ether. Go on? [y/N]
"""

from __future__ import annotations

import contextlib
from contextlib import AbstractContextManager
from dataclasses import dataclass

from daimm_cli.base.errors import ChainRefused
from daimm_cli.base.files import Progress
from daimm_cli.base.text import ether
from daimm_cli.bindings.calls import Call
from daimm_cli.chain.transactions import Signed

USUAL = 2 * 10**16
"""Wei; gas that may cost more is asked about like a price, unless a maximum was set."""


class Console:
    """Nobody is there: all is agreed to, nothing is shown. An heir asks and tells.

    yes: they said beforehand that nothing need be asked.
    """

    yes = True

    def say(self, text: str) -> None:
        """Tell them a line."""

    def confirm(self, question: str) -> None:
        """Return if they agree; an heir raises Stopped where they do not."""

    def progress(self, label: str) -> AbstractContextManager[Progress]:  # noqa: ARG002
        """What shows how far a long piece of work is; `label` names it."""
        return contextlib.nullcontext(lambda _done, _total: None)


@dataclass(frozen=True)
class Asking:
    """Shows what each transaction costs, and asks whoever is at the console before it is signed.

    max_gas: wei, most that the gas of a transaction may cost; None: the usual. agreed: they have
    agreed to what follows, but for unusual gas. brings: a sentence that is shown beside what it
    costs.
    """

    console: Console
    max_gas: int | None = None
    agreed: bool = False
    brings: str = ""

    def agree(self, call: Call, gas: int, worst: int) -> None:
        """As `Person.agree`; raises Stopped where the person says no."""
        doing = call.doing[:1].upper() + call.doing[1:]
        cost = worst - call.value
        dear = cost > (USUAL if self.max_gas is None else self.max_gas)
        if dear and (self.console.yes or self.max_gas is not None):
            most = "usual" if self.max_gas is None else f"your {ether(self.max_gas)}"
            raise ChainRefused(
                f"{doing} may cost {ether(cost, up=True)} of gas, more than {most}: wait, use "
                f"another node, or set --max-gas {ether(cost, up=True).split()[0]} if you agree."
            )
        shown = f"{doing}: about {gas:,} gas, at most {ether(worst, up=True)}."
        shown = f"{shown} {self.brings}".strip()
        unasked = self.console.yes or (self.agreed and not dear)
        if unasked:
            self.console.say(shown)
        if dear:
            shown += " That is far more than usual."
        if not unasked:
            self.console.confirm(f"{shown} Go on?")

    def left(self, signed: Signed) -> None:
        """As `Person.left`: who is interrupted from here on has to know."""
        self.console.say(f"Sent as transaction 0x{signed.hash.hex()}.")

    def ask(self, question: str) -> None:
        """As `Person.ask`; raises Stopped where the person says no."""
        self.console.confirm(question)
