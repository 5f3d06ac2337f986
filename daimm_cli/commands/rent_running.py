"""`daimm rent`: what a rental comes to, from its key to its end."""

from __future__ import annotations

from typing import Annotated

from daimm_cli.base.errors import ChainRefused
from daimm_cli.base.text import counted, parse_duration, time_shown
from daimm_cli.bindings.structs import Deal, Listing
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, option, thing
from daimm_cli.cli.verbs import Act, done, verb
from daimm_cli.commands.options import CONFIRMATIONS, OpeningOptions
from daimm_cli.commands.rent import KeyAsked, Rental
from daimm_cli.index.deals import DealRow
from daimm_cli.market.handover import Handover, deliver_key, require_pending
from daimm_cli.market.lookup import by_id

app = App()


@app.command("fetch", "daimm rent fetch 0x5be2a004 --output model.onnx")
def fetch(context: Context, deal: Rental, to: OpeningOptions) -> None:
    """Open what you rented: take the key, fetch, check and decrypt the model."""
    from daimm_cli.market import deals

    files = deals.fetch(context, deal, to.place, unpack=to.unpack is not None)
    if deal.ends_at and context.now > deal.ends_at:
        output.say(f"It ended at {time_shown(deal.ends_at)}: you may not use the model any more.")
    context.emit({"deal": deal.deal_id, "files": files}, "\n".join(str(path) for path in files))


@app.command("deliver", "daimm rent deliver 0x5be2a004")
def deliver(
    context: Context,
    deal: Rental,
    confirmations: int | None = CONFIRMATIONS,
) -> None:
    """Deliver the key of a rental: its clock starts.

    The model's seller does, for the royalty and the delivery fee, or the licence's holder, where
    they listed it with --pass-on.
    """
    it = Handover.of(context.chain, context.index, deal)
    sent = deliver_key(context, it, confirmations)
    done(context, sent, f"Delivered the key of 0x{deal.deal_id.hex()}.", {"deal": deal.deal_id})


@app.command("extend", "daimm rent extend 0x5be2a004 --by 7d")
def extend(
    context: Context, deal: Rental, by: str = option("More time.", "TIME", default=...)
) -> None:
    """Pay for more time of a licence that you rent."""
    from daimm_cli.market import rentals

    sent = rentals.extend(context, deal, parse_duration(by))
    done(context, sent, f"Extended by {by}.", {"deal": deal.deal_id})


@app.command("end", "daimm rent end 0x5be2a004")
def end(context: Context, deal: Rental) -> None:
    """Give a licence that you rent back early: the rest of the rent, beyond the least time, is owed
    to you at once."""
    from daimm_cli.market import rentals

    sent = rentals.end(context, deal)
    done(context, sent, "Ended: what is left of the rent is yours.", {"deal": deal.deal_id})
    context.next("daimm withdraw")


@app.command("collect", "daimm rent collect")
def collect(
    context: Context,
    deal: Annotated[
        DealRow | None, thing(by_id(DealRow), "Only this one's; 8 digits will do.", "DEAL")
    ] = None,
) -> None:
    """Collect the rent that was earned until now, and close rentals that are over.

    Closing gives the deposit back to the renter, 3 days after the end where an arbitrator may
    keep it.
    """
    from daimm_cli.market import rentals

    due = rentals.due(context, rentals.mine(context) if deal is None else [deal])
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


BACK = "All that was paid for {deal} is owed to who paid it."


@verb(app, "daimm rent refund 0x5be2a004", done=BACK)
def refund(_: Context, deal: KeyAsked) -> Act:
    """Give everything back where no key came in time; anybody can."""
    require_pending(deal)
    return Act(deal.refund, {"deal": deal.row.ident}, next="daimm withdraw")


@verb(app, "daimm rent decline 0x5be2a004", done=BACK)
def decline(context: Context, deal: KeyAsked) -> Act:
    """Give everything back at once, before the key is delivered."""
    require_pending(deal)
    if not (isinstance(deal.terms, Listing) and isinstance(deal.asked, Deal)):
        ends = time_shown(deal.clocks.grace_end)
        raise ChainRefused(f"A key request is not declined: leave it, it is refunded after {ends}.")
    call = context.chain.deployed.secondary.decline(deal.terms, deal.asked)
    return Act(call, {"deal": deal.row.ident})
