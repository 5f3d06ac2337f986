"""What waits to be pushed, across daemons that come and go."""

from __future__ import annotations

from pathlib import Path

import pytest

from daimm_cli.base.errors import OutsideFailed
from daimm_cli.store.base import NotStored
from daimm_cli.store.kubo import Kubo
from daimm_cli.store.local import LocalStore
from daimm_cli.store.queue import Queue, require_all
from tests.python.artifact.samples import content
from tests.python.store.servers import Daemon, serving


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


def test_what_is_queued_is_pushed_once(store: LocalStore) -> None:
    first, second = store.put_bytes(content(1 << 20)), store.put_bytes(b"manifest")
    queue = Queue(store)
    queue.add(first, second)
    queue.add(first)
    assert {push.cid: (push.size, push.pushed) for push in queue.waiting()} == {
        first: (1 << 20, None),
        second: (8, None),
    }
    with serving(Daemon()) as server:
        kubo = Kubo(server.url)
        done = queue.push(kubo)
        assert {push.cid for push in done} == {first, second}
        assert all(kubo.pinned(push.cid) for push in done)
        require_all(done)
        assert queue.push(kubo) == []
    assert queue.waiting() == []
    assert {push.pushed for push in Queue(store).entries()} == {kubo.address}


def test_without_a_daemon_everything_stays_queued(store: LocalStore) -> None:
    cid = store.put_bytes(b"manifest")
    queue = Queue(store)
    queue.add(cid)
    with pytest.raises(OutsideFailed):
        queue.push(Kubo("/ip4/127.0.0.1/tcp/1"))
    assert [push.cid for push in queue.waiting()] == [cid]


def test_a_failed_push_says_why_and_is_tried_again(store: LocalStore) -> None:
    cid = store.put_bytes(b"manifest")
    queue = Queue(store)
    queue.add(cid)
    with serving(Daemon("pin fails")) as server:
        done = queue.push(Kubo(server.url))
    assert "did not pin" in str(done[0].problem)
    assert queue.waiting() == done
    with pytest.raises(OutsideFailed, match="1 of 1"):
        require_all(done)
    with serving(Daemon()) as server:
        require_all(queue.push(Kubo(server.url)))
    assert queue.waiting() == []


def test_one_failure_does_not_hold_up_the_rest(store: LocalStore) -> None:
    bad, good = store.put_bytes(content(3 << 20)), store.put_bytes(b"manifest")
    queue = Queue(store)
    queue.add(bad, good)
    store.path(bad).write_bytes(content(3 << 20)[::-1])
    with serving(Daemon()) as server:
        done = {push.cid: push for push in queue.push(Kubo(server.url))}
    assert done[good].pushed
    assert done[bad].problem
    assert [push.cid for push in queue.waiting()] == [bad]


def test_another_daemon_gets_everything(store: LocalStore) -> None:
    cid = store.put_bytes(b"manifest")
    queue = Queue(store)
    queue.add(cid)
    for _ in range(2):
        with serving(Daemon()) as server:
            assert [push.cid for push in queue.push(Kubo(server.url))] == [cid]


def test_only_files_of_the_store_are_queued(store: LocalStore) -> None:
    cid = store.put_bytes(b"manifest")
    queue = Queue(store)
    with pytest.raises(NotStored):
        queue.add("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku")
    queue.add(cid)
    store.remove(cid)
    assert queue.entries() == []
    queue.forget()
    assert list((store.directory / "queue").iterdir()) == []


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"pushed": {}}', b"[" * 4096])
def test_a_damaged_entry_is_pushed_once_more(store: LocalStore, damage: bytes) -> None:
    cid = store.put_bytes(b"manifest")
    queue = Queue(store)
    queue.add(cid)
    (store.directory / "queue" / cid).write_bytes(damage)
    assert [push.cid for push in queue.waiting()] == [cid]
    with serving(Daemon()) as server:
        require_all(queue.push(Kubo(server.url)))
    assert queue.waiting() == []
