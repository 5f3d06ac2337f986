"""`daimm license`: what you may use, and opening it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daimm_cli.base.text import time_shown
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import command

if TYPE_CHECKING:
    from daimm_cli.index.rows import LicenseRow
    from daimm_cli.market.lookup import Held

app = typer.Typer()

ELSEWHERE = "of another market"
_TERMS = ("model", "first_version", "last_version", "transferable")

LicenseId = Annotated[
    str,
    typer.Argument(metavar="LICENSE", help="The licence's id or its order's; 8 digits will do."),
]


@command(app, "list", example="daimm license list")
def list_(context: Context) -> None:
    """List the licences that you own or bought."""
    from daimm_cli.market.lookup import my_licenses, other_licenses

    found = my_licenses(context.index, context.me.address)
    others = other_licenses(context.index, context.me.address)
    data = [_data(context, held) for held in found] + [_other_data(row) for row in others]
    if context.as_json:
        context.emit(data)
        return
    until = [_until(context, held) for held in found] + [""] * len(others)
    rows = [
        [
            each["license"],
            each["model"],
            _span(each["first_version"], each["last_version"]),
            each["state"],
            ends,
        ]
        for each, ends in zip(data, until, strict=True)
    ]
    columns = ["licence", "model", "versions", "state", "access until"]
    output.table(columns, rows, empty="No licences yet.")
    if not rows:
        context.next("daimm model list")
    if others:
        output.say(
            f"Not sold by this market: {len(others)} of them. Who issued those has their orders "
            "and keys."
        )


@command(app, "show", example="daimm license show 0x3f9a61c2")
def show(context: Context, license_id: LicenseId) -> None:
    """Show a licence: what it opens, until when, and whether its key is here."""
    held = _find(context, license_id)
    order = held.order
    data = _data(context, held)
    pairs = {
        "licence": data["license"],
        "state": data["state"],
        "model": order.offer.model,
        "versions": _span(data["first_version"], data["last_version"]),
        "access until": _until(context, held),
        "transferable": "yes" if order.offer.transferable else "no",
        "owner": data["owner"] or "nobody",
        "order": f"0x{order.order_id.hex()}",
        "delivered": time_shown(order.delivered_at) if order.delivered_at else "not yet",
        "key here": "yes" if data["key_here"] else "no",
    }
    context.emit(data, output.fields(pairs))
    if not order.delivered_at:
        return
    if order.order.buyer == context.me.address or data["key_here"]:
        context.next(f"daimm license fetch {data['license']}")
    else:
        output.say(
            f"{order.order.buyer} bought it, and its key opens only in their home: ask them to "
            "open it there and to send you the model."
        )


@command(
    app,
    "fetch",
    example=[
        "daimm license fetch 0x3f9a61c2 --output model.onnx",
        "daimm license fetch 0x3f9a61c2 --unpack magika",
    ],
)
def fetch(
    context: Context,
    license_id: LicenseId,
    target: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write the model or pack."),
    ] = None,
    unpack: Annotated[
        Path | None,
        typer.Option("--unpack", metavar="FOLDER", help="New folder for the model's files."),
    ] = None,
    version: Annotated[
        int | None,
        typer.Option(metavar="NUMBER", min=1, help="A later version on the same key line."),
    ] = None,
) -> None:
    """Open what you bought: take the key, fetch, check and decrypt the model.

    The key is kept in this home, encrypted, as soon as it is known. What is written is, byte for
    byte, what the version committed to; otherwise nothing is written.
    """
    from daimm_cli.base.errors import DaimmError
    from daimm_cli.market import fetch as library
    from daimm_cli.market.receive import reached

    if target and unpack:
        raise DaimmError("Choose --output for one file or --unpack for a folder, not both.")
    held = _find(context, license_id)
    row = reached(context.index, held.order, version)
    files = library.fetch(context, held.order, row, unpack or target, unpack=unpack is not None)
    data = {
        "license": f"0x{held.order.license_id:064x}",
        "version": row.version,
        "files": files,
        "plaintext_root": row.details.plaintext_root,
    }
    output.say(
        "Every byte is what the version committed to on the chain, and what its manifest lists."
    )
    _warn(context, held)
    context.emit(data, "\n".join(str(path) for path in files))


def _find(context: Context, text: str) -> Held:
    from daimm_cli.market.lookup import find_license

    return find_license(context.index, text, context.me.address)


def _warn(context: Context, held: Held) -> None:
    """Say where having the bytes is no longer, or never was, having the right to use them."""
    if held.row is None:
        output.say("Somebody else holds this licence: the right to use the model is theirs.")
    elif held.row.expires_at and context.now > held.row.expires_at:
        ended = time_shown(held.row.expires_at)
        output.say(f"Your access ended at {ended}: the terms no longer let you use the model.")


def _span(first: int, last: int) -> str:
    from daimm_cli.chain.terms import MAX_VERSION

    if first == last:
        return str(first)
    return f"{first} and later" if last == MAX_VERSION else f"{first} to {last}"


def _until(context: Context, held: Held) -> str:
    if held.row is None or held.order.delivered_at is None:
        return ""
    ends = held.row.expires_at
    if not ends:
        return "for ever"
    return f"{'ended ' if context.now > ends else ''}{time_shown(ends)}"


def _other_data(row: LicenseRow) -> dict[str, Any]:
    return {
        "license": f"0x{row.license_id:064x}",
        "order": row.order_id,
        **{name: getattr(row, name) for name in _TERMS},
        "owner": row.owner,
        "state": ELSEWHERE,
        "expires_at": row.expires_at,
        "delivered_at": None,
        "key_here": False,
    }


def _data(context: Context, held: Held) -> dict[str, Any]:
    from daimm_cli.market.records import Records

    order, row = held.order, held.row
    return {
        "license": f"0x{order.license_id:064x}",
        "order": order.order_id,
        "model": order.offer.model,
        "first_version": order.offer.version,
        "last_version": order.offer.last_version,
        "transferable": order.offer.transferable,
        "owner": row.owner if row else None,
        "state": held.state,
        "expires_at": row.expires_at if row else None,
        "delivered_at": order.delivered_at,
        "key_here": Records.of(context).has_key(order.license_id),
    }
