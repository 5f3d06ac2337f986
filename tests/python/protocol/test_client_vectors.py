"""The documents are enough: a client's vectors, from their words and the standard library."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import re
import tarfile
from pathlib import Path
from typing import Any

from py_ecc.secp256k1 import secp256k1

from daimm_cli.accounts import seed
from daimm_cli.chain import terms
from daimm_cli.protocol.curve import keccak
from tests.python.protocol import reference
from tools import client_vectors

VECTORS: dict[str, Any] = json.loads(client_vectors.PATH.read_text())
SEED = bytes.fromhex(VECTORS["seed"][2:])
ROOT = Path(__file__).parents[3]


def raw(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def test_the_vectors_are_what_their_tool_writes() -> None:
    assert client_vectors.generate() == VECTORS


def derived(key: bytes, use: str, *fields: bytes) -> int:
    """docs/protocol.md, "Derivation"; none of these needs a second try."""
    parts = (len(part).to_bytes(4, "big") + part for part in (use.encode(), *fields))
    message = b"".join(parts) + bytes(4)
    return int.from_bytes(hmac.digest(key, message, "sha256"), "big")


def times_g(scalar: int) -> tuple[int, int]:
    x, y = secp256k1.multiply(secp256k1.G, scalar)
    return int(x), int(y)


def test_a_line_and_its_proof() -> None:
    line = VECTORS["line"]
    numbered = b"DAIMM/line-label/v1" + line["number"].to_bytes(4, "big")
    assert raw(line["label"]) == hmac.digest(SEED, numbered, "sha256")
    a = derived(SEED, "DAIMM/line/v1", raw(line["label"]))
    assert a == int(line["a"], 16)
    described = line["key_line"]
    point = times_g(a)
    assert point == (int(described["x"], 16), int(described["y"], 16))
    context = {
        "artifact": line["commitment"],
        "label": line["label"],
        "registry": line["registry"],
        "seller": line["seller"],
        "spec": "daimm/manifest/1",
    }
    assert json.dumps(context, sort_keys=True, separators=(",", ":")) == line["context"]

    encoded = b"".join(part.to_bytes(32, "big") for part in point)
    k = derived(a.to_bytes(32), "DAIMM/line-proof-nonce/v1", encoded, line["context"].encode())
    t = b"".join(part.to_bytes(32, "big") for part in times_g(k))
    hashed = b"DAIMM/line-proof/v1" + encoded + t + line["context"].encode()
    c = int.from_bytes(hashlib.sha256(hashed).digest(), "big")
    z = (k + c * a) % secp256k1.N
    assert described["proof"] == {"commitment": "0x" + t.hex(), "response": f"0x{z:064x}"}


def test_a_buyers_secret() -> None:
    order = VECTORS["order"]
    fields = [order["chain_id"].to_bytes(32, "big")]
    fields += [raw(order[name]) for name in ("market", "offer_id", "buyer", "salt")]
    x = derived(SEED, "DAIMM/order/v2", *fields)
    assert x == int(order["x"], 16)
    key = reference.plain(reference.times(x, reference.h()))
    assert key == (int(order["key"]["x"], 16), int(order["key"]["y"], 16))


def test_a_seed_file() -> None:
    file = VECTORS["seed_file"]
    assert seed.open_seed(file, VECTORS["password"], "the vector") == SEED
    stated = hmac.digest(SEED, b"DAIMM/seed-fingerprint/v1", "sha256")[:8]
    assert file["fingerprint"] == stated.hex()
    made = json.loads(seed.pack_seed(SEED, VECTORS["password"]))
    assert made.keys() == file.keys()
    assert made["crypto"].keys() == file["crypto"].keys()
    assert (made["daimm"], made["version"]) == (file["daimm"], file["version"])


def test_a_direct_payment() -> None:
    paid = VECTORS["direct_payment"]
    words = [raw(paid["data"])[i : i + 32] for i in range(0, len(raw(paid["data"])), 32)]
    assert len(words) == 32
    offer = terms.Offer.from_json(paid["offer"])
    assert int.from_bytes(words[0], "big") == int(offer.seller, 16)
    assert words[5] + words[6] == offer.line.x.to_bytes(32) + offer.line.y.to_bytes(32)
    assert words[21] == offer.salt
    assert words[22] == raw(paid["purchase"]["key"]["x"])
    assert int.from_bytes(words[24], "big") == int(paid["purchase"]["max_total"])
    assert int.from_bytes(words[28], "big") == int(paid["recipient"], 16)
    selector = keccak(b"transferAndCall(address,uint256,bytes)")[:4]
    market = int(paid["market"], 16).to_bytes(32)
    head = [market, offer.total.to_bytes(32), (96).to_bytes(32), (32 * 32).to_bytes(32)]
    assert raw(paid["call"]) == selector + b"".join(head) + raw(paid["data"])


def test_a_pack() -> None:
    files = {name: raw(content) for name, content in VECTORS["pack"]["files"].items()}
    whole = b""
    for name, content in sorted(files.items()):
        whole += header(name, len(content)) + content + bytes(-len(content) % 512)
    assert raw(VECTORS["pack"]["first_header"]) == whole[:512]
    whole += bytes(1024)
    whole += bytes(-len(whole) % 10_240)
    assert len(whole) == VECTORS["pack"]["size"]
    assert hashlib.sha256(whole).hexdigest() == VECTORS["pack"]["sha256"]
    with tarfile.open(fileobj=io.BytesIO(whole)) as opened:
        assert opened.getnames() == sorted(files)


def header(name: str, size: int) -> bytes:
    """docs/manifest.md's table."""
    table = (ROOT / "docs" / "manifest.md").read_text()
    rows = re.findall(r"^\| (\d+)(?:, (\d+))? \| (\d+)", table, re.MULTILINE)
    end = 0
    for at, length in sorted((int(at), int(n)) for one, two, n in rows for at in (one, two) if at):
        assert at == end, "the table has a gap"
        end += length
    assert end == 512
    block = bytearray(512)

    def put(at: int, data: bytes) -> None:
        block[at : at + len(data)] = data

    put(0, name.encode())
    put(100, b"0000644")
    put(108, b"0000000")
    put(116, b"0000000")
    put(124, b"%011o" % size)
    put(136, b"00000000000")
    put(148, b" " * 8)
    put(156, b"0")
    put(257, b"ustar\x0000")
    put(329, b"0000000")
    put(337, b"0000000")
    put(148, b"%06o\0 " % sum(block))
    return bytes(block)
