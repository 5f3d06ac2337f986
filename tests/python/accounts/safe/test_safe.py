"""What the library holds against real Safes, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daimm_cli.accounts.accounts import Signer
from daimm_cli.accounts.safe.safe import Safe, SafeMessage, SafeTx
from daimm_cli.accounts.safe.safe_account import (
    HandedOver,
    Proposal,
    SafeAccount,
    SafeCall,
    SafeNode,
)
from daimm_cli.accounts.wallet import Wallet
from daimm_cli.base.errors import ChainRefused, DaimmError, OutsideFailed, VerificationFailed
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Call
from daimm_cli.chain.payment import Item
from daimm_cli.chain.signatures import GAS, accepts
from daimm_cli.chain.terms import ZERO_ADDRESS
from daimm_cli.protocol.curve import keccak
from tests.python.chain.samples import AIM, offer, purchase, version, withdraw
from tools.chain import LocalChain, web3_of
from tools.safe import Factory


def wallet(account: LocalAccount) -> Wallet:
    signer = Signer(bytes(account.key))
    return Wallet(signer.address, lambda: signer)


def never(_proposal: Proposal) -> Path:
    raise AssertionError("nothing should be handed over")


def acting(safe: str, *owners: LocalAccount) -> SafeAccount:
    return SafeAccount(safe, [wallet(owner) for owner in owners], never)


@pytest.fixture
def node(local_chain: LocalChain, chain: Chain) -> SafeNode:
    connected = SafeNode.connect(local_chain.url)
    assert isinstance(connected, SafeNode)
    return connected


@pytest.fixture
def market(node: SafeNode, chain: Chain) -> Chain:
    """The contracts through a node that sends for Safes."""
    return Chain(node, chain.book)


def send_from(node: SafeNode, safe: str, data: bytes, *owners: LocalAccount) -> None:
    """A transaction of the Safe to itself, as its owners' other software makes it."""
    node.send(Call(safe, data, "change the Safe"), cast(Any, acting(safe, *owners)))


def test_what_is_read(factory: Factory, accounts: list[LocalAccount], node: SafeNode) -> None:
    owners = [accounts[5], accounts[6], accounts[7]]
    safe = Safe.at(node, factory.make(owners, 2))
    assert safe.version == "1.5.0"
    assert set(safe.owners) == {owner.address for owner in owners}
    assert (safe.threshold, safe.nonce, safe.guard, safe.modules) == (2, 0, None, ())
    assert safe.handler == factory.handler
    assert Safe.at(node, factory.make(owners, handler="")).handler is None


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    to=st.binary(min_size=20, max_size=20),
    value=st.integers(0, 2**256 - 1),
    data=st.binary(max_size=200),
    nonce=st.integers(0, 2**256 - 1),
)
def test_hashes_are_the_safes_own(
    to: bytes, value: int, data: bytes, nonce: int,
    factory: Factory, accounts: list[LocalAccount], node: SafeNode,
) -> None:  # fmt: skip
    address = factory.make([accounts[5]])
    safe, theirs = Safe.at(node, address), factory.at(address).functions
    target = checksummed("0x" + to.hex())
    tx = SafeTx(target, data, nonce, value)
    zeros = (0, 0, 0, 0, ZERO_ADDRESS, ZERO_ADDRESS)
    assert tx.hash(safe) == bytes(
        theirs.getTransactionHash(target, value, data, *zeros, nonce).call()
    )
    digest = data[:32].ljust(32, b"\1")
    handler = web3_of(node).eth.contract(
        address=cast(Any, address),
        abi=[{"name": "getMessageHash", "type": "function", "stateMutability": "view",
              "inputs": [{"name": "message", "type": "bytes"}],
              "outputs": [{"name": "", "type": "bytes32"}]}],
    )  # fmt: skip
    theirs_message = handler.functions.getMessageHash(digest).call()
    assert SafeMessage(digest).hash(safe) == bytes(theirs_message)
    owner = wallet(accounts[5])
    for content in (tx, SafeMessage(digest)):
        proposal = Proposal(safe, content, {}).signed_by([owner])
        assert proposal.missing == 0


@pytest.mark.parametrize("which", ["nobody", "a contract", "a key"])
def test_what_is_no_safe_is_said_to_be_none(
    which: str, chain: Chain, node: SafeNode, accounts: list[LocalAccount]
) -> None:
    address = {"nobody": ZERO_ADDRESS, "a contract": chain.aim, "a key": accounts[3].address}
    with pytest.raises(DaimmError, match=r"no Safe at|not a Safe"):
        Safe.at(node, address[which])


