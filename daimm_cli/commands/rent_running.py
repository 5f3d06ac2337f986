"""`daimm rent`: what a rental comes to, from its key to its end."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.base.text import counted, parse_duration, time_shown
from daimm_cli.bindings.structs import Deal, Listing
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, option
from daimm_cli.cli.verbs import Verb, add, done
from daimm_cli.commands.rent import CONFIRMATIONS, AskedIdText, DealIdText
from daimm_cli.market.handover import Handover, deliver_key, require_pending
from daimm_cli.market.lookup import find_asked, find_deal

if TYPE_CHECKING:
    from daimm_cli.bindings.calls import Call

app = App()


@app.command("fetch", "daimm rent fetch 0x5be2a004 --output model.onnx")
def fetch(
    context: Context,
    deal: DealIdText,
    target: Path | None = option("Where to write the model or pack.", "FILE", "--output", "-o"),
    unpack: Path | None = option("New folder for the model's files.", "FOLDER"),
) -> None:
    """Open what you rented: take the key, fetch, check and decrypt the model."""
    from daimm_cli.market import deals

    if target and unpack:
        raise DaimmError("Choose --output for one file or --unpack for a folder, not both.")
    row = find_deal(context.index, deal)
    files = deals.fetch(context, row, unpack or target, unpack=unpack is not None)
    if row.ends_at and context.now > row.ends_at:
        output.say(f"It ended at {time_shown(row.ends_at)}: you may not use the model any more.")
    context.emit({"deal": row.deal_id, "files": files}, "\n".join(str(path) for path in files))


@app.command("deliver", "daimm rent deliver 0x5be2a004")
def deliver(
    context: Context,
    deal: DealIdText,
    confirmations: int | None = CONFIRMATIONS,
) -> None:
    """Deliver the key of a rental: its clock starts.

    The model's seller does, for the royalty and the delivery fee, or the licence's holder, where
    they listed it with --pass-on.
    """
    row = find_deal(context.index, deal)
    it = Handover.of(context.chain, context.index, row)
    sent = deliver_key(context, it, confirmations)
    done(context, sent, f"Delivered the key of 0x{row.deal_id.hex()}.", {"deal": row.deal_id})


@app.command("extend", "daimm rent extend 0x5be2a004 --by 7d")
def extend(
    context: Context, deal: DealIdText, by: str = option("More time.", "TIME", default=...)
) -> None:
    """Pay for more time of a licence that you rent."""
    from daimm_cli.market import rentals

    row = find_deal(context.index, deal)
    sent = rentals.extend(context, row, parse_duration(by))
    done(context, sent, f"Extended by {by}.", {"deal": row.deal_id})


@app.command("end", "daimm rent end 0x5be2a004")
def end(context: Context, deal: DealIdText) -> None:
    """Give a licence that you rent back early: the rest of the rent, beyond the least time, is owed
    to you at once."""
    from daimm_cli.market import rentals

    row = find_deal(context.index, deal)
    sent = rentals.end(context, row)
    done(context, sent, "Ended: what is left of the rent is yours.", {"deal": row.deal_id})
    context.next("daimm withdraw")


@app.command("collect", "daimm rent collect")
def collect(
    context: Context,
    deal: str | None = argument("Only this one's; 8 digits will do.", "DEAL", default=None),
) -> None:
    """Collect the rent that was earned until now, and close rentals that are over.

    Closing gives the deposit back to the renter, 3 days after the end where an arbitrator may
    keep it.
    """
    from daimm_cli.market import rentals

    rows = rentals.mine(context) if deal is None else [find_deal(context.index, deal)]
    due = rentals.due(context, rows)
    if not due:
        raise ChainRefused("There is no rent to collect, and nothing to close yet.")
    sent = rentals.settle(context, due)
    done(
        context,
        sent,
        f"Collected of {counted(len(due), 'rental')}.",
        {"deals": [row.deal_id for row in due]},
    )
    context.next("daimm withdraw")


def _pending(context: Context, deal: AskedIdText) -> Handover:
    it = Handover.of(context.chain, context.index, find_asked(context.index, deal))
    require_pending(it)
    return it


def _declinable(context: Context, deal: DealIdText) -> Handover:
    it = _pending(context, deal)
    if not isinstance(it.asked, Deal):
        ends = time_shown(it.clocks.grace_end)
        raise ChainRefused(f"A key request is not declined: leave it, it is refunded after {ends}.")
    return it


def _decline(context: Context, it: Handover) -> Call:
    assert isinstance(it.terms, Listing)
    assert isinstance(it.asked, Deal)
    return context.chain.deployed.secondary.decline(it.terms, it.asked)


def endings(group: str) -> tuple[Verb[Handover], ...]:
    """What gives back what was paid for a key that did not come. group: of the commands."""
    of_deal = functools.partial(Verb, data=lambda it: {"deal": it.row.ident})
    back = "All that was paid for {deal} is owed to who paid it."
    return (
        of_deal(
            "refund",
            "Give everything back where no key came in time; anybody can.",
            f"daimm {group} refund 0x5be2a004",
            find=_pending,
            call=lambda _, it: it.refund,
            done=back,
            next=lambda *_: "daimm withdraw",
        ),
        of_deal(
            "decline",
            "Give everything back at once, before the key is delivered.",
            f"daimm {group} decline 0x5be2a004",
            find=_declinable,
            call=_decline,
            done=back,
        ),
    )


add(app, *endings("rent"))
