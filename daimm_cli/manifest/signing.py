"""The seller's signature on a manifest: EIP-712, by a key or by a contract (ERC-1271).

>>> signed = sign(body, accounts.unlock("seller", password))
>>> verify(signed)  # returns, or raises VerificationFailed

What is signed: the SHA-256 of the body's canonical bytes, the seller, the key line's label; under a
domain that names the chain and the registry, so a signature is good for no other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.chain.signatures import hash_typed, recovered, struct
from daimm_cli.manifest.fields import MAX_SIGNATURE, Manifest, Signature, SignedManifest
from daimm_cli.manifest.manifest import digest, encode, verify_key_line

if TYPE_CHECKING:
    from daimm_cli.chain.transactions import KeySigner

DOMAIN_NAME = "DAIMM Manifest"
DOMAIN_VERSION = "1"

Erc1271 = Callable[[str, bytes, bytes], bool]
"""(account, 32-byte hash, signature) -> whether the contract at `account` accepts the signature."""

_TYPES = {
    "EIP712Domain": struct("string name,string version,uint256 chainId,address verifyingContract"),
    "Manifest": struct("bytes32 digest,address seller,bytes32 label"),
}


def typed_data(body: Manifest) -> dict[str, Any]:
    """The EIP-712 message that the seller signs for this body."""
    return {
        "types": _TYPES,
        "primaryType": "Manifest",
        "domain": {
            "name": DOMAIN_NAME,
            "version": DOMAIN_VERSION,
            "chainId": body.chain_id,
            "verifyingContract": body.registry_address,
        },
        "message": {
            "digest": digest(body),
            "seller": body.seller_address,
            "label": bytes.fromhex(body.key_line.label[2:]),
        },
    }


def signing_hash(body: Manifest) -> bytes:
    """The 32 bytes that the signature is over."""
    return hash_typed(typed_data(body))


def sign(body: Manifest, signer: KeySigner) -> SignedManifest:
    """The body with the seller's signature. Raises DaimmError if `signer` is not its seller."""
    if signer.address != body.seller_address:
        raise DaimmError(
            f"The manifest's seller is {body.seller_address}, the account is {signer.address}: "
            "sign with the seller's account."
        )
    return attach(body, bytes(signer.sign_typed_data(full_message=typed_data(body)).signature))


def attach(body: Manifest, signature: bytes) -> SignedManifest:
    """The body with a signature made elsewhere, by a contract's owners for example."""
    fields = {name: getattr(body, name) for name in Manifest.model_fields}
    if not 0 < len(signature) <= MAX_SIGNATURE:
        raise DaimmError(f"A signature has 1 to {MAX_SIGNATURE} bytes; this has {len(signature)}.")
    part = Signature(type="eip712", value="0x" + signature.hex())
    signed = SignedManifest.model_construct(None, **fields, signature=part)
    encode(signed)
    return signed


def verify(signed: SignedManifest, *, erc1271: Erc1271 | None = None) -> None:
    """Raises VerificationFailed unless seller and key line stand behind the manifest.

    erc1271: asks the chain where the seller is a contract; without it only keys are recognised.
    """
    verify_key_line(signed.body)
    verify_signature(signed, erc1271=erc1271)


def verify_signature(signed: SignedManifest, *, erc1271: Erc1271 | None = None) -> None:
    """Raises VerificationFailed unless the seller signed the manifest; as `verify` otherwise."""
    body = signed.body
    message_hash = signing_hash(body)
    signature = bytes.fromhex(signed.signature.value[2:])
    if recovered(message_hash, signature) == body.seller_address:
        return
    if erc1271 and erc1271(body.seller_address, message_hash, signature):
        return
    raise VerificationFailed(
        f"The manifest is not signed by its seller {body.seller_address}: "
        "don't buy from this listing."
    )
