"""Where daimm keeps its things and which chain it talks to: config.toml of the home, environment.

>>> config = load()
>>> config.profile.rpc
'http://127.0.0.1:8545'

Every key is optional, and a variable of the environment wins over the file. `daimm config show`
tells what is in force; docs/reference/configuration.md is written from here.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.files import open_regular
from daimm_cli.base.settings import (
    Table,
    checked,
    flag,
    folder,
    number,
    setting,
    several,
    table,
    text,
)
from daimm_cli.base.text import origin, parse_amount, sanitise

MAX_BYTES = 1 << 20
DEFAULT_PROFILE = "local"

_APE = "APE_DATA_FOLDER"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_KEY_LIKE = re.compile(r"(0x)?[0-9a-fA-F]{64}", re.ASCII)


def _url(value: Any) -> str:
    text(value)
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https", "ws", "wss") and bool(parts.hostname)
        usable = usable and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or sanitise(value, len(value) + 1) != value or " " in value:
        raise ValueError("must be like http://127.0.0.1:8545")
    return str(value)


def _account(value: Any) -> str:
    if _KEY_LIKE.fullmatch(text(value)):
        raise ValueError(
            "looks like a private key: put the alias of a keystore there (`daimm account import` "
            "makes one) and treat that key as leaked"
        )
    return str(value)


def _safe(value: Any) -> str | None:
    if value == "none":
        return None
    if not _ADDRESS.fullmatch(text(value)):
        raise ValueError("must be the address of a Safe, 0x and 40 digits, or none")
    return str(value)


def _market(value: Any) -> str:
    if value != "former" and not _ADDRESS.fullmatch(text(value)):
        raise ValueError("must be the address of a market, 0x and 40 digits, or former")
    return str(value)


def _ether(value: Any) -> int:
    """Wei, of a decimal number of ether in quotes."""
    try:
        return parse_amount(text(value), symbol="ether")
    except DaimmError as error:
        raise ValueError(f"is no amount: {error.message.rstrip('.')}") from None


@dataclass(frozen=True)
class Profile:
    """One chain and who acts on it."""

    rpc: str = setting(
        "Address of a node; may hold a token.", _url, "http://127.0.0.1:8545", shown=False
    )
    chain_id: int | None = setting(
        "The chain that the node must be on; else any.", number(int, 1, (1 << 63) - 1)
    )
    account: str | None = setting("Alias or address of the account that acts.", _account)
    store: Path = setting("The content-addressed store.", folder, Path("store"))
    safe: str | None = setting(
        "Address of a Safe that acts, `account` being one of its owners; or none.", _safe
    )
    safe_owners: tuple[str, ...] = setting(
        "More of its owners whose keystores are here.", several(text), ()
    )
    market: str | None = setting(
        "Address of a former market to work with, or former for the one before; else the present.",
        _market,
    )
    max_gas: int | None = setting(
        'Most that a transaction\'s gas may cost, in ether, like `"0.02"`.', _ether
    )
    legacy_fees: bool = setting(
        "The chain has no EIP-1559; never guessed from a node's word.", flag, False
    )
    drand: str = setting(
        "A relay of drand's, by which a rollup's court draws.", _url, "https://api.drand.sh"
    )

    @property
    def rpc_shown(self) -> str:
        """Scheme, host and port of the node, without user, path or query."""
        return origin(self.rpc)


@dataclass(frozen=True)
class Storage:
    """Storage beside the profile's store. Addresses hold no secrets; the files do."""

    sources: tuple[Path, ...] = setting(
        "More stores to fetch from; what they hold is checked.", several(folder), ()
    )
    kubo: str | None = setting(
        "An IPFS daemon to push to and fetch from: a multiaddress or a URL.", text
    )
    kubo_auth_file: Path | None = setting(
        "Holds `bearer:TOKEN` or `basic:USER:PASSWORD` for it.", folder
    )
    gateways: tuple[str, ...] = setting(
        "Trustless gateways to fetch from, URLs.", several(text), ()
    )
    cards: bool = setting("Fetch in the background what models are called.", flag, True)
    pinning: str | None = setting("A pinning service; `daimm store pin` asks it.", text)
    pinning_token_file: Path | None = setting("Holds its access token.", folder)


@dataclass(frozen=True, kw_only=True)
class Config:
    """config.toml, and what the environment sets instead: what one run works with.

    home: folder of config.toml, the seed, the index and (by default) the store.
    name: the profile's. origins: what set each key; `profiles.local.rpc` is one. keeper: as it
    stands; `daimm_cli.keeper.settings` checks it.
    """

    home: Path
    origins: Mapping[str, str]
    name: str = setting("The profile used when none is named.", text, "local", key="profile")
    accounts: Path = setting("Keystores; shared with Ape.", folder, Path("~/.ape/accounts"))
    password_keyring: bool = setting("Passwords are in the system's keyring.", flag, False)
    profiles: Mapping[str, Profile] = setting(
        "A table for each chain.", Table(Profile, "profiles.local", each=True)
    )
    storage: Storage = setting("Storage on other machines.", Table(Storage, "storage"))
    keeper: Mapping[str, Any] = setting("What a keeper may do.", table(lambda v: v), shown=False)

    @property
    def profile(self) -> Profile:
        return self.profiles[self.name]

    def ensure_home(self) -> Path:
        """Create the home, closed to other users, and return it."""
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise DaimmError(
                f"Cannot create {self.home} ({error.strerror}): set DAIMM_HOME to another folder."
            ) from None
        return self.home


