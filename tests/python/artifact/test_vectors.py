"""The known answers have not moved: what was sealed once must open for ever."""

import json
from typing import Any

import pytest

from daimm_cli.artifact.merkle import Leaves
from daimm_cli.artifact.proof import LeafProof
from tests.python.artifact import vectors

KNOWN: dict[str, Any] = json.loads(vectors.FILE.read_text())


@pytest.mark.parametrize("case", range(len(vectors.CASES)))
def test_sealing_gives_the_known_answer(case: int) -> None:
    assert vectors.make(*vectors.CASES[case]) == KNOWN["cases"][case]


def test_the_file_is_what_its_command_writes() -> None:
    assert vectors.everything() == KNOWN


@pytest.mark.parametrize("case", KNOWN["cases"], ids=lambda case: str(case["size"]))
def test_known_proofs_hold(case: dict[str, Any]) -> None:
    def raw(text: str) -> bytes:
        return bytes.fromhex(text.removeprefix("0x"))

    leaves = Leaves(case["size"], case["leafSize"])
    for known in case["proofs"]:
        siblings = tuple(map(raw, known["siblings"]))
        proof = LeafProof(known["slot"], raw(known["pd"]), raw(known["ciphertext"]), siblings)
        proof.verify(raw(case["combinedRoot"]), leaves)
