"""Every command speaks on streams of whatever encoding: what they cannot show is escaped."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

STREAMS = {
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "ascii": {"PYTHONIOENCODING": "ascii:strict"},
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
    "the C locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}
COMMANDS = {
    "a list": (["account", "list"], 0),
    "one thing": (["account", "show", "模型"], 2),
    "a refused option": (["order", "list", "--模型"], 2),
    "JSON": (["account", "show", "模型", "--json"], 2),
    "a group's help": (["model"], 0),
    "help": (["license", "fetch", "--help"], 0),
    "a page": (["keeper", "guide"], 0),
    "all findings": (["doctor"], 5),
}


def run(arguments: list[str], home: Path, streams: dict[str, str], stdin: bytes = b"") -> tuple[
    int, bytes, bytes
]:  # fmt: skip
    environment = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    settings = {
        "HOME": str(home),
        "DAIMM_HOME": str(home),
        "DAIMM_ACCOUNTS": str(home / "accounts"),
        "DAIMM_RPC": "http://127.0.0.1:1",
    }
    ran = subprocess.run(
        [sys.executable, "-m", "daimm_cli", *arguments],
        capture_output=True,
        input=stdin,
        env={**environment, **settings, **streams},
    )
    return ran.returncode, ran.stdout, ran.stderr


@pytest.mark.parametrize("streams", STREAMS.values(), ids=STREAMS)
@pytest.mark.parametrize(("arguments", "status"), COMMANDS.values(), ids=COMMANDS)
def test_no_encoding_of_the_streams_is_a_fault(
    arguments: list[str], status: int, streams: dict[str, str], tmp_path: Path
) -> None:
    home = tmp_path / "дом"
    home.mkdir()
    ended, out, err = run(arguments, home, streams)
    assert ended == status, err
    assert b"fault in daimm" not in out + err
    if arguments[-1] == "--json":
        assert json.loads(err)["exit"] == status


def test_what_an_encoding_lacks_is_escaped(tmp_path: Path) -> None:
    _, _, err = run(["account", "show", "模型"], tmp_path, STREAMS["latin-1"])
    assert rb"'\u6a21\u578b'" in err


def test_an_answer_that_is_no_text_is_told_in_a_sentence(tmp_path: Path) -> None:
    status, _, err = run(["account", "import", "x", "--from", "-"], tmp_path, {}, b"\xff\xfe\n")
    assert status == 2, err
    assert b"fault in daimm" not in err


def test_a_password_that_the_terminals_encoding_lacks_is_a_sentence(tmp_path: Path) -> None:
    child, terminal = pty.fork()
    if not child:
        os.environ.update(STREAMS["the C locale"], DAIMM_ACCOUNTS=str(tmp_path))
        os.execv(sys.executable, [sys.executable, "-m", "daimm_cli", "account", "new", "x"])
    said = b""
    try:
        while b"Password" not in said:
            said += os.read(terminal, 1024)
        os.write(terminal, "pässwörter\n".encode() * 2)
        while part := os.read(terminal, 1024):
            said += part
    except OSError:
        pass  # how the end of a terminal reads
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    assert b"fault in daimm" not in said, said
    assert os.waitstatus_to_exitcode(status) in (0, 2), said
