"""Prices that a seller signs, through the command line, as docs/prices.md has them."""

from __future__ import annotations

import dataclasses
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daimm_cli.chain.client import Chain
from daimm_cli.market import vouchers
from tests.python.cli.conftest import AIM, Person
from tools.chain import LocalChain

DAY = 86_400
FRIEND = "0x8fd379246834eac74B8419FfdA202CF8051F7A03"


@pytest.fixture
def published(seller: Person, model_file: Path) -> dict[str, Any]:
    """The seller's model 1, at a fixed price."""
    made: dict[str, Any] = seller.json(
        *("model", "publish", model_file, "--license", "MIT", "--price", "50", "--yes")
    )
    return made


@pytest.fixture
def offer(seller: Person, published: dict[str, Any]) -> str:
    """For 10 AIM, or what a voucher says."""
    opened: str = seller.json("offer", "open", 1, "--price", "10", "--vouchers", "--yes")["offer"]
    return opened


def signed(who: Person, offer: str, *typed: object) -> str:
    """One voucher's text."""
    (text,) = who.json("voucher", "sign", offer, *typed, "--yes")["texts"]
    return str(text)


def paid(who: Person, chain: Chain, *typed: object) -> int:
    """What a purchase takes, in AIM's smallest unit."""
    before = chain.balance(chain.aim, who.account.address)
    who("buy", *typed, "--yes")
    return before - chain.balance(chain.aim, who.account.address)


