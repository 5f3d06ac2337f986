"""The local store: nothing twice, nothing unchecked, nothing half there."""

import errno
import fcntl
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from daimm_cli.artifact import unixfs
from daimm_cli.artifact.unixfs import Cid, Leaf, Node
from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.store.base import NotStored, Stored
from daimm_cli.store.local import LocalStore
from tests.python.artifact.reference import dag_of_bytes
from tests.python.artifact.samples import content, damage, sealed_files
from tests.python.store.samples import everything

MIB = 1 << 20
SIZES = [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB + 77]


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


def _byte(store: LocalStore, cid: str, offset: int) -> bytes:
    with store.open(cid) as file:
        file.seek(offset)
        return file.read(1)


def write(path: Path, size: int, seed: int = 1) -> Path:
    path.write_bytes(content(size, seed))
    return path


@pytest.mark.parametrize("size", SIZES)
def test_bytes_come_back_under_the_cid_of_the_importer(
    store: LocalStore, tmp_path: Path, size: int
) -> None:
    expected = dag_of_bytes(content(size)).cid
    assert store.put_bytes(content(size)) == expected
    assert store.has(expected)
    assert store.size(expected) == size
    with store.open(expected) as file:
        assert file.read() == content(size)
    assert store.get(expected).read_bytes() == content(size)
    assert list(store.contents()) == [Stored(expected, size)]


def test_nothing_is_held_twice(store: LocalStore, tmp_path: Path) -> None:
    cid = store.put_bytes(content(3 * MIB + 77))
    held = everything(store)
    assert held.pop(f"files/{cid}") == 3 * MIB + 77
    assert list(held) == [f"nodes/{cid}"]
    assert sum(held.values()) < 300


def test_content_can_be_read_from_anywhere(store: LocalStore) -> None:
    data = content(3 * MIB + 77)
    with store.open(store.put_bytes(data)) as file:
        for offset, length in ((0, 5), (MIB - 3, 6), (2 * MIB, MIB), (3 * MIB + 70, 100), (1, 0)):
            file.seek(offset)
            assert file.read(length) == data[offset : offset + length]
        assert file.seek(-2, os.SEEK_END) == len(data) - 2
        assert file.read() == data[-2:]


