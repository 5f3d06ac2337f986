"""Leaves, roots, proofs, against a reference that builds whole trees."""

import dataclasses
import io
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from daimm_cli.artifact import merkle, stream
from daimm_cli.artifact.pipeline import Artifact
from daimm_cli.artifact.proof import climb, prove_leaf
from daimm_cli.base.errors import DaimmError, VerificationFailed
from tests.python.artifact import reference
from tests.python.artifact.samples import BINDING, EDGES, FIRST, HEADER, KEY, content, sealed_files

Proven = tuple[bytes, Artifact, Path, Path]
digests32 = st.binary(min_size=32, max_size=32)


@given(
    size=st.sampled_from(EDGES) | st.integers(0, 3 << 20),
    leaf=st.sampled_from([256, 1024, 4096, 65536]),
)
@settings(deadline=None, max_examples=40)
def test_slots_lie_where_the_reference_cuts_them(size: int, leaf: int) -> None:
    leaves = merkle.Leaves(size, leaf)
    flat = [
        pair
        for segment in reference.slots(bytes(size), bytes(size + 100), leaf)
        for pair in segment
    ]
    assert leaves.slots == len(flat)
    assert [leaves.length(slot) for slot in range(leaves.slots)] == [len(p) for p, _ in flat]
    assert leaves.list_size == 32 * len(flat)
    offset = 0
    for slot in range(leaves.slots):
        assert reference.plaintext_offset(slot, leaf) == offset
        offset += leaves.length(slot)
    assert offset == size


def test_offsets_of_the_design_at_4_kib() -> None:
    leaves = merkle.Leaves(10 << 20)
    assert (reference.plaintext_offset(255), leaves.file_offset(255)) == (
        255 * 4096,
        255 * 4096 + 40,
    )
    assert leaves.length(255) == 4040
    slot = 3 * 256 + 7
    assert reference.plaintext_offset(slot) == 3 * (2**20 - 16) - 40 + 7 * 4096
    assert leaves.file_offset(slot) == 3 * 2**20 + 7 * 4096
    assert reference.counter(slot) == 2 + 7 * 256
    for slot in (-1, leaves.slots):
        with pytest.raises(DaimmError, match="no leaf"):
            leaves.file_offset(slot)


@pytest.mark.parametrize(
    ("segments", "depth"), [(1, 8), (2, 9), (3, 10), (4, 10), (5, 11), (1024, 18), (1025, 19)]
)
def test_depth_follows_from_the_size(segments: int, depth: int) -> None:
    largest = segments * (2**20 - 16) - 40
    assert merkle.Leaves(largest).depth == depth
    smallest = max(0, (segments - 1) * (2**20 - 16) - 40 + 1)
    assert merkle.Leaves(smallest).depth == depth


@pytest.mark.parametrize("leaf", [0, 16, 128, 255, 3000, 1 << 17])
def test_other_leaf_sizes_are_refused(leaf: int) -> None:
    with pytest.raises(DaimmError, match="sizes"):
        merkle.Leaves(1, leaf)


def test_each_leaf_decrypts_alone_with_its_counter(tmp_path: Path) -> None:
    data = content(FIRST + 9000)
    _, path, _ = sealed_files(tmp_path, data)
    ciphertext = path.read_bytes()
    leaves = merkle.Leaves(len(data))
    key = stream.file_key(KEY, BINDING, HEADER.salt)
    for slot in (0, 1, 255, 256, leaves.slots - 1):
        segment = slot // 256
        last = segment == leaves.segments.count - 1
        nonce = HEADER.prefix + segment.to_bytes(4, "big") + bytes([last])
        block = nonce + reference.counter(slot).to_bytes(4, "big")
        decryptor = Cipher(algorithms.AES(key), modes.CTR(block)).decryptor()
        start, length = leaves.file_offset(slot), leaves.length(slot)
        plain = decryptor.update(ciphertext[start : start + length])
        offset = reference.plaintext_offset(slot)
        assert plain == data[offset : offset + length]


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
def test_roots_of_segments_are_joined_in_order(count: int) -> None:
    leaves = merkle.Leaves(count * (2**20 - 16) - 40)
    subroots = [sha256(bytes([i])).digest() for i in range(count)]
    height = leaves.depth - 8
    padded = subroots + [merkle.zero_node(8)] * (2**height - count)
    assert leaves.root(subroots) == reference.tree(padded)


def test_zero_nodes_are_trees_of_zero_leaves() -> None:
    for level in range(5):
        assert merkle.zero_node(level) == reference.tree([bytes(32)] * 2**level)


@pytest.mark.parametrize("size", [*EDGES, (2 << 20) + 12345])
def test_roots_and_list_are_the_reference_s(tmp_path: Path, size: int) -> None:
    data = content(size)
    result, sealed, listed = sealed_files(tmp_path, data)
    combined, plaintext, pds = reference.roots(data, sealed.read_bytes())
    assert result.artifact.combined_root == combined
    assert result.artifact.plaintext_root == plaintext
    assert listed.read_bytes() == pds
    with listed.open("rb") as file:
        assert merkle.DigestList(file, merkle.Leaves(size)).root() == plaintext


@pytest.mark.parametrize("leaf", [256, 1024, 65536])
def test_roots_for_other_leaf_sizes(tmp_path: Path, leaf: int) -> None:
    data = content(FIRST + 2**20 + 7)
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
        data = content(FIRST + 2 * stream.PAYLOAD + 5000)
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
        offset = reference.plaintext_offset(slot)
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
        for size in (FIRST + stream.PAYLOAD, artifact.size + 2 * stream.PAYLOAD):
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
