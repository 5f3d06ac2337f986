"""HTTP that ends: an answer has so many seconds and bytes in all, and comes from who was asked.

>>> node = Client("https://node.example/v1", "the node at https://node.example")
>>> node.ask("POST", body=b"{}", most=1 << 20).status
200

Nothing of a .netrc is sent, no cookies are
kept, and a redirect is followed only to the very place that was asked. Who is busy (429, 502, 503,
504) or breaks the connection off is asked again, when it says so and as long as there is time: so
`ask` is for questions that may be repeated. All failures are OutsideFailed.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import os
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit, urlunsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from daimm_cli.base.deadlines import renew as renew_deadline
from daimm_cli.base.deadlines import with_deadlines
from daimm_cli.base.errors import DaimmError, OutsideFailed

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
MAX_BYTES = 64 << 20

PATIENCE = 60.0
"""Seconds for one question, repetitions included."""

TRIES = 4
"""How often somebody is asked who breaks off or cannot be reached."""

FIRST_PAUSE = 0.15
"""Seconds before the second try; doubled each time, up to `LONGEST_PAUSE`."""

LONGEST_PAUSE = 10.0
BUSY = frozenset({429, 502, 503, 504})
_PORTS = {"http": 80, "https": 443}
_MOVED = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Answer:
    """A whole answer. headers: names in any case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Backoff:
    """When to ask again. seconds: until it is given up; None: PATIENCE."""

    def __init__(self, seconds: float | None = None) -> None:
        self._end = time.monotonic() + (PATIENCE if seconds is None else seconds)
        self._pause = FIRST_PAUSE
        self.count = 0

    @property
    def left(self) -> float:
        return self._end - time.monotonic()

    def wait(self, asked: float | None = None) -> bool:
        """Pause, at least for as long as the other side asked; False where there is no time."""
        pause = max(self._pause, asked or 0.0)
        if pause >= self.left:
            return False
        time.sleep(pause)
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
        self.count += 1
        return True


class Stream:
    """An answer that is read in pieces."""

    def __init__(self, response: urllib3.BaseHTTPResponse, who: str, seconds: float) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers
        self._response = response
        self._who = who
        self._seconds = seconds

    def read(self, size: int, *, renew: bool = True) -> bytes:
        """Exactly so many bytes, fewer at the end alone. renew: it has the whole time again."""
        with explained(self._who):
            if renew:
                renew_deadline(self._response, self._seconds)
            found = bytearray()
            while len(found) < size and (piece := self._response.read(size - len(found))):
                found += piece
            return bytes(found)


