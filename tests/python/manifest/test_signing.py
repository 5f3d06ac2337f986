from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from daimm_cli.accounts.accounts import Signer
from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.manifest import canonical, manifest
from daimm_cli.manifest.fields import Manifest, SignedManifest
from daimm_cli.protocol.curve import N

if TYPE_CHECKING:
    from tests.python.manifest.conftest import Case


def resigned(case: Case, changes: dict[str, Any], signer: Signer | None = None) -> SignedManifest:
    """The manifest with other fields, signed anew by `signer` whoever its seller is."""
    body = manifest.make({**case.fields, **changes})
    signer = signer or case.signer
    return manifest.attach(
        body, bytes(signer.sign_typed_data(full_message=manifest.typed_data(body)).signature)
    )


def test_the_sellers_signature_holds(case: Case) -> None:
    manifest.verify(case.signed)
    manifest.verify(manifest.parse(manifest.encode(case.signed)))


def test_an_independent_library_recovers_the_seller(case: Case) -> None:
    body = case.body
    message = {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            "Manifest": [
                {"name": "digest", "type": "bytes32"},
                {"name": "seller", "type": "address"},
                {"name": "label", "type": "bytes32"},
            ],
        },
        "primaryType": "Manifest",
        "domain": {
            "name": "DAIMM Manifest",
            "version": "1",
            "chainId": 31337,
            "verifyingContract": "0x5FbDB2315678afecb367f032d93F642f64180aa3",
        },
        "message": {
            "digest": manifest.digest(body),
            "seller": case.signer.address,
            "label": case.label,
        },
    }
    signable = encode_typed_data(full_message=message)
    signature = case.signed.signature.value
    assert Account.recover_message(signable, signature=signature) == case.signer.address
    assert case.signer.address == body.seller_address


def test_another_account_cannot_sign_as_the_seller(case: Case) -> None:
    other = Signer(b"\x33" * 32)
    with pytest.raises(DaimmError, match="sign with the seller's account"):
        manifest.sign(case.body, other)
    with pytest.raises(VerificationFailed, match="not signed by its seller"):
        manifest.verify(resigned(case, {}, other))


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Another"},
        {"version": "2"},
        {"description": "Other"},
        {"parents": []},
        {"benchmarks": []},
        {"card": "other"},
        {"extensions": {"x": 1}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_changed_body_is_not_signed(case: Case, changes: dict[str, Any]) -> None:
    body = manifest.make({**case.fields, **changes})
    forged = manifest.attach(body, bytes.fromhex(case.signed.signature.value[2:]))
    with pytest.raises(VerificationFailed, match="not signed by its seller"):
        manifest.verify(forged)
    manifest.verify(resigned(case, changes))


def test_a_signature_is_good_for_one_registry_chain_and_label(case: Case) -> None:
    body = case.body
    base = manifest.signing_hash(body)
    address = body.registry_address
    seller = body.seller_address
    line = body.key_line.model_copy(update={"label": "0x" + "00" * 32})
    for update in (
        {"registry": f"eip155:31337:{seller}"},
        {"registry": f"eip155:1:{address}", "seller": f"eip155:1:{seller}"},
        {"seller": f"eip155:31337:{address}"},
        {"key_line": line},
    ):
        assert manifest.signing_hash(body.model_copy(update=update)) != base


def malleable(signature: bytes) -> bytes:
    """The other signature that recovers the same key."""
    s = N - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])


@pytest.mark.parametrize(
    "change",
    [
        lambda good: malleable(good),
        lambda good: good[:64],
        lambda good: good + b"\0",
        lambda good: good[:64] + bytes([good[64] - 27]),
        lambda good: good[:64] + b"\x1d",
        lambda good: bytes(64) + b"\x1b",
        lambda good: b"\xff" * 64 + b"\x1b",
        lambda good: good[:32] + bytes(32) + good[64:],
        lambda good: bytes([good[0] ^ 1]) + good[1:],
        lambda good: b"\x01",
    ],
)
def test_a_malformed_or_malleable_signature_is_refused(case: Case, change: Any) -> None:
    good = bytes.fromhex(case.signed.signature.value[2:])
    with pytest.raises(VerificationFailed, match="not signed by its seller"):
        manifest.verify(manifest.attach(case.body, change(good)))


def test_a_contract_may_be_the_seller(case: Case) -> None:
    contract = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
    seller = f"eip155:31337:{contract}"
    fields = case.fields
    fields["seller"] = seller
    fields["key_line"] = manifest.key_line_part(
        case.a,
        case.label,
        seller=seller,
        registry=fields["registry"],
        commitment=bytes.fromhex(fields["artifact"]["commitment"][2:]),
    )
    body = manifest.make(fields)
    signed = manifest.attach(body, b"by the owners")
    asked: list[tuple[str, bytes, bytes]] = []

    def accepts(account: str, message_hash: bytes, signature: bytes) -> bool:
        asked.append((account, message_hash, signature))
        return signature == b"by the owners"

    manifest.verify(signed, erc1271=accepts)
    assert asked == [(contract, manifest.signing_hash(body), b"by the owners")]
    with pytest.raises(VerificationFailed):
        manifest.verify(signed)
    with pytest.raises(VerificationFailed):
        manifest.verify(manifest.attach(body, b"by a stranger"), erc1271=accepts)


def test_a_key_is_not_asked_of_the_chain(case: Case) -> None:
    def never(*_: object) -> bool:
        raise AssertionError

    manifest.verify(case.signed, erc1271=never)


def stolen(case: Case, update: dict[str, Any]) -> Manifest:
    """A body whose key line was proven for something else."""
    return case.body.model_copy(update=update)


def test_the_lines_proof_is_bound_to_seller_registry_artifact_and_label(case: Case) -> None:
    body = case.body
    manifest.verify_key_line(body)
    artifact = body.artifact.model_copy(update={"commitment": "0x" + "01" * 32})
    label = body.key_line.model_copy(update={"label": "0x" + "01" * 32})
    for update in (
        {"seller": "eip155:31337:0x70997970C51812dc3A010C7d01b50e0d17dc79C8"},
        {"registry": "eip155:31337:0x70997970C51812dc3A010C7d01b50e0d17dc79C8"},
        {"artifact": artifact},
        {"key_line": label},
    ):
        with pytest.raises(VerificationFailed, match="don't buy"):
            manifest.verify_key_line(stolen(case, update))


def test_who_copies_a_listing_cannot_sell_it_as_his_own(case: Case) -> None:
    thief = Signer(b"\x44" * 32)
    fields = {"seller": f"eip155:31337:{thief.address}"}
    with pytest.raises(VerificationFailed, match="has not shown that they know this line's key"):
        manifest.verify(resigned(case, fields, thief))


def test_signatures_have_bounds(case: Case) -> None:
    for signature in (b"", b"x" * 4097):
        with pytest.raises(DaimmError, match="A signature has"):
            manifest.attach(case.body, signature)
    value = canonical.decode(manifest.encode(case.signed))
    for wrong in ("0x", "0xABCD", "abcd", "0x" + "00" * 4097, "0x123"):
        value["signature"]["value"] = wrong
        with pytest.raises(DaimmError, match=r"signature\.value"):
            manifest.parse(canonical.encode(value))
