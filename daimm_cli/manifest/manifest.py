"""Make, sign, read, write and identify manifests; hold them to what the chain committed to.

>>> body = make({"name": "magika", "version": "1.0.0", ...})
>>> signed = sign(body, accounts.unlock("seller", password))
>>> verify(signed)  # returns, or raises VerificationFailed
>>> digest(signed).hex(), cid(signed)
('5a0c...', 'bafkrei...')
>>> parse(encode(signed)) == signed
True

The fields are in fields.py; schema.json, the published JSON Schema, is generated from them, and
docs/manifest.md explains them. Signed (by EIP-712, or ERC-1271) is the SHA-256 of the body's
canonical bytes, the seller and the key line's label, under a domain that names chain and registry,
so a signature is good for no other.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import ValidationError

from daimm_cli.artifact import unixfs
from daimm_cli.artifact.pipeline import Artifact
from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.base.text import sanitise
from daimm_cli.chain import terms
from daimm_cli.chain.signatures import DOMAIN, domain, hash_typed, recovered, struct
from daimm_cli.manifest import canonical
from daimm_cli.manifest.fields import (
    MAX_SIGNATURE,
    SPEC,
    Described,
    Manifest,
    Signature,
    SignedManifest,
)
from daimm_cli.manifest.kinds import Part
from daimm_cli.models.inspect import Inspection
from daimm_cli.models.parsed import Port
from daimm_cli.protocol.curve import SecretScalar
from daimm_cli.protocol.keys import prove_line, verify_line

if TYPE_CHECKING:
    from daimm_cli.chain.transactions import KeySigner

__all__ = ["Manifest", "SignedManifest"]

Erc1271 = Callable[[str, bytes, bytes], bool]
"""(account, 32-byte hash, signature) -> whether the contract at `account` accepts the signature."""

_TYPES = {
    "EIP712Domain": DOMAIN,
    "Manifest": struct("bytes32 digest,address seller,bytes32 label"),
}

_M = TypeVar("_M", bound=Described)
_ROOM = 32 << 10  # for all that sealing and signing add


def make(fields: dict[str, Any]) -> Manifest:
    """A manifest from plain values. Raises DaimmError that names the first wrong field."""
    return _validated(Manifest, fields)


def describe(fields: dict[str, Any]) -> Described:
    """What a manifest says before anything is sealed; raises DaimmError where none can hold it."""
    described = _validated(Described, fields)
    if len(encode(described)) > canonical.MAX_BYTES - _ROOM:
        raise DaimmError(
            "The manifest would be over 1 MiB: shorten the model card, or pack fewer files."
        )
    return described


def parse(data: bytes) -> SignedManifest:
    """A published manifest from its bytes, wherever they came from; signatures are not checked
    here (see `verify`). Raises DaimmError."""
    signed = _validated(SignedManifest, canonical.decode(data))
    if encode(signed) != data:
        raise DaimmError("The manifest is not written as it should be: it is refused.")
    return signed


def encode(part: Part) -> bytes:
    """The canonical bytes of a manifest, or a part of one: at most 1 MiB."""
    return canonical.encode(part.model_dump(exclude_none=True))


def digest(manifest: Manifest) -> bytes:
    """SHA-256 of the canonical bytes: of a signed manifest, what the chain keeps."""
    return sha256(encode(manifest)).digest()


def cid(signed: SignedManifest) -> str:
    """Where the manifest is found: CIDv1, raw."""
    return str(unixfs.Cid(unixfs.RAW, digest(signed)))


def files_part(files: list[Inspection]) -> list[dict[str, Any]]:
    described = []
    for file in files:
        entry: dict[str, Any] = {
            "name": file.name, "format": file.format, "size": file.size, "sha256": file.sha256,
        }  # fmt: skip
        if file.is_model:
            entry["model"] = {
                "parameters": file.parameters,
                "tensors": {"count": len(file.tensors), "digest": file.tensors_digest},
                "inputs": list(map(_io, file.inputs)),
                "outputs": list(map(_io, file.outputs)),
                "opset": {domain or "ai.onnx": version for domain, version in file.opset.items()},
            }
        described.append(entry)
    return described


def artifact_part(
    artifact: Artifact, cid: str, digests_cid: str, packing: Literal["none", "ustar"]
) -> dict[str, Any]:
    """The manifest's `artifact` from what was sealed; cid: of the ciphertext."""
    return {
        "cid": cid,
        "digests_cid": digests_cid,
        "packing": packing,
        "nonce": _hex(artifact.file_nonce),
        "size": artifact.size,
        "leaf_size": artifact.leaf_size,
        "combined_root": _hex(artifact.combined_root),
        "plaintext_root": _hex(artifact.plaintext_root),
        "commitment": _hex(artifact.commitment),
    }


