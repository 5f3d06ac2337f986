"""A Kubo daemon by its RPC: files are pushed as one CAR stream and pinned, blocks are read back.

>>> daemon = Kubo("/ip4/127.0.0.1/tcp/5001")
>>> daemon.push(store, cid)
>>> daemon.pinned(cid)
True

An answer may be half a one, for a daemon tells of late errors where clients do not look. So a push
counts when the daemon named the same root, reported no pin error, lists the pin, and gives the root
block back. RPC: https://docs.ipfs.tech/reference/kubo/rpc/

ipfshttpclient is fenced in here, and only its transport is used: its calls drop errors that come
late (the X-Stream-Error trailer), merge files after a read error and refuse newer daemons. The
transport has no proxies, no redirects and no .netrc, and its answers end as `base.http`'s do.
"""

from __future__ import annotations

import functools
import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from daimm_cli.artifact.unixfs import MAX_BLOCK, Cid
from daimm_cli.base import bounded_json
from daimm_cli.base.deadlines import with_deadlines
from daimm_cli.base.errors import DaimmError, OutsideFailed, VerificationFailed
from daimm_cli.base.files import Progress, no_progress
from daimm_cli.base.http import READ_SECONDS, connect_seconds, explained
from daimm_cli.base.text import sanitise
from daimm_cli.store import car
from daimm_cli.store.base import NotStored, fetch_block
from daimm_cli.store.gateway import parts_of
from daimm_cli.store.local import LocalStore

if TYPE_CHECKING:
    from ipfshttpclient.http_requests import ClientSync

PIN_SECONDS = 600.0
"""How long the daemon may think after the last byte of a push."""

MAX_ANSWER = 1 << 20
_PIECE = 64 << 10


class Refused(OutsideFailed):
    """The daemon said no. reason: in its own words, in lower case."""

    def __init__(self, who: str, reason: object) -> None:
        self.reason = str(reason).lower()
        super().__init__(f"{who} refused: {sanitise(reason)}.")


class Kubo:
    """A daemon; a `BlockSource`.

    address: a multiaddr (/ip4/127.0.0.1/tcp/5001, /unix/run/ipfs/api.sock, /dns/host/tcp/443/https)
    or a URL. secret: "bearer:TOKEN" or "basic:USER:PASSWORD", as Kubo's own settings have it.
    read: seconds for an answer; fewer for a connection, and for each piece sent.
    Raises DaimmError for an address or a secret that is none.
    """

    def __init__(
        self, address: str, *, secret: str | None = None, read: float = READ_SECONDS
    ) -> None:
        self.address = multiaddr_of(address)
        self._who = f"The IPFS daemon at {sanitise(self.address)}"
        self._credentials = _credentials(secret)
        self._times = connect_seconds(read), read
        self._look_seconds = max(1.0, read - 5)

    def version(self) -> str:
        """Kubo's version; the cheapest way to see whether somebody is there."""
        answer = self._ask("version")
        found = answer[0].get("Version") if len(answer) == 1 else None
        if not isinstance(found, str):
            raise OutsideFailed(f"{self._who} is no Kubo: correct its address.")
        return sanitise(found, 40)

    def push(self, store: LocalStore, cid: str, *, progress: Progress = no_progress) -> None:
        """Bring a file of the local store into the daemon, pinned; memory stays flat.

        `progress` is called with (bytes sent, bytes in all). Raises OutsideFailed where the daemon
        does not confirm all of it; pushing again is harmless.
        """
        store.dag(cid)  # what is not there or damaged is no fault of the daemon
        boundary = secrets.token_hex(16)
        parts = _form(boundary, car.write(store, cid, progress=progress))
        answer = self._ask(
            "dag/import",
            opts={"pin-roots": "true", "stats": "true"},
            data=parts,
            headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
            read=PIN_SECONDS,
        )
        roots = [line["Root"] for line in answer if isinstance(line.get("Root"), dict)]
        if len(roots) != 1:
            raise OutsideFailed(f"{self._who} did not say that it took {cid}: try again.")
        named = roots[0].get("Cid")
        if not isinstance(named, dict) or named.get("/") != cid:
            raise OutsideFailed(f"{self._who} took another file than {cid}: don't rely on it.")
        if problem := roots[0].get("PinErrorMsg"):
            raise OutsideFailed(f"{self._who} did not pin {cid}: {sanitise(problem)}.")
        if not self.pinned(cid):
            raise OutsideFailed(f"{self._who} took {cid} but does not list its pin: try again.")
        fetch_block(self, Cid.parse(cid))

    def pinned(self, cid: str) -> bool:
        try:
            answer = self._ask("pin/ls", cid, opts={"type": "recursive"})
        except Refused as error:
            if "not pinned" in error.reason:
                return False
            raise
        keys = answer[0].get("Keys") if len(answer) == 1 else None
        kept = keys.get(cid) if isinstance(keys, dict) else None
        return isinstance(kept, dict) and kept.get("Type") == "recursive"

    def pin(self, cid: str) -> None:
        """Have the daemon fetch what it lacks of a file, and keep it."""
        opts = {"recursive": "true", "timeout": f"{PIN_SECONDS:.0f}s"}
        self._ask("pin/add", cid, opts=opts, read=PIN_SECONDS)
        if not self.pinned(cid):
            raise OutsideFailed(f"{self._who} does not list the pin of {cid}: try again.")

    def unpin(self, cid: str) -> None:
        """Let the daemon's own collection take the file."""
        if self.pinned(cid):
            self._ask("pin/rm", cid)

    def block(self, cid: Cid, *, max_size: int = MAX_BLOCK) -> bytes:
        """A block as the daemon says it is, checked; it may look for it among its peers."""
        opts = {"timeout": f"{self._look_seconds:.0f}s"}
        try:
            block = self._send("block/get", str(cid), opts=opts, limit=max_size)
        except Refused as error:
            if "not found" in error.reason or "could not find" in error.reason:
                raise NotStored(cid) from None
            raise
        cid.verify(block)
        return block

    def _ask(self, path: str, *args: str, **how: Any) -> list[dict[str, Any]]:
        text = self._send(path, *args, **how)
        try:
            answer = [bounded_json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            answer = [None]
        if not all(isinstance(line, dict) for line in answer):
            raise OutsideFailed(
                f"{self._who} answers something else than JSON: correct its address."
            )
        for line in answer:
            if line.get("Type") == "error":
                raise Refused(self._who, line.get("Message"))
        return answer

    def _send(
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
        with explained(self._who):
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
                        raise VerificationFailed(f"{self._who} answered more than it may: refused.")
            finally:
                for closable in closables:
                    closable.close()
        return bytes(received)

    @functools.cached_property
    def _client(self) -> ClientSync:
        client = _transport()(self.address, "/api/v0", timeout=self._times, **self._credentials)
        client.open_session()
        return client


def _form(boundary: str, parts: Iterator[bytes]) -> Iterator[bytes]:
    yield (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="car"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()
    yield from parts
    yield f"\r\n--{boundary}--\r\n".encode()


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
