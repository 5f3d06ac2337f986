"""`daimm tx`: transactions that were sent, and those that are stuck."""

from __future__ import annotations

from typing import Annotated

from daimm_cli.base.text import ether
from daimm_cli.bindings.values import word
from daimm_cli.chain import stuck
from daimm_cli.chain.answers import Receipt
from daimm_cli.chain.stuck import Waiting
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument
from daimm_cli.cli.verbs import Part, data, fields

app = App()

Hash = Annotated[str, argument("The transaction's hash, 0x...", "HASH")]


@app.command("show", "daimm tx show 0x9f4e...")
def show(context: Context, transaction: Hash) -> None:
    """Show what became of a transaction: it waits, was carried out, or failed."""
    waiting = _find(context, transaction)
    receipt = context.node.receipt(waiting.hash)
    state = "waiting" if receipt is None else "done" if receipt.succeeded else "failed"
    parts = [
        Part("transaction", waiting.hash, "transaction"),
        Part("state", state, "state"),
        Part("sender", waiting.sender, "sender"),
        Part("nonce", waiting.nonce, "nonce"),
        Part("to", waiting.call.to, "to", text=waiting.call.to or "-"),
        Part("block", receipt and receipt.block, "block", text=receipt.block if receipt else "-"),
    ]
    context.emit(data(parts), fields(parts))
    if receipt is None:
        context.next(f"daimm tx speed-up 0x{waiting.hash.hex()}")


@app.command("speed-up", "daimm tx speed-up 0x9f4e... --account buyer")
def speed_up(context: Context, transaction: Hash) -> None:
    """Send a transaction that waits once more, for more gas; only one of the two is mined."""
    waiting = _find(context, transaction)
    _tell(context, stuck.speed_up(context.node, context.owners[0], waiting), "Done by")


@app.command("cancel", "daimm tx cancel 0x9f4e... --account buyer")
def cancel(context: Context, transaction: Hash) -> None:
    """Put an empty transaction in the place of one that waits.

    The first one may be mined all the same, if it was on its way into a block.
    """
    waiting = _find(context, transaction)
    _tell(context, stuck.cancel(context.node, context.owners[0], waiting), "Cancelled by")


def _find(context: Context, transaction: str) -> Waiting:
    return Waiting.find(context.node, word(transaction, "transaction's hash"))


def _tell(context: Context, sent: Receipt, done: str) -> None:
    data = {"transaction": sent.hash, "block": sent.block, "gas": sent.gas_used}
    context.emit(data, f"{done} 0x{sent.hash.hex()}, for {ether(sent.fee, up=True)} of gas.")
