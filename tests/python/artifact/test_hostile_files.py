"""What a buyer checks before paying, and opens afterwards: nothing passes but what was promised."""

import dataclasses
import os
from pathlib import Path
from typing import Any

import pytest

from daimm_cli.artifact import pipeline, stream
from daimm_cli.artifact.proof import prove_leaf
from daimm_cli.base.errors import DaimmError, VerificationFailed
from tests.python.artifact import reference
from tests.python.artifact.samples import (
    BINDING,
    FIRST,
    KEY,
    content,
    damage,
    left_behind,
    sealed_files,
)

Files = tuple[pipeline.Sealed, Path, Path]


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

    def test_whether_a_key_opens_is_told_by_the_beginning(self, files: Files) -> None:
        result, sealed, listed = files
        paths = sealed, listed
        assert pipeline.opens(*paths, KEY, BINDING, result.artifact)
        assert not pipeline.opens(*paths, bytes(32), BINDING, result.artifact)
        damage(sealed, (1 << 20) - 1)  # a tag is no content
        assert pipeline.opens(*paths, KEY, BINDING, result.artifact)
        damage(sealed, 5000)
        assert not pipeline.opens(*paths, KEY, BINDING, result.artifact)
        listed.write_bytes(b"")
        assert not pipeline.opens(*paths, KEY, BINDING, result.artifact)

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
        _, sealed, listed = files
        promised = bytearray(content(FIRST + 9000))
        for wrong in {slot, 258}:
            promised[reference.plaintext_offset(wrong)] ^= 1
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
        proof = prove_leaf(sealed, listed, slot, cheat, processes=1)
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

    def test_swapped_segments_are_found(self, files: Files) -> None:
        result, sealed, listed = sealed_files(files[1].parent, content(FIRST + 2 * stream.PAYLOAD))
        data = sealed.read_bytes()
        one, two = (slice(k << 20, (k + 1) << 20) for k in (1, 2))
        sealed.write_bytes(data[: 1 << 20] + data[two] + data[one])
        with pytest.raises(VerificationFailed, match="ciphertext is not the one"):
            self.unseal((result, sealed, listed))

    def test_a_link_in_the_place_of_the_target_is_replaced_not_followed(
        self, files: Files, tmp_path: Path
    ) -> None:
        victim = tmp_path / "victim"
        victim.write_bytes(b"precious")
        target = files[1].with_name("opened")
        target.symlink_to(victim)
        self.unseal(files)
        assert not target.is_symlink()
        assert victim.read_bytes() == b"precious"

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
