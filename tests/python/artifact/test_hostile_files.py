"""What a buyer checks before paying, and opens afterwards: nothing passes but what was promised."""

import dataclasses
import os
from pathlib import Path
from typing import Any

import pytest

from daimm_cli.artifact import age, pipeline
from daimm_cli.artifact.proof import prove_leaf
from daimm_cli.base.errors import DaimmError, VerificationFailed
from tests.python.artifact.samples import (
    KEY,
    LINE,
    content,
    damage,
    left_behind,
    sealed_files,
)

Files = tuple[pipeline.Sealed, Path, Path]
SIZE = age.UNIT + 9000  # 16 chunks and one of three leaves
LAST_CHUNK = 143 + 16 * 65552


class TestCheck:
    """What a buyer does before paying."""

    @pytest.fixture
    def files(self, tmp_path: Path) -> Files:
        return sealed_files(tmp_path, content(SIZE))

    @pytest.mark.parametrize(
        "offset", [143, 144, 143 + 65535, 143 + 65552, 1 << 20, LAST_CHUNK, -17]
    )
    def test_a_changed_bit_of_the_ciphertext_is_found(self, files: Files, offset: int) -> None:
        result, sealed, listed = files
        damage(sealed, offset)
        with pytest.raises(VerificationFailed, match="ciphertext is not the one"):
            pipeline.check(sealed, listed, LINE, expect=result.artifact, processes=1)

    @pytest.mark.parametrize("offset", [0, 31, 32, 255 * 32, 256 * 32, -1])
    def test_a_changed_bit_of_the_list_is_found(self, files: Files, offset: int) -> None:
        result, sealed, listed = files
        damage(listed, offset)
        with pytest.raises(VerificationFailed, match="digest list is not the one"):
            pipeline.check(sealed, listed, LINE, expect=result.artifact, processes=1)

    @pytest.mark.parametrize("offset", [127, 142])
    def test_another_nonce_is_found(self, files: Files, offset: int) -> None:
        result, sealed, listed = files
        damage(sealed, offset)
        with pytest.raises(VerificationFailed, match="ciphertext is not the one"):
            pipeline.check(sealed, listed, LINE, expect=result.artifact, processes=1)

    @pytest.mark.parametrize("offset", [0, 21, 30, 33, 60, 77, 78, 82, 126])
    def test_another_header_is_found(self, files: Files, offset: int) -> None:
        result, sealed, listed = files
        damage(sealed, offset)
        with pytest.raises(VerificationFailed, match="header is another"):
            pipeline.check(sealed, listed, LINE, expect=result.artifact, processes=1)

    def test_the_artifact_of_another_line_is_found(self, files: Files) -> None:
        result, sealed, listed = files
        with pytest.raises(VerificationFailed, match="header is another"):
            pipeline.check(sealed, listed, bytes(33), expect=result.artifact, processes=1)

    @pytest.mark.parametrize("offset", [90, 143 + 65536, LAST_CHUNK - 1, -1])
    def test_a_changed_tag_changes_the_cid_and_no_root(self, files: Files, offset: int) -> None:
        result, sealed, listed = files
        damage(sealed, offset, 2)
        checked = pipeline.check(sealed, listed, LINE, expect=result.artifact, processes=1)
        assert checked.artifact == result.artifact
        assert checked.ciphertext.cid != result.ciphertext.cid

    @pytest.mark.parametrize("cut", [1, 16, 9000, 9016, 1 << 20])
    def test_a_truncated_ciphertext_is_found(self, files: Files, cut: int) -> None:
        result, sealed, listed = files
        os.truncate(sealed, sealed.stat().st_size - cut)
        with pytest.raises(VerificationFailed):
            pipeline.check(sealed, listed, LINE, expect=result.artifact, processes=1)

    def test_a_longer_ciphertext_is_found(self, files: Files) -> None:
        result, sealed, listed = files
        with sealed.open("ab") as file:
            file.write(b"\0")
        with pytest.raises(VerificationFailed):
            pipeline.check(sealed, listed, LINE, expect=result.artifact, processes=1)

    def test_a_list_of_another_length_is_found(self, files: Files) -> None:
        result, sealed, listed = files
        listed.write_bytes(listed.read_bytes()[:-32])
        with pytest.raises(VerificationFailed, match="digest list must have"):
            pipeline.check(sealed, listed, LINE, expect=result.artifact, processes=1)

    def test_other_roots_are_found(self, files: Files) -> None:
        result, sealed, listed = files
        for field, what in (("combined_root", "ciphertext"), ("plaintext_root", "digest list")):
            changed: dict[str, Any] = {field: bytes(32)}
            other = dataclasses.replace(result.artifact, **changed)
            with pytest.raises(VerificationFailed, match=f"{what} is not the one"):
                pipeline.check(sealed, listed, LINE, expect=other, processes=1)

    @pytest.mark.parametrize("data", [b"", b"<html>", b"age-encryption.org/v1\n" * 9])
    def test_what_is_no_artifact_is_refused(self, files: Files, data: bytes) -> None:
        _, sealed, listed = files
        sealed.write_bytes(data)
        with pytest.raises(VerificationFailed):
            pipeline.check(sealed, listed, LINE, processes=1)


