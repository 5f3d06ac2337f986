"""Somebody who runs models: no chain, no account."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from daimm_cli.cli import main
from daimm_cli.sandbox.sandbox import lacking
from tests.python.cli.conftest import Ran


@pytest.fixture
def types(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """`types("license", "run", ...)` in a folder of its own."""
    if why := lacking():
        pytest.skip(why)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAIMM_HOME", str(tmp_path / "home"))

    def run(*words: object) -> Ran:
        capsys.readouterr()
        status = main.run([str(word) for word in words])
        return Ran(status, *capsys.readouterr())

    return run
