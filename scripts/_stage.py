"""The demo's stage: people with homes of their own, commands that they type, words in between.

>>> with Stage(keep=False) as stage:
...     seller = stage.person("seller")
...     seller.types("account", "new", "seller")

A command runs as the real `daimm` in a process of its own and is printed as it would be typed, with
what it answers and the gas of whatever it put on the chain.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tools.chain import LocalChain

GARBAGE = str(Path(__file__).with_name("_garbage.py"))
WIDTH = 100
TIMEOUT = 120
"""Seconds that one command may take."""


class DemoFailed(Exception):
    """A command did not do what it should."""


@dataclass(frozen=True)
class Told:
    """What a command said, and the gas that it cost."""

    out: str
    gas: int


class Daemon(Protocol):
    """An IPFS daemon: the address of its RPC and the URL of its gateway, once it is started."""

    api: str
    gateway: str

    def start(self) -> object: ...
    def stop(self) -> None: ...


class Stage:
    """A folder, a chain and a screen; all but the screen is gone at the end.

    daemon: what the seller pushes to and the buyer fetches through; None for a shared folder.
    """

    def __init__(self, *, keep: bool, daemon: Daemon | None = None) -> None:
        self.console = Console(highlight=False, soft_wrap=True)
        self.keep = keep
        self.folder = Path(tempfile.mkdtemp(prefix="daimm-demo-"))
        self.chain = LocalChain()
        self.daemon = daemon
        self.bill: list[tuple[str, int]] = []
        self.chapters = 0
        self.started = time.monotonic()

    def __enter__(self) -> Stage:
        try:
            self.chain.start()
            if self.daemon is not None:
                self.daemon.start()
        except BaseException:
            self.chain.stop()
            self._clean()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.daemon is not None:
            self.daemon.stop()
        self.chain.stop()
        self._clean()

    def _clean(self) -> None:
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def deployments(self) -> Path:
        """Where the address book goes."""
        return self.folder / "deployments"

    def person(self, name: str, *, storage: str = "") -> Person:
        """Somebody with a home, a password and nothing in common with the others but the chain.

        storage: a line of the settings' table of that name.
        """
        return Person(self, name, storage)

    # The screen

    def chapter(self, title: str) -> None:
        """What comes now."""
        self.chapters += 1
        self.console.print()
        self.console.rule(Text(f"{self.chapters}. {title}", "bold"), align="left", style="dim")

    def tell(self, text: str) -> None:
        """Words for a newcomer."""
        blank = "\n" * text.startswith("\n")
        self.console.print(Text(blank + textwrap.fill(text.strip(), WIDTH)))

    def good(self, text: str) -> None:
        """Something that went as it should."""
        self.console.print(Text("✔ ", "bold green") + Text(text))

    def show_command(self, who: str, words: list[str]) -> None:
        """A command as it is typed."""
        self.console.print()
        self.console.print(Text(f"{who}$ ", "bold magenta") + Text(shlex.join(words), "bold cyan"))

    def show_answer(self, text: str) -> None:
        """What a program said."""
        for line in text.rstrip("\n").splitlines():
            self.console.print(Text(f"  {line}", "dim"))

    def show_gas(self, what: str, gas: int) -> None:
        """Gas of one step; it goes on the bill, too."""
        self.bill.append((what, gas))
        self.console.print(Text(f"  gas: {gas:,}", "yellow"))

    def show_bill(self) -> None:
        """All steps with their gas."""
        table = Table(title="What the steps cost on the chain", title_justify="left")
        table.add_column("step")
        table.add_column("gas", justify="right")
        for what, gas in self.bill:
            table.add_row(Text(what), Text(f"{gas:,}"))
        self.console.print()
        self.console.print(table)

    # The chain

    def height(self) -> int:
        """Number of the latest block."""
        return int(self.chain.rpc("eth_blockNumber"), 16)

    def gas_since(self, height: int) -> int:
        """Gas of all transactions after that block."""
        blocks = range(height + 1, self.height() + 1)
        found = (self.chain.rpc("eth_getBlockByNumber", hex(n), False) for n in blocks)
        return sum(int(block["gasUsed"], 16) for block in found)


class Person:
    """An account with a home: `types` runs a command of `daimm` there."""

    def __init__(self, stage: Stage, name: str, storage: str) -> None:
        self.stage = stage
        self.name = name
        self.home = stage.folder / name / "home"
        self.desk = stage.folder / name / "desk"
        self.home.mkdir(mode=0o700, parents=True)
        self.desk.mkdir()
        password = self.home / "password"
        password.touch(mode=0o600)
        password.write_text(f"the {name}'s own password\n")
        (self.home / "config.toml").write_text(
            f'accounts = "accounts"\n\n[profiles.local]\nrpc = "{stage.chain.url}"\n'
            f"chain_id = {stage.chain.chain_id}\n\n[storage]\n{storage}\n"
        )
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("DAIMM_")}
        self.environment = inherited | {
            "DAIMM_HOME": str(self.home),
            "DAIMM_DEPLOYMENTS": str(stage.deployments),
            "DAIMM_PASSWORD_FILE": str(password),
        }

    def types(
        self,
        *words: str,
        step: str = "",
        quiet: bool = False,
        cheating: bool = False,
        fails: bool = False,
    ) -> Told:
        """Run a command that must succeed; `step` names it on the bill of gas.

        cheating: by a `daimm` that seals garbage. fails: it must be refused instead.
        """
        height = self.stage.height()
        if not quiet:
            self.stage.show_command(self.name, ["daimm", *words])
        daimm = [sys.executable, *([GARBAGE] if cheating else ["-m", "daimm_cli"])]
        done = subprocess.run(
            [*daimm, *words],
            cwd=self.desk,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,  # in the order in which it was said
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        if not quiet or done.returncode:
            self.stage.show_answer(done.stdout)
        if bool(done.returncode) != fails:
            raise DemoFailed(f"`daimm {shlex.join(words)}` ended with status {done.returncode}.")
        gas = self.stage.gas_since(height)
        if step:
            self.stage.show_gas(step, gas)
        return Told(done.stdout, gas)
