"""The known answers that the Solidity tests check too."""

from __future__ import annotations

import json
from typing import Any

import pytest

from daimm_cli.bindings.structs import Delivery
from daimm_cli.protocol import curve, delivery, keys
from daimm_cli.protocol.curve import Point, SecretScalar
from daimm_cli.protocol.delivery import DeliveryInvalid, KeyRequest
from tests.python.protocol import reference
from tools import cipher_vectors, delivery_vectors

VECTORS: dict[str, Any] = json.loads(delivery_vectors.PATH.read_text())


def number(text: str) -> int:
    return int(text, 16)


def raw(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def point(data: dict[str, str]) -> Point:
    return Point(number(data["x"]), number(data["y"]))


def arguments(row: dict[str, Any]) -> tuple[KeyRequest, Delivery]:
    data = raw(row["abi"])
    assert len(data) == 20 * 32
    request_id, words = data[:32], [data[i : i + 32] for i in range(32, len(data), 32)]
    n = [int.from_bytes(word, "big") for word in words]
    request = KeyRequest(request_id, Point(n[0], n[1]), Point(n[2], n[3]))
    pairs = [(n[4], n[5]), (n[6], n[7]), (n[8], n[9])]
    values = [*pairs, n[10], n[11], n[12], (n[13], n[14]), (n[15], n[16]), n[17], n[18]]
    return request, Delivery.from_abi(values)


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
    assert keys.associated_data(a.point) == raw(given["associated_data"])
    order = given["order"]
    b = keys.order_secret(
        raw(given["seed"]),
        chain_id=order["chain_id"],
        market=order["market"],
        offer_id=raw(order["offer_id"]),
        buyer=order["buyer"],
        salt=raw(order["salt"]),
    )
    assert b.value == number(given["order_secret"])
    proof = {name: given["line_proof"][name] for name in ("commitment", "response")}
    context = given["line_proof"]["context"].encode()
    keys.verify_line(a.point, context, keys.LineProof.from_json(proof))


def test_products_agree_with_ecrecover() -> None:
    for row in VECTORS["products"]:
        base = point(row["point"])
        product = reference.mul_add((base.x, base.y), number(row["scalar"]), number(row["t"]))
        assert product == raw(row["address"])


@pytest.mark.parametrize("row", VECTORS["accepted"], ids=lambda row: row["request_id"][:10])
def test_accepted(row: dict[str, Any]) -> None:
    request, made = arguments(row)
    for name, value in row["delivery"].items():
        assert getattr(made, name) == (point(value) if isinstance(value, dict) else number(value))
    delivery.verify(request, made)
    assert delivery.prove(SecretScalar(number(row["a"])), request) == made
    assert curve.keccak(curve.encode(made.r) + curve.encode(made.d)) == raw(row["digest"])
    s = delivery.open_delivery(SecretScalar(number(row["b"])), made.r, made.d)
    assert s == point(row["s"])
    assert keys.content_key(s) == raw(row["content_key"])


@pytest.mark.parametrize("row", VECTORS["refused"], ids=lambda row: row["name"])
def test_refused(row: dict[str, Any]) -> None:
    request, made = arguments(row)
    with pytest.raises(DeliveryInvalid):
        delivery.verify(request, made)


def test_the_ciphers_vectors_are_those_of_today() -> None:
    assert cipher_vectors.PATH.read_text() == cipher_vectors.text()
