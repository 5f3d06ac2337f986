"""Sealing whole files, and what can go wrong with it."""

import dataclasses
import errno
import fcntl
import os
import stat
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daimm_cli.artifact import merkle, pipeline
from daimm_cli.base.errors import DaimmError, VerificationFailed
from tests.python.artifact.reference import age_file, dag_of_bytes
from tests.python.artifact.samples import (
    EDGES,
    KEY,
    LINE,
    MANY,
    NONCE,
    content,
    left_behind,
    sealed_files,
)

Files = tuple[pipeline.Sealed, Path, Path]


@pytest.mark.parametrize("size", EDGES)
def test_opening_gives_the_plaintext_back(tmp_path: Path, size: int) -> None:
    data = content(size)
    result, sealed, listed = sealed_files(tmp_path, data)
    assert result.ciphertext == dag_of_bytes(sealed.read_bytes())
    assert result.digests == dag_of_bytes(listed.read_bytes())
    assert pipeline.check(sealed, listed, LINE, expect=result.artifact, processes=1) == result
    target = tmp_path / "opened"
    assert sealed.read_bytes() == age_file(data, KEY, LINE, NONCE)
    pipeline.unseal(sealed, listed, target, KEY, LINE, result.artifact, processes=1)
    assert target.read_bytes() == data
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    pipeline.verify_plaintext(target, result.artifact, processes=1)
    assert left_behind(tmp_path) == {"model", "model.age", "model.list", "opened"}


@given(size=st.integers(0, 3 << 20), leaf_size=st.sampled_from(merkle.LEAF_SIZES))
@settings(deadline=None, max_examples=30)
def test_any_size_and_leaf_size_survives(
    tmp_path_factory: pytest.TempPathFactory, size: int, leaf_size: int
) -> None:
    directory = tmp_path_factory.mktemp("any")
    data = content(size)
    result, sealed, listed = sealed_files(directory, data, leaf_size=leaf_size)
    assert pipeline.check(sealed, listed, LINE, leaf_size=leaf_size, processes=1) == result
    target = directory / "opened"
    pipeline.unseal(sealed, listed, target, KEY, LINE, result.artifact, processes=1)
    assert target.read_bytes() == data


def test_progress_grows_to_the_whole(tmp_path: Path) -> None:
    source = tmp_path / "model"
    source.write_bytes(content(MANY))
    seen: list[tuple[int, int]] = []
    pipeline.seal(
        source,
        tmp_path / "sealed",
        tmp_path / "list",
        KEY,
        LINE,
        processes=2,
        progress=lambda done, total: seen.append((done, total)),
    )
    done = [entry[0] for entry in seen]
    assert done == sorted(set(done))
    assert seen[-1] == (MANY, MANY)
    assert len(seen) > 2


def test_a_fresh_nonce_each_time(tmp_path: Path) -> None:
    source = tmp_path / "model"
    source.write_bytes(b"weights")
    paths = tmp_path / "sealed", tmp_path / "list"
    first, second = (pipeline.seal(source, *paths, KEY, LINE) for _ in range(2))
    assert first.artifact.file_nonce != second.artifact.file_nonce
    assert first.artifact.plaintext_root == second.artifact.plaintext_root
    assert first.artifact.combined_root != second.artifact.combined_root


def test_commitment_binds_every_field() -> None:
    artifact = pipeline.Artifact(NONCE, 10_000, 4096, b"c" * 32, b"p" * 32)
    packed = (
        b"DAIMM/commit/v2"
        + NONCE
        + (10_000).to_bytes(8, "big")
        + (4096).to_bytes(4, "big")
        + b"c" * 32
        + b"p" * 32
    )
    assert len(packed) == 107
    assert artifact.commitment == sha256(packed).digest()
    others = [
        dataclasses.replace(artifact, file_nonce=bytes(16)),
        dataclasses.replace(artifact, size=10_001),
        dataclasses.replace(artifact, leaf_size=8192),
        dataclasses.replace(artifact, combined_root=bytes(32)),
        dataclasses.replace(artifact, plaintext_root=bytes(32)),
    ]
    assert len({other.commitment for other in [artifact, *others]}) == 6


