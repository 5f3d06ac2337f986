"""One verdict on every transcript: the page's, the library's and the contract's."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.structs import Delivery
from daimm_cli.protocol import delivery
from daimm_cli.protocol.curve import Point, keccak
from daimm_cli.protocol.delivery import KeyRequest
from tests.python.protocol import reference
from tests.python.protocol.transcripts import Transcript, transcripts
from tools.chain import ROOT, LocalChain, tool_path

HARNESS = "0x" + "fa" * 20
VERIFY = keccak(
    b"verify(bytes32,(uint256,uint256),(uint256,uint256),"
    b"(address,(uint256,uint256),uint256,uint256,(uint256,uint256),(uint256,uint256),uint256))"
)[:4]
ERRORS = {
    keccak(signature)[:4].hex(): what
    for signature, what in (
        (b"Secp256k1_PointInvalid(uint256,uint256)", "points"),
        (b"KeyDelivery_ScalarOutOfRange()", "scalars"),
        (b"Secp256k1_Identity()", "identity"),
        (b"KeyDelivery_WrongTerm()", "U"),
        (b"Secp256k1_EqualX(uint256)", "equal x"),
        (b"Secp256k1_SlopeWrong(uint256)", "slope"),
        (b"KeyDelivery_WrongDifference()", "U - T2"),
        (b"KeyDelivery_WrongChallenge(uint256)", "challenge"),
    )
}
"""The contract's errors by selector, and what the page's verifier calls each."""


@pytest.fixture(scope="module")
def harness() -> Iterator[Any]:
    """The contract's verdict on calldata: "taken", or what it refuses."""
    name = "KeyDeliveryHarness"
    source = f"tests/foundry/mocks/{name}.sol"
    subprocess.run([tool_path("forge"), "build", source], cwd=ROOT, check=True)
    built = json.loads((ROOT / "out" / f"{name}.sol" / f"{name}.json").read_text())
    code = built["deployedBytecode"]["object"]
    with LocalChain() as chain:
        chain.rpc("anvil_setCode", HARNESS, code)

        def verdict(words: list[int]) -> str:
            data = VERIFY + b"".join(word.to_bytes(32) for word in words)
            call = {"to": HARNESS, "data": "0x" + data.hex()}
            body = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [call, "latest"]}
            headers = {"Content-Type": "application/json"}
            request = urllib.request.Request(chain.url, json.dumps(body).encode(), headers)
            with urllib.request.urlopen(request, timeout=60) as response:
                answer = json.load(response)
            return ERRORS[answer["error"]["data"][2:10]] if "error" in answer else "taken"

        yield verdict


def by_page(transcript: Transcript) -> str:
    try:
        reference.verify(transcript.request_id, transcript.a, transcript.x, transcript.delivery)
    except reference.RefusedError as refused:
        return str(refused)
    return "taken"


def by_library(transcript: Transcript) -> bool:
    """Taken or not: it has sentences for people, not a name for each check."""
    d = transcript.delivery
    try:
        request = KeyRequest(transcript.request_id, Point(*transcript.a), Point(*transcript.x))
        points = (d.z, d.t2, d.u)
        z, t2, u = (Point(*point) for point in points)
        made = Delivery(f"0x{d.receiver:040x}", z, d.c, d.w, t2, u, d.slope)
        delivery.verify(request, made)
    except DaimmError:
        return False
    return True


@pytest.mark.parametrize(
    ("seed", "rounds"), [(1, 20), pytest.param(2, 600, marks=pytest.mark.slow)]
)
def test_page_library_and_contract_give_one_verdict(harness: Any, seed: int, rounds: int) -> None:
    judged: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for transcript in transcripts(seed, rounds):
        said = by_page(transcript)
        judged[transcript.kind] += 1
        refused[said] += 1
        assert (said == "taken") == transcript.true, transcript
        assert harness(transcript.words) == said, transcript
        assert by_library(transcript) == transcript.true, transcript
    assert sum(judged.values()) > 45 * rounds
    assert set(refused) == {"taken", *ERRORS.values()}, "every check refused something"
