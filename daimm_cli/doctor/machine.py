"""This machine: Python, the settings, the home, who can read what, the store, and the services that
the settings name."""

from __future__ import annotations

import importlib
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from daimm_cli import __version__
from daimm_cli.accounts import keystore, seed, system_keyring
from daimm_cli.accounts.backup import last
from daimm_cli.accounts.passwords import Kind, Lock
from daimm_cli.artifact.unixfs import Cid
from daimm_cli.base.errors import DaimmError
from daimm_cli.base.records import damaged
from daimm_cli.base.text import origin, time_shown
from daimm_cli.doctor.examination import PATIENCE, Check, Patient, Said, ok, problem, warning
from daimm_cli.store.base import NotStored
from daimm_cli.store.fetcher import pinning, require_daemon
from daimm_cli.store.gateway import Gateway
from daimm_cli.store.queue import Queue

OTHERS = 0o077
RECORDS = ("drafts", "keeper", "keys", "purchases")
OLD_BACKUP = 90 * 86_400
LITTLE = 2 << 30
NOTHING = 200 << 20
"""Bytes free on the disk: below the one a large model may not fit, below the other nothing does."""

EMPTY = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
"""The CID of a file without content, which a gateway is asked for."""


def python(_patient: Patient) -> Said:
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
    rpc = urlsplit(config.profile.rpc)
    has_token = rpc.username or rpc.query or rpc.path.strip("/")
    if mode & OTHERS and has_token:
        return warning(f"others can read the node's token in {file}", f"chmod 600 {file}")
    return ok(f"{file}; {where}")


def home(patient: Patient) -> Said:
    folder = patient.context.config.home
    close = f"chmod 700 {folder}"
    if not folder.exists():
        return ok(f"{folder} is made when it is needed")
    if not folder.is_dir():
        return problem(f"{folder} is no folder", "set DAIMM_HOME to another place")
    if folder.stat().st_uid != os.geteuid():
        return problem(f"{folder} belongs to another user", "set DAIMM_HOME to a folder of yours")
    if not os.access(folder, os.W_OK | os.X_OK):
        return problem(f"{folder} cannot be written to", close)
    if _mode(folder) & 0o022:
        return problem(f"others can change what is in {folder}", close)
    if _mode(folder) & OTHERS:
        return warning(f"others can look into {folder}", close)
    return ok(str(folder))


def seed_file(patient: Patient) -> Said:
    """The seed: there, closed, of the right shape; with --deep it opens."""
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
    home = patient.context.config.home
    found = [file for name in RECORDS for file in damaged(home / name)]
    if found:
        return warning(
            f"{len(found)} were damaged and set aside, {found[0]} among them",
            "see whether the disk is well, and remove them once nothing is missing",
        )
    return ok("none damaged")


def keyring(patient: Patient) -> Said:
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


def store(patient: Patient) -> Said:
    folder = patient.context.store.directory
    with tempfile.TemporaryFile(dir=_existing(folder)) as file:
        file.write(b"daimm")
        file.flush()
        os.fsync(file.fileno())
    held = list(patient.context.store.contents())
    return ok(f"{folder}, {len(held)} files, {sum(each.size for each in held):,} bytes")


def disk(patient: Patient) -> Said:
    free = shutil.disk_usage(_existing(patient.context.store.directory)).free
    says = f"{free / (1 << 30):,.1f} GiB free"
    if free < NOTHING:
        return problem(says, "make room, or set `store` of the profile to another disk")
    if free < LITTLE:
        return warning(says, "large models need room twice: encrypted and opened")
    return ok(says)


def queue(patient: Patient) -> Said:
    waiting = Queue(patient.context.store).waiting()
    if not waiting:
        return ok("nothing waits to be pushed")
    if patient.context.config.storage.kubo is None:
        return warning(
            f"{len(waiting)} files are in the local store alone",
            "name an IPFS daemon (`kubo` under [storage]), or let buyers reach this store",
        )
    return warning(f"{len(waiting)} files wait to be pushed", "daimm store push")


def services(patient: Patient) -> Iterator[Check]:
    """A check for each source and service that the settings name."""
    try:
        config = patient.context.config
    except DaimmError:
        return  # said already
    for folder in config.storage.sources:
        yield Check(f"source {folder}", partial(_folder, folder))
    if config.storage.kubo is not None:
        yield Check("IPFS daemon", _daemon)
    for url in config.storage.gateways:
        try:
            name = f"gateway {origin(url)}"
        except ValueError:
            name = "gateway"
        yield Check(name, partial(_gateway, url))
    if config.storage.pinning is not None:
        yield Check("pinning service", _pinning)


def _folder(folder: Path, _patient: Patient) -> Said:
    if not folder.is_dir():
        return problem("is not there", "mount it, or correct `sources` under [storage]")
    if not os.access(folder, os.R_OK | os.X_OK):
        return problem("cannot be read", "have its owner let you in")
    return ok("can be read")


def _daemon(patient: Patient) -> Said:
    kubo = require_daemon(patient.context.config, read=PATIENCE)
    return ok(f"Kubo {kubo.version()} at {kubo.address}")


def _gateway(url: str, _patient: Patient) -> Said:
    try:
        Gateway(url, read=PATIENCE).block(Cid.parse(EMPTY))
    except NotStored:
        return ok("answers as a gateway does")
    return ok("serves blocks")


def _pinning(patient: Patient) -> Said:
    service = pinning(patient.context.config, read=PATIENCE)
    assert service is not None
    service.status(EMPTY)
    return ok(f"{origin(service.endpoint)} lets you in")


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that exists: where it would be made."""
    found = next(path for path in (folder, *folder.parents) if path.exists())
    if found.is_dir():
        return found
    raise DaimmError(f"{found} is no folder: set `store` of the profile to another place.")


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
STORE = (
    Check("store", store, ("settings",)),
    Check("disk", disk, ("settings",)),
    Check("push queue", queue, ("settings",)),
)
