"""Where blocks of the file can be had: each source by itself, and what it may do wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from daimm_cli.artifact.unixfs import (
    CHUNK,
    DAG_PB,
    RAW,
    Cid,
    Link,
    dag_of_chunks,
    encode_node,
)
from daimm_cli.quote import sampling
from daimm_cli.quote.checks import Result
from daimm_cli.quote.sampling import OWN, Sampled, Wanted, fetchable, honest, sample
from daimm_cli.store.base import NotStored
from daimm_cli.store.fetcher import Named
from daimm_cli.store.local import LocalStore
from tests.python.artifact.reference import dag_of_bytes
from tests.python.cli.conftest import AIM, Person
from tests.python.cli.test_buying import Forger, blocks
from tests.python.cli.test_storage import configure
from tests.python.quote.conftest import Quote, false, says
from tests.python.store.servers import Daemon, GatewayOf, serving

OFFLINE = 'gateways = ["http://127.0.0.1:1"]'


@pytest.fixture
def alone(person: Callable[..., Person], seller: Person, monkeypatch: pytest.MonkeyPatch) -> Person:
    """A buyer without any source."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return person("alone", 2, money=100 * AIM)


def places(data: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What each source did, by kind."""
    return {source["kind"]: source for source in data["files"]["sources"]}


@pytest.mark.parametrize("formats", [("raw",), ("car",)])
def test_a_gateway_that_has_everything(
    alone: Person, seller: Person, offer: str, quote: Quote, formats: tuple[str, ...]
) -> None:
    with serving(GatewayOf(LocalStore(seller.home / "store"), *formats)) as server:
        configure(alone, f'gateways = ["{server.url}"]')
        data, _ = quote(alone, offer, "--samples", "2")
        gateway = places(data)["gateway"]
        assert (gateway["name"], gateway["asked"], gateway["came"]) == (server.url, 4, 4)
        assert gateway["bytes"] > 1 << 20
        assert false(data) == set()
        assert server.url in says(data, "file")
        told = alone("quote", offer).out
    assert "6 of 6 blocks" in told
    assert "MiB/s (all of it in " in told
    assert "3.0 MiB encrypted" in told


def test_a_daemon_that_has_everything(
    seller: Person, alone: Person, offer: str, quote: Quote
) -> None:
    daemon = Daemon()
    with serving(daemon) as server:
        configure(seller, f'kubo = "{server.url}"')
        seller("store", "push")
        configure(alone, f'kubo = "{server.url}"')
        data, _ = quote(alone, offer)
        assert places(data)["daemon"]["came"] == 6
        assert false(data) == set()


def test_every_source_is_asked_by_itself(
    alone: Person, seller: Person, offer: str, quote: Quote
) -> None:
    with serving(GatewayOf(LocalStore(seller.home / "store"))) as server:
        folder = seller.home / "store"
        configure(alone, f'sources = ["{folder}"]', f'gateways = ["{server.url}"]')
        data, _ = quote(alone, offer)
        found = places(data)
        assert found["folder"]["came"] == found["gateway"]["came"] == 6
        assert found["folder"]["name"] == str(folder)


def test_a_gateway_that_lies_is_named_also_where_others_are_right(
    alone: Person, seller: Person, offer: str, quote: Quote
) -> None:
    liar = GatewayOf(LocalStore(seller.home / "store"), fault="corrupt")
    with serving(liar) as server:
        configure(alone, f'sources = ["{seller.home}/store"]', f'gateways = ["{server.url}"]')
        data, ran = quote(alone, offer)
        assert false(data) == {"sources"}
        assert server.url in says(data, "sources")
        assert places(data)["gateway"]["corrupt"] is True
        assert data["results"]["file"] == "ok"
        assert "see sources" in ran.err


@pytest.mark.parametrize("fault", ["html", "disguised html", "oversized", "cut"])
def test_a_gateway_that_answers_something_else(
    alone: Person, seller: Person, offer: str, quote: Quote, fault: str
) -> None:
    with serving(GatewayOf(LocalStore(seller.home / "store"), "raw", fault=fault)) as server:
        configure(alone, f'gateways = ["{server.url}"]')
        data, _ = quote(alone, offer)
    assert false(data) == {"file", "sources"}


def test_a_folder_that_lies(
    alone: Person, seller: Person, published: dict[str, Any], quote: Quote, tmp_path: Path
) -> None:
    """All of its blocks but for those that quote brings in first."""
    copy = tmp_path / "copy"
    shutil.copytree(seller.home / "store", copy)
    file = copy / "files" / published["artifact"]
    file.write_bytes(bytes(file.stat().st_size))
    configure(alone, f'sources = ["{copy}"]')
    data, _ = quote(alone, published["offer"])
    assert false(data) == {"file", "sources"}
    assert str(copy) in says(data, "sources")
    assert places(data)["folder"]["came"] == 2


def test_no_source_at_all(alone: Person, offer: str, quote: Quote) -> None:
    data, _ = quote(alone, offer)
    assert false(data) == {"file"}
    assert data["results"]["manifest"] == data["results"]["signature"] == "unknown"
    assert "[storage]" in says(data, "file")


def test_sources_that_are_all_away(alone: Person, offer: str, quote: Quote) -> None:
    configure(alone, OFFLINE, 'kubo = "/ip4/127.0.0.1/tcp/1"')
    data, _ = quote(alone, offer)
    assert false(data) == {"file"}
    assert data["results"]["sources"] == "unknown"
    for kind in ("gateway", "daemon"):
        assert "is not running" in places(data)[kind]["problem"]


def test_one_source_away_is_not_false(
    alone: Person, seller: Person, offer: str, quote: Quote
) -> None:
    configure(alone, f'sources = ["{seller.home}/store"]', OFFLINE)
    data, _ = quote(alone, offer)
    assert false(data) == set()
    assert places(data)["gateway"]["came"] == 0


def test_a_source_that_lacks_the_file(
    alone: Person, seller: Person, published: dict[str, Any], quote: Quote
) -> None:
    configure(alone, f'sources = ["{seller.home}/store"]')
    blocks(seller.home, published["artifact"]).unlink()
    data, _ = quote(alone, published["offer"])
    assert false(data) == {"file"}
    folder = places(data)["folder"]
    assert (folder["came"], folder["missing"], folder["corrupt"]) == (2, 4, False)


def test_the_own_store_proves_nothing_of_the_network(
    alone: Person, seller: Person, offer: str, quote: Quote
) -> None:
    configure(alone, f'sources = ["{seller.home}/store"]')
    alone.refused("buy", offer)  # fetches, and stops at the question
    configure(alone)
    data, _ = quote(alone, offer)
    assert data["results"]["file"] == "ok"
    assert "Of the network this proves nothing" in says(data, "file")
    assert "(shows nothing of the network)" in alone("quote", offer).out
    assert [source["kind"] for source in data["files"]["sources"]] == [OWN]


def test_a_file_of_another_size_is_the_listings_fault(
    buyer: Person, forger: Forger, quote: Quote, tmp_path: Path
) -> None:
    cid = forger.signed.artifact.cid
    (tmp_path / "short").write_bytes(blocks(forger.seller.home, cid).read_bytes()[:-5])
    wrong = forger.store.put_bytes((tmp_path / "short").read_bytes())
    forged = forger.altered(
        lambda fields: {**fields, "artifact": fields["artifact"] | {"cid": wrong}}
    )
    data, _ = quote(buyer, forger.publish(forged))
    assert false(data) == {"file"}
    assert "is not the file of" in says(data, "file")
    assert data["results"]["sources"] == "ok"


# Underneath


class Blocks:
    """A source in memory; `asked` counts."""

    def __init__(self, *blocks: bytes) -> None:
        self.blocks = {}
        self.asked: list[Cid] = []
        for block in blocks:
            for codec in (RAW, DAG_PB):
                self.blocks[Cid(codec, dag_of_bytes(block).root.digest)] = block

    def block(self, cid: Cid, *, max_size: int = 0) -> bytes:
        self.asked.append(cid)
        if cid not in self.blocks:
            raise NotStored(cid)
        return self.blocks[cid]


def tree(*leaves: bytes, sizes: tuple[int, ...] = ()) -> tuple[Cid, bytes]:
    """A node over leaves, which may tell wrong sizes of them."""
    told = sizes or tuple(map(len, leaves))
    links = [
        (Link(dag_of_bytes(leaf).root, size), size) for leaf, size in zip(leaves, told, strict=True)
    ]
    block = encode_node(links)
    return Cid(DAG_PB, dag_of_bytes(block).root.digest), block


def through(source: Blocks, *plan: Wanted) -> Sampled:
    (found,) = sample([Named("folder", "memory", source)], plan)
    return found


def test_the_leaf_that_an_offset_is_in() -> None:
    leaves = (b"a" * 10, b"b" * 20, b"c" * 5)
    root, block = tree(*leaves)
    source = Blocks(block, *leaves)
    offsets = {0: 0, 9: 0, 10: 1, 29: 1, 30: 2, 34: 2}
    plan = [Wanted("file", root, 35, offset) for offset in offsets]
    found = through(source, *plan)
    assert found.came == 6
    roots = [dag_of_bytes(leaf).root for leaf in leaves]
    assert [cid for cid in source.asked if cid != root] == [roots[i] for i in offsets.values()]
    assert source.asked.count(root) == 1


def test_a_file_of_4_gib_costs_what_is_asked_for() -> None:
    """4,096 leaves below four inner blocks, alike but for those of another block."""
    leaves = [bytes([group]) * CHUNK for group in range(4)]
    digests = [sha256(leaf).digest() for leaf in leaves for _ in range(1024)]
    dag = dag_of_chunks([(digest, CHUNK) for digest in digests])
    source = Blocks(*leaves)
    source.blocks |= {node.cid: node.block for node in dag.nodes}
    chunks = (0, 7, 1023, 1024, 2500, 3000, 4000, 4095)
    found = through(source, *(Wanted("file", dag.root, 4 << 30, n * CHUNK) for n in chunks))
    assert found.came == 8
    assert 8 * CHUNK < found.bytes < 9 * CHUNK
    assert len(source.asked) == 8 + 1 + 4


@pytest.mark.parametrize(
    ("sizes", "size"), [((10, 20), 31), ((9, 21), 30), ((11, 19), 30), ((10, 3 << 20), 0)]
)
def test_trees_that_do_not_add_up(sizes: tuple[int, ...], size: int) -> None:
    leaves = (b"a" * 10, b"b" * 20)
    root, block = tree(*leaves, sizes=sizes)
    wants = [Wanted("file", root, size or sum(sizes), offset) for offset in (0, 12)]
    found = through(Blocks(block, *leaves), *wants)
    assert (found.wrong, found.corrupt) == (True, False)
    assert fetchable([found], wants).result is Result.FALSE


def test_a_tree_without_an_end() -> None:
    """Each of its nodes is as long as what it says to hold, so that any could pass for a leaf."""
    size = len(tree(b"a" * 10)[1])
    leaf = b"a" * size
    root, block = tree(leaf)
    assert len(block) == size
    source = Blocks(block, leaf)
    for _ in range(9):
        block = encode_node([(Link(root, size), size)])
        root = Cid(DAG_PB, dag_of_bytes(block).root.digest)
        source.blocks[root] = block
    assert through(source, Wanted("file", root, size, 0)).wrong


def test_a_root_that_is_no_node() -> None:
    source = Blocks(b"not a node")
    root = Cid(DAG_PB, dag_of_bytes(b"not a node").root.digest)
    assert through(source, Wanted("file", root, 10, 0)).wrong


@pytest.mark.parametrize("what", ["manifest", "node", "leaf"])
def test_blocks_that_a_source_did_not_check_itself(what: str) -> None:
    leaf = b"a" * 10
    root, block = tree(leaf)
    source = Blocks(block, leaf)
    wrong = {"manifest": dag_of_bytes(leaf).root, "node": root, "leaf": dag_of_bytes(leaf).root}
    source.blocks[wrong[what]] = b"b" * 10
    manifest = Wanted("manifest", dag_of_bytes(leaf).root, -1, 0)
    want = manifest if what == "manifest" else Wanted("file", root, 10, 0)
    found = through(source, want)
    assert (found.corrupt, found.wrong, found.came) == (True, False, 0)


def test_a_source_without_the_root_is_not_asked_again() -> None:
    root, _ = tree(b"a" * 10)
    source = Blocks()
    found = through(source, *(Wanted("file", root, 10, offset) for offset in range(5)))
    assert (found.missing, len(source.asked)) == (5, 1)


def test_a_slow_source_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "SECONDS", -1.0)
    leaf = b"a" * 10
    plan = [Wanted("file", dag_of_bytes(leaf).root, 10, 0)] * 3
    found = through(Blocks(leaf), *plan)
    assert (found.came, found.failed) == (1, True)
    assert "slow" in str(found.problem)


def test_a_folder_that_cannot_be_read() -> None:
    class Locked(Blocks):
        def block(self, cid: Cid, *, max_size: int = 0) -> bytes:
            raise PermissionError(13, "Permission denied")

    found = through(Locked(), Wanted("file", dag_of_bytes(b"").root, 0, 0))
    assert (found.failed, found.problem) == (True, "It cannot be read: Permission denied.")


def sampled(*got: int, kind: str = "gateway", **changes: Any) -> Sampled:
    return Sampled(kind, "there", 3, got=set(got), **changes)


PLAN = [Wanted(what, dag_of_bytes(b"").root, 0, 0) for what in ("manifest", "file", "file")]


@pytest.mark.parametrize(
    ("found", "result"),
    [
        ([], Result.FALSE),
        ([sampled(0, 1, 2)], Result.OK),
        ([sampled(0, 1), sampled(2)], Result.OK),
        ([sampled(0, 1), sampled(0)], Result.FALSE),
        ([sampled(0, 1), sampled(failed=True)], Result.UNKNOWN),
        ([sampled(0, kind=OWN), sampled(failed=True)], Result.FALSE),
        ([sampled(0, 1, 2, kind=OWN), sampled(failed=True)], Result.OK),
        ([sampled(0, 1, 2), sampled(0, wrong=True)], Result.FALSE),
    ],
)
def test_what_several_sources_come_to(found: list[Sampled], result: Result) -> None:
    assert fetchable(found, PLAN).result is result


def test_an_honest_source_that_is_away_is_unknown() -> None:
    assert honest([sampled(failed=True)]).result is Result.UNKNOWN
    assert honest([sampled(0)]).result is Result.OK
    liar = sampled(0, corrupt=True, problem="wrong")
    assert honest([sampled(0, 1, 2), liar]).result is Result.FALSE
