"""`daimm license sell` and what follows: licences that change hands with their key."""

from __future__ import annotations

from daimm_cli.base.errors import ChainRefused
from daimm_cli.base.text import duration_shown, time_shown
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, option
from daimm_cli.cli.verbs import Kind, Part, done, fields, verb
from daimm_cli.commands.license import License
from daimm_cli.commands.options import CONFIRMATIONS
from daimm_cli.commands.rent import (
    CLOSED,
    KeyAsked,
    Listed,
    ListingOptions,
    close,
    opened,
)
from daimm_cli.commands.rent_running import BACK, decline, refund
from daimm_cli.index.deals import ListingRow
from daimm_cli.market.handover import deliver_key

app = App()


def _parts(context: Context, row: ListingRow) -> list[Part]:
    from daimm_cli.market import deals

    listing, obstacle, index = row.listing, row.obstacle(context.now), context.index
    shown = context.chain.tokens([listing.token])[listing.token].shown
    royalty, protocol = listing.royalty, context.chain.policy(listing.token).fee
    used = deals.used_until(context, listing)
    held = [it for it in index.licenses(owner=listing.holder) if it.license_id == listing.license]
    until = held[0].expires_at if held else 0
    return [
        Part("listing", row.listing_id, "listing", "listing"),
        Part("obstacle", obstacle, "state", "state", obstacle or "for sale"),
        Part("terms", listing.to_json()),
        Part("", f"0x{listing.license:064x}", "licence"),
        Part("", listing.holder, "holder", "holder"),
        Part("", int(listing.model), "model", "model"),
        Part("", listing.version, "version", "version"),
        Part("", shown(listing.price), "price", "price"),
        Part("", f"{royalty / 100:g}% to the maker, {protocol / 100:g}% to the protocol", "of it"),
        Part("", shown(listing.delivery_fee), "delivery fee"),
        Part("", time_shown(until) if until else "for ever", "access until", "access until"),
        Part.at("used_until", used, "rented until"),
        Part("", time_shown(listing.expires_at), "open until"),
    ]


SALE = Kind(_parts, ("listing", "model", "version", "price", "access until", "state", "holder"))


@app.command("sell", "daimm license sell 0x3f9a61c2 --price 8 --pass-on")
def sell(
    context: Context,
    held: License,
    terms: ListingOptions,
    price: str = option("What it costs.", "AMOUNT", default=...),
) -> None:
    """Sell a licence of yours: key and title change hands in one transaction, or not at all."""
    listing = terms.listing(context, held, price=terms.paid(context).units(price))
    output.say(
        "What you opened stays on your disk; when the licence is sold, the right to use it is not "
        "yours any more."
    )
    opened(context, listing, "daimm license take {} (as a buyer)")


@app.command("sales", "daimm license sales --model 3")
def sales(context: Context, model: int | None = option("Only this model's.", min=1)) -> None:
    """List licences that their holders sell, newest first."""
    rows = context.index.rows(ListingRow, rents=False, closed=False, model=model)
    rows = [row for row in rows if row.obstacle(context.now) is None]
    SALE.list(context, rows, empty="No holder sells a licence.", step="daimm model list")


@app.command("take", "daimm license take 0x77b0e4d9")
def take(context: Context, listing: Listed) -> None:
    """Buy a licence from its holder: the price goes into escrow until the key is proven.

    With the key the licence becomes yours, or neither does: then all of it comes back.
    """
    from daimm_cli.market import deals

    terms = listing.listing
    if terms.max_time:
        raise ChainRefused(
            "This licence is for rent, not for sale.",
            hint=f"daimm rent take 0x{listing.listing_id.hex()} --for 7d",
        )
    total = context.chain.token(terms.token).shown(deals.owed(terms))
    clocks = duration_shown(terms.delivery_time + terms.grace_period)
    output.say(
        fields(
            [
                *_parts(context, listing),
                Part("", total, "you pay"),
                Part("", f"you take all of it back after {clocks}", "if no key comes"),
            ]
        )
    )
    ident, sent = deals.take(context, listing, used_until=deals.used_until(context, terms))
    done(context, sent, f"0x{ident.hex()}", {"deal": ident})
    context.next(f"daimm license give 0x{ident.hex()} (as the holder)")


@app.command("give", "daimm license give 0x5be2a004")
def give(context: Context, deal: KeyAsked, confirmations: int | None = CONFIRMATIONS) -> None:
    """Deliver the key of a licence that was taken, or that somebody asked for: you are paid.

    A licence that was taken changes hands with it. The model's seller can deliver, and the holder,
    where the key is theirs to pass on (--pass-on).
    """
    sent = deliver_key(context, deal, confirmations)
    done(context, sent, f"{deal.name} is done.", {"deal": deal.row.ident})
    context.next("daimm withdraw")


verb(app, "daimm license close 0x77b0e4d9", done=CLOSED)(close)
verb(app, "daimm license refund 0x5be2a004", done=BACK)(refund)
verb(app, "daimm license decline 0x5be2a004", done=BACK)(decline)
