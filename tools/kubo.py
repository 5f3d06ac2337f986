"""A local IPFS daemon (Kubo) without peers, for tests and the demo.

    from tools.kubo import LocalDaemon

    with LocalDaemon() as daemon:
        print(daemon.api, daemon.gateway)

Its repository is a folder of its own that is gone at the end; ports are picked by the system, on
loopback only. Nothing is asked of other machines: no peers, bootstrap, routing or updates.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from tools import running
from tools.running import ProgramFailed

ROOT = Path(__file__).resolve().parent.parent
PROFILE = "unixfs-v1-2025"
START_SECONDS = 60.0


def find() -> Path | None:
    """The `ipfs` that `make kubo` built or found, else the one on PATH, else None."""
    return running.find("ipfs")


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
            raise ProgramFailed(f"ipfs {arguments[0]}: {done.stderr.strip()[-500:]}")
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
            running.stop(self._process)
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
        command = [str(_required()), "daemon", "--offline"]
        self._process = running.start(command, log=log, environment=self._environment)
        running.wait_for("Daemon is ready", self._process, log, seconds=START_SECONDS)
        self.api = (self._repository / "api").read_text().strip()
        self.gateway = (self._repository / "gateway").read_text().strip()

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
        raise ProgramFailed("there is no ipfs: install Kubo, or install Go and run `make kubo`")
    return found
