"""Leaves, roots, proofs, against a reference that builds whole trees."""

import dataclasses
import io
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from hypothesis import given, settings
from hypothesis import strategies as st

from daimm_cli.artifact import age, merkle
from daimm_cli.artifact.pipeline import Artifact
from daimm_cli.artifact.proof import climb, prove_leaf
from daimm_cli.base.errors import DaimmError, VerificationFailed
from tests.python.artifact import reference
from tests.python.artifact.samples import EDGES, KEY, NONCE, content, sealed_files

Proven = tuple[bytes, Artifact, Path, Path]
digests32 = st.binary(min_size=32, max_size=32)


@given(
    size=st.sampled_from(EDGES) | st.integers(0, 3 << 20),
    leaf=st.sampled_from(merkle.LEAF_SIZES),
)
@settings(deadline=None, max_examples=40)
def test_leaves_lie_one_after_the_other(size: int, leaf: int) -> None:
    leaves = merkle.Leaves(size, leaf)
    slots = range(leaves.slots)
    assert [leaves.offset(slot) for slot in slots] == list(range(0, size, leaf))
    assert [leaves.file_offset(slot) for slot in slots] == [
        reference.file_offset(slot, leaf) for slot in slots
    ]
    assert sum(leaves.length(slot) for slot in slots) == size
    assert all(leaves.length(slot) == leaf for slot in slots[:-1])
    assert leaves.list_size == 32 * leaves.slots
    assert 2**leaves.depth >= leaves.slots > 2 ** (leaves.depth - 1) or leaves.slots < 2


def test_offsets_of_the_design_at_4_kib() -> None:
    leaves = merkle.Leaves((10 << 20) + 5)
    assert (leaves.offset(15), leaves.file_offset(15)) == (15 * 4096, 143 + 15 * 4096)
    assert (leaves.offset(16), leaves.file_offset(16)) == (65536, 143 + 65536 + 16)
    assert (leaves.slots, leaves.length(2559), leaves.length(2560)) == (2561, 4096, 5)
    assert reference.counter(3 * 16 + 7) == 1 + 7 * 64
    for slot in (-1, leaves.slots):
        for where in (leaves.offset, leaves.file_offset, leaves.length):
            with pytest.raises(DaimmError, match="no leaf"):
                where(slot)


@pytest.mark.parametrize(
    ("slots", "depth"), [(0, 0), (1, 0), (2, 1), (3, 2), (256, 8), (257, 9), (262144, 18)]
)
def test_depth_follows_from_the_size(slots: int, depth: int) -> None:
    assert merkle.Leaves(slots * 4096).depth == depth
    assert merkle.Leaves(max(0, slots * 4096 - 4095)).depth == depth


@pytest.mark.parametrize("leaf", [0, 16, 128, 255, 3000, 1 << 15, 1 << 16])
def test_other_leaf_sizes_are_refused(leaf: int) -> None:
    with pytest.raises(DaimmError, match="sizes"):
        merkle.Leaves(1, leaf)


