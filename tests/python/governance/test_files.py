"""Proposal files as commands write them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.structs import Bps
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Call
from daimm_cli.governance import files, proposals


def test_calls_are_written_by_the_names_that_people_know(chain: Chain, tmp_path: Path) -> None:
    stranger = "0x9f8F72aA9304c8B593d555F12eF6589cC3A579A2"
    deployed = chain.deployed
    calls = [
        deployed.market.set_token(stranger, True, Bps(3), 10**18),
        deployed.authority.set_target_function_role(chain.market, [b"\1\2\3\4"], 1),
    ]
    file = files.write(tmp_path / "p.yaml", "A title", "Why:\nbecause", calls, chain.book)
    told = yaml.safe_load(file.read_text())
    assert (told["title"], told["description"]) == ("A title", "Why:\nbecause")
    first, second = told["calls"]
    assert first["arguments"] == {
        "token": stranger, "allowed": True, "fee": 3, "maxDeliveryFee": 10**18
    }  # fmt: skip
    assert (second["target"], second["call"]) == ("Authority", "setTargetFunctionRole")
    assert second["arguments"] == {
        "target": "Market", "selectors": ["0x01020304"], "roleId": 1
    }  # fmt: skip


def test_a_former_contract_goes_by_its_address(chain: Chain, tmp_path: Path) -> None:
    old = chain.book.contracts["Market"]
    new = {"Market": replace(old, address=chain.book.address("Bonds"))}
    book = chain.book.succeeded("Market")
    book = replace(book, contracts={**book.contracts, **new})
    call = chain.deployed.market.resume_new_business()
    told = yaml.safe_load(files.write(tmp_path / "p.yaml", "T", "D", [call], book).read_text())
    assert told["calls"] == [
        {"target": old.address, "call": "resumeNewBusiness", "as": "Market", "arguments": {}}
    ]


def test_a_call_that_no_contract_has_is_refused(chain: Chain, tmp_path: Path) -> None:
    for call in (
        Call(chain.market, b"\1\2\3\4", "act"),
        Call("0x9f8F72aA9304c8B593d555F12eF6589cC3A579A2", b"", "act"),
    ):
        with pytest.raises(DaimmError, match="No contract of the address book"):
            files.write(tmp_path / "p.yaml", "T", "D", [call], chain.book)
    assert not (tmp_path / "p.yaml").exists()


def test_what_is_written_is_read_as_the_same_calls(chain: Chain, tmp_path: Path) -> None:
    deployed, stranger = chain.deployed, "0x9f8F72aA9304c8B593d555F12eF6589cC3A579A2"
    book = chain.book.succeeded("Market")
    new = replace(chain.book.contracts["Market"], address=stranger)
    book = replace(book, contracts={**book.contracts, "Market": new})
    calls = [
        deployed.market.set_token(chain.aim, True, Bps(50), 2**128 - 1),
        deployed.licenses.set_issuer(chain.market, False),
        deployed.licenses.set_issuer(stranger, True),
        deployed.authority.set_target_function_role(stranger, [b"\1\2\3\4", b"\0" * 4], 1),
        deployed.authority.label_role(1, "guardian: of 'all'\nof us"),
    ]
    file = files.write(tmp_path / "p.yaml", "A: title", "Why:\n- because #1", calls, book)
    read = proposals.read(file, chain.at(book), proposer=stranger)
    assert read.targets == tuple(call.to for call in calls)
    assert read.calldatas == tuple(call.data for call in calls)
    title, text = read.text
    assert (title, text) == ("A: title", "Why:\n- because #1")


def test_what_is_in_the_way_of_a_file_is_said(chain: Chain, tmp_path: Path) -> None:
    call = chain.deployed.market.resume_new_business()
    there = files.write(tmp_path / "p.yaml", "T", "D", [call], chain.book)
    with pytest.raises(DaimmError, match="exists already: name another file with --output"):
        files.write(there, "T", "D", [call], chain.book)
    with pytest.raises(DaimmError, match=r"The folder of .* does not exist"):
        files.write(tmp_path / "none" / "p.yaml", "T", "D", [call], chain.book)
