"""A Safe: a contract that acts when enough of its owners have signed.

>>> safe = Safe.at(node, "0x41675C099F32341bf84BFc5382aF534df5C7461a")
>>> safe.threshold, safe.nonce, safe.owners
(2, 7, ('0x8fd379246834eac74B8419FfdA202CF8051F7A03', ...))
>>> tx = SafeTx(to=market, data=data, nonce=safe.nonce)
>>> safe.calldata(tx, {owner: sign(tx.typed_data(safe)) for owner in safe.owners})

What its owners sign is EIP-712 under a domain that names the chain and the Safe. The hash is
computed here and compared with the Safe's own, so a contract that hashes otherwise (a Safe before
1.3, or no Safe) is refused before anybody signs. Of transactions only plain calls without refunds
are made or signed: no delegatecall, which could rewrite the Safe.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daimm_cli.base.errors import ChainRefused, DaimmError, VerificationFailed
from daimm_cli.base.text import sanitise
from daimm_cli.bindings.calls import Malformed, View
from daimm_cli.bindings.values import Kind, checksummed, encode
from daimm_cli.chain.signatures import hash_typed, recovered, struct
from daimm_cli.chain.terms import ZERO_ADDRESS
from daimm_cli.protocol.curve import keccak

if TYPE_CHECKING:
    from daimm_cli.chain.node import Node

MAX_OWNERS = 100
_DOMAIN = struct("uint256 chainId,address verifyingContract")
_SAFE_TX = struct(
    "address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,"
    "uint256 gasPrice,address gasToken,address refundReceiver,uint256 nonce"
)
_SAFE_MESSAGE = struct("bytes message")
_EXEC = "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)"
_HASH = (
    "getTransactionHash(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,"
    "uint256)"
)
_MODULES = "getModulesPaginated(address,uint256)"
_FALLBACK_SLOT = keccak(b"fallback_manager.handler.address")
_GUARD_SLOT = keccak(b"guard_manager.guard.address")


class Content:
    """What owners sign."""

    def typed_data(self, safe: Safe) -> dict[str, Any]:
        """The EIP-712 message that an owner signs."""
        raise NotImplementedError

    def hash(self, safe: Safe) -> bytes:
        return hash_typed(self.typed_data(safe))


@dataclass(frozen=True)
class SafeTx(Content):
    """One plain call of a Safe. value: wei; nonce: its place among the Safe's transactions."""

    to: str
    data: bytes
    nonce: int
    value: int = 0

    def typed_data(self, safe: Safe) -> dict[str, Any]:
        return safe.typed("SafeTx", _SAFE_TX, {
            "to": self.to, "value": self.value, "data": self.data, "operation": 0, "safeTxGas": 0,
            "baseGas": 0, "gasPrice": 0, "gasToken": ZERO_ADDRESS, "refundReceiver": ZERO_ADDRESS,
            "nonce": self.nonce,
        })  # fmt: skip


@dataclass(frozen=True)
class SafeMessage(Content):
    """A Safe's signature on 32 bytes that a verifier asks for by ERC-1271."""

    digest: bytes

    def typed_data(self, safe: Safe) -> dict[str, Any]:
        return safe.typed("SafeMessage", _SAFE_MESSAGE, {"message": self.digest})


