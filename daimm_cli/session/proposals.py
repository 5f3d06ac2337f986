"""What a Safe's owners hand to each other: a file with what is to be signed, and the signatures.

>>> file = keep(home, proposal)                     # safe/31337/<hash>.json in the home
>>> proposal = read(file, Safe.at(node, address))   # by another owner, at their home
>>> write(file, proposal.signed_by([bob]))

A transaction has the fields of Safe's transaction service. A message has the manifest that it is
about, from which its hash is made here. A file comes from others: nothing in it is believed that is
not computed anew, and what could do more than call a contract is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from daimm_cli.accounts.safe.safe import Safe, SafeMessage, SafeTx
from daimm_cli.accounts.safe.safe_account import Proposal
from daimm_cli.base import bounded_json, records
from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.base.text import sanitise
from daimm_cli.bindings.values import checksummed, word
from daimm_cli.chain.terms import ZERO_ADDRESS
from daimm_cli.manifest import manifest as manifests
from daimm_cli.manifest.canonical import MAX_DEPTH
from daimm_cli.manifest.fields import Manifest

MAX_FILE_BYTES = 4 << 20
MAX_SIGNATURES = 100
_HEX = re.compile(r"0x(?:[0-9a-fA-F]{2})*", re.ASCII)
_NUMBER = re.compile(r"0|[1-9][0-9]{0,77}", re.ASCII)
_NO_REFUND = {"safeTxGas": 0, "baseGas": 0, "gasPrice": 0}
_NOBODY = ("gasToken", "refundReceiver")


def keep(home: Path, proposal: Proposal) -> Path:
    """Write the proposal to its place in a home, where `known` finds it."""
    file = _place(home, proposal.safe, proposal.hash)
    write(file, proposal)
    return file


def known(home: Path, safe: Safe, digest: bytes) -> dict[str, bytes]:
    """What owners signed of a hash, as far as the home has it."""
    file = _place(home, safe, digest)
    kept = read(file, safe) if file.exists() else None
    return dict(kept.signatures) if kept and kept.hash == digest else {}


def _place(home: Path, safe: Safe, digest: bytes) -> Path:
    return home / "safe" / str(safe.chain_id) / f"0x{digest.hex()}.json"


def write(file: Path, proposal: Proposal) -> None:
    """Write the file, whole or not at all, readable by its owner alone."""
    safe = proposal.safe
    data: dict[str, Any] = {"chainId": safe.chain_id, "safe": safe.address}
    if isinstance(proposal.content, SafeTx):
        tx = proposal.content
        data |= {
            "to": tx.to, "value": str(tx.value), "data": "0x" + tx.data.hex(), "operation": 0,
            **dict.fromkeys(_NO_REFUND, "0"), **dict.fromkeys(_NOBODY, ZERO_ADDRESS),
            "nonce": tx.nonce, "safeTxHash": "0x" + proposal.hash.hex(),
        }  # fmt: skip
    else:
        about = json.loads(proposal.about or b"null")
        data |= {"manifest": about, "messageHash": "0x" + proposal.hash.hex()}
    data["confirmations"] = [
        {"owner": owner, "signature": "0x" + signature.hex(), "signatureType": "EOA"}
        for owner, signature in proposal.signatures.items()
    ]
    records.keep(file, data, indent=2)


def read(file: Path, safe: Safe) -> Proposal:
    """The proposal in a file, for this Safe on this chain.

    Raises DaimmError where it is none, VerificationFailed where it is for another Safe or chain,
    could do more than a plain call, or its hash or a signature is false.
    """
    data = _load(file)
    if _number(data, "chainId") != safe.chain_id:
        raise VerificationFailed(
            f"{file} is for chain {_number(data, 'chainId')}, and the node is on chain "
            f"{safe.chain_id}: choose the other profile, or don't sign it."
        )
    if checksummed(data.get("safe"), "file's Safe") != safe.address:
        raise VerificationFailed(
            f"{file} is for the Safe {checksummed(data.get('safe'))}, not for {safe.address}: "
            "choose its profile, or don't sign it."
        )
    if "manifest" in data and "to" not in data:
        body = _manifest(data["manifest"], safe)
        proposal = Proposal(
            safe, SafeMessage(manifests.signing_hash(body)), {}, manifests.encode(body)
        )
        claimed = data.get("messageHash")
    else:
        proposal = Proposal(safe, _transaction(data, file), {})
        claimed = data.get("safeTxHash", data.get("contractTransactionHash"))
    if claimed is not None and word(claimed, "file's hash") != proposal.hash:
        raise VerificationFailed(
            f"The hash in {file} is not of what the file holds: it was changed, don't sign it."
        )
    signatures = _signatures(data.get("confirmations", []), file)
    safe.valid(proposal.hash, signatures)
    return Proposal(safe, proposal.content, signatures, proposal.about)


def manifest_of(proposal: Proposal) -> Manifest:
    """The manifest that a message is about."""
    return manifests.make(json.loads(proposal.about))


def _load(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise DaimmError(f"Cannot read {file}: {error.strerror}.") from None
    try:
        data = bounded_json.loads(raw, depth=MAX_DEPTH + 1) if len(raw) <= MAX_FILE_BYTES else None
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise DaimmError(f"{file} is not what owners of a Safe sign: get the file again.")
    return data


def _transaction(data: Mapping[str, Any], file: Path) -> SafeTx:
    if _number(data, "operation") != 0:
        raise VerificationFailed(
            f"{file} asks for a delegatecall, which can take the Safe over: it is refused."
        )
    refund = any(_number(data, name, 0) for name in _NO_REFUND)
    refund |= any(
        data.get(name) is not None and checksummed(data[name], name) != ZERO_ADDRESS
        for name in _NOBODY
    )
    if refund:
        raise VerificationFailed(
            f"{file} sets the gas or a refund for it out of the Safe, as daimm never does: it is "
            "refused."
        )
    called = data.get("data") or "0x"
    if not isinstance(called, str) or not _HEX.fullmatch(called):
        raise DaimmError(f"{file} has no call data that can be read: get the file again.")
    return SafeTx(
        to=checksummed(data.get("to"), "file's target"),
        data=bytes.fromhex(called[2:]),
        nonce=_number(data, "nonce"),
        value=_number(data, "value", 0),
    )


def _manifest(fields: Any, safe: Safe) -> Manifest:
    if not isinstance(fields, dict):
        raise DaimmError("The file has no manifest to sign: get it again.")
    body = manifests.make(fields)
    seller = f"eip155:{safe.chain_id}:{safe.address}"
    if body.seller != seller or body.chain_id != safe.chain_id:
        raise VerificationFailed(
            f"The manifest in the file is {sanitise(body.seller)}'s, not the Safe's: don't sign it."
        )
    manifests.verify_key_line(body)
    return body


def _signatures(listed: Any, file: Path) -> dict[str, bytes]:
    if not isinstance(listed, list) or len(listed) > MAX_SIGNATURES:
        raise DaimmError(f"The signatures in {file} cannot be read: get the file again.")
    found: dict[str, bytes] = {}
    for entry in listed:
        value = entry.get("signature") if isinstance(entry, dict) else None
        if not isinstance(value, str) or not _HEX.fullmatch(value) or len(value) != 132:
            raise DaimmError(
                f"A signature in {file} is of a kind that daimm does not check (it takes those of "
                "keys over the typed data): let the owner sign with `daimm safe sign`."
            )
        found[checksummed(entry.get("owner"), "owner")] = bytes.fromhex(value[2:])
    return found


def _number(data: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """A whole number as JSON has it or as text; raises DaimmError for anything else."""
    value = data.get(name, default)
    if type(value) is int and 0 <= value < 1 << 256:
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value) and int(value) < 1 << 256:
        return int(value)
    raise DaimmError(f"The file's '{name}' is not a number: get the file again.")
