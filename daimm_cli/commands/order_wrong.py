"""`daimm order prove-wrong`: a cheated buyer's proof."""

from __future__ import annotations

from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, option
from daimm_cli.cli.verbs import done
from daimm_cli.commands.order import Ordered
from daimm_cli.index.rows import BondRow
from daimm_cli.market.receive import reached

app = App()


@app.command("prove-wrong", "daimm order prove-wrong 0x3f9a61c2")
def prove_wrong(
    context: Context,
    order: Ordered,
    version: int | None = option("A later version that the licence reaches.", min=1),
) -> None:
    """Prove on the chain that what you bought is not what was promised.

    The model is opened and the proof made and checked here first; nothing is told to anybody before
    you agree. Then the version is sold no more, bonds on it can be broken, and your orders of it
    whose money the market still holds are refunded.
    """
    from daimm_cli.market import wrong

    found = reached(context.index, order, version)
    proof = wrong.prove_wrong(context, order, found)
    slot = proof.leaf.slot
    output.say(
        f"Leaf {slot} of version {found.version} is not what was promised: the proof holds.\n"
        "Sending it publishes the key of the version's line, to the node first, and also if the "
        "transaction fails: everybody can then open every version of that line. A refund goes to "
        "each buyer whoever proves it; a bond's reward goes to the proof that is mined first."
    )
    context.console.confirm("Publish the key and the proof?")
    sent = context.node.send(wrong.conviction(context.chain, found, proof), context.account)
    refunded = [each.order_id for each in wrong.refund_open(context, found)]
    data = {"order": order.order_id, "model": found.model, "version": found.version, "leaf": slot}
    text = f"The content of model {found.model}, version {found.version}, is proven wrong."
    text += "".join(f"\nOrder 0x{each.hex()} is refunded." for each in refunded)
    done(context, sent, text, {**data, "refunded": refunded})
    if refunded:
        context.next("daimm withdraw")
    if context.index.rows(BondRow, 1, terms_model=found.model):
        context.next(f"daimm guarantee list --model {found.model}")
