"""The helper processes: the same files, no secret in sight, nobody left behind."""

import contextlib
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from daimm_cli.artifact import age, kernel, merkle, pipeline, workers
from daimm_cli.base.errors import OutsideFailed, VerificationFailed
from tests.python.artifact.samples import (
    KEY,
    LINE,
    MANY,
    NONCE,
    content,
    left_behind,
    sealed_files,
)

_others: set[int] = set()


def _processes() -> list[int]:
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return [int(pid) for pid in listed.split()]


@pytest.fixture(autouse=True)
def _keep_others() -> None:
    """What other tests run in the background is none of ours: a chain, for example."""
    _others.update(_processes())


def children() -> list[int]:
    return [pid for pid in _processes() if pid not in _others]


@pytest.mark.parametrize("processes", [2, 3])
def test_processes_change_nothing_but_the_time(tmp_path: Path, processes: int) -> None:
    data = content(MANY)
    result, sealed, listed = sealed_files(tmp_path, data)
    before = sealed.read_bytes(), listed.read_bytes()
    again, *_ = sealed_files(tmp_path, data, processes=processes)
    assert (sealed.read_bytes(), listed.read_bytes()) == before
    assert again == result
    assert pipeline.check(sealed, listed, LINE, processes=processes) == result
    target = tmp_path / "opened"
    pipeline.unseal(sealed, listed, target, KEY, LINE, result.artifact, processes=processes)
    assert target.read_bytes() == data
    assert children() == []


def run_all(job: kernel.Job, processes: int) -> None:
    workers.run(job, workers=processes)


def test_a_job_does_not_show_the_key() -> None:
    job = kernel.Job(kernel.Task.OPEN, merkle.Leaves(9, 256), 3, 4, -1, b"k" * 32, b"", 7)
    assert "kkkk" not in repr(job)


class TestHelpers:
    def seal(self, directory: Path, source: Path | None = None, **options: Any) -> pipeline.Sealed:
        paths = directory / "sealed", directory / "list"
        return pipeline.seal(source or directory / "model", *paths, KEY, LINE, **options)

    def test_an_interruption_leaves_neither_files_nor_helpers(self, tmp_path: Path) -> None:
        (tmp_path / "model").write_bytes(content(MANY))

        def interrupt(done: int, total: int) -> None:
            assert children(), "no helper was started"
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            self.seal(tmp_path, processes=3, progress=interrupt)
        assert left_behind(tmp_path) == {"model"}
        assert children() == []

    def test_a_killed_helper_is_an_error_not_a_hang(self, tmp_path: Path) -> None:
        (tmp_path / "model").write_bytes(content(MANY))

        def kill(done: int, total: int) -> None:
            for pid in children():
                os.kill(pid, signal.SIGKILL)

        with pytest.raises(OutsideFailed, match="helper"):
            self.seal(tmp_path, processes=2, progress=kill)
        assert left_behind(tmp_path) == {"model"}
        assert children() == []

    def test_the_key_shows_neither_in_arguments_nor_in_the_environment(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "model").write_bytes(content(MANY))
        derived = age.payload_key(KEY, NONCE)
        seen = []

        def look(done: int, total: int) -> None:
            for pid in children():
                with contextlib.suppress(ProcessLookupError):
                    seen.append(Path(f"/proc/{pid}/cmdline").read_bytes())
                    seen.append(Path(f"/proc/{pid}/environ").read_bytes())

        self.seal(tmp_path, processes=2, nonce=NONCE, progress=look)
        assert seen
        for text in seen:
            for secret in (KEY, derived):
                assert secret not in text
                assert secret.hex().encode() not in text.lower()

    @pytest.mark.parametrize("processes", [1, 2])
    def test_what_a_helper_meets_is_raised_here(self, tmp_path: Path, processes: int) -> None:
        short = tmp_path / "short"
        short.write_bytes(content(4096))
        with short.open("rb") as file:
            job = kernel.Job(kernel.Task.DIGEST, merkle.Leaves(MANY), file.fileno())
            with pytest.raises(VerificationFailed, match="shorter"):
                run_all(job, processes)
        full = tmp_path / "full"
        full.write_bytes(content(MANY))
        with full.open("rb") as source:
            descriptors = source.fileno(), source.fileno(), source.fileno()
            job = kernel.Job(kernel.Task.SEAL, merkle.Leaves(MANY), *descriptors, front=bytes(143))
            with pytest.raises(OSError, match="Bad file descriptor"):
                run_all(job, processes)
        assert children() == []

    def test_a_helper_passes_on_what_it_met(self, tmp_path: Path) -> None:
        source = tmp_path / "model"
        source.write_bytes(content(4096))
        with source.open("rb") as file:
            helper = workers._Helper(
                kernel.Job(kernel.Task.DIGEST, merkle.Leaves(MANY), file.fileno())
            )
            try:
                helper.ask(0, range(8))
                with pytest.raises(VerificationFailed, match="shorter"):
                    helper.answer()
            finally:
                helper.end()