class Client:
    """Asks one place. who: how it is named in errors.

    url: may hold user and password; they are sent as its owner means them and never shown.
    read: seconds for a whole answer (of a stream, for each piece); half of them, and at most
    CONNECT_SECONDS, for a connection.
    redirects: how many are followed, as `stays` allows.
    """

    def __init__(
        self, url: str, who: str, *, read: float = READ_SECONDS, redirects: int = 0
    ) -> None:
        self._home = urlsplit(url)
        self._who = who
        self._seconds = read
        self._timeout = urllib3.Timeout(connect=connect_seconds(read), read=read)
        self._redirects = redirects
        host = self._home.netloc.rpartition("@")[2]
        self._base = urlunsplit(self._home._replace(netloc=host))
        self._headers: dict[str, str] = {}
        if self._home.username is not None:
            name, password = unquote(self._home.username), unquote(self._home.password or "")
            self._headers = urllib3.make_headers(basic_auth=f"{name}:{password}")

    def ask(
        self,
        method: str,
        path: str = "",
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        most: int = MAX_BYTES,
        patience: float | None = None,
    ) -> Answer:
        """The answer, whatever its status.

        patience: seconds for repetitions, None: PATIENCE; 0 asks once.
        """
        packed = {"Accept-Encoding": "gzip", **(headers or {})}
        backoff = Backoff(patience)
        while True:
            try:
                with self.stream(method, path, body=body, headers=packed) as stream:
                    received = stream.read(most + 1, renew=False)
                    answer = Answer(stream.status, stream.headers, received)
            except Broken:
                if backoff.count + 1 >= TRIES or not backoff.wait():
                    raise
                continue
            if answer.status not in BUSY or not backoff.wait(retry_after(answer.headers)):
                break
        if len(received) > most:
            raise OutsideFailed(f"{self._who} answers without end: use another one.")
        return answer

    @contextlib.contextmanager
    def stream(
        self,
        method: str,
        path: str = "",
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[Stream]:
        sent = {"Accept-Encoding": "identity", **self._headers, **(headers or {})}
        with explained(self._who):
            response = self._open(method, self._base + path, body, sent)
        try:
            yield Stream(response, self._who, self._seconds)
        finally:
            response.close()  # what is left of it is not waited for

    def _open(
        self, method: str, url: str, body: Any, headers: Mapping[str, str]
    ) -> urllib3.BaseHTTPResponse:
        for _ in range(self._redirects + 1):
            response = self._pool.urlopen(
                method,
                url,
                body=body,
                headers=dict(headers),
                timeout=self._timeout,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            target = response.headers.get("Location")
            if response.status not in _MOVED or target is None:
                return response
            response.close()
            url = urljoin(url, target)
            if not stays(self._home, url):
                break
        raise OutsideFailed(f"{self._who} sends elsewhere: name the address it sends to.")

    @functools.cached_property
    def _pool(self) -> urllib3.PoolManager:
        proxy = getproxies().get(self._home.scheme)
        if proxy and proxy_bypass(self._home.hostname or ""):
            proxy = None
        if self._home.scheme == "http" and not self._redirects and not proxy:
            return with_deadlines(urllib3.PoolManager())

        import certifi

        trusted = os.environ.get("REQUESTS_CA_BUNDLE") or certifi.where()
        how: dict[str, Any] = {"ssl_context": ssl.create_default_context(cafile=trusted)}
        made = urllib3.ProxyManager(proxy, **how) if proxy else urllib3.PoolManager(**how)
        return with_deadlines(made)


def connect_seconds(read: float) -> float:
    """How long a connection may take, where an answer has `read` seconds."""
    return min(read / 2, CONNECT_SECONDS)


def stays(home: SplitResult, target: str) -> bool:
    """Whether a redirect leads to the place itself, or to a name below its own at the same port.

    Some gateways have a name for each CID. Anywhere else could be in the asker's own network.
    """
    try:
        parts = urlsplit(target)
        ports = [(each.scheme, each.port or _PORTS.get(each.scheme)) for each in (home, parts)]
    except ValueError:
        return False
    host, own = parts.hostname or "", home.hostname or ""
    same = ports[0] == ports[1] or ports == list(_PORTS.items())
    return same and (host == own or host.endswith(f".{own}"))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """For how many seconds an answer asks not to be asked again."""
    try:
        return urllib3.Retry().parse_retry_after(headers.get("Retry-After", ""))
    except (urllib3.exceptions.InvalidHeader, OverflowError, ValueError):
        return None


class Broken(OutsideFailed):
    """A connection that broke, or never was: it may be tried again."""

    nobody = False
    """Whether nobody was there."""


@contextlib.contextmanager
def explained(who: str) -> Iterator[None]:
    """Turn whatever a connection raises into the OutsideFailed that names `who`, and no secret."""
    try:
        yield
    except DaimmError:
        raise
    except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError) as error:
        reason = _reason(error)
        broken = Broken(f"{who} {reason}.")
        broken.nobody = reason.startswith(("is not", "has a name"))
        raise broken from None


_MEANINGS = {
    "did not answer in time: try again, or use another one": (
        "timed out", "timeouterror", "readtimeout", "connecttimeout",
    ),
    "sends elsewhere: name the address it sends to": ("toomanyredirects",),
    "is not running: start it, or correct its address": ("no such file", "refused"),
    "has a name that nobody knows: correct its address": ("resolve", "name or service"),
    "has no valid certificate: correct its address": ("certificate",),
    "stopped in the middle of its answer: try again": ("incompleteread",),
    "broke the connection off: try again": ("connection",),
}  # fmt: skip


def _reason(error: BaseException) -> str:
    found: list[BaseException] = []
    pending: list[object] = [error]
    while pending and len(found) < 16:
        each = pending.pop()
        if isinstance(each, BaseException) and each not in found:
            found.append(each)
            pending += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
    text = " ".join(f"{type(each).__name__} {each}" for each in found).lower()
    for meaning, signs in _MEANINGS.items():
        if any(sign in text for sign in signs):
            return meaning
    return f"could not be used ({type(error).__name__}): try again"
