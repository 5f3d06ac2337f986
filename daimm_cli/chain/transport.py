"""How requests travel to a node: retried, bounded in size and time, following no redirect.

>>> Web3(provider("http://127.0.0.1:8545", timeout=20, shown="the node"))
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.base.text import sanitise

MAX_ANSWER_BYTES = 64 << 20
RETRIES = 4
FIRST_PAUSE = 0.15
"""Seconds before the first retry; doubled each time."""


def shown_address(rpc: str) -> str:
    """The node without user, path or query, which may hold a token."""
    if not rpc.startswith(("http://", "https://")):
        return f"the node at {sanitise(rpc)}"
    try:
        parts = urlsplit(rpc)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        raise DaimmError(
            "Cannot use the node's address, its host or port is malformed: write it like "
            "http://127.0.0.1:8545."
        ) from None
    return sanitise(f"the node at {parts.scheme}://{parts.hostname}{port}")


def provider(rpc: str, timeout: float, shown: str) -> Any:
    """web3's provider for an http(s) address or an IPC socket; timeout in seconds a request.

    shown: how the node is named in errors. Raises DaimmError for an address of another kind.
    """
    import requests
    from web3 import HTTPProvider, IPCProvider
    from web3.providers.rpc.utils import ExceptionRetryConfiguration
    from web3.types import RPCEndpoint

    if not rpc.startswith(("http://", "https://")):
        if not Path(rpc).is_socket():
            raise DaimmError(
                f"Cannot use {shown}: give an address that begins with http:// or https://, or the "
                "path of the node's IPC socket."
            )
        return IPCProvider(rpc, timeout=int(timeout))
    retry = ExceptionRetryConfiguration(
        errors=(requests.ConnectionError, requests.Timeout),
        retries=RETRIES,
        backoff_factor=FIRST_PAUSE,
    )
    return HTTPProvider(
        rpc,
        request_kwargs={"timeout": timeout},
        session=_bounded_session(4 * timeout, shown),
        exception_retry_configuration=retry,
        cache_allowed_requests=True,
        cacheable_requests={RPCEndpoint("eth_chainId")},  # web3 asks it before each call
    )


def _bounded_session(seconds: float, shown: str) -> Any:
    """A session that reads no more than MAX_ANSWER_BYTES and not longer than `seconds`."""
    import requests
    from requests.adapters import HTTPAdapter

    class Bounded(HTTPAdapter):
        def send(self, request: Any, *arguments: Any, **options: Any) -> Any:
            deadline = time.monotonic() + seconds
            options["stream"] = True
            response = super().send(request, *arguments, **options)
            body = bytearray()
            for part in response.iter_content(1 << 16):
                body += part
                if len(body) > MAX_ANSWER_BYTES or time.monotonic() > deadline:
                    response.close()
                    raise OutsideFailed(f"{shown} answers without end: use another node.")
            response._content = bytes(body)
            return response

    session = requests.Session()
    session.max_redirects = 0
    for scheme in ("http://", "https://"):
        session.mount(scheme, Bounded())
    return session
