"""A remote pinning service by its standard API: asked to keep a file, and polled until it does.

>>> service = PinningService("https://pins.example/psa", token)
>>> service.pin(cid, seconds=600)

API: https://ipfs.github.io/pinning-services-api-spec/. "queued" and "pinning" are promises; only
"pinned" counts.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from daimm_cli.artifact.unixfs import Cid
from daimm_cli.base import bounded_json
from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.base.http import PATIENCE, READ_SECONDS, Client
from daimm_cli.base.text import origin, sanitise
from daimm_cli.store.gateway import http_url

MAX_ANSWER = 1 << 20
EVERY = 2.0
"""Seconds between two looks."""

_STATES = ("failed", "queued", "pinning", "pinned")


class PinningService:
    """endpoint: the API's address, to which /pins is added; token: its access token."""

    def __init__(
        self, endpoint: str, token: str | None = None, *, read: float = READ_SECONDS
    ) -> None:
        self.endpoint = http_url(endpoint, "A pinning service", "pinning")
        self._token = token
        self._who = f"The pinning service at {origin(self.endpoint)}"
        self._client = Client(self.endpoint, self._who, read=read)

    def status(self, cid: str) -> str | None:
        """ "queued", "pinning", "pinned", "failed", or None for a file that it does not know."""
        found = self._find(cid)
        return found and found[1]

    def pin(
        self,
        cid: str,
        *,
        seconds: float = 600.0,
        report: Callable[[str], None] = lambda _status: None,
    ) -> None:
        """Ask the service to keep the file, and wait until it does.

        seconds: for how long at most. `report` hears of each new status. Raises OutsideFailed where
        the service fails or has not pinned in time (it may go on).
        """
        Cid.parse(cid)
        found = self._find(cid)
        if found is None or found[1] == "failed":
            found = self._parsed(self._send("POST", "/pins", {"cid": cid}), cid)
        request, status = found
        end = time.monotonic() + seconds
        told = ""
        while True:
            if status != told:
                report(told := status)
            if status == "pinned":
                return
            if status == "failed":
                raise OutsideFailed(
                    f"{self._who} could not pin {cid}: make sure that a daemon serves it, and try "
                    "again."
                )
            if time.monotonic() + EVERY > end:
                raise OutsideFailed(
                    f"{self._who} has only {status} {cid} so far, which is not kept yet: look "
                    "again later."
                )
            time.sleep(EVERY)
            _, status = self._parsed(self._send("GET", f"/pins/{request}"), cid)

    def _find(self, cid: str) -> tuple[str, str] | None:
        results = self._send("GET", f"/pins?cid={cid}&status={','.join(_STATES)}").get("results")
        if not isinstance(results, list):
            raise self._malformed()
        known = [self._parsed(each, cid) for each in results]
        return max(known, key=lambda each: _STATES.index(each[1]), default=None)

    def _parsed(self, answer: object, cid: str) -> tuple[str, str]:
        """(request id, status) of a PinStatus about `cid`."""
        if not isinstance(answer, dict) or not isinstance(answer.get("pin"), dict):
            raise self._malformed()
        request, status = answer.get("requestid"), answer.get("status")
        plain = isinstance(request, str) and request.replace("-", "").replace("_", "").isalnum()
        if not plain or len(str(request)) > 200 or status not in _STATES:
            raise self._malformed()
        if answer["pin"].get("cid") != cid:
            raise OutsideFailed(f"{self._who} speaks of another file than {cid}: don't rely on it.")
        return str(request), str(status)

    def _malformed(self) -> DaimmError:
        return OutsideFailed(
            f"{self._who} answers something else than the pinning API: correct its address."
        )

    def _send(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        patience = PATIENCE if method == "GET" else 0
        got = self._client.ask(
            method, path, body=data, headers=headers, most=MAX_ANSWER, patience=patience
        )
        try:
            answer = bounded_json.loads(got.body)
        except ValueError:
            answer = None
        if got.status in (401, 403):
            raise OutsideFailed(
                f"{self._who} does not let you in: put its token into the file that "
                "`pinning_token_file` under [storage] names."
            )
        if got.status not in (200, 202):
            said = answer.get("error") if isinstance(answer, dict) else None
            reason = said.get("reason") if isinstance(said, dict) else None
            raise OutsideFailed(
                f"{self._who} refused with status {got.status} "
                f"({sanitise(reason or 'no reason')}): correct that, or try again later."
            )
        if not isinstance(answer, dict):
            raise self._malformed()
        return answer
