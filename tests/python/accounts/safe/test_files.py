"""Files that owners hand to each other: what they show, and what a hostile one gets."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.accounts.safe.safe import Safe, SafeTx
from daimm_cli.accounts.safe.safe_account import Proposal
from daimm_cli.bindings.structs import Ruling
from daimm_cli.chain.client import Chain
from daimm_cli.chain.terms import ZERO_ADDRESS, Order, deal
from daimm_cli.market.calls import explain
from daimm_cli.protocol.curve import G
from daimm_cli.session import proposals
from tests.python.accounts.safe.test_sales import TERMS, handed_over
from tests.python.chain.samples import AIM, calldata, offer, purchase, version
from tests.python.cli.conftest import Person
from tools.chain import LocalChain
from tools.safe import Factory

Member = Callable[..., Person]
STRANGER = "0x00000000000000000000000000000000DeaDBeef"


@dataclass(frozen=True)
class Pair:
    """Two owners of a Safe that needs both, and what the first handed over."""

    safe: str
    alice: Person
    bob: Person
    file: Path

    def changed(self, **changes: Any) -> Path:
        """The file with other fields; None takes one out."""
        data = {**json.loads(self.file.read_text()), **changes}
        made = self.file.with_name("changed.json")
        made.write_text(json.dumps({k: v for k, v in data.items() if v is not None}))
        return made


@pytest.fixture
def pair(member: Member, factory: Factory, accounts: list[LocalAccount]) -> Pair:
    safe = factory.make([accounts[5], accounts[6]], 2)
    alice, bob = member("alice", 5, safe), member("bob", 6, safe)
    alice.refused("faucet", "--yes", status=8, title="Not yet")
    return Pair(safe, alice, bob, handed_over(alice))


def test_the_file_has_the_fields_of_safes_service(pair: Pair, chain: Chain) -> None:
    data = json.loads(pair.file.read_text())
    named = "safe to value data operation safeTxGas baseGas gasPrice gasToken refundReceiver nonce"
    assert {*named.split(), "safeTxHash", "confirmations"} <= set(data)
    assert data["to"] == chain.book.address("Faucet")
    assert [one["owner"] for one in data["confirmations"]] == [pair.alice.account.address]
    assert "Take test tokens" in pair.bob("safe", "sign", pair.file, "--yes").err
    pair.bob("safe", "send", pair.file, "--yes")
    assert chain.balance(chain.aim, pair.safe) > 0


def test_the_same_command_again_goes_on_with_what_others_signed(pair: Pair, chain: Chain) -> None:
    pair.bob("safe", "sign", pair.file, "--yes")
    signed = pair.file.read_bytes()
    pair.alice("faucet", "--yes")
    assert chain.balance(chain.aim, pair.safe) > 0
    assert pair.file.read_bytes() == signed


def test_asking_again_loses_no_signature(
    member: Member, factory: Factory, accounts: list[LocalAccount]
) -> None:
    safe = factory.make([accounts[5], accounts[6], accounts[7]], 3)
    alice, bob = member("alice", 5, safe), member("bob", 6, safe)
    for _ in range(2):
        alice.refused("faucet", "--yes", status=8, title="Not yet")
        bob.type("safe", "sign", handed_over(alice), "--yes")
    assert len(json.loads(handed_over(alice).read_text())["confirmations"]) == 2


def test_what_owners_see_of_their_safe(pair: Pair, factory: Factory) -> None:
    shown = pair.bob("safe", "show").out
    assert "2 of 2 owners" in shown
    assert shown.count("here") == 1
    assert factory.handler in shown
    data = pair.bob.json("safe", "show")
    assert (data["nonce"], data["threshold"], data["version"]) == (0, 2, "1.5.0")
    assert pair.bob.json("account", "show")["address"] == pair.safe


UNSIGNED: dict[str, Any] = {"safeTxHash": None, "confirmations": []}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"operation": 1}, "delegatecall"),
        ({"operation": "1"}, "delegatecall"),
        ({"operation": True}, "'operation' is not a number"),
        ({"operation": None}, "'operation' is not a number"),
        ({"safeTxGas": "1"}, "sets the gas"),
        ({"baseGas": 1}, "sets the gas"),
        ({"gasPrice": "7"}, "sets the gas"),
        ({"gasToken": STRANGER}, "sets the gas"),
        ({"refundReceiver": STRANGER}, "sets the gas"),
        ({"chainId": 1}, "is for chain 1"),
        ({"safe": STRANGER}, "is for the Safe"),
        ({"nonce": 1}, "hash in"),
        ({"data": "0x00"}, "hash in"),
        ({"to": STRANGER}, "hash in"),
        ({"value": "1"}, "hash in"),
        ({"value": "-1"}, "'value' is not a number"),
        ({"value": 1.5}, "'value' is not a number"),
        ({"value": "9" * 100}, "'value' is not a number"),
        ({"data": "0x0"}, "no call data"),
        ({"data": ["0x"]}, "no call data"),
        ({"to": None}, "not an address"),
        ({"confirmations": "all"}, "cannot be read"),
        ({"confirmations": [{}] * 101}, "cannot be read"),
        ({"confirmations": [{"owner": STRANGER, "signature": "0x" + "11" * 65}]}, "is not theirs"),
        ({"confirmations": [{"owner": STRANGER, "signature": "0x00"}]}, "of a kind"),
        ({"to": STRANGER, **UNSIGNED}, "does not know all"),
        ({"value": str(10**18), **UNSIGNED}, "does not know all"),
        ({"data": "0x", **UNSIGNED}, "does not know all"),
        ({"data": "0xdeadbeef", **UNSIGNED}, "does not know all"),
        ({"nonce": 7, "manifest": {}, "to": None, "data": None}, "wrong|missing|not valid|takes"),
    ],
    ids=str,
)
def test_a_hostile_file_is_not_signed(changes: dict[str, Any], said: str, pair: Pair) -> None:
    file = pair.changed(**changes)
    before = file.read_bytes()
    ran = pair.bob.type("safe", "sign", file, "--yes")
    assert ran.status in (2, 5)
    assert any(part in ran.err for part in said.split("|")), ran.err
    assert "Traceback" not in ran.err
    assert file.read_bytes() == before


DEEP = '{"a":' + "[" * 40 + "]" * 40 + "}"


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{", '{"a":' * 5000, DEEP, "\x00", "9" * 10_000, '"x"'], ids=len
)
def test_what_is_no_file_of_ours(text: str, pair: Pair) -> None:
    file = pair.file.with_name("junk.json")
    file.write_text(text)
    assert "not what owners of a Safe sign" in pair.bob.refused("safe", "sign", file)
    assert "Cannot read" in pair.bob.refused("safe", "sign", file.with_name("absent"))
    with file.open("wb") as stream:
        stream.truncate(proposals.MAX_FILE_BYTES + 1)
    assert "not what owners of a Safe sign" in pair.bob.refused("safe", "sign", file)


def test_a_signature_for_something_else_does_not_count(pair: Pair) -> None:
    """Bob's signature for one transaction, put under another one."""
    pair.bob("safe", "sign", pair.file, "--yes")
    signed = json.loads(pair.file.read_text())["confirmations"]
    file = pair.changed(nonce=1, safeTxHash=None, confirmations=signed)
    assert "is not theirs" in pair.bob.refused("safe", "send", file, "--yes", status=5)


