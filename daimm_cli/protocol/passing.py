"""Keys that their holders pass on: prove and verify. docs/protocol.md has the argument.

>>> held = delivered(request.key, prove(a, request).z)
>>> key = ask(secret, held)  # who is to have the key next
>>> passing = pass_on(x, held, PassRequest(bytes(32), request.line, key))
>>> verify_passing(held, PassRequest(bytes(32), request.line, key), passing)
>>> open_delivery(secret, passing.z) == mul(a, H)
True
"""

from __future__ import annotations

from dataclasses import dataclass

from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.bindings.structs import HeldKey, Passing, Term
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
from daimm_cli.protocol.delivery import NOBODY, KeyProof
from daimm_cli.protocol.keys import derive_scalar

TAG_TEXT = f"DAIMM/passing/v1/secp256k1/H={H.x:064x}"
"""Its keccak256 opens every challenge."""

_ATTEMPTS = 16


class PassingInvalid(VerificationFailed):
    """The contract would refuse this passing-on."""


@dataclass(frozen=True)
class PassRequest:
    """Who asks for a key that somebody holds.

    request_id: 32 bytes that commit to everything else about the request. line: A. key: x'*Z of
    the held key, which `ask` makes.
    """

    request_id: bytes
    line: Point
    key: Point

    def __post_init__(self) -> None:
        if len(self.request_id) != 32:
            raise DaimmError(f"A request id has 32 bytes; this one has {len(self.request_id)}.")

    def statement(self, held: HeldKey, receiver: str, z: Point) -> bytes:
        """How every hash over an answer to it begins: tag, id, receiver, A, B, X, Z, X', Z'."""
        head = keccak(TAG_TEXT.encode()) + self.request_id + bytes(12) + bytes.fromhex(receiver[2:])
        points = (self.line, held.base, held.key, held.z, self.key, z)
        return head + b"".join(map(encode, points))


def delivered(key: Point, z: Point) -> HeldKey:
    """What a delivery of `z` for X = `key` brought."""
    return HeldKey(H, key, z)


def passed(held: HeldKey, key: Point, z: Point) -> HeldKey:
    """What passing `z` on from `held` for `key` brought."""
    return HeldKey(held.z, key, z)


def held_id(line: Point, held: HeldKey) -> bytes:
    """What names `held` on the chain: keccak256(abi.encode(line, held))."""
    return keccak(b"".join(map(encode, (line, held.base, held.key, held.z))))


def ask(secret: SecretScalar, held: HeldKey) -> Point:
    """x'*Z, for a secret made for this request alone: not that of the request's X."""
    return mul(secret, held.z)


def pass_on(
    x: SecretScalar, held: HeldKey, request: PassRequest, receiver: str = NOBODY
) -> Passing:
    """The answer to `request` out of `held`: always the same one.

    x: the secret that `held` was made with. receiver: who is to have the delivery fee.
    """
    if mul(x, held.base) != held.key:
        raise DaimmError("This is not the secret of the key that is to be passed on.")
    for attempt in range(_ATTEMPTS):
        try:
            return _attempt(x, held, request, receiver, attempt)
        except CurveError:
            continue  # a sum without coordinates: draw again
    raise DaimmError("The key cannot be passed on for this request: decline it.")


def _attempt(
    x: SecretScalar, held: HeldKey, request: PassRequest, receiver: str, attempt: int
) -> Passing:
    z = mul(SecretScalar(pow(x.value, -1, N)), request.key)
    statement = request.statement(held, receiver, z)
    k = derive_scalar(bytes(x), "DAIMM/passing/v1/k", statement, attempt.to_bytes(4, "big"))
    t1, t2 = mul(k, held.base), mul(k, z)
    c = require_scalar(challenge(statement, t1, t2))
    w = require_scalar((k.value + c * x.value) % N)
    return Passing(receiver, z, c, w, _term(t1, mul(w, held.base)), _term(t2, mul(w, z)))


def _term(t: Point, u: Point) -> Term:
    return Term(t, u, slope(u, neg(t)))


def challenge(statement: bytes, t1: Point, t2: Point) -> int:
    """The Fiat-Shamir challenge, modulo n."""
    return int.from_bytes(keccak(statement + encode(t1) + encode(t2)), "big") % N


def hinted(held: HeldKey, request: PassRequest, proof: KeyProof) -> Passing:
    """What a contract takes, from the four words that its event keeps of it."""
    terms = []
    for base, image in ((held.base, held.key), (proof.z, request.key)):
        u = mul(proof.w, base)
        terms.append(_term(sub(u, mul(proof.c, image)), u))
    return Passing(proof.receiver, proof.z, proof.c, proof.w, *terms)


def verify_passing(held: HeldKey, request: PassRequest, passing: Passing) -> None:
    """Raises PassingInvalid unless the contract would take `passing`.

    It takes `held` for what it says: that it is the line's key is another proof's business.
    """
    proof = KeyProof(passing.receiver, passing.z, passing.c, passing.w)
    try:
        made = hinted(held, request, proof)
    except CurveError as error:
        raise PassingInvalid("A number of this passing-on is out of range.") from error
    statement = request.statement(held, passing.receiver, passing.z)
    if passing.c != challenge(statement, made.held.t, made.passed.t):
        raise PassingInvalid(
            "What was passed on is another key, or it was made for another request."
        )
    terms = ((passing.held, made.held), (passing.passed, made.passed))
    if any((one.t, one.u, one.slope % P) != (two.t, two.u, two.slope) for one, two in terms):
        raise PassingInvalid("The hints of this passing-on do not follow from its proof.")
