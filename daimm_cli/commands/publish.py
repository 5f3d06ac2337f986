"""`daimm model publish` and `daimm model add-version`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from daimm_cli.base.errors import DaimmError
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, option
from daimm_cli.cli.verbs import Part, data, fields
from daimm_cli.commands.options import DescriptionOptions, Model, OfferOptions, warn_about
from daimm_cli.commands.store import push_queued
from daimm_cli.market import guarantees, money, offers
from daimm_cli.market.catalogue import require_owner
from daimm_cli.market.guarantees import PROMISE, Terms, promised

if TYPE_CHECKING:
    from daimm_cli.market.guarantees import Posted
    from daimm_cli.market.publish import Publication
    from daimm_cli.market.sealing import Material

app = App()

Files = Annotated[
    list[Path],
    argument("ONNX, safetensors or GGUF files, and what belongs to them; folders too.", "FILE"),
]


@app.command(
    "publish",
    "daimm model publish model.onnx --card README.md --price 10",
    "daimm model publish weights/ --price 25 --inspection 2d",
)
def publish(
    context: Context,
    files: Files,
    description: DescriptionOptions,
    offer: OfferOptions,
    royalty: str = option("What you ask of resales, at most 10.", "PERCENT", default="0"),
    guarantee: str | None = option(f"A promise that you stake on: {PROMISE}.", "PROMISE"),
    bond: str | None = option("What you stake on it.", "AMOUNT"),
) -> None:
    """Encrypt a model and offer it for sale.

    The files are inspected, encrypted into the local store under a key line of their own, described
    in a manifest that you sign, and listed with an offer in one transaction; with --parent it takes
    three. A run that was cut off goes on where it stopped.
    """
    from daimm_cli.market import publish as library
    from daimm_cli.market.describe import basis_points, shown

    offer.require_price()
    if (guarantee is None) != (bond is None):
        raise DaimmError("A --guarantee has a --bond, what you stake on it, and a bond has one.")
    promise = promised(guarantee, context.now) if guarantee else None
    share = basis_points(royalty, 1000, "royalty")
    base = offers.draft(context.me.address, token=context.chain.aim)
    terms, words = offer.apply(context, base)
    material = _material(files)
    described, parents = description.describe(material), description.parents
    output.say(output.fields({**shown(described, parents), **words}))
    warn_about(context, terms)
    made = library.publish(context, material, described, terms, royalty=share, parents=parents)
    posted = None
    if promise and bond:
        context.index.sync()
        stake = Terms(bond, offer.token or "AIM")
        posted = guarantees.offer(context, promise, made.model, made.version, stake)
    _tell(context, made, posted)
    assert made.offer_id is not None
    context.next(f"daimm buy 0x{made.offer_id.hex()} (as a buyer), then daimm order deliver --all")


@app.command(
    "add-version",
    "daimm model add-version 3 model-2.onnx --card README.md --version-name 2.0",
    "daimm model add-version 3 model-1.1.onnx --card README.md --line-of 1",
)
def add_version(
    context: Context,
    model: Model,
    files: Files,
    description: DescriptionOptions,
    line_of: int | None = option(
        "Use this version's key line: whoever bought it can open the new one too.", "VERSION", min=1
    ),
) -> None:
    """Add a version to a model.

    By default it gets a key line of its own: buyers of earlier versions cannot open it, and whose
    licence reaches it asks for its key. With --line-of they can, whatever their licence says: the
    key is the same.
    """
    from daimm_cli.market import publish as library
    from daimm_cli.market.describe import shown
    from daimm_cli.market.lines import own_line

    require_owner(context.chain, model, context.me.address)
    money.require_ether(context)
    material = _material(files)
    described, parents = description.describe(material), description.parents
    output.say(output.fields(shown(described, parents)))
    label = None
    if line_of is not None:
        label = own_line(context, model=model, version=line_of).label
        context.console.confirm(
            f"Everybody who has the key of version {line_of} will be able to open this version "
            "too. Go on?"
        )
    made = library.publish(context, material, described, parents=parents, model=model, label=label)
    _tell(context, made)
    context.next(f"daimm offer open {made.model} --version {made.version} --price 10")


def _material(files: list[Path]) -> Material:
    from daimm_cli.market.sealing import Material

    material = Material.of(files, output.progress)
    for file in material.files:
        for note in file.notes:
            output.say(f"About {file.name}: {note}")
        if file.license:
            output.say(f"About {file.name}: it says of itself that its licence is {file.license}.")
    return material


def _tell(context: Context, made: Publication, posted: Posted | None = None) -> None:
    part, sent = made.manifest.artifact, made.sent
    parts = [
        Part("model", made.model, "model"),
        Part("version", made.version, "version"),
        Part("offer", made.offer_id, "offer"),
        Part("bond", posted and posted.bond, "bond"),
        Part("manifest", made.manifest_cid, "manifest"),
        Part("artifact", part.cid, "artifact"),
        Part("digests", part.digests_cid, "digests"),
        Part("transaction", sent and sent.hash, "transaction"),
        Part("gas", sent and sent.gas_used),
    ]
    if sent is None:
        output.say("An earlier run had published this already: nothing was sent.")
    context.emit(data(parts), fields(parts))
    push_queued(context)
