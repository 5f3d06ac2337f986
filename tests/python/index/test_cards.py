"""What is said of models, kept and searched."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daimm_cli.base.errors import DaimmError
from daimm_cli.chain.client import Chain
from daimm_cli.index.cards import (
    Card,
    Wanted,
    keep,
    matches,
    named,
    prices,
    standing,
    standings,
    unnamed,
)
from daimm_cli.index.index import Index
from tests.python.chain.samples import published
from tests.python.index.many import FIRST, NOW, address, fill
from tools.chain import LocalChain


@pytest.fixture
def index(chain: Chain, accounts: list[LocalAccount], tmp_path: Path) -> Iterator[Index]:
    """With one model that is on the chain."""
    published(chain, accounts[1])
    with Index.open(tmp_path, chain) as opened:
        opened.sync()
        yield opened


def file_of(folder: Path) -> Path:
    (file,) = folder.glob("index-*.sqlite")
    return file


def card(index: Index, **said: object) -> Card:
    [row] = [row for row in unnamed(index) if row.model == 1]
    empty = Card(1, row.version, row.manifest, NOW)
    return dataclasses.replace(empty, **said)  # type: ignore[arg-type]


def found(index: Index, **wanted: object) -> list[int]:
    return [it.model for it in matches(index, Wanted(**wanted))]  # type: ignore[arg-type]


def test_a_card_is_found_by_its_words_until_another_takes_its_place(index: Index) -> None:
    first = card(index, name="Café detector", summary="Finds it.", words="the tiny brown fox")
    keep(index, [first])
    for search in ("cafe", "CAFÉ det", "fox tiny", "finds", 'fox" "tiny'):
        assert found(index, search=search) == [1], search
    assert found(index, search="fox elephant") == []
    keep(index, [dataclasses.replace(first, name="Other", words=None)])
    assert found(index, search="fox") == []
    assert found(index, search="other") == [1]
    keep(index, [dataclasses.replace(first, name=None, summary=None, words=None, problem="gone")])
    assert found(index, search="other") == []
    assert unnamed(index)[0].problem == "gone"


@given(text=st.text(max_size=60) | st.sampled_from(['"', "a*b", "NEAR(a b)", "name:x", "-a", "^a"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_search_is_a_query_of_its_own(index: Index, text: str) -> None:
    with contextlib.suppress(DaimmError):  # there is no word in it
        found(index, search=text or "x")


def test_a_card_goes_with_the_version_that_it_is_of(
    index: Index, chain: Chain, accounts: list[LocalAccount], local_chain: LocalChain
) -> None:
    made = card(index, name="Tiny", words="fox")
    keep(index, [made])
    keep(
        index, [dataclasses.replace(made, version=2), dataclasses.replace(made, manifest=bytes(32))]
    )
    assert found(index, search="fox") == [], "the manifest is another one"
    keep(index, [made])
    local_chain.reorg(1)
    index.sync()
    assert found(index) == found(index, search="fox") == []
    published(chain, accounts[1])
    index.sync()
    assert [row.model for row in unnamed(index)] == [1]


def test_what_can_be_bought_is_the_same_to_the_database(
    index: Index, chain: Chain, tmp_path: Path
) -> None:
    (rule, *_) = chain.book.rules
    fill(file_of(tmp_path), 500, aim=chain.aim, rule=rule)
    rows = [row for row in index.offers(limit=None) if row.obstacle(NOW) is None]
    sold = sorted((row.offer.model, row.offer.token, row.offer.total) for row in rows)
    assert sorted(prices(index, NOW, [*chain.book.rules])) == sold
    assert 50 < len(sold) < 900
    obstacles = {row.obstacle(NOW) for row in index.offers(limit=None)}
    assert len(obstacles) == 9, "every reason is among them"


def test_filters_and_orders(index: Index, chain: Chain, tmp_path: Path) -> None:
    fill(file_of(tmp_path), 300, aim=chain.aim)
    every = found(index)
    assert every == [*range(FIRST + 299, FIRST - 1, -1), 1]
    assert found(index, sort="oldest") == every[::-1]
    rows = named(index, every)
    assert found(index, format="ONNX") == [it for it in every if rows[it].formats == "onnx"]
    json_too = found(index, format="safetensors")
    assert {rows[it].formats for it in json_too} == {"json safetensors"}
    assert found(index, format="safe") == []
    assert found(index, licence="mit", task="text-generation") == every[:-1]
    assert found(index, owner=address(3)) == [it for it in every if rows[it].owner == address(3)]
    small = found(index, max_size=10**9, sort="size")
    assert small == sorted(small, key=lambda it: (rows[it].size, it * -1))
    assert all((rows[it].size or 0) <= 10**9 for it in small)
    names = [str(rows[it].name).lower() for it in found(index, sort="name")[:-1]]
    assert names == sorted(names)
    assert found(index, sort="name")[-1] == 1, "what has no name comes last"
    assert found(index, search="fox", sort="oldest") == sorted(found(index, search="fox"))


def test_the_standing_is_what_the_events_say(index: Index, chain: Chain, tmp_path: Path) -> None:
    fill(file_of(tmp_path), 300, aim=chain.aim)
    sellers = standings(index)
    rows = named(index, found(index))
    for row in rows.values():
        word = standing(row, sellers)
        assert (word == "wrong") == row.convicted
        assert (word == "retired") == (row.retired and not row.convicted)
    convicted = {row.owner for row in rows.values() if row.convicted}
    sold = {row.offer.seller for row in index.offers(limit=None)}
    assert all(sellers[owner] == "poor" for owner in convicted & sold)
    assert {*sellers.values()} == {"good", "new", "poor"}
    assert standing(rows[1], sellers) == "new"
