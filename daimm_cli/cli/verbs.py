"""Kinds of things, and the commands that follow from what is said of a kind.

>>> OFFER = Kind(parts, columns=("offer", "model", "total"), next=lambda context, row: ...)
>>> OFFER.show(context, row)             # fields for people, an object with --json
>>> OFFER.list(context, rows, empty="Nothing is for sale.")
>>> @verb(app, "daimm offer close 0x7be2a004", done="Offer {offer} is closed.")
... def close(context: Context, offer: Offer) -> Act:
...     '''End purchases under an offer.'''
...     market = context.chain.deployed.market
...     return Act(market.close_offer(offer.offer), {"offer": offer.offer_id})
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from daimm_cli.base.errors import ChainRefused
from daimm_cli.base.text import time_shown
from daimm_cli.cli import output
from daimm_cli.cli.frame import App

if TYPE_CHECKING:
    from daimm_cli.chain.answers import Receipt
    from daimm_cli.chain.node import Call
    from daimm_cli.cli.context import Context

T = TypeVar("T")


@dataclass(frozen=True)
class Part:
    """Something known of a thing. What is None is there for programs alone.

    key: its name in JSON; "" leaves it out there. name: what people call it where the thing is
    shown, and column: where it is one of many; "" leaves it out there. text: what people read; None
    follows from the value.
    """

    key: str
    value: object = None
    name: str = ""
    column: str = ""
    text: object = None

    @classmethod
    def at(cls, key: str, seconds: int | None, name: str) -> Part:
        """A time, in seconds since 1970."""
        return cls(key, seconds, name if seconds else "", text=seconds and time_shown(seconds))

    @property
    def read(self) -> object:
        """What people read."""
        value = self.value if self.text is None else self.text
        if isinstance(value, bytes):
            return "0x" + value.hex()
        return ("yes" if value else "no") if isinstance(value, bool) else value


def data(parts: Sequence[Part]) -> dict[str, object]:
    """What programs are told."""
    return {part.key: part.value for part in parts if part.key}


def fields(parts: Sequence[Part]) -> str:
    """What people are told of one thing."""
    told = {part.name: part.read for part in parts if part.name and part.read is not None}
    return output.fields(told)


@dataclass(frozen=True)
class Kind(Generic[T]):
    """A kind of thing: all that is known of one, and what comes next. columns: of a list."""

    parts: Callable[[Context, T], Sequence[Part]]
    columns: Sequence[str] = ()
    next: Callable[[Context, T], str | None] = lambda _context, _thing: None

    def data(self, context: Context, thing: T) -> dict[str, object]:
        """For programs."""
        return data(self.parts(context, thing))

    def show(self, context: Context, thing: T) -> None:
        """Print one, and what comes next."""
        parts = self.parts(context, thing)
        context.emit(data(parts), fields(parts))
        if step := self.next(context, thing):
            context.next(step)

    def list(
        self, context: Context, things: Sequence[T], *, empty: str, step: str | None = None
    ) -> None:
        """Print many. empty: said where there are none; step: what comes next then."""
        if context.as_json:
            context.emit([self.data(context, thing) for thing in things])
            return
        self.table(context, things, empty)
        if step and not things:
            context.next(step)

    def table(self, context: Context, things: Sequence[T], empty: str = "") -> None:
        """Print many, for people alone."""
        rows = []
        for thing in things:
            cells = {part.column: part.read for part in self.parts(context, thing) if part.column}
            rows.append(["" if cells.get(c) is None else cells[c] for c in self.columns])
        output.table(self.columns, rows, empty=empty)


@dataclass(frozen=True)
class Act:
    """A call to make. data: what JSON has beside transaction and gas, and sentences in braces, as
    they have `words`. next: what comes next."""

    call: Call
    data: Mapping[str, object]
    words: Mapping[str, object] = field(default_factory=dict)
    next: str | None = None


def verb(
    app: App,
    *examples: str,
    done: str,
    says: str = "",
    see: str | None = None,
    next: str | None = None,  # noqa: A002
) -> Callable[[Callable[..., Act]], Callable[..., Act]]:
    """Make a command of a function that says what call to make, named as in its examples: who would
    be refused is told before anything else, with what to `see`.

    says: told before it is sent; done: printed afterwards; next: what comes next, where the call
    does not say it.
    """

    def register(function: Callable[..., Act]) -> Callable[..., Act]:
        @functools.wraps(function)
        def run(context: Context, **given: Any) -> None:
            act = function(context, **given)
            told = {**act.data, **act.words}
            words = {name: Part("", value).read for name, value in told.items()}
            try:
                context.node.simulate(act.call, context.me.address)
            except ChainRefused as error:
                hint = error.hint or (see and see.format(**words))
                raise ChainRefused(error.message, hint=hint) from None
            if says:
                output.say(says.format(**words))
            sent = context.node.send(act.call, context.account)
            context.emit(
                {**act.data, "transaction": sent.hash, "gas": sent.gas_used}, done.format(**words)
            )
            if step := act.next or next:
                context.next(step)

        app.command(examples[0].split()[2], *examples)(run)
        return function

    return register


def done(context: Context, sent: Receipt, text: str, data: Mapping[str, object]) -> None:
    """Print what a transaction did."""
    context.emit({**data, "transaction": sent.hash, "gas": sent.gas_used}, text)
