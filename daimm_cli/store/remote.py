"""The daemon, gateways and pinning service that the settings name.

>>> for source in sources(config):
...     store.receive(source, cid, max_size=1 << 30)
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from daimm_cli.errors import DaimmError
from daimm_cli.store.base import BlockSource
from daimm_cli.store.local import LocalStore

if TYPE_CHECKING:
    from daimm_cli.config import Config
    from daimm_cli.store.kubo import Kubo
    from daimm_cli.store.pinning import PinningService

_MAX_SECRET = 4096


def sources(config: Config) -> list[BlockSource]:
    """Where files are fetched from, in turn: other stores, the daemon, the gateways."""
    found: list[BlockSource] = [LocalStore(folder) for folder in config.sources]
    kubo = daemon(config)
    if kubo is not None:
        found.append(kubo)
    if config.remote.gateways:
        from daimm_cli.store.gateway import Gateway

        found += [Gateway(url) for url in config.remote.gateways]
    return found


def daemon(config: Config) -> Kubo | None:
    """The IPFS daemon, if one is named; nobody asked it anything yet."""
    if config.remote.kubo is None:
        return None
    from daimm_cli.store.kubo import Kubo

    file = config.remote.kubo_auth_file
    return Kubo(config.remote.kubo, secret=read_secret(file) if file else None)


def require_daemon(config: Config) -> Kubo:
    """The IPFS daemon; raises DaimmError where none is named."""
    found = daemon(config)
    if found is None:
        raise DaimmError(
            "No IPFS daemon is named, and the local store serves alone: set DAIMM_KUBO, or `kubo` "
            'under [storage] in config.toml, like "/ip4/127.0.0.1/tcp/5001".'
        )
    return found


def pinning(config: Config) -> PinningService | None:
    """The remote pinning service, if one is named."""
    if config.remote.pinning is None:
        return None
    from daimm_cli.store.pinning import PinningService

    file = config.remote.pinning_token_file
    return PinningService(config.remote.pinning, read_secret(file) if file else None)


def read_secret(path: Path) -> str:
    """The one line of a secret's file. Raises DaimmError where others may read it."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            data = file.read(_MAX_SECRET + 1)
    except OSError as error:
        raise DaimmError(f"Cannot read the secret in {path} ({error.strerror}).") from None
    if not stat.S_ISREG(status.st_mode) or status.st_mode & 0o077:
        raise DaimmError(f"Other users can read the secret in {path}: run chmod 600 on it.")
    try:
        text = data.decode("ascii").strip()
    except UnicodeDecodeError:
        text = ""
    if len(data) > _MAX_SECRET or not text or not text.isprintable():
        raise DaimmError(f"{path} must hold a secret of one line and nothing else.")
    return text
