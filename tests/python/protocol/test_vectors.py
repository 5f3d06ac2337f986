"""The known answers that the Solidity tests check too."""

from __future__ import annotations

import hmac
import json
from types import ModuleType
from typing import Any

import pytest

from daimm_cli.bindings.structs import Delivery
from daimm_cli.protocol import curve, delivery, keys
from daimm_cli.protocol.curve import Point, SecretScalar
from daimm_cli.protocol.delivery import DeliveryInvalid, KeyRequest
from tests.python.protocol import reference
from tools import cipher_vectors, content_vectors, delivery_vectors

VECTORS: dict[str, Any] = json.loads(delivery_vectors.PATH.read_text())


def number(text: str) -> int:
    return int(text, 16)


def raw(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def point(data: dict[str, str]) -> Point:
    return Point(number(data["x"]), number(data["y"]))


def arguments(row: dict[str, Any]) -> tuple[KeyRequest, Delivery]:
    data = raw(row["abi"])
    assert len(data) == 15 * 32
    request_id, words = data[:32], [data[i : i + 32] for i in range(32, len(data), 32)]
    n = [int.from_bytes(word, "big") for word in words]
    request = KeyRequest(request_id, Point(n[0], n[1]), Point(n[2], n[3]))
    z, t2, u = Point(n[5], n[6]), Point(n[9], n[10]), Point(n[11], n[12])
    return request, Delivery(f"0x{n[4]:040x}", z, n[7], n[8], t2, u, n[13])


def test_the_file_is_what_its_generator_writes() -> None:
    assert delivery_vectors.PATH.read_text() == delivery_vectors.text(), VECTORS["made_by"]


def test_generators_and_tag() -> None:
    assert point(VECTORS["h"]) == curve.H
    assert VECTORS["tag"]["text"] == delivery.TAG_TEXT
    assert raw(VECTORS["tag"]["keccak"]) == curve.keccak(delivery.TAG_TEXT.encode())


def test_derived_keys() -> None:
    given = VECTORS["derived"]
    a = keys.line_secret(raw(given["seed"]), raw(given["label"]))
    assert a.value == number(given["line_secret"])
    order = given["order"]
    x = keys.order_secret(
        raw(given["seed"]),
        chain_id=order["chain_id"],
        market=order["market"],
        offer_id=raw(order["offer_id"]),
        buyer=order["buyer"],
        salt=raw(order["salt"]),
    )
    assert x.value == number(given["order_secret"])
    assert keys.order_key(x) == point(given["order_key"])
    shown = given["line_proof"]
    proof = keys.LineProof(curve.decode(raw(shown["commitment"])), number(shown["response"]))
    context = given["line_proof"]["context"].encode()
    keys.verify_line(a.point, context, proof)


def test_products_are_textbook_multiples() -> None:
    for row in VECTORS["products"]:
        base = point(row["point"])
        product = reference.times(number(row["scalar"]), (base.x, base.y))
        total = reference.plus(product, reference.times(number(row["t"]), reference.G))
        hashed = curve.keccak(reference.encoded(reference.plain(total)))
        assert hashed[12:] == raw(row["address"])


@pytest.mark.parametrize("row", VECTORS["accepted"], ids=lambda row: row["request_id"][:10])
def test_accepted(row: dict[str, Any]) -> None:
    request, made = arguments(row)
    for name, value in row["delivery"].items():
        expected: Any = point(value) if isinstance(value, dict) else value
        if name in ("c", "w", "slope"):
            expected = number(value)
        assert getattr(made, name) == expected
    delivery.verify(request, made)
    assert delivery.prove(SecretScalar(number(row["a"])), request, made.receiver) == made
    s = delivery.open_delivery(SecretScalar(number(row["x"])), made.z)
    assert s == point(row["s"])
    assert keys.file_key(s) == raw(row["file_key"])


@pytest.mark.parametrize("row", VECTORS["accepted"], ids=lambda row: row["request_id"][:10])
def test_the_page_is_enough_to_make_a_delivery(row: dict[str, Any]) -> None:
    """By HMAC and the page's equations, on the arithmetic of tests/python/protocol/reference.py."""
    request, made = arguments(row)
    a, line, x = number(row["a"]), (request.line.x, request.line.y), (request.key.x, request.key.y)
    z = reference.plain(reference.times(a, x))
    tag = curve.keccak(VECTORS["tag"]["text"].encode())
    statement = tag + request.request_id + raw(made.receiver)
    statement += b"".join(reference.encoded(each) for each in (line, x, z))
    assert len(statement) == 276
    parts = (b"DAIMM/delivery/v2/k", statement, bytes(4))
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts) + bytes(4)
    k = int.from_bytes(hmac.digest(a.to_bytes(32, "big"), message, "sha256"), "big")
    assert k == number(row["nonce"])
    t1, t2 = (reference.plain(reference.times(k, each)) for each in (reference.G, x))
    c = reference.challenge(request.request_id, int(made.receiver, 16), line, x, z, t1, t2)
    assert (c, (k + c * a) % curve.N) == (made.c, made.w)
    assert (z, t2) == ((made.z.x, made.z.y), (made.t2.x, made.t2.y))


@pytest.mark.parametrize("row", VECTORS["refused"], ids=lambda row: row["name"])
def test_refused(row: dict[str, Any]) -> None:
    request, made = arguments(row)
    with pytest.raises(DeliveryInvalid):
        delivery.verify(request, made)


@pytest.mark.parametrize("made", [cipher_vectors, content_vectors])
def test_other_vectors_are_those_of_today(made: ModuleType) -> None:
    assert made.PATH.read_text() == made.text(), f"python -m {made.__name__}"
