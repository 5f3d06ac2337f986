"""`daimm tx`: transactions that were sent, and those that are stuck."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from daimm_cli.base.text import ether
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import command

if TYPE_CHECKING:
    from daimm_cli.chain.stuck import Waiting
    from daimm_cli.chain.transactions import Sent

app = typer.Typer()

_HASH = Annotated[str, typer.Argument(metavar="HASH", help="The transaction's hash, 0x...")]


@command(app, "show", example="daimm tx show 0x9f4e...")
def show(context: Context, transaction: _HASH) -> None:
    """Show what became of a transaction: it waits, was carried out, or failed."""
    waiting = _find(context, transaction)
    receipt = context.node.receipt(waiting.hash)
    state = "waiting" if receipt is None else "done" if receipt.succeeded else "failed"
    data = {
        "transaction": waiting.hash,
        "state": state,
        "sender": waiting.sender,
        "nonce": waiting.nonce,
        "to": waiting.call.to,
        "block": receipt and receipt.block,
    }
    shown = {**data, "transaction": f"0x{waiting.hash.hex()}"}
    context.emit(data, output.fields({k: "-" if v is None else v for k, v in shown.items()}))
    if receipt is None:
        context.next(f"daimm tx speed-up 0x{waiting.hash.hex()}")


@command(app, "speed-up", example="daimm tx speed-up 0x9f4e... --account buyer")
def speed_up(context: Context, transaction: _HASH) -> None:
    """Send a transaction that waits once more, for more gas; only one of the two is mined."""
    from daimm_cli.chain import stuck

    waiting = _find(context, transaction)
    _tell(context, stuck.speed_up(context.node, context.owners[0], waiting), "Done by")


@command(app, "cancel", example="daimm tx cancel 0x9f4e... --account buyer")
def cancel(context: Context, transaction: _HASH) -> None:
    """Put an empty transaction in the place of one that waits.

    The first one may be mined all the same, if it was on its way into a block.
    """
    from daimm_cli.chain import stuck

    waiting = _find(context, transaction)
    _tell(context, stuck.cancel(context.node, context.owners[0], waiting), "Cancelled by")


def _find(context: Context, transaction: str) -> Waiting:
    from daimm_cli.bindings.values import word
    from daimm_cli.chain.stuck import Waiting

    return Waiting.find(context.node, word(transaction, "transaction's hash"))


def _tell(context: Context, sent: Sent, done: str) -> None:
    data = {"transaction": sent.hash, "block": sent.block, "gas": sent.gas_used}
    context.emit(data, f"{done} 0x{sent.hash.hex()}, for {ether(sent.fee, up=True)} of gas.")
