"""Reading is quick: it loads nothing that signs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.python.cli.conftest import Person
from tools.abis import ROOT

SIGNING = ("web3", "eth_account", "requests")


@pytest.mark.parametrize("command", ["model list", "offer list", "order list", "balance"])
def test_reading_loads_nothing_that_signs(seller: Person, command: str) -> None:
    code = (
        f"import sys; from daimm_cli.cli.main import run; status = run({command.split()}); "
        f"print(*[name for name in {SIGNING} if name in sys.modules]); sys.exit(status)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **seller.settings},
        cwd=ROOT,
    )
    assert ran.stdout.splitlines()[-1] == ""
