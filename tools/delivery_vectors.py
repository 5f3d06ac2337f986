"""Writes tests/vectors/delivery.json, the known answers that Solidity and Python tests share.

    python -m tools.delivery_vectors

`abi` is abi.encode(requestId, A, B, delivery): the arguments of KeyDelivery.verify.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from daimm_cli.bindings.structs import Delivery
from daimm_cli.protocol import curve, delivery, keys
from daimm_cli.protocol.curve import G, H, N, P, Point, SecretScalar, add, mul, neg, sub
from daimm_cli.protocol.delivery import KeyRequest

PATH = Path(__file__).parent.parent / "tests" / "vectors" / "delivery.json"
SEED = hashlib.sha256(b"a seed for tests alone").digest()
LABEL = hashlib.sha256(b"a line's label").digest()


def scalar(name: str) -> SecretScalar:
    return keys.derive_scalar(SEED, "vectors", name.encode())


def hex32(value: int | bytes) -> str:
    return f"0x{int.from_bytes(value, 'big') if isinstance(value, bytes) else value:064x}"


def point_json(point: Point) -> dict[str, str]:
    return {"x": hex32(point.x), "y": hex32(point.y)}


def encode_arguments(request: KeyRequest, made: Delivery) -> str:
    numbers: list[int] = []
    for value in (request.line, request.recipient, *made.to_abi()):
        pair = (value.x, value.y) if isinstance(value, Point) else value
        numbers += pair if isinstance(pair, tuple) else [pair]
    return "0x" + request.request_id.hex() + "".join(f"{number:064x}" for number in numbers)


def cube_root(value: int) -> int | None:
    root = pow(value, (P + 2) // 9, P)
    return root if pow(root, 3, P) == value % P else None


def low_y_point() -> Point:
    """A point whose y leaves room for y + p below 2^256."""
    for y in range(1, 2**16):
        x = cube_root(y * y - 7)
        if x is not None and 0 < x < N:
            return Point(x, y)
    raise AssertionError("no such point")


def products() -> list[dict[str, Any]]:
    """addressOf(scalar*P + t*G) as ecrecover must return it."""
    rows = []
    some = scalar("some point").point
    cases = [
        (G, 1, 0), (G, N - 1, 0), (H, 1, 0), (neg(H), 1, 0), (H, N - 1, 0), (some, 2, 0),
        (some, 1, 1), (some, 1, N - 1), (some, N - 1, N - 1), (G, 1, 1), (low_y_point(), 3, 5),
        (some, scalar("s").value, scalar("t").value), (H, scalar("s2").value, scalar("t2").value),
    ]  # fmt: skip
    for point, factor, t in cases:
        total = mul(factor, point) if t == 0 else add(mul(factor, point), mul(t, G))
        address = "0x" + curve.address_bytes(total).hex()
        rows.append(
            {"point": point_json(point), "scalar": hex32(factor), "t": hex32(t), "address": address}
        )
    return rows


def accepted() -> list[dict[str, Any]]:
    rows = []
    recipients = [scalar("b1"), scalar("b2"), SecretScalar(1), SecretScalar(N - 1)]
    lines = [keys.line_secret(SEED, LABEL), scalar("a2"), SecretScalar(N - 1), SecretScalar(1)]
    for number, (a, b) in enumerate(zip(lines, recipients, strict=True)):
        request = KeyRequest(curve.keccak(b"request %d" % number), a.point, b.point)
        made = delivery.prove(a, request)
        delivery.verify(request, made)
        rows.append(
            {
                "a": hex32(a.value),
                "b": hex32(b.value),
                "request_id": hex32(request.request_id),
                "line": point_json(request.line),
                "recipient": point_json(request.recipient),
                "delivery": {
                    name: point_json(value) if isinstance(value, Point) else hex32(value)
                    for name, value in vars(made).items()
                },
                "digest": hex32(curve.keccak(curve.encode(made.r) + curve.encode(made.d))),
                "s": point_json(keys.line_key(a)),
                "content_key": hex32(keys.content_key(keys.line_key(a))),
                "abi": encode_arguments(request, made),
            }
        )
    return rows


def refused() -> list[dict[str, str]]:
    """One right delivery, altered in one thing at a time."""
    a, b = scalar("a"), scalar("b")
    request = KeyRequest(curve.keccak(b"a request"), a.point, b.point)
    made = delivery.prove(a, request)
    other = scalar("another").point
    challenge = "KeyDelivery_WrongChallenge(uint256)"
    sum_ = "KeyDelivery_WrongSum()"
    line = "KeyDelivery_WrongLineTerm()"
    recipient = "KeyDelivery_WrongRecipientTerm()"
    scalars = "KeyDelivery_ScalarOutOfRange()"
    slope = "Secp256k1_SlopeWrong(uint256)"
    rows: list[tuple[str, str, KeyRequest, Delivery]] = [
        ("another request id", challenge, replace(request, request_id=bytes(32)), made),
        ("another line", challenge, replace(request, line=other), made),
        ("negated line", challenge, replace(request, line=neg(request.line)), made),
        ("another recipient", recipient, replace(request, recipient=other), made),
        ("negated recipient", recipient, replace(request, recipient=neg(request.recipient)), made),
        ("line and recipient swapped", recipient,
         KeyRequest(request.request_id, request.recipient, request.line), made),
        ("another R", challenge, request, replace(made, r=other)),
        ("negated R", challenge, request, replace(made, r=neg(made.r))),
        ("another D", sum_, request, replace(made, d=other)),
        ("negated D", sum_, request, replace(made, d=neg(made.d))),
        ("D without the key", sum_, request, replace(made, d=sub(made.d, keys.line_key(a)))),
        ("R and D swapped", sum_, request, replace(made, r=made.d, d=made.r)),
        ("another T3", slope, request, replace(made, t3=other)),
        ("negated T3", slope, request, replace(made, t3=neg(made.t3))),
        ("another U", line, request, replace(made, u=other)),
        ("negated U", line, request, replace(made, u=neg(made.u))),
        ("another V", recipient, request, replace(made, v=other)),
        ("negated V", recipient, request, replace(made, v=neg(made.v))),
        ("U and V swapped", line, request, replace(made, u=made.v, v=made.u)),
        ("another za", line, request, replace(made, za=made.za % N + 1)),
        ("negated za", line, request, replace(made, za=N - made.za)),
        ("another zr", recipient, request, replace(made, zr=made.zr % N + 1)),
        ("negated zr", recipient, request, replace(made, zr=N - made.zr)),
        ("another c", sum_, request, replace(made, c=made.c % N + 1)),
        ("negated c", sum_, request, replace(made, c=N - made.c)),
        ("another slope of the sum", slope, request, replace(made, slope_sum=made.slope_sum ^ 1)),
        ("negated slope of the rest", slope, request,
         replace(made, slope_rest=P - made.slope_rest)),
        ("c = 0", scalars, request, replace(made, c=0)),
        ("c = n", scalars, request, replace(made, c=N)),
        ("za = 0", scalars, request, replace(made, za=0)),
        ("za = n", scalars, request, replace(made, za=N)),
        ("zr = 0", scalars, request, replace(made, zr=0)),
        ("zr = n", scalars, request, replace(made, zr=N)),
    ]  # fmt: skip
    return [
        {"name": name, "error": error, "abi": encode_arguments(asked, altered)}
        for name, error, asked, altered in rows
    ]


def vectors() -> dict[str, Any]:
    counter, h = curve.derive_h()
    tag = curve.keccak(delivery.TAG_TEXT.encode())
    a = keys.line_secret(SEED, LABEL)
    proof = keys.prove_line(a, b"a context")
    order = {
        "chain_id": 31337,
        "market": "0x" + "11" * 20,
        "offer_id": hex32(2),
        "buyer": "0x" + "22" * 20,
        "salt": hex32(3),
    }
    b = keys.order_secret(
        SEED,
        chain_id=31337,
        market="0x" + "11" * 20,
        offer_id=(2).to_bytes(32, "big"),
        buyer="0x" + "22" * 20,
        salt=(3).to_bytes(32, "big"),
    )
    return {
        "made_by": "python -m tools.delivery_vectors",
        "h": {"seed": curve.H_SEED.decode(), "counter": counter, **point_json(h)},
        "tag": {"text": delivery.TAG_TEXT, "keccak": hex32(tag)},
        "derived": {
            "seed": hex32(SEED),
            "label": hex32(LABEL),
            "line_secret": hex32(a.value),
            "associated_data": "0x" + keys.associated_data(a.point).hex(),
            "line_proof": {"context": "a context", **proof.to_json()},
            "order": order,
            "order_secret": hex32(b.value),
        },
        "products": products(),
        "accepted": accepted(),
        "refused": refused(),
    }


def text() -> str:
    return json.dumps(vectors(), indent=1) + "\n"


if __name__ == "__main__":
    PATH.parent.mkdir(parents=True, exist_ok=True)
    PATH.write_text(text(), encoding="utf-8")