@pytest.mark.parametrize("leaf", [256, 4096, 16384])
def test_each_leaf_decrypts_alone_with_its_counter(tmp_path: Path, leaf: int) -> None:
    data = content((1 << 20) + 9000)
    _, path, _ = sealed_files(tmp_path, data, leaf_size=leaf)
    ciphertext = path.read_bytes()
    leaves = merkle.Leaves(len(data), leaf)
    key = age.payload_key(KEY, NONCE)
    for slot in (0, 1, 65536 // leaf, leaves.slots - 1):
        chunk = slot * leaf // 65536
        nonce = chunk.to_bytes(11, "big") + bytes([chunk == 16])
        counted = reference.counter(slot, leaf).to_bytes(4, "little") + nonce
        decryptor = Cipher(algorithms.ChaCha20(key, counted), None).decryptor()
        start, length = leaves.file_offset(slot), leaves.length(slot)
        plain = decryptor.update(ciphertext[start : start + length])
        assert plain == data[slot * leaf : slot * leaf + length]


@given(nodes=st.lists(digests32, max_size=40), spare=st.integers(0, 2))
@settings(deadline=None)
def test_subtree_pads_with_zero_nodes(nodes: list[bytes], spare: int) -> None:
    height = max(len(nodes) - 1, 0).bit_length() + spare
    padded = nodes + [bytes(32)] * (2**height - len(nodes))
    assert merkle.subtree(nodes, height) == reference.tree(padded)


@given(nodes=st.lists(digests32, min_size=1, max_size=40), data=st.data())
@settings(deadline=None)
def test_a_path_leads_from_every_node_to_the_root(nodes: list[bytes], data: st.DataObject) -> None:
    height = (len(nodes) - 1).bit_length()
    index = data.draw(st.integers(0, len(nodes) - 1))
    siblings = merkle.path(nodes, index, height)
    assert climb(nodes[index], index, siblings) == merkle.subtree(nodes, height)


@given(count=st.integers(1, 70))
@settings(deadline=None)
def test_roots_of_units_are_joined_in_order(count: int) -> None:
    leaves = merkle.Leaves(count * 2**20)
    subroots = [sha256(bytes([i])).digest() for i in range(count)]
    height = leaves.depth - 8
    padded = subroots + [merkle.zero_node(8)] * (2**height - count)
    assert leaves.root(subroots) == reference.tree(padded)


def test_zero_nodes_are_trees_of_zero_leaves() -> None:
    for level in range(5):
        assert merkle.zero_node(level) == reference.tree([bytes(32)] * 2**level)


@pytest.mark.parametrize("size", EDGES)
def test_roots_and_list_are_the_reference_s(tmp_path: Path, size: int) -> None:
    data = content(size)
    result, sealed, listed = sealed_files(tmp_path, data)
    combined, plaintext, pds = reference.roots(data, sealed.read_bytes())
    assert result.artifact.combined_root == combined
    assert result.artifact.plaintext_root == plaintext
    assert listed.read_bytes() == pds
    with listed.open("rb") as file:
        assert merkle.DigestList(file, merkle.Leaves(size)).root() == plaintext


@pytest.mark.parametrize("leaf", [256, 1024, 16384])
def test_roots_for_other_leaf_sizes(tmp_path: Path, leaf: int) -> None:
    data = content(2**21 + 7)
    result, sealed, listed = sealed_files(tmp_path, data, leaf_size=leaf)
    expected = reference.roots(data, sealed.read_bytes(), leaf)
    assert (
        result.artifact.combined_root,
        result.artifact.plaintext_root,
        listed.read_bytes(),
    ) == expected


@pytest.mark.parametrize("change", [-32, -1, 1, 32])
def test_a_list_of_another_length_is_refused(change: int) -> None:
    leaves = merkle.Leaves(10_000)
    with pytest.raises(VerificationFailed, match="96 bytes"):
        merkle.DigestList(io.BytesIO(bytes(96 + change)), leaves)


class TestLeafProof:
    @pytest.fixture(scope="class")
    def proven(self, tmp_path_factory: pytest.TempPathFactory) -> Proven:
        data = content(3 * age.UNIT + 5000)
        directory = tmp_path_factory.mktemp("proofs")
        result, sealed, listed = sealed_files(directory, data)
        return data, result.artifact, sealed, listed

    @pytest.mark.parametrize("slot", [0, 1, 255, 256, 511, 767, 768, 769])
    def test_proof_of_a_leaf_is_made_and_holds(self, proven: Proven, slot: int) -> None:
        data, artifact, sealed, listed = proven
        proof = prove_leaf(sealed, listed, slot, artifact)
        leaves = artifact.leaves
        proof.verify(artifact.combined_root, leaves)
        assert len(proof.siblings) == leaves.depth == 10
        offset = slot * 4096
        assert proof.pd == sha256(b"\x02" + data[offset : offset + leaves.length(slot)]).digest()
        start = leaves.file_offset(slot)
        assert proof.ciphertext == sealed.read_bytes()[start : start + leaves.length(slot)]

    def test_any_other_statement_does_not_hold(self, proven: Proven) -> None:
        _, artifact, sealed, listed = proven
        proof = prove_leaf(sealed, listed, 300, artifact)

        def flip(data: bytes, at: int = 0) -> bytes:
            return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]

        siblings = proof.siblings
        others = [
            dataclasses.replace(proof, slot=301),
            dataclasses.replace(proof, slot=300 - (1 << 8)),
            dataclasses.replace(proof, pd=flip(proof.pd)),
            dataclasses.replace(proof, ciphertext=flip(proof.ciphertext, 4095)),
            dataclasses.replace(proof, ciphertext=proof.ciphertext[:-1]),
            dataclasses.replace(proof, siblings=siblings[:-1]),
            dataclasses.replace(proof, siblings=(*siblings, bytes(32))),
            # Bytes moved over the border of pd and ciphertext hash alike; the lengths tell.
            dataclasses.replace(
                proof, pd=proof.pd + proof.ciphertext[:1], ciphertext=proof.ciphertext[1:]
            ),
            *(
                dataclasses.replace(
                    proof, siblings=(*siblings[:i], flip(siblings[i]), *siblings[i + 1 :])
                )
                for i in range(len(siblings))
            ),
        ]
        for other in others:
            with pytest.raises(VerificationFailed, match="does not lead"):
                other.verify(artifact.combined_root, artifact.leaves)
        with pytest.raises(VerificationFailed):
            proof.verify(artifact.plaintext_root, artifact.leaves)

    def test_a_proof_does_not_hold_for_an_artifact_of_another_depth(self, proven: Proven) -> None:
        _, artifact, sealed, listed = proven
        proof = prove_leaf(sealed, listed, 300, artifact)
        for size in (2 * age.UNIT, artifact.size + age.UNIT):
            with pytest.raises(VerificationFailed, match="does not lead"):
                proof.verify(artifact.combined_root, merkle.Leaves(size))

    def test_no_proof_past_the_end(self, proven: Proven) -> None:
        _, artifact, sealed, listed = proven
        for slot in (-1, artifact.leaves.slots):
            with pytest.raises(DaimmError, match="no leaf"):
                prove_leaf(sealed, listed, slot, artifact)

    def test_no_proof_from_other_files(self, proven: Proven, tmp_path: Path) -> None:
        _, artifact, _, listed = proven
        _, other, _ = sealed_files(tmp_path, content(artifact.size, seed=2))
        with pytest.raises(VerificationFailed, match="does not lead"):
            prove_leaf(other, listed, 3, artifact)