def test_a_stranger_cannot_act(
    factory: Factory, accounts: list[LocalAccount], market: Chain
) -> None:
    safe = factory.make([accounts[5]])
    account = cast(Any, acting(safe, accounts[6]))
    with pytest.raises(ChainRefused, match="no owner of the Safe"):
        market.node.send(market.deployed.faucet.drip(), account)
    assert factory.at(safe).functions.nonce().call() == 0


def test_an_owner_among_strangers_cannot_make_up_for_the_threshold(
    factory: Factory, accounts: list[LocalAccount], node: SafeNode, chain: Chain
) -> None:
    safe = Safe.at(node, factory.make([accounts[5], accounts[6]], 2))
    tx = SafeTx(chain.aim, b"", safe.nonce)
    owner, stranger = wallet(accounts[5]), wallet(accounts[7])
    signatures = {
        each.address: bytes(each.sign_typed_data(full_message=tx.typed_data(safe)).signature)
        for each in (owner, stranger)
    }
    proposal = Proposal(safe, tx, signatures)
    assert proposal.missing == 1
    with pytest.raises(ChainRefused, match="needs 2 signatures of owners and has 1"):
        SafeCall.of(proposal, "do it")
    with pytest.raises(ChainRefused, match="no owner"):
        Proposal(safe, tx, {}).signed_by([stranger])
    forged = {str(accounts[6].address): signatures[owner.address]}
    with pytest.raises(VerificationFailed, match="not theirs"):
        _ = Proposal(safe, tx, forged).missing


def test_an_owners_eth_sign_counts_as_in_the_safe(
    factory: Factory, accounts: list[LocalAccount], node: SafeNode, market: Chain
) -> None:
    """Ledger and older wallets sign the hash as a message; Safes tell by v + 4."""
    owners = accounts[5:7]
    safe = Safe.at(node, factory.make(owners, 2))
    tx = SafeTx(market.aim, keccak(b"totalSupply()")[:4], safe.nonce)
    made = owners[0].sign_message(encode_defunct(tx.hash(safe)))
    by_message = made.signature[:64] + bytes([made.v + 4])
    other = {owners[0].address: made.signature, owners[1].address: by_message}
    for owner, signature in other.items():
        with pytest.raises(VerificationFailed, match="not theirs"):
            _ = Proposal(safe, tx, {owner: signature}).missing
    proposal = Proposal(safe, tx, {owners[0].address: by_message}).signed_by([wallet(owners[1])])
    node.send(SafeCall.of(proposal, "ask for the supply"), cast(Any, owners[0]))
    assert Safe.at(node, safe.address).nonce == 1


@pytest.mark.parametrize("order", [(5, 6, 7), (7, 6, 5), (6, 7, 5)])
def test_owners_may_sign_in_any_order(
    order: tuple[int, ...], factory: Factory, accounts: list[LocalAccount], market: Chain
) -> None:
    owners = [accounts[number] for number in order]
    safe = factory.make(owners, 3)
    market.node.send(market.deployed.faucet.drip(), cast(Any, acting(safe, *owners)))
    assert market.balance(market.aim, safe) > 0


def test_a_node_that_knows_no_safes_sends_nothing_in_the_owners_name(
    factory: Factory, accounts: list[LocalAccount], chain: Chain
) -> None:
    address = factory.make([accounts[5]])
    before = chain.node.nonce(accounts[5].address)
    chain.node.provider.make_request(cast(Any, "anvil_setBalance"), [address, hex(10**18)])
    with pytest.raises(DaimmError, match="go through a SafeNode"):
        chain.node.send(chain.deployed.faucet.drip(), cast(Any, acting(address, accounts[5])))
    assert chain.node.nonce(accounts[5].address) == before


def test_a_stale_nonce_is_told(
    factory: Factory, accounts: list[LocalAccount], node: SafeNode, market: Chain
) -> None:
    address = factory.make([accounts[5]])
    safe = Safe.at(node, address)
    tx = SafeTx(market.market, market.deployed.faucet.drip().data, safe.nonce)
    stale = SafeCall.of(Proposal(safe, tx, {}).signed_by([wallet(accounts[5])]), "do it")
    market.node.send(market.deployed.faucet.drip(), cast(Any, acting(address, accounts[5])))
    with pytest.raises(ChainRefused, match="another transaction came first"):
        node.send(stale, cast(Any, wallet(accounts[5])))


