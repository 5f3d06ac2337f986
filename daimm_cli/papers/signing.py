"""Signatures of folders as OpenSSF's model signing has them, bound to an Ethereum account.

>>> made = sign(session, Path("model"), Path("model.sig"))
>>> verify(Path("model"), Path("model.sig")).signer
'0x8fd379246834eac74B8419FfdA202CF8051F7A03'

Their format takes no key of Ethereum's curve. So a P-256 key signs the statement, every file with
its SHA-256, and the account signs the statement's digest by EIP-712. The P-256 key says nothing of
who signed: it is made for one signature and forgotten, unless a seller keeps one.
https://github.com/sigstore/model-transparency
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import StringConstraints, ValidationError

from daimm_cli.base import bounded_json
from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.base.files import private_folder, read_bounded, write_atomic
from daimm_cli.base.text import sanitise
from daimm_cli.chain.signatures import DOMAIN, domain, hash_typed, recovered, struct
from daimm_cli.manifest.kinds import Caip10, Hex32, Part
from daimm_cli.market.listing import registry_of
from daimm_cli.papers import pem

if TYPE_CHECKING:
    from daimm_cli.manifest.manifest import SignedManifest
    from daimm_cli.session.session import Session

MAX_BUNDLE = 16 << 20
MAX_FILES = 10_000
_SMALL = 16 << 10
_SERIALIZATION = {"method": "files", "hash_type": "sha256", "allow_symlinks": False}
_TYPES = {
    "EIP712Domain": DOMAIN,
    "ModelSignature": struct("bytes32 statement,address signer"),
}


class Binding(Part):
    """What an account says of a statement. statement: SHA-256 of its bytes."""

    format: Literal["daimm-model-signature/1"]
    registry: Caip10
    signer: Caip10
    statement: Hex32
    signature: Annotated[str, StringConstraints(pattern="^0x[0-9a-f]{130}$")]

    @property
    def address(self) -> str:
        return self.signer.split(":")[2]

    def require_signed(self) -> None:
        """Raise VerificationFailed where another account signed it, or none."""
        _, chain, registry = self.registry.split(":")
        asked = _typed(int(chain), registry, self.statement, self.address)
        if recovered(hash_typed(asked), bytes.fromhex(self.signature[2:])) != self.address:
            raise VerificationFailed(f"The signature is not {self.address}'s: don't trust it.")


@dataclass(frozen=True)
class Signed:
    """Who signed which files, each with its SHA-256 in hex. registry: CAIP-10."""

    signer: str
    registry: str
    statement: str
    files: Mapping[str, str]


def beside(signature: Path) -> tuple[Path, Path]:
    """Where the public key is, and what binds an account to the statement."""
    return Path(f"{signature}.pub"), Path(f"{signature}.json")


def sign(session: Session, folder: Path, signature: Path, *, key: Path | None = None) -> Signed:
    """Write a signature of all files in a folder, its public key, and the account's word.

    key: a P-256 key in PEM, made where there is none; None makes one for this signature alone.
    Raises DaimmError for a folder without files or with links, and for a Safe, which has no key.
    """
    library = _library()
    if session.config.profile.safe:
        raise DaimmError("A Safe has no key to sign files with: choose an account that has one.")
    for path in (signature, key):
        if path and path.resolve().is_relative_to(folder.resolve()):
            raise DaimmError(f"{path} would be signed itself: name a place outside of {folder}.")
    _require_files(folder)
    private = pem.new() if key is None else pem.kept(key)
    with private_folder(signature) as work:
        write_atomic(work / "key", private, mode=0o600)
        signer = library.signing.Config().use_elliptic_key_signer(private_key=work / "key")
        try:
            signer.set_hashing_config(_hashing()).sign(folder, work / "bundle")
        except (ValueError, OSError) as error:
            raise DaimmError(f"{folder} cannot be signed: {sanitise(error, 300)}") from None
        bundle = (work / "bundle").read_bytes()
    payload, files = _statement(bundle)
    digest = "0x" + sha256(payload).hexdigest()
    registry, me = registry_of(session), session.owner.address
    _, chain, address = registry.split(":")
    asked = _typed(int(chain), address, digest, me)
    word = session.signer.sign_typed_data(full_message=asked).signature
    bound = Binding(
        format="daimm-model-signature/1",
        registry=registry,
        signer=f"eip155:{chain}:{me}",
        statement=digest,
        signature="0x" + bytes(word).hex(),
    )
    bound.require_signed()
    public, binding = beside(signature)
    write_atomic(public, pem.public(private))
    write_atomic(binding, json.dumps(bound.model_dump(), indent=2).encode() + b"\n")
    write_atomic(signature, bundle)
    return Signed(me, registry, digest, files)


def verify(folder: Path, signature: Path) -> Signed:
    """Who signed exactly the files of this folder.

    Raises VerificationFailed, naming what differs, unless every file is as it was signed and there
    is no other, both signatures are right, and they are of one statement.
    """
    library = _library()
    public, binding = beside(signature)
    bundle, bound = _read(signature, MAX_BUNDLE), _binding(binding)
    payload, files = _statement(bundle)
    if bound.statement != "0x" + sha256(payload).hexdigest():
        raise VerificationFailed(f"{binding} is of another statement than {signature}.")
    bound.require_signed()
    _require_files(folder)
    with private_folder(signature) as work:
        (work / "bundle").write_bytes(_plain(bundle, payload))
        (work / "key").write_bytes(_read(public, _SMALL))
        try:
            verifier = library.verifying.Config().set_hashing_config(_hashing())
            verifier.use_elliptic_key_verifier(public_key=work / "key")
            verifier.verify(folder, work / "bundle")
        except Exception as error:  # noqa: BLE001 - its parsers raise what they like
            why = differences(files, _found(folder)) or sanitise(error or type(error).__name__, 300)
            raise VerificationFailed(f"{folder} is not what was signed: {why}.") from None
    return Signed(bound.address, bound.registry, bound.statement, files)


def require_signer(found: Signed, wanted: str) -> None:
    """Raise VerificationFailed where somebody else signed."""
    if found.signer != wanted:
        raise VerificationFailed(f"It was signed by {found.signer}, not by {wanted}.")


def require_version(found: Signed, manifest: SignedManifest) -> None:
    """Raise VerificationFailed unless the manifest's seller signed the manifest's files."""
    if found.registry != manifest.registry:
        raise VerificationFailed("It was signed for another registry or chain.")
    require_signer(found, manifest.seller_address)
    if why := differences({it.name: it.sha256 for it in manifest.files}, found.files):
        raise VerificationFailed(f"What was signed is not what the chain committed to: {why}.")


def differences(signed: Mapping[str, str], found: Mapping[str, str]) -> str:
    """What is changed, missing or more, for people; empty where nothing is."""
    told = {
        "changed": [name for name in signed if name in found and found[name] != signed[name]],
        "missing": [name for name in signed if name not in found],
        "more": [name for name in found if name not in signed],
    }
    parts = []
    for word, names in told.items():
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        if names:
            parts.append(f"{word}: {', '.join(sanitise(it, 80) for it in sorted(names)[:5])}{more}")
    return "; ".join(parts)


def _library() -> Any:
    try:
        import model_signing.hashing
        import model_signing.signing
        import model_signing.verifying
    except ImportError:
        raise DaimmError(
            "Signatures of folders need model-signing: install daimm with its 'sign' extra."
        ) from None
    return model_signing


def _hashing() -> Any:
    """Every file, those of git too, which are left out otherwise."""
    return _library().hashing.Config().set_ignored_paths(paths=[], ignore_git_paths=False)


def _found(folder: Path) -> dict[str, str]:
    try:
        found = _hashing().hash(folder).resource_descriptors()
    except (ValueError, OSError) as error:
        raise VerificationFailed(f"{folder} cannot be read: {sanitise(error, 300)}") from None
    return {it.identifier: it.digest.digest_hex for it in found}


def _statement(bundle: bytes) -> tuple[bytes, dict[str, str]]:
    """What was signed, and the files that it names. Raises VerificationFailed for another format,
    and where files were left out of it."""
    try:
        envelope = bounded_json.loads(bundle)["dsseEnvelope"]
        payload = base64.b64decode(envelope["payload"], validate=True)
        predicate = bounded_json.loads(payload)["predicate"]
        if predicate["serialization"] != _SERIALIZATION:
            raise ValueError("it leaves files out, or hashes them in another way")
        told = predicate["resources"]
        if not 0 < len(told) <= MAX_FILES or {it["algorithm"] for it in told} != {"sha256"}:
            raise ValueError("it does not name its files by SHA-256")
        files = {str(it["name"]): str(it["digest"]) for it in told}
        if len(files) < len(told):
            raise ValueError("it names a file twice")
    except (ValueError, KeyError, TypeError) as error:
        raise VerificationFailed(
            f"The signature is not one of `daimm model sign`: {sanitise(error, 120)}."
        ) from None
    return payload, files


def _plain(bundle: bytes, payload: bytes) -> bytes:
    """The bundle with this payload as the one that there is: nobody reads another out of it."""
    told = bounded_json.loads(bundle)
    told["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode()
    return json.dumps(told).encode()


def _binding(path: Path) -> Binding:
    try:
        return Binding.model_validate(bounded_json.loads(_read(path, _SMALL)))
    except (ValidationError, ValueError):
        raise VerificationFailed(
            f"{path} says of no account that it signed: fetch it from who did."
        ) from None


def _typed(chain: int, registry: str, statement: str, signer: str) -> dict[str, Any]:
    """The EIP-712 message that the account signs."""
    return {
        "types": _TYPES,
        "primaryType": "ModelSignature",
        "domain": domain("DAIMM Model Signature", "1", chain, registry),
        "message": {"statement": bytes.fromhex(statement[2:]), "signer": signer},
    }


def _require_files(folder: Path) -> None:
    if not folder.is_dir() or folder.is_symlink():
        raise DaimmError(f"There is no folder '{folder}': name the one with the model's files.")
    if sum(len(names) for _, _, names in os.walk(folder)) not in range(1, MAX_FILES + 1):
        raise DaimmError(f"{folder} has no files, or over {MAX_FILES:,}: name another.")


def _read(path: Path, most: int) -> bytes:
    long = VerificationFailed(f"{path} is over {most >> 10:,} KiB: it is no signature's.")
    return read_bounded(path, most, long)
