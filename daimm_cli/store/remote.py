"""The daemon, gateways and pinning service that the settings name.

>>> for source in sources(config):
...     store.receive(source, cid, max_size=1 << 30)
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daimm_cli.accounts import keystore
from daimm_cli.base.errors import DaimmError
from daimm_cli.base.http import READ_SECONDS
from daimm_cli.base.text import origin
from daimm_cli.store.base import BlockSource
from daimm_cli.store.folder import StoreFolder

if TYPE_CHECKING:
    from daimm_cli.base.config import Config
    from daimm_cli.store.kubo import Kubo
    from daimm_cli.store.pinning import PinningService


@dataclass(frozen=True)
class Named:
    """A source, what it is ("folder", "daemon" or "gateway") and how to call it."""

    kind: str
    name: str
    source: BlockSource


def sources(config: Config) -> list[BlockSource]:
    """Where files are fetched from, in turn: other stores, the daemon, the gateways."""
    return [named.source for named in named_sources(config)]


def named_sources(config: Config, *, read: float = READ_SECONDS) -> list[Named]:
    """The same with names to print; read: seconds for an answer."""
    found = [Named("folder", str(folder), StoreFolder(folder)) for folder in config.storage.sources]
    kubo = daemon(config, read=read)
    if kubo is not None:
        found.append(Named("daemon", kubo.address, kubo))
    if config.storage.gateways:
        from daimm_cli.store.gateway import Gateway

        for url in config.storage.gateways:
            gateway = Gateway(url, read=read)
            found.append(Named("gateway", origin(url), gateway))
    return found


def daemon(config: Config, *, read: float = READ_SECONDS) -> Kubo | None:
    """The IPFS daemon, if one is named; nobody asked it anything yet."""
    if config.storage.kubo is None:
        return None
    from daimm_cli.store.kubo import Kubo

    file = config.storage.kubo_auth_file
    secret = read_secret(file) if file else None
    return Kubo(config.storage.kubo, secret=secret, read=read)


def require_daemon(config: Config, *, read: float = READ_SECONDS) -> Kubo:
    """The IPFS daemon; raises DaimmError where none is named."""
    found = daemon(config, read=read)
    if found is None:
        raise DaimmError(
            "No IPFS daemon is named, and the local store serves alone: set DAIMM_KUBO, or `kubo` "
            'under [storage] in config.toml, like "/ip4/127.0.0.1/tcp/5001".'
        )
    return found


def pinning(config: Config, *, read: float = READ_SECONDS) -> PinningService | None:
    if config.storage.pinning is None:
        return None
    from daimm_cli.store.pinning import PinningService

    file = config.storage.pinning_token_file
    token = read_secret(file) if file else None
    return PinningService(config.storage.pinning, token, read=read)


def read_secret(path: Path) -> str:
    """The one line of a token's file, fit for a header. Raises DaimmError where others read it."""
    text = keystore.read_secret(path, "the secret").strip()
    if not text or not (text.isascii() and text.isprintable()):
        raise DaimmError(f"{path} must hold one line of plain characters and nothing else.")
    return text
