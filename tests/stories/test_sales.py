"""Whole sales through the command line, and what is true of the money at their end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.chain.book import Book
from daimm_cli.chain.client import Chain
from daimm_cli.index.index import Index
from tests.python.cli.conftest import AIM, Person, write_model
from tools.chain import LocalChain

DAY = 86_400


def market_owes_what_it_holds(chain: Chain, folder: Path) -> None:
    """Escrow of pending orders and those in inspection, and credits, are the market's balance."""
    with Index.open(folder / "audit", chain) as index:
        index.sync()
        escrow = 0
        for row in index.orders():
            paid = {"pending": row.offer.total, "inspection": row.order.price}
            escrow += paid.get(row.state.value, 0)
        owed = [credit for credit in index.credits() if credit.ledger == "Market"]
        for credit in owed:
            assert chain.credit(credit.payee, credit.token, credit.account) == credit.amount
    assert chain.balance(chain.aim, chain.market) == escrow + sum(credit.amount for credit in owed)


def test_a_year_in_the_life_of_a_model(
    person: Callable[..., Person],
    seller: Person,
    buyer: Person,
    chain: Chain,
    local_chain: LocalChain,
    accounts: list[LocalAccount],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    files = [write_model(tmp_path / f"v{n}.safetensors") for n in (1, 2, 3)]
    terms = ("--license", "MIT", "--yes")

    # A first version with an inspection; the buyer looks, and accepts.
    made = seller.json(
        *("model", "publish", files[0], *terms, "--price", "10", "--inspection", "2d"),
        *("--delivery-fee", "0.25", "--through", "4095"),
    )
    first = buyer.json("buy", made["offer"], "--yes")["orders"][0]
    seller("order", "deliver", first["order"], "--yes")
    buyer("license", "fetch", first["license"], "--output", "opened-1")
    assert Path("opened-1").read_bytes() == files[0].read_bytes()
    buyer("order", "accept", first["order"], "--yes")
    market_owes_what_it_holds(chain, tmp_path)

    # A second one on the same line opens with the key that the buyer has.
    seller("model", "add-version", 1, files[1], *terms, "--line-of", "1")
    buyer("license", "fetch", first["license"], "--version", 2, "--output", "opened-2")
    assert Path("opened-2").read_bytes() == files[1].read_bytes()

    # A third one has a line of its own: the old licence ends before it, a new one is for sale.
    seller("model", "add-version", 1, files[2], *terms)
    told = buyer.refused("license", "fetch", first["license"], "--version", 3, "--output", "no")
    assert "key line of its own" in told
    offer = seller.json("offer", "open", 1, "--version", 3, "--price", "20", "--yes")["offer"]
    offer = seller.json("offer", "replace", offer, "--price", "15", "--yes")["offer"]
    orders = buyer.json("buy", offer, made["offer"], "--max-price", "25.25", "--yes")["orders"]
    by_offer = {order["offer"]: order for order in orders}
    seller("order", "deliver", by_offer[offer]["order"], "--yes")
    seller("order", "decline", by_offer[made["offer"]]["order"], "--yes")
    buyer("license", "fetch", by_offer[offer]["license"], "--output", "opened-3")
    assert Path("opened-3").read_bytes() == files[2].read_bytes()
    market_owes_what_it_holds(chain, tmp_path)

    # A second buyer waits in vain and takes his money back; a third one's inspection runs out.
    second, third = (person(f"buyer-{n}", n, money=50 * AIM, source=seller) for n in (3, 4))
    late = second.json("buy", made["offer"], "--yes")["orders"][0]["order"]
    kept = third.json("buy", made["offer"], "--yes")["orders"][0]["order"]
    seller("order", "deliver", kept, "--yes")
    local_chain.travel(3 * DAY)
    second("order", "refund", late, "--yes")
    seller("order", "settle", kept, "--yes")
    market_owes_what_it_holds(chain, tmp_path)

    # Nothing more is sold; what was sold still opens.
    seller("model", "retire", 1, 1, "--yes")
    third.refused("buy", made["offer"], "--yes", status=3)
    license_id = third.json("order", "show", kept)["license"]
    third("license", "fetch", license_id, "--output", "opened-4")
    assert Path("opened-4").read_bytes() == files[0].read_bytes()

    # Everybody collects; the market is empty but for the protocol's fees.
    for who in (seller, buyer, second):
        who("withdraw", "--yes")
    fees = (10 + 15 + 10) * AIM // 100
    assert chain.balance(chain.aim, chain.market) == fees
    assert chain.credit(accounts[0].address, chain.aim) == fees
    earned = (10 + 15 + 10) * AIM - fees + 2 * AIM // 4
    assert chain.balance(chain.aim, seller.account.address) == earned
    assert chain.balance(chain.aim, buyer.account.address) == 100 * AIM - 25 * AIM - AIM // 4
    assert chain.balance(chain.aim, second.account.address) == 50 * AIM
    market_owes_what_it_holds(chain, tmp_path)


def test_a_purchase_that_a_re_org_takes_back_is_bought_again(
    seller: Person,
    buyer: Person,
    model_file: Path,
    chain: Chain,
    local_chain: LocalChain,
    deployed: Book,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    offer = seller.json(
        "model", "publish", model_file, "--license", "MIT", "--price", "10", "--yes"
    )["offer"]
    before = local_chain.snapshot()
    lost = buyer.json("buy", offer, "--yes")["orders"][0]["order"]
    assert seller.json("order", "list")[0]["order"] == lost
    local_chain.revert(before)
    local_chain.mine(3)
    assert buyer.json("order", "list") == []
    assert "There is no order" in seller.refused("order", "deliver", lost, "--yes")
    again = buyer.json("buy", offer, "--yes")["orders"][0]
    assert again["order"] != lost
    seller("order", "deliver", again["order"], "--yes")
    buyer("license", "fetch", again["license"], "--output", "opened")
    assert Path("opened").read_bytes() == model_file.read_bytes()


def test_a_home_is_restored_from_its_seed_and_keystore(
    person: Callable[..., Person],
    seller: Person,
    buyer: Person,
    model_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of both homes only the seed and the keystore survive: orders are delivered and opened."""
    monkeypatch.chdir(tmp_path)
    offer = seller.json(
        "model", "publish", model_file, "--license", "MIT", "--price", "10", "--yes"
    )["offer"]
    bought = buyer.json("buy", offer, "--yes")["orders"][0]
    restored = person("seller-again", 1, source=seller)
    (restored.home / "seed.json").write_bytes((seller.home / "seed.json").read_bytes())
    restored("order", "deliver", bought["order"], "--yes")
    again = person("buyer-again", 2, source=seller)
    (again.home / "seed.json").write_bytes((buyer.home / "seed.json").read_bytes())
    again("license", "fetch", bought["license"], "--output", "opened")
    assert Path("opened").read_bytes() == model_file.read_bytes()


def test_two_buyers_with_the_same_seed_and_offer_have_keys_of_their_own(
    seller: Person, buyer: Person, model_file: Path, tmp_path: Path, chain: Chain
) -> None:
    """Two orders of one buyer: what opens one does not open the other."""
    offer = seller.json(
        "model", "publish", model_file, "--license", "MIT", "--price", "10", "--yes"
    )["offer"]
    for _ in range(2):
        buyer("buy", offer, "--yes")
    with Index.open(tmp_path / "audit", chain) as index:
        index.sync()
        keys = {row.order.key for row in index.orders()}
    assert len(keys) == 2
