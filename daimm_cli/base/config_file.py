"""What config.toml may say: a model for each table, a description for each key.

>>> File.model_validate({"profile": "base"}, context=home).profile
'base'

docs/reference/configuration.md is written from here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, ValidationInfo

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.settings import Strict
from daimm_cli.base.text import origin, parse_amount, sanitise

DEFAULT_PROFILE = "local"

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_KEY_LIKE = re.compile(r"(0x)?[0-9a-fA-F]{64}", re.ASCII)


def _folder(value: Any, info: ValidationInfo) -> Any:
    """A path as it is typed, from the home on."""
    if not isinstance(value, str | Path) or not value:
        raise ValueError("must be text in quotes")
    if "\0" in str(value):
        raise ValueError("holds a zero byte: write it again")
    try:
        return (info.context or Path()) / Path(value).expanduser()
    except RuntimeError:
        raise ValueError("names a user without a home folder: give a full path") from None


def _url(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("must be text in quotes")
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https", "ws", "wss") and bool(parts.hostname)
        usable = usable and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or sanitise(value, len(value) + 1) != value or " " in value:
        raise ValueError("must be like http://127.0.0.1:8545")
    return value


def _account(value: Any) -> Any:
    if isinstance(value, str) and _KEY_LIKE.fullmatch(value):
        raise ValueError(
            "looks like a private key: put the alias of a keystore there (`daimm account import` "
            "makes one) and treat that key as leaked"
        )
    return value


def _safe(value: Any) -> Any:
    if value == "none":
        return None
    if isinstance(value, str) and not _ADDRESS.fullmatch(value):
        raise ValueError("must be the address of a Safe, 0x and 40 digits, or none")
    return value


def _ether(value: Any) -> Any:
    """Wei, of a decimal number of ether in quotes."""
    try:
        return parse_amount(value, symbol="ether") if isinstance(value, str) else value
    except DaimmError as error:
        raise ValueError(f"is no amount: {error.message.rstrip('.')}") from None


Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[Text, ...], Field(max_length=64, strict=False)]
Folder = Annotated[Path, BeforeValidator(_folder)]
Folders = Annotated[tuple[Folder, ...], Field(max_length=64, strict=False)]


class Profile(Strict):
    """One chain and who acts on it."""

    rpc: Annotated[str, BeforeValidator(_url)] = Field(
        default="http://127.0.0.1:8545",
        repr=False,
        description="Address of a node; may hold a token.",
    )
    chain_id: int | None = Field(
        default=None, gt=0, lt=1 << 63, description="The chain that the node must be on; else any."
    )
    account: Annotated[Text | None, BeforeValidator(_account)] = Field(
        default=None, description="Alias or address of the account that acts."
    )
    store: Folder = Field(default=Path("store"), description="The content-addressed store.")
    safe: Annotated[str | None, BeforeValidator(_safe)] = Field(
        default=None,
        description="Address of a Safe that acts, `account` being one of its owners; or none.",
    )
    safe_owners: Texts = Field(
        default=(), description="More of its owners whose keystores are here."
    )
    max_gas: Annotated[int | None, BeforeValidator(_ether)] = Field(
        default=None,
        description='Most that a transaction\'s gas may cost, in ether, like `"0.02"`.',
    )
    legacy_fees: bool = Field(
        default=False, description="The chain has no EIP-1559; never guessed from a node's word."
    )

    @property
    def rpc_shown(self) -> str:
        """Scheme, host and port of the node, without user, path or query."""
        return origin(self.rpc)


class Storage(Strict):
    """Storage beside the profile's store. Addresses hold no secrets; the files do."""

    sources: Folders = Field(
        default=(), description="More stores to fetch from; what they hold is checked."
    )
    kubo: Text | None = Field(
        default=None,
        description="An IPFS daemon to push to and fetch from: a multiaddress or a URL.",
    )
    kubo_auth_file: Folder | None = Field(
        default=None, description="Holds `bearer:TOKEN` or `basic:USER:PASSWORD` for it."
    )
    gateways: Texts = Field(default=(), description="Trustless gateways to fetch from, URLs.")
    pinning: Text | None = Field(
        default=None, description="A pinning service; `daimm store pin` asks it."
    )
    pinning_token_file: Folder | None = Field(default=None, description="Holds its access token.")


class File(Strict):
    """config.toml."""

    profile: Text = Field(
        default=DEFAULT_PROFILE, description="The profile used when none is named."
    )
    accounts: Folder = Field(
        default=Path("~/.ape/accounts"), description="Keystores; shared with Ape."
    )
    password_keyring: bool = Field(
        default=False, description="Passwords are in the system's keyring."
    )
    profiles: dict[str, Profile] = Field(default={}, description="A table for each chain.")
    storage: Storage = Field(default=Storage(), description="Storage on other machines.")
    keeper: dict[str, Any] = Field(default={}, description="What a keeper may do.")


VARIABLES = {
    "DAIMM_PROFILE": "profile",
    "DAIMM_ACCOUNTS": "accounts",
    "DAIMM_PASSWORD_KEYRING": "password_keyring",
    "DAIMM_RPC": "profiles.rpc",
    "DAIMM_CHAIN_ID": "profiles.chain_id",
    "DAIMM_ACCOUNT": "profiles.account",
    "DAIMM_SAFE": "profiles.safe",
    "DAIMM_MAX_GAS": "profiles.max_gas",
    "DAIMM_STORE": "profiles.store",
    "DAIMM_KUBO": "storage.kubo",
}
"""The variable that wins over each key; those of a profile over the one that is used."""

OTHER_VARIABLES = {
    "DAIMM_HOME": "Folder of config.toml, the seed, the index and the store; else `~/.daimm`.",
    "DAIMM_PASSWORD_FILE": "File (mode 600, or a pipe) with the password that is asked for.",
    "DAIMM_SEED_PASSWORD_FILE": "The same for the seed alone; it comes first.",
    "DAIMM_BACKUP_PASSWORD_FILE": "The same for backups alone; it comes first.",
    "CREDENTIALS_DIRECTORY": "Set by systemd: passwords are in `daimm-password`, or in "
    "`daimm-account-password`, `daimm-seed-password`, `daimm-backup-password`.",
    "APE_DATA_FOLDER": "Ape's folder, whose `accounts` are used where no setting says otherwise.",
    "DAIMM_DEPLOYMENTS": "Folder of address books that is looked into first.",
    "DAIMM_DEBUG": "1: a fault shows where it happened instead of one sentence.",
}
"""What the environment sets that has no key."""
