"""Servers on loopback that answer as daemons and gateways do, and as they should not.

A real Kubo answers right; what a wrong or dying one does to us has to be made. `fault` names it.
"""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator, MutableMapping
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from daimm_cli.artifact.unixfs import DAG_PB, MAX_BLOCK, Cid, Node
from daimm_cli.store import car
from daimm_cli.store.base import BlockSource, NotStored

HTML = b"<!DOCTYPE html><html><title>Welcome</title></html>"


class Answer(BaseHTTPRequestHandler):
    """Keep-alive, chunked bodies both ways, no log."""

    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *args: object) -> None:
        pass

    def address_string(self) -> str:
        return "test"

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def handle(self) -> None:
        with contextlib.suppress(ConnectionResetError):  # whoever asked was killed
            super().handle()

    def _serve(self) -> None:
        self.server.seen.append((self.path, dict(self.headers)))
        try:
            self.server.answer(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    @property
    def route(self) -> str:
        return urlsplit(self.path).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query).items()}

    def body(self) -> Iterator[bytes]:
        """The request's body, piece by piece."""
        if self.headers.get("Transfer-Encoding") != "chunked":
            yield self.rfile.read(int(self.headers.get("Content-Length") or 0))
            return
        while size := self._chunk_size():
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _chunk_size(self) -> int:
        line = self.rfile.readline()
        if not line:
            raise ConnectionResetError("the other side went away")
        return int(line, 16)

    def reply(self, data: bytes, status: int = 200, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def say(self, *objects: object, status: int = 200) -> None:
        self.reply(b"".join(json.dumps(each).encode() + b"\n" for each in objects), status)

    def refuse(self, message: str, status: int = 500) -> None:
        self.say({"Message": message, "Code": 0, "Type": "error"}, status=status)

    def stream(self, data: bytes, trailer: str = "") -> None:
        """A chunked answer; `trailer` is what Kubo sends when it fails late."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Trailer", "X-Stream-Error")
        self.end_headers()
        if data:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.write(b"0\r\n" + (f"X-Stream-Error: {trailer}\r\n" if trailer else "").encode())
        self.wfile.write(b"\r\n")

    def pieces(self, parts: Iterator[bytes], kind: str) -> None:
        """A chunked answer of any length, a piece at a time."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in parts:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def drip(self, promised: int, sent: bytes, kind: str = "application/json") -> None:
        """Send a byte now and then, until the test is over."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(promised))
        self.end_headers()
        for byte in sent:
            self.wfile.write(bytes([byte]))
            if self.server.done.wait(0.02):
                break
        self.close_connection = True

    def hang_up(self, promised: int, sent: bytes, kind: str = "application/json") -> None:
        """Promise more than is sent."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(promised))
        self.end_headers()
        self.wfile.write(sent)
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True


class Server(socketserver.ThreadingTCPServer):
    """On a port of the system's choice, or on the unix socket `path`; a context manager."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, answer: Callable[[Answer], None], path: Path | None = None) -> None:
        self.answer = answer
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.done = threading.Event()
        if path is not None:
            self.address_family = socket.AF_UNIX
            self.allow_reuse_address = False
        super().__init__(str(path) if path else ("127.0.0.1", 0), Answer)  # type: ignore[arg-type]

    def get_request(self) -> Any:
        request, _ = super().get_request()
        return request, ("test", 0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Server:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.shutdown()
        self.server_close()

    def wait(self) -> None:
        """Keep quiet until the test is over."""
        self.done.wait(60)


class Daemon:
    """The five calls of Kubo's RPC that are used. blocks: where it keeps them, in memory or not."""

    def __init__(
        self, fault: str = "", secret: str = "", blocks: MutableMapping[Cid, bytes] | None = None
    ) -> None:
        self.blocks: MutableMapping[Cid, bytes] = {} if blocks is None else blocks
        self.pins: set[str] = set()
        self.fault = fault
        self.secret = secret
        self.most_at_once = 0
        self.received = 0

    def __call__(self, ask: Answer) -> None:
        if self.secret and ask.headers.get("Authorization") != self.secret:
            ask.close_connection = True
            return ask.reply(b"403 Forbidden", 403, "text/plain")
        if self.fault == "html":
            return ask.reply(HTML, 200, "text/html")
        if self.fault == "late":
            return ask.server.wait()
        if self.fault == "drip":
            return ask.drip(1 << 20, b" " * 10_000)
        if self.fault == "redirect":
            ask.send_response(307)
            ask.send_header("Location", "http://127.0.0.1:1/")
            ask.send_header("Content-Length", "0")
            return ask.end_headers()
        call = ask.route.removeprefix("/api/v0/").replace("/", "_")
        return getattr(self, call)(ask, ask.query.get("arg", ""))  # type: ignore[no-any-return]

    def version(self, ask: Answer, arg: str) -> None:
        ask.say({"Version": "0.43.0", "Commit": "", "Repo": "18"})

    def dag_import(self, ask: Answer, arg: str) -> None:
        if self.fault == "drops the upload":
            ask.rfile.read(1000)
            ask.connection.shutdown(socket.SHUT_RDWR)
            ask.close_connection = True
            return
        if self.fault == "refuses early":
            ask.close_connection = True
            ask.refuse("disk full")
            return
        root = self._take(ask)
        named = {"Root": {"Cid": {"/": str(root)}, "PinErrorMsg": ""}}
        self.pins.add(str(root))
        stats = {"Stats": {"BlockCount": len(self.blocks), "BlockBytesCount": 1}}
        if self.fault == "pin fails":
            named["Root"]["PinErrorMsg"] = "merkledag: not found"
            self.pins.clear()
            ask.stream(json.dumps(named).encode() + b"\n", "unable to pin all roots: 1 out of 1")
        elif self.fault == "late error":
            self.pins.clear()
            ask.stream(b"", "short write: no space left on device")
        elif self.fault == "late error after the root":
            self.pins.clear()
            ask.stream(json.dumps(named).encode() + b"\n", "no space left on device")
        elif self.fault == "other root":
            named["Root"]["Cid"] = {
                "/": "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
            }
            ask.say(named, stats)
        elif self.fault == "half an answer":
            text = json.dumps(named).encode()
            ask.hang_up(len(text), text[:-20])
        elif self.fault == "endless answer":
            ask.reply(b" " * (2 << 20))
        elif self.fault == "error line":
            ask.say(named, {"Message": "context canceled", "Code": 0, "Type": "error"})
        else:
            ask.say(named, stats)

    def _take(self, ask: Answer) -> Cid:
        """Parse the upload as it comes, holding one block."""
        held = bytearray()
        pieces = ask.body()

        def read(size: int) -> bytes:
            while len(held) < size and (piece := next(pieces, b"")):
                held.extend(piece)
                self.received += len(piece)
                self.most_at_once = max(self.most_at_once, len(held))
            found = bytes(held[:size])
            del held[:size]
            return found

        boundary = ask.headers["Content-Type"].partition("boundary=")[2].encode()
        opening = b""
        while not opening.endswith(b"\r\n\r\n"):
            opening += read(1)
        assert opening.startswith(b"--" + boundary + b"\r\n")
        message = BytesParser().parsebytes(opening.partition(b"\r\n")[2])
        assert message.get_param("name", header="content-disposition") == "file"
        header = read(_length(read))
        root = Cid.from_bytes(header[13:49])
        assert car.header(root)[1:] == header
        end = b"\r\n--" + boundary + b"--\r\n"
        while True:
            first = read(1)
            if first == b"\r":
                following = read(len(end) - 1)
                assert first + following == end
                assert read(1) == b""
                return root
            rest = [first]
            section = read(_length(lambda n, rest=rest: rest.pop() if rest else read(n)))  # type: ignore[misc]
            cid = Cid.from_bytes(section[:36])
            cid.verify(section[36:])
            self.blocks[cid] = section[36:]

    def pin_ls(self, ask: Answer, arg: str) -> None:
        if arg not in self.pins:
            return ask.refuse(f"path '{arg}' is not pinned")
        return ask.say({"Keys": {arg: {"Type": "recursive", "Name": ""}}})

    def pin_add(self, ask: Answer, arg: str) -> None:
        if Cid.parse(arg) not in self.blocks:
            return ask.refuse("context deadline exceeded")
        self.pins.add(arg)
        return ask.say({"Pins": [arg]})

    def pin_rm(self, ask: Answer, arg: str) -> None:
        self.pins.remove(arg)
        ask.say({"Pins": [arg]})

    def block_get(self, ask: Answer, arg: str) -> None:
        block = self.blocks.get(Cid.parse(arg))
        if block is None:
            return ask.refuse(f"block was not found locally (offline): ipld: could not find {arg}")
        if self.fault == "corrupt block":
            block = bytes([block[0] ^ 1]) + block[1:]
        if self.fault == "cut block":
            return ask.stream(block[:-1], "unexpected EOF")
        if self.fault == "huge block":
            block += bytes(8 << 20)
        return ask.reply(block, kind="text/plain")


def _length(read: Callable[[int], bytes]) -> int:
    value = shift = 0
    while True:
        byte = read(1)[0]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value
        shift += 7


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Folder(MutableMapping[Cid, bytes]):
    """Blocks as files of a folder, so that memory stays flat; a `BlockSource`, too."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def block(self, cid: Cid, *, max_size: int = MAX_BLOCK) -> bytes:
        try:
            return self[cid]
        except KeyError:
            raise NotStored(cid) from None

    def __getitem__(self, cid: Cid) -> bytes:
        try:
            return (self.folder / str(cid)).read_bytes()
        except FileNotFoundError:
            raise KeyError(cid) from None

    def __setitem__(self, cid: Cid, block: bytes) -> None:
        """Whole or not at all: whoever uploads may be killed, and another asks meanwhile."""
        pending = self.folder / f"{cid}.{threading.get_ident()}"
        pending.write_bytes(block)
        pending.replace(self.folder / str(cid))

    def __delitem__(self, cid: Cid) -> None:
        (self.folder / str(cid)).unlink()

    def __iter__(self) -> Iterator[Cid]:
        return (Cid.parse(path.name) for path in self.folder.glob("b*") if not path.suffix)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class GatewayOf:
    """A trustless gateway over a store. formats: which of "raw" and "car" it serves; where: it
    redirects to, but for itself."""

    def __init__(self, store: BlockSource, *formats: str, fault: str = "", after: int = 0) -> None:
        self.store = store
        self.formats = formats or ("raw", "car")
        self.fault = fault
        self.after = after
        self.asked = 0
        self.where = ""

    def __call__(self, ask: Answer) -> None:
        self.asked += 1
        kind = ask.query["format"]
        if kind not in self.formats:
            return ask.reply(b"no such format", 406, "text/plain")
        fault = self.fault if self.asked > self.after else ""
        if fault.isdigit():
            return ask.reply(HTML, int(fault), "text/html")
        if fault == "html":
            return ask.reply(HTML, 200, "text/html")
        if fault == "late":
            return ask.server.wait()
        cid = Cid.parse(ask.route.removeprefix("/ipfs/"))
        mime = f"application/vnd.ipld.{kind}"
        if fault == "disguised html":
            return ask.reply(HTML, 200, mime)
        if fault == "redirect":
            ask.send_response(302)
            ask.send_header("Location", self.where + ask.path)
            ask.send_header("Content-Length", "0")
            return ask.end_headers()
        if kind == "car" and not fault:
            return ask.pieces(self._car(cid, ask.query["dag-scope"]), mime)
        if kind == "raw":
            data = self.store.block(cid)
        else:
            data = b"".join(self._car(cid, ask.query["dag-scope"]))
        if fault == "corrupt":
            data = data[:-1] + bytes([data[-1] ^ 1])
        if fault == "cut":
            data = data[:-1]
        if fault == "oversized":
            data = data + bytes(4 << 20) if kind == "raw" else car.header(cid) + b"\xff\xff\xff\x7f"
        if fault == "hangs up":
            return ask.hang_up(len(data), data[: len(data) // 2], mime)
        if fault == "drip":
            return ask.drip(len(data), data[:10_000], mime)
        return ask.reply(data, kind=mime)

    def _car(self, cid: Cid, scope: str) -> Iterator[bytes]:
        yield car.header(cid)
        pending = [cid]
        while pending:
            each = pending.pop()
            block = self.store.block(each)
            yield car.section(each, block)
            if scope == "all" and each.codec == DAG_PB:
                pending += [link.cid for link in reversed(Node(each, block).links)]


@contextlib.contextmanager
def serving(answer: Callable[[Answer], None], path: Path | None = None) -> Iterator[Server]:
    with Server(answer, path) as server:
        yield server
