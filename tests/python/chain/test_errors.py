"""The table of refusals: it is complete, and its sentences hold the errors' arguments."""

from __future__ import annotations

import json
import re
import string
from typing import Any

import pytest

from daimm_cli.base.errors import ChainRefused, DaimmError, OutsideFailed
from daimm_cli.base.text import time_shown
from daimm_cli.bindings.values import encode
from daimm_cli.chain.errors import NodeRefused, RevertedWith, declared, decode, explain, refused
from daimm_cli.chain.sentences import NEXT, NODE_SAYS
from tests.python.chain.samples import shipped_abi
from tools import abis
from tools.abis import ROOT

SELECTORS = {entry["name"]: selector for selector, entry in declared().items()}
ERRORS = {entry["name"]: entry for entry in declared().values()}


ASSEMBLY = {"TransferFailed", "TransferFromFailed"}
"""Solady's assembly reverts with these, so that no contract's ABI lists them."""


def test_every_error_of_the_interfaces_and_contracts_has_a_sentence() -> None:
    found: set[str] = set()
    for folder in ("interfaces", "contracts"):
        for source in (ROOT / folder).rglob("*.sol"):
            if ".cache" not in source.parts:
                found |= set(re.findall(r"^\s*error (\w+)\(", source.read_text(), re.M))
    assert len(found) > 40
    assert found == set(ERRORS)
    shipped = (entry for contract in abis.CONTRACTS for entry in shipped_abi(contract))
    assert {entry["name"] for entry in shipped if entry["type"] == "error"} == found - ASSEMBLY
    assert set(NEXT) <= found


@pytest.mark.parametrize("entry", ERRORS.values(), ids=lambda entry: str(entry["name"]))
def test_a_sentence_names_only_arguments_that_its_error_has(entry: dict[str, Any]) -> None:
    named = {name for _, name, _, _ in string.Formatter().parse(entry["sentence"]) if name}
    assert named <= {argument["name"] for argument in entry["inputs"]}
    values = [_value(argument["type"]) for argument in entry["inputs"]]
    data = _revert(entry, values)
    answer = refused(data, "buy")
    assert isinstance(answer, RevertedWith)
    assert answer.name == entry["name"]
    assert "{" not in answer.message
    assert answer.message.endswith(".")


def _value(kind: str) -> Any:
    if kind == "address":
        return "0x" + "11" * 20
    if kind == "string":
        return "field"
    if kind.startswith("bytes"):
        return bytes(int(kind[5:] or 3))
    return 1 if kind.startswith(("uint", "int")) else False


def _revert(entry: dict[str, Any], values: list[Any]) -> bytes:
    kinds = [argument["type"] for argument in entry["inputs"]]
    return bytes.fromhex(SELECTORS[entry["name"]][2:]) + encode(kinds, values)


def _error(name: str, *values: Any) -> bytes:
    return _revert(ERRORS[name], list(values))


def test_times_and_shares_are_shown_for_people() -> None:
    assert time_shown(1_800_000_000) in refused(_error("Faucet_TooSoon", 1_800_000_000), "").message
    assert "6% is above the cap of 5%" in refused(_error("Market_FeeTooHigh", 600, 500), "").message
    assert "second 1157920892" in refused(_error("Faucet_TooSoon", 2**256 - 1), "").message


def test_amounts_say_their_unit_and_a_next_step_names_the_model() -> None:
    moved = refused(_error("Market_PriceMoved", 10, 11), "buy")
    assert "costs 11 smallest units, above your maximum of 10 smallest units" in moved.message
    assert refused(_error("ModelRegistry_VersionUnknown", 7, 2), "").hint == "daimm model show 7"


def test_a_hostile_string_reaches_no_terminal() -> None:
    message = refused(_error("Market_TermsInvalid", "\x1b[31mred\n" + "x" * 9999), "open").message
    assert "\x1b" not in message
    assert "\n" not in message
    assert len(message) < 300


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "without a reason"),
        (b"\x12", "without a reason"),
        (bytes.fromhex("deadbeef") * 9, "without a reason"),
        (_error("Market_PriceMoved", 1, 2)[:-1], "without a reason"),
        (bytes.fromhex("08c379a0") + encode(["string"], ["no way"]), "refused to buy: no way"),
        (bytes.fromhex("08c379a0") + b"\xff" * 64, "without a reason"),
        (bytes.fromhex("4e487b71") + encode(["uint256"], [0x11]), "left its range"),
        (bytes.fromhex("4e487b71") + encode(["uint256"], [0x99]), "internal check"),
    ],
)
def test_other_reverts(data: bytes, said: str) -> None:
    answer = refused(data, "buy")
    assert type(answer) is ChainRefused
    assert said in answer.message


def test_malformed_custom_errors_are_not_believed() -> None:
    selector = _error("Market_TermsInvalid", "x")[:4]
    for tail in (b"", b"\xff" * 32, b"\0" * 31, encode(["uint256"], [2**255])):
        assert decode(selector + tail) is None


@pytest.mark.parametrize(("part", "sentence"), NODE_SAYS.items())
def test_what_nodes_say(part: str, sentence: str) -> None:
    error = {"code": -32000, "message": f"err: {part.upper()} (have 1)"}
    answer = explain(NodeRefused(error), "buy")
    assert isinstance(answer, ChainRefused)
    assert answer.message == sentence


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (ConnectionRefusedError(), OutsideFailed, "Cannot reach N"),
        (TimeoutError(), OutsideFailed, "in time"),
        (TypeError("'NoneType' object"), OutsideFailed, "no sense"),
        (json.JSONDecodeError("x", "<html>", 0), OutsideFailed, "no sense"),
        (NodeRefused({"code": 3, "message": "r", "data": "0x"}), ChainRefused, "refused to buy"),
        (NodeRefused({"message": "execution reverted"}), ChainRefused, "refused to buy"),
        (
            NodeRefused({"data": "0x" + _error("Market_SoldOut", 3).hex()}),
            RevertedWith,
            "All 3 licences",
        ),
        (NodeRefused({}), OutsideFailed, "no reason"),
        (NodeRefused("no"), OutsideFailed, "no. Try again"),
        (NodeRefused(None), OutsideFailed, "no reason"),
        (DaimmError("as it is"), DaimmError, "as it is"),
    ],
)
def test_whatever_else_fails(error: Exception, kind: type[Exception], said: str) -> None:
    answer = explain(error, "buy", "N")
    assert isinstance(answer, kind)
    assert said in answer.message
    assert "token" not in answer.message


@pytest.mark.parametrize("spelling", ["plain", "Reverted 0x", "object"])
def test_revert_data_as_nodes_spell_it(spelling: str) -> None:
    data = "0x" + _error("Market_SoldOut", 3).hex()
    told: Any = {"plain": data, "Reverted 0x": f"Reverted {data}", "object": {"data": data}}
    answer = explain(NodeRefused({"message": "revert", "data": told[spelling]}), "buy")
    assert isinstance(answer, RevertedWith)
    assert answer.arguments == {"supply": 3}


def test_faults_of_ours_are_raised_on() -> None:
    with pytest.raises(AssertionError):
        explain(AssertionError("bug"), "buy")


FINAL = {
    "AccessManagerLockedFunction",
    "AccessManagerLockedRole",
    "ModelRegistry_AlreadyRetired",
}
"""There is nothing to be done about these."""


def test_every_sentence_says_what_to_do() -> None:
    """What is wrong comes first, and what to do after a colon, a semicolon or a full stop."""
    assert {n for n, e in ERRORS.items() if not re.search("[:;.] ", e["sentence"])} == FINAL