class TestAdopt:
    def test_the_pipeline_s_files_move_in_without_a_copy(
        self, store: LocalStore, tmp_path: Path
    ) -> None:
        sealed, ciphertext, digests = sealed_files(tmp_path, content(2 * MIB))
        inode = ciphertext.stat().st_ino
        final = store.adopt(ciphertext, sealed.ciphertext)
        store.adopt(digests, sealed.digests)
        assert final.stat().st_ino == inode
        assert final.stat().st_nlink == 1
        assert not ciphertext.exists()
        assert not digests.exists()
        assert {stored.cid for stored in store.contents()} == {
            sealed.ciphertext.cid,
            sealed.digests.cid,
        }
        assert store.dag(sealed.ciphertext.cid) == sealed.ciphertext
        store.get(sealed.ciphertext.cid)

    def test_twice_is_once(self, store: LocalStore, tmp_path: Path) -> None:
        dag = dag_of_bytes(content(2 * MIB))
        first = store.adopt(write(tmp_path / "file", 2 * MIB), dag)
        assert store.adopt(first, dag) == first
        assert store.adopt(write(tmp_path / "file", 2 * MIB), dag) == first
        assert not (tmp_path / "file").exists()
        assert store.get(dag.cid).stat().st_size == 2 * MIB

    def test_a_file_of_another_size_is_refused_and_kept(
        self, store: LocalStore, tmp_path: Path
    ) -> None:
        path = write(tmp_path / "file", 2 * MIB - 1)
        with pytest.raises(DaimmError, match="changed"):
            store.adopt(path, dag_of_bytes(content(2 * MIB)))
        assert path.exists()
        assert everything(store) == {}

    def test_across_file_systems_it_copies_and_checks(
        self, store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def no_link(*_: object, **__: object) -> None:
            raise OSError(errno.EXDEV, "Invalid cross-device link")

        monkeypatch.setattr(os, "link", no_link)
        dag = dag_of_bytes(content(2 * MIB))
        other = write(tmp_path / "other", 2 * MIB, seed=2)
        with pytest.raises(DaimmError, match="changed"):
            store.adopt(other, dag)
        assert other.exists()
        assert not store.has(dag.cid)
        store.adopt(write(tmp_path / "file", 2 * MIB), dag)
        assert not (tmp_path / "file").exists()
        assert store.get(dag.cid).read_bytes() == content(2 * MIB)

    def test_a_kill_at_any_step_loses_nothing(self, tmp_path: Path) -> None:
        """Runs an adoption that dies at its n-th system call that changes the disk."""
        script = """
import os, sys
from pathlib import Path
from daimm_cli.artifact import unixfs
from daimm_cli.store.local import LocalStore
left = int(sys.argv[2])
def dying(name):
    real = getattr(os, name)
    def call(*args, **kwargs):
        global left
        if left == 0:
            os.kill(os.getpid(), 9)
        left -= 1
        return real(*args, **kwargs)
    setattr(os, name, call)
for name in ("link", "mkdir", "replace", "rename", "unlink", "fsync"):
    dying(name)
base = Path(sys.argv[1])
dag = unixfs.dag_of_file((base / "file").open("rb"))
LocalStore(base / "store").adopt(base / "file", dag)
"""
        data = content(2 * MIB + 1)
        cid = dag_of_bytes(data).cid
        outcomes = []
        for step in range(40):
            base = tmp_path / str(step)
            base.mkdir()
            (base / "file").write_bytes(data)
            done = subprocess.run([sys.executable, "-c", script, base, str(step)], check=False)
            store = LocalStore(base / "store")
            kept = store.get(cid) if store.has(cid) else base / "file"
            assert kept.read_bytes() == data
            store.gc()
            assert set(everything(store)) == (
                {f"files/{cid}", f"nodes/{cid}"} if store.has(cid) else set()
            )
            outcomes.append(done.returncode)
            if done.returncode == 0:
                break
        assert outcomes[-1] == 0
        assert len(outcomes) > 6
        assert set(outcomes[:-1]) == {-9}


class TestDamage:
    """The disk is not trusted either."""

    @pytest.mark.parametrize("size", [1, MIB, MIB + 1, 3 * MIB])
    @pytest.mark.parametrize("where", [0, -1])
    def test_a_changed_byte_is_never_handed_out(
        self, store: LocalStore, size: int, where: int
    ) -> None:
        cid = store.put_bytes(content(size))
        damage(store.path(cid), where)
        with pytest.raises(VerificationFailed, match="damaged"):
            store.get(cid)
        with pytest.raises(VerificationFailed, match="damaged"):
            _byte(store, cid, 0 if where == 0 else size - 1)

    @pytest.mark.parametrize("size", [1, MIB, MIB + 1, 3 * MIB])
    @pytest.mark.parametrize("keep", [0, 1, MIB])
    def test_a_truncated_file_is_never_handed_out(
        self, store: LocalStore, size: int, keep: int
    ) -> None:
        if keep >= size:
            keep = size - 1
        cid = store.put_bytes(content(size))
        os.truncate(store.path(cid), keep)
        for read in (store.get, store.open):
            with pytest.raises(VerificationFailed, match=r"damaged|truncated"):
                read(cid)

    def test_a_longer_file_is_never_handed_out(self, store: LocalStore) -> None:
        for size in (1, MIB + 1):
            cid = store.put_bytes(content(size))
            with store.path(cid).open("ab") as file:
                file.write(b"x")
            with pytest.raises(VerificationFailed):
                store.get(cid)

    def test_a_damaged_node_is_found_and_putting_again_mends_it(self, store: LocalStore) -> None:
        cid = store.put_bytes(content(2 * MIB))
        damage(store.directory / "nodes" / cid, 10)
        with pytest.raises(VerificationFailed, match="damaged"):
            store.open(cid)
        damage(store.path(cid), 10)
        store.put_bytes(content(2 * MIB))
        assert store.get(cid).read_bytes() == content(2 * MIB)

    def test_a_missing_node_is_said(self, store: LocalStore) -> None:
        cid = store.put_bytes(content(2 * MIB))
        (store.directory / "nodes" / cid).unlink()
        with pytest.raises(NotStored):
            store.open(cid)


class TestBlocks:
    def test_every_block_of_every_file_is_served(self, store: LocalStore, tmp_path: Path) -> None:
        store.put_bytes(content(5, seed=3))
        cids = [store.put_bytes(content(3 * MIB + 77, seed)) for seed in (1, 2)]
        for seed, cid in enumerate(cids, 1):
            data = content(3 * MIB + 77, seed)
            for block in store.dag(cid).blocks():
                served = store.block(block.cid)
                if isinstance(block, Leaf):
                    assert served == data[block.offset : block.offset + block.size]
                else:
                    assert served == block.block

    def test_the_leaves_of_one_file_cost_one_walk_of_its_tree(
        self, store: LocalStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cids = [store.put_bytes(content(4 * MIB, seed)) for seed in (1, 2)]
        walks: list[str] = []
        real = LocalStore.dag

        def counted(self: LocalStore, cid: str) -> unixfs.Dag:
            walks.append(cid)
            return real(self, cid)

        monkeypatch.setattr(LocalStore, "dag", counted)
        leaves = list(real(store, cids[1]).leaves())
        for leaf in leaves:
            store.block(leaf.cid)
        assert walks.count(cids[1]) == 1
        store.remove(cids[1])
        for leaf in leaves:
            with pytest.raises(NotStored):
                store.block(leaf.cid)

    def test_a_pipe_among_the_files_is_no_file_and_does_not_block(self, store: LocalStore) -> None:
        cid = store.put_bytes(content(2 * MIB))
        for folder in ("nodes", "files"):
            path = store.directory / folder / cid
            path.unlink()
            os.mkfifo(path)
            with pytest.raises(NotStored):
                store.open(cid)

    def test_what_is_not_held_is_said(self, store: LocalStore) -> None:
        store.put_bytes(content(2 * MIB))
        for codec in (unixfs.RAW, unixfs.DAG_PB):
            cid = Cid(codec, bytes(32))
            with pytest.raises(NotStored, match="not in this store"):
                store.block(cid)
            assert not store.has(str(cid))
            for read in (store.open, store.get, store.size, store.path, store.dag, store.remove):
                with pytest.raises(NotStored):
                    read(str(cid))

    def test_a_leaf_alone_is_not_a_file_held(self, store: LocalStore) -> None:
        cid = store.put_bytes(content(2 * MIB))
        leaf = next(store.dag(cid).leaves())
        assert not store.has(str(leaf.cid))
        assert store.block(leaf.cid) == content(2 * MIB)[:MIB]

    @pytest.mark.parametrize("name", ["../lock", "", "/etc/passwd", "b" * 59, "x" * 59])
    def test_a_cid_cannot_be_a_path(self, store: LocalStore, name: str) -> None:
        store.put_bytes(b"x")
        for read in (store.has, store.open, store.remove, store.path):
            with pytest.raises(DaimmError, match="not a CID"):
                read(name)


class TestGoing:
    def test_removing_drops_the_file_and_the_nodes_it_alone_needs(self, store: LocalStore) -> None:
        kept, gone = (store.put_bytes(content(2 * MIB, seed)) for seed in (1, 2))
        store.remove(gone)
        assert set(everything(store)) == {f"files/{kept}", f"nodes/{kept}"}
        store.get(kept)
        with pytest.raises(NotStored):
            store.remove(gone)

    def test_shared_nodes_stay_while_a_file_needs_them(
        self, store: LocalStore, tmp_path: Path
    ) -> None:
        dags = []
        for tail in (b"", b"tail"):
            data = content(4 * MIB) + tail
            chunks = [data[start : start + MIB] for start in range(0, len(data), MIB)]
            digests = [(sha256(chunk).digest(), len(chunk)) for chunk in chunks]
            dags.append(unixfs.dag_of_chunks(digests, links=2))
            (tmp_path / "file").write_bytes(data)
            store.adopt(tmp_path / "file", dags[-1])
        shared = {node.cid for node in dags[0].nodes} & {node.cid for node in dags[1].nodes}
        assert len(shared) >= 2
        store.remove(dags[0].cid)
        assert store.get(dags[1].cid).stat().st_size == 4 * MIB + 4
        store.remove(dags[1].cid)
        assert everything(store) == {}

    def test_gc_frees_leftovers_and_says_how_much(self, store: LocalStore) -> None:
        cid = store.put_bytes(content(2 * MIB))
        held = everything(store)
        stray = dag_of_bytes(content(3 * MIB)).nodes[0]
        (store.directory / "nodes" / str(stray.cid)).write_bytes(stray.block)
        left = store.directory / "incoming" / ".copy.abcdefgh.daimm"
        left.mkdir()
        (left / "copy").write_bytes(bytes(100))
        (store.directory / "files" / f".{cid}.abc").write_bytes(bytes(10))
        partial = store.directory / "incoming" / str(stray.cid)
        partial.write_bytes(bytes(1000))
        assert store.gc() == len(stray.block) + 110
        assert everything(store) == held | {f"incoming/{stray.cid}": 1000}
        os.utime(partial, (1, 1))
        assert store.gc() == 1000
        assert everything(store) == held
        assert store.gc() == 0

    def test_what_a_killed_copy_left_goes_with_the_next(self, store: LocalStore) -> None:
        left = store.directory / "incoming" / ".copy.abcdefgh.daimm"
        left.mkdir(parents=True)
        (left / "copy").write_bytes(bytes(100))
        store.put_bytes(b"x")
        assert not left.exists()

    def test_nothing_goes_while_something_comes(self, store: LocalStore) -> None:
        cid = store.put_bytes(b"x")
        with (store.directory / "lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            for going in (store.gc, lambda: store.remove(cid)):
                with pytest.raises(DaimmError, match="in use"):
                    going()
            store.put_bytes(b"y")
        assert store.has(cid)
        assert store.gc() == 0

    def test_strangers_in_the_directory_are_not_listed(self, store: LocalStore) -> None:
        cid = store.put_bytes(b"x")
        (store.directory / "files" / "bogus").write_bytes(b"y")
        assert [stored.cid for stored in store.contents()] == [cid]


def test_nodes_are_ready_for_a_car_stream(store: LocalStore) -> None:
    cid = store.put_bytes(content(2 * MIB + 1))
    blocks = list(store.dag(cid).blocks())
    assert isinstance(blocks[0], Node)
    assert str(blocks[0].cid) == cid
    assert [block.size for block in blocks[1:] if isinstance(block, Leaf)] == [MIB, MIB, 1]
