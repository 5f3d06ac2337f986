"""`daimm rent`: licences that their holders let others use for a time."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.base.text import DAY, HOUR, duration_shown, parse_duration, time_shown
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain.terms import ZERO_ADDRESS
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, flag, option, thing
from daimm_cli.cli.verbs import Act, Kind, Part, done, fields, verb
from daimm_cli.commands.license import License
from daimm_cli.index.deals import DealRow, ListingRow, listing_of
from daimm_cli.market import handover
from daimm_cli.market.handover import Handover
from daimm_cli.market.lookup import by_id, find
from daimm_cli.market.offers import DELIVERY_TIME, GRACE, token_address

if TYPE_CHECKING:
    from daimm_cli.bindings.structs import Listing
    from daimm_cli.chain.views import Token
    from daimm_cli.market.lookup import Held

app = App()

Listed = Annotated[
    ListingRow, thing(by_id(ListingRow), "The listing's id; 8 digits will do.", "LISTING")
]
Rental = Annotated[DealRow, thing(by_id(DealRow), "The rental's id; 8 digits will do.", "DEAL")]
KeyAsked = Annotated[
    Handover,
    thing(handover.find, "The deal's or the key request's id; 8 digits will do.", "DEAL"),
]


def _listed(context: Context, row: ListingRow) -> list[Part]:
    from daimm_cli.market import rentals

    listing, obstacle = row.listing, row.obstacle(context.now)
    token = context.chain.tokens([listing.token])[listing.token]
    shown = functools.partial(rentals.shown, token)
    least, most = duration_shown(listing.min_time), duration_shown(listing.max_time)
    named = listing.arbitrator != ZERO_ADDRESS
    rules = f"{listing.arbitrator} may hold it for the holder" if named else "nobody may keep it"
    return [
        Part("listing", row.listing_id, "listing", "listing"),
        Part("obstacle", obstacle, "state", "state", obstacle or "for rent"),
        Part("terms", listing.to_json()),
        Part("", listing.holder, "holder", "holder"),
        Part("", int(listing.model), "model", "model"),
        Part("", listing.version, "version", "version"),
        Part("", f"{shown(listing.price * DAY)} a day", "rent", "rent"),
        Part("", f"{least} to {most}", "time", "time"),
        Part("", f"{shown(listing.price * listing.min_time)}, whenever it ends", "at least"),
        Part("", f"{shown(listing.deposit)}; {rules}", "deposit" if listing.deposit else ""),
        Part("", shown(listing.delivery_fee), "delivery fee"),
        Part("", time_shown(listing.expires_at), "open until"),
    ]


def _dealt(context: Context, row: DealRow) -> list[Part]:
    from daimm_cli.market import rentals

    listing = listing_of(context.index, row)
    token = context.chain.tokens([listing.token])[listing.token]
    shown = functools.partial(rentals.shown, token)
    earned = rentals.earned(listing, row, context.now)
    return [
        Part("deal", row.deal_id, "rental", "rental"),
        Part("state", row.state.name.lower(), "state", "state"),
        Part("listing", row.listing_id, "listing"),
        Part("terms", row.deal.to_json()),
        Part("", row.model, "model", "model"),
        Part("", row.version, "version", "version"),
        Part("", row.holder, "holder", "holder"),
        Part("", row.deal.taker, "renter", "renter"),
        Part("", f"{shown(listing.price * DAY)} a day", "rent"),
        Part("", f"{shown(earned)} until now", "earned" if row.delivered_at else ""),
        Part("", shown(listing.deposit), "deposit" if listing.deposit else ""),
        Part.at("delivered_at", row.delivered_at, "began"),
        Part("ends_at", row.ends_at),
        Part("", row.ends_at and time_shown(row.ends_at), "ends", "ends"),
        Part.at("collected_at", row.collected_at, "collected until"),
    ]


LISTING = Kind(
    _listed,
    ("listing", "model", "version", "rent", "time", "state", "holder"),
    lambda context, row: (
        None if row.obstacle(context.now) else f"daimm rent take 0x{row.listing_id.hex()} --for 7d"
    ),
)
RENTAL = Kind(_dealt, ("rental", "model", "version", "state", "ends", "renter", "holder"))


@dataclass
class ListingOptions:
    """What who lists a licence says beside its price."""

    token: str = option("AIM or a token's address.", "TOKEN", default="AIM")
    delivery_fee: str = option("For whoever delivers the key, on top.", "AMOUNT", default="0")
    delivery_time: str = option(
        "Time to deliver the key.", "TIME", "--deliver-within", default=f"{DELIVERY_TIME // DAY}d"
    )
    grace: str = option(
        "Time after that until who paid is refunded.", "TIME", default=f"{GRACE // HOUR}h"
    )
    expires: str = option("Time from now until nobody can take it.", "TIME", default="90d")
    pass_on: bool = flag(
        "Hand the key over yourself where the seller does not: the chain is shown yours once.",
        "--pass-on",
    )

    def paid(self, context: Context) -> Token:
        """What it is paid in."""
        return context.chain.token(token_address(context.chain, self.token))

    def listing(self, context: Context, held: Held, **more: Any) -> Listing:
        """The licence's listing, with the terms that are said here and those of `deals.terms`."""
        from daimm_cli.market import deals

        paid = self.paid(context)
        return deals.terms(
            context,
            held,
            pass_on=self.pass_on,
            token=paid.address,
            delivery_fee=paid.units(self.delivery_fee),
            delivery_time=parse_duration(self.delivery_time),
            grace_period=parse_duration(self.grace),
            expires_at=context.now + parse_duration(self.expires),
            **more,
        )


