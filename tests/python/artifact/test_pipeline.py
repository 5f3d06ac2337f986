"""Sealing, checking and opening whole files."""

import contextlib
import dataclasses
import errno
import fcntl
import io
import os
import signal
import stat
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daimm_cli.artifact import kernel, merkle, pipeline, stream, unixfs, workers
from daimm_cli.errors import DaimmError, OutsideFailed, VerificationFailed
from tests.python.artifact.samples import (
    BINDING,
    EDGES,
    FIRST,
    HEADER,
    KEY,
    content,
    damage,
    sealed_files,
)

Files = tuple[pipeline.Sealed, Path, Path]

MANY = 26 << 20  # enough segments for helper processes to be started


def children() -> list[int]:
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return [int(pid) for pid in listed.split()]


def left_behind(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


@pytest.mark.parametrize("size", [*EDGES, (2 << 20) + 5])
def test_seal_is_encryption_and_open_gives_the_plaintext_back(tmp_path: Path, size: int) -> None:
    data = content(size)
    result, sealed, listed = sealed_files(tmp_path, data)
    expected = io.BytesIO()
    stream.encrypt(io.BytesIO(data), expected, KEY, BINDING, header=HEADER)
    assert sealed.read_bytes() == expected.getvalue()
    assert result.ciphertext == unixfs.dag_of_bytes(sealed.read_bytes())
    assert result.digests == unixfs.dag_of_bytes(listed.read_bytes())
    assert pipeline.check(sealed, listed, expect=result.artifact, processes=1) == result
    target = tmp_path / "opened"
    opened = pipeline.unseal(sealed, listed, target, KEY, BINDING, result.artifact, processes=1)
    assert opened == pipeline.Opened(size, ())
    assert target.read_bytes() == data
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    pipeline.verify_plaintext(target, result.artifact, processes=1)
    assert left_behind(tmp_path) == {"model", "model.sealed", "model.list", "opened"}


@given(size=st.integers(0, 3 << 20), leaf_size=st.sampled_from(merkle.LEAF_SIZES))
@settings(deadline=None, max_examples=30)
def test_any_size_and_leaf_size_survives(
    tmp_path_factory: pytest.TempPathFactory, size: int, leaf_size: int
) -> None:
    directory = tmp_path_factory.mktemp("any")
    data = content(size)
    result, sealed, listed = sealed_files(directory, data, leaf_size=leaf_size)
    assert pipeline.check(sealed, listed, leaf_size=leaf_size, processes=1) == result
    target = directory / "opened"
    pipeline.unseal(sealed, listed, target, KEY, BINDING, result.artifact, processes=1)
    assert target.read_bytes() == data


@pytest.mark.parametrize("processes", [2, 3])
def test_processes_change_nothing_but_the_time(tmp_path: Path, processes: int) -> None:
    data = content(MANY)
    result, sealed, listed = sealed_files(tmp_path, data)
    before = sealed.read_bytes(), listed.read_bytes()
    again, *_ = sealed_files(tmp_path, data, processes=processes)
    assert (sealed.read_bytes(), listed.read_bytes()) == before
    assert again == result
    assert pipeline.check(sealed, listed, processes=processes) == result
    target = tmp_path / "opened"
    pipeline.unseal(sealed, listed, target, KEY, BINDING, result.artifact, processes=processes)
    assert target.read_bytes() == data
    assert children() == []


def test_progress_grows_to_the_whole(tmp_path: Path) -> None:
    source = tmp_path / "model"
    source.write_bytes(content(MANY))
    seen: list[tuple[int, int]] = []
    pipeline.seal(
        source,
        tmp_path / "sealed",
        tmp_path / "list",
        KEY,
        BINDING,
        processes=2,
        progress=lambda done, total: seen.append((done, total)),
    )
    done = [entry[0] for entry in seen]
    assert done == sorted(set(done))
    assert seen[-1] == (MANY, MANY)
    assert len(seen) > 2


def test_a_fresh_header_each_time(tmp_path: Path) -> None:
    source = tmp_path / "model"
    source.write_bytes(b"weights")
    paths = tmp_path / "sealed", tmp_path / "list"
    first, second = (pipeline.seal(source, *paths, KEY, BINDING) for _ in range(2))
    assert first.artifact.header != second.artifact.header
    assert first.artifact.plaintext_root == second.artifact.plaintext_root
    assert first.artifact.combined_root != second.artifact.combined_root


def test_commitment_binds_every_field() -> None:
    artifact = pipeline.Artifact(HEADER, 10_000, 4096, b"c" * 32, b"p" * 32)
    packed = (
        b"DAIMM/commit/v1"
        + HEADER.salt
        + HEADER.prefix
        + (10_000).to_bytes(8, "big")
        + (4096).to_bytes(4, "big")
        + b"c" * 32
        + b"p" * 32
    )
    assert artifact.commitment == sha256(packed).digest()
    others = [
        dataclasses.replace(artifact, header=stream.Header(bytes(32), HEADER.prefix)),
        dataclasses.replace(artifact, header=stream.Header(HEADER.salt, bytes(7))),
        dataclasses.replace(artifact, size=10_001),
        dataclasses.replace(artifact, leaf_size=8192),
        dataclasses.replace(artifact, combined_root=bytes(32)),
        dataclasses.replace(artifact, plaintext_root=bytes(32)),
    ]
    assert len({other.commitment for other in [artifact, *others]}) == 7


@pytest.mark.parametrize(
    "wrong",
    [
        {"combined_root": bytes(31)},
        {"plaintext_root": bytes(33)},
        {"size": -1},
        {"size": 1 << 63},
        {"leaf_size": 4095},
    ],
)
def test_fields_that_no_artifact_has_are_refused(wrong: dict[str, Any]) -> None:
    artifact = pipeline.Artifact(HEADER, 10_000, 4096, b"c" * 32, b"p" * 32)
    with pytest.raises(DaimmError):
        dataclasses.replace(artifact, **wrong)
    for salt, prefix in ((bytes(31), bytes(7)), (bytes(32), bytes(8))):
        with pytest.raises(DaimmError, match="salt"):
            stream.Header(salt, prefix)


class TestCheck:
    """What a buyer does before paying."""

    @pytest.fixture
    def files(self, tmp_path: Path) -> Files:
        return sealed_files(tmp_path, content(FIRST + 9000))

    @pytest.mark.parametrize("offset", [40, 41, 4135, 4136, FIRST, (1 << 20) + 1, -17])
    def test_a_changed_bit_of_the_ciphertext_is_found(self, files: Files, offset: int) -> None:
        result, sealed, listed = files
        damage(sealed, offset)
        with pytest.raises(VerificationFailed, match="ciphertext is not the one"):
            pipeline.check(sealed, listed, expect=result.artifact, processes=1)

    @pytest.mark.parametrize("offset", [0, 31, 32, 255 * 32, 256 * 32, -1])
    def test_a_changed_bit_of_the_list_is_found(self, files: Files, offset: int) -> None:
        result, sealed, listed = files
        damage(listed, offset)
        with pytest.raises(VerificationFailed, match="digest list is not the one"):
            pipeline.check(sealed, listed, expect=result.artifact, processes=1)

    @pytest.mark.parametrize("offset", [1, 33, 39])
    def test_another_header_is_found(self, files: Files, offset: int) -> None:
        result, sealed, listed = files
        damage(sealed, offset)
        with pytest.raises(VerificationFailed, match="ciphertext is not the one"):
            pipeline.check(sealed, listed, expect=result.artifact, processes=1)

    def test_a_changed_tag_changes_the_cid_and_no_root(self, files: Files) -> None:
        result, sealed, listed = files
        damage(sealed, -1)
        checked = pipeline.check(sealed, listed, expect=result.artifact, processes=1)
        assert checked.artifact == result.artifact
        assert checked.ciphertext.cid != result.ciphertext.cid

    @pytest.mark.parametrize("cut", [1, 16, 9000, 1 << 20])
    def test_a_truncated_ciphertext_is_found(self, files: Files, cut: int) -> None:
        result, sealed, listed = files
        os.truncate(sealed, sealed.stat().st_size - cut)
        with pytest.raises(VerificationFailed):
            pipeline.check(sealed, listed, expect=result.artifact, processes=1)

    def test_a_longer_ciphertext_is_found(self, files: Files) -> None:
        result, sealed, listed = files
        with sealed.open("ab") as file:
            file.write(b"\0")
        with pytest.raises(VerificationFailed):
            pipeline.check(sealed, listed, expect=result.artifact, processes=1)

    def test_a_list_of_another_length_is_found(self, files: Files) -> None:
        result, sealed, listed = files
        listed.write_bytes(listed.read_bytes()[:-32])
        with pytest.raises(VerificationFailed, match="digest list must have"):
            pipeline.check(sealed, listed, expect=result.artifact, processes=1)

    def test_other_roots_are_found(self, files: Files) -> None:
        result, sealed, listed = files
        for field, what in (("combined_root", "ciphertext"), ("plaintext_root", "digest list")):
            changed: dict[str, Any] = {field: bytes(32)}
            other = dataclasses.replace(result.artifact, **changed)
            with pytest.raises(VerificationFailed, match=f"{what} is not the one"):
                pipeline.check(sealed, listed, expect=other, processes=1)

    @pytest.mark.parametrize("data", [b"", b"<html>", b"(" * 39])
    def test_what_is_no_artifact_is_refused(self, files: Files, data: bytes) -> None:
        _, sealed, listed = files
        sealed.write_bytes(data)
        with pytest.raises(VerificationFailed):
            pipeline.check(sealed, listed, processes=1)


class TestUnseal:
    @pytest.fixture
    def files(self, tmp_path: Path) -> Files:
        return sealed_files(tmp_path, content(FIRST + 9000))

    def unseal(
        self,
        files: Files,
        key: bytes = KEY,
        binding: bytes = BINDING,
        artifact: pipeline.Artifact | None = None,
    ) -> pipeline.Opened:
        result, sealed, listed = files
        target = sealed.with_name("opened")
        try:
            return pipeline.unseal(
                sealed, listed, target, key, binding, artifact or result.artifact, processes=1
            )
        except BaseException:
            assert left_behind(sealed.parent) == {"model", "model.sealed", "model.list"}
            raise

    def test_wrong_key_or_binding_opens_nothing(self, files: Files) -> None:
        for key, binding in ((bytes(32), BINDING), (KEY, b"other")):
            with pytest.raises(pipeline.WrongContent) as caught:
                self.unseal(files, key, binding)
            assert caught.value.slot == 0

    def test_corrupt_ciphertext_is_told_from_a_cheating_seller(self, files: Files) -> None:
        damage(files[1], 5000)
        with pytest.raises(VerificationFailed, match="fetch it again") as caught:
            self.unseal(files)
        assert not isinstance(caught.value, pipeline.WrongContent)

    @pytest.mark.parametrize("offset", [0, 31, 255 * 32, 256 * 32, -1])
    def test_a_corrupt_list_is_told_from_a_cheating_seller(self, files: Files, offset: int) -> None:
        damage(files[2], offset)
        with pytest.raises(VerificationFailed, match="digest list is not the one") as caught:
            self.unseal(files)
        assert not isinstance(caught.value, pipeline.WrongContent)

    def test_another_artifact_under_the_same_key_is_not_what_was_promised(
        self, files: Files
    ) -> None:
        promised = files[0].artifact
        other, *_ = sealed_files(files[1].parent, content(FIRST + 9000, seed=2))
        assert other.artifact.header == promised.header
        with pytest.raises(VerificationFailed, match="digest list is not the one"):
            self.unseal(files, artifact=promised)

    @pytest.mark.parametrize("slot", [0, 3, 255, 256, 258])
    def test_a_cheating_seller_is_caught_at_the_first_wrong_leaf(
        self, files: Files, tmp_path: Path, slot: int
    ) -> None:
        result, sealed, listed = files
        promised = bytearray(content(FIRST + 9000))
        for wrong in {slot, 258}:
            promised[result.artifact.leaves.plaintext_offset(wrong)] ^= 1
        elsewhere = tmp_path / "promised"
        elsewhere.mkdir()
        _, _, promised_list = sealed_files(elsewhere, bytes(promised))
        promised_list.replace(listed)
        (elsewhere / "model").unlink()
        (elsewhere / "model.sealed").unlink()
        elsewhere.rmdir()
        cheat = pipeline.check(sealed, listed, processes=1).artifact
        with pytest.raises(pipeline.WrongContent, match=f"leaf {slot}") as caught:
            self.unseal(files, artifact=cheat)
        assert caught.value.slot == slot
        proof = pipeline.prove_leaf(sealed, listed, slot, cheat, processes=1)
        proof.verify(cheat.combined_root, cheat.leaves)

    def test_wrong_tags_over_the_promised_content_are_let_pass(self, files: Files) -> None:
        _, sealed, _ = files
        damage(sealed, (1 << 20) - 1)
        assert self.unseal(files) == pipeline.Opened(FIRST + 9000, (0,))
        damage(sealed, -16)
        assert self.unseal(files).untagged == (0, 1)
        assert sealed.with_name("opened").read_bytes() == content(FIRST + 9000)

    def test_an_existing_file_survives_a_failure(self, files: Files) -> None:
        result, sealed, listed = files
        target = sealed.with_name("opened")
        target.write_bytes(b"older")
        damage(sealed, 5000)
        with pytest.raises(VerificationFailed):
            pipeline.unseal(sealed, listed, target, KEY, BINDING, result.artifact)
        assert target.read_bytes() == b"older"

    def test_it_does_not_replace_what_it_reads(self, files: Files) -> None:
        result, sealed, listed = files
        for target in (sealed, listed, sealed.parent / "." / sealed.name):
            with pytest.raises(DaimmError, match="must not replace"):
                pipeline.unseal(sealed, listed, target, KEY, BINDING, result.artifact)

    def test_other_plaintext_does_not_verify(self, files: Files) -> None:
        result, sealed, _ = files
        model = sealed.with_name("model")
        pipeline.verify_plaintext(model, result.artifact)
        damage(model, 8000)
        with pytest.raises(VerificationFailed, match="file is not the one"):
            pipeline.verify_plaintext(model, result.artifact)
        model.write_bytes(b"short")
        with pytest.raises(VerificationFailed, match="file is not the one"):
            pipeline.verify_plaintext(model, result.artifact)


class TestFailures:
    def seal(self, directory: Path, source: Path | None = None, **options: Any) -> pipeline.Sealed:
        paths = directory / "sealed", directory / "list"
        return pipeline.seal(source or directory / "model", *paths, KEY, BINDING, **options)

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
                pipeline.seal(source, sealed, listed, KEY, BINDING)
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
        with pytest.raises(DaimmError, match="no room for 5,056 bytes"):
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
        pipeline.unseal(sealed, listed, target, KEY, BINDING, result.artifact, processes=1)
        assert refused == [missing] * 2
        assert target.read_bytes() == data

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
        derived = stream.file_key(KEY, BINDING, HEADER.salt)
        seen = []

        def look(done: int, total: int) -> None:
            for pid in children():
                with contextlib.suppress(ProcessLookupError):
                    seen.append(Path(f"/proc/{pid}/cmdline").read_bytes())
                    seen.append(Path(f"/proc/{pid}/environ").read_bytes())

        self.seal(tmp_path, processes=2, header=HEADER, progress=look)
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
                list(workers.run(job, workers=processes))
        full = tmp_path / "full"
        full.write_bytes(content(MANY))
        with full.open("rb") as source:
            descriptors = source.fileno(), source.fileno(), source.fileno()
            job = kernel.Job(kernel.Task.SEAL, merkle.Leaves(MANY), *descriptors)
            with pytest.raises(OSError, match="Bad file descriptor"):
                list(workers.run(job, workers=processes))
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
                    helper.answer(range(8))
            finally:
                helper.end()


def test_jobs_and_results_cross_the_pipe_unchanged() -> None:
    job = kernel.Job(kernel.Task.OPEN, merkle.Leaves(9, 256), 3, 4, -1, b"k" * 32, HEADER, 7)
    assert kernel.Job.unpack(job.pack()) == job
    assert "kkkk" not in repr(job), "the file's key shows"
    result = kernel.Result(b"a" * 32, b"b" * 32, b"c" * 32, kernel.Outcome.WRONG, 255)
    assert kernel.Result.unpack(result.pack()) == result
