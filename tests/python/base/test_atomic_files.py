"""Files that are whole or absent, whatever kills their writers."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from daimm_cli.base.files import atomic_file, private_folder, sweep, write_atomic

ROOT = Path(__file__).resolve().parents[3]
WRITER = """
import sys
from pathlib import Path
from daimm_cli.base.files import {what}
with {what}(Path(sys.argv[1])) as work:
    print(flush=True)
    sys.stdin.read()
"""


def writing(target: Path, what: str = "atomic_file") -> subprocess.Popen[bytes]:
    """A process that is in the middle of its work."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER.format(what=what), str(target)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stdout.readline() == b"\n"
    return process


@pytest.mark.parametrize("what", ["atomic_file", "private_folder"])
def test_what_a_killed_process_left_goes_and_what_another_works_on_stays(
    tmp_path: Path, what: str
) -> None:
    for killed in (False, True):
        with writing(tmp_path / "record.json", what) as process:
            if not killed:
                sweep(tmp_path)
                assert len(list(tmp_path.iterdir())) == 1
            process.kill()
        assert len(list(tmp_path.iterdir())) == 1, "a kill leaves it"
        sweep(tmp_path)
        assert list(tmp_path.iterdir()) == []


def test_the_next_process_that_writes_there_sweeps(tmp_path: Path) -> None:
    with writing(tmp_path / "one.json") as process:
        process.kill()
    with writing(tmp_path / "two.json") as process:
        assert process.stdin
        process.communicate(b"")
    assert [path.name for path in tmp_path.iterdir()] == ["two.json"]


@pytest.mark.parametrize(
    "name", [".settings.abcdefgh", "x.abcdefgh.daimm", ".x.abcdefg.daimm", ".x.ABCDEFGH.daimm"]
)
def test_what_is_not_ours_stays(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"somebody's")
    sweep(tmp_path)
    assert (tmp_path / name).exists()


def test_a_link_or_a_pipe_of_such_a_name_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / ".x.aaaaaaaa.daimm").symlink_to(tmp_path / "precious")
    os.mkfifo(tmp_path / ".x.bbbbbbbb.daimm")
    sweep(tmp_path)
    assert (tmp_path / "precious").read_bytes() == b"precious"


def test_a_folder_that_is_swept_before_it_is_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tempfile.mkdtemp
    made: list[str] = []

    def swept(*named: Any) -> str:
        made.append(real(*named))
        if len(made) == 1:
            sweep(tmp_path)
        return made[-1]

    monkeypatch.setattr(tempfile, "mkdtemp", swept)
    with private_folder(tmp_path / "model") as folder:
        assert [str(folder)] == made[1:]


def test_what_fails_leaves_nothing_and_the_old_file(tmp_path: Path) -> None:
    write_atomic(tmp_path / "file", b"old")
    with pytest.raises(KeyboardInterrupt), atomic_file(tmp_path / "file") as file:
        file.write(b"half")
        raise KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt), private_folder(tmp_path / "other") as folder:
        (folder / "half").write_bytes(b"half")
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b"old"


def test_a_name_as_long_as_the_system_takes_is_written(tmp_path: Path) -> None:
    write_atomic(tmp_path / ("ü" * 127), b"content")
    assert (tmp_path / ("ü" * 127)).read_bytes() == b"content"


def test_a_file_system_without_locks_is_written_to_and_not_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_arguments: object) -> None:
        raise OSError(38, "no locks here")

    monkeypatch.setattr(fcntl, "flock", none)
    (tmp_path / ".x.aaaaaaaa.daimm").write_bytes(b"")
    write_atomic(tmp_path / "file", b"content")
    assert len(list(tmp_path.iterdir())) == 2
