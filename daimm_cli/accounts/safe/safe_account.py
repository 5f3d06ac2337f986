"""A Safe in place of an account: what it is to do is signed by its owners and carried by one.

>>> account = SafeAccount(safe_address, [alice, bob], hand_over)
>>> node = SafeNode.connect("http://127.0.0.1:8545")
>>> Chain(node, book).close_offer(account, offer)      # alice and bob sign, alice pays the gas

The call is tried from the Safe first, so a contract's refusal is told as for any account. Where
owners at hand are too few, `hand_over` keeps what they signed for the others, and `HandedOver` ends
the command. A Safe has no key: tokens' permits (ERC-2612) are not for it, and payments go by
ERC-1363 or by approval.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daimm_cli.accounts.safe.safe import Safe, SafeMessage, SafeTx
from daimm_cli.base.errors import ChainRefused, DaimmError, OutsideFailed
from daimm_cli.chain.answers import Receipt
from daimm_cli.chain.node import Call, Node
from daimm_cli.chain.signatures import hash_typed
from daimm_cli.chain.transactions import KeySigner, Person, Signed, Signer
from daimm_cli.protocol.curve import keccak

_FAILURE = keccak(b"ExecutionFailure(bytes32,uint256)")
_SUCCESS = keccak(b"ExecutionSuccess(bytes32,uint256)")


@dataclass(frozen=True)
class Proposal:
    """What a Safe is to do, and who signed. about: of a message, the text that its hash is of."""

    safe: Safe
    content: SafeTx | SafeMessage
    signatures: Mapping[str, bytes]
    about: bytes = b""

    @property
    def hash(self) -> bytes:
        return self.content.hash(self.safe)

    @property
    def missing(self) -> int:
        return max(0, self.safe.threshold - len(self.safe.valid(self.hash, self.signatures)))

    def signed_by(self, owners: Sequence[KeySigner]) -> Proposal:
        """With the signatures of these owners as far as any are missing."""
        signatures = self.safe.valid(self.hash, self.signatures)
        for owner in owners:
            if len(signatures) >= self.safe.threshold:
                break
            if owner.address not in signatures:
                self.safe.require_owner(owner.address)
                asked = self.content.typed_data(self.safe)
                made = owner.sign_typed_data(full_message=asked).signature
                signatures[owner.address] = bytes(made)
        return dataclasses.replace(self, signatures=self.safe.valid(self.hash, signatures))


class HandedOver(DaimmError):
    """Other owners must sign, what is in the file, before anything happens. doing: as `Call`'s."""

    exit_code = 8
    title = "Not yet"

    def __init__(self, file: Path, missing: int, doing: str) -> None:
        owners = "one more owner" if missing == 1 else f"{missing} more owners"
        super().__init__(
            f"The Safe needs the signature of {owners}. Give them {file}.",
            hint=f"daimm safe sign {file} (each of them), then daimm safe send {file}",
        )
        self.doing = doing
        self.data = {"file": str(file), "missing": missing}


class SafeNode(Node):
    """A node that also sends for a Safe."""

    def sign(self, call: Call, signer: Signer, **how: Any) -> Signed:
        """As `Node.sign`; where a Safe is to act, its transaction, to be sent by its owner."""
        wrap = getattr(signer, "wrap", None)
        if wrap is None:
            return super().sign(call, signer, **how)
        self.simulate(call, signer.address)
        wrapped = dataclasses.replace(wrap(self, call), spare=call.spare)
        return super().sign(wrapped, _Payer(signer), **how)

    def wait(self, signed: Signed, **how: Any) -> Receipt:
        """As `Node.wait`; ChainRefused where the Safe's own call failed without a revert."""
        sent = super().wait(signed, **how)
        if isinstance(signed.call, SafeCall):
            require_carried_out(sent, signed.call)
        return sent


@dataclass(frozen=True)
class SafeCall(Call):
    """A call of a Safe's `execTransaction`. safe_hash: of the transaction that it carries."""

    safe_hash: bytes = b""

    @classmethod
    def of(cls, proposal: Proposal, doing: str) -> SafeCall:
        """Raises ChainRefused where signatures are missing."""
        tx = proposal.content
        assert isinstance(tx, SafeTx)
        safe = proposal.safe
        data = safe.calldata(tx, proposal.signatures)
        return cls(safe.address, data, doing, safe_hash=proposal.hash)


