"""`daimm account`: the keystores that sign."""

from __future__ import annotations

import shlex
from typing import Annotated

from daimm_cli.accounts import devices
from daimm_cli.accounts.accounts import AccountInfo, key_from
from daimm_cli.accounts.keystore import ask_secret
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, option
from daimm_cli.cli.verbs import Kind, Part

app = App()

Alias = Annotated[str, argument("Name to call the account by.")]


def _parts(_: Context, info: AccountInfo) -> list[Part]:
    file = info.path and str(info.path)
    return [
        Part("alias", info.alias, "alias", "alias"),
        Part("address", info.address, "address", "address", info.address or "(not opened yet)"),
        Part("path", info.path, "file", text=file),
        Part("kind", info.kind, "kind", "kind"),
    ]


ACCOUNT = Kind(_parts, ("alias", "address", "kind"))


@app.command("new", "daimm account new seller")
def new(context: Context, alias: Alias) -> None:
    """Make an account: a new key in a keystore.

    The keystore is encrypted and the same that Ape and geth use. Back the file up: nobody can
    restore a lost key.
    """
    context.accounts.require_free(alias)
    made = context.accounts.create(alias, context.password(f"the new account '{alias}'", new=True))
    ACCOUNT.show(context, made)
    alias = shlex.quote(made.alias)
    context.next(
        f"send it ether for gas; test networks give AIM, too: daimm faucet --account {alias}"
    )


@app.command(
    "import",
    "daimm account import seller",
    "daimm account import seller --from words.txt --hd-path \"m/44'/60'/0'/0/1\"",
)
def import_(
    context: Context,
    alias: Alias,
    source: str | None = option(
        "File (mode 600) that holds the key or the words; - is stdin.", "FILE", "--from"
    ),
    hd_path: str = option("Which key of a mnemonic.", "PATH", default="m/44'/60'/0'/0/0"),
) -> None:
    """Keep an existing private key or mnemonic.

    It is typed unseen, read from a file or from stdin, and never given as an argument.
    """
    context.accounts.require_free(alias)
    secret = ask_secret("the private key or mnemonic", source)
    key_from(secret, hd_path)  # what is wrong with it is told before a password is chosen
    password = context.password(f"the new account '{alias}'", new=True)
    ACCOUNT.show(context, context.accounts.import_secret(alias, secret, password, hd_path))


@app.command("list", "daimm account list")
def list_(context: Context) -> None:
    """List the accounts: alias, address and where the key is.

    Keystores, and the accounts of Ape's plugins for hardware wallets where they are installed.
    """
    found = [*context.accounts.list(), *devices.listed()]
    ACCOUNT.list(context, found, empty="No accounts yet.", step="daimm account new seller")


@app.command("show", "daimm account show seller")
def show(
    context: Context,
    name: str | None = argument("Alias or address; else the account that would act.", default=None),
) -> None:
    """Show an account's address and keystore file."""
    ACCOUNT.show(context, context.me if name is None else context.find_account(name))