def key_line_part(
    a: SecretScalar, label: bytes, *, seller: str, registry: str, commitment: bytes, scheme: int = 1
) -> dict[str, Any]:
    """The manifest's `key_line`, with the proof that whoever published A knows a.

    label: 32 bytes; seller, registry: CAIP-10; commitment: the artifact's.
    """
    point = a.point
    context = line_context(seller, registry, _hex(commitment), _hex(label))
    return {
        "scheme": scheme,
        "label": _hex(label),
        "x": f"0x{point.x:064x}",
        "y": f"0x{point.y:064x}",
        "proof": prove_line(a, context).to_json(),
    }


def verify_key_line(manifest: Manifest) -> None:
    """Raises VerificationFailed unless the seller knows this line's key and says so for this very
    artifact, seller and registry."""
    line = manifest.key_line
    context = line_context(
        manifest.seller, manifest.registry, manifest.artifact.commitment, line.label
    )
    verify_line(line.point, context, line.proof.value)


def to_version(signed: SignedManifest, payee: bytes = terms.ZERO_WORD) -> terms.Version:
    """What the chain is to commit to for this manifest."""
    return terms.Version(
        manifest=digest(signed),
        artifact=signed.artifact_record.commitment,
        plaintext_root=signed.artifact_record.plaintext_root,
        line=signed.key_line.point,
        scheme=signed.key_line.scheme,
        terms=terms.terms_hash(signed.terms.head),
        payee=payee,
    )


def to_parents(manifest: Manifest) -> list[terms.Parent]:
    return [
        terms.Parent(terms.ModelId(part.model), part.version, terms.RELATIONS[part.relation])
        for part in manifest.parents
    ]


def require_match(
    signed: SignedManifest, details: terms.Version, parents: list[terms.Parent] | None = None
) -> None:
    """Raises VerificationFailed, naming what differs, unless the chain committed to this."""
    ours = to_version(signed, details.payee)
    names = {
        "manifest": "digest", "artifact": "artifact", "plaintext_root": "plaintext root",
        "line": "key line", "scheme": "delivery scheme", "terms": "terms",
    }  # fmt: skip
    wrong = [word for name, word in names.items() if getattr(ours, name) != getattr(details, name)]
    if parents is not None and to_parents(signed) != parents:
        wrong.append("parents")
    if wrong:
        raise VerificationFailed(
            f"The manifest is not what the chain committed to (its {', '.join(wrong)} differ): "
            "don't buy from this listing."
        )


def typed_data(body: Manifest) -> dict[str, Any]:
    """The EIP-712 message that the seller signs for this body."""
    return {
        "types": _TYPES,
        "primaryType": "Manifest",
        "domain": domain("DAIMM Manifest", "1", body.chain_id, body.registry_address),
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
    if not 0 < len(signature) <= MAX_SIGNATURE:
        raise DaimmError(f"A signature has 1 to {MAX_SIGNATURE} bytes; this has {len(signature)}.")
    part = Signature(type="eip712", value="0x" + signature.hex())
    signed = SignedManifest.model_construct(None, **dict(body), signature=part)
    encode(signed)
    return signed


def verify(signed: SignedManifest, *, erc1271: Erc1271 | None = None) -> None:
    """Raises VerificationFailed unless seller and key line stand behind the manifest.

    erc1271: asks the chain where the seller is a contract; without it only keys are recognised.
    """
    verify_key_line(signed)
    verify_signature(signed, erc1271=erc1271)


def verify_signature(signed: SignedManifest, *, erc1271: Erc1271 | None = None) -> None:
    """Raises VerificationFailed unless the seller signed the manifest; as `verify` otherwise."""
    seller, message_hash = signed.seller_address, signing_hash(signed.body)
    signature = bytes.fromhex(signed.signature.value[2:])
    if recovered(message_hash, signature) == seller:
        return
    if not (erc1271 and erc1271(seller, message_hash, signature)):
        raise VerificationFailed(
            f"The manifest is not signed by its seller {seller}: don't buy from this listing."
        )


def _validated(kind: type[_M], fields: Any) -> _M:
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "as a whole"
        reason = first["msg"].removeprefix("Value error, ")
        raise DaimmError(
            f"The manifest is not valid, {sanitise(place, 120)}: {sanitise(reason, 200)}."
        ) from None


def line_context(seller: str, registry: str, commitment: str, label: str) -> bytes:
    """What a line's proof speaks of, in canonical JSON; all as the manifest spells it."""
    said = {"artifact": commitment, "label": label, "registry": registry, "seller": seller}
    return canonical.encode(said | {"spec": SPEC})


def _io(port: Port) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": port.name, "dtype": port.dtype}
    return entry if port.shape is None else {**entry, "shape": list(port.shape)}


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