def test_the_contracts_refusal_is_told_before_anybody_signs(
    factory: Factory, accounts: list[LocalAccount], market: Chain
) -> None:
    address = factory.make([accounts[5]])

    def unlock() -> Signer:
        raise AssertionError("nobody should be asked to sign")

    account = SafeAccount(address, [Wallet(accounts[5].address, unlock)], never)
    with pytest.raises(ChainRefused, match="Nothing is owed"):
        withdraw(market, cast(Any, account))


def test_an_inner_failure_without_a_revert_is_a_failure(
    factory: Factory, accounts: list[LocalAccount], node: SafeNode, market: Chain
) -> None:
    """With gas set for the inner call, a Safe swallows its failure and emits ExecutionFailure."""
    address = factory.make([accounts[5]])
    functions = factory.at(address).functions
    inner = market.deployed.market.withdraw(bytes(32), market.aim, address).data
    zeros = (0, 0, ZERO_ADDRESS, ZERO_ADDRESS)
    digest = bytes(
        functions.getTransactionHash(market.market, 0, inner, 0, 100_000, *zeros, 0).call()
    )
    signed = Account.unsafe_sign_hash(digest, accounts[5].key).signature
    data = factory.data(
        address, "execTransaction", market.market, 0, inner, 0, 100_000, *zeros, bytes(signed)
    )
    call = SafeCall(address, data, "withdraw", safe_hash=digest)
    with pytest.raises(ChainRefused, match="failed to withdraw: nothing was done"):
        node.send(call, cast(Any, wallet(accounts[5])))
    assert functions.nonce().call() == 1
    other = SafeCall(market.market, b"", "withdraw", safe_hash=digest)
    with pytest.raises(OutsideFailed, match="does not show"):
        sent = node.send(Call(accounts[5].address, b"", "nothing"), cast(Any, accounts[5]))
        from daimm_cli.accounts.safe.safe_account import require_carried_out

        require_carried_out(sent, other)


def test_too_few_owners_hand_over_and_send_nothing(
    factory: Factory, accounts: list[LocalAccount], market: Chain, tmp_path: Path
) -> None:
    address = factory.make([accounts[5], accounts[6], accounts[7]], 3)
    kept: list[Proposal] = []

    def keep(proposal: Proposal) -> Path:
        kept.append(proposal)
        return tmp_path / "file"

    account = SafeAccount(address, [wallet(accounts[5]), wallet(accounts[6])], keep)
    before = market.node.nonce(accounts[5].address)
    with pytest.raises(HandedOver, match="one more owner"):
        market.node.send(market.deployed.faucet.drip(), cast(Any, account))
    assert market.node.nonce(accounts[5].address) == before
    assert kept[0].missing == 1
    assert not account.suffices(market.node)


def test_a_safe_pays_aim_directly_and_never_by_permit(
    factory: Factory, accounts: list[LocalAccount], market: Chain, chain: Chain
) -> None:
    address = factory.make([accounts[5]])
    chain.node.send(ERC20(chain.aim).transfer(address, 100 * AIM), accounts[0])
    terms = offer(accounts[1].address, chain.aim)
    made = chain.publish(accounts[1], royalty=0, details=version(), offer=terms).offer
    account = cast(Any, acting(address, accounts[5]))
    bought = market.buy(account, [Item(made, purchase(market, made))])
    assert bought.approvals == ()
    bought = market.buy(account, [Item(made, purchase(market, made)) for _ in range(2)])
    assert len(bought.approvals) == 1
    assert {placed.order.buyer for placed in bought.orders} == {address}
    assert (
        market.node.view(market.deployed.licenses.owner_of(bought.orders[0].license_id)) == address
    )


# Signatures by ERC-1271


