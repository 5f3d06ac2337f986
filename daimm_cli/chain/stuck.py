"""Transactions that wait too long: the same again for more gas, or nothing in their place.

>>> waiting = Waiting.find(node, digest)
>>> speed_up(node, account, waiting).hash
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daimm_cli.base.errors import ChainRefused, OutsideFailed
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain.answers import Receipt
from daimm_cli.chain.node import Call, Node
from daimm_cli.chain.transactions import Fees, Signer, person_of, raised
from daimm_cli.protocol.curve import keccak

if TYPE_CHECKING:
    from eth_account.typed_transactions.typed_transaction import TypedTransaction

_FEES = ("maxFeePerGas", "maxPriorityFeePerGas")
_NUMBERS = ("chainId", "nonce", "gas", "value")


@dataclass(frozen=True)
class Waiting:
    """A transaction as its sender signed it. fees: what it offers. mined: its block."""

    hash: bytes
    sender: str
    nonce: int
    call: Call
    fees: Fees
    mined: int | None

    @classmethod
    def find(cls, node: Node, digest: bytes) -> Waiting:
        """The one with this hash: what the node tells must hash to it, so it cannot lie.

        Raises ChainRefused where the node has none, OutsideFailed where it tells another.
        """
        shown = f"0x{digest.hex()}"
        told = node.transaction(digest)
        if told is None:
            raise ChainRefused(
                f"{node.who} has no transaction {shown}: it was dropped, or is of another "
                "chain. If a later one of its account was mined, it can be mined no more."
            )
        with node.asking("tell a transaction"):
            if int(told.get("type") or "0x0", 16) != 2:
                raise ChainRefused(f"Transaction {shown} is not of EIP-1559: use your wallet.")
            mined = told.get("blockNumber")
            block = None if mined is None else int(mined, 16)
            numbers = {name: int(told[name], 16) for name in (*_NUMBERS, *_FEES)}
            to = checksummed(told["to"]) if told.get("to") else None
            data = bytes.fromhex(told["input"].removeprefix("0x"))
            signed = _signed(told, numbers, to, data)
            sender = signed_by(signed)
        if keccak(signed.encode()) != digest:
            raise OutsideFailed(f"{node.who} told another transaction than {shown}: use another.")
        if numbers["chainId"] != node.chain_id:
            raise ChainRefused(
                f"Transaction {shown} is of chain {numbers['chainId']}, and the node is on chain "
                f"{node.chain_id}: choose the other profile."
            )
        call = Call(to, data, "send the transaction again", numbers["value"])
        fees = {name: numbers[name] for name in _FEES}
        return cls(digest, sender, numbers["nonce"], call, fees, block)


def speed_up(node: Node, account: Signer, waiting: Waiting) -> Receipt:
    """Send the same for more gas; raises ChainRefused where it is mined or another account's."""
    return _replace(node, account, waiting, waiting.call)


def cancel(node: Node, account: Signer, waiting: Waiting) -> Receipt:
    """Send nothing in its place, to oneself. The first one may still be mined instead."""
    return _replace(node, account, waiting, Call(account.address, b"", "cancel the transaction"))


def _replace(node: Node, account: Signer, waiting: Waiting, call: Call) -> Receipt:
    shown = f"0x{waiting.hash.hex()}"
    if waiting.sender != account.address:
        raise ChainRefused(f"{waiting.sender} sent {shown}: choose that account.")
    if waiting.mined is not None:
        raise ChainRefused(f"Transaction {shown} is mined, in block {waiting.mined}: it is done.")
    now = node.fees()
    fees = raised({name: now.get(name, 0) for name in waiting.fees}, waiting.fees)
    signed = node.sign(call, account, nonce=waiting.nonce, fees=fees)
    node.broadcast(signed)
    if (person := person_of(account)) is not None:
        person.left(signed)
    return node.wait(signed)


def _signed(
    told: dict[str, Any], numbers: dict[str, int], to: str | None, data: bytes
) -> TypedTransaction:
    from eth_account.typed_transactions.typed_transaction import TypedTransaction

    entries = told.get("accessList") or ()
    listed = [{**entry, "address": checksummed(entry["address"])} for entry in entries]
    fields = {"to": to or b"", "accessList": listed, "type": 2}
    signed = {**told, "v": told.get("yParity", told.get("v", "0x0"))}
    signature = {name: int(signed[name], 16) for name in ("v", "r", "s")}
    return TypedTransaction.from_dict({**numbers, **fields, "data": data, **signature})


def signed_by(transaction: TypedTransaction) -> str:
    """Who signed it."""
    from eth_account import Account

    return str(Account.recover_transaction(transaction.encode()))
