"""`daimm secrets`: back up what everything depends on, restore it, and see whether it is enough."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from daimm_cli.accounts import backup, seed, system_keyring
from daimm_cli.accounts.passwords import Kind, Lock
from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import sanitise, time_shown
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument
from daimm_cli.cli.verbs import Part, data, fields
from daimm_cli.market import lines

app = App()

NOT_ENOUGH = 5
"""Exit status of `show` where something does not follow from the seed."""

What = Annotated[str, argument("Whose password; the account is --account's.", "seed|account")]


@app.command("export", "daimm secrets export daimm-backup.json")
def export(
    context: Context, file: Annotated[Path, argument("Where to write it; must be new.")]
) -> None:
    """Back up the seed, encrypted: it restores every key that you sold and bought.

    The backup has a password of its own. It is read back and opened before you are told that it is
    there. Account keystores are not in it: back those up, too (`daimm account list`).
    """
    backup.require_new(file)
    secret = context.seed
    made = backup.export(context.config.home, secret, file, _backup_password(context, new=True))
    told = {"file": made.file, "fingerprint": seed.fingerprint(secret), "labels": len(made.labels)}
    output.say("Read back and opened: it holds this home's seed. Keep its password elsewhere.")
    context.emit(told, str(made.file))
    context.next(f"copy it to another place; the keystores in {context.config.accounts}, too")


@app.command("import", "daimm secrets import daimm-backup.json")
def import_(context: Context, file: Annotated[Path, argument("The backup.")]) -> None:
    """Restore the seed from a backup, into a home that has no other."""
    found = backup.read(file)
    home = context.config.ensure_home()
    mine = seed.stated_fingerprint(home)
    if mine and found.fingerprint:
        backup.require_same(home, mine, found.fingerprint)
    secret = found.open(_backup_password(context))
    fingerprint = seed.fingerprint(secret)
    if seed.exists(home):
        backup.require_same(home, seed.fingerprint(context.seed), fingerprint)

    def chosen() -> str:
        return context.passwords.ask(Lock(Kind.SEED, "this home's seed, to choose"), new=True)

    new = backup.restore(home, found, secret, chosen)
    says = (
        f"Restored seed {fingerprint} (labels of key lines: {len(found.labels)}): what you sold "
        "can be delivered, what you bought can be opened."
        if new
        else f"This home has seed {fingerprint} already: nothing had to be restored."
    )
    context.emit({"fingerprint": fingerprint, "restored": new, "labels": len(found.labels)}, says)
    context.next("daimm secrets show")


@app.command("show", "daimm secrets show --account seller")
def show(context: Context) -> None:
    """Show what hangs on the seed, and whether a backup of it is enough: no secret is shown.

    Every key line of the account on the chain is derived anew from the seed and compared, and so is
    the key of every order that it bought. Ends with status 5 where one does not follow from it.
    """
    fingerprint = seed.fingerprint(context.seed)
    last = backup.last(context.config.home, fingerprint)
    me = context.me.address
    found = lines.take(context)
    backed_up = f"{time_shown(last.at)}, {last.file}" if last else "none known"
    held = _counted([line.problem is None for line in found.lines])
    bought = _counted([each.right for each in found.bought])
    parts = [
        Part("fingerprint", fingerprint, "seed"),
        Part("file", seed.seed_path(context.config.home), "file"),
        Part("last_backup", last, "last backup", text=backed_up),
        Part("account", me, "account"),
        Part("enough", found.right),
        Part("lines", found.lines, "key lines", text=held),
        Part("bought", found.bought, "orders bought", text=bought),
        Part("waiting", found.waiting, "orders to deliver", text=len(found.waiting)),
    ]
    context.emit(data(parts), fields(parts))
    for line in found.lines:
        if line.problem:
            output.say(f"Model {line.model}, version {line.version}: {line.problem}")
    for each in found.bought:
        if not each.right:
            output.say(f"Order 0x{each.order_id.hex()} was made with another seed.")
    if last is None:
        context.next("daimm secrets export daimm-backup.json")
    if not found.right:
        raise typer.Exit(NOT_ENOUGH)


@app.command("remember", "daimm secrets remember", "daimm secrets remember account")
def remember(context: Context, what: What = "seed") -> None:
    """Put a password into the system's keyring, after seeing that it is the right one."""
    lock = _lock(context, what)
    where = system_keyring.backend()
    password = context.passwords.ask(lock)
    if lock.kind is Kind.SEED:
        seed.unlock(context.config.home, password)
    else:
        context.accounts.unlock(context.owner.alias, password)
    assert lock.user is not None
    system_keyring.put(lock.user, password)
    context.emit(
        {"remembered": lock.user, "keyring": where}, f"{where} remembers the password of {what}."
    )
    if not context.config.password_keyring:
        context.next("set `password_keyring = true` in config.toml, so that it is looked for there")


@app.command("forget", "daimm secrets forget account --account seller")
def forget(context: Context, what: What = "seed") -> None:
    """Remove a password from the system's keyring."""
    lock = _lock(context, what)
    assert lock.user is not None
    gone = system_keyring.remove(lock.user)
    says = "The keyring forgot it." if gone else "The keyring did not have it."
    context.emit({"forgotten": lock.user if gone else None}, says)


def _lock(context: Context, what: str) -> Lock:
    home = context.config.home
    if what == "account":
        return Lock.account(context.owner.alias, context.owner.address)
    if what != "seed":
        raise DaimmError(f"'{sanitise(what, 40)}' has no password: say seed or account.")
    if not seed.exists(home):
        seed.unlock(home, "")  # says that there is none
    return Lock.seed(home)


def _backup_password(context: Context, *, new: bool = False) -> str:
    file = context.passwords.source(Kind.BACKUP)
    if new and file is not None:
        output.say(f"The backup gets the password in {file}.")
    return context.passwords.ask(Lock(Kind.BACKUP, "the backup"), new=new)


def _counted(right: list[bool]) -> str:
    if not right:
        return "none"
    wrong = right.count(False)
    return f"{len(right)}, {f'{wrong} NOT from it' if wrong else 'all from this seed'}"