def test_what_is_signed_already_or_past_is_refused(
    pair: Pair, accounts: list[LocalAccount]
) -> None:
    assert "have signed" in pair.alice.refused("safe", "sign", pair.file, "--yes", status=3)
    assert "lacks signatures" in pair.alice.refused("safe", "send", pair.file, "--yes", status=3)
    pair.bob("safe", "sign", pair.file, "--yes")
    assert "enough signatures" in pair.bob.refused("safe", "sign", pair.file, "--yes", status=3)
    early = pair.changed(nonce=3, **UNSIGNED)
    pair.alice("safe", "sign", early, "--yes")
    pair.bob("safe", "sign", early, "--yes")
    assert "those before it" in pair.bob.refused("safe", "send", early, "--yes", status=3)
    pair.bob("safe", "send", pair.file, "--yes")
    for verb in ("sign", "send"):
        told = pair.bob.refused("safe", verb, pair.file, "--yes", status=3)
        assert "carried out, or another took its place" in told


def test_taking_the_safe_over_needs_more_than_yes(
    pair: Pair, factory: Factory, chain: Chain
) -> None:
    data = factory.data(pair.safe, "enableModule", STRANGER)
    file = pair.changed(to=pair.safe, data="0x" + data.hex(), **UNSIGNED)
    told = pair.bob.refused("safe", "sign", file, "--yes", status=5)
    assert "does not know all" in told
    assert pair.safe in told
    pair.bob("safe", "sign", file, "--yes", "--any-call")
    pair.alice("safe", "sign", file, "--yes", "--any-call")
    pair.bob.refused("safe", "send", file, "--yes", status=5)
    pair.bob("safe", "send", file, "--yes", "--any-call")
    assert f"{STRANGER} acts without the owners" in pair.bob("safe", "show").out


