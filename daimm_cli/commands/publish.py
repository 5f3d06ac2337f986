"""`daimm model publish` and `daimm model add-version`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import command
from daimm_cli.commands.description_options import DescriptionOptions
from daimm_cli.commands.model import Model
from daimm_cli.commands.offer_options import OfferOptions, warn_about

if TYPE_CHECKING:
    from daimm_cli.index.rows import VersionRow
    from daimm_cli.market.publish import Publication, Seller
    from daimm_cli.market.sealing import Material

app = typer.Typer()

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE",
        help="ONNX, safetensors or GGUF files, and what belongs to them; folders too.",
    ),
]


@command(
    app,
    "publish",
    example=[
        "daimm model publish model.onnx --card README.md --price 10",
        "daimm model publish weights/ --price 25 --inspection 2d",
    ],
)
def publish(
    context: Context,
    files: Files,
    description: DescriptionOptions,
    offer: OfferOptions,
    royalty: Annotated[
        str, typer.Option(metavar="PERCENT", help="What you ask of resales, at most 10.")
    ] = "0",
) -> None:
    """Encrypt a model and offer it for sale.

    The files are inspected, encrypted into the local store under a key line of their own, described
    in a manifest that you sign, and listed with an offer in one transaction. A run that was cut off
    goes on where it stopped.
    """
    from daimm_cli.market import offers
    from daimm_cli.market import publish as library
    from daimm_cli.market.describe import basis_points, shown

    offer.require_price()
    share = basis_points(royalty, 1000, "royalty")
    now = context.now
    terms = offer.apply(
        context.chain, offers.draft(context.me.address, token=context.chain.aim), now
    )
    fee = offers.require_market_open(context.chain, terms, now)
    library.require_ether(context.chain, context.me.address)
    material = _material(files)
    described = description.describe(material)
    token = context.chain.token(terms.token)
    output.say(output.fields({**shown(described), **offers.describe(terms, token, fee)}))
    warn_about(context, terms)
    seller = _seller(context)
    done = library.publish(
        seller,
        material,
        described,
        terms,
        royalty=share,
        stage=output.progress,
        earlier=_ask_about_earlier(context),
    )
    _tell(context, done)
    assert done.offer_id is not None
    context.next(f"daimm buy 0x{done.offer_id.hex()} (as a buyer), then daimm order deliver --all")


@command(
    app,
    "add-version",
    example=[
        "daimm model add-version 3 model-2.onnx --card README.md --version-name 2.0",
        "daimm model add-version 3 model-1.1.onnx --card README.md --line-of 1",
    ],
)
def add_version(
    context: Context,
    model: Model,
    files: Files,
    description: DescriptionOptions,
    line_of: Annotated[
        int | None,
        typer.Option(
            metavar="VERSION",
            min=1,
            show_default=False,
            help="Use this version's key line: whoever bought it can open the new one too.",
        ),
    ] = None,
) -> None:
    """Add a version to a model.

    By default it gets a key line of its own, and buyers of earlier versions cannot open it. With
    --line-of they can, whatever their licence says: the key is the same.
    """
    from daimm_cli.market import publish as library
    from daimm_cli.market.describe import shown
    from daimm_cli.market.lines import own_line

    library.require_owner(context.chain, model, context.me.address)
    library.require_ether(context.chain, context.me.address)
    material = _material(files)
    described = description.describe(material)
    output.say(output.fields(shown(described)))
    seller = _seller(context)
    label = None
    if line_of is not None:
        label = own_line(
            context.chain,
            context.index,
            context.fetcher,
            seller.seed,
            model=model,
            version=line_of,
        ).label
        context.confirm(
            f"Everybody who has the key of version {line_of} will be able to open this version "
            "too. Go on?"
        )
    done = library.add_version(
        seller,
        material,
        described,
        model,
        label=label,
        stage=output.progress,
        earlier=_ask_about_earlier(context),
    )
    _tell(context, done)
    context.next(f"daimm offer open {done.model} --version {done.version} --price 10")


def _material(files: list[Path]) -> Material:
    from daimm_cli.market.sealing import Material

    material = Material.of(files, output.progress)
    for file in material.files:
        for note in file.inspection.notes if file.inspection else ():
            output.say(f"About {file.name}: {note}")
    return material


def _seller(context: Context) -> Seller:
    from daimm_cli.market.publish import Seller

    author = context.author
    return Seller(
        context.chain,
        context.index,
        context.store,
        context.config.ensure_home(),
        author,
        context.account,
        context.new_seed,
    )


def _ask_about_earlier(context: Context) -> Callable[[Sequence[VersionRow]], None]:
    """Say, and ask, where these very bytes are registered already."""

    def ask(rows: Sequence[VersionRow]) -> None:
        first = rows[0]
        owner = context.index.model(first.model).owner
        who = "you" if owner == context.me.address else f"{owner}, not you"
        known = (
            f"These very bytes are registered already, as version {first.version} of model "
            f"{first.model} by {who}. Buyers will see that."
        )
        if context.console.yes:
            output.say(known)
        context.confirm(f"{known} Go on?")

    return ask


def _tell(context: Context, done: Publication) -> None:
    from daimm_cli.commands.store import push_queued

    part = done.manifest.artifact
    data: dict[str, Any] = {
        "model": done.model,
        "version": done.version,
        "offer": done.offer_id,
        "manifest": done.manifest_cid,
        "artifact": part.cid,
        "digests": part.digests_cid,
        "transaction": done.sent.hash if done.sent else None,
        "gas": done.sent.gas_used if done.sent else None,
    }
    shown = {name: value for name, value in data.items() if value is not None and name != "gas"}
    for name, value in shown.items():
        if isinstance(value, bytes):
            shown[name] = "0x" + value.hex()
    if done.sent is None:
        output.say("An earlier run had published this already: nothing was sent.")
    context.emit(data, output.fields(shown))
    push_queued(context)
