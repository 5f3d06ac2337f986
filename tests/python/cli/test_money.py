"""Collecting what is owed, however many trifles there are."""

from __future__ import annotations

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Call
from daimm_cli.chain.terms import ZERO_WORD
from daimm_cli.index.rows import Credit
from daimm_cli.market import money
from scripts._artifacts import artifact
from tests.python.chain.samples import bought, offer, version, write
from tests.python.cli.conftest import AIM, Person
from tools.chain import LocalChain

PAYEE, TOKEN = "0x" + "11" * 20, "0x" + "22" * 20


def test_trifles_do_not_keep_a_payee_from_his_money() -> None:
    trifles = [Credit(PAYEE, number.to_bytes(32), TOKEN, 1) for number in range(1, 1_000)]
    own, split = Credit(PAYEE, ZERO_WORD, TOKEN, 5), Credit(PAYEE, b"s" * 32, TOKEN, 10**18)
    taken = money.portion([*trifles, split, own])
    assert taken[:2] == [own, split]
    assert len(taken) == money.MOST


def test_what_is_left_is_said(
    seller: Person, buyer: Person, chain: Chain, model_file: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = seller.json("model", "publish", model_file, "--license", "MIT", "--price", 10, "--yes")
    buyer("buy", made["offer"], "--no-verify", "--yes")
    seller("order", "deliver", "--all", "--yes")
    honest = money.owed
    dust = Credit(seller.account.address, b"d" * 32, chain.aim, 1)
    monkeypatch.setattr(money, "owed", lambda *asked: [dust, *honest(*asked)])
    monkeypatch.setattr(money, "MOST", 1)
    ran = seller("withdraw", "--yes")
    assert "1 smaller credits are left" in ran.err
    assert chain.balance(chain.aim, seller.account.address) == 99 * AIM // 10


def test_a_token_that_refuses_keeps_nobody_from_the_others(
    seller: Person,
    buyer: Person,
    chain: Chain,
    accounts: list[LocalAccount],
    local_chain: LocalChain,
) -> None:
    code = artifact("AIMToken").creation([[]])
    odd = str(chain.node.send(Call(None, code, "create a token"), accounts[0]).created)
    local_chain.rpc("anvil_dealERC20", buyer.account.address, odd, hex(100 * AIM))
    write(chain, accounts[0], "Market", "setToken", odd, True, 0, AIM)
    for token in (chain.aim, odd):
        terms = offer(seller.account.address, token)
        made = chain.publish(seller.account, royalty=0, details=version(), offer=terms)
        placed = bought(chain, buyer.account, made.offer)
        chain.node.send(chain.deployed.market.decline(made.offer, placed.order), seller.account)
    local_chain.rpc("anvil_setCode", odd, "0x60006000fd")
    ran = buyer("withdraw", "--yes")
    assert f"the token {odd} refused" in ran.err
    assert chain.balance(chain.aim, buyer.account.address) == 100 * AIM
    assert chain.credit(buyer.account.address, odd) > 0
    buyer.refused("withdraw", "--token", odd, "--yes", status=3)