@dataclass(frozen=True)
class Safe:
    """A Safe as the chain has it now. handler: answers for signatures; guard: may refuse
    transactions; modules: act without the owners. None and empty where there is none."""

    address: str
    chain_id: int
    version: str
    owners: tuple[str, ...]
    threshold: int
    nonce: int
    handler: str | None
    guard: str | None
    modules: tuple[str, ...]

    @classmethod
    def at(cls, node: Node, address: str) -> Safe:
        """Read it. Raises DaimmError where there is no Safe that daimm can act for."""
        address = checksummed(address, "Safe's address")
        if not node.code(address):
            raise DaimmError(
                f"There is no Safe at {address} on chain {node.chain_id}: check `safe` in "
                "config.toml, and the chain."
            )
        try:
            return cls._read(node, address)
        except (ChainRefused, Malformed):
            raise DaimmError(
                f"The contract at {address} is not a Safe: check `safe` in config.toml."
            ) from None

    @classmethod
    def _read(cls, node: Node, address: str) -> Safe:
        def ask(function: str, *kinds: Kind, arguments: bytes = b"") -> Any:
            data = keccak(function.encode())[:4] + arguments
            return node.view(View(address, data, "read the Safe", kinds, lambda *values: values[0]))

        def slot(slot: bytes) -> str | None:
            with node.asking("read the Safe"):
                kept = node.ask("eth_getStorageAt", address, "0x" + slot.hex(), "latest")
                return checksummed("0x" + kept[-40:]) if int(kept, 16) else None

        paged = encode(["address", "uint256"], ["0x" + "00" * 19 + "01", 10])
        safe = cls(
            address=address,
            chain_id=node.chain_id,
            version=sanitise(ask("VERSION()", "string"), 20),
            owners=ask("getOwners()", ["address"]),
            threshold=ask("getThreshold()", "uint256"),
            nonce=ask("nonce()", "uint256"),
            handler=slot(_FALLBACK_SLOT),
            guard=slot(_GUARD_SLOT),
            modules=ask(_MODULES, ["address"], "address", arguments=paged),
        )
        if not 0 < safe.threshold <= len(safe.owners) <= MAX_OWNERS:
            raise Malformed("")
        probe = SafeTx(address, b"\x01", safe.nonce, 1)
        told = ask(_HASH, "bytes32", arguments=safe._arguments(probe, "uint256", probe.nonce))
        if told != probe.hash(safe):
            raise DaimmError(
                f"The Safe at {address} (version {safe.version}) hashes its transactions in "
                "another way than daimm: it takes Safes from version 1.3 on."
            )
        return safe

    def typed(self, primary: str, fields: Any, message: Mapping[str, Any]) -> dict[str, Any]:
        """A full EIP-712 message under the Safe's domain."""
        return {
            "types": {"EIP712Domain": _DOMAIN, primary: fields},
            "primaryType": primary,
            "domain": {"chainId": self.chain_id, "verifyingContract": self.address},
            "message": dict(message),
        }

    def require_owner(self, address: str) -> None:
        """Raise ChainRefused unless the account is one of the owners."""
        if address not in self.owners:
            raise ChainRefused(
                f"{address} is no owner of the Safe {self.address}: choose an owner's account "
                "(`daimm safe show` lists them)."
            )

    def valid(self, digest: bytes, signatures: Mapping[str, bytes]) -> dict[str, bytes]:
        """Those of the signatures that are of present owners, by owner.

        Raises VerificationFailed where one is not by whom it says.
        """
        for signer, signature in signatures.items():
            if _signer(digest, signature) != signer:
                raise VerificationFailed(
                    f"The signature of {signer} is not theirs, or is for something else: ask them "
                    "to sign anew."
                )
        return {owner: signatures[owner] for owner in self.owners if owner in signatures}

    def packed(self, digest: bytes, signatures: Mapping[str, bytes]) -> bytes:
        """As many as the threshold needs, in the order that the Safe wants: by owner.

        Raises ChainRefused where there are too few.
        """
        valid = self.valid(digest, signatures)
        if len(valid) < self.threshold:
            raise ChainRefused(
                f"The Safe needs {self.threshold} signatures of owners and has {len(valid)}: let "
                "more owners sign with `daimm safe sign`."
            )
        chosen = sorted(valid, key=lambda owner: int(owner, 16))[: self.threshold]
        return b"".join(valid[owner] for owner in chosen)

    def calldata(self, tx: SafeTx, signatures: Mapping[str, bytes]) -> bytes:
        """The call of `execTransaction`, for anybody to send."""
        packed = self.packed(tx.hash(self), signatures)
        return keccak(_EXEC.encode())[:4] + self._arguments(tx, "bytes", packed)

    @staticmethod
    def _arguments(tx: SafeTx, kind: str, last: Any) -> bytes:
        types = ["address", "uint256", "bytes", "uint8", *["uint256"] * 3, "address", "address"]
        zeros = [0, 0, 0, 0, ZERO_ADDRESS, ZERO_ADDRESS]
        return encode([*types, kind], [tx.to, tx.value, tx.data, *zeros, last])


def _signer(digest: bytes, signature: bytes) -> str | None:
    """Whose signature it is: over the typed data, or of `eth_sign`, which Safes mark by v + 4."""
    if len(signature) == 65 and signature[64] in (31, 32):
        digest = keccak(b"\x19Ethereum Signed Message:\n32" + digest)
        signature = signature[:64] + bytes([signature[64] - 4])
    return recovered(digest, signature)
