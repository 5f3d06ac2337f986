"""Writes tests/vectors/delivery.json, the known answers that Solidity and Python tests share.

    python -m tools.delivery_vectors

`abi` is abi.encode(requestId, A, X, delivery): the arguments of KeyDelivery.verify.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from daimm_cli.bindings.structs import Delivery
from daimm_cli.protocol import curve, delivery, keys
from daimm_cli.protocol.curve import G, H, N, P, Point, SecretScalar, add, mul, neg
from daimm_cli.protocol.delivery import KeyRequest

PATH = Path(__file__).parent.parent / "tests" / "vectors" / "delivery.json"
SEED = hashlib.sha256(b"a seed for tests alone").digest()
LABEL = hashlib.sha256(b"a line's label").digest()
RECEIVER = "0x" + hashlib.sha256(b"a receiver").digest()[:20].hex()


def scalar(name: str) -> SecretScalar:
    return keys.derive_scalar(SEED, "vectors", name.encode())


def hex32(value: int | bytes) -> str:
    return f"0x{int.from_bytes(value, 'big') if isinstance(value, bytes) else value:064x}"


def point_json(point: Point) -> dict[str, str]:
    return {"x": hex32(point.x), "y": hex32(point.y)}


def encode_arguments(request: KeyRequest, made: Delivery) -> str:
    numbers: list[int] = []
    for value in (request.line, request.key, *made.to_abi()):
        pair = (value.x, value.y) if isinstance(value, Point) else value
        plain = int(pair, 16) if isinstance(pair, str) else pair
        numbers += plain if isinstance(plain, tuple) else [plain]
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
    orders = [scalar("x1"), scalar("x2"), SecretScalar(1), SecretScalar(N - 1)]
    lines = [keys.line_secret(SEED, LABEL), scalar("a2"), SecretScalar(N - 1), SecretScalar(1)]
    receivers = [RECEIVER, delivery.NOBODY, "0x" + "ff" * 20, "0x" + "00" * 19 + "01"]
    for number, (a, x, receiver) in enumerate(zip(lines, orders, receivers, strict=True)):
        asked = KeyRequest(curve.keccak(b"request %d" % number), a.point, keys.order_key(x))
        made = delivery.prove(a, asked, receiver)
        delivery.verify(asked, made)
        s = keys.line_key(a)
        rows.append(
            {
                "a": hex32(a.value),
                "x": hex32(x.value),
                "request_id": hex32(asked.request_id),
                "line": point_json(asked.line),
                "key": point_json(asked.key),
                "nonce": hex32(nonce(a, asked, made).value),
                "delivery": {name: shown(value) for name, value in vars(made).items()},
                "s": point_json(s),
                "file_key": "0x" + keys.file_key(s).hex(),
                "abi": encode_arguments(asked, made),
            }
        )
    return rows


def nonce(a: SecretScalar, asked: KeyRequest, made: Delivery) -> SecretScalar:
    """k, as another client derives it."""
    statement = asked.statement(made.receiver, made.z)
    return keys.derive_scalar(bytes(a), "DAIMM/delivery/v2/k", statement, bytes(4))


def shown(value: Any) -> Any:
    if isinstance(value, Point):
        return point_json(value)
    return value if isinstance(value, str) else hex32(value)


def refused() -> list[dict[str, str]]:
    """One right delivery, altered in one thing at a time."""
    a = scalar("a")
    request = KeyRequest(curve.keccak(b"a request"), a.point, keys.order_key(scalar("x")))
    made = delivery.prove(a, request, RECEIVER)
    other = scalar("another").point
    challenge = "KeyDelivery_WrongChallenge(uint256)"
    term = "KeyDelivery_WrongTerm()"
    difference = "KeyDelivery_WrongDifference()"
    scalars = "KeyDelivery_ScalarOutOfRange()"
    slope = "Secp256k1_SlopeWrong(uint256)"
    equal = "Secp256k1_EqualX(uint256)"
    rows: list[tuple[str, str, KeyRequest, Delivery]] = [
        ("another request id", challenge, replace(request, request_id=bytes(32)), made),
        ("another receiver", challenge, request, replace(made, receiver=delivery.NOBODY)),
        ("another line", challenge, replace(request, line=other), made),
        ("negated line", challenge, replace(request, line=neg(request.line)), made),
        ("another key", term, replace(request, key=other), made),
        ("negated key", term, replace(request, key=neg(request.key)), made),
        ("line and key swapped", term,
         KeyRequest(request.request_id, request.key, request.line), made),
        ("another Z", difference, request, replace(made, z=other)),
        ("negated Z", difference, request, replace(made, z=neg(made.z))),
        ("the bare key for Z", difference, request, replace(made, z=keys.line_key(a))),
        ("the line for Z", difference, request, replace(made, z=request.line)),
        ("X for Z", difference, request, replace(made, z=request.key)),
        ("another T2", slope, request, replace(made, t2=other)),
        ("negated T2", slope, request, replace(made, t2=neg(made.t2))),
        ("U for T2", equal, request, replace(made, t2=made.u)),
        ("negated U for T2", equal, request, replace(made, t2=neg(made.u))),
        ("another U", term, request, replace(made, u=other)),
        ("negated U", term, request, replace(made, u=neg(made.u))),
        ("T2 and U swapped", term, request, replace(made, u=made.t2, t2=made.u)),
        ("another w", term, request, replace(made, w=made.w % N + 1)),
        ("negated w", term, request, replace(made, w=N - made.w)),
        ("another c", difference, request, replace(made, c=made.c % N + 1)),
        ("negated c", difference, request, replace(made, c=N - made.c)),
        ("c and w swapped", term, request, replace(made, c=made.w, w=made.c)),
        ("another slope", slope, request, replace(made, slope=made.slope ^ 1)),
        ("negated slope", slope, request, replace(made, slope=P - made.slope)),
        ("c = 0", scalars, request, replace(made, c=0)),
        ("c = n", scalars, request, replace(made, c=N)),
        ("w = 0", scalars, request, replace(made, w=0)),
        ("w = n", scalars, request, replace(made, w=N)),
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
    x = keys.order_secret(
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
            "line_proof": {"context": "a context", **proof.to_json()},
            "order": order,
            "order_secret": hex32(x.value),
            "order_key": point_json(keys.order_key(x)),
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
