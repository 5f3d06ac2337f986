"""Transactions on their way: who signs them and is asked, what was signed, sent and mined.

>>> signed = node.sign(Call(to=market, data=data, doing="close the offer"), account)
>>> signed.hash.hex()[:8]
'3f9a61c2'
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from daimm_cli.base.errors import ChainRefused, DaimmError, OutsideFailed
from daimm_cli.bindings.calls import Call


class Signer(Protocol):
    """An account that signs; eth_account's LocalAccount is one.

    One with a `person` (see `Person`) has them asked before it signs; others sign unasked.
    """

    @property
    def address(self) -> str: ...

    def sign_transaction(self, transaction_dict: Any) -> Any:
        """An object whose `raw_transaction` is the signed transaction in bytes."""


class KeySigner(Signer, Protocol):
    """One with a key, which signs EIP-712 data too: permits and manifests. A Safe is none."""

    def sign_typed_data(self, *, full_message: Any) -> Any:
        """An object whose `signature` is 65 bytes: r, s, v."""


@dataclass(frozen=True)
class Signed:
    """A transaction ready to broadcast, again and again if need be: the bytes don't change."""

    call: Call
    sender: str
    nonce: int
    raw: bytes
    hash: bytes


Fees = dict[str, int]
"""The fee fields of a transaction, wei per gas: maxFeePerGas and maxPriorityFeePerGas, or gasPrice
on a chain without EIP-1559."""

BUMP = 8
"""A replacement offers one part in so many more: nodes ask for a tenth."""


def raised(fees: Fees, before: Fees) -> Fees:
    """`fees`, but enough to replace a transaction that offered `before`."""
    least = {name: value + value // BUMP + 1 for name, value in before.items()}
    return {name: max(value, least.get(name, 1)) for name, value in fees.items()}


class Replaced(ChainRefused):
    """Another transaction has the nonce, says a node that does not show this one mined.

    Several nodes behind one address may say so of one that was.
    """

    def __init__(self, digest: bytes) -> None:
        super().__init__(
            f"The node says that another transaction took the place of 0x{digest.hex()}, which was "
            "sent: see what became of it before you do anything again.",
            hint=f"daimm tx show 0x{digest.hex()}",
        )


class Unconfirmed(OutsideFailed):
    """A transaction is out, and it is not known what became of it."""

    def __init__(self, digest: bytes, seconds: float) -> None:
        super().__init__(
            f"Transaction 0x{digest.hex()} was sent and is unconfirmed after {seconds:.0f} "
            "seconds: it may still be mined, so look at it before you do anything again.",
            hint=f"daimm tx show 0x{digest.hex()}",
        )
        self.data = {"transaction": "0x" + digest.hex()}


class NotTaken(OutsideFailed):
    """A node that was given a transaction says that it did not take it; it may be out even so."""

    def __init__(self, digest: bytes, refusal: DaimmError) -> None:
        super().__init__(
            f"{refusal.message.rstrip('.')}. It had transaction 0x{digest.hex()} by then: see what "
            "became of it first.",
            hint=f"daimm tx show 0x{digest.hex()}",
        )


class Person(Protocol):
    """Whom an account asks before its money moves."""

    def agree(self, call: Call, gas: int, worst: int) -> None:
        """Called with the gas expected of what is about to be signed, and its worst cost in wei.

        Raises where they say no.
        """

    def left(self, signed: Signed) -> None:
        """Called when a transaction is out."""

    def ask(self, question: str) -> None:
        """Called with anything else that is to be agreed to; raises where they say no."""


def person_of(signer: Signer) -> Person | None:
    """Who is asked before this account signs, if anybody."""
    return getattr(signer, "person", None)
