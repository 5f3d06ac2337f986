"""A Kubo daemon by its RPC: files are pushed as one CAR stream and pinned, blocks are read back.

>>> daemon = Kubo("/ip4/127.0.0.1/tcp/5001")
>>> daemon.push(store, cid)
>>> daemon.pinned(cid)
True

An answer may be half a one, for a daemon tells of late errors where clients do not look. So a push
counts when the daemon named the same root, reported no pin error, lists the pin, and gives the root
block back. RPC: https://docs.ipfs.tech/reference/kubo/rpc/
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

from daimm_cli.artifact.unixfs import MAX_BLOCK, Cid
from daimm_cli.base import bounded_json
from daimm_cli.base.errors import OutsideFailed
from daimm_cli.base.files import Progress, no_progress
from daimm_cli.base.http import READ_SECONDS
from daimm_cli.base.text import sanitise
from daimm_cli.store import car
from daimm_cli.store.base import NotStored, fetch_block
from daimm_cli.store.ipfs_http import Connection, Refused
from daimm_cli.store.local import LocalStore

PIN_SECONDS = 600.0
"""How long the daemon may think after the last byte of a push."""


class Kubo(Connection):
    """A daemon; a `BlockSource`.

    address: a multiaddr (/ip4/127.0.0.1/tcp/5001, /unix/run/ipfs/api.sock, /dns/host/tcp/443/https)
    or a URL. secret: "bearer:TOKEN" or "basic:USER:PASSWORD", as Kubo's own settings have it.
    read: seconds for an answer; fewer for a connection, and for each piece sent.
    Raises DaimmError for an address or a secret that is none.
    """

    def __init__(
        self, address: str, *, secret: str | None = None, read: float = READ_SECONDS
    ) -> None:
        super().__init__(address, secret=secret, read=read)
        self._look_seconds = max(1.0, read - 5)

    def version(self) -> str:
        """Kubo's version; the cheapest way to see whether somebody is there."""
        answer = self._ask("version")
        found = answer[0].get("Version") if len(answer) == 1 else None
        if not isinstance(found, str):
            raise OutsideFailed(f"{self.who} is no Kubo: correct its address.")
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
            raise OutsideFailed(f"{self.who} did not say that it took {cid}: try again.")
        named = roots[0].get("Cid")
        if not isinstance(named, dict) or named.get("/") != cid:
            raise OutsideFailed(f"{self.who} took another file than {cid}: don't rely on it.")
        if problem := roots[0].get("PinErrorMsg"):
            raise OutsideFailed(f"{self.who} did not pin {cid}: {sanitise(problem)}.")
        if not self.pinned(cid):
            raise OutsideFailed(f"{self.who} took {cid} but does not list its pin: try again.")
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
            raise OutsideFailed(f"{self.who} does not list the pin of {cid}: try again.")

    def unpin(self, cid: str) -> None:
        """Let the daemon's own collection take the file."""
        if self.pinned(cid):
            self._ask("pin/rm", cid)

    def block(self, cid: Cid, *, max_size: int = MAX_BLOCK) -> bytes:
        """A block as the daemon says it is, checked; it may look for it among its peers."""
        opts = {"timeout": f"{self._look_seconds:.0f}s"}
        try:
            block = self.send("block/get", str(cid), opts=opts, limit=max_size)
        except Refused as error:
            if "not found" in error.reason or "could not find" in error.reason:
                raise NotStored(cid) from None
            raise
        cid.verify(block)
        return block

    def _ask(self, path: str, *args: str, **how: Any) -> list[dict[str, Any]]:
        text = self.send(path, *args, **how)
        try:
            answer = [bounded_json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            answer = [None]
        if not all(isinstance(line, dict) for line in answer):
            raise OutsideFailed(
                f"{self.who} answers something else than JSON: correct its address."
            )
        for line in answer:
            if line.get("Type") == "error":
                raise Refused(self.who, line.get("Message"))
        return answer


def _form(boundary: str, parts: Iterator[bytes]) -> Iterator[bytes]:
    yield (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="car"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()
    yield from parts
    yield f"\r\n--{boundary}--\r\n".encode()
