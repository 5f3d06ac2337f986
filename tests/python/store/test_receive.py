"""Reading from sources that nobody has to trust."""

import fcntl
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from daimm_cli.artifact.protobuf import varint
from daimm_cli.artifact.unixfs import (
    DAG_PB,
    MAX_BLOCK,
    RAW,
    Cid,
    Leaf,
    Link,
    encode_node,
    parse_node,
)
from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.store.base import NotStored, file_size, walk
from daimm_cli.store.local import LocalStore
from tests.python.artifact.samples import content, damage
from tests.python.store.samples import Blocks, Flaky, everything

MIB = 1 << 20
SIZES = [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB + 77]


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


@pytest.fixture
def origin(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "origin")


class TestReceive:
    """Fetching from a source that nobody has to trust."""

    @pytest.mark.parametrize("size", SIZES)
    def test_what_arrives_is_what_was_sent(
        self, store: LocalStore, origin: LocalStore, size: int
    ) -> None:
        cid = origin.put_bytes(content(size))
        seen: list[tuple[int, int]] = []
        path = store.receive(
            origin, cid, max_size=4 * MIB, progress=lambda done, total: seen.append((done, total))
        )
        assert path == store.get(cid)
        assert path.read_bytes() == content(size)
        assert seen[-1] == (size, size)
        assert everything(store) == everything(origin)

    def test_what_is_held_is_not_fetched(self, store: LocalStore) -> None:
        cid = store.put_bytes(content(2 * MIB))
        source = Flaky(store)
        store.receive(source, cid, max_size=4 * MIB)
        assert source.asked == []

    def bad_answers(self, origin: LocalStore, cid: str) -> Iterator[tuple[Cid, object]]:
        for block in origin.dag(cid).blocks():
            good = origin.block(block.cid)
            for answer in (
                bytes([good[0] ^ 1]) + good[1:],
                good[:-1],
                b"",
                good + b"x",
                bytes(MAX_BLOCK + 1),
                b"<!DOCTYPE html><title>404</title>",
            ):
                yield block.cid, answer

    @pytest.mark.parametrize("size", [5, 2 * MIB + 9])
    def test_no_wrong_answer_leaves_a_file(
        self, store: LocalStore, origin: LocalStore, size: int
    ) -> None:
        cid = origin.put_bytes(content(size))
        for at, answer in self.bad_answers(origin, cid):
            source = Flaky(origin, at, answer)
            with pytest.raises(VerificationFailed):
                store.receive(source, cid, max_size=4 * MIB)
            assert not store.has(cid)

    def test_it_resumes_block_by_block(self, store: LocalStore, origin: LocalStore) -> None:
        cid = origin.put_bytes(content(4 * MIB + 9))
        leaves = list(origin.dag(cid).leaves())
        first = Flaky(origin, leaves[2].cid, ConnectionResetError("gone"))
        with pytest.raises(ConnectionResetError):
            store.receive(first, cid, max_size=5 * MIB)
        partial = store.directory / "incoming" / cid
        damage(partial, MIB + 5)
        second = Flaky(origin)
        store.receive(second, cid, max_size=5 * MIB)
        assert second.asked == [Cid.parse(cid), *(leaves[index].cid for index in (1, 2, 3, 4))]
        assert store.get(cid).read_bytes() == content(4 * MIB + 9)
        assert not partial.exists()

    def test_garbage_in_the_partial_file_is_replaced(
        self, store: LocalStore, origin: LocalStore
    ) -> None:
        cid = origin.put_bytes(content(MIB + 9))
        store.put_bytes(b"made the directories")
        (store.directory / "incoming" / cid).write_bytes(content(3 * MIB, seed=9))
        assert store.receive(origin, cid, max_size=2 * MIB).read_bytes() == content(MIB + 9)

    @pytest.mark.parametrize("size", [9, 2 * MIB])
    def test_more_than_expected_is_refused(
        self, store: LocalStore, origin: LocalStore, size: int
    ) -> None:
        cid = origin.put_bytes(content(size))
        with pytest.raises(VerificationFailed, match=r"more than|larger than"):
            store.receive(origin, cid, max_size=size - 1)
        assert not store.has(cid)
        store.receive(origin, cid, max_size=size)

    def test_two_processes_do_not_fetch_the_same_file(
        self, store: LocalStore, origin: LocalStore
    ) -> None:
        cid = origin.put_bytes(content(2 * MIB))
        store.put_bytes(b"made the directories")
        with (store.directory / "incoming" / cid).open("wb") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            with pytest.raises(DaimmError, match="fetched by another"):
                store.receive(origin, cid, max_size=4 * MIB)

    def test_a_link_in_place_of_the_partial_file_is_not_followed(
        self, store: LocalStore, origin: LocalStore, tmp_path: Path
    ) -> None:
        cid = origin.put_bytes(content(2 * MIB))
        store.put_bytes(b"made the directories")
        victim = tmp_path / "victim"
        victim.write_bytes(b"precious")
        (store.directory / "incoming" / cid).symlink_to(victim)
        with pytest.raises(OSError, match="symbolic"):
            store.receive(origin, cid, max_size=4 * MIB)
        assert victim.read_bytes() == b"precious"


