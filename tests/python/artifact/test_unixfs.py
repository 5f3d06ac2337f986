"""CIDs, against npm's ipfs-unixfs-importer run with node."""

import contextlib
import io
import json
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daimm_cli.artifact import unixfs
from daimm_cli.artifact.unixfs import Cid, Leaf, Link, Node, dag_of_chunks
from daimm_cli.base.errors import DaimmError, VerificationFailed
from tests.python.artifact.reference import dag_of_bytes
from tests.python.artifact.samples import content, write_sample

MIB = 1 << 20
HELLO = "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq"


def importer(path: Path) -> dict[str, Any]:
    """What the reference implementation makes of the file; fails where it is not installed."""
    script = Path(__file__).with_name("importer.mjs")
    done = subprocess.run(["node", script, path], check=True, capture_output=True, text=True)
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def compare_with_importer(path: Path) -> None:
    expected = importer(path)
    with path.open("rb") as file:
        dag = unixfs.dag_of_file(file)
    assert dag.cid == expected["cid"]
    assert dag.size == path.stat().st_size
    assert {str(node.cid): node.block.hex() for node in dag.nodes} == expected["nodes"]


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 174 * MIB + 1])
def test_cid_and_blocks_are_the_importer_s(tmp_path: Path, size: int) -> None:
    path = tmp_path / "file"
    write_sample(path, size)
    compare_with_importer(path)


@pytest.mark.slow
@pytest.mark.parametrize("size", [1024 * MIB, 1024 * MIB + 1])
def test_cid_and_blocks_are_the_importer_s_past_one_node_of_links(
    tmp_path: Path, size: int
) -> None:
    path = tmp_path / "file"
    write_sample(path, size)
    compare_with_importer(path)


def test_known_cids() -> None:
    assert dag_of_bytes(b"hello").cid == HELLO
    empty = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
    assert dag_of_bytes(b"").cid == empty


@pytest.mark.parametrize("size", [0, 1, MIB, MIB + 1, 9 * MIB + 3])
def test_file_and_bytes_and_short_reads_agree(size: int) -> None:
    class Short(io.BytesIO):
        def read(self, length: int | None = -1) -> bytes:
            return super().read(min(length or 0, 600_000))

    data = content(size)
    dag = dag_of_bytes(data)
    assert unixfs.dag_of_file(io.BytesIO(data)) == dag
    copy = io.BytesIO()
    assert unixfs.dag_of_file(Short(data), copy_to=copy) == dag
    assert copy.getvalue() == data


