"""Files that somebody named: a pipe in the place of one does not hang, whoever opens it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daimm_cli.accounts import backup, keystore, seed
from daimm_cli.base.errors import DaimmError
from daimm_cli.manifest import card
from daimm_cli.models.inspect import inspect_model


@pytest.mark.parametrize(
    "read",
    [
        inspect_model,
        card.read,
        keystore.read_keystore,
        backup.read,
        lambda path: seed.unlock(path.parent, "password"),
    ],
    ids=["model", "card", "keystore", "backup", "seed"],
)
def test_a_pipe_is_refused_and_does_not_hang(read: Callable[[Path], Any], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "seed.json")
    with pytest.raises(DaimmError, match="not a regular file"):
        read(tmp_path / "seed.json")
