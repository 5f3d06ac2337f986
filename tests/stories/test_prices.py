"""Prices that move, and the commands of docs/prices.md, through the command line."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.chain.client import Chain
from daimm_cli.index.index import Index
from daimm_cli.market import moving
from daimm_cli.market.wait import Gone, look
from tests.python.cli.conftest import AIM, Person
from tools.chain import LocalChain, web3_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "prices.md"
DAY = 86_400
TYPED = ("--falls-to", "4", "--half-life", "2d", "--rises", "3%", "--rises-to", "20")


@pytest.fixture
def published(seller: Person, model_file: Path) -> dict[str, Any]:
    """The seller's model 1, at a fixed price."""
    made: dict[str, Any] = seller.json(
        *("model", "publish", model_file, "--license", "MIT", "--price", "50", "--yes")
    )
    return made


@pytest.fixture
def offer(seller: Person, published: dict[str, Any], local_chain: LocalChain) -> Iterator[str]:
    """From 10 to 4, half of the rest every two days; 3% up with each sale. No second goes by."""
    local_chain.travel(DAY)  # ahead of this machine's clock, which goes on
    with local_chain.still():
        yield seller.json("offer", "open", 1, "--price", "10", *TYPED, "--yes")["offer"]


def test_the_commands_of_the_page_work_as_written(
    *,
    seller: Person,
    buyer: Person,
    person: Callable[..., Person],
    published: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    people = {"seller": seller, "buyer": buyer, "quoter": person("quoter", 3)}
    lines = re.findall(r"^(\w+)\$ daimm (.*)$", PAGE.read_text(), re.MULTILINE)
    assert len(lines) == 18
    last = ""
    for who, line in lines:
        typed = shlex.split(line.replace("OFFER", last))
        if typed[0] == "quote":
            assert "may become" in people[who].type(*typed).out
            continue
        made = people[who].json(*typed, "--yes")
        last = made["offer"] if typed[:2] == ["offer", "open"] else last


def test_a_moving_price_is_seen_bought_delivered_and_falls_again(
    *,
    seller: Person,
    buyer: Person,
    person: Callable[..., Person],
    offer: str,
    chain: Chain,
    local_chain: LocalChain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = buyer("offer", "show", offer)
    assert "to 4 AIM, half of what is above in 2 days" in shown.out
    assert "by 3% with each sale, to 20 AIM at most" in shown.out
    assert "The price over time, while nobody buys:" in shown.err
    assert re.search(r"in 2 days +#{21} +7 AIM", shown.err)
    assert "10 AIM (moves)" in buyer("offer", "list").out

    # Time lowers it, and what it costs now is what is paid.
    local_chain.travel(2 * DAY)
    local_chain.mine()
    with Index.open(tmp_path / "i", chain) as index:
        index.sync()
        row = index.offer(bytes.fromhex(offer[2:]))
    terms = moving.unpack(row.offer.rule_data)
    before = chain.balance(chain.aim, buyer.account.address)
    first = buyer.json("buy", offer, "--yes")["orders"][0]
    paid = before - chain.balance(chain.aim, buyer.account.address)
    assert 6.99 * AIM < paid < 7.01 * AIM
    order = buyer.json("order", "show", first["order"])
    assert order["price"] == str(paid)
    assert paid == moving.price(terms, row.offer.price, order["bought_at"])

    # The sale raised it: who wants more than one at the old price gets nothing.
    raised = moving.raised(terms, row.offer.price, paid)
    market, ident = chain.market, bytes.fromhex(offer[2:])
    assert chain.node.view(chain.deployed.moving.last_of(market, ident))[0] == raised  # type: ignore[arg-type]

    # The key comes as with any order; declined ones give back what was paid.
    seller("order", "deliver", first["order"], "--yes")
    buyer("license", "fetch", first["license"], "--output", "opened")
    second = buyer.json("buy", offer, "--max-price", "8", "--yes")["orders"][0]
    held = int(buyer.json("order", "show", second["order"])["price"])
    seller("order", "decline", second["order"], "--yes")
    assert chain.credit(buyer.account.address, chain.aim) == held


def test_the_maximum_binds_and_others_purchases_raise_the_price(
    seller: Person,
    buyer: Person,
    person: Callable[..., Person],
    offer: str,
    chain: Chain,
    accounts: list[LocalAccount],
) -> None:
    rival = person("rival", 3, money=50 * AIM, source=seller)
    told = buyer("quote", offer)
    assert "raises it, to 10.29" in told.out or "raises it, to 10.3 AIM" in told.out
    before = chain.balance(chain.aim, buyer.account.address)
    rival("buy", offer, "--yes")
    refused = buyer.refused("buy", offer, "--max-price", "10.1", "--yes", status=3)
    assert "above your maximum of 10.1 AIM" in refused
    assert chain.balance(chain.aim, buyer.account.address) == before
    orders = buyer.json("buy", offer, offer, "--max-price", "22", "--yes")["orders"]
    prices = [int(buyer.json("order", "show", it["order"])["price"]) for it in orders]
    assert max(prices) > min(prices) > 10 * AIM
    assert before - chain.balance(chain.aim, buyer.account.address) == sum(prices)


def test_a_referrer_is_paid_out_of_the_sellers_part(
    seller: Person, buyer: Person, published: dict[str, Any], chain: Chain
) -> None:
    friend = "0x8fd379246834eac74B8419FfdA202CF8051F7A03"
    opened = seller.json("offer", "open", 1, "--price", "10", "--referral", "5%", "--yes")
    bought = buyer.json("buy", opened["offer"], "--referrer", friend, "--yes")["orders"][0]
    assert chain.credit(friend, chain.aim) == 0
    seller("order", "deliver", bought["order"], "--yes")
    assert chain.credit(friend, chain.aim) == AIM // 2
    assert chain.credit(seller.account.address, chain.aim) == 10 * AIM - AIM // 2 - AIM // 10


def test_a_purchase_that_a_re_org_mines_at_another_price_is_found_again(
    seller: Person, buyer: Person, published: dict[str, Any], chain: Chain, local_chain: LocalChain
) -> None:
    """It has another id then: nobody is told that nothing was paid, and nothing is paid twice."""
    local_chain.catch_up()  # it falls from now on
    fast = ("--price", "10", "--falls-to", "1", "--half-life", "10m", "--rises", "1%")
    opened = seller.json("offer", "open", 1, *fast, "--yes")["offer"]
    old = buyer.json("buy", opened, "--max-price", "11", "--yes")["orders"][0]["order"]
    sent = local_chain.rpc("eth_getBlockByNumber", "latest", True)["transactions"][0]
    raw = bytes(web3_of(chain.node).eth.get_raw_transaction(sent["hash"]))
    with Index.open(buyer.home / "watch", chain) as index:
        index.sync()
        row = index.order(bytes.fromhex(old[2:]))
        local_chain.reorg(1)
        with pytest.raises(Gone):
            look(chain, index, row, 1)
        local_chain.travel(300)
        local_chain.rpc("eth_sendRawTransaction", "0x" + raw.hex())
        seen = look(chain, index, row, 1)
    new = f"0x{seen.row.order_id.hex()}"
    assert new != old
    assert seen.row.order.price < row.order.price
    assert seen.row.order.salt == row.order.salt

    # The run that bought was cut off before it saw the end.
    (file,) = (buyer.home / "purchases").rglob("0x*.json")
    file.write_text(json.dumps({**json.loads(file.read_text()), "told": None}))
    refused = buyer.refused("buy", opened, "--max-price", "11", "--yes")
    assert f"it is order {new}" in refused
    seller("order", "deliver", new, "--yes")
    assert buyer.json("order", "wait", new)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (("--falls-to", "4"), "--half-life"),
        (("--half-life", "2d"), "--falls-to"),
        (("--falls-to", "10", "--half-life", "2d"), "below the price"),
        (("--rises-to", "20"), "--rises"),
        (("--rises", "3%", "--rises-to", "9"), "--rises-to"),
        (("--rises", "abc"), "percentage"),
        (("--referral", "51%"), "up to 50"),
        (("--falls-to", "4", "--half-life", "soon"), "not a time"),
    ],
)
def test_what_does_not_fit_together_says_what_to_do(
    seller: Person, published: dict[str, Any], typed: tuple[str, ...], says: str
) -> None:
    assert says in seller.refused("offer", "open", 1, "--price", "10", *typed, "--yes")


