"""`daimm license sell` and what follows: licences that change hands with their key."""

from __future__ import annotations

from daimm_cli.base.errors import ChainRefused
from daimm_cli.base.text import DAY, HOUR, duration_shown, parse_amount, parse_duration, time_shown
from daimm_cli.chain.terms import ZERO_ADDRESS
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, flag, option
from daimm_cli.cli.verbs import Kind, Part, add, done, fields
from daimm_cli.commands.license import LicenseId
from daimm_cli.commands.rent import CONFIRMATIONS, AskedIdText, ListingIdText, closing
from daimm_cli.commands.rent_running import endings
from daimm_cli.index.deals import ListingRow
from daimm_cli.market.handover import Handover, deliver_key
from daimm_cli.market.lookup import find_asked, find_license, find_listing
from daimm_cli.market.offers import DELIVERY_TIME, GRACE, token_address

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
    license_id: LicenseId,
    price: str = option("What it costs.", "AMOUNT", default=...),
    token: str = option("AIM or a token's address.", "TOKEN", default="AIM"),
    delivery_fee: str = option("For whoever delivers the key, on top.", "AMOUNT", default="0"),
    delivery_time: str = option(
        "Time to deliver the key.", "TIME", "--deliver-within", default=f"{DELIVERY_TIME // DAY}d"
    ),
    grace: str = option(
        "Time after that until the buyer is refunded.", "TIME", default=f"{GRACE // HOUR}h"
    ),
    expires: str = option("Time from now until nobody can take it.", "TIME", default="90d"),
    pass_on: bool = flag(
        "Hand the key over yourself where the seller does not: the chain is shown yours once.",
        "--pass-on",
    ),
) -> None:
    """Sell a licence of yours: key and title change hands in one transaction, or not at all."""
    from daimm_cli.market import deals

    held = find_license(context.index, license_id, context.me.address)
    paid = context.chain.token(token_address(context.chain, token))
    listing = deals.terms(
        context,
        held,
        pass_on=pass_on,
        token=paid.address,
        price=parse_amount(price, paid.decimals, paid.symbol),
        deposit=0,
        min_time=0,
        max_time=0,
        delivery_fee=parse_amount(delivery_fee, paid.decimals, paid.symbol),
        delivery_time=parse_duration(delivery_time),
        grace_period=parse_duration(grace),
        arbitrator=ZERO_ADDRESS,
        expires_at=context.now + parse_duration(expires),
    )
    output.say(
        "What you opened stays on your disk; when the licence is sold, the right to use it is not "
        "yours any more."
    )
    ident, sent = deals.open_listing(context, listing)
    done(context, sent, f"0x{ident.hex()}", {"listing": ident, "terms": listing.to_json()})
    context.next(f"daimm license take 0x{ident.hex()} (as a buyer)")


@app.command("sales", "daimm license sales --model 3")
def sales(context: Context, model: int | None = option("Only this model's.", min=1)) -> None:
    """List licences that their holders sell, newest first."""
    chosen = {} if model is None else {"model": model}
    rows = context.index.rows(ListingRow, rents=False, closed=False, **chosen)
    rows = [row for row in rows if row.obstacle(context.now) is None]
    SALE.list(context, rows, empty="No holder sells a licence.", step="daimm model list")


@app.command("take", "daimm license take 0x77b0e4d9")
def take(context: Context, listing: ListingIdText) -> None:
    """Buy a licence from its holder: the price goes into escrow until the key is proven.

    With the key the licence becomes yours, or neither does: then all of it comes back.
    """
    from daimm_cli.market import deals

    row = find_listing(context.index, listing)
    terms = row.listing
    if terms.max_time:
        raise ChainRefused(
            "This licence is for rent, not for sale.",
            hint=f"daimm rent take 0x{row.listing_id.hex()} --for 7d",
        )
    total = context.chain.token(terms.token).shown(deals.owed(terms))
    clocks = duration_shown(terms.delivery_time + terms.grace_period)
    output.say(
        fields(
            [
                *_parts(context, row),
                Part("", total, "you pay"),
                Part("", f"you take all of it back after {clocks}", "if no key comes"),
            ]
        )
    )
    ident, sent = deals.take(context, row, used_until=deals.used_until(context, terms))
    done(context, sent, f"0x{ident.hex()}", {"deal": ident})
    context.next(f"daimm license give 0x{ident.hex()} (as the holder)")


@app.command("give", "daimm license give 0x5be2a004")
def give(
    context: Context,
    deal: AskedIdText,
    confirmations: int | None = CONFIRMATIONS,
) -> None:
    """Deliver the key of a licence that was taken, or that somebody asked for: you are paid.

    A licence that was taken changes hands with it. The model's seller can deliver, and the holder,
    where the key is theirs to pass on (--pass-on).
    """
    row = find_asked(context.index, deal)
    it = Handover.of(context.chain, context.index, row)
    sent = deliver_key(context, it, confirmations)
    done(context, sent, f"{it.name} is done.", {"deal": row.ident})
    context.next("daimm withdraw")


add(app, closing("license"), *endings("license"))
