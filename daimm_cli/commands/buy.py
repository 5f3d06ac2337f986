"""`daimm buy`: check an offer and pay for it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated

import typer

from daimm_cli.base.text import format_amount
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import command

if TYPE_CHECKING:
    from daimm_cli.chain.client import Bought
    from daimm_cli.quote.quote import Quote

app = typer.Typer()


@command(
    app,
    "buy",
    example=[
        "daimm buy 0x3f9a61c2 --max-price '10.5 AIM'",
        "daimm buy 0x3f9a61c2 0x77b0e4d9 --for 0x8fd379246834eac74B8419FfdA202CF8051F7A03",
    ],
)
def buy(
    context: Context,
    offers: Annotated[list[str], typer.Argument(metavar="OFFER", help="Ids of offers.")],
    recipient: Annotated[
        str | None,
        typer.Option("--for", metavar="ADDRESS", help="Who gets the licence, as a gift."),
    ] = None,
    max_price: Annotated[
        str | None,
        typer.Option(
            metavar="AMOUNT", help="Most to pay in all, delivery fees included, like '25 AIM'."
        ),
    ] = None,
    no_verify: Annotated[
        bool, typer.Option("--no-verify", help="Don't fetch and check the ciphertext first.")
    ] = False,
) -> None:
    """Buy a licence; several at once are all bought or none.

    Everything that can be known unopened is checked first: the manifest and its signature, the key
    line's proof, the encrypted files and their digests. Then you see the terms and pay in one
    transaction. The market holds the money until the key is proven right; if no key comes in time,
    you take the money back.
    """
    from daimm_cli.bindings.values import checksummed
    from daimm_cli.market import purchase
    from daimm_cli.market.publish import require_ether
    from daimm_cli.market.records import Records
    from daimm_cli.quote.quote import parse_maximum, require_affordable, total

    to = None if recipient is None else checksummed(recipient, "recipient")
    me = context.me.address
    records = Records(context.config.home, context.chain.node.chain_id)
    quotes = _quotes(context, offers)
    token, owed = total(quotes)
    aim = context.chain.aim
    maximum = None if max_price is None else parse_maximum(max_price, token, aim)

    def shown(amount: int) -> str:
        return format_amount(amount, token.decimals, token.symbol)

    require_affordable(context.chain, me, quotes, maximum)
    require_ether(context.chain, me)
    wanted = [quoted.row.offer_id for quoted in quotes]
    chain, started = context.chain, context.started
    purchase.require_not_under_way(
        context.index, records, wanted, me, now=chain.node.latest().time, since=started
    )
    _check(context, quotes, no_verify)
    _show(context, quotes)
    if to is not None and to != me:
        output.say(
            f"The licence goes to {to}. The key still comes to this home: open the model here and "
            "hand it on."
        )
    limit = "" if maximum is None else f" (your maximum is {shown(maximum)})"
    context.confirm(f"Pay {shown(owed)}{limit}?")
    account = context.account.asking(dataclasses.replace(context.asking, agreed=True))
    bought = purchase.buy(
        chain, account, context.new_seed, records, quotes, since=started, recipient=to
    )
    _tell(context, bought)


def _quotes(context: Context, offers: list[str]) -> list[Quote]:
    from daimm_cli.market.lookup import find_offer
    from daimm_cli.quote import quote as library

    rows = [find_offer(context.index, text) for text in offers]
    return [
        library.quote(context.chain, context.index, context.fetcher, row, context.now)
        for row in rows
    ]


def _check(context: Context, quotes: list[Quote], no_verify: bool) -> None:
    from daimm_cli.market.listing import check_files, obtain
    from daimm_cli.quote.words import sized

    if no_verify:
        output.say("The ciphertext was not checked, as you asked.")
        return
    for quoted in quotes:
        signed = quoted.listing.signed
        if not context.store.has(signed.artifact.cid):
            size = sized(signed.artifact_record.leaves.segments.ciphertext_size)
            output.say(f"Fetching the encrypted file of {size} to check it before you pay.")
        files = obtain(context.fetcher, signed, stage=output.progress)
        check_files(files, signed, stage=output.progress)


def _show(context: Context, quotes: list[Quote]) -> None:
    for quoted in quotes:
        output.say(output.fields(quoted.describe(context.now)) + "\n")


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
    context.next(f"daimm order wait 0x{bought.orders[0].order_id.hex()}")
