"""What may go wrong with a daemon, gateway or service, as one kind of error.

>>> with outside("The gateway at https://gateway.example"):
...     session.get(url, timeout=TIMEOUT)

Requests, urllib3, ipfshttpclient and the system each have errors of their own for a connection that
fails; what leaves `outside` is an OutsideFailed that names whoever failed, and no secret.
"""

import contextlib
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.base.text import sanitise

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0


@contextlib.contextmanager
def outside(who: str, hint: str | None = None) -> Iterator[None]:
    """Raise OutsideFailed("`who` ...") for whatever the connection raises."""
    import http.client

    import ipfshttpclient.exceptions
    import requests
    import urllib3.exceptions

    try:
        yield
    except DaimmError:
        raise
    except (ipfshttpclient.exceptions.TimeoutError, requests.Timeout, TimeoutError):
        raise OutsideFailed(f"{who} did not answer in time: try again.", hint=hint) from None
    except (
        ipfshttpclient.exceptions.Error,
        requests.RequestException,
        urllib3.exceptions.HTTPError,
        http.client.HTTPException,
        OSError,
    ) as error:
        raise OutsideFailed(f"{who} {_reason(error)}.", hint=hint) from None


def _reason(error: BaseException) -> str:
    chain: list[BaseException] = []
    pending: list[object] = [error]
    while pending and len(chain) < 16:
        found = pending.pop()
        if isinstance(found, BaseException) and found not in chain:
            chain.append(found)
            pending += [found.__cause__, found.__context__, getattr(found, "reason", None)]
            pending += list(found.args)
    text = " ".join(f"{type(each).__name__} {each}" for each in chain).lower()
    for sign, meaning in (
        ("readtimeout", "did not answer in time: try again"),
        ("timed out", "did not answer in time: try again"),
        ("toomanyredirects", "sends elsewhere: name the address it sends to"),
        ("refused", "is not running: start it, or correct its address"),
        ("no such file", "is not running: start it, or correct its address"),
        ("resolve", "has a name that nobody knows: correct its address"),
        ("name or service", "has a name that nobody knows: correct its address"),
        ("certificate", "has no valid certificate: correct its address"),
        ("incompleteread", "stopped in the middle of its answer: try again"),
        ("connection", "broke the connection off: try again"),
    ):
        if sign in text:
            return meaning
    return f"could not be used ({type(error).__name__}): try again"


class Deadline:
    """A bound on how long one answer may trickle."""

    def __init__(self, who: str, seconds: float) -> None:
        self._who = who
        self._end = time.monotonic() + seconds

    def check(self) -> None:
        """Raise OutsideFailed once the time is up."""
        if time.monotonic() > self._end:
            raise OutsideFailed(f"{self._who} answers too slowly: try again, or another one.")


def origin(url: str) -> str:
    """Scheme, host and port of an address, to print."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return sanitise(f"{parts.scheme}://{parts.hostname}{port}")