@pytest.mark.parametrize(
    "wrong",
    [
        {"file_nonce": bytes(15)},
        {"combined_root": bytes(31)},
        {"plaintext_root": bytes(33)},
        {"size": -1},
        {"size": 1 << 63},
        {"leaf_size": 4095},
        {"leaf_size": 32768},
    ],
)
def test_fields_that_no_artifact_has_are_refused(wrong: dict[str, Any]) -> None:
    artifact = pipeline.Artifact(NONCE, 10_000, 4096, b"c" * 32, b"p" * 32)
    with pytest.raises(DaimmError):
        dataclasses.replace(artifact, **wrong)


class TestFailures:
    def seal(self, directory: Path, source: Path | None = None, **options: Any) -> pipeline.Sealed:
        paths = directory / "sealed", directory / "list"
        return pipeline.seal(source or directory / "model", *paths, KEY, LINE, **options)

    def test_bad_sources_are_named(self, tmp_path: Path) -> None:
        (tmp_path / "directory").mkdir()
        os.mkfifo(tmp_path / "pipe")
        for name, words in (
            ("missing", "no file"),
            ("directory", "is a directory|not a regular"),
            ("pipe", "not a regular"),
        ):
            with pytest.raises(DaimmError, match=words):
                self.seal(tmp_path, tmp_path / name)
        assert left_behind(tmp_path) == {"directory", "pipe"}

    def test_outputs_must_differ(self, tmp_path: Path) -> None:
        source = tmp_path / "model"
        source.write_bytes(b"x")
        for sealed, listed in ((source, tmp_path / "l"), (tmp_path / "l", tmp_path / "l")):
            with pytest.raises(DaimmError, match="three different files"):
                pipeline.seal(source, sealed, listed, KEY, LINE)
        assert source.read_bytes() == b"x"

    @pytest.mark.parametrize("grow", [True, False])
    def test_a_source_that_changes_is_noticed(self, tmp_path: Path, grow: bool) -> None:
        source = tmp_path / "model"
        source.write_bytes(content(5000))

        def meddle(done: int, total: int) -> None:
            with source.open("ab" if grow else "r+b") as file:
                file.write(b"more")
            os.utime(source, (1, 1))

        with pytest.raises(DaimmError, match="changed while"):
            self.seal(tmp_path, progress=meddle)
        assert left_behind(tmp_path) == {"model"}

    def test_a_source_that_shrinks_is_noticed(self, tmp_path: Path) -> None:
        source = tmp_path / "model"
        source.write_bytes(content(12 << 20))
        with pytest.raises(VerificationFailed, match="shorter"):
            self.seal(tmp_path, progress=lambda *_: os.truncate(source, 100))
        assert left_behind(tmp_path) == {"model"}

    def test_a_full_disk_is_known_before_the_work(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "model").write_bytes(content(5000))

        def full(descriptor: int, offset: int, length: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "posix_fallocate", full)
        with pytest.raises(DaimmError, match="no room for 5,159 bytes"):
            self.seal(tmp_path, progress=lambda *_: pytest.fail("work was begun"))
        assert left_behind(tmp_path) == {"model"}

    @pytest.mark.parametrize("missing", ["posix_fallocate", "open", "pwrite"])
    def test_a_file_system_without_the_fast_ways_gives_the_same_files(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
    ) -> None:
        data = content(3 << 20)
        expected, sealed, _ = sealed_files(tmp_path, data)
        ciphertext = sealed.read_bytes()
        real = getattr(os, missing)
        refused = []

        def refuse(first: Any, *others: Any, **options: Any) -> Any:
            flags = fcntl.fcntl(first, fcntl.F_GETFL) if isinstance(first, int) else others[0]
            if missing == "posix_fallocate" or flags & os.O_DIRECT:
                refused.append(missing)
                raise OSError(errno.EINVAL, "Invalid argument")
            return real(first, *others, **options)

        monkeypatch.setattr(os, missing, refuse)
        result, sealed, listed = sealed_files(tmp_path, data)
        assert refused == [missing]
        assert result == expected
        assert sealed.read_bytes() == ciphertext
        target = tmp_path / "opened"
        pipeline.unseal(sealed, listed, target, KEY, LINE, result.artifact, processes=1)
        assert refused == [missing] * 2
        assert target.read_bytes() == data
