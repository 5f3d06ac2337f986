"""Where a password comes from: a file, systemd's credentials, the system's keyring, or it is typed.

>>> passwords = Passwords(os.environ, keyring=True)
>>> seed = passwords.open(Lock.seed(home), lambda password: unlock(home, password))

The first that is there is taken, in the order above. DAIMM_PASSWORD_FILE serves everything;
DAIMM_SEED_PASSWORD_FILE and DAIMM_BACKUP_PASSWORD_FILE serve the seed and backups before it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from daimm_cli.accounts import seed, system_keyring
from daimm_cli.accounts.keystore import WrongPassword, ask_password, read_secret
from daimm_cli.cli.output import say

CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""Set by systemd for a service that has LoadCredential=."""

_TRIES = 3
_OF_OTHERS = 0o007  # systemd lets the service in by an access list, which shows as the group's
_T = TypeVar("_T")


class Kind(enum.Enum):
    """What a password opens."""

    SEED = "seed"
    ACCOUNT = "account"
    BACKUP = "backup"


@dataclass(frozen=True)
class Lock:
    """One thing that has a password. what: in a prompt; user: its name in the keyring, if any."""

    kind: Kind
    what: str
    user: str | None = None

    @classmethod
    def seed(cls, home: Path) -> Lock:
        """A home's seed, by its fingerprint, or by the home where its file states none."""
        return cls(Kind.SEED, "the seed", f"seed:{seed.stated_fingerprint(home) or home}")

    @classmethod
    def account(cls, alias: str, address: str) -> Lock:
        """An account's keystore; the keyring has none whose address is not known yet."""
        return cls(Kind.ACCOUNT, f"account '{alias}'", f"account:{address}" if address else None)


class Passwords:
    """The passwords of one run. keyring: whether to look there."""

    def __init__(self, env: Mapping[str, str], *, keyring: bool = False) -> None:
        self._env = env
        self._keyring = keyring

    def open(self, lock: Lock, opening: Callable[[str], _T]) -> _T:
        """What `opening` gives for the password; WrongPassword says where that was from.

        One that is typed may be typed wrong twice.
        """
        kept = self._filed(lock.kind)
        if kept is not None:
            return opening(kept)
        if self._keyring and lock.user and (kept := system_keyring.get(lock.user)) is not None:
            try:
                return opening(kept)
            except WrongPassword:
                raise WrongPassword(
                    f"The password that the keyring has does not open {lock.what}: let it "
                    "remember the right one.",
                    hint=f"daimm secrets remember {lock.kind.value}",
                ) from None
        for _ in range(_TRIES - 1):
            try:
                return opening(self.ask(lock))
            except WrongPassword as error:
                say(error.message)
        return opening(self.ask(lock))

    def ask(self, lock: Lock, *, new: bool = False) -> str:
        """The password from a file, else typed; never the keyring's. new: typed twice."""
        kept = self._filed(lock.kind)
        return ask_password(lock.what, new=new) if kept is None else kept

    def source(self, kind: Kind) -> Path | None:
        """The file that holds the password of things of this kind."""
        for name in (f"DAIMM_{kind.value.upper()}_PASSWORD_FILE", "DAIMM_PASSWORD_FILE"):
            if file := self._env.get(name):
                return Path(file)
        if folder := self._env.get(CREDENTIALS):
            names = f"daimm-{kind.value}-password", "daimm-password"
            files = [Path(folder) / name for name in names]
            return next((file for file in files if file.is_file()), None)
        return None

    def _filed(self, kind: Kind) -> str | None:
        file = self.source(kind)
        if file is None:
            return None
        folder = self._env.get(CREDENTIALS)
        loaded = folder is not None and file.parent == Path(folder)
        return read_secret(file, "the password", closed=_OF_OTHERS if loaded else 0o077)