def test_an_offer_is_replaced_with_what_is_said_anew(
    seller: Person, offer: str, local_chain: LocalChain
) -> None:
    local_chain.travel(30 * DAY)
    again = seller("offer", "replace", offer, "--price", "20", "--yes")
    assert "to 8 AIM, half of what is above in 2 days" in again.err
    assert re.search(r"now +#{29,30} +(20|19.9)", again.err)
    made = seller.json("offer", "list", "--mine")[0]
    ended = seller(
        "offer", "replace", made["offer"], "--falls-to", "none", "--rises", "none", "--yes"
    )
    assert "with each sale" not in ended.err
    free = seller(
        "offer", "open", 1, "--price", "1", "--falls-to", "0", "--half-life", "1h", "--yes"
    )
    assert "falls to nothing" in free.err


def test_an_offer_with_an_unknown_rule_is_named_and_not_bought(
    seller: Person, buyer: Person, published: dict[str, Any], chain: Chain, tmp_path: Path
) -> None:
    with Index.open(tmp_path / "i", chain) as index:
        index.sync()
        (version,) = index.versions(1)
        offer = index.offer(bytes.fromhex(published["offer"][2:])).offer
    strange = dataclasses.replace(offer, rule=seller.account.address, salt=bytes(32))
    opened = chain.open_offer(seller.account, strange, version.details)
    ident = f"0x{opened.offer_id.hex()}"
    before = chain.balance(chain.aim, buyer.account.address)
    assert "a rule quote its price that daimm does not know" in buyer.refused(
        "buy", ident, "--max-price", "60", "--yes", status=3
    )
    asked = buyer.type("quote", ident)
    assert asked.status == 5
    assert f"quoted by {seller.account.address}, which daimm does not know" in asked.out
    assert "unknown price rule" in buyer("offer", "show", ident).out
    assert chain.balance(chain.aim, buyer.account.address) == before
