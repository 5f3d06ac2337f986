"""`daimm profile`: who accounts say they are."""

from __future__ import annotations

from daimm_cli.base.text import counted
from daimm_cli.bindings.values import checksummed
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, option
from daimm_cli.cli.verbs import Kind, Part, done
from daimm_cli.commands.store import push_queued
from daimm_cli.index.reputation import Profile, profiles
from daimm_cli.market import profiles as library
from daimm_cli.protocol.curve import Point, compress
from daimm_cli.quote.seller import describe

app = App()


def _parts(context: Context, profile: Profile) -> list[Part]:
    said = library.read(context, profile)
    key = compress(Point(*profile.encryption)) if any(profile.encryption) else None
    record = context.index.seller(profile.account, offer=b"", now=context.now)
    return [
        Part("account", profile.account, "account"),
        Part("handle", profile.handle or None, "handle", text=profile.shown),
        Part("resembles", profile.resembles),
        Part("name", said.name, "name"),
        Part("links", said.links, "links" if said.links else "", text=" ".join(said.links)),
        Part("encryption", key, "encrypt to"),
        Part("metadata", profile.metadata),
        Part("record", record),
        Part(
            *("", record.carried, "handed in" if record.carried else ""),
            text=f"{counted(record.carried, 'key')}, {record.carried_in_time:,} in time",
        ),
        *(Part("", text, name) for name, text in describe(record).items()),
    ]


PROFILE = Kind(_parts)


@app.command("show", "daimm profile show 0x8fd379246834eac74B8419FfdA202CF8051F7A03")
def show(
    context: Context,
    address: str | None = argument("Whose; default your own.", "ADDRESS", default=None),
) -> None:
    """Show who an account says it is, and what it did here.

    The words are theirs, the record is counted from the chain's events. A handle that looks like
    one that another account had before is shown as such.
    """
    whose = checksummed(address, "account") if address else context.me.address
    found = profiles(context.index).get(whose)
    PROFILE.show(context, found or Profile(whose, "", bytes(32), (0, 0), (0, 0)))


@app.command("set", "daimm profile set --handle plain-labs --link https://plain.example")
def set_(
    context: Context,
    handle: str = option("Small letters, digits and hyphens, at most 32.", default=""),
    name: str = option("What people call you, in any script.", "TEXT", default=""),
    link: list[str] | None = option("Where else you are; again for each.", "URL"),
    encryption: str | None = option(
        "A public key of secp256k1 to encrypt to, in 33 or 65 bytes of hexadecimal.", "KEY"
    ),
) -> None:
    """Say who you are, in place of what you said before; it is public.

    What is left out is empty then. Nobody owns a handle, but it counts whose account had one
    that looks so first.
    """
    if other := library.taken(profiles(context.index), handle, context.me.address):
        context.console.confirm(
            f"{other.account} has had the handle {other.handle}: yours will be shown as its "
            "look-alike. Go on?"
        )
    sent = library.set_profile(context, handle, name, link or [], encryption)
    data = {"account": context.me.address, "handle": handle or None}
    done(context, sent, f"{context.me.address} is {handle or 'nobody'} from now on.", data)
    push_queued(context)
    context.next("daimm profile show")
