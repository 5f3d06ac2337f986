"""A local IPFS daemon (Kubo) without peers, for tests and the demo.

    from tools.kubo import LocalDaemon

    with LocalDaemon() as daemon:
        print(daemon.api, daemon.gateway)

Its repository is a folder of its own that is gone at the end; ports are picked by the system, on
loopback only. Nothing is asked of other machines: no peers, bootstrap, routing or updates.
"""

from __future__ import annotations

import atexit
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

ROOT = Path(__file__).resolve().parent.parent
PROFILE = "unixfs-v1-2025"
START_SECONDS = 60.0
_PR_SET_PDEATHSIG = 1


class DaemonError(Exception):
    """The daemon could not start, or a command of it failed."""


def find() -> Path | None:
    """The `ipfs` that `make kubo` built or found, else the one on PATH, else None."""
    built = ROOT / ".build" / "bin" / "ipfs"
    if os.access(built, os.X_OK):
        return built
    found = shutil.which("ipfs")
    return Path(found) if found else None


class LocalDaemon:
    """A daemon process; a context manager.

    api: multiaddr of the RPC; gateway: URL of the trustless gateway. secret: "bearer:TOKEN" or
    "basic:USER:PASSWORD" that the RPC is to ask for.
    """

    def __init__(self, *, secret: str | None = None) -> None:
        self.api = ""
        self.gateway = ""
        self._secret = secret
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> LocalDaemon:
        self._folder = tempfile.TemporaryDirectory(prefix="daimm-kubo-")
        atexit.register(self.stop)
        try:
            self.run("init", "--empty-repo", "--profile", PROFILE)
            self._configure()
            self._launch()
        except BaseException:
            self.stop()
            raise
        return self

    def run(self, *arguments: str, output: BinaryIO | None = None) -> str:
        """What a command of `ipfs` prints, on this repository; "" where `output` has it."""
        done = subprocess.run(
            [str(_required()), *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=output or subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            timeout=600,
            check=False,
        )
        if done.returncode:
            raise DaemonError(f"ipfs {arguments[0]}: {done.stderr.strip()[-500:]}")
        return done.stdout or ""

    def kill(self) -> None:
        """End the daemon as a crash would; its repository stays."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def restart(self) -> None:
        """Start again after `kill`; the addresses change."""
        for name in ("api", "gateway", "repo.lock"):
            (self._repository / name).unlink(missing_ok=True)
        self._launch()

    def stop(self) -> None:
        """End the daemon and remove its repository. Doing it twice is harmless."""
        atexit.unregister(self.stop)
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    @property
    def _repository(self) -> Path:
        assert self._folder is not None
        return Path(self._folder.name)

    @property
    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("IPFS_")}
        return kept | {"IPFS_PATH": str(self._repository), "IPFS_TELEMETRY": "off"}

    def _configure(self) -> None:
        file = self._repository / "config"
        config = json.loads(file.read_text())
        loopback = "/ip4/127.0.0.1/tcp/0"
        config["Addresses"] |= {"API": loopback, "Gateway": loopback, "Swarm": []}
        config["Bootstrap"] = []
        config["AutoConf"] = {"Enabled": False}
        config["Routing"] = {"Type": "none"}
        config["DNS"] = {"Resolvers": {}}
        config["Discovery"] = {"MDNS": {"Enabled": False}}
        config["Gateway"] = config.get("Gateway", {}) | {"NoFetch": True}
        if self._secret:
            allowed = {"AuthSecret": self._secret, "AllowedPaths": ["/api/v0"]}
            config["API"] = config.get("API", {}) | {"Authorizations": {"tests": allowed}}
        file.write_text(json.dumps(config))

    def _launch(self) -> None:
        log = self._repository / "daemon.log"
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [str(_required()), "daemon", "--offline"],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=_die_with_parent(),
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            text = log.read_text(errors="replace")
            if self._process.poll() is not None:
                raise DaemonError(f"ipfs ended at once: {text.strip()[-500:]}")
            if "Daemon is ready" in text:
                self.api = (self._repository / "api").read_text().strip()
                self.gateway = (self._repository / "gateway").read_text().strip()
                return
            time.sleep(0.02)
        raise DaemonError(f"ipfs was not ready within {START_SECONDS:.0f} seconds")

    def __enter__(self) -> LocalDaemon:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _required() -> Path:
    found = find()
    if found is None:
        raise DaemonError("there is no ipfs: install Kubo, or install Go and run `make kubo`")
    return found


def _die_with_parent() -> Callable[[], object] | None:
    """So that Linux kills the daemon with this process, however that ends."""
    if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
