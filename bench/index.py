"""How long a first look at a market takes: 100,000 events in 33,334 blocks, read into an index.

    python -m bench.index [--orders 33333] [--delay 0.045]

A stand-in for a node, in a process of its own, serves a made-up history: a model, an offer, and
orders that are alone in their blocks, each three events. `--delay` is seconds a request.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from eth_abi.abi import encode

from daimm_cli.bindings import market, model_license, model_registry
from daimm_cli.bindings.calls import Event
from daimm_cli.bindings.structs import ModelId, Offer, Order, Version
from daimm_cli.bindings.values import plain, spelled
from daimm_cli.chain import terms
from daimm_cli.chain.book import Book, Entry
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Node
from daimm_cli.index.index import Index
from daimm_cli.protocol.curve import G, keccak

CHAIN = 31337
NAMES = ("Authority", "AIMToken", "ModelRegistry", "ModelLicense", "Market")
ADDRESSES = {name: "0x" + f"{number:02x}" * 20 for number, name in enumerate(NAMES, 0x11)}
SELLER, BUYER = "0x" + "01" * 20, "0x" + "02" * 20
MODEL = ModelId(1)
BLOOM = "0x" + "ff" * 256


def block_hash(number: int) -> str:
    return "0x" + keccak(number.to_bytes(32)).hex()


def log(contract: str, event: Event, block: int, position: int) -> dict[str, Any]:
    """The event as a node tells it."""
    kinds = dict(type(event).fields())
    indexed = [n for n in kinds if n in event.INDEXED]
    rest = [n for n in kinds if n not in event.INDEXED]
    topics = [encode([spelled(kinds[n])], [plain(getattr(event, n))]) for n in indexed]
    data = encode([spelled(kinds[n]) for n in rest], [plain(getattr(event, n)) for n in rest])
    return {
        "address": ADDRESSES[contract],
        "topics": ["0x" + event.TOPIC, *("0x" + topic.hex() for topic in topics)],
        "data": "0x" + data.hex(),
        "blockNumber": hex(block),
        "blockHash": block_hash(block),
        "logIndex": hex(position),
        "transactionHash": block_hash(block),
        "transactionIndex": "0x0",
        "removed": False,
    }


def history(orders: int) -> dict[int, list[dict[str, Any]]]:
    """Blocks and what they tell."""
    nobody, word = "0x" + "00" * 20, b"\1" * 32
    details = Version(word, word, word, G, 1, word, word)
    offer = Offer(
        SELLER, MODEL, 1, 1, True, G, ADDRESSES["AIMToken"], 10**18, nobody, word, 10**17, SELLER,
        bytes(32), 3600, 3600, 0, nobody, 0, 0, 0, word,
    )  # fmt: skip
    offer_id = terms.offer_id(CHAIN, ADDRESSES["Market"], offer)
    blocks = {
        1: [
            log("ModelRegistry", model_registry.Transfer(nobody, SELLER, 1), 1, 0),
            log("ModelRegistry", model_registry.VersionAdded(MODEL, 1, details), 1, 1),
            log("Market", market.OfferOpened(offer_id, SELLER, offer), 1, 2),
        ]
    }
    order = Order(BUYER, BUYER, nobody, 0, G, 10**18, 10**16, word)
    for number in range(2, orders + 2):
        placed = replace(order, salt=number.to_bytes(32))
        order_id = terms.order_id(CHAIN, ADDRESSES["Market"], offer_id, placed)
        licence = terms.license_id(ADDRESSES["Market"], order_id)
        blocks[number] = [
            log("ModelLicense", model_license.Transfer(nobody, BUYER, licence), number, 0),
            log("Market", market.Purchased(
                order_id, offer_id, BUYER, BUYER, nobody, 0, G, placed.price, placed.protocol_fee,
                placed.salt, licence,
            ), number, 1),
        ]  # fmt: skip
    return blocks


def serve(orders: int, delay: float, told: Any) -> None:
    """The stand-in; says its port through `told`."""
    blocks = history(orders)
    head = orders + 1
    numbers = {block_hash(number): number for number in blocks}

    def header(number: int) -> dict[str, Any] | None:
        if number > head:
            return None
        bloom = BLOOM if number in blocks else "0x" + "00" * 256
        return {
            "number": hex(number), "hash": block_hash(number),
            "timestamp": hex(1_700_000_000 + number),
            "logsBloom": bloom, "parentHash": block_hash(max(number - 1, 0)), "extraData": "0x",
            "difficulty": "0x0", "gasLimit": "0x0", "gasUsed": "0x0", "baseFeePerGas": "0x1",
        }  # fmt: skip

    def answer(question: dict[str, Any]) -> Any:
        method, params = question["method"], question["params"]
        if method == "eth_chainId":
            return hex(CHAIN)
        if method == "eth_getBlockByNumber":
            return header(head if params[0] == "latest" else int(params[0], 16))
        if "blockHash" in params[0]:
            return blocks[numbers[params[0]["blockHash"]]]
        first, last = int(params[0]["fromBlock"], 16), int(params[0]["toBlock"], 16)
        return [one for n in range(first, last + 1) for one in blocks.get(n, [])]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            time.sleep(delay)
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            several = asked if isinstance(asked, list) else [asked]
            found = [{"jsonrpc": "2.0", "id": q["id"], "result": answer(q)} for q in several]
            body = json.dumps(found if isinstance(asked, list) else found[0]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told.send(server.server_port)
        server.serve_forever()


def measure(orders: int, delay: float) -> dict[str, Any]:
    """Seconds of a first run and of one with nothing new to read; processor: the first's own."""
    ours, theirs = multiprocessing.Pipe()
    node = multiprocessing.Process(target=serve, args=(orders, delay, theirs), daemon=True)
    node.start()
    try:
        url = f"http://127.0.0.1:{ours.recv()}"
        entries = {
            n: Entry(a, (0, 0, 0, 0, SELLER), 1, bytes(32), bytes(32)) for n, a in ADDRESSES.items()
        }
        chain = Chain(Node.connect(url), Book(CHAIN, entries))
        with tempfile.TemporaryDirectory() as folder, Index.open(Path(folder), chain) as index:
            times: list[float] = []
            work: list[float] = []
            for _ in range(2):
                started, worked = time.monotonic(), time.process_time()
                index.sync()
                times.append(round(time.monotonic() - started, 2))
                work.append(round(time.process_time() - worked, 2))
            assert len(index.orders(limit=None)) == orders
    finally:
        node.terminate()
        node.join()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    first, again = times
    return {
        "events": 3 * orders + 3,
        "delay": delay,
        "first": first,
        "again": again,
        "processor": work[0],
        "peak_mib": peak,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=33_333)
    parser.add_argument("--delay", type=float, default=0.0)
    options = parser.parse_args()
    print(json.dumps(measure(options.orders, options.delay)))


if __name__ == "__main__":
    main()
