"""Pushing to a daemon and reading back: every fault that is known, on loopback."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from daimm_cli.artifact.unixfs import RAW, Cid
from daimm_cli.base.errors import DaimmError, OutsideFailed, VerificationFailed
from daimm_cli.store import car
from daimm_cli.store.base import NotStored
from daimm_cli.store.kubo import Kubo
from daimm_cli.store.local import LocalStore
from tests.python.artifact.samples import content
from tests.python.store.samples import everything
from tests.python.store.servers import Daemon, basic, serving

MIB = 1 << 20
SIZES = [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB + 77]


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


class TestPush:
    @pytest.mark.parametrize("size", SIZES)
    def test_all_blocks_arrive_and_come_back(
        self, store: LocalStore, tmp_path: Path, size: int
    ) -> None:
        cid = store.put_bytes(content(size))
        daemon = Daemon()
        seen: list[tuple[int, int]] = []
        with serving(daemon) as server:
            kubo = Kubo(server.url)
            kubo.push(store, cid, progress=lambda done, total: seen.append((done, total)))
            assert kubo.pinned(cid)
            assert {str(block) for block in daemon.blocks} == {
                str(block.cid) for block in store.dag(cid).blocks()
            }
            other = LocalStore(tmp_path / "other")
            other.receive(kubo, cid, max_size=4 * MIB)
        assert everything(other) == everything(store)
        assert seen[-1] == (size, size)
        assert [done for done, _ in seen] == sorted(done for done, _ in seen)

    def test_pushing_twice_is_harmless(self, store: LocalStore) -> None:
        cid = store.put_bytes(content(MIB + 1))
        with serving(Daemon()) as server:
            kubo = Kubo(server.url)
            kubo.push(store, cid)
            kubo.push(store, cid)
            assert kubo.pinned(cid)

    def test_memory_does_not_grow_with_the_file(self, store: LocalStore) -> None:
        cid = store.put_bytes(content(24 * MIB))
        tracemalloc.start()
        try:
            sent = sum(len(part) for part in car.write(store, cid))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert sent > 24 * MIB
        assert peak < 6 * MIB

    @pytest.mark.parametrize(
        ("fault", "says"),
        [
            ("pin fails", "did not pin"),
            ("late error", "did not say that it took"),
            ("late error after the root", "does not list its pin"),
            ("other root", "another file"),
            ("half an answer", "daemon"),
            ("error line", "context canceled"),
            ("drops the upload", "daemon"),
            ("refuses early", "disk full"),
            ("html", "something else than JSON"),
            ("redirect", "sends elsewhere"),
        ],
    )
    def test_a_push_that_is_not_confirmed_failed(
        self, store: LocalStore, fault: str, says: str
    ) -> None:
        cid = store.put_bytes(content(3 * MIB))
        with serving(Daemon(fault)) as server, pytest.raises(OutsideFailed, match=says) as failed:
            Kubo(server.url).push(store, cid)
        assert "Traceback" not in failed.value.message

    def test_an_endless_answer_is_not_read(self, store: LocalStore) -> None:
        cid = store.put_bytes(content(5))
        with serving(Daemon("endless answer")) as server, pytest.raises(VerificationFailed):
            Kubo(server.url).push(store, cid)

    def test_a_root_that_does_not_come_back_right_is_no_success(self, store: LocalStore) -> None:
        cid = store.put_bytes(content(3 * MIB))
        with serving(Daemon("corrupt block")) as server, pytest.raises(VerificationFailed):
            Kubo(server.url).push(store, cid)

    def test_what_the_disk_changed_is_not_pushed(self, store: LocalStore) -> None:
        cid = store.put_bytes(content(3 * MIB))
        path = store.path(cid)
        path.write_bytes(path.read_bytes()[:-1] + b"\0\0")
        daemon = Daemon()
        with serving(daemon) as server, pytest.raises(VerificationFailed):
            Kubo(server.url).push(store, cid)
        assert not daemon.pins

    def test_what_is_not_there_is_not_pushed(self, store: LocalStore) -> None:
        with pytest.raises(NotStored):
            Kubo("/ip4/127.0.0.1/tcp/1").push(
                store, "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
            )


class TestBlocks:
    @pytest.mark.parametrize("fault", ["corrupt block", "cut block", "huge block"])
    def test_a_wrong_block_is_refused(self, store: LocalStore, fault: str) -> None:
        cid = Cid.parse(store.put_bytes(content(1000)))
        daemon = Daemon(fault)
        daemon.blocks[cid] = content(1000)
        with serving(daemon) as server, pytest.raises((VerificationFailed, OutsideFailed)):
            Kubo(server.url).block(cid)

    def test_what_the_daemon_lacks_is_not_stored(self, store: LocalStore) -> None:
        cid = Cid.parse(store.put_bytes(b"x"))
        with serving(Daemon()) as server:
            kubo = Kubo(server.url)
            with pytest.raises(NotStored):
                kubo.block(cid)
            assert not kubo.pinned(str(cid))

    def test_unpinned_is_let_go(self, store: LocalStore) -> None:
        cid = store.put_bytes(content(9))
        with serving(Daemon()) as server:
            kubo = Kubo(server.url)
            kubo.push(store, cid)
            kubo.unpin(cid)
            kubo.unpin(cid)
            assert not kubo.pinned(cid)
            kubo.pin(cid)
            assert kubo.pinned(cid)


class TestConnection:
    def test_nobody_there(self) -> None:
        with serving(Daemon()) as server:
            url = server.url
        with pytest.raises(OutsideFailed, match="is not running"):
            Kubo(url).version()
        with pytest.raises(OutsideFailed, match="is not running"):
            Kubo(url).block(Cid(RAW, bytes(32)))

    def test_a_silent_daemon_is_given_up(self) -> None:
        with serving(Daemon("late")) as server, pytest.raises(OutsideFailed, match="in time"):
            Kubo(server.url, read=0.05).version()

    @pytest.mark.parametrize("call", ["version", "push", "block", "pin"])
    def test_a_daemon_that_drips_is_given_up(
        self, store: LocalStore, call: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("daimm_cli.store.kubo.PIN_SECONDS", 0.2)
        cid = store.put_bytes(content(9))
        with serving(Daemon("drip")) as server, pytest.raises(OutsideFailed, match="in time"):
            kubo = Kubo(server.url, read=0.2)
            calls: dict[str, Callable[[], object]] = {
                "version": kubo.version,
                "push": lambda: kubo.push(store, cid),
                "block": lambda: kubo.block(Cid.parse(cid)),
                "pin": lambda: kubo.pin(cid),
            }
            calls[call]()

    def test_a_drip_through_a_unix_socket_is_given_up(self, tmp_path: Path) -> None:
        with (
            serving(Daemon("drip"), tmp_path / "api.sock"),
            pytest.raises(OutsideFailed, match="in time"),
        ):
            Kubo(f"/unix{tmp_path}/api.sock", read=0.2).version()

    def test_newer_versions_are_taken(self) -> None:
        with serving(Daemon()) as server:
            assert Kubo(server.url).version() == "0.43.0"

    def test_a_unix_socket(self, store: LocalStore, tmp_path: Path) -> None:
        cid = store.put_bytes(content(2 * MIB))
        with serving(Daemon(), tmp_path / "api.sock"):
            kubo = Kubo(f"/unix{tmp_path}/api.sock")
            kubo.push(store, cid)
            assert kubo.pinned(cid)

    def test_a_unix_socket_that_nobody_listens_on(self, tmp_path: Path) -> None:
        with pytest.raises(OutsideFailed, match="is not running"):
            Kubo(f"/unix{tmp_path}/api.sock").version()

    def test_proxies_of_the_environment_are_not_for_daemons(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        with serving(Daemon()) as server:
            assert Kubo(server.url).version() == "0.43.0"

    @pytest.mark.parametrize(
        ("secret", "header"),
        [("bearer:t0ken", "Bearer t0ken"), ("basic:ann:p:w", basic("ann", "p:w"))],
    )
    def test_authorisation(self, store: LocalStore, secret: str, header: str) -> None:
        cid = store.put_bytes(content(MIB + 1))
        with serving(Daemon(secret=header)) as server:
            Kubo(server.url, secret=secret).push(store, cid)
            for wrong in (None, "bearer:other", "basic:ann:other"):
                with pytest.raises(OutsideFailed, match="does not let you in") as refused:
                    Kubo(server.url, secret=wrong).version()
                assert "other" not in refused.value.message

    @pytest.mark.parametrize("secret", ["t0ken", "bearer:a b ", "basic:ann", "bearer:a\nb", "x:y"])
    def test_a_malformed_secret_is_refused_and_not_shown(self, secret: str) -> None:
        with pytest.raises(DaimmError) as refused:
            Kubo("/ip4/127.0.0.1/tcp/1", secret=secret)
        assert secret not in refused.value.message

    @pytest.mark.parametrize(
        "address",
        ["", "127.0.0.1:5001", "/ip4/127.0.0.1", "http://u:p@127.0.0.1:5001", "ftp://127.0.0.1",
         "http://127.0.0.1:5001/x?y", "/ip4/1.2.3.4/udp/1", "http://[::1", "/unix"],
    )  # fmt: skip
    def test_a_malformed_address_is_refused(self, address: str) -> None:
        with pytest.raises(DaimmError, match="address"):
            Kubo(address)

    def test_addresses(self) -> None:
        for address, multiaddr in {
            "http://127.0.0.1:5001": "/ip4/127.0.0.1/tcp/5001/http",
            "http://[::1]:5001/": "/ip6/::1/tcp/5001/http",
            "https://ipfs.example": "/dns/ipfs.example/tcp/443/https",
            "/unix/run/api.sock": "/unix/run/api.sock",
        }.items():
            assert Kubo(address).address == multiaddr
