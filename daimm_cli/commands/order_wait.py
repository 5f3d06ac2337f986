"""`daimm order wait`: the buyer's side of a keeper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import command, seconds
from daimm_cli.commands.order import OrderId, find

if TYPE_CHECKING:
    from daimm_cli.index.rows import OrderRow
    from daimm_cli.market.records import Records
    from daimm_cli.market.wait import Ending, Seen

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
    from daimm_cli.market import wait as library
    from daimm_cli.market.wait import Ending

    watch = _Watch(context, order, confirmations)
    with output.status() as show:
        seen = library.wait(watch.look, report=show, timeout=timeout)
    row, ident = seen.row, f"0x{seen.row.order_id.hex()}"
    if seen.ending is Ending.DELIVERED:
        kept = "The key is here, kept in this home."
        later = "The key was delivered; it is kept once it has opened the file."
        shown = kept if _records(context).has_key(row.license_id) else later
        context.emit(_data(row, Ending.DELIVERED), shown)
        context.next(f"daimm license fetch 0x{row.license_id:064x}")
        return
    if seen.ending is not Ending.REFUND_DUE:
        raise NotDelivered(f"Order {ident} was {_word(seen)}: no key comes.", hint="daimm withdraw")
    if not refund:
        raise NotDelivered(
            f"No key came for order {ident}, and none can come any more: take the money back.",
            hint=f"daimm order refund {ident}",
        )
    context.chain.node.send(
        context.chain.deployed.market.refund(row.offer, row.order), context.account
    )
    context.emit(_data(row, Ending.REFUNDED), f"No key came; {ident} is refunded.")
    context.next("daimm withdraw")
    raise typer.Exit(NotDelivered.exit_code)


class _Watch:
    """Looks at one order; what it needs is built when the node lets it."""

    def __init__(self, context: Context, order: str, confirmations: int | None) -> None:
        self._context = context
        self._order = order
        self._confirmations = confirmations
        self._row: OrderRow | None = None

    def look(self) -> Seen:
        """One look; takes the key where it was delivered."""
        from daimm_cli.market import wait as library
        from daimm_cli.market.receive import line_key

        context = self._context
        if self._row is None:
            self._row = find(context, self._order)
            self._require_own(self._row)
        depth = library.depth_of(context.chain, self._confirmations)
        seen = library.look(context.chain, context.index, self._row.order_id, depth)
        if seen.ending is library.Ending.DELIVERED:
            line_key(context.chain, _records(context), context.seed, seen.row)
        return seen

    def _require_own(self, row: OrderRow) -> None:
        """The password is asked for now, not when the key comes."""
        from daimm_cli.base.errors import DaimmError
        from daimm_cli.index.rows import OrderState
        from daimm_cli.market.inventory import made_here

        if row.state in (OrderState.REFUNDED, OrderState.DECLINED):
            return
        if not made_here(self._context.chain, self._context.seed, row):
            raise DaimmError(
                "This order was made from another home, and its key opens only there: set "
                "DAIMM_HOME to that home, or restore its seed."
            )


def _records(context: Context) -> Records:
    from daimm_cli.market.records import Records

    return Records(context.config.ensure_home(), context.chain.node.chain_id)


def _word(seen: Seen) -> str:
    from daimm_cli.market.wait import Ending

    declined = "declined by the seller and refunded"
    return declined if seen.ending is Ending.DECLINED else "refunded"


def _data(row: OrderRow, ending: Ending) -> dict[str, object]:
    return {
        "order": row.order_id,
        "state": ending,
        "license": f"0x{row.license_id:064x}",
    }
