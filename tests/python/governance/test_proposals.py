"""Proposals in files: what is read, and what is refused with one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.bonds import Bonds
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.bindings.market import Market
from daimm_cli.bindings.structs import Bond, Bps, ModelId
from daimm_cli.chain.client import Chain
from daimm_cli.governance import files
from daimm_cli.governance.proposals import Proposal, read

ME = "0x9f8F72aA9304c8B593d555F12eF6589cC3A579A2"
CALL: dict[str, Any] = {
    "target": "Market",
    "call": "setToken",
    "arguments": {"token": "AIMToken", "allowed": True, "fee": 50, "maxDeliveryFee": "10 AIM"},
}
GOOD: dict[str, Any] = {"title": "A title", "description": "Because.", "calls": [CALL]}


def parsed(chain: Chain, folder: Path, text: str | bytes) -> Proposal:
    file = folder / "p.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(file, chain, ME)


def test_calls_are_what_the_abi_makes_of_them(chain: Chain, tmp_path: Path) -> None:
    bond = {"guarantor": ME, "model": 3, "version": 1, "token": "AIMToken", "until": 2_000_000_000}
    word = "0x" + "07" * 32
    bond |= {"suite": word, "threshold": 5, "atMost": True, "minStake": "1 AIM", "arbitrator": ME}
    calls = [
        CALL,
        {"target": ME, "call": "transfer", "arguments": {"to": "Market", "value": "1_000"}},
        {"target": ME, "as": "Market", "call": "resumeNewBusiness"},
        {
            "target": "Bonds",
            "call": "post",
            "arguments": {"bond": {**bond, "salt": word}, "amount": "2.5 AIM"},
        },
    ]
    made = parsed(chain, tmp_path, yaml.safe_dump({**GOOD, "calls": calls}))
    promise = (b"\7" * 32, 5, True, 10**18, ME)
    terms = Bond(ME, ModelId(3), 1, chain.aim, 2_000_000_000, *promise, b"\7" * 32)
    expected = [
        Market(chain.market).set_token(chain.aim, True, Bps(50), 10 * 10**18),
        ERC20(ME).transfer(chain.market, 1_000),
        Market(ME).resume_new_business(),
        Bonds(chain.book.address("Bonds")).post(terms, 25 * 10**17),
    ]
    assert list(made.targets) == [call.to for call in expected]
    assert list(made.calldatas) == [call.data for call in expected]
    assert made.text == ("A title", "Because.")
    assert made.description.endswith(f"#proposer={ME}".encode())


def test_what_operators_write_is_read_back(chain: Chain, tmp_path: Path) -> None:
    call = chain.deployed.market.set_token(chain.aim, True, Bps(3), 10**18)
    file = files.write(tmp_path / "o.yaml", "A title", "Because.", [call], chain.book)
    assert read(file, chain, ME).calldatas == (call.data,)


def changed(**changes: Any) -> str:
    return yaml.safe_dump({**GOOD, **changes})


def called(**changes: Any) -> str:
    return changed(calls=[{**CALL, **changes}])


def given(**changes: Any) -> str:
    return called(arguments={**CALL["arguments"], **changes})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"\xff\xfe", "no YAML"),
        ("[" * 20 + "]" * 20, "no YAML"),
        ("a: &a [1]\nb: [*a, *a]", "no YAML"),
        ("title: one\ntitle: two\ndescription: x\ncalls: []", "no YAML"),
        ("title: one\n" + "#" * 70_000, "no YAML"),
        ("just text", "a title, a description and calls"),
        ("title: one\ncalls: []", "a title, a description and calls"),
        (changed(more=1), "a title, a description and calls"),
        (changed(title="two\nlines"), "one line"),
        (changed(title="x" * 121), "one line"),
        (changed(title=["x"]), "title takes text"),
        (changed(description="x" * 10_001), "at most 10,000 characters"),
        (changed(calls=[]), "from 1 to 32 calls"),
        (changed(calls=list(range(33))), "from 1 to 32 calls"),
        (changed(calls=[CALL, "x"]), "call 2: takes arguments, as, call, target"),
        (called(target="Marked"), "target is not an address"),
        (called(call="setTokens"), "Market cannot setTokens: it can accept"),
        (called(call="isOpen"), "Market cannot isOpen"),
        (called(arguments={"token": ME}), "setToken takes token, allowed, fee, max_delivery_fee"),
        (called(arguments=[1]), "setToken takes token"),
        (given(f_ee=50), "setToken takes token"),
        (called(**{"as": "Market2"}), "'as' is one of"),
        (given(fee=70_000), "fee takes a whole number"),
        (given(fee=-1), "fee takes a whole number"),
        (given(fee="1e3"), "fee takes a whole number"),
        (given(allowed="maybe"), "allowed takes true or false"),
        (given(token="0x9f8f72aa9304c8b593d555f12ef6589cc3a579A2"), "typing error"),
        (given(token=["AIMToken"]), "token takes text"),
        (given(maxDeliveryFee="ten AIM"), "is not an amount"),
    ],
)
def test_what_is_no_proposal_is_refused(
    text: str | bytes, said: str, chain: Chain, tmp_path: Path
) -> None:
    with pytest.raises(DaimmError, match=r"p\.yaml: ") as refusal:
        parsed(chain, tmp_path, text)
    assert said in refusal.value.message
    assert len(refusal.value.message) < 1_500


def test_a_file_that_cannot_be_read_is_named(chain: Chain, tmp_path: Path) -> None:
    with pytest.raises(DaimmError, match=r"Cannot read .*absent\.yaml"):
        read(tmp_path / "absent.yaml", chain, ME)