@pytest.mark.parametrize("threshold", [1, 2])
def test_the_safe_answers_for_its_owners_signatures(
    threshold: int, factory: Factory, accounts: list[LocalAccount], node: SafeNode
) -> None:
    address = factory.make([accounts[5], accounts[6]], threshold)
    account = acting(address, accounts[5], accounts[6])
    message = typed(node, address)
    signature = account.sign(node, message, b"")
    assert len(signature) == 65 * threshold
    digest = hash_of(message)
    assert accepts(node, address, digest, signature)
    assert not accepts(node, address, bytes(32), signature)
    assert not accepts(node, address, digest, signature[:-1] + b"\x00")
    assert not accepts(node, address, digest, b"")
    assert not accepts(node, factory.make([accounts[5], accounts[6]]), digest, signature)
    # Judged when it is asked: an owner who is removed takes his signatures along.
    if threshold == 1:
        owners = Safe.at(node, address).owners
        place = owners.index(accounts[5].address)
        before = owners[place - 1] if place else "0x" + "00" * 19 + "01"
        removal = factory.data(address, "removeOwner", before, accounts[5].address, 1)
        send_from(node, address, removal, accounts[6])
        assert not accepts(node, address, digest, signature)


def test_a_safe_without_a_handler_cannot_sign(
    factory: Factory, accounts: list[LocalAccount], node: SafeNode
) -> None:
    address = factory.make([accounts[5]], handler="")
    account = acting(address, accounts[5])
    with pytest.raises(ChainRefused, match="no fallback handler"):
        account.sign(node, typed(node, address), b"")


def typed(node: SafeNode, address: str) -> dict[str, Any]:
    return {
        "types": {
            "EIP712Domain": [{"name": "chainId", "type": "uint256"}],
            "Note": [{"name": "text", "type": "string"}],
        },
        "primaryType": "Note",
        "domain": {"chainId": node.chain_id},
        "message": {"text": address},
    }


def hash_of(message: dict[str, Any]) -> bytes:
    from eth_account.messages import _hash_eip191_message, encode_typed_data

    return bytes(_hash_eip191_message(encode_typed_data(full_message=message)))


# Runtime code of contracts that answer in some other way, by hand.
YES = "631626ba7e60e01b"  # PUSH4 magic, shifted to the left of its word
ANSWERS = {
    "reverts": "5f5ffd",
    "stops": "00",
    "returns nothing": "5f5ff3",
    "returns four bytes": YES + "5f5260045ff3",
    "returns 64 bytes": YES + "5f5260405ff3",
    "returns true": "60015f5260205ff3",
    "returns the magic at the right": "631626ba7e5f5260205ff3",
    "returns the magic and dirt": "60ff631626ba7e60e01b175f5260205ff3",
    "another magic": "631626ba7f60e01b5f5260205ff3",
    "is invalid": "fe",
    "loops for ever": "5b5f56",
    "eats all memory": "5b5a5f52620fffff595256",
    "writes": "60015f55" + YES + "5f5260205ff3",
}


@pytest.mark.parametrize("how", [name for name in ANSWERS if name != "writes"])
def test_any_answer_but_the_magic_value_is_no(
    how: str, node: SafeNode, local_chain: LocalChain
) -> None:
    address = "0x00000000000000000000000000000000000C0DE0"
    address = checksummed(address)
    local_chain.rpc("anvil_setCode", address, "0x" + YES + "5f5260205ff3")
    assert accepts(node, address, bytes(32), b"x")
    local_chain.rpc("anvil_setCode", address, "0x" + ANSWERS[how])
    assert not accepts(node, address, bytes(32), b"x")
    local_chain.rpc("anvil_setCode", address, "0x")
    assert not accepts(node, address, bytes(32), b"x")


def test_the_gas_of_an_answer_is_bounded(node: SafeNode, local_chain: LocalChain) -> None:
    """A contract that says yes if it is given more gas than that."""
    address = checksummed("0x00000000000000000000000000000000000C0DE1")
    for limit, expected in ((GAS, False), (GAS - 100_000, True)):
        # Where more gas than `limit` is left it jumps to the answer, else it stops.
        code = f"62{limit:06x}5a1160" + "0a57" + "00" + "5b" + YES + "5f5260205ff3"
        local_chain.rpc("anvil_setCode", address, "0x" + code)
        assert accepts(node, address, bytes(32), b"x") is expected


def test_a_node_that_fails_is_not_a_wrong_signature(
    node: SafeNode, local_chain: LocalChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    def limited(method: str, parameters: Any) -> Any:
        if method == "eth_call":
            return {"error": {"message": "rate limit"}}
        return asked(method, parameters)

    address = checksummed("0x00000000000000000000000000000000000C0DE2")
    local_chain.rpc("anvil_setCode", address, "0x00")
    asked = node.provider.make_request
    monkeypatch.setattr(node.provider, "make_request", limited)
    with pytest.raises(OutsideFailed, match="rate limit"):
        accepts(node, address, bytes(32), b"x")
