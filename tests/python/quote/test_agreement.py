"""Whether each thing that a manifest says is held against the chain, and named where it is not."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.artifact.unixfs import Cid
from daimm_cli.chain.client import Chain
from daimm_cli.index.index import Index
from daimm_cli.index.rows import VersionRow
from daimm_cli.manifest import manifest
from daimm_cli.quote import agreement
from tests.python.cli.conftest import Person, write_model
from tests.python.cli.test_buying import Forger, blocks, same
from tests.python.quote.conftest import Quote, false, says

WORD = b"\x11" * 32


def test_a_forger_who_changes_nothing_passes(buyer: Person, forger: Forger, quote: Quote) -> None:
    data, _ = quote(buyer, forger.publish(forger.altered(same)))
    assert false(data) == set()
    assert "registered before, as model 1" in data["warning"]


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"artifact": WORD}, "roots"),
        ({"plaintext_root": WORD}, "roots"),
        ({"terms": WORD}, "terms"),
    ],
)
def test_what_the_chain_committed_to(
    buyer: Person, forger: Forger, quote: Quote, changes: dict[str, Any], check: str
) -> None:
    data, ran = quote(buyer, forger.publish(forger.altered(same), **changes))
    assert false(data) == {check}
    assert "not what the chain committed to" in says(data, check)
    assert f"see {check} under Checks" in ran.err


def test_parents_that_the_chain_does_not_have(buyer: Person, forger: Forger, quote: Quote) -> None:
    parent = {"model": 1, "version": 1, "relation": "fine-tune"}
    forged = forger.altered(lambda fields: {**fields, "parents": [parent]})
    assert false(quote(buyer, forger.publish(forged))[0]) == {"parents"}


def test_a_key_line_that_is_not_the_versions(
    buyer: Person, forger: Forger, seller: Person, tmp_path: Any, quote: Quote
) -> None:
    """The line of another of the seller's models, so that nobody could deliver."""
    other = write_model(tmp_path / "other.safetensors")
    made = seller.json("model", "publish", other, "--license", "MIT", "--price", "1", "--yes")
    with forger.store.open(made["manifest"]) as content:
        line = manifest.parse(content.read()).key_line.point
    data, _ = quote(buyer, forger.publish(forger.altered(same), line=line))
    assert false(data) == {"key line"}


def test_a_key_line_of_somebody_else(
    buyer: Person, forger: Forger, chain: Chain, accounts: list[LocalAccount], quote: Quote
) -> None:
    thief = accounts[6]
    name = f"eip155:{chain.node.chain_id}:{thief.address}"
    stolen = forger.altered(lambda fields: {**fields, "seller": name}, by=thief)
    data, _ = quote(buyer, forger.publish(stolen, by=thief))
    assert false(data) == {"line proof"}


def test_a_manifest_that_nobody_signed(
    buyer: Person, forger: Forger, accounts: list[LocalAccount], quote: Quote
) -> None:
    unsigned = forger.altered(same, by=accounts[6])
    data, _ = quote(buyer, forger.publish(unsigned))
    assert false(data) == {"signature"}


def test_a_manifest_of_somebody_else(
    buyer: Person, forger: Forger, accounts: list[LocalAccount], quote: Quote
) -> None:
    data, _ = quote(buyer, forger.publish(forger.signed, by=accounts[6]))
    assert false(data) == {"seller"}
    assert "it was copied" in says(data, "seller")


def test_a_manifest_for_another_registry(
    buyer: Person, forger: Forger, chain: Chain, quote: Quote
) -> None:
    name = f"eip155:{chain.node.chain_id}:{chain.market}"
    other = forger.altered(lambda fields: {**fields, "registry": name})
    assert false(quote(buyer, forger.publish(other))[0]) == {"registry", "line proof"}


def test_a_manifest_that_is_none(buyer: Person, forger: Forger, quote: Quote) -> None:
    cid = forger.store.put_bytes(b"<html>\x1b[31mgone</html>")
    data, ran = quote(buyer, forger.publish(forger.altered(same), manifest=Cid.parse(cid).digest))
    assert false(data) == {"manifest"}
    needing = ("roots", "digest list", "terms", "parents", "key line", "line proof", "registry")
    assert {data["results"][name] for name in (*needing, "signature", "seller")} == {"unknown"}
    assert data["files"]["size"] is None
    assert data["name"] is None
    assert "\x1b" not in ran.out + ran.err
    assert "no manifest" in buyer.type("quote", data["offer"]).out


def test_a_damaged_manifest_in_the_own_store(
    buyer: Person, published: dict[str, Any], quote: Quote
) -> None:
    quote(buyer, published["offer"])
    blocks(buyer.home, published["manifest"]).write_bytes(b"{}")
    data, _ = quote(buyer, published["offer"])
    assert false(data) >= {"manifest", "sources"}
    assert "damaged in the local store" in says(data, "manifest")


def test_a_digest_list_that_leads_elsewhere(
    buyer: Person, forger: Forger, tmp_path: Any, quote: Quote
) -> None:
    right = forger.signed.artifact.digests_cid
    listed = bytearray(blocks(forger.seller.home, right).read_bytes())
    listed[100] ^= 1
    (tmp_path / "list").write_bytes(listed)
    wrong = forger.store.put_bytes((tmp_path / "list").read_bytes())
    forged = forger.altered(
        lambda fields: {**fields, "artifact": fields["artifact"] | {"digests_cid": wrong}}
    )
    data, _ = quote(buyer, forger.publish(forged))
    assert false(data) == {"digest list"}


def test_a_long_digest_list_is_left_to_buying(
    buyer: Person, published: dict[str, Any], quote: Quote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreement, "MAX_LIST", 1000)
    data, _ = quote(buyer, published["offer"])
    assert data["results"]["digest list"] == "unknown"
    assert "`daimm buy` checks it" in says(data, "digest list")
    assert not blocks(buyer.home, published["digests"]).exists()


def test_events_that_the_registry_does_not_bear_out(
    buyer: Person, offer: str, quote: Quote, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a node or a damaged index may tell: the same but for its split."""
    versions = Index.versions

    def altered(self: Index, model: int, *, version: int | None = None) -> list[VersionRow]:
        return [
            dataclasses.replace(row, details=dataclasses.replace(row.details, payee=WORD))
            for row in versions(self, model, version=version)
        ]

    monkeypatch.setattr(Index, "versions", altered)
    data, _ = quote(buyer, offer)
    assert false(data) == {"version"}
