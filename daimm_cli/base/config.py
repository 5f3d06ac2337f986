"""Where daimm keeps its things and which chain it talks to: config.toml of the home, environment.

>>> config = load()
>>> config.profile.rpc
'http://127.0.0.1:8545'

Every key is optional, and a variable of the environment wins over the file. `config_file` has the
keys; `daimm config show` tells what is in force.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daimm_cli.base.config_file import DEFAULT_PROFILE, VARIABLES, File, Profile, Storage
from daimm_cli.base.errors import DaimmError
from daimm_cli.base.files import open_regular
from daimm_cli.base.settings import checked
from daimm_cli.base.text import sanitise

MAX_BYTES = 1 << 20

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_WHOLE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True)
class Config:
    """The settings that one run works with.

    home: folder of config.toml, the seed, the index and (by default) the store.
    name: the profile's. origins: what set each key of the shared ones, `profiles` and `storage`.
    """

    home: Path
    name: str
    profile: Profile
    shared: File
    origins: Mapping[str, str]

    @property
    def accounts(self) -> Path:
        return self.shared.accounts

    @property
    def password_keyring(self) -> bool:
        """Whether to look for passwords in the system's keyring."""
        return self.shared.password_keyring

    @property
    def storage(self) -> Storage:
        return self.shared.storage

    @property
    def keeper(self) -> Mapping[str, Any]:
        """The table [keeper] as it stands; `daimm_cli.keeper.settings` checks it."""
        return self.shared.keeper

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
    text = (os.environ if env is None else env).get("DAIMM_HOME") or "~/.daimm"
    if "\0" in text:
        raise DaimmError("DAIMM_HOME holds a zero byte: set it again.")
    return _from_here(text, "DAIMM_HOME")


def load(profile: str | None = None, env: Mapping[str, str] | None = None) -> Config:
    """Read config.toml (absent is fine), then let the environment override it.

    profile: the profile's name; else DAIMM_PROFILE, the file's `profile`, "local".
    Raises DaimmError naming the file or variable and the key for what is unreadable or wrong.
    """
    env = os.environ if env is None else env
    home = home_folder(env)
    file = home / "config.toml"
    given = _read(file)
    apes = _apes(env)
    written = {**apes, **given}
    shared = checked(File, written, lambda key: f"{file}: '{key}'", home)
    chosen = _chosen(env)
    name = profile or chosen.get("profile") or shared.profile
    if name not in shared.profiles and name != DEFAULT_PROFILE:
        known = ", ".join(sorted({DEFAULT_PROFILE, *shared.profiles}))
        raise DaimmError(
            f"There is no profile '{sanitise(name, 40)}' in {file}: it has {sanitise(known)}."
        )
    if not _NAME.fullmatch(name):
        raise DaimmError(f"{file}: a profile has a plain name, like [profiles.local].")
    tables: dict[str, dict[str, Any]] = {
        "": written,
        "profiles": given.get("profiles", {}).get(name, {}),
        "storage": given.get("storage", {}),
    }
    origins = dict.fromkeys(apes, "APE_DATA_FOLDER") | {key: str(file) for key in given}
    origins |= {f"{of}.{key}": str(file) for of, keys in tables.items() if of for key in keys}
    variables = {key: variable for variable, key in VARIABLES.items()}
    for key, value in chosen.items():
        of, _, last = key.rpartition(".")
        tables[of] = {**tables[of], last: value}
        origins[key] = variables[key]

    def place(key: str) -> str:
        return variables[key] if key in chosen else f"{file}: '{key}'"

    return Config(
        home,
        name,
        checked(Profile, tables["profiles"], lambda key: place(f"profiles.{key}"), home),
        checked(File, {**tables[""], "storage": tables["storage"]}, place, home),
        origins,
    )


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


def _chosen(env: Mapping[str, str]) -> dict[str, Any]:
    """What the environment sets, by key, in the kinds that the models take."""
    chosen: dict[str, Any] = {key: env[name] for name, key in VARIABLES.items() if env.get(name)}
    if folder := chosen.get("accounts"):
        chosen["accounts"] = str(_from_here(folder, "DAIMM_ACCOUNTS"))
    if text := chosen.get("password_keyring"):
        if text not in ("0", "1"):
            raise DaimmError(f"DAIMM_PASSWORD_KEYRING is '{sanitise(text, 40)}': set it to 1 or 0.")
        chosen["password_keyring"] = text == "1"
    if text := chosen.get("profiles.chain_id"):
        if not _WHOLE.fullmatch(text):
            raise DaimmError(f"DAIMM_CHAIN_ID is '{sanitise(text, 40)}': give a number like 31337.")
        chosen["profiles.chain_id"] = int(text)
    return chosen


def _apes(env: Mapping[str, str]) -> dict[str, str]:
    folder = env.get("APE_DATA_FOLDER")
    accounts = _from_here(folder, "APE_DATA_FOLDER") / "accounts" if folder else None
    return {"accounts": str(accounts)} if accounts else {}


def _from_here(text: str, name: str) -> Path:
    """A folder that a variable names, from the working directory on."""
    try:
        return Path.cwd() / Path(text).expanduser()
    except RuntimeError:
        raise DaimmError(
            f"{name} is '{sanitise(text)}', which is no folder: give a full path."
        ) from None
