"""Address books: where they are found, and what is refused."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain import book as books
from daimm_cli.chain.book import Book, Entry

MARKET = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
OTHER = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"


def made(address: str = MARKET, chain_id: int = 77) -> Book:
    entry = Entry(address, ("1", [["a", "2"]]), 12, b"\1" * 32, b"\2" * 32)
    return Book(chain_id, {"Market": entry})


def test_a_book_leads_back_and_is_sorted(tmp_path: Path) -> None:
    file = books.save(made(), tmp_path)
    assert file == tmp_path / "77.json"
    assert books.read(file, 77) == made()
    text = file.read_text()
    assert json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n" == text
    assert "abi" not in text


def test_the_environment_comes_before_the_home_and_the_home_before_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "PUBLIC", tmp_path / "public")
    env = {"DAIMM_DEPLOYMENTS": str(tmp_path / "chosen"), "DAIMM_HOME": str(tmp_path / "home")}
    books.save(made(OTHER), tmp_path / "public")
    assert books.load(77, env).address("Market") == OTHER
    books.save(made(), tmp_path / "home" / "deployments")
    assert books.load(77, env).address("Market") == MARKET
    books.save(made(OTHER), tmp_path / "chosen")
    assert books.load(77, env).address("Market") == OTHER


def test_local_books_stay_out_of_the_package(tmp_path: Path) -> None:
    home = {"DAIMM_HOME": str(tmp_path)}
    assert books.folder_to_write(31337, home) == tmp_path / "deployments"
    assert books.folder_to_write(11155111, home) == books.PUBLIC
    chosen = {**home, "DAIMM_DEPLOYMENTS": str(tmp_path / "d")}
    assert books.folder_to_write(11155111, chosen) == tmp_path / "d"


def test_an_unknown_chain_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DaimmError, match="No contracts of DAIMM are known on chain 5") as refused:
        books.load(5, {"DAIMM_HOME": str(tmp_path)})
    assert "ape run deploy" in (refused.value.hint or "")


def test_a_contract_that_the_chain_lacks() -> None:
    with pytest.raises(DaimmError, match=r"Chain 77 has no Faucet: .* `ape run deploy`"):
        made().address("Faucet")


def _entry(**changes: Any) -> str:
    data = json.loads(made().to_json())
    data["contracts"]["Market"] |= changes
    return json.dumps(data)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "{'a'",
        '{"chain_id": 77}',
        '{"chain_id": "77", "contracts": {}}',
        '{"chain_id": 77, "contracts": []}',
        '{"chain_id": 77, "contracts": {"Market": 5}}',
        '{"chain_id": 77, "contracts": {}, "former": 5}',
        '{"chain_id": 77, "contracts": {}, "former": [{"Market": 5}]}',
        _entry(address="0x12"),
        _entry(address=MARKET[:-1] + "D"),
        _entry(block=-1),
        _entry(block="1"),
        _entry(arguments={}),
        _entry(code_hash="0x1"),
        _entry(transaction=None),
        _entry(more=1),
        "[" * 100_000,
        '{"chain_id": 77, "contracts": {}}' + " " * books.MAX_BOOK_BYTES,
    ],
    ids=lambda text: text[:60],
)
def test_a_damaged_book_is_named(text: str, tmp_path: Path) -> None:
    file = tmp_path / "77.json"
    file.write_text(text)
    with pytest.raises(DaimmError, match=r"77\.json"):
        books.read(file, 77)


def test_a_book_that_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "77.json"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(DaimmError, match=r"77\.json"):
        books.read(file, 77)


def test_the_book_of_another_chain_is_refused(tmp_path: Path) -> None:
    file = books.save(made(chain_id=78), tmp_path)
    file.rename(tmp_path / "77.json")
    with pytest.raises(DaimmError, match="book of chain 78, not 77"):
        books.read(tmp_path / "77.json", 77)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_book_that_cannot_be_read(tmp_path: Path) -> None:
    file = books.save(made(), tmp_path)
    file.chmod(0)
    with pytest.raises(DaimmError, match="cannot be read"):
        books.read(file, 77)


def address(number: int) -> str:
    return checksummed(f"0x{number:040x}")


def entry(number: int, *arguments: Any) -> Entry:
    return Entry(address(number), arguments, number, b"\1" * 32, b"\2" * 32)


def upgraded() -> Book:
    """Two markets replaced, the second one by a registry's replacement."""
    first = Book(77, {"AIM": entry(1), "Registry": entry(2), "Market": entry(3, address(2))})
    bonded = replace(first, contracts={**first.contracts, "Bonds": entry(4, address(3), "7")})
    second = bonded.succeeded("Market")
    new = {"Market": entry(5, [["x", address(2)]]), "Rebates": entry(6, address(5))}
    third = replace(second, contracts={**second.contracts, **new}).succeeded("Registry")
    newest = {"Registry": entry(7), "Market": entry(8, address(7)), "Bonds": entry(9, address(8))}
    return replace(third, contracts={**third.contracts, **newest})


def addresses(book: Book) -> dict[str, str]:
    return {name: entry.address for name, entry in book.contracts.items()}


def test_what_was_built_on_a_contract_is_replaced_with_it() -> None:
    first, second = upgraded().former
    assert set(first) == {"Market", "Bonds"}
    assert set(second) == {"Registry", "Market", "Rebates"}


def test_a_former_market_has_the_contracts_of_its_time(tmp_path: Path) -> None:
    book = books.read(books.save(upgraded(), tmp_path), 77)
    assert book == upgraded()
    assert book.of(address(8)) is book
    former = {"AIM": address(1), "Registry": address(2), "Market": address(5)}
    assert addresses(book.of("former")) == {**former, "Rebates": address(6)}
    assert book.of("former") == book.of(address(5))
    oldest = {**former, "Market": address(3), "Bonds": address(4)}
    assert addresses(book.of(address(3))) == oldest
    assert book.of("former").of("former") == book.of(address(3))


def test_a_market_that_there_never_was_is_refused() -> None:
    with pytest.raises(DaimmError, match="no former market: leave --market out"):
        made().of("former")
    with pytest.raises(DaimmError, match="no such market"):
        upgraded().of(address(1))
    with pytest.raises(DaimmError, match="market"):
        upgraded().of("0x12")


def test_what_was_replaced_is_not_replaced_again() -> None:
    with pytest.raises(DaimmError, match="has no Market"):
        made().succeeded("Market").succeeded("Market")


def test_a_market_that_is_not_deployed_yet_has_a_former_one() -> None:
    assert made().succeeded("Market").of("former") == made()
