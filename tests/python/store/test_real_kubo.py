"""A real Kubo daemon, without peers: what the scripted one stands for.

They are left out only where neither `ipfs` nor Go, which builds it, is installed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from daimm_cli.artifact.unixfs import dag_of_file
from daimm_cli.base.errors import OutsideFailed
from daimm_cli.store.base import BlockSource
from daimm_cli.store.gateway import Gateway
from daimm_cli.store.kubo import Kubo
from daimm_cli.store.local import LocalStore
from tests.python.artifact.samples import content
from tests.python.store.samples import everything
from tools.kubo import LocalDaemon, find

MIB = 1 << 20
SIZES = [0, 1, MIB - 1, MIB, MIB + 1, 174 * MIB + 1]

pytestmark = pytest.mark.skipif(
    find() is None and shutil.which("go") is None,
    reason="neither IPFS (Kubo) nor Go, which builds it, is installed",
)


@pytest.fixture(scope="module")
def daemon() -> Iterator[LocalDaemon]:
    with LocalDaemon() as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def written(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        for start in range(0, size, MIB):
            file.write(content(min(MIB, size - start)))
    return path


@pytest.mark.parametrize("size", [*SIZES, pytest.param((1 << 30) + 1, marks=pytest.mark.slow)])
def test_cids_are_those_of_ipfs_add(daemon: LocalDaemon, tmp_path: Path, size: int) -> None:
    path = written(tmp_path / "file", size)
    with path.open("rb") as file:
        ours = dag_of_file(file).cid
    assert daemon.run("add", "--quieter", "--only-hash", str(path)).strip() == ours


@pytest.mark.parametrize("size", SIZES)
def test_pushed_pinned_and_read_back(
    daemon: LocalDaemon, store: LocalStore, tmp_path: Path, size: int
) -> None:
    cid = store.put_bytes(written(tmp_path / "file", size).read_bytes())
    kubo = Kubo(daemon.api)
    kubo.push(store, cid)
    assert kubo.pinned(cid)
    assert cid in daemon.run("pin", "ls", "--type=recursive", "--quiet").split()
    sources: list[BlockSource] = [kubo, Gateway(daemon.gateway)]
    for number, source in enumerate(sources):
        other = LocalStore(tmp_path / f"other-{number}")
        other.receive(source, cid, max_size=size + 1)
        assert everything(other) == everything(store)
    kubo.unpin(cid)
    assert not kubo.pinned(cid)


@pytest.mark.parametrize("secret", ["bearer:t0ken", "basic:ann:password"])
def test_authorisation(store: LocalStore, secret: str) -> None:
    cid = store.put_bytes(content(MIB + 1))
    with LocalDaemon(secret=secret) as closed:
        Kubo(closed.api, secret=secret).push(store, cid)
        with pytest.raises(OutsideFailed, match="does not let you in"):
            Kubo(closed.api).version()


def test_a_push_outlives_the_daemon(store: LocalStore) -> None:
    cid = store.put_bytes(content(2 * MIB))
    with LocalDaemon() as mortal:
        Kubo(mortal.api).push(store, cid)
        mortal.kill()
        with pytest.raises(OutsideFailed, match="is not running"):
            Kubo(mortal.api).push(store, cid)
        mortal.restart()
        assert Kubo(mortal.api).pinned(cid)
