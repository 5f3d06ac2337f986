"""One encrypted file that restores every secret of a home, on another machine if need be.

>>> made = export(home, seed, Path("daimm-backup.json"), "a password of its own")
>>> restore(other_home, read(made.file), "a password of its own", lambda: "the new seed's password")

It is a seed file with the labels of the home's key lines beside it. From the seed follow all line
secrets (with the label) and all order keys (with the order on the chain); nothing else has to be
saved. Accounts are not in it: their keystores are files that are backed up as they are.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from daimm_cli.accounts import keystore, seed
from daimm_cli.accounts.labels import MOST, Labels
from daimm_cli.base import records
from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.base.text import sanitise

MAX_BYTES = 1 << 20
RECORD = "backup.json"


@dataclass(frozen=True)
class Backup:
    """A backup file, not yet opened. fingerprint: what it states, which nothing vouches for."""

    file: Path
    fingerprint: str | None
    labels: tuple[bytes, ...]
    _parsed: Mapping[str, Any] = field(repr=False)

    def open(self, password: str) -> bytes:
        """The seed in it; raises WrongPassword."""
        return seed.open_seed(self._parsed, password, str(self.file), "the backup")


@dataclass(frozen=True)
class LastBackup:
    """When a seed was last backed up, in seconds since 1970, and to which file."""

    fingerprint: str
    at: int
    file: str


def require_new(target: Path) -> None:
    """Raise DaimmError where there is something at `target`, before anybody types a password."""
    if os.path.lexists(target.expanduser()):
        raise DaimmError(_taken(target))


def export(home: Path, secret: bytes, target: Path, password: str) -> Backup:
    """Write a backup of the home's seed to `target`, read it back and open it.

    Raises DaimmError where the file is there already or its folder is not, VerificationFailed where
    it does not read back; nothing is left behind then.
    """
    target = target.expanduser().absolute()
    if not target.parent.is_dir():
        raise DaimmError(f"There is no folder {target.parent}: make it, or mount the disk.")
    labels = Labels(home).all()[-MOST:]
    data = seed.pack_seed(secret, password, labels=["0x" + label.hex() for label in labels])
    try:
        keystore.write_new(target, data, _taken(target))
    except OSError as error:
        raise DaimmError(
            f"Cannot write {target} ({error.strerror}): write the backup to a disk of this "
            "machine and copy it from there."
        ) from None
    try:
        made = read(target)
        right = made.open(password) == secret and list(made.labels) == labels
    except DaimmError:
        right = False
    if not right:
        target.unlink(missing_ok=True)
        raise VerificationFailed(
            f"What was written to {target} did not read back right, and was removed: check the "
            "disk, or take another."
        )
    with contextlib.suppress(OSError):  # the backup is good, whatever the home can remember of it
        _note(home, LastBackup(seed.fingerprint(secret), int(time.time()), str(target)))
    return made


def read(source: Path) -> Backup:
    """The backup in a file, or a copied seed.json; raises DaimmError for anything else."""
    parsed = keystore.read_keystore(source, MAX_BYTES)
    seed.require_seed(parsed, str(source))
    try:
        texts = parsed.get("labels", [])
        labels = tuple(bytes.fromhex(text.removeprefix("0x")) for text in texts)
    except (TypeError, ValueError, AttributeError):
        labels = (b"",)
    if any(len(label) != 32 for label in labels) or len(labels) > MOST:
        raise DaimmError(f"{sanitise(source)} is damaged: take another copy of the backup.")
    return Backup(source, seed.fingerprint_in(parsed), labels, parsed)


def restore(home: Path, backup: Backup, secret: bytes, password: Callable[[], str]) -> bool:
    """Put the seed of an opened backup into a home; False where it was there already.

    secret: the home's seed where it has one, else the backup's (`require_same` compared them).
    password: gives the seed's new password. Whenever this is cut off, doing it again completes it.
    """
    Labels(home).add(*backup.labels)
    fingerprint = seed.fingerprint(secret)
    if last(home, fingerprint) is None:
        made_at = int(backup.file.stat().st_mtime)
        _note(home, LastBackup(fingerprint, made_at, str(backup.file.absolute())))
    if seed.exists(home):
        return False
    chosen = password()
    seed.store(home, seed.pack_seed(secret, chosen))
    if seed.unlock(home, chosen) != secret:
        raise VerificationFailed(
            f"The seed in {home} does not read back right: remove it, check the disk, try again."
        )
    return True


def require_same(home: Path, mine: str, theirs: str) -> None:
    """Raise DaimmError where a home has another seed than the backup; both are fingerprints."""
    if mine != theirs:
        raise DaimmError(
            f"{home} has another seed ({mine}) than the backup ({theirs}): a seed is never "
            "replaced. Import into a new home, with --home."
        )


def last(home: Path, fingerprint: str | None) -> LastBackup | None:
    """The last backup of this seed that was made from this home; None: of whatever seed."""
    found = records.take(
        home / RECORD,
        lambda data: LastBackup(
            str(data["fingerprint"]), int(data["at"]), sanitise(data["file"], 1000)
        ),
    )
    return found if found and fingerprint in (None, found.fingerprint) else None


def _taken(target: Path) -> str:
    return f"{target} exists: a backup never replaces a file."


def _note(home: Path, made: LastBackup) -> None:
    records.keep(home / RECORD, dataclasses.asdict(made))
