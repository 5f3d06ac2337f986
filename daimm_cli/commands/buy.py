"""`daimm buy` and `daimm quote`: check an offer and pay for it, or only check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from daimm_cli import output
from daimm_cli.commands.frame import command
from daimm_cli.context import Context

if TYPE_CHECKING:
    from daimm_cli.chain.client import Bought
    from daimm_cli.market.quote import Quote

app = typer.Typer()

Offers = Annotated[list[str], typer.Argument(metavar="OFFER", help="Ids of offers.")]
NoVerify = Annotated[
    bool, typer.Option("--no-verify", help="Don't fetch and check the ciphertext first.")
]


@command(
    app,
    "buy",
    example=[
        "daimm buy 0x3f9a61c2 --max-price 10.5",
        "daimm buy 0x3f9a61c2 0x77b0e4d9 --for 0x8fd379246834eac74B8419FfdA202CF8051F7A03",
    ],
)
def buy(
    context: Context,
    offers: Offers,
    recipient: Annotated[
        str | None,
        typer.Option("--for", metavar="ADDRESS", help="Who gets the licence, as a gift."),
    ] = None,
    max_price: Annotated[
        str | None,
        typer.Option(metavar="AMOUNT", help="Most to pay in all, delivery fees included."),
    ] = None,
    no_verify: NoVerify = False,
) -> None:
    """Buy a licence; several at once are all bought or none.

    Everything that can be known unopened is checked first: the manifest and its signature, the key
    line's proof, the encrypted files and their digests. Then you see the terms and pay in one
    transaction. The market holds the money until the key is proven right; if no key comes in time,
    you take the money back.
    """
    from daimm_cli.chain.terms import checksummed
    from daimm_cli.market import purchase
    from daimm_cli.market.publish import require_ether
    from daimm_cli.market.quote import require_affordable, total
    from daimm_cli.market.records import Records
    from daimm_cli.wallet import AskingNode

    to = None if recipient is None else checksummed(recipient, "recipient")
    me = context.me.address
    records = Records(context.config.home, context.chain.node.chain_id)
    quotes = _quotes(context, offers)
    token, owed = total(quotes)
    maximum = (
        None if max_price is None else output.parse_amount(max_price, token.decimals, token.symbol)
    )
    require_affordable(context.chain, me, quotes, maximum)
    require_ether(context.chain, me)
    wanted = [quoted.row.offer_id for quoted in quotes]
    purchase.require_not_under_way(context.index, records, wanted, me, context.now)
    _check(context, quotes, no_verify)
    _show(context, quotes)
    if to is not None and to != me:
        output.say(
            f"The licence goes to {to}. The key still comes to this home: open the model here and "
            "hand it on."
        )
    context.confirm(f"Pay {output.format_amount(owed, token.decimals, token.symbol)}?")
    if isinstance(context.chain.node, AskingNode):
        context.chain.node.yes = True
    bought = purchase.buy(context.chain, context.account, context.new_seed, records, quotes, to)
    _tell(context, bought)


@command(app, "quote", example="daimm quote 0x3f9a61c2")
def quote(context: Context, offers: Offers, no_verify: NoVerify = False) -> None:
    """Check an offer and show what it costs, without buying: needs no account."""
    quotes = _quotes(context, offers)
    _check(context, quotes, no_verify)
    data = [_quoted(quoted) for quoted in quotes]
    text = "\n\n".join(output.fields(quoted.describe(context.now)) for quoted in quotes)
    context.emit(data if len(data) > 1 else data[0], text)
    context.next(f"daimm buy {' '.join('0x' + q.row.offer_id.hex() for q in quotes)}")


def _quotes(context: Context, offers: list[str]) -> list[Quote]:
    from daimm_cli.market import quote as library
    from daimm_cli.market.lookup import find_offer

    rows = [find_offer(context.index, text) for text in offers]
    return [
        library.quote(context.chain, context.index, context.fetcher, row, context.now)
        for row in rows
    ]


def _check(context: Context, quotes: list[Quote], no_verify: bool) -> None:
    from daimm_cli.market.listing import check_files, obtain

    if no_verify:
        output.say("The ciphertext was not checked, as you asked.")
        return
    for quoted in quotes:
        signed = quoted.listing.signed
        files = obtain(context.fetcher, signed, stage=output.progress)
        check_files(files, signed, stage=output.progress)


def _show(context: Context, quotes: list[Quote]) -> None:
    for quoted in quotes:
        output.say(output.fields(quoted.describe(context.now)) + "\n")


def _quoted(quoted: Quote) -> dict[str, Any]:
    offer = quoted.row.offer
    return {
        "offer": quoted.row.offer_id,
        "model": offer.model,
        "version": offer.version,
        "name": quoted.listing.signed.name,
        "seller": offer.seller,
        "token": offer.token,
        "price": str(offer.price),
        "delivery_fee": str(offer.delivery_fee),
        "total": str(offer.total),
        "protocol_fee": str(offer.price * quoted.fee // 10_000),
        "deliver_within": offer.delivery_time,
        "grace_period": offer.grace_period,
        "inspection": offer.inspection,
        "warning": quoted.earlier,
    }


def _tell(context: Context, bought: Bought) -> None:
    orders = [
        {
            "order": placed.order_id,
            "license": f"0x{placed.license_id:064x}",
            "offer": placed.offer_id,
            "recipient": placed.order.recipient,
        }
        for placed in bought.orders
    ]
    data = {"orders": orders, "transaction": bought.sent.hash, "gas": bought.gas_used}
    text = "\n".join(
        output.fields(
            {"order": f"0x{placed.order_id.hex()}", "licence": f"0x{placed.license_id:064x}"}
        )
        for placed in bought.orders
    )
    context.emit(data, text)
    context.next(f"daimm order show 0x{bought.orders[0].order_id.hex()}")