def test_nobody_signs_without_being_asked(pair: Pair) -> None:
    assert "--yes" in pair.bob.refused("safe", "sign", pair.file)
    assert "--yes" in pair.alice.refused("faucet")


def test_a_removed_owners_signature_does_not_count(
    member: Member, factory: Factory, accounts: list[LocalAccount], chain: Chain
) -> None:
    safe = factory.make([accounts[5], accounts[6], accounts[7]], 2)
    alice, bob = member("alice", 5, safe), member("bob", 6, safe)
    alice.refused("faucet", "--yes", status=8, title="Not yet")
    file = handed_over(alice)
    bob("safe", "sign", file, "--yes")
    read = Safe.at(chain.node, safe)
    signed = proposals.read(file, read)
    assert signed.missing == 0
    left = tuple(owner for owner in read.owners if owner != accounts[5].address)
    fewer = Safe(**{**read.__dict__, "owners": left})
    assert proposals.read(file, fewer).missing == 1


def test_a_manifest_for_another_seller_or_registry_is_not_signed(
    pair: Pair, model_file: Path
) -> None:
    before = set(pair.file.parent.iterdir())
    publish = ("model", "publish", model_file, "--name", "Tiny", *TERMS, "--price", "1")
    pair.alice.refused(*publish, status=8, title="Not yet")
    (file,) = set(pair.file.parent.iterdir()) - before
    data = json.loads(file.read_text())
    for path, value, said in (
        (("name",), "Other", "hash in"),
        (("seller",), f"eip155:31337:{STRANGER}", "not the Safe's"),
        (("registry",), f"eip155:31337:{STRANGER}", "key"),
        (("spec",), "daimm/manifest/2", "spec"),
        (("key_line", "label"), "0x" + "00" * 32, "key"),
    ):
        changed = json.loads(json.dumps(data))
        place = changed["manifest"]
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = value
        file.write_text(json.dumps(changed))
        ran = pair.bob.type("safe", "sign", file, "--yes")
        assert ran.status in (2, 5)
        assert said in ran.err, (path, ran.err)
    file.write_text(json.dumps(data))
    pair.bob("safe", "sign", file, "--yes")


# What a call does, in words


def told(chain: Chain, me: str, to: str, data: bytes, value: int = 0) -> list[tuple[str, bool]]:
    return [(action.does, action.known) for action in explain(chain, me, to, value, data)]


def test_calls_of_market_and_rebates_are_told(chain: Chain, accounts: list[LocalAccount]) -> None:
    me, seller = accounts[2].address, accounts[1]
    made = chain.publish(
        seller, royalty=0, details=version(), offer=offer(seller.address, chain.aim)
    ).offer
    terms, bought = made.to_abi(), purchase(chain, made).to_abi()
    buy = calldata(chain, "Market", "buyFor", terms, bought, STRANGER, ZERO_ADDRESS, b"")
    (action,) = explain(chain, me, chain.market, 0, buy)
    assert action.known
    assert action.facts["licence goes to"] == STRANGER
    assert action.facts["pays"] == "10.1 AIM"
    close = calldata(chain, "Market", "closeOffer", terms)
    both = calldata(chain, "Market", "multicall", [buy, close])
    assert told(chain, me, chain.market, both) == [
        ("buy a licence", True),
        ("close an offer", True),
    ]
    blank = [ZERO_ADDRESS, 0, 0, 4095, True, (0, 0), *terms[6:]]
    publish = calldata(chain, "Market", "publish", 250, version().to_abi(), blank)
    (action,) = explain(chain, me, chain.market, 0, publish)
    assert (action.does, action.known) == ("publish a model with an offer", True)
    assert action.facts["royalty"] == "2.5%"
    assert action.facts["price"] == "10 AIM"
    order = Order(STRANGER, STRANGER, ZERO_ADDRESS, 0, G, 5, 1, bytes(32))
    ruling = chain.deployed.market.resolve(deal(made, order), Ruling.UPHELD).data
    (action,) = explain(chain, me, chain.market, 0, ruling)
    assert (action.does, action.known) == ("rule on an order", True)
    assert (action.facts["buyer"], action.facts["ruling"]) == (STRANGER, "upheld")
    nested = calldata(chain, "Market", "multicall", [both])
    assert told(chain, me, chain.market, nested) == [("call Market.multicall", False)]
    many = calldata(chain, "Market", "multicall", [close] * 201)
    assert told(chain, me, chain.market, many) == [("call Market.multicall", False)]
    assert told(chain, me, chain.market, both, 5)[-1] == ("send ether", False)
    assert told(chain, me, chain.market, buy[:-40]) == [("call a contract", False)]
    claim = chain.deployed.rebates.claim_if_due(made, order).data
    claims = calldata(chain, "Rebates", "multicall", [claim, claim])
    claimed = ("claim a rebate, unless somebody has", True)
    assert told(chain, me, chain.book.address("Rebates"), claims) == [claimed, claimed]


