"""`daimm license`: what you may use, and opening it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.files import write_atomic
from daimm_cli.base.text import parse_duration, time_shown
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, option, thing
from daimm_cli.cli.verbs import Kind, Part, done
from daimm_cli.commands.options import OpeningOptions
from daimm_cli.index.rows import LicenseRow
from daimm_cli.market import offers
from daimm_cli.market.lookup import Held, find_anybodys_license, find_license, my_licenses
from daimm_cli.market.receive import Keys, reached

app = App()

License = Annotated[
    Held,
    thing(find_license, "The licence's id or its order's; 8 digits will do.", "LICENSE"),
]
AnybodysLicense = Annotated[
    Held,
    thing(
        find_anybodys_license,
        *("The licence's id or its order's; of somebody else's all 64 digits.", "LICENSE"),
    ),
]


def _parts(context: Context, held: Held) -> list[Part]:
    from daimm_cli.market import renewals

    row, order, offer = held.row, held.order, held.order.offer
    delivered = order.delivered_at
    owner = row.owner if row else None
    told = renewals.reminder(context, held)
    return [
        Part("license", f"0x{order.license_id:064x}", "licence", "licence"),
        Part("state", held.state, "state", "state"),
        Part("model", int(offer.model), "model", "model"),
        Part("", offers.span(offer), "versions", "versions"),
        Part("first_version", offer.version),
        Part("last_version", offer.last_version),
        Part("expires_at", row.expires_at if row else None),
        Part("", _until(context, row, delivered), "access until", "access until"),
        Part("transferable", offer.transferable, "transferable"),
        Part("owner", owner, "owner", text=owner or "nobody"),
        Part("order", order.order_id, "order"),
        Part(
            "delivered_at",
            delivered,
            "delivered",
            text=time_shown(delivered) if delivered else "not yet",
        ),
        Part("reminder", told.says if told else None),
        Part("renew", told.step if told else None, "renew"),
        Part("key_here", Keys.of(context).has(order.license_id), "key here"),
    ]


def _until(context: Context, row: LicenseRow | None, delivered: int | None) -> str:
    if row is None or delivered is None:
        return ""
    if not row.expires_at:
        return "for ever"
    return f"{'ended ' if context.now > row.expires_at else ''}{time_shown(row.expires_at)}"


LICENSE = Kind(_parts, ("licence", "model", "versions", "state", "access until"))


@app.command("list", "daimm license list")
def list_(context: Context) -> None:
    """List the licences of this market that you own or bought."""
    from daimm_cli.market import renewals

    me = context.me.address
    found = my_licenses(context.index, me)
    context.told_of_former(
        lambda other: len(my_licenses(other.index, me)), "licence", "daimm license list"
    )
    LICENSE.list(context, found, empty="No licences yet.", step="daimm model list")
    for told in filter(None, (renewals.reminder(context, held) for held in found)):
        output.say(told.says)
        if told.step:
            context.next(told.step)


@app.command("show", "daimm license show 0x3f9a61c2")
def show(context: Context, held: License) -> None:
    """Show a licence: what it opens, until when, and whether its key is here."""
    LICENSE.show(context, held)
    order = held.order
    if not order.delivered_at:
        return
    if order.order.buyer == context.me.address or LICENSE.data(context, held)["key_here"]:
        context.next(f"daimm license fetch 0x{order.license_id:064x}")
    else:
        output.say(
            f"{order.order.buyer} bought it, and its key opens only in their home: ask for a key."
        )
        context.next(f"daimm license ask 0x{order.license_id:064x}")


@app.command(
    "renew",
    "daimm license renew 0x3f9a61c2 --periods 12",
    "daimm license renew 0x3f9a61c2 --within 7d --yes",
)
def renew(
    context: Context,
    held: AnybodysLicense,
    periods: int = option("How many times the offer's duration.", default=1, min=1, max=65_535),
    offer: str | None = option(
        "Which offer sells it; default the one it was bought with, else the cheapest.", "OFFER"
    ),
    within: str | None = option(
        "Only if it ends within that time; else nothing is done, so it can be repeated.", "TIME"
    ),
) -> None:
    """Pay for more time of a licence, your own or anybody's.

    Time is added to its end, or to now where it has ended. Whoever holds the licence gains it, and
    the seller is paid at once: no key is delivered, so nothing waits.
    """
    from daimm_cli.market import renewals

    renewal = renewals.prepare(context, held, periods=periods, offer=offer)
    ends = renewal.license.expires_at
    if within is not None and ends > context.now + parse_duration(within):
        output.say(f"Access until {time_shown(ends)}: nothing to renew yet.")
        context.emit({"paid": "0", "expires_at": ends}, "")
        return
    output.say(output.fields(renewal.describe()) + "\n")
    sent, event = renewals.pay(context, renewal)
    data = {
        "license": f"0x{renewal.license.license_id:064x}",
        "offer": renewal.offer.offer_id,
        "paid": str(event.price),
        "expires_at": event.expires_at,
    }
    done(context, sent, f"Renewed until {time_shown(event.expires_at)}.", data)


@app.command(
    "fetch",
    "daimm license fetch 0x3f9a61c2 --output model.onnx",
    "daimm license fetch 0x3f9a61c2 --unpack magika",
)
def fetch(
    context: Context,
    held: License,
    to: OpeningOptions,
    version: int | None = option("A later version that the licence reaches.", min=1),
) -> None:
    """Open what you bought: take the key, fetch, check and decrypt the model.

    A version with a key line of its own takes a key that you asked for (`daimm license ask`).

    The key is kept in this home, encrypted, as soon as it is known. What is written is, byte for
    byte, what the version committed to; otherwise nothing is written.
    """
    from daimm_cli.market import key_requests

    place = to.place
    row = reached(context.index, held.order, version)
    files = key_requests.fetch(context, held, row, place, unpack=to.unpack is not None)
    output.say(
        "Every byte is what the version committed to on the chain, and what its manifest lists."
    )
    # Having the bytes may not be, or no longer be, having the right to use them.
    if held.row is None:
        output.say("Somebody else holds this licence: the right to use the model is theirs.")
    elif held.row.expires_at and context.now > held.row.expires_at:
        ended = time_shown(held.row.expires_at)
        output.say(f"Your access ended at {ended}: the terms no longer let you use the model.")
    data = {
        "license": f"0x{held.order.license_id:064x}",
        "version": row.version,
        "files": files,
        "plaintext_root": row.details.plaintext_root,
    }
    context.emit(data, "\n".join(str(path) for path in files))


@app.command("identity", "daimm license identity 0x3f9a61c2 --output magika.identity")
def identity(
    context: Context,
    held: License,
    target: Path = option("Where to write it.", "FILE", "--output", "-o", default=...),
    version: int | None = option("A later version that the licence reaches.", min=1),
) -> None:
    """Write the key as an identity of age: any age program opens the artifact with it.

    The file is readable by you alone. Whoever has it can open every version of the key line. age
    does not know what the version committed to; `daimm license fetch` checks that, too.
    """
    from daimm_cli.artifact import plugin
    from daimm_cli.market import key_requests
    from daimm_cli.protocol.curve import compress
    from daimm_cli.protocol.keys import file_key

    if target.exists() or not target.parent.is_dir():
        raise DaimmError(f"{target} exists, or its folder does not: name another place.")
    row = reached(context.index, held.order, version)
    key = file_key(key_requests.line_key(context, held, row))
    secret = plugin.identity(compress(row.details.line), key)
    ident = f"0x{held.order.license_id:064x}"
    write_atomic(target, f"# Opens what licence {ident} is for.\n{secret}\n".encode(), mode=0o600)
    context.emit({"license": ident, "identity": target}, str(target))
    context.next(f"age -d -i {target} -o MODEL ARTIFACT", own=False)
