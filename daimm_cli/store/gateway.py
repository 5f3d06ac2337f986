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
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

from daimm_cli.artifact.unixfs import DAG_PB, MAX_BLOCK, Cid
from daimm_cli.base.errors import DaimmError, OutsideFailed, VerificationFailed
from daimm_cli.base.http import BUSY, READ_SECONDS, Client, Stream
from daimm_cli.base.text import origin, sanitise
from daimm_cli.store import car
from daimm_cli.store.base import NotStored

_REDIRECTS = 3
_RAW = "application/vnd.ipld.raw"
_CAR = "application/vnd.ipld.car"
_ABSENT = (404, 410, 451)
_OTHER_FORMAT = (400, 405, 406, 415, 501)


class Gateway:
    """A `BlockSource`. url: like https://gateway.example, without /ipfs.

    read: seconds for a block, however it drips. Raises DaimmError for a URL that is none.
    """

    def __init__(self, url: str, *, read: float = READ_SECONDS) -> None:
        self.url = http_url(url, "A gateway", "gateways")
        self._who = f"The gateway at {origin(self.url)}"
        self._client = Client(self.url, self._who, read=read, redirects=_REDIRECTS)
        self._raw = True
        self._open = contextlib.ExitStack()
        self._car: tuple[Stream, car.CarReader] | None = None

    def block(self, cid: Cid, *, max_size: int = MAX_BLOCK) -> bytes:
        """The block, checked. Raises NotStored, OutsideFailed or VerificationFailed."""
        if (block := self._next(cid, max_size)) is not None:
            return block
        if self._raw:
            try:
                return self._raw_block(cid, max_size)
            except _OtherFormat:
                self._raw = False
        return self._car_block(cid, max_size)

    def _raw_block(self, cid: Cid, max_size: int) -> bytes:
        with self._get(cid, "format=raw", _RAW) as stream:
            block = stream.read(max_size + 1, renew=False)
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
        self._open = contextlib.ExitStack()
        scope = "all" if cid.codec == DAG_PB else "block"
        query = f"format=car&dag-scope={scope}&car-order=dfs&car-dups=y"
        stream = self._open.enter_context(self._get(cid, query, _CAR))
        self._car = stream, car.CarReader(functools.partial(stream.read, renew=False))
        block = self._next(cid, max_size)
        if block is None:
            raise VerificationFailed(f"{self._who} sent another block than {cid}: refused.")
        return block

    def _next(self, cid: Cid, max_size: int) -> bytes | None:
        """The next block of the open stream; None where none is open, or it has another one."""
        if self._car is None:
            return None
        stream, reader = self._car
        try:
            stream.read(0, renew=True)  # each block has its time, however it drips
            block = reader.next(cid, max_size=max_size)
        except DaimmError:
            self._end_stream()
            raise
        if block is None:
            self._car = None
        return block

    def _end_stream(self) -> None:
        self._car = None
        self._open.close()

    @contextlib.contextmanager
    def _get(self, cid: Cid, query: str, kind: str) -> Iterator[Stream]:
        path = f"/ipfs/{cid}?{query}"
        with self._client.stream("GET", path, headers={"Accept": kind}) as stream:
            self._require_good(stream, cid, kind)
            yield stream

    def _require_good(self, stream: Stream, cid: Cid, kind: str) -> None:
        status = stream.status
        if status in _ABSENT:
            raise NotStored(cid)
        if status in _OTHER_FORMAT and kind == _RAW:
            raise _OtherFormat
        if status in BUSY:
            raise OutsideFailed(f"{self._who} is busy (status {status}): try again later.")
        if status != 200:
            raise OutsideFailed(f"{self._who} refused with status {status}: use another one.")
        sent = stream.headers.get("Content-Type", "").split(";")[0].strip().lower()
        if sent not in (kind, "application/octet-stream"):
            if kind == _RAW and sent == _CAR:
                raise _OtherFormat
            raise VerificationFailed(
                f"{self._who} sent {sanitise(sent, 40) or 'something'} instead of a block: it is "
                "no trustless gateway, use another one."
            )
        encoding = stream.headers.get("Content-Encoding", "identity")
        if encoding.strip().lower() != "identity":
            raise VerificationFailed(f"{self._who} sent a packed answer: use another one.")


class _OtherFormat(Exception):
    """The gateway has no raw blocks."""


def http_url(text: str, whose: str, setting: str) -> str:
    """The URL without a trailing slash. Raises DaimmError for what is none."""
    if parts_of(text) is None:
        raise DaimmError(
            f"{whose}'s address must be like https://name.example, without user or query: "
            f"correct `{setting}` under [storage] in config.toml."
        )
    return text.rstrip("/")


def parts_of(url: str) -> SplitResult | None:
    """The parts of a URL that has a host and a path alone; None for any other text."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return None
    more = parts.query or parts.fragment or "@" in parts.netloc or " " in url
    return parts if usable and not more and url.isascii() and url.isprintable() else None