def test_a_coupon_is_shown_quoted_used_up_and_delivered(
    seller: Person, buyer: Person, offer: str, chain: Chain, tmp_path: Path
) -> None:
    file = tmp_path / "coupon.txt"
    made = seller(
        *("voucher", "sign", offer, "--discount", "25%", "--uses", "2"),
        *("--output", file, "--yes"),
    )
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "7.5 AIM, in place of 10 AIM" in made.err
    assert "voucher1." not in made.out
    told = buyer("voucher", "show", file).out
    assert "7.5 AIM, in place of 10 AIM" in told
    assert "whoever has it" in told
    assert "2, 0 made" in told
    assert f"signed by {seller.account.address}" in buyer("offer", "show", offer).out
    quoted = buyer("quote", "--voucher", file)
    assert "Simulated from your account: it would go through." in quoted.out
    assert "the voucher makes 7.5 AIM of 10 AIM" in quoted.out
    assert f"daimm buy --voucher {file}" in quoted.err

    assert paid(buyer, chain, offer) == 10 * AIM
    order = buyer.json("buy", "--voucher", file, "--yes")["orders"][0]
    assert buyer.json("order", "show", order["order"])["price"] == str(75 * AIM // 10)
    link = f"https://seller.example/magika#{file.read_text().strip()}"
    assert paid(buyer, chain, offer, "--voucher", link) == 75 * AIM // 10
    used = buyer.refused("buy", "--voucher", link, "--yes", status=3)
    assert "was used 2 times, as often as it is good for" in used
    assert "was used 2 times" in buyer("voucher", "show", file).out
    assert buyer.json("voucher", "show", file)["used"] == 2
    assert "was used 2 times" in buyer.type("quote", "--voucher", file).out

    seller("order", "deliver", order["order"], "--yes")
    assert chain.credit(seller.account.address, chain.aim) == 75 * AIM * 99 // 1000
    buyer("license", "fetch", order["license"], "--output", tmp_path / "opened")


def test_a_private_offer_is_bought_by_voucher_alone(
    seller: Person,
    buyer: Person,
    person: Callable[..., Person],
    published: dict[str, Any],
    chain: Chain,
) -> None:
    opened = seller("offer", "open", 1, "--price", "10", "--private", "--yes")
    assert "nobody buys without one" in opened.err
    assert "daimm voucher sign 0x" in opened.err
    offer = seller.json("offer", "list", "--mine")[0]["offer"]
    assert "10 AIM (by voucher)" in buyer("offer", "list").out
    assert "ask its seller for one" in buyer.refused("buy", offer, "--yes", status=3)
    mine = signed(seller, offer, "--price", "4", "--for", buyer.account.address)
    rival = person("rival", 3, money=50 * AIM, source=seller)
    refused = rival.refused("buy", "--voucher", mine, "--yes", status=3)
    assert f"for {buyer.account.address} alone" in refused
    assert buyer.account.address in rival("voucher", "show", mine).out
    assert paid(buyer, chain, "--voucher", mine) == 4 * AIM
    seller("offer", "replace", offer, "--no-private", "--yes")
    assert "10 AIM (vouchers)" in buyer("offer", "list").out


def test_a_hot_key_signs_for_a_cold_seller_who_alone_revokes(
    seller: Person,
    buyer: Person,
    person: Callable[..., Person],
    published: dict[str, Any],
    chain: Chain,
) -> None:
    hot = person("hot", 4)
    address = hot.account.address
    offer = seller.json("offer", "open", 1, "--price", "10", "--signer", address, "--yes")["offer"]
    refused = seller.refused("voucher", "sign", offer, "--price", "2", "--yes", status=3)
    assert f"signed by {address}" in refused
    texts = [signed(hot, offer, "--price", "2", "--uses", "0") for _ in range(3)]
    assert paid(buyer, chain, "--voucher", texts[0]) == 2 * AIM
    assert f"{seller.account.address} alone revokes" in hot.refused(
        "voucher", "revoke", texts[0], "--yes", status=3
    )
    seller("voucher", "revoke", texts[0], "--yes")
    assert "was revoked" in buyer("voucher", "show", texts[0]).out
    assert "was revoked" in buyer.refused("buy", "--voucher", texts[0], "--yes", status=3)
    assert paid(buyer, chain, "--voucher", texts[1]) == 2 * AIM
    seller("voucher", "revoke", "--all", "--yes")
    for text in texts:
        assert "was revoked" in buyer.refused("buy", "--voucher", text, "--yes", status=3)
    again = signed(hot, offer, "--price", "2")
    assert paid(buyer, chain, "--voucher", again) == 2 * AIM


def test_a_hundred_vouchers_are_one_private_file_of_lines(
    seller: Person, buyer: Person, offer: str, chain: Chain, tmp_path: Path
) -> None:
    file = tmp_path / "all.txt"
    typed = ("voucher", "sign", offer, "--price", "0", "--count", "100", "--output", file, "--yes")
    made = seller(*typed, "--json")
    assert "gets the key for gas alone" in made.err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    lines = file.read_text().split()
    assert len({*lines}) == len(lines) == len({*made.json["vouchers"]}) == 100
    assert "exists" in seller.refused(*typed)
    assert paid(buyer, chain, "--voucher", lines[7]) == 0
    rows = buyer.json("voucher", "show", file)
    assert [row["used"] for row in rows] == [0] * 7 + [1] + [0] * 92
    assert [row["voucher"] for row in rows] == made.json["vouchers"]
    refused = buyer.refused("buy", "--voucher", file, "--yes")
    assert "Two vouchers are for the same offer" in refused


def test_several_offers_with_their_vouchers_are_bought_together_or_not_at_all(
    seller: Person, buyer: Person, offer: str, published: dict[str, Any], chain: Chain
) -> None:
    other = seller.json("offer", "open", 1, "--price", "20", "--private", "--yes")["offer"]
    both = [signed(seller, it, "--discount", "50%") for it in (offer, other)]
    shown = ("--voucher", both[0], "--voucher", both[1])
    assert paid(buyer, chain, offer, other, *shown) == 15 * AIM
    before = chain.balance(chain.aim, buyer.account.address)
    fresh = signed(seller, offer, "--discount", "50%")
    buyer.refused("buy", "--voucher", fresh, "--voucher", both[1], "--yes", status=3)
    assert chain.balance(chain.aim, buyer.account.address) == before


def test_an_expired_voucher_buys_nothing(
    seller: Person, buyer: Person, offer: str, local_chain: LocalChain
) -> None:
    text = signed(seller, offer, "--price", "2", "--expires", "10m")
    local_chain.catch_up()
    local_chain.travel(700)
    assert "The voucher ended at" in buyer("voucher", "show", text).out
    assert "The voucher ended at" in buyer.refused("buy", "--voucher", text, "--yes", status=3)


def test_whom_a_buyer_names_is_paid_what_the_voucher_grants(
    seller: Person, buyer: Person, offer: str, chain: Chain
) -> None:
    text = signed(seller, offer, "--discount", "20%", "--referral", "10")
    assert "gets 10% of the price" in buyer("voucher", "show", text).out
    bought = buyer("buy", "--voucher", text, "--referrer", FRIEND, "--yes", "--json")
    assert f"{FRIEND} is owed 0.8 AIM" in bought.err
    seller("order", "deliver", bought.json["orders"][0]["order"], "--yes")
    assert chain.credit(FRIEND, chain.aim) == 8 * AIM // 10


def test_naming_a_referrer_where_none_is_paid_says_so(
    buyer: Person, published: dict[str, Any], offer: str
) -> None:
    for ident in (published["offer"], offer):
        bought = buyer("buy", ident, "--referrer", FRIEND, "--yes")
        assert "Nobody is paid for it" in bought.err


def test_a_voucher_of_another_offer_or_of_nobody_buys_nothing(
    seller: Person, buyer: Person, offer: str, published: dict[str, Any], chain: Chain
) -> None:
    text = signed(seller, offer, "--price", "2")
    assert "another offer" in buyer.refused("buy", published["offer"], "--voucher", text, "--yes")
    assert "takes no vouchers" in seller.refused(
        "voucher", "sign", published["offer"], "--price", "2", "--yes", status=3
    )
    mine = vouchers.parsed(text)
    forged = dataclasses.replace(mine, voucher=dataclasses.replace(mine.voucher, price=1))
    assert "not signed by" in buyer("voucher", "show", forged.text).out
    assert "not signed by" in buyer.refused("buy", "--voucher", forged.text, "--yes", status=3)
    for change in ({"chain_id": 1}, {"voucher": dataclasses.replace(mine.voucher, market=FRIEND)}):
        elsewhere = dataclasses.replace(mine, **change).text
        refused = buyer.refused("voucher", "show", elsewhere, status=5)
        assert "another chain or market" in refused
    assert json.loads(buyer("voucher", "show", text, "--json").out)["problem"] is None


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ((), "--price, or how much less"),
        (("--price", "2", "--discount", "5"), "--price, or how much less"),
        (("--discount", "101"), "up to 100"),
        (("--price", "2", "--referral", "51"), "up to 50"),
        (("--price", "1e3"), "not an amount"),
        (("--price", "9" * 30), "takes a whole number"),
        (("--price", "2", "--expires", "0"), "cannot be 0"),
        (("--price", "2", "--uses", "-1"), "must be from 0"),
        (("--price", "2", "--count", "1001"), "must be from 1 to 1000"),
        (("--price", "2", "--for", "0x12"), "buyer"),
        (("--price", "2", "--output", "/no/such/folder/it"), "folder does not"),
    ],
)
def test_terms_that_are_none_say_what_to_do(
    seller: Person, offer: str, typed: tuple[str, ...], says: str
) -> None:
    assert says in seller.refused("voucher", "sign", offer, *typed, "--yes")


