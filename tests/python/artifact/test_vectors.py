"""The known answers have not moved: what was sealed once must open for ever."""

import json
from hashlib import sha256
from typing import Any

import pytest

from daimm_cli.artifact.merkle import Leaves
from daimm_cli.artifact.proof import LeafProof
from tests.python.artifact import reference
from tools import artifact_vectors as vectors

KNOWN: dict[str, Any] = json.loads(vectors.PATH.read_text())


@pytest.mark.parametrize("case", range(len(vectors.CASES)))
def test_sealing_gives_the_known_answer(case: int) -> None:
    assert vectors.make(*vectors.CASES[case]) == KNOWN["cases"][case]


def raw(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def test_the_file_is_what_its_command_writes() -> None:
    assert vectors.everything() == KNOWN


def test_the_keys_are_the_reference_s() -> None:
    key, nonce = raw(KNOWN["fileKey"]), raw(KNOWN["nonce"])
    assert key == sha256(b"DAIMM/K/v2" + raw(KNOWN["S"])).digest()[:16]
    assert raw(KNOWN["payloadKey"]) == reference.hkdf(key, nonce, b"payload")
    made = reference.age_file(b"", key, raw(KNOWN["line"]), nonce)
    assert made[:127].decode() == KNOWN["header"]


@pytest.mark.parametrize("case", KNOWN["cases"], ids=lambda case: str(case["size"]))
def test_known_proofs_hold(case: dict[str, Any]) -> None:
    leaves = Leaves(case["size"], case["leafSize"])
    for known in case["proofs"]:
        siblings = tuple(map(raw, known["siblings"]))
        proof = LeafProof(known["slot"], raw(known["pd"]), raw(known["ciphertext"]), siblings)
        proof.verify(raw(case["combinedRoot"]), leaves)
