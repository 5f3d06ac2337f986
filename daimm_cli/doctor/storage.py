"""The local store, its disk and queue, and the services that the settings name."""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import origin
from daimm_cli.doctor.examination import PATIENCE, Check, Patient, Said, ok, problem, warning

LITTLE = 2 << 30
NOTHING = 200 << 20
"""Bytes free on the disk: below the one a large model may not fit, below the other nothing does."""

EMPTY = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
"""The CID of a file without content, which a gateway is asked for."""


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
    from daimm_cli.store.queue import Queue

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
        yield Check(f"source {folder}", functools.partial(_folder, folder))
    if config.storage.kubo is not None:
        yield Check("IPFS daemon", _daemon)
    for url in config.storage.gateways:
        yield Check(_gateway_name(url), functools.partial(_gateway, url))
    if config.storage.pinning is not None:
        yield Check("pinning service", _pinning)


def _folder(folder: Path, _patient: Patient) -> Said:
    if not folder.is_dir():
        return problem("is not there", "mount it, or correct `sources` under [storage]")
    if not os.access(folder, os.R_OK | os.X_OK):
        return problem("cannot be read", "have its owner let you in")
    return ok("can be read")


def _daemon(patient: Patient) -> Said:
    from daimm_cli.store.remote import daemon

    kubo = daemon(patient.context.config, read=PATIENCE)
    assert kubo is not None
    return ok(f"Kubo {kubo.version()} at {kubo.address}")


def _gateway_name(url: str) -> str:
    try:
        return f"gateway {origin(url)}"
    except ValueError:
        return "gateway"


def _gateway(url: str, _patient: Patient) -> Said:
    from daimm_cli.artifact.unixfs import Cid
    from daimm_cli.store.base import NotStored
    from daimm_cli.store.gateway import Gateway

    try:
        Gateway(url, read=PATIENCE).block(Cid.parse(EMPTY))
    except NotStored:
        return ok("answers as a gateway does")
    return ok("serves blocks")


def _pinning(patient: Patient) -> Said:
    from daimm_cli.store.remote import pinning

    service = pinning(patient.context.config, read=PATIENCE)
    assert service is not None
    service.status(EMPTY)
    return ok(f"{origin(service.endpoint)} lets you in")


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that exists: where it would be made."""
    found = next(path for path in (folder, *folder.parents) if path.exists())
    if not found.is_dir():
        raise DaimmError(f"{found} is no folder: set `store` of the profile to another place.")
    return found


CHECKS = (
    Check("store", store, ("settings",)),
    Check("disk", disk, ("settings",)),
    Check("push queue", queue, ("settings",)),
)