@dataclass(frozen=True)
class SafeAccount:
    """A Safe that acts. Has no `sign_typed_data`: nobody takes a Safe's signature for a permit.

    owners: those at hand; the first pays the gas. hand_over: keeps a proposal, returns its file.
    known: what was signed of a hash before, here or by others. person: who is asked first.
    """

    address: str
    owners: Sequence[KeySigner]
    hand_over: Callable[[Proposal], Path]
    known: Callable[[Safe, bytes], Mapping[str, bytes]] = lambda _safe, _hash: {}
    person: Person | None = None

    def asking(self, person: Person) -> SafeAccount:
        return dataclasses.replace(self, person=person)

    @property
    def payer(self) -> str:
        return self.owners[0].address

    def sign_transaction(self, transaction_dict: Any) -> Any:
        """The payer's signature, of a transaction that carries the Safe's and of no other."""
        if transaction_dict.get("to") != self.address:
            raise DaimmError(
                "A Safe's transactions go through a SafeNode: this one would be its owner's own."
            )
        return self.owners[0].sign_transaction(transaction_dict)

    def suffices(self, node: Node) -> bool:
        """Whether the owners at hand can act without others."""
        safe = Safe.at(node, self.address)
        return len({owner.address for owner in self.owners} & set(safe.owners)) >= safe.threshold

    def proposed(self, safe: Safe, content: SafeTx | SafeMessage, about: bytes = b"") -> Proposal:
        """With what was signed of it before. Raises ChainRefused where one at hand is no owner."""
        for owner in self.owners:
            safe.require_owner(owner.address)
        known = safe.valid(content.hash(safe), self.known(safe, content.hash(safe)))
        return Proposal(safe, content, known, about)

    def wrap(self, node: SafeNode, call: Call) -> SafeCall:
        """The call by the Safe, signed. Raises HandedOver where more owners must sign."""
        if call.to is None:
            raise DaimmError("A Safe does not create contracts here: use an account with a key.")
        safe = Safe.at(node, self.address)
        proposal = self.proposed(safe, SafeTx(call.to, call.data, safe.nonce, call.value))
        to = f"{call.doing}, as its transaction {safe.nonce}"
        return SafeCall.of(self._signed(proposal, to, call.doing), call.doing)

    def sign(self, node: Node, message: Mapping[str, Any], about: bytes) -> bytes:
        """The Safe's ERC-1271 signature of a full EIP-712 message; other owners are shown `about`.

        Raises HandedOver where more owners must sign.
        """
        safe = Safe.at(node, self.address)
        if safe.handler is None:
            raise ChainRefused(
                f"The Safe {safe.address} has no fallback handler, so nobody can check its "
                "signatures: set Safe's CompatibilityFallbackHandler."
            )
        proposal = self.proposed(safe, SafeMessage(hash_typed(message)), about)
        proposal = self._signed(proposal, "sign what was shown", "sign")
        return safe.packed(proposal.hash, proposal.signatures)

    def _signed(self, proposal: Proposal, to: str, doing: str) -> Proposal:
        """Where others must sign as well, the person is asked: it can go on without them then."""
        here = {owner.address for owner in self.owners} - proposal.signatures.keys()
        if len(here) < proposal.missing and self.person is not None:
            self.person.ask(
                f"The Safe {self.address} is to {to}: sign it here, for "
                f"{proposal.missing - len(here)} more to sign?"
            )
        proposal = proposal.signed_by(self.owners)
        if proposal.missing:
            raise HandedOver(self.hand_over(proposal), proposal.missing, doing)
        return proposal


class _Payer:
    """Who pays for a Safe's transaction. What wraps the account sees the signing."""

    def __init__(self, account: Any) -> None:
        self.address: str = account.payer
        self.person = account.person
        self.sign_transaction = account.sign_transaction


def require_carried_out(sent: Receipt, call: SafeCall) -> None:
    """Raise ChainRefused where the Safe says that its call failed, though it did not revert."""
    told: set[bytes] = set()
    for log in sent.logs:
        if log.address != str(call.to).lower() or not log.topics:
            continue
        # Before Safe 1.4 the hash is not a topic but the first word of the data.
        hashed = log.topics[1] if len(log.topics) > 1 else log.data[:32]
        if hashed == call.safe_hash:
            told.add(log.topics[0])
    if _FAILURE in told:
        raise ChainRefused(
            f"The Safe's transaction was mined but failed to {call.doing}: nothing was done, and "
            "its place in the Safe's row is used up. Run the command again."
        )
    if _SUCCESS not in told:
        raise OutsideFailed(
            "The receipt does not show that the Safe did it: look at the Safe before trying again."
        )
