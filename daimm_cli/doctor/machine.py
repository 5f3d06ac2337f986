"""This machine: Python, the settings, the home, and who can read what."""

from __future__ import annotations

import importlib
import os
import stat
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from daimm_cli.doctor.examination import Check, Patient, Said, ok, problem, warning

OTHERS = 0o077
RECORDS = ("drafts", "keeper", "keys", "purchases")
OLD_BACKUP = 90 * 86_400


def python(_patient: Patient) -> Said:
    from daimm_cli import __version__

    version = ".".join(map(str, sys.version_info[:3]))
    for package in ("coincurve", "cryptography.hazmat.primitives.ciphers.aead", "web3"):
        try:
            importlib.import_module(package)
        except ImportError:
            return problem(f"{package.partition('.')[0]} cannot be loaded", "install daimm again")
    return ok(f"{version}, daimm {__version__}")


def settings(patient: Patient) -> Said:
    config = patient.context.config
    file = config.home / "config.toml"
    where = f"profile {config.name}, node {config.profile.rpc_shown}"
    if not file.exists():
        return ok(f"no {file}, defaults and environment serve; {where}")
    mode = _mode(file)
    if mode & 0o022:
        return problem(f"others can change {file}", f"chmod 600 {file}")
    if mode & OTHERS and _has_token(config.profile.rpc):
        return warning(f"others can read the node's token in {file}", f"chmod 600 {file}")
    return ok(f"{file}; {where}")


def home(patient: Patient) -> Said:
    folder = patient.context.config.home
    if not folder.exists():
        return ok(f"{folder} is made when it is needed")
    status = folder.stat()
    if not stat.S_ISDIR(status.st_mode):
        return problem(f"{folder} is no folder", "set DAIMM_HOME to another place")
    if status.st_uid != os.geteuid():
        return problem(f"{folder} belongs to another user", "set DAIMM_HOME to a folder of yours")
    if not os.access(folder, os.W_OK | os.X_OK):
        return problem(f"{folder} cannot be written to", f"chmod 700 {folder}")
    if status.st_mode & 0o022:
        return problem(f"others can change what is in {folder}", f"chmod 700 {folder}")
    if status.st_mode & OTHERS:
        return warning(f"others can look into {folder}", f"chmod 700 {folder}")
    return ok(str(folder))


def seed_file(patient: Patient) -> Said:
    """The seed: there, closed, of the right shape; with --deep it opens."""
    from daimm_cli.accounts import keystore, seed

    file = seed.seed_path(patient.context.config.home)
    if not file.exists():
        return warning(f"no seed in {file.parent}", "one is made when you publish or buy first")
    if _mode(file) & OTHERS:
        return problem(f"others can read {file}", f"chmod 600 {file}")
    parsed = keystore.read_keystore(file)
    seed.require_seed(parsed, str(file))
    stated = seed.fingerprint_in(parsed) or "without a fingerprint"
    if not patient.deep:
        return ok(f"{stated}; --deep tries its password")
    if patient.refusal is not None:
        raise patient.refusal
    return ok(f"{seed.fingerprint(patient.context.seed)}, opens")


def backup(patient: Patient) -> Said:
    from daimm_cli.accounts import seed
    from daimm_cli.accounts.backup import last
    from daimm_cli.base.text import time_shown

    home = patient.context.config.home
    if not seed.exists(home):
        return ok("nothing to back up yet")
    found = last(home, seed.stated_fingerprint(home))
    if found is None:
        return warning("no backup is known", "daimm secrets export daimm-backup.json")
    says = f"{time_shown(found.at)}, {found.file}"
    if time.time() - found.at > OLD_BACKUP:
        return warning(f"the last one is old: {says}", "daimm secrets export a new one")
    return ok(says)


def secret_files(patient: Patient) -> Said:
    from daimm_cli.accounts.passwords import Kind

    context = patient.context
    named = {context.passwords.source(kind) for kind in Kind}
    named |= {context.config.storage.kubo_auth_file, context.config.storage.pinning_token_file}
    folder = context.environment.get("CREDENTIALS_DIRECTORY")
    loaded = Path(folder) if folder else None
    files = sorted(file for file in named if file is not None and file.parent != loaded)
    kept = [info.path for info in context.accounts.list() if info.path is not None]
    kept += sorted(context.config.home.glob("keys/*/*.json"))[:1000]
    missing = [file for file in files if not file.exists()]
    if missing:
        return problem(f"{missing[0]} is not there", "correct the setting that names it")
    open_ones = [file for file in [*files, *kept] if file.is_file() and _mode(file) & OTHERS]
    if open_ones:
        more = f" and {len(open_ones) - 1} more" if len(open_ones) > 1 else ""
        return problem(f"others can read {open_ones[0]}{more}", f"chmod 600 {open_ones[0]}")
    return ok(f"{len(files) + len(kept)} files, all closed to others")


def damaged_records(patient: Patient) -> Said:
    from daimm_cli.base.records import damaged

    home = patient.context.config.home
    found = [file for name in RECORDS for file in damaged(home / name)]
    if found:
        return warning(
            f"{len(found)} were damaged and set aside, {found[0]} among them",
            "see whether the disk is well, and remove them once nothing is missing",
        )
    return ok("none damaged")


def keyring(patient: Patient) -> Said:
    from daimm_cli.accounts import system_keyring
    from daimm_cli.accounts.passwords import Lock

    if not patient.context.config.password_keyring:
        return ok("not used (password_keyring in config.toml)")
    where = system_keyring.backend()
    user = Lock.seed(patient.context.config.home).user
    assert user is not None
    if system_keyring.get(user) is None:
        return warning(f"{where} does not have the seed's password", "daimm secrets remember")
    return ok(f"{where} has the seed's password")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _has_token(rpc: str) -> bool:
    parts = urlsplit(rpc)
    return bool(parts.username or parts.query or parts.path.strip("/"))


CHECKS = (
    Check("python", python),
    Check("settings", settings),
    Check("home", home, ("settings",)),
    Check("seed", seed_file, ("settings",)),
    Check("backup", backup, ("settings", "seed")),
    Check("secret files", secret_files, ("settings",)),
    Check("records", damaged_records, ("settings",)),
    Check("keyring", keyring, ("settings",)),
)
