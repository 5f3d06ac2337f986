"""A trustless gateway: blocks over HTTP, each checked against its CID.

>>> gateway = Gateway("https://gateway.example")
>>> store.receive(gateway, cid, max_size=1 << 30)

A gateway serves raw blocks (`?format=raw`), CAR streams (`?format=car`) or both; raw blocks are
asked for first. A page of HTML, a block too long, too short or altered is refused whatever status
came with it, and nothing but the gateway itself is asked. Protocol:
https://specs.ipfs.tech/http-gateways/trustless-gateway/
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit

from daimm_cli.artifact.unixfs import DAG_PB, MAX_BLOCK, Cid
from daimm_cli.base.errors import DaimmError, OutsideFailed, VerificationFailed
from daimm_cli.base.text import sanitise
from daimm_cli.store import car
from daimm_cli.store.base import NotStored
from daimm_cli.store.outside import CONNECT_SECONDS, READ_SECONDS, Deadline, origin, outside

if TYPE_CHECKING:
    import requests

_PIECE = 64 << 10
_REDIRECTS = 3
_RAW = "application/vnd.ipld.raw"
_CAR = "application/vnd.ipld.car"
_ABSENT = (404, 410, 451)
_OTHER_FORMAT = (400, 405, 406, 415, 501)
_BUSY = (429, 502, 503, 504)


class Gateway:
    """A `BlockSource`. url: like https://gateway.example, without /ipfs.

    connect, read: seconds for a connection and for each piece of an answer; a block takes at most
    four times `read`. Raises DaimmError for a URL that is none.
    """

    def __init__(
        self, url: str, *, connect: float = CONNECT_SECONDS, read: float = READ_SECONDS
    ) -> None:
        self.url = gateway_url(url)
        self._who = f"The gateway at {origin(self.url)}"
        self._times = connect, read
        self._raw = True
        self._stream: contextlib.ExitStack | None = None
        self._car: car.Reader | None = None

    def block(self, cid: Cid, *, max_size: int = MAX_BLOCK) -> bytes:
        """The block, checked. Raises NotStored, OutsideFailed or VerificationFailed."""
        if self._car is not None:
            block = self._next(cid, max_size)
            if block is not None:
                return block
        if self._raw:
            try:
                return self._raw_block(cid, max_size)
            except _OtherFormat:
                self._raw = False
        return self._car_block(cid, max_size)

    def close(self) -> None:
        """End the stream and the connections."""
        self._end_stream()
        if "_session" in self.__dict__:
            self._session.close()
            del self.__dict__["_session"]

    # Inside

    def _raw_block(self, cid: Cid, max_size: int) -> bytes:
        with outside(self._who), self._get(cid, "format=raw", _RAW) as response:
            block = self._reader(response)(max_size + 1)
        if len(block) > max_size:
            raise VerificationFailed(f"{self._who} sent a block larger than it may be: refused.")
        cid.verify(block)
        return block

    def _car_block(self, cid: Cid, max_size: int) -> bytes:
        """The first block of a CAR stream, which stays open for the blocks below it.

        A stream that has other blocks next than the ones asked for (those are here already, say)
        is given up for streams of one block each.
        """
        self._end_stream()
        self._stream = contextlib.ExitStack()
        scope = "all" if cid.codec == DAG_PB else "block"
        with outside(self._who):
            response = self._stream.enter_context(
                self._get(cid, f"format=car&dag-scope={scope}&car-order=dfs&car-dups=y", _CAR)
            )
            self._car = car.Reader(self._reader(response))
        block = self._next(cid, max_size)
        if block is None:
            raise VerificationFailed(f"{self._who} sent another block than {cid}: refused.")
        return block

    def _next(self, cid: Cid, max_size: int) -> bytes | None:
        assert self._car is not None
        try:
            with outside(self._who):
                block = self._car.next(cid, max_size=max_size)
        except DaimmError:
            self._end_stream()
            raise
        if block is None:
            self._car = None
        return block

    def _end_stream(self) -> None:
        self._car = None
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _reader(self, response: requests.Response) -> Callable[[int], bytes]:
        """Reads exactly so many bytes of a response, fewer only at its end."""
        _, read = self._times

        def exactly(size: int) -> bytes:
            deadline = Deadline(self._who, 4 * read)
            found = bytearray()
            while len(found) < size:
                piece = response.raw.read(min(_PIECE, size - len(found)), decode_content=False)
                if not piece:
                    break
                found += piece
                deadline.check()
            return bytes(found)

        return exactly

    @contextlib.contextmanager
    def _get(self, cid: Cid, query: str, kind: str) -> Iterator[requests.Response]:
        with self._session.get(
            f"{self.url}/ipfs/{cid}?{query}",
            headers={"Accept": kind, "Accept-Encoding": "identity"},
            timeout=self._times,
            stream=True,
        ) as response:
            self._require_good(response, cid, kind)
            yield response

    def _require_good(self, response: requests.Response, cid: Cid, kind: str) -> None:
        status = response.status_code
        if status in _ABSENT:
            raise NotStored(cid)
        if status in _OTHER_FORMAT and kind == _RAW:
            raise _OtherFormat
        if status in _BUSY:
            raise OutsideFailed(f"{self._who} is busy (status {status}): try again later.")
        if status != 200:
            raise OutsideFailed(f"{self._who} refused with status {status}: use another one.")
        sent = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
        if sent not in (kind, "application/octet-stream"):
            if kind == _RAW and sent == _CAR:
                raise _OtherFormat
            raise VerificationFailed(
                f"{self._who} sent {sanitise(sent, 40) or 'something'} instead of a block: it is "
                "no trustless gateway, use another one."
            )
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding.strip().lower() != "identity":
            raise VerificationFailed(f"{self._who} sent a packed answer: use another one.")

    @functools.cached_property
    def _session(self) -> requests.Session:
        import requests

        home, who = urlsplit(self.url), self._who

        class Session(requests.Session):
            def get_redirect_target(self, resp: requests.Response) -> str | None:
                target = super().get_redirect_target(resp)
                if target is not None and not stays(home, urljoin(resp.url, target)):
                    raise OutsideFailed(f"{who} sends elsewhere: name the address it sends to.")
                return target

        session = Session()
        session.max_redirects = _REDIRECTS
        return session


class _OtherFormat(Exception):
    """The gateway has no raw blocks."""


def stays(home: SplitResult, target: str) -> bool:
    """Whether a redirect leads to the gateway itself or to a name below its own.

    Some have a name for each CID. Anywhere else could be in the asker's own network.
    """
    try:
        parts = urlsplit(target)
        host, own = parts.hostname or "", home.hostname or ""
    except ValueError:
        return False
    return parts.scheme in ("https", home.scheme) and (host == own or host.endswith(f".{own}"))


def gateway_url(text: str) -> str:
    """The URL without a trailing slash. Raises DaimmError for what is none."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        usable = usable and parts.port != 0 and not (parts.query or parts.fragment)
        usable = usable and "@" not in parts.netloc and text.isascii() and text.isprintable()
    except ValueError:
        usable = False
    if not usable or " " in text:
        raise DaimmError(
            "A gateway's address must be like https://gateway.example, without user or query: "
            "correct `gateways` under [storage] in config.toml."
        )
    return text.rstrip("/")
