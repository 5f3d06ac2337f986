"""`daimm order wait`: the buyer's side of a keeper."""

from __future__ import annotations

from typing import Annotated

import typer

from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import command, seconds
from daimm_cli.commands.order import OrderId

app = typer.Typer()


@command(
    app,
    "wait",
    example=["daimm order wait 0x3f9a61c2", "daimm order wait 0x3f9a61c2 --refund --yes"],
)
def wait(
    context: Context,
    order: OrderId,
    timeout: Annotated[
        int | None,
        typer.Option(
            metavar="TIME", parser=seconds, help="How long, like 30m; default: to the end."
        ),
    ] = None,
    refund: Annotated[
        bool, typer.Option("--refund", help="If no key came, take the money back (asks first).")
    ] = False,
    confirmations: Annotated[
        int | None,
        typer.Option(
            metavar="BLOCKS",
            min=1,
            show_default=False,
            help="Blocks that count as final; default 1 on local chains, else 12.",
        ),
    ] = None,
) -> None:
    """Wait for the key of an order and keep it at once.

    Goes on through a node's silence and re-orgs, and may be killed and started again at any moment.
    Ends with status 0 once the key is here, 6 where none comes any more (declined, refunded, or the
    time to deliver is over), 7 after --timeout.
    """
    from daimm_cli.base.errors import NotDelivered
    from daimm_cli.market.receive import Keys
    from daimm_cli.market.wait import Ending, wait_for_key

    with output.status() as show:
        seen = wait_for_key(context, order, show, confirmations=confirmations, timeout=timeout)
    row, ident = seen.row, f"0x{seen.row.order_id.hex()}"
    data: dict[str, object] = {
        "order": row.order_id,
        "state": seen.ending,
        "license": f"0x{row.license_id:064x}",
    }
    if seen.ending is Ending.DELIVERED:
        kept = "The key is here, kept in this home."
        later = "The key was delivered; it is kept once it has opened the file."
        context.emit(data, kept if Keys.of(context).has(row.license_id) else later)
        context.next(f"daimm license fetch 0x{row.license_id:064x}")
        return
    if seen.ending is not Ending.REFUND_DUE:
        declined = "declined by the seller and " if seen.ending is Ending.DECLINED else ""
        raise NotDelivered(
            f"Order {ident} was {declined}refunded: no key comes.", hint="daimm withdraw"
        )
    if not refund:
        raise NotDelivered(
            f"No key came for order {ident}, and none can come any more: take the money back.",
            hint=f"daimm order refund {ident}",
        )
    refunding = context.chain.deployed.market.refund(row.offer, row.order)
    context.chain.node.send(refunding, context.account)
    data["state"] = Ending.REFUNDED
    context.emit(data, f"No key came; {ident} is refunded.")
    context.next("daimm withdraw")
    raise typer.Exit(NotDelivered.exit_code)