@pytest.mark.parametrize(
    ("contract", "function", "arguments", "does", "facts"),
    [
        (
            "ModelLicense",
            "setApprovalForAll",
            (STRANGER, True),
            "let somebody else take all tokens",
            {"operator": STRANGER, "is approved": "yes"},
        ),
        (
            "ModelRegistry",
            "approve",
            (STRANGER, 1),
            "let somebody else take tokens",
            {"account": STRANGER, "model": "1"},
        ),
        (
            "Market",
            "setToken",
            (STRANGER, True, 0, 7),
            "set a payment token's policy",
            {
                "token": STRANGER,
                "allowed": "yes",
                "fee": "0 (0%)",
                "max delivery fee": f"7 (7 of the smallest units of the token {STRANGER})",
            },
        ),
        (
            "Authority",
            "grantRole",
            (7, STRANGER, 0),
            "grant a role",
            {"role id": "7", "account": STRANGER, "execution delay": "0"},
        ),
        (
            "Authority",
            "setTargetClosed",
            (STRANGER, True),
            "call Authority.setTargetClosed",
            {"of target": STRANGER, "closed": "yes"},
        ),
    ],
)
def test_rights_for_others_are_told_and_not_known(
    contract: str,
    function: str,
    arguments: tuple[Any, ...],
    does: str,
    facts: dict[str, str],
    chain: Chain,
) -> None:
    data = calldata(chain, contract, function, *arguments)
    address = chain.book.address(contract)
    (action,) = explain(chain, STRANGER, address, 0, data)
    assert not action.known
    assert action.does in (f"{does} ({contract}.{function})", does)
    assert action.facts == {"target": address, **facts}


def test_tokens_go_where_they_are_shown_to_go(chain: Chain, local_chain: LocalChain) -> None:
    def token(function: str, *arguments: Any) -> bytes:
        return calldata(chain, "AIMToken", function, *arguments)

    me = STRANGER
    assert told(chain, me, chain.aim, token("approve", chain.market, 5)) == [
        ("let the market take", True)
    ]
    (unlimited,) = explain(chain, me, chain.aim, 0, token("approve", chain.market, 2**256 - 1))
    assert unlimited.facts["up to"].startswith("without limit")
    assert told(chain, me, chain.aim, token("approve", STRANGER, 5)) == [
        ("let somebody else take tokens (AIMToken.approve)", False)
    ]
    (moved,) = explain(chain, me, chain.aim, 0, token("transfer", STRANGER, 5 * AIM))
    assert dict(moved.facts) == {"amount": "5 AIM", "to": STRANGER}
    for junk in (b"", b"\xff" * 64):
        data = token("transferAndCall", chain.market, 5, junk)
        assert told(chain, me, chain.aim, data) == [("pay (AIMToken.transferAndCall)", False)]
    # A token that the market does not take is a stranger, whatever its functions.
    assert told(chain, me, STRANGER, token("transfer", ZERO_ADDRESS, 1)) == [
        ("call a contract", False)
    ]


def test_a_proposal_survives_its_file(
    pair: Pair, chain: Chain, tmp_path: Path, accounts: list[LocalAccount]
) -> None:
    safe = Safe.at(chain.node, pair.safe)
    proposal = Proposal(safe, SafeTx(STRANGER, b"\x01\x02", 4, 2**255), {})
    proposals.write(tmp_path / "file", proposal)
    assert proposals.read(tmp_path / "file", safe) == proposal


def test_votes_of_ones_own_are_known(chain: Chain, accounts: list[LocalAccount]) -> None:
    me, votes, governor = accounts[2].address, chain.deployed.votes, chain.deployed.governor
    word = bytes.fromhex(me[2:]).rjust(32, b"\0")
    own = "wrap AIM, which votes as before, or for whom it belongs to"
    for data, known in ((b"", True), (word, True), (word[:-1] + b"\7", False)):
        call = chain.deployed.aim.transfer_and_call_with_data(votes.address, 5, data)
        ((does, is_known),) = told(chain, me, chain.aim, call.data)
        assert (does == own, is_known) == (known, known)
    vote, away = governor.cast_vote_with_reason(1, 1, "Yes."), votes.delegate(STRANGER)
    assert told(chain, me, governor.address, vote.data)[0][1]
    assert not told(chain, me, votes.address, away.data)[0][1]
