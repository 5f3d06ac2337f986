"""ipfshttpclient, fenced: the connection to a Kubo daemon, over TCP, TLS or a unix socket.

>>> Connection("/ip4/127.0.0.1/tcp/5001").send("version")
b'{"Version":"0.43.0",...}'

Only its transport is used: its calls drop errors that come late (the X-Stream-Error trailer), merge
files after a read error and refuse newer daemons. The transport has no proxies, no redirects and no
.netrc here, and its answers end as those of `base.http` do.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from daimm_cli.base import bounded_json
from daimm_cli.base.deadlines import with_deadlines
from daimm_cli.base.errors import DaimmError, OutsideFailed, VerificationFailed
from daimm_cli.base.http import READ_SECONDS, connect_seconds, explained
from daimm_cli.base.text import sanitise
from daimm_cli.store.gateway import parts_of

if TYPE_CHECKING:
    from ipfshttpclient.http_requests import ClientSync

MAX_ANSWER = 1 << 20
_PIECE = 64 << 10


class Connection:
    """address, secret, read: as for `kubo.Kubo`."""

    def __init__(
        self, address: str, *, secret: str | None = None, read: float = READ_SECONDS
    ) -> None:
        self.address = multiaddr_of(address)
        self.who = f"The IPFS daemon at {sanitise(self.address)}"
        self._credentials = _credentials(secret)
        self._times = connect_seconds(read), read

    def send(
        self,
        path: str,
        *args: str,
        opts: dict[str, str] | None = None,
        data: Iterator[bytes] | None = None,
        headers: dict[str, str] | None = None,
        read: float | None = None,
        limit: int = MAX_ANSWER,
    ) -> bytes:
        """The whole answer to one call. read: seconds for it; limit: its most bytes."""
        from ipfshttpclient.exceptions import Error

        connect, usual = self._times
        received = bytearray()
        with explained(self.who):
            try:
                closables, pieces = self._client._request(
                    "POST",
                    path,
                    [*(opts or {}).items(), *(("arg", arg) for arg in args)],
                    auth=None,
                    data=data,
                    headers=headers,
                    timeout=(connect, read or usual),
                    chunk_size=_PIECE,
                )
            except Error as error:
                raise ConnectionError(error) from error
            try:
                for piece in pieces:
                    received += piece
                    if len(received) > limit:
                        raise VerificationFailed(f"{self.who} answered more than it may: refused.")
            finally:
                for closable in closables:
                    closable.close()
        return bytes(received)

    def close(self) -> None:
        if "_client" in self.__dict__:
            self._client.close_session()
            del self.__dict__["_client"]

    @functools.cached_property
    def _client(self) -> ClientSync:
        client = _transport()(self.address, "/api/v0", timeout=self._times, **self._credentials)
        client.open_session()
        return client


class Refused(OutsideFailed):
    """The daemon said no. reason: in its own words, in lower case."""

    def __init__(self, who: str, reason: object) -> None:
        self.reason = str(reason).lower()
        super().__init__(f"{who} refused: {sanitise(reason)}.")


def multiaddr_of(address: str) -> str:
    """The multiaddr of a daemon; URLs are taken, too. Raises DaimmError for what is neither."""
    from ipfshttpclient.exceptions import AddressError
    from ipfshttpclient.http_common import multiaddr_to_url_data

    text = address.strip()
    if (parts := parts_of(text)) and not parts.path.strip("/"):
        host = parts.hostname or ""
        kind = "ip6" if ":" in host else "ip4" if host.replace(".", "").isdigit() else "dns"
        port = parts.port or (443 if parts.scheme == "https" else 80)
        text = f"/{kind}/{host}/tcp/{port}/{parts.scheme}"
    try:
        multiaddr_to_url_data(text, "/api/v0")
    except (AddressError, ValueError, LookupError, TypeError):
        raise DaimmError(
            "The IPFS daemon's address must be like /ip4/127.0.0.1/tcp/5001, "
            "/unix/run/ipfs/api.sock or http://127.0.0.1:5001, without user or path: set "
            "DAIMM_KUBO or `kubo` under [storage]."
        ) from None
    return text


def _credentials(secret: str | None) -> dict[str, Any]:
    kind, _, rest = (secret or "").partition(":")
    printable = rest.isascii() and rest.isprintable() and rest.strip() == rest
    if not secret:
        return {"auth": None, "headers": None}
    if kind == "bearer" and rest and printable:
        return {"auth": None, "headers": {"Authorization": f"Bearer {rest}"}}
    user, colon, password = rest.partition(":")
    if kind == "basic" and user and colon and printable:
        return {"auth": (user, password), "headers": None}
    raise DaimmError(
        "The IPFS daemon's secret must be one line, bearer:TOKEN or basic:USER:PASSWORD: write "
        "that into the file that `kubo_auth_file` names."
    )


@functools.cache
def _transport() -> Any:
    """ipfshttpclient's client with bounded answers, no proxies and no redirects."""
    from ipfshttpclient import http_requests

    class Transport(http_requests.ClientSync):  # type: ignore[misc]
        __slots__ = ()

        def _make_session(self) -> Any:
            session = super()._make_session()
            session.trust_env = False
            session.max_redirects = 0
            for adapter in session.adapters.values():
                if hasattr(adapter, "poolmanager"):  # what it passes there, urllib3 warns about
                    adapter.poolmanager.connection_pool_kw.pop("strict", None)
                    with_deadlines(adapter.poolmanager)
            session.headers["Accept-Encoding"] = "identity"
            return session

        def _do_raise_for_status(self, response: Any) -> None:
            if response.ok:
                return
            said = response.raw.read(_PIECE, decode_content=False)
            who = "The IPFS daemon"
            if response.status_code in (401, 403):
                raise OutsideFailed(
                    f"{who} does not let you in: put its secret into the file that "
                    "`kubo_auth_file` under [storage] names."
                )
            try:
                message = bounded_json.loads(said)["Message"]
            except (ValueError, LookupError, TypeError):
                message = f"HTTP status {response.status_code}"
            raise Refused(who, message)

    return Transport
