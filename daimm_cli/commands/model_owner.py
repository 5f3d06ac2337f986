"""`daimm model retire` and `daimm model transfer`: what a model's owner does once."""

from __future__ import annotations

from typing import Annotated

import typer

from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import command
from daimm_cli.commands.model import Model

app = typer.Typer()


@command(app, "retire", example="daimm model retire 3 1")
def retire(
    context: Context,
    model: Model,
    version: Annotated[int, typer.Argument(help="The version's number.", min=1)],
) -> None:
    """End sales of a version for ever.

    Licences for it stand, and open orders are still delivered. It cannot be undone.
    """
    from daimm_cli.base.errors import ChainRefused, DaimmError
    from daimm_cli.market.publish import require_owner

    require_owner(context.chain, model, context.me.address)
    if version > context.chain.version_count(model):
        raise DaimmError(f"Model {model} has no version {version}: see `daimm model show {model}`.")
    if context.chain.is_retired(model, version):
        raise ChainRefused(f"Version {version} of model {model} is retired already.")
    output.say(f"Version {version} of model {model} will never be sold again.")
    sent = context.chain.retire(context.account, model, version)
    data = {"model": model, "version": version, "transaction": sent.hash, "gas": sent.gas_used}
    context.emit(data, f"Version {version} of model {model} is retired.")


@command(
    app, "transfer", example="daimm model transfer 3 0x8fd379246834eac74B8419FfdA202CF8051F7A03"
)
def transfer(
    context: Context,
    model: Model,
    address: Annotated[str, typer.Argument(help="Who gets it: an account or a Safe.")],
) -> None:
    """Give a model to somebody else.

    Your offers of it stop selling, and only they add versions and open offers from then on. Orders
    that are open stay yours to deliver, and pay you. Key lines stay with your seed. Only they can
    give it back.
    """
    from daimm_cli.market.handover import plan

    me = context.me.address
    planned = plan(context.chain, context.index, me, model, address, now=context.now)
    output.say(planned.text)
    sent = context.chain.transfer_model(context.account, model, planned.receiver)
    data = {
        "model": model,
        "owner": planned.receiver,
        "offers_ended": planned.offers,
        "orders_waiting": planned.waiting,
        "transaction": sent.hash,
        "gas": sent.gas_used,
    }
    context.emit(data, f"Model {model} belongs to {planned.receiver}.")
    if planned.waiting:
        context.next("daimm order deliver --all")
