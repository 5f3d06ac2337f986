"""Reading from gateways that nobody has to trust, on loopback."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from daimm_cli.artifact.unixfs import Cid
from daimm_cli.base.errors import DaimmError, OutsideFailed, VerificationFailed
from daimm_cli.store.base import NotStored
from daimm_cli.store.fetcher import Fetcher
from daimm_cli.store.gateway import Gateway
from daimm_cli.store.local import LocalStore
from tests.python.artifact.samples import content
from tests.python.store.samples import everything
from tests.python.store.servers import Answer, GatewayOf, serving

ROOT = Path(__file__).resolve().parents[3]
MIB = 1 << 20
SIZES = [0, 1, MIB, MIB + 1, 3 * MIB + 77]
KINDS = ["raw", "car"]
ABSENT = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"


@pytest.fixture
def origin(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "origin")


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", SIZES)
def test_what_arrives_is_what_was_sent(
    store: LocalStore, origin: LocalStore, size: int, kind: str
) -> None:
    cid = origin.put_bytes(content(size))
    with serving(GatewayOf(origin, kind)) as server:
        store.receive(Gateway(server.url + "/"), cid, max_size=4 * MIB)
    assert everything(store) == everything(origin)


def test_a_car_comes_in_one_stream(store: LocalStore, origin: LocalStore) -> None:
    cid = origin.put_bytes(content(5 * MIB))
    gateway = GatewayOf(origin, "car")
    with serving(gateway) as server:
        store.receive(Gateway(server.url), cid, max_size=5 * MIB)
    assert gateway.asked == 2  # raw was tried first


@pytest.mark.parametrize(
    ("kind", "after"), [("raw", 0), ("raw", 1), ("raw", 3), ("car", 0), ("car", 1)]
)
@pytest.mark.parametrize(
    "fault",
    ["html", "disguised html", "corrupt", "cut", "oversized", "hangs up", "500", "503", "403",
     "redirect"],
)  # fmt: skip
def test_no_wrong_answer_leaves_a_file(
    store: LocalStore, origin: LocalStore, fault: str, after: int, kind: str
) -> None:
    cid = origin.put_bytes(content(3 * MIB + 5))
    gateway = GatewayOf(origin, kind, fault=fault, after=after)
    with serving(gateway) as server, pytest.raises((OutsideFailed, VerificationFailed)) as failed:
        store.receive(Gateway(server.url), cid, max_size=4 * MIB)
    assert "\x1b" not in failed.value.message
    assert not store.has(cid)
    assert list(store.contents()) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("first", KINDS)
def test_the_next_source_goes_on_where_the_first_stopped(
    store: LocalStore, origin: LocalStore, first: str, kind: str
) -> None:
    cid = origin.put_bytes(content(8 * MIB))
    failing = GatewayOf(origin, first, fault="hangs up", after=4 if first == "raw" else 1)
    good = GatewayOf(origin, kind)
    done: list[int] = []
    with serving(failing) as one, serving(good) as other:
        with pytest.raises(OutsideFailed if first == "raw" else DaimmError):
            store.receive(Gateway(one.url), cid, max_size=8 * MIB)
        kept = sum(path.stat().st_size for path in (store.directory / "incoming").iterdir())
        assert 3 * MIB <= kept < 8 * MIB
        store.receive(
            Gateway(other.url), cid, max_size=8 * MIB, progress=lambda now, _: done.append(now)
        )
    assert store.get(cid).read_bytes() == content(8 * MIB)
    fetched = good.asked - (1 if kind == "car" else 0) - 1  # but for the format's try and the root
    assert fetched <= 8 - kept // MIB + (1 if kind == "car" else 0)


def test_a_killed_download_goes_on_where_it_was(store: LocalStore, origin: LocalStore) -> None:
    cid = origin.put_bytes(content(8 * MIB))
    hanging = GatewayOf(origin, "raw", fault="late", after=6)
    with serving(hanging) as server:
        program = (
            "import sys; from pathlib import Path; from daimm_cli.store.gateway import Gateway; "
            "from daimm_cli.store.local import LocalStore; "
            "LocalStore(Path(sys.argv[1])).receive(Gateway(sys.argv[2]), sys.argv[3], "
            "max_size=8 << 20)"
        )
        command = [sys.executable, "-c", program, str(store.directory), server.url, cid]
        with subprocess.Popen(command, cwd=ROOT) as fetching:
            deadline = time.monotonic() + 60
            while hanging.asked <= 6 and fetching.poll() is None:
                assert time.monotonic() < deadline
            fetching.kill()
    assert not store.has(cid)
    good = GatewayOf(origin, "raw")
    with serving(good) as server:
        store.receive(Gateway(server.url), cid, max_size=8 * MIB)
    assert store.get(cid).read_bytes() == content(8 * MIB)
    assert good.asked == 1 + 8 - 5  # the root again, and the leaves that were not here


def test_what_is_nowhere_is_not_stored(store: LocalStore, origin: LocalStore) -> None:
    with (
        serving(GatewayOf(origin, fault="404")) as server,
        pytest.raises(NotStored),
    ):
        store.receive(Gateway(server.url), ABSENT, max_size=MIB)


def test_a_silent_gateway_is_given_up(store: LocalStore, origin: LocalStore) -> None:
    with (
        serving(GatewayOf(origin, fault="late")) as server,
        pytest.raises(OutsideFailed, match="in time"),
    ):
        store.receive(Gateway(server.url, read=0.05), ABSENT, max_size=MIB)


def test_nobody_there(origin: LocalStore) -> None:
    with serving(GatewayOf(origin)) as server:
        url = server.url
    with pytest.raises(OutsideFailed, match="is not running"):
        Gateway(url).block(Cid.parse(ABSENT))


def test_more_than_asked_for_is_not_read(store: LocalStore, origin: LocalStore) -> None:
    cid = origin.put_bytes(content(MIB))
    with serving(GatewayOf(origin)) as server, pytest.raises(VerificationFailed, match="larger"):
        Gateway(server.url).block(Cid.parse(cid), max_size=MIB - 1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_drip_is_given_up_and_the_next_source_asked(
    store: LocalStore, origin: LocalStore, kind: str
) -> None:
    cid = origin.put_bytes(content(2 * MIB))
    dripping = GatewayOf(origin, kind, fault="drip", after=1)
    with serving(dripping) as server, serving(GatewayOf(origin)) as other:
        sources = [Gateway(server.url, read=0.2), Gateway(other.url)]
        found = Fetcher(store, sources).path(cid, "file", max_size=2 * MIB)
    assert found.read_bytes() == content(2 * MIB)


def test_a_gateway_may_send_to_itself_and_nowhere_else(
    store: LocalStore, origin: LocalStore
) -> None:
    cid = origin.put_bytes(content(MIB))
    sending, other = GatewayOf(origin, fault="redirect"), GatewayOf(origin)
    with serving(sending) as server, serving(other) as elsewhere:
        for where in (elsewhere.url, elsewhere.url.replace("127.0.0.1", "localhost")):
            sending.where = where
            with pytest.raises(OutsideFailed, match="sends elsewhere"):
                store.receive(Gateway(server.url), cid, max_size=MIB)
        assert other.asked == 0
        sending.where = server.url
        faults = iter(["redirect"])

        def once(ask: Answer) -> None:
            sending.fault = next(faults, "")
            sending(ask)

        server.answer = once
        store.receive(Gateway(server.url), cid, max_size=MIB)
    assert store.has(cid)


def test_nothing_of_a_netrc_is_sent(
    store: LocalStore, origin: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    cid = origin.put_bytes(content(MIB))
    with serving(GatewayOf(origin)) as server:
        store.receive(Gateway(server.url), cid, max_size=MIB)
        assert [
            name for _, headers in server.seen for name in headers if name == "Authorization"
        ] == []


@pytest.mark.parametrize(
    "url",
    ["", "gateway.example", "ftp://gateway.example", "https://u:p@gateway.example",
     "https://gateway.example?x=1", "https://gate way.example", "http://[::1"],
)  # fmt: skip
def test_a_malformed_address_is_refused(url: str) -> None:
    with pytest.raises(DaimmError, match="address"):
        Gateway(url)