class TestUnseal:
    @pytest.fixture
    def files(self, tmp_path: Path) -> Files:
        return sealed_files(tmp_path, content(SIZE))

    def unseal(
        self, files: Files, key: bytes = KEY, artifact: pipeline.Artifact | None = None
    ) -> None:
        result, sealed, listed = files
        target = sealed.with_name("opened")
        expect = artifact or result.artifact
        try:
            pipeline.unseal(sealed, listed, target, key, LINE, expect, processes=1)
        except BaseException:
            assert left_behind(target.parent) == {"model", "model.age", "model.list"}
            raise

    def test_a_wrong_key_opens_nothing(self, files: Files) -> None:
        with pytest.raises(pipeline.WrongContent) as caught:
            self.unseal(files, bytes(16))
        assert caught.value.slot == 0

    def test_whether_a_key_opens_is_told_by_the_beginning(self, files: Files) -> None:
        result, sealed, listed = files
        paths = sealed, listed
        assert pipeline.opens(*paths, KEY, result.artifact)
        assert not pipeline.opens(*paths, bytes(16), result.artifact)
        damage(sealed, 143 + 65536)  # a tag is no content
        assert pipeline.opens(*paths, KEY, result.artifact)
        damage(sealed, 5000)
        assert not pipeline.opens(*paths, KEY, result.artifact)
        listed.write_bytes(b"")
        assert not pipeline.opens(*paths, KEY, result.artifact)

    @pytest.mark.parametrize(
        ("offset", "told"), [(60, "header is another"), (130, "ciphertext is not the one")]
    )
    def test_another_beginning_is_refused(self, files: Files, offset: int, told: str) -> None:
        damage(files[1], offset)
        with pytest.raises(VerificationFailed, match=told) as caught:
            self.unseal(files)
        assert not isinstance(caught.value, pipeline.WrongContent)

    @pytest.mark.parametrize("size", [SIZE - 1, SIZE + 4096])
    def test_an_artifact_of_another_size_is_refused(self, files: Files, size: int) -> None:
        other = dataclasses.replace(files[0].artifact, size=size)
        with pytest.raises(VerificationFailed, match="ciphertext is not the one"):
            self.unseal(files, artifact=other)

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
        other, *_ = sealed_files(files[1].parent, content(SIZE, seed=2))
        assert other.artifact.file_nonce == promised.file_nonce
        with pytest.raises(VerificationFailed, match="digest list is not the one"):
            self.unseal(files, artifact=promised)

    @pytest.mark.parametrize("slot", [0, 3, 15, 16, 255, 256, 258])
    def test_a_cheating_seller_is_caught_at_the_first_wrong_leaf(
        self, files: Files, tmp_path: Path, slot: int
    ) -> None:
        _, sealed, listed = files
        promised = bytearray(content(SIZE))
        for wrong in {slot, 258}:
            promised[wrong * 4096] ^= 1
        elsewhere = tmp_path / "promised"
        elsewhere.mkdir()
        _, _, promised_list = sealed_files(elsewhere, bytes(promised))
        promised_list.replace(listed)
        (elsewhere / "model").unlink()
        (elsewhere / "model.age").unlink()
        elsewhere.rmdir()
        cheat = pipeline.check(sealed, listed, LINE, processes=1).artifact
        with pytest.raises(pipeline.WrongContent, match=f"leaf {slot}") as caught:
            self.unseal(files, artifact=cheat)
        assert caught.value.slot == slot
        proof = prove_leaf(sealed, listed, slot, cheat, processes=1)
        proof.verify(cheat.combined_root, cheat.leaves)

    def test_wrong_tags_over_the_promised_content_are_let_pass(self, files: Files) -> None:
        _, sealed, _ = files
        for offset in (143 + 65536, LAST_CHUNK - 1, -16, 90):
            damage(sealed, offset, 2)
            self.unseal(files)
            assert sealed.with_name("opened").read_bytes() == content(SIZE)

    def test_an_existing_file_survives_a_failure(self, files: Files) -> None:
        result, sealed, listed = files
        target = sealed.with_name("opened")
        target.write_bytes(b"older")
        damage(sealed, 5000)
        with pytest.raises(VerificationFailed):
            pipeline.unseal(sealed, listed, target, KEY, LINE, result.artifact)
        assert target.read_bytes() == b"older"

    def test_swapped_chunks_are_found(self, files: Files) -> None:
        sealed = files[1]
        data = sealed.read_bytes()
        cuts = [143, 143 + 65552, 143 + 2 * 65552]
        one, two = data[cuts[0] : cuts[1]], data[cuts[1] : cuts[2]]
        sealed.write_bytes(data[: cuts[0]] + two + one + data[cuts[2] :])
        with pytest.raises(VerificationFailed, match="ciphertext is not the one"):
            self.unseal(files)

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
                pipeline.unseal(sealed, listed, target, KEY, LINE, result.artifact)

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