VARIABLES = {
    "DAIMM_PROFILE": "profile",
    "DAIMM_ACCOUNTS": "accounts",
    "DAIMM_PASSWORD_KEYRING": "password_keyring",
    "DAIMM_RPC": "profiles.rpc",
    "DAIMM_CHAIN_ID": "profiles.chain_id",
    "DAIMM_ACCOUNT": "profiles.account",
    "DAIMM_SAFE": "profiles.safe",
    "DAIMM_MARKET": "profiles.market",
    "DAIMM_MAX_GAS": "profiles.max_gas",
    "DAIMM_STORE": "profiles.store",
    "DAIMM_KUBO": "storage.kubo",
    "DAIMM_CARDS": "storage.cards",
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


def home_folder(env: Mapping[str, str] | None = None) -> Path:
    folder = (os.environ if env is None else env).get("DAIMM_HOME") or "~/.daimm"
    if "\0" in folder:
        raise DaimmError("DAIMM_HOME holds a zero byte: set it again.")
    return _from_here(folder, "DAIMM_HOME")


def load(env: Mapping[str, str] | None = None, typed: Mapping[str, str] | None = None) -> Config:
    """Read config.toml (absent is fine), then let the environment override it.

    typed: the options that set variables of it, by variable. Raises DaimmError naming the file,
    variable or option and the key for what is unreadable or wrong.
    """
    env = os.environ if env is None else env
    home = home_folder(env)
    file = home / "config.toml"
    given = _read(file)
    apes = {"accounts": str(_from_here(f, _APE) / "accounts")} if (f := env.get(_APE)) else {}
    values: dict[str, Any] = {"profiles": {}, "storage": {}, "keeper": {}, **apes, **given}
    written = checked(Config, values, lambda key: f"{file}: '{key}'", home, home=home, origins={})
    chosen: dict[str, Any] = {name: env[name] for name in VARIABLES if env.get(name)}
    if accounts := chosen.get("DAIMM_ACCOUNTS"):
        chosen["DAIMM_ACCOUNTS"] = str(_from_here(accounts, "DAIMM_ACCOUNTS"))
    name = chosen.get("DAIMM_PROFILE") or written.name
    if name not in written.profiles and name != DEFAULT_PROFILE:
        known = ", ".join(sorted({DEFAULT_PROFILE, *written.profiles}))
        raise DaimmError(
            f"There is no profile '{sanitise(name, 40)}' in {file}: it has {sanitise(known)}."
        )
    if not _NAME.fullmatch(name):
        raise DaimmError(f"{file}: a profile has a plain name, like [profiles.local].")
    tables: dict[str, dict[str, Any]] = {
        "": {**values, "profile": name},
        "profiles": {**values["profiles"].get(name, {})},
        "storage": {**values["storage"]},
    }
    paths = {"": "", "profiles": f"profiles.{name}.", "storage": "storage."}
    origins = dict.fromkeys(apes, _APE) | dict.fromkeys(given, str(file))
    origins |= {f"{paths[of]}{key}": str(file) for of, t in tables.items() if of for key in t}
    variables = {}
    for variable, value in chosen.items():
        of, _, key = VARIABLES[variable].rpartition(".")
        tables[of][key] = value
        variables[f"{paths[of]}{key}"] = (typed or {}).get(variable, variable)

    def place(key: str) -> str:
        return variables.get(key, f"{file}: '{key}'")

    values = tables[""] | {
        "profiles": {**values["profiles"], name: tables["profiles"]},
        "storage": tables["storage"],
    }
    return checked(Config, values, place, home, home=home, origins=origins | variables)


def _read(file: Path) -> dict[str, Any]:
    """The whole file; empty where there is none."""
    try:
        file.stat()
        with open_regular(file) as opened:
            data = opened.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise DaimmError(
            f"Cannot read {file} ({error.strerror}): make it readable, or set DAIMM_HOME to "
            "another folder."
        ) from None
    if len(data) > MAX_BYTES:
        raise DaimmError(
            f"{file} is over 1 MiB, so it is no configuration of daimm: restore or remove it."
        )
    try:
        return tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise DaimmError(f"{file} is not valid TOML, {sanitise(error)}: correct it.") from None


def _from_here(path: str, variable: str) -> Path:
    """A folder that a variable names, from the working directory on."""
    try:
        return Path.cwd() / Path(path).expanduser()
    except RuntimeError:
        raise DaimmError(
            f"{variable} is '{sanitise(path)}', which is no folder: give a full path."
        ) from None