def test_progress_ends_at_the_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content(3 * MIB + 1))
    seen = []
    with path.open("rb") as file:
        unixfs.dag_of_file(file, progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == [MIB, 2 * MIB, 3 * MIB, 3 * MIB + 1]
    assert {total for _, total in seen} == {3 * MIB + 1}


@given(count=st.integers(1, 200), width=st.integers(2, 6))
@settings(deadline=None)
def test_trees_are_balanced_and_cover_the_file_in_order(count: int, width: int) -> None:
    digests = [sha256(bytes([index])).digest() for index in range(count)]
    sizes = [10] * (count - 1) + [3]
    dag = dag_of_chunks(list(zip(digests, sizes, strict=True)), links=width)
    leaves = list(dag.leaves())
    assert [leaf.cid.digest for leaf in leaves] == [
        sha256(bytes([i])).digest() for i in range(count)
    ]
    assert [leaf.offset for leaf in leaves] == [10 * i for i in range(count)]
    assert dag.size == leaves[-1].offset + leaves[-1].size
    by_cid = {node.cid: node for node in dag.nodes}

    def depth(cid: Cid) -> int:
        if cid.codec == unixfs.RAW:
            return 0
        assert len(by_cid[cid].links) <= width
        depths = {depth(link.cid) for link in by_cid[cid].links}
        assert len(depths) == 1, "leaves at different depths"
        return depths.pop() + 1

    height = depth(dag.root)
    assert width ** (height - 1) < count <= width**height or count == 1


def test_blocks_come_depth_first_from_the_root() -> None:
    dag = dag_of_chunks([(sha256(bytes([index])).digest(), 1) for index in range(3)], links=2)
    kinds = [type(block) for block in dag.blocks()]
    assert kinds == [Node, Node, Leaf, Leaf, Node, Leaf]
    assert next(dag.blocks()).cid == dag.root


@given(digest=st.binary(min_size=32, max_size=32), codec=st.sampled_from([0x55, 0x70]))
def test_cids_survive_text_and_bytes(digest: bytes, codec: int) -> None:
    cid = Cid(codec, digest)
    assert Cid.parse(str(cid)) == cid
    assert Cid.from_bytes(bytes(cid)) == cid


@pytest.mark.parametrize(
    "text",
    [
        "",
        "b",
        HELLO[:-1],
        HELLO + "a",
        HELLO.upper(),
        HELLO[:-1] + "r",  # the same bytes, spare bits set
        "z" + HELLO[1:],
        HELLO[:20] + "1" + HELLO[21:],
        HELLO[:20] + "é" + HELLO[21:],
        "../../etc/passwd",
        "../" * 19 + "ab",
        "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG",
        str(Cid(0x71, bytes(32))),
        "\x1b[31m" + HELLO,
    ],
)
def test_what_is_no_cid_of_ours_is_refused(text: str) -> None:
    with pytest.raises(DaimmError, match="not a CID") as caught:
        Cid.parse(text)
    assert "\x1b" not in str(caught.value)


def test_a_block_is_checked_against_its_cid() -> None:
    Cid.parse(HELLO).verify(b"hello")
    with pytest.raises(VerificationFailed, match="corrupt"):
        Cid.parse(HELLO).verify(b"hellp")


LEAF = Link(Cid(unixfs.RAW, bytes(32)), 5)
GOOD = unixfs.encode_node([(LEAF, 5), (LEAF, 5)])


def test_a_node_is_read_back() -> None:
    assert unixfs.parse_node(GOOD) == [LEAF, LEAF]


def _data(
    block_type: int = 2, size: int = 10, sizes: tuple[int, ...] = (5, 5), extra: bytes = b""
) -> bytes:
    inner = bytes([0x08, block_type, 0x18, size, *(b for s in sizes for b in (0x20, s))]) + extra
    return bytes([0x0A, len(inner)]) + inner


_LINKS = GOOD[: GOOD.rindex(_data())]


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"<html>404</html>",
        _LINKS,
        _data(sizes=(), size=0),
        _LINKS + _data(block_type=1),
        _LINKS + _data(size=11),
        _LINKS + _data(sizes=(10,)),
        _LINKS + _data(sizes=(10, 0)),
        _LINKS + _data(extra=b"\x12\x01x"),
        _LINKS + _data() + _data(),
        GOOD[:-1],
        GOOD + b"\x08",
        GOOD + b"\xff" * 12,
        b"\x12\x7f" + GOOD,
        b"\x12\x02\x0a\x00" + _data(size=5, sizes=(5,)),
    ],
)
def test_a_malformed_or_foreign_node_is_refused(block: bytes) -> None:
    assert _LINKS + _data() == GOOD
    with pytest.raises(VerificationFailed, match="does not belong to a file"):
        unixfs.parse_node(block)


@given(st.binary(max_size=200))
def test_parsing_anything_ends_in_links_or_a_refusal(block: bytes) -> None:
    with contextlib.suppress(VerificationFailed):
        assert unixfs.parse_node(block)


@given(position=st.integers(0, len(GOOD) - 1), flip=st.integers(1, 255))
def test_parsing_a_damaged_node_ends_in_links_or_a_refusal(position: int, flip: int) -> None:
    block = bytearray(GOOD)
    block[position] ^= flip
    with contextlib.suppress(VerificationFailed):
        assert sum(link.size for link in unixfs.parse_node(bytes(block))) >= 1
