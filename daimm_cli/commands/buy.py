"""`daimm buy`: check an offer and pay for it."""

from __future__ import annotations

from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, flag, option
from daimm_cli.commands.options import VOUCHER

app = App()


@app.command(
    "buy",
    "daimm buy 0x3f9a61c2 --max-price '10.5 AIM'",
    "daimm buy 0x3f9a61c2 0x77b0e4d9 --for 0x8fd379246834eac74B8419FfdA202CF8051F7A03",
)
def buy(
    context: Context,
    offers: list[str] | None = argument("Ids of offers.", "OFFER", default=None),
    voucher: list[str] | None = VOUCHER,
    recipient: str | None = option("Who gets the licence, as a gift.", "ADDRESS", "--for"),
    max_price: str | None = option(
        "Most to pay in all, delivery fees included, like '25 AIM'.", "AMOUNT"
    ),
    referrer: str | None = option(
        "Who sent you: they get the share that the seller grants.", "ADDRESS"
    ),
    no_verify: bool = flag("Don't fetch and check the ciphertext first.", "--no-verify"),
) -> None:
    """Buy a licence; several at once are all bought or none.

    Everything that can be known unopened is checked first: the manifest and its signature, the key
    line's proof, the encrypted files and their digests. Then you see the terms and pay in one
    transaction. The market holds the money until the key is proven right; if no key comes in time,
    you take the money back.
    """
    from daimm_cli.market import purchase, vouchers

    named, shown = vouchers.shown(context, voucher or [], offers or [])
    prepared = purchase.prepare(
        context,
        named,
        recipient=recipient,
        max_price=max_price,
        verify=not no_verify,
        referrer=referrer,
        shown=shown,
    )
    for quoted in prepared.quotes:
        output.say(output.fields(quoted.describe(context.now)) + "\n")
    bought = purchase.pay(context, prepared)
    orders = [
        {
            "order": placed.order_id,
            "license": f"0x{placed.license_id:064x}",
            "offer": placed.offer_id,
            "recipient": placed.order.recipient,
        }
        for placed in bought.orders
    ]
    told = "\n".join(
        output.fields(
            {"order": f"0x{placed.order_id.hex()}", "licence": f"0x{placed.license_id:064x}"}
        )
        for placed in bought.orders
    )
    data = {"orders": orders, "transaction": bought.sent.hash, "gas": bought.gas_used}
    context.emit(data, told)
    context.next(f"daimm order wait 0x{bought.orders[0].order_id.hex()}")
