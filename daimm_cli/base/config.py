"""Where daimm keeps its things and which chain it talks to.

`$DAIMM_HOME/config.toml` (default `~/.daimm`), every key optional:

    profile = "local"                   # the one used when none is named
    accounts = "~/.ape/accounts"        # keystores; shared with Ape
    password_keyring = true             # passwords are in the system's keyring

    [profiles.local]
    rpc = "http://127.0.0.1:8545"
    chain_id = 31337
    account = "seller"                  # a keystore's alias
    store = "store"                     # relative to the home
    safe = "0x..."                      # a Safe that acts; `account` is one of its owners then
    safe_owners = ["bob"]               # more of its owners whose keystores are here

    [storage]
    sources = ["/mnt/shared/store"]     # more stores to fetch from; what they hold is checked
    kubo = "/ip4/127.0.0.1/tcp/5001"    # an IPFS daemon to push to and fetch from; or a URL
    kubo_auth_file = "kubo.secret"      # holds bearer:TOKEN or basic:USER:PASSWORD
    gateways = ["https://gateway.example"]  # trustless gateways to fetch from
    pinning = "https://pins.example"    # a pinning service; `daimm store pin` asks it
    pinning_token_file = "pins.secret"  # holds its access token

    [keeper]                            # see daimm_cli/keeper/settings.py

The environment wins: DAIMM_PROFILE, DAIMM_ACCOUNTS, DAIMM_RPC, DAIMM_CHAIN_ID, DAIMM_ACCOUNT,
DAIMM_SAFE (or none), DAIMM_STORE, DAIMM_KUBO, DAIMM_PASSWORD_KEYRING (1 or 0).

>>> config = load()
>>> config.profile.rpc
'http://127.0.0.1:8545'
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.tables import Table
from daimm_cli.base.text import sanitise

DEFAULT_PROFILE = "local"
DEFAULT_RPC = "http://127.0.0.1:8545"

_SHARED_KEYS = {"profile", "accounts", "password_keyring", "profiles", "storage", "keeper"}
_STORAGE_KEYS = {
    "sources", "kubo", "kubo_auth_file", "gateways", "pinning", "pinning_token_file",
}  # fmt: skip
_PROFILE_KEYS = {"rpc", "chain_id", "account", "store", "safe", "safe_owners"}
_ELSEWHERE = {
    **dict.fromkeys(_PROFILE_KEYS, "belongs to a profile: put it under [profiles.local]."),
    **dict.fromkeys(_STORAGE_KEYS, "is about storage: put it under [storage]."),
}
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_KEY_LIKE = re.compile(r"(0x)?[0-9a-fA-F]{64}", re.ASCII)


@dataclass(frozen=True)
class Profile:
    """One chain and who acts on it.

    rpc: address of a node; may hold a provider's token, so print `rpc_shown` instead.
    chain_id: the chain that the node must be on, or None to take the node's word.
    account: alias or address of the keystore used when a command names none.
    store: folder of the content-addressed store.
    safe: address of the Safe that acts; `account` is one of its owners then.
    safe_owners: more of its owners whose keystores are here.
    """

    name: str
    rpc: str = field(repr=False)
    chain_id: int | None
    account: str | None
    store: Path
    safe: str | None = None
    safe_owners: tuple[str, ...] = ()

    @property
    def rpc_shown(self) -> str:
        """Scheme, host and port of the node, without user, path or query."""
        parts = urlsplit(self.rpc)
        port = f":{parts.port}" if parts.port else ""
        return sanitise(f"{parts.scheme}://{parts.hostname}{port}")


@dataclass(frozen=True)
class Remote:
    """Storage on other machines. Addresses hold no secrets; the files do."""

    kubo: str | None = None
    kubo_auth_file: Path | None = None
    gateways: tuple[str, ...] = ()
    pinning: str | None = None
    pinning_token_file: Path | None = None


@dataclass(frozen=True)
class Config:
    """The settings that one run works with.

    home: folder of config.toml, the seed, the index and (by default) the store.
    accounts: folder of the keystores.
    sources: folders of stores that files are fetched from when the profile's own lacks them.
    remote: the IPFS daemon, gateways and pinning service to use beside them.
    keeper: the table [keeper] as it stands; `daimm_cli.keeper.settings` checks it.
    password_keyring: whether to look for passwords in the system's keyring.
    """

    home: Path
    accounts: Path
    profile: Profile
    sources: tuple[Path, ...] = ()
    remote: Remote = Remote()
    keeper: Mapping[str, Any] = field(default_factory=dict)
    password_keyring: bool = False

    def ensure_home(self) -> Path:
        """Create the home, closed to other users, and return it."""
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise DaimmError(
                f"Cannot create {self.home} ({error.strerror}): set DAIMM_HOME to another folder."
            ) from None
        return self.home


def home_folder(env: Mapping[str, str] | None = None) -> Path:
    """`DAIMM_HOME`, or `~/.daimm`."""
    return _path((os.environ if env is None else env).get("DAIMM_HOME") or "~/.daimm")


def load(profile: str | None = None, env: Mapping[str, str] | None = None) -> Config:
    """Read config.toml (absent is fine), then let the environment override it.

    profile: the profile's name; else DAIMM_PROFILE, the file's `profile`, "local".
    Raises DaimmError naming the file and the key for anything unreadable, unknown or mistyped.
    """
    env = os.environ if env is None else env
    home = home_folder(env)
    file = home / "config.toml"
    settings = Table.read(file)
    settings.only(_SHARED_KEYS, elsewhere=_ELSEWHERE)
    profiles = settings.values.get("profiles", {})
    if not isinstance(profiles, dict):
        raise DaimmError(f"{file}: 'profiles' must be tables, like [profiles.local].")
    name = profile or env.get("DAIMM_PROFILE") or settings.text("profile") or DEFAULT_PROFILE
    if name not in profiles and name != DEFAULT_PROFILE:
        known = ", ".join(sorted({DEFAULT_PROFILE, *profiles}))
        raise DaimmError(
            f"There is no profile '{sanitise(name, 40)}' in {file}: it has {sanitise(known)}."
        )
    storage = settings.table("storage")
    storage.only(_STORAGE_KEYS)
    listed = storage.texts("sources", 'folders, like ["/mnt/store"]')
    return Config(
        home=home,
        accounts=_accounts(env, settings.text("accounts"), home),
        profile=_profile(name, profiles.get(name, {}), home, env, file),
        sources=tuple(home / _path(path) for path in listed),
        remote=_remote(storage, home, env),
        keeper=settings.table("keeper").values,
        password_keyring=_keyring(settings, env),
    )


def _profile(
    name: str, settings: object, home: Path, env: Mapping[str, str], file: Path
) -> Profile:
    if not isinstance(settings, dict) or not _NAME.fullmatch(name):
        raise DaimmError(f"{file}: a profile is a table with a plain name, like [profiles.local].")
    table = Table(file, settings, f"profiles.{name}.")
    table.only(_PROFILE_KEYS)
    rpc = env.get("DAIMM_RPC") or table.text("rpc") or DEFAULT_RPC
    account = env.get("DAIMM_ACCOUNT") or table.text("account")
    if account and _KEY_LIKE.fullmatch(account):
        raise DaimmError(
            "The account setting looks like a private key: put the alias of a keystore there "
            "(`daimm account import` makes one) and treat that key as leaked."
        )
    store = env.get("DAIMM_STORE") or table.text("store") or "store"
    return Profile(
        name,
        _url(rpc),
        _chain_id(table, env),
        account,
        home / _path(store),
        _safe(table, env),
        table.texts("safe_owners", 'accounts, like ["bob"]'),
    )


def _safe(table: Table, env: Mapping[str, str]) -> str | None:
    configured = table.text("safe")
    safe = env.get("DAIMM_SAFE") or configured
    if safe == "none":
        return None
    if safe and not _ADDRESS.fullmatch(safe):
        raise DaimmError(
            f"{table.place('safe')} (or DAIMM_SAFE) must be the address of a Safe, 0x and 40 "
            "digits, or none."
        )
    return safe


def _remote(storage: Table, home: Path, env: Mapping[str, str]) -> Remote:
    def secret(key: str) -> Path | None:
        text = storage.text(key)
        return home / _path(text) if text else None

    return Remote(
        kubo=env.get("DAIMM_KUBO") or storage.text("kubo"),
        kubo_auth_file=secret("kubo_auth_file"),
        gateways=storage.texts("gateways", 'URLs, like ["https://gateway.example"]'),
        pinning=storage.text("pinning"),
        pinning_token_file=secret("pinning_token_file"),
    )


def _accounts(env: Mapping[str, str], configured: str | None, home: Path) -> Path:
    if chosen := env.get("DAIMM_ACCOUNTS"):
        return _path(chosen)
    if configured:
        return home / _path(configured)
    return _path(env.get("APE_DATA_FOLDER") or "~/.ape") / "accounts"


def _keyring(settings: Table, env: Mapping[str, str]) -> bool:
    if text := env.get("DAIMM_PASSWORD_KEYRING"):
        if text not in ("0", "1"):
            raise DaimmError(f"DAIMM_PASSWORD_KEYRING is '{sanitise(text, 40)}': set it to 1 or 0.")
        return text == "1"
    value = settings.values.get("password_keyring", False)
    if type(value) is not bool:
        raise DaimmError(f"{settings.place('password_keyring')} must be true or false.")
    return value


def _chain_id(table: Table, env: Mapping[str, str]) -> int | None:
    if text := env.get("DAIMM_CHAIN_ID"):
        if not re.fullmatch(r"[1-9][0-9]{0,18}", text, re.ASCII):
            raise DaimmError(f"DAIMM_CHAIN_ID is '{sanitise(text, 40)}': give a number like 31337.")
        return int(text)
    value = table.values.get("chain_id")
    if value is not None and (type(value) is not int or not 0 < value < 1 << 63):
        raise DaimmError(f"{table.place('chain_id')} must be a number like 31337.")
    return value


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https", "ws", "wss") and bool(parts.hostname)
        usable = usable and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or sanitise(text, len(text) + 1) != text or " " in text:
        raise DaimmError(
            "The node's address must be like http://127.0.0.1:8545: set DAIMM_RPC or 'rpc'."
        )
    return text


def _path(text: str) -> Path:
    if "\0" in text:
        raise DaimmError("A folder's name in the settings holds a zero byte: write it again.")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise DaimmError(
            f"Cannot find the home folder for '{sanitise(text)}': give a full path."
        ) from None
