"""Answers that drip, never end, pack bombs, lead elsewhere, or ask for a pause."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from daimm_cli.base import http
from daimm_cli.base.errors import OutsideFailed
from daimm_cli.base.http import Client, stays

Handler = BaseHTTPRequestHandler


class Server:
    """answers: one a request, the last one again and again. seen: paths and headers."""

    def __init__(self) -> None:
        self.answers: list[Callable[[Handler], None]] = []
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.stopped = threading.Event()
        server = self

        class Answering(Handler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                server.seen.append((self.path, headers))
                more = len(server.answers) > 1
                answer = server.answers.pop(0) if more else server.answers[0]
                with contextlib.suppress(OSError):
                    answer(self)

            def log_message(self, *_arguments: object) -> None:
                pass

        self._inner = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self._inner.block_on_close = False
        self.port = self._inner.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._inner.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        self.stopped.set()
        self._inner.shutdown()
        self._inner.server_close()
        self._thread.join()

    def drips(self, *, head: bool) -> Callable[[Handler], None]:
        """A byte every 20 ms, of the body or already of the head."""

        def drip(handler: Handler) -> None:
            if not head:
                handler.send_response(200)
                handler.send_header("Content-Length", "1000000")
                handler.end_headers()
            while not self.stopped.wait(0.02):
                handler.wfile.write(b"x")
                handler.wfile.flush()

        return drip


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr(http, "FIRST_PAUSE", 0.01)


def says(body: bytes, status: int = 200, **headers: str) -> Callable[[Handler], None]:
    def answer(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def hangs_up(handler: Handler) -> None:
    handler.close_connection = True


def half(handler: Handler) -> None:
    says(b"half", Content_Length="8")(handler)
    hangs_up(handler)


def endless(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b" " * (1 << 16))


def client(server: Server, **options: Any) -> Client:
    return Client(server.url, "The server", **options)


@pytest.mark.parametrize("head", [True, False])
def test_a_drip_gains_no_time(head: bool, server: Server) -> None:
    server.answers = [server.drips(head=head)]
    begun = time.monotonic()
    with pytest.raises(OutsideFailed, match="did not answer in time"):
        client(server, read=0.3).ask("GET", patience=0)
    assert time.monotonic() - begun < 3


def test_a_stream_has_its_time_for_each_piece(server: Server) -> None:
    server.answers = [server.drips(head=False)]
    with client(server, read=0.3).stream("GET") as stream:
        begun = time.monotonic()
        while time.monotonic() - begun < 0.5:
            assert len(stream.read(2)) == 2
        with pytest.raises(OutsideFailed, match="did not answer in time"):
            stream.read(1 << 16)


def test_an_answer_without_end(server: Server) -> None:
    server.answers = [endless]
    with pytest.raises(OutsideFailed, match="The server answers without end"):
        client(server).ask("GET", most=1 << 20)


def test_a_packed_answer_is_bounded_unpacked(server: Server) -> None:
    packed = gzip.compress(b" " * 100_000)
    server.answers = [says(packed, Content_Encoding="gzip")]
    assert client(server).ask("GET", most=100_000).body == b" " * 100_000
    with pytest.raises(OutsideFailed, match="without end"):
        client(server).ask("GET", most=99_999)


def test_half_an_answer_is_none(server: Server) -> None:
    server.answers = [half]
    with pytest.raises(OutsideFailed, match="middle of its answer"):
        client(server).ask("GET")
    assert len(server.seen) == http.TRIES


def test_who_breaks_off_is_asked_again(server: Server) -> None:
    server.answers = [hangs_up, hangs_up, says(b"here")]
    assert client(server).ask("GET").body == b"here"
    server.answers = [hangs_up, says(b"here")]
    with pytest.raises(OutsideFailed, match="broke the connection off"):
        client(server).ask("GET", patience=0)


@pytest.mark.parametrize("status", sorted(http.BUSY))
def test_who_is_busy_is_asked_again_when_it_says(status: int, server: Server) -> None:
    server.answers = [says(b"", status, Retry_After="1"), says(b"", status), says(b"here")]
    begun = time.monotonic()
    assert client(server).ask("GET").body == b"here"
    assert 1 <= time.monotonic() - begun < 4


def test_a_pause_longer_than_the_time_there_is(server: Server) -> None:
    server.answers = [says(b"", 429, Retry_After="3600")]
    begun = time.monotonic()
    assert client(server).ask("GET", patience=5).status == 429
    assert time.monotonic() - begun < 2
    assert len(server.seen) == 1


@pytest.mark.parametrize("asked", ["soon", "-1", "1e999", "Mon, 99 Foo 2020 00:00:00 GMT", ""])
def test_a_pause_that_is_none(asked: str, server: Server) -> None:
    server.answers = [says(b"", 503, Retry_After=asked), says(b"here")]
    assert client(server).ask("GET").body == b"here"


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(OutsideFailed, match="is not running"):
            Client(f"http://127.0.0.1:{taken.getsockname()[1]}", "The server").ask("GET")


def test_a_redirect_stays_at_its_port(server: Server) -> None:
    other = Server()
    try:
        other.answers = [says(b"secrets")]
        server.answers = [says(b"", 302, Location=f"{other.url}/api/v0/config")]
        with pytest.raises(OutsideFailed, match="sends elsewhere"):
            client(server, redirects=3).ask("GET")
        assert other.seen == []
    finally:
        other.stop()
    server.answers = [says(b"", 302, Location="/there"), says(b"here")]
    assert client(server, redirects=1).ask("GET").body == b"here"
    server.answers = [says(b"", 302, Location="/there"), says(b"here")]
    with pytest.raises(OutsideFailed, match="sends elsewhere"):
        client(server).ask("GET")
    server.answers = [says(b"", 302, Location="/round")]
    with pytest.raises(OutsideFailed, match="sends elsewhere"):
        client(server, redirects=3).ask("GET")


@pytest.mark.parametrize(
    ("home", "target", "same"),
    [
        ("http://gate.example", "http://gate.example/x", True),
        ("http://gate.example", "http://gate.example:80/x", True),
        ("http://gate.example", "https://gate.example/x", True),
        ("http://gate.example", "http://bafy.ipfs.gate.example/x", True),
        ("https://gate.example", "http://gate.example/x", False),
        ("http://gate.example", "http://gate.example:5001/x", False),
        ("http://gate.example:8080", "http://gate.example/x", False),
        ("http://gate.example", "https://gate.example:8443/x", False),
        ("http://gate.example", "http://evilgate.example/x", False),
        ("http://gate.example", "http://gate.example.evil/x", False),
        ("http://gate.example", "ftp://gate.example/x", False),
        ("http://gate.example", "http://[::1/x", False),
        ("http://gate.example", "http://gate.example:99999/x", False),
    ],
)
def test_where_a_redirect_may_lead(home: str, target: str, same: bool) -> None:
    assert stays(urlsplit(home), target) is same


def test_only_the_addresss_own_secret_is_sent(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".netrc").write_text(netrc.read_text())
    server.answers = [says(b"here", Set_Cookie="a=b")]
    asked = client(server)
    for _ in range(2):
        asked.ask("GET", "/x")
    for _, headers in server.seen:
        assert not {"authorization", "cookie"} & headers.keys()
    Client(f"http://me:pass%20word@127.0.0.1:{server.port}", "The server").ask("GET")
    assert server.seen[-1][1]["authorization"] == "Basic bWU6cGFzcyB3b3Jk"
