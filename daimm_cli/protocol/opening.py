"""Openings of a line's key for a contract: what a cheated buyer shows (docs/protocol.md).

>>> request = KeyRequest(bytes(32), line=a.point, key=mul(x, H))
>>> opening = open_key(x, request, KeyProof.of(prove(a, request)), context=bytes(32))
>>> verify_opening(a.point, opening, context=bytes(32))
>>> opening.key == mul(a, H)
True

Whoever sees an opening knows the line's key.
"""

from __future__ import annotations

from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.bindings.structs import Opening, Term
from daimm_cli.protocol.curve import (
    CurveError,
    H,
    N,
    P,
    Point,
    SecretScalar,
    encode,
    keccak,
    mul,
    neg,
    require_scalar,
    slope,
    sub,
)
from daimm_cli.protocol.delivery import KeyProof, KeyRequest, hinted, open_delivery, verify
from daimm_cli.protocol.keys import derive_scalar

TAG_TEXT = f"DAIMM/opening/v1/secp256k1/H={H.x:064x}"
"""Its keccak256 opens every challenge."""

_ATTEMPTS = 16


class OpeningInvalid(VerificationFailed):
    """The contract would refuse this opening."""


def open_key(x: SecretScalar, request: KeyRequest, proof: KeyProof, context: bytes) -> Opening:
    """Shows S for `context`, 32 bytes that say what for and by whom.

    x: the secret of the request that `proof` answered.
    """
    for attempt in range(_ATTEMPTS):
        try:
            return _attempt(x, request, proof, context, attempt)
        except CurveError:
            continue  # a sum without coordinates: draw again
    raise DaimmError("No opening can be made for this order: ask another buyer to make one.")


def _attempt(
    x: SecretScalar, request: KeyRequest, proof: KeyProof, context: bytes, attempt: int
) -> Opening:
    s = open_delivery(x, proof.z)
    statement = _statement(context, request.line, request.key, proof.z, s)
    k = derive_scalar(bytes(x), "DAIMM/opening/v1/k", statement, attempt.to_bytes(4, "big"))
    t1, t2 = mul(k, H), mul(k, s)
    c = require_scalar(challenge(statement, t1, t2))
    w = require_scalar((k.value + c * x.value) % N)
    terms = (_term(t, mul(w, base)) for t, base in ((t1, H), (t2, s)))
    delivery = hinted(request, proof)
    return Opening(request.request_id, request.key, delivery, Point(s.x, s.y), c, w, *terms)


def _term(t: Point, u: Point) -> Term:
    return Term(t, u, slope(u, neg(t)))


def _statement(context: bytes, line: Point, x: Point, z: Point, s: Point) -> bytes:
    return keccak(TAG_TEXT.encode()) + context + b"".join(map(encode, (line, x, z, s)))


def challenge(statement: bytes, t1: Point, t2: Point) -> int:
    """The Fiat-Shamir challenge, modulo n."""
    return int.from_bytes(keccak(statement + encode(t1) + encode(t2)), "big") % N


def verify_opening(line: Point, opening: Opening, context: bytes) -> None:
    """Raises VerificationFailed unless the contract would believe that S is the key of `line`."""
    request = KeyRequest(opening.request_id, line, opening.request_key)
    verify(request, opening.delivery)
    z, c, w = opening.delivery.z, opening.c, opening.w
    try:
        for term, base, image in (
            (opening.blind, H, opening.request_key),
            (opening.unblind, opening.key, z),
        ):
            u = mul(w, base)
            if term.u != u or term.t != sub(u, mul(c, image)):
                raise OpeningInvalid("This opening does not show the line's key.")
            if term.slope % P != slope(u, neg(term.t)):
                raise OpeningInvalid("The hints of this opening do not follow from it.")
    except CurveError as error:
        raise OpeningInvalid("A number of this opening is out of range.") from error
    statement = _statement(context, line, opening.request_key, z, opening.key)
    if c != challenge(statement, opening.blind.t, opening.unblind.t):
        raise OpeningInvalid("This opening was made for something else, or by somebody else.")