class TestHostileTrees:
    """Blocks whose CIDs are right and whose tree is a trap."""

    def tree(self, blocks: Blocks, links: list[Link]) -> Cid:
        block = encode_node([(link, link.size) for link in links])
        cid = Cid(DAG_PB, sha256(block).digest())
        blocks[cid] = block
        return cid

    def leaf(self, blocks: Blocks, data: bytes) -> Link:
        cid = Cid(RAW, sha256(data).digest())
        blocks[cid] = data
        return Link(cid, len(data))

    def refused(self, blocks: Blocks, root: Cid, *, max_size: int = 1 << 30) -> str:
        with pytest.raises(VerificationFailed) as caught:
            list(walk(blocks, root, max_size=max_size))
        return str(caught.value)

    def test_a_child_that_holds_more_or_less_than_its_parent_says(self) -> None:
        blocks = Blocks()
        child = self.tree(blocks, [self.leaf(blocks, b"12345")])
        for said in (4, 6, 1 << 40):
            root = self.tree(blocks, [Link(child, said)])
            self.refused(blocks, root)

    def test_a_leaf_that_is_longer_or_shorter_than_its_parent_says(self, store: LocalStore) -> None:
        blocks = Blocks()
        link = self.leaf(blocks, b"12345")
        for said in (4, 6):
            root = self.tree(blocks, [Link(link.cid, said)])
            with pytest.raises(VerificationFailed):
                store.receive(blocks, str(root), max_size=100)
            assert not store.has(str(root))

    def test_a_leaf_larger_than_any_block_may_be(self) -> None:
        blocks = Blocks()
        root = self.tree(blocks, [Link(Cid(RAW, bytes(32)), MAX_BLOCK + 1)])
        assert "do not form a file" in self.refused(blocks, root)

    def test_more_than_was_asked_for_is_refused_at_the_root(self) -> None:
        blocks = Blocks()
        root = self.tree(blocks, [Link(Cid(DAG_PB, bytes(32)), 1 << 50)])
        assert "more than" in self.refused(blocks, root)

    def test_a_bomb_of_empty_nodes_is_refused(self) -> None:
        blocks = Blocks()
        cid, size = self.leaf(blocks, b"").cid, 0
        for _ in range(4):
            cid = self.tree(blocks, [Link(cid, size)] * 1000)
        assert "does not belong to a file" in self.refused(blocks, cid)

    def test_a_bomb_of_crumbs_is_refused_before_it_is_walked(self, store: LocalStore) -> None:
        blocks = Blocks()
        link = self.leaf(blocks, b"1")
        for _ in range(3):
            link = Link(self.tree(blocks, [link] * 1000), link.size * 1000)
        seen: list[int] = []
        with pytest.raises(VerificationFailed, match="do not form a file"):
            store.receive(
                blocks,
                str(link.cid),
                max_size=link.size,
                progress=lambda done, _: seen.append(done),
            )
        assert 10_000 < len(seen) < 20_000

    def test_a_tree_deeper_than_any_file_s_is_refused(self) -> None:
        blocks = Blocks()
        link = self.leaf(blocks, b"1")
        for _ in range(8):
            link = Link(self.tree(blocks, [link]), 1)
        assert [b.size for b in walk(blocks, link.cid, max_size=9) if isinstance(b, Leaf)] == [1]
        self.refused(blocks, self.tree(blocks, [link]))

    def test_padding_in_inner_blocks_is_refused_before_it_fills_the_memory(
        self, store: LocalStore
    ) -> None:
        blocks = Blocks()
        link = self.leaf(blocks, b"x" * 65_536)
        links = b"\x12\x26\x0a\x24" + bytes(link.cid)
        padded = links[:1] + varint(38 + 500_004) + links[2:] + b"\x12" + varint(500_000)
        block = padded + bytes(500_000) + encode_node([(link, link.size)])[-12:]
        cid = Cid(DAG_PB, sha256(block).digest())
        blocks[cid] = block
        assert parse_node(block) == [link]
        source = Flaky(blocks)
        root = self.tree(blocks, [Link(cid, link.size)] * 100)
        with pytest.raises(VerificationFailed, match="do not form a file"):
            store.receive(source, str(root), max_size=100 * link.size)
        assert source.asked.count(cid) < 6

    def test_a_directory_is_refused(self) -> None:
        directory = bytes.fromhex("0a020801")
        cid = Cid(DAG_PB, sha256(directory).digest())
        assert "a directory, say" in self.refused(Blocks({cid: directory}), cid)

    def test_a_missing_block_is_said(self) -> None:
        with pytest.raises(NotStored):
            file_size(Blocks(), Cid(RAW, bytes(32)))
