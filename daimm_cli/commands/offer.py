"""`daimm offer`: open, close, replace, look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from daimm_cli.base.text import format_amount
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import command
from daimm_cli.commands.offer_options import OfferOptions, warn_about

if TYPE_CHECKING:
    from daimm_cli.chain.client import Opened
    from daimm_cli.chain.terms import Offer
    from daimm_cli.index.rows import OfferRow, VersionRow

app = typer.Typer()

OfferId = Annotated[str, typer.Argument(help="The offer's id, or its first eight digits.")]


@command(app, "open", example="daimm offer open 3 --price 12 --supply 100")
def open_(
    context: Context,
    model: Annotated[int, typer.Argument(help="The model's number.", min=1, max=2**32 - 1)],
    terms: OfferOptions,
    version: Annotated[
        int | None,
        typer.Option(help="Version to sell; default the newest.", min=1, show_default=False),
    ] = None,
) -> None:
    """Open an offer for a version of yours."""
    from daimm_cli.market import offers
    from daimm_cli.market.publish import require_owner

    terms.require_price()
    require_owner(context.chain, model, context.me.address)
    row = _version(context, model, version)
    base = offers.draft(
        context.me.address,
        token=context.chain.aim,
        model=model,
        version=row.version,
        line=row.details.line,
        scheme=row.details.scheme,
    )
    made = terms.apply(context.chain, base, context.now)
    _summarise(context, made)
    opened = context.chain.open_offer(context.account, made, row.details, row.parents)
    _tell(context, opened)


@command(app, "close", example="daimm offer close 0x7be2a004")
def close(context: Context, offer: OfferId) -> None:
    """End purchases under an offer.

    Open orders go on. An offer with the same terms and salt can't be opened again.
    """
    row = _own(context, offer)
    sent = context.chain.close_offer(context.account, row.offer)
    context.emit(
        {"offer": row.offer_id, "transaction": sent.hash, "gas": sent.gas_used},
        f"Offer 0x{row.offer_id.hex()} is closed.",
    )


@command(app, "replace", example="daimm offer replace 0x7be2a004 --price 15")
def replace(context: Context, offer: OfferId, terms: OfferOptions) -> None:
    """Close an offer and open one with other terms.

    Both happen in one transaction. What you don't say stays as it is; orders under the old offer
    keep the old terms.
    """
    import dataclasses
    import secrets

    row = _own(context, offer)
    version = _version(context, row.offer.model, row.offer.version)
    fresh = dataclasses.replace(row.offer, salt=secrets.token_bytes(32))
    made = terms.apply(context.chain, fresh, context.now)
    if dataclasses.replace(made, salt=row.offer.salt) == row.offer:
        from daimm_cli.base.errors import DaimmError

        raise DaimmError("Nothing would change: say a new term, for example --price 15.")
    _summarise(context, made)
    opened = context.chain.replace_offer(
        context.account, row.offer, made, version.details, version.parents
    )
    _tell(context, opened)


@command(app, "show", example="daimm offer show 0x7be2a004")
def show(context: Context, offer: OfferId) -> None:
    """Show an offer's terms and whether it sells."""
    from daimm_cli.market import offers
    from daimm_cli.market.catalogue import offer_data
    from daimm_cli.market.lookup import find_offer

    row = find_offer(context.index, offer)
    token = context.chain.token(row.offer.token)
    pairs = {
        "offer": f"0x{row.offer_id.hex()}",
        "state": row.obstacle(context.now) or "for sale",
        "seller": row.offer.seller,
        "model": str(row.offer.model),
        **offers.describe(row.offer, token),
    }
    if row.offer.supply:
        pairs["sold"] = str(row.sold)
    context.emit(offer_data(row, token, context.now), output.fields(pairs))
    if row.obstacle(context.now) is None:
        context.next(f"daimm quote 0x{row.offer_id.hex()}")


@command(app, "list", example=["daimm offer list", "daimm offer list --mine --all --json"])
def list_(
    context: Context,
    model: Annotated[
        int | None, typer.Option(help="Only this model's.", min=1, show_default=False)
    ] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only your own.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Closed ones and such too.")] = False,
) -> None:
    """List what can be bought, newest first."""
    from daimm_cli.index.index import LIMIT
    from daimm_cli.market.catalogue import offer_data

    seller = context.me.address if mine else None
    found = context.index.offers(model=model, seller=seller, open_only=not every)
    rows = [row for row in found if every or row.obstacle(context.now) is None]
    if len(found) == LIMIT:
        output.say(f"The newest {LIMIT:,} were looked through: choose with --model or --mine.")
    tokens = context.chain.tokens({row.offer.token for row in rows})
    if context.as_json:
        context.emit([offer_data(r, tokens[r.offer.token], context.now) for r in rows])
        return
    lines = []
    for row in rows:
        token = tokens[row.offer.token]
        price = format_amount(row.offer.total, token.decimals, token.symbol)
        state = row.obstacle(context.now) or "for sale"
        ident = f"0x{row.offer_id.hex()}"
        lines.append([ident, row.offer.model, row.offer.version, price, state, row.offer.seller])
    output.table(
        ["offer", "model", "version", "total", "state", "seller"],
        lines,
        empty="No offers yet." if every else "Nothing is for sale.",
    )


def _own(context: Context, text: str) -> OfferRow:
    """The open offer with this id, which must be the account's."""
    from daimm_cli.base.errors import ChainRefused
    from daimm_cli.market.lookup import find_offer

    row = find_offer(context.index, text)
    if row.offer.seller != context.me.address:
        raise ChainRefused(
            f"The offer is {row.offer.seller}'s, not {context.me.address}'s: choose the seller's "
            "account."
        )
    if not context.chain.is_open(row.offer_id):
        raise ChainRefused("The offer is closed already: open a new one with `daimm offer open`.")
    return row


def _version(context: Context, model: int, version: int | None) -> VersionRow:
    from daimm_cli.base.errors import ChainRefused, DaimmError

    rows = context.index.versions(model, version=version)
    if not rows:
        raise DaimmError(
            f"Model {model} has no version {version}.", hint=f"daimm model show {model}"
        )
    if rows[0].retired:
        raise ChainRefused(f"Version {rows[0].version} of model {model} is retired: sell another.")
    return rows[0]


def _summarise(context: Context, offer: Offer) -> None:
    from daimm_cli.market import offers
    from daimm_cli.market.publish import require_ether

    fee = offers.require_market_open(context.chain, offer, context.now)
    require_ether(context.chain, context.me.address)
    output.say(output.fields(offers.describe(offer, context.chain.token(offer.token), fee)))
    warn_about(context, offer)


def _tell(context: Context, opened: Opened) -> None:
    ident = f"0x{opened.offer_id.hex()}"
    shown = {"offer": ident, "transaction": f"0x{opened.sent.hash.hex()}"}
    data = {
        "offer": opened.offer_id,
        "terms": opened.offer.to_json(),
        "transaction": opened.sent.hash,
        "gas": opened.sent.gas_used,
    }
    context.emit(data, output.fields(shown))
    context.next(f"daimm buy {ident} (as a buyer)")
