"""A local chain of the second client: `geth --dev`, with a block each second.

    from tools.geth import LocalGeth

    with LocalGeth() as chain:
        print(chain.url, chain.chain_id, chain.developer.address)

One account, the developer's, has ether. The chain is in memory, on loopback, without peers.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

from tools import running
from tools.chain import Account
from tools.running import ProgramFailed

CHAIN_ID = 1337
START_SECONDS = 60.0


def find() -> Path | None:
    """The `geth` that `make geth` built or found, else the one on PATH, else None."""
    return running.find("geth")


class LocalGeth:
    """A geth process; a context manager. Raises ProgramFailed when it cannot start."""

    def __init__(self, *, period: int = 1) -> None:
        self.chain_id = CHAIN_ID
        self.url = ""
        self.developer = Account("", "")
        self._period = period
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> LocalGeth:
        program = find()
        if program is None:
            raise ProgramFailed("there is no geth: install geth, or install Go and run `make geth`")
        self._folder = tempfile.TemporaryDirectory(prefix="daimm-geth-")
        log = Path(self._folder.name) / "log"
        command = [
            *(str(program), "--dev", "--dev.period", str(self._period)),
            *("--http", "--http.addr", "127.0.0.1", "--http.port", "0", "--ipcdisable"),
            *("--authrpc.addr", "127.0.0.1", "--authrpc.port", "0", "--port", "0"),
        ]
        try:
            self._process = running.start(
                command, log=log, environment=os.environ | {"HOME": self._folder.name}
            )
            found = running.wait_for(
                r"(?s)Account\n.*?(0x[0-9a-f]{40}).*Private Key\n.*?(0x[0-9a-f]{64})"
                r".*HTTP server started +endpoint=(127\.0\.0\.1:\d+)",
                self._process,
                log,
                seconds=START_SECONDS,
            )
        except BaseException:
            self.stop()
            raise
        self.developer = Account(found[1], found[2])
        self.url = f"http://{found[3]}"
        return self

    def stop(self) -> None:
        """End the chain. Doing it twice is harmless."""
        if self._process is not None:
            running.stop(self._process)
            self._process = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