def opened(context: Context, listing: Listing, step: str) -> None:
    """Open a listing and say so. step: what comes next, with its id in braces."""
    from daimm_cli.market import deals

    ident, sent = deals.open_listing(context, listing)
    done(context, sent, f"0x{ident.hex()}", {"listing": ident, "terms": listing.to_json()})
    context.next(step.format(f"0x{ident.hex()}"))


@app.command("offer", "daimm rent offer 0x3f9a61c2 --per-day 2 --min 1d --max 30d --deposit 10")
def offer(
    context: Context,
    held: License,
    terms: ListingOptions,
    per_day: str = option("Rent for a day; it is counted by the second.", "AMOUNT", default=...),
    least: str = option("Least time, paid in full whenever it ends.", "TIME", "--min", default=...),
    most: str = option("Most time with all extensions.", "TIME", "--max", default=...),
    deposit: str = option("What a renter leaves besides, and gets back.", "AMOUNT", default="0"),
    arbitrator: str | None = option(
        "Who may keep the deposit for you within 3 days and rules; default nobody.", "ADDRESS"
    ),
) -> None:
    """List a licence of yours for rent: others use it for a time, and it stays yours.

    The key of what you rent out is delivered by the model's seller, or with --pass-on by you. While
    somebody uses it you cannot take the time back; if you sell the licence, its renter stays.
    """
    from daimm_cli.market import rentals

    paid = terms.paid(context)
    listing = terms.listing(
        context,
        held,
        price=-(-paid.units(per_day) // DAY),
        deposit=paid.units(deposit),
        min_time=parse_duration(least),
        max_time=parse_duration(most),
        arbitrator=checksummed(arbitrator, "arbitrator") if arbitrator else ZERO_ADDRESS,
    )
    if not listing.max_time:
        raise DaimmError("A rental has an end: say its most time with --max, like 30d.")
    floor = rentals.shown(paid, listing.price * listing.min_time)
    output.say(
        f"A renter keeps the key and what they opened. {floor} is the least that you get for it: "
        "see that it is worth that."
    )
    opened(context, listing, f"daimm rent take {{}} --for {least} (as a buyer)")


@app.command("list", "daimm rent list --model 3", "daimm rent list --mine")
def list_(
    context: Context,
    model: int | None = option("Only this model's.", min=1),
    mine: bool = flag("Rentals of yours, as holder or renter, in place of listings.", "--mine"),
) -> None:
    """List what can be rented, newest first; or what you rent, and rent out."""
    from daimm_cli.market import rentals

    if mine:
        RENTAL.list(context, rentals.mine(context, model=model), empty="No rentals yet.")
        return
    rows = context.index.rows(ListingRow, rents=True, closed=False, model=model)
    rows = [row for row in rows if row.obstacle(context.now) is None]
    LISTING.list(context, rows, empty="Nothing is for rent.")


@app.command("show", "daimm rent show 0x77b0e4d9")
def show(
    context: Context, ident: Annotated[str, argument("A listing's id or a rental's.", "ID")]
) -> None:
    """Show a listing, or a rental and what came of it."""
    try:
        LISTING.show(context, find(context.index, ListingRow, ident))
    except DaimmError:
        RENTAL.show(context, find(context.index, DealRow, ident))


@app.command("take", "daimm rent take 0x77b0e4d9 --for 7d")
def take(
    context: Context,
    listing: Listed,
    span: str = option("How long you want it.", "TIME", "--for", default=...),
) -> None:
    """Rent a licence: rent and deposit go into escrow, the key starts the clock.

    If no key comes in time, all of it comes back. The rent becomes the holder's second by second;
    give the use up earlier with `daimm rent end`, and what is left of it beyond the least time
    comes back.
    """
    from daimm_cli.market import deals, rentals

    terms, time = listing.listing, parse_duration(span)
    if not terms.max_time:
        raise ChainRefused(
            "This licence is for sale, not for rent.",
            hint=f"daimm license take 0x{listing.listing_id.hex()}",
        )
    token = context.chain.token(terms.token)
    rent = rentals.shown(token, terms.price * time)
    clocks = duration_shown(terms.delivery_time + terms.grace_period)
    output.say(
        fields(
            [
                *_listed(context, listing),
                Part("", f"{rent} for {duration_shown(time)}", "you pay rent"),
                Part("", token.shown(deals.owed(terms, time)), "you pay in all"),
                Part("", f"you take all of it back after {clocks}", "if no key comes"),
            ]
        )
    )
    output.say(
        "You rent the right to use the model. The key and what you open stay on your disk when it "
        "ends; using them then is not allowed, and nothing but that stops you."
    )
    ident, sent = deals.take(context, listing, time=time)
    done(context, sent, f"0x{ident.hex()}", {"deal": ident})
    context.next(f"daimm rent fetch 0x{ident.hex()}")


CLOSED = "Listing {listing} is closed."


@verb(app, "daimm rent close 0x77b0e4d9", done=CLOSED)
def close(context: Context, listing: Listed) -> Act:
    """Take a listing back; who took it before keeps what they paid for."""
    secondary = context.chain.deployed.secondary
    return Act(secondary.unlist(listing.listing), {"listing": listing.listing_id})
