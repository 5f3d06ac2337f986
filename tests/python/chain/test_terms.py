"""Structs and ids: the shared vectors, the ABIs that ship, and values that don't fit."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.values import Struct, checksummed, encode
from daimm_cli.chain import terms
from daimm_cli.chain.client import Chain
from daimm_cli.chain.terms import Bps, Offer, Order, Parent, Purchase, Version
from tests.python.chain import samples
from tools import terms_vectors

VECTORS = json.loads(terms_vectors.PATH.read_text())
SOMEBODY = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
STRUCTS: dict[str, type[Struct]] = {
    "Offer": Offer,
    "Purchase": Purchase,
    "Order": Order,
    "Version": Version,
    "Parent": Parent,
}


def test_the_vectors_are_what_their_tool_writes() -> None:
    assert terms_vectors.generate() == VECTORS


@pytest.mark.parametrize("market", VECTORS["markets"], ids=lambda m: m["chain_id"])
def test_ids_are_the_vectors(market: dict[str, Any]) -> None:
    where = int(market["chain_id"]), market["market"]
    assert terms.domain(*where).hex() == market["domain"][2:]
    for vector in market["offers"]:
        offer = Offer.from_json(vector["json"])
        assert encode([Offer.abi_type()], [offer.to_abi()]).hex() == vector["abi"][2:]
        assert terms.offer_id(*where, offer).hex() == vector["id"][2:]
    for vector in market["orders"]:
        order = Order.from_json(vector["json"])
        identity = terms.order_id(*where, bytes.fromhex(vector["offer"][2:]), order)
        assert identity.hex() == vector["id"][2:]
        assert terms.license_id(market["market"], identity) == int(vector["license"], 16)


@pytest.mark.parametrize("vector", VECTORS["versions"])
def test_version_digests_are_the_vectors(vector: dict[str, Any]) -> None:
    details = Version.from_json(vector["details"]["json"])
    parents = [Parent.from_json(parent) for parent in vector["parents"]["json"]]
    assert terms.parents_hash(parents).hex() == vector["parents_hash"][2:]
    digest = terms.version_digest(vector["model"], vector["version"], details, parents)
    assert digest.hex() == vector["digest"][2:]


def test_ids_are_the_contracts_own(chain: Chain) -> None:
    ask, market = chain.node.view, chain.deployed.market
    offer = samples.offer(SOMEBODY, chain.aim)
    offer_id = ask(market.offer_id_of(offer))
    assert chain.offer_id(offer) == offer_id
    order = Order(
        SOMEBODY, SOMEBODY, SOMEBODY, 2, samples.BUYER_KEY.point, 5, 1, samples.fresh_word()
    )
    order_id = ask(market.order_id_of(offer_id, order))
    assert chain.order_id(offer_id, order) == order_id
    licence = ask(chain.deployed.licenses.license_id_of(chain.market, order_id))
    assert chain.license_id(order_id) == licence
    assert ask(market.domain()) == terms.domain(chain.node.chain_id, chain.market)


@pytest.mark.parametrize("name", STRUCTS)
def test_json_and_abi_lead_back(name: str) -> None:
    struct = STRUCTS[name]
    made: list[Struct] = [
        *terms_vectors.offers().values(),
        *terms_vectors.orders().values(),
        *(details for _, _, details, _ in terms_vectors.versions()),
        *(parent for _, _, _, parents in terms_vectors.versions() for parent in parents),
        Purchase(samples.BUYER_KEY.point, 2**128 - 1, Bps(2**16 - 1), 2**40 - 1, b"\1" * 32),
    ]
    tried = [value for value in made if isinstance(value, struct)]
    assert tried
    for value in tried:
        assert struct.from_abi(value.to_abi()) == value
        text = json.dumps(value.to_json())
        assert struct.from_json(json.loads(text)) == value


OFFER = terms_vectors.offers()["ordinary"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seller", "0x123"),
        ("seller", "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"),
        ("seller", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD"),
        ("seller", 5),
        ("model", -1),
        ("model", 2**32),
        ("model", "7"),
        ("model", True),
        ("model", 7.0),
        ("version", 2**16),
        ("transferable", 1),
        ("line", (0, 1)),
        ("line", (1,)),
        ("line", "point"),
        ("price", 2**128),
        ("expires_at", 2**40),
        ("salt", b"short"),
        ("salt", "0x" + "0" * 63),
        ("salt", None),
    ],
)
def test_values_that_do_not_fit_are_refused(field: str, value: Any) -> None:
    with pytest.raises(DaimmError):
        dataclasses.replace(OFFER, **{field: value})


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {**OFFER.to_json(), "more": 1},
        {k: v for k, v in OFFER.to_json().items() if k != "salt"},
        {**OFFER.to_json(), "price": 10},
        {**OFFER.to_json(), "price": "1e3"},
        {**OFFER.to_json(), "price": "-1"},
        {**OFFER.to_json(), "price": "9" * 79},
        {**OFFER.to_json(), "price": "\u0661"},
        {**OFFER.to_json(), "line": {"x": "0x1"}},
        {**OFFER.to_json(), "line": {"x": "0x1", "y": "0x2"}},
        {**OFFER.to_json(), "line": [1, 2]},
        {**OFFER.to_json(), "model": [[]]},
    ],
)
def test_json_that_is_no_offer_is_refused(data: Any) -> None:
    with pytest.raises(DaimmError):
        Offer.from_json(data)


def test_abi_tuples_of_another_length_are_refused() -> None:
    with pytest.raises(DaimmError, match="no offer"):
        Offer.from_abi(OFFER.to_abi()[:-1])


def test_unknown_relations_are_refused() -> None:
    with pytest.raises(DaimmError, match="no relation 5"):
        Parent(1, 1, 5)  # type: ignore[arg-type]


def test_addresses_are_spelled_with_their_checksum() -> None:
    for spelling in (SOMEBODY, SOMEBODY.lower(), "0x" + SOMEBODY[2:].upper()):
        assert checksummed(spelling) == SOMEBODY


def test_the_vectors_cover_both_ends_of_each_type() -> None:
    offers = terms_vectors.offers()
    assert offers["most"].price == 2**128 - 1
    assert offers["least"].price == 0
