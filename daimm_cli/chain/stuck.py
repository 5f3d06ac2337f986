"""Transactions that wait too long: the same again for more gas, or nothing in their place.

>>> waiting = Waiting.find(node, digest)
>>> speed_up(node, account, waiting).hash
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daimm_cli.base.errors import ChainRefused, OutsideFailed
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain.node import Call, Fees, Node, Sent, Signer, person_of
from daimm_cli.protocol.curve import keccak

if TYPE_CHECKING:
    from eth_account.typed_transactions.typed_transaction import TypedTransaction

BUMP = 8
"""A replacement offers one part in so many more: nodes ask for a tenth."""


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
        from web3.exceptions import TransactionNotFound

        shown = f"0x{digest.hex()}"
        with node.asking("tell a transaction"):
            try:
                told: Any = node.web3.eth.get_transaction(digest)  # type: ignore[arg-type]
            except TransactionNotFound:
                raise ChainRefused(
                    f"{node.shown} has no transaction {shown}: it was dropped, or is of another "
                    "chain. If a later one of its account was mined, it can be mined no more."
                ) from None
            if int(told.get("type") or 0) != 2:
                raise ChainRefused(f"Transaction {shown} is not of EIP-1559: use your wallet.")
            signed = _signed(told)
            sender = signed_by(signed)
        if keccak(signed.encode()) != digest:
            raise OutsideFailed(f"{node.shown} told another transaction than {shown}: use another.")
        to = told.get("to")
        call = Call(
            checksummed(to) if to else None,
            bytes(told["input"]),
            "send the transaction again",
            int(told["value"]),
        )
        fees = {name: int(told[name]) for name in ("maxFeePerGas", "maxPriorityFeePerGas")}
        mined = told.get("blockNumber")
        return cls(digest, sender, int(told["nonce"]), call, fees, None if mined is None else mined)


def speed_up(node: Node, account: Signer, waiting: Waiting) -> Sent:
    """Send the same for more gas; raises ChainRefused where it is mined or another account's."""
    return _replace(node, account, waiting, waiting.call)


def cancel(node: Node, account: Signer, waiting: Waiting) -> Sent:
    """Send nothing in its place, to oneself. The first one may still be mined instead."""
    return _replace(node, account, waiting, Call(account.address, b"", "cancel the transaction"))


def _replace(node: Node, account: Signer, waiting: Waiting, call: Call) -> Sent:
    shown = f"0x{waiting.hash.hex()}"
    if waiting.sender != account.address:
        raise ChainRefused(f"{waiting.sender} sent {shown}: choose that account.")
    if waiting.mined is not None:
        raise ChainRefused(f"Transaction {shown} is mined, in block {waiting.mined}: it is done.")
    now = node.fees()
    fees = {n: max(now.get(n, 0), v + v // BUMP + 1) for n, v in waiting.fees.items()}
    signed = node.sign(call, account, nonce=waiting.nonce, fees=fees)
    node.broadcast(signed)
    if (person := person_of(account)) is not None:
        person.left(signed)
    return node.wait(signed)


def _signed(told: Any) -> TypedTransaction:
    from eth_account.typed_transactions.typed_transaction import TypedTransaction

    names = ("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas", "to", "value")
    fields = {name: told.get(name) for name in names}
    fields["to"] = told.get("to") or b""
    entries = [dict(entry) for entry in told.get("accessList") or ()]
    signature = {
        "v": int(told.get("yParity", told.get("v", 0))),
        **{part: int.from_bytes(bytes(told[part])) for part in ("r", "s")},
    }
    data = {"data": bytes(told["input"]), "accessList": entries, "type": 2}
    return TypedTransaction.from_dict({**fields, **data, **signature})


def signed_by(transaction: TypedTransaction) -> str:
    """Who signed it."""
    from eth_account import Account

    return str(Account.recover_transaction(transaction.encode()))
