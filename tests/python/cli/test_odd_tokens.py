"""Tokens that describe themselves oddly, or not at all, stop no list and blame no node."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.chain.client import Chain
from daimm_cli.index.rows import Credit
from daimm_cli.market import money
from tests.python.chain.proxy import Proxy
from tests.python.chain.samples import bought, published, version, write
from tests.python.cli.conftest import AIM, Person
from tools.chain import LocalChain

ADDRESS = "0x9f8F72aA9304c8B593d555F12eF6589cC3A579A2"
DECIMALS_OR = "60003560e01c63313ce56714603857"
MKR = DECIMALS_OR + "7f" + b"MKR".ljust(32, b"\0").hex() + "60005260206000f35b601260005260206000f3"
"""18 decimals, and the symbol as a word."""

TOKENS = {
    "a symbol that is a word": (MKR, "MKR", 18),
    "nothing": ("00", ADDRESS[:10], 0),
    "a revert": ("60006000fd", ADDRESS[:10], 0),
    "a waste of all gas": ("fe", ADDRESS[:10], 0),
    "a megabyte": ("620f42406000f3", ADDRESS[:10], 0),
    "decimals beyond all": ("7f" + "ff" * 32 + "60005260206000f3", ADDRESS[:10], 0),
}


@pytest.fixture
def stranger(
    chain: Chain, local_chain: LocalChain, accounts: list[LocalAccount]
) -> Callable[[str], None]:
    """Put a token there, and an offer in it."""

    def put(code: str) -> None:
        local_chain.rpc("anvil_setCode", ADDRESS, "0x" + code)
        write(chain, accounts[0], "Market", "setToken", ADDRESS, True, 0, 0)
        made = published(chain, accounts[1])
        offer = replace(made.offer, token=ADDRESS, price=3 * 10**18, delivery_fee=0)
        chain.publish(accounts[1], royalty=0, details=version(), offer=offer)

    return put


@pytest.mark.parametrize("kind", TOKENS)
def test_an_odd_token_is_shown_by_what_it_tells(
    kind: str, buyer: Person, stranger: Callable[[str], None]
) -> None:
    code, symbol, decimals = TOKENS[kind]
    stranger(code)
    listed = buyer.json("model", "list")
    odd = next(o for m in listed for o in m["offers"] if o["terms"]["token"] == ADDRESS)
    assert (odd["symbol"], odd["decimals"]) == (symbol, decimals)
    shown = f"{3 if decimals else 3 * 10**18} {symbol}"
    assert shown in buyer("model", "list").out
    assert shown in buyer("offer", "list").out
    assert shown in buyer("model", "show", listed[0]["model"]).out
    assert shown in buyer("offer", "show", odd["offer"]).out


def test_a_price_in_a_token_without_decimals_is_refused(
    seller: Person, stranger: Callable[[str], None], model_file: Path
) -> None:
    """Ten of a token that does not tell what ten is."""
    stranger("00")
    words = ("--license", "MIT", "--price", 10, "--token", ADDRESS, "--yes")
    assert "does not tell its decimals" in seller.refused("model", "publish", model_file, *words)


def test_lists_ask_once_however_long_they_are(
    buyer: Person,
    chain: Chain,
    accounts: list[LocalAccount],
    funded: Callable[[int, int], LocalAccount],
    local_chain: LocalChain,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stranger can credit anybody with trifles, in any number of accounts."""
    funded(2, 200 * AIM)
    offer = published(chain, accounts[1]).offer
    for _ in range(3):
        bought(chain, buyer.account, offer)
    with Proxy(local_chain.url) as proxy:
        buyer.settings["DAIMM_RPC"] = proxy.url
        buyer("order", "list")
        few = len(proxy.asked)
        for _ in range(7):
            bought(chain, buyer.account, offer)
        buyer("order", "list")
        asked = len(proxy.asked) - few
        assert asked < few + 15  # the new blocks' headers, and nothing for a row
        proxy.asked.clear()
        trifles = [Credit(buyer.account.address, n.to_bytes(32), chain.aim, 1) for n in range(2000)]
        monkeypatch.setattr("daimm_cli.index.index.Index.credits", lambda *_: trifles)
        buyer("balance")
        assert proxy.asked.count("eth_call") < money.MOST_ASKED + 20


def test_more_models_than_are_shown_are_counted(
    buyer: Person, chain: Chain, accounts: list[LocalAccount]
) -> None:
    for _ in range(3):
        published(chain, accounts[1])
    ran = buyer("model", "list", "--limit", 2)
    assert "1 to 2 of 3 models" in ran.err
    assert len(buyer.json("model", "list", "--limit", 0)) == 3
