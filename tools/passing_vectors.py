"""Writes tests/vectors/passing.json, the known answers that Solidity and Python tests share.

    python -m tools.passing_vectors

`abi` is abi.encode(requestId, A, held, X', passing): the arguments of KeyPassing.verify.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from daimm_cli.bindings.structs import HeldKey, Passing
from daimm_cli.protocol import curve, keys, passing
from daimm_cli.protocol.curve import G, H, N, P, Point, SecretScalar, mul, neg
from daimm_cli.protocol.delivery import NOBODY, open_delivery
from daimm_cli.protocol.passing import PassRequest
from tools.delivery_vectors import RECEIVER, hex32, point_json, scalar

PATH = Path(__file__).parent.parent / "tests" / "vectors" / "passing.json"


def flat(value: Any) -> list[int]:
    """A struct's words."""
    if isinstance(value, Point):
        return [value.x, value.y]
    if isinstance(value, tuple | list):
        return [word for each in value for word in flat(each)]
    if isinstance(value, str):
        return [int(value, 16)]
    return [value] if isinstance(value, int) else flat(value.to_abi())


def encode_arguments(held: HeldKey, asked: PassRequest, made: Passing) -> str:
    words = flat((asked.line, held, asked.key, made))
    return "0x" + asked.request_id.hex() + "".join(f"{word:064x}" for word in words)


def accepted() -> list[dict[str, Any]]:
    """A key that was delivered, and passed on three times."""
    a = scalar("a passed line")
    s = keys.line_key(a)
    secrets = [scalar("holder 1"), SecretScalar(1), SecretScalar(N - 1), scalar("holder 4")]
    held = passing.delivered(mul(secrets[0], H), mul(secrets[0], s))
    rows = []
    for number, receiver in enumerate((RECEIVER, NOBODY, "0x" + "ff" * 20)):
        x, following = secrets[number], secrets[number + 1]
        asked = PassRequest(
            curve.keccak(b"passing %d" % number), a.point, passing.ask(following, held)
        )
        made = passing.pass_on(x, held, asked, receiver)
        passing.verify_passing(held, asked, made)
        assert open_delivery(following, made.z) == s
        rows.append(
            {
                "a": hex32(a.value),
                "x": hex32(x.value),
                "next_x": hex32(following.value),
                "held": "0x" + passing.held_id(a.point, held).hex(),
                "receiver": receiver,
                "z": point_json(made.z),
                "c": hex32(made.c),
                "w": hex32(made.w),
                "file_key": "0x" + keys.file_key(s).hex(),
                "abi": encode_arguments(held, asked, made),
            }
        )
        held = passing.passed(held, asked.key, made.z)
    return rows


def refused() -> list[dict[str, str]]:
    """One right passing-on, altered in one thing at a time."""
    a, x = scalar("a passed line"), scalar("holder 1")
    s = keys.line_key(a)
    held = passing.delivered(mul(x, H), mul(x, s))
    asked = PassRequest(curve.keccak(b"a passing"), a.point, passing.ask(scalar("next"), held))
    made = passing.pass_on(x, held, asked, RECEIVER)
    other = scalar("another").point
    challenge, slope = "KeyPassing_WrongChallenge(uint256)", "Secp256k1_SlopeWrong(uint256)"
    term, difference = "EqualLogs_WrongTerm()", "EqualLogs_WrongDifference()"
    scalars, equal = "EqualLogs_ScalarOutOfRange()", "Secp256k1_EqualX(uint256)"

    def with_term(name: str, **changes: Any) -> Passing:
        return replace(made, **{name: replace(getattr(made, name), **changes)})

    rows: list[tuple[str, str, HeldKey, PassRequest, Passing]] = [
        ("another request id", challenge, held, replace(asked, request_id=bytes(32)), made),
        ("another receiver", challenge, held, asked, replace(made, receiver=NOBODY)),
        ("another line", challenge, held, replace(asked, line=other), made),
        ("another base", term, replace(held, base=other), asked, made),
        ("another X", difference, replace(held, key=other), asked, made),
        ("another Z", challenge, replace(held, z=other), asked, made),
        ("negated X'", difference, held, replace(asked, key=neg(asked.key)), made),
        ("G for X'", difference, held, replace(asked, key=G), made),
        ("H for X'", difference, held, replace(asked, key=H), made),
        ("A for X'", difference, held, replace(asked, key=asked.line), made),
        ("another Z'", term, held, asked, replace(made, z=other)),
        ("negated Z'", term, held, asked, replace(made, z=neg(made.z))),
        ("the bare key for Z'", term, held, asked, replace(made, z=Point(s.x, s.y))),
        ("another w", term, held, asked, replace(made, w=made.w % N + 1)),
        ("another c", difference, held, asked, replace(made, c=made.c % N + 1)),
        ("c = 0", scalars, held, asked, replace(made, c=0)),
        ("c = n", scalars, held, asked, replace(made, c=N)),
        ("w = 0", scalars, held, asked, replace(made, w=0)),
        ("w = n", scalars, held, asked, replace(made, w=N)),
        ("terms swapped", term, held, asked, replace(made, held=made.passed, passed=made.held)),
    ]
    for name in ("held", "passed"):
        one = getattr(made, name)
        rows += [
            (f"another T of {name}", slope, held, asked, with_term(name, t=other)),
            (f"U for T of {name}", equal, held, asked, with_term(name, t=one.u)),
            (f"another U of {name}", term, held, asked, with_term(name, u=other)),
            (f"another slope of {name}", slope, held, asked, with_term(name, slope=one.slope ^ 1)),
            (f"negated slope of {name}", slope, held, asked, with_term(name, slope=P - one.slope)),
        ]
    return [
        {"name": name, "error": error, "abi": encode_arguments(kept, request, altered)}
        for name, error, kept, request, altered in rows
    ]


def vectors() -> dict[str, Any]:
    return {
        "made_by": "python -m tools.passing_vectors",
        "tag": {
            "text": passing.TAG_TEXT,
            "keccak": "0x" + curve.keccak(passing.TAG_TEXT.encode()).hex(),
        },
        "accepted": accepted(),
        "refused": refused(),
    }


def text() -> str:
    return json.dumps(vectors(), indent=1) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
