"""Collecting what is owed, however many trifles there are."""

from __future__ import annotations

import pytest

from daimm_cli.chain.client import Chain
from daimm_cli.chain.terms import ZERO_WORD
from daimm_cli.index.rows import Credit
from daimm_cli.market import money
from tests.python.cli.conftest import AIM, Person

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
