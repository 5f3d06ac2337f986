"""What is checked before a proof of wrong content is sent is what the contract checks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from eth_abi.abi import decode

from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.structs import WrongContent
from daimm_cli.market import wrong
from daimm_cli.protocol.curve import H, Point, SecretScalar, mul
from daimm_cli.protocol.delivery import KeyProof, KeyRequest, prove
from daimm_cli.protocol.opening import OpeningInvalid, open_key, verify_opening
from tools import content_reference, content_vectors

PROOFS = bytes.fromhex(json.loads(content_vectors.PATH.read_text())["proofs"][2:])
(ROWS,) = decode(["(string,string,bytes)[]"], PROOFS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_it_judges_as_the_contract_does(row: tuple[str, str, bytes]) -> None:
    _, reason, arguments = row
    context, line, artifact, proof = decode(content_reference.ARGUMENTS, arguments)

    def judge() -> None:
        wrong.require_wrong(context, Point(*line), artifact, WrongContent.from_abi(proof))

    if not reason:
        judge()
        return
    with pytest.raises(DaimmError):
        judge()


def test_an_opening_is_for_its_context_alone() -> None:
    a, x = SecretScalar(1234), SecretScalar(5678)
    request = KeyRequest(bytes(32), a.point, mul(x, H))
    opening: Any = open_key(x, request, KeyProof.of(prove(a, request)), bytes(32))
    verify_opening(a.point, opening, bytes(32))
    assert opening.key == mul(a, H)
    assert opening == open_key(x, request, KeyProof.of(prove(a, request)), bytes(32))
    with pytest.raises(OpeningInvalid, match="somebody else"):
        verify_opening(a.point, opening, b"\1" * 32)
