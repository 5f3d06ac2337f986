"""`daimm order prove-wrong`: a cheated buyer's proof."""

from __future__ import annotations

from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, option
from daimm_cli.cli.verbs import done
from daimm_cli.commands.order import OrderId
from daimm_cli.index.rows import OrderState
from daimm_cli.market.lookup import find_order, my_orders
from daimm_cli.market.receive import reached

app = App()


@app.command("prove-wrong", "daimm order prove-wrong 0x3f9a61c2")
def prove_wrong(
    context: Context,
    order: OrderId,
    version: int | None = option("A later version on the same key line.", min=1),
) -> None:
    """Prove on the chain that what you bought is not what was promised.

    The model is opened and the proof made and checked here first; nothing is told to anybody before
    you agree. Then the version is sold no more, its orders that are still open can be refunded, and
    bonds on it can be broken.
    """
    from daimm_cli.market import wrong

    row = find_order(context.index, order, context.me.address)
    found = reached(context.index, row, version)
    proof = wrong.prove_wrong(context, row, found)
    slot = proof.leaf.slot
    output.say(
        f"Leaf {slot} of version {found.version} is not what was promised: the proof holds.\n"
        "Sending it publishes the key of the version's line, to the node first, and also if the "
        "transaction fails: everybody can then open every version of that line. A refund goes to "
        "each buyer whoever proves it; a bond's reward goes to the proof that is mined first."
    )
    context.console.confirm("Publish the key and the proof?")
    sent = context.node.send(wrong.conviction(context.chain, found, proof), context.account)
    text = f"The content of model {found.model}, version {found.version}, is proven wrong."
    data = {"order": row.order_id, "model": found.model, "version": found.version, "leaf": slot}
    done(context, sent, text, data)
    for each in my_orders(context.index, context.me.address):
        place = each.offer.model, each.offer.version
        waits = each.state in (OrderState.PENDING, OrderState.INSPECTION)
        if place == (found.model, found.version) and waits:
            context.next(f"daimm order refund 0x{each.order_id.hex()}")
    if context.index.bonds(model=found.model):
        context.next(f"daimm bond list --model {found.model}")
