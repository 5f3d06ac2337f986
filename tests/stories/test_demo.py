"""`make demo`, as a newcomer runs it: it ends well, and whatever ends it cleans up."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from daimm_cli.artifact.unixfs import Cid
from scripts import demo
from scripts._stage import Stage
from tests.python.store.servers import Answer, Daemon, serving
from tools.kubo import find

ROOT = Path(__file__).resolve().parents[2]
DEMO = [sys.executable, "scripts/demo.py"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A place of its own for what is temporary."""
    (tmp_path / "tmp").mkdir()
    return {**os.environ, "TMPDIR": str(tmp_path / "tmp"), "COLUMNS": "120"}


def test_the_demo_tells_the_whole_story_and_leaves_nothing(
    environment: dict[str, str], tmp_path: Path
) -> None:
    done = subprocess.run(
        DEMO, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout[-2000:]
    said = done.stdout
    for part in (
        "model.onnx: the same 3,163,737 bytes",
        "Market.sol  solidity (100.0% sure)",
        "Withdrew 10 AIM",
        "reverted with KeyDelivery_WrongChallenge",
        "10.1 AIM is credited",
        "version 1, is proven wrong",
        "Withdrew 1 AIM, 2 AIM",
        "deliver the key, pay the seller",
    ):
        assert part in said
    assert ("an IPFS daemon: the seller pushes" in said) == (find() is not None)
    assert len(re.findall(r"gas: [0-9,]+", said)) >= 7
    assert "\x1b" not in said
    assert list((tmp_path / "tmp").iterdir()) == []


class ScriptedDaemon:
    """The calls of Kubo that the demo comes to use, and a gateway to the same blocks."""

    def __init__(self) -> None:
        self.daemon = Daemon()
        self.fetched = 0
        self._stack = contextlib.ExitStack()

    def start(self) -> None:
        self.api = self._stack.enter_context(serving(self.daemon)).url
        self.gateway = self._stack.enter_context(serving(self._block)).url

    def stop(self) -> None:
        self._stack.close()

    def _block(self, ask: Answer) -> None:
        if ask.query["format"] != "raw":
            return ask.reply(b"raw blocks only", 406, "text/plain")
        self.fetched += 1
        block = self.daemon.blocks[Cid.parse(ask.route.removeprefix("/ipfs/"))]
        return ask.reply(block, kind="application/vnd.ipld.raw")


def test_with_a_daemon_the_files_go_through_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A scripted daemon here; with a real one, `make demo` itself takes it (the test above)."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    daemon = ScriptedDaemon()
    with Stage(keep=False, daemon=daemon) as stage:
        seller, buyer = demo.set_up(stage)
        offer = demo.publish(stage, seller)
        _, license_id = demo.buy(stage, buyer, offer, step="buy (into escrow)")
        assert len(daemon.daemon.pins) >= 3
        assert daemon.fetched > 3
        demo.deliver(stage, seller)
        demo.fetch(stage, buyer, license_id)
    assert "model.onnx: the same 3,163,737 bytes" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_leaves_nothing(
    environment: dict[str, str], tmp_path: Path, how: signal.Signals
) -> None:
    demo = subprocess.Popen(
        DEMO, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert demo.stdout is not None
    try:
        for line in demo.stdout:
            if "seller$" in line:
                break
        demo.send_signal(how)
        demo.stdout.read()
        assert demo.wait(timeout=60) == 130
    finally:
        demo.kill()
        demo.stdout.close()
    assert list((tmp_path / "tmp").iterdir()) == []
