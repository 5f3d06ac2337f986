"""CAR streams, against npm's @ipld/car run with node, and malformed ones."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path

import pytest

from daimm_cli.artifact.unixfs import Cid, Leaf
from daimm_cli.base.errors import VerificationFailed
from daimm_cli.store import car
from daimm_cli.store.local import LocalStore
from tests.python.artifact.samples import content

MIB = 1 << 20
HERE = Path(__file__).parent


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


def node(script: str, data: bytes) -> bytes:
    done = subprocess.run(["node", HERE / script], input=data, capture_output=True, check=True)
    return done.stdout


@pytest.mark.parametrize("size", [0, 1, MIB, MIB + 1, 3 * MIB + 77])
def test_others_read_what_is_written(store: LocalStore, size: int) -> None:
    cid = store.put_bytes(content(size))
    read = json.loads(node("car.mjs", b"".join(car.write(store, cid))))
    blocks = [
        [str(block.cid), block.size if isinstance(block, Leaf) else len(block.block)]
        for block in store.dag(cid).blocks()
    ]
    assert read == {"version": 1, "roots": [cid], "blocks": blocks}


def test_what_others_write_is_read(store: LocalStore) -> None:
    cid = store.put_bytes(content(2 * MIB + 5))
    blocks = [(block.cid, store.block(block.cid)) for block in store.dag(cid).blocks()]
    told = {"roots": [cid], "blocks": [[str(each), data.hex()] for each, data in blocks]}
    stream = io.BytesIO(node("writer.mjs", json.dumps(told).encode()))
    reader = car.CarReader(stream.read)
    assert [reader.next(each) for each, _ in blocks] == [data for _, data in blocks]
    assert reader.next(Cid.parse(cid)) is None


@pytest.fixture
def stream(store: LocalStore) -> bytes:
    return b"".join(car.write(store, store.put_bytes(b"hello")))


HELLO = Cid.parse("bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq")


def test_every_cut_is_noticed(stream: bytes) -> None:
    head = len(car.header(HELLO))
    for end in range(len(stream)):
        source = io.BytesIO(stream[:end])
        if end == head:
            assert car.CarReader(source.read).next(HELLO) is None
            continue
        try:
            assert car.CarReader(source.read).next(HELLO) is None
        except VerificationFailed:
            pass
        else:
            assert end < head + 1 + 36, "a block without its end was taken"


def test_every_flipped_bit_of_a_block_is_noticed(stream: bytes) -> None:
    for position in range(len(car.header(HELLO)) + 1 + 36, len(stream)):
        damaged = bytearray(stream)
        damaged[position] ^= 1
        with pytest.raises(VerificationFailed):
            car.CarReader(io.BytesIO(damaged).read).next(HELLO)


@pytest.mark.parametrize("length", [b"\xff\xff\xff\x7f", b"\x80\x80\x80\x80\x80\x01", b"\x00"])
def test_no_length_makes_it_read_more_than_a_block(length: bytes) -> None:
    asked: list[int] = []
    source = io.BytesIO(car.header(HELLO) + length + bytes(1 << 22))

    def read(size: int) -> bytes:
        asked.append(size)
        return source.read(size)

    with pytest.raises(VerificationFailed):
        car.CarReader(read).next(HELLO)
    assert max(asked) < 100


def test_another_block_is_not_taken(stream: bytes) -> None:
    other = Cid(HELLO.codec, bytes(32))
    assert car.CarReader(io.BytesIO(stream).read).next(other) is None