def test_what_does_not_fit_an_offer_says_what_to_do(seller: Person, offer: str) -> None:
    moving = ("--falls-to", "4", "--half-life", "2d")
    assert "Another rule" in seller.refused("offer", "replace", offer, *moving, "--yes")
    both = ("--no-vouchers", "--private")
    assert "--no-vouchers alone" in seller.refused("offer", "replace", offer, *both, "--yes")
    assert "which voucher, or --all" in seller.refused("voucher", "revoke", "--yes")
    fixed = seller("offer", "replace", offer, "--no-vouchers", *moving, "--yes")
    assert "half of what is above" in fixed.err


@pytest.mark.parametrize(
    "text",
    [
        *("", "voucher1.", "voucher1.AAAA", "voucher1." + "A" * 8001, "no/such/file", "\x1b[31mx"),
        *("voucher2." + "A" * 500, "voucher1." + "A" * 500 + "=", "voucher1." + "\u0661" * 400),
    ],
)
def test_what_is_no_voucher_is_refused_in_a_sentence(buyer: Person, offer: str, text: str) -> None:
    refused = buyer.refused("voucher", "show", text)
    assert "is no voucher" in refused
    assert "\x1b" not in refused


def test_files_that_are_none_of_vouchers_are_refused(
    seller: Person, buyer: Person, offer: str, tmp_path: Path
) -> None:
    text, file = signed(seller, offer, "--price", "2"), tmp_path / "file"
    for content in ("", "\n \n", f"{text}\n" * 1001, "a" * (5 << 20)):
        file.write_text(content)
        assert "split it" in buyer.refused("voucher", "show", file)
    for content in (f"{text}\nx", f"{text}x", text[:-1], text[:-3], f"{text}\x00"):
        file.write_text(content)
        assert "is no voucher" in buyer.refused("voucher", "show", file)
    file.write_bytes(b"\xff\xfe" * 50)
    assert "is no voucher" in buyer.refused("voucher", "show", file)
    assert "directory" in buyer.refused("voucher", "show", tmp_path)
