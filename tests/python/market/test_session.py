"""Buying through the library: two calls, and whoever is at the console is asked in between."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from daimm_cli.base.errors import Stopped
from daimm_cli.chain.client import Chain
from daimm_cli.market.purchase import pay, prepare
from daimm_cli.session.console import Console
from daimm_cli.session.session import Session
from tests.python.cli.conftest import AIM, Person


class Asked(Console):
    """Writes down what is asked, and agrees or not."""

    yes = False

    def __init__(self, *, agrees: bool) -> None:
        self.agrees = agrees
        self.questions: list[str] = []

    def confirm(self, question: str) -> None:
        self.questions.append(question)
        if not self.agrees:
            raise Stopped("Nothing was done.")


@pytest.fixture
def offer(seller: Person, model_file: Path) -> str:
    made = seller.json("model", "publish", model_file, "--license", "MIT", "--price", 10, "--yes")
    return str(made["offer"])


def test_a_purchase_is_two_calls_and_one_question(buyer: Person, offer: str, chain: Chain) -> None:
    console = Asked(agrees=True)
    session = Session(os.environ | buyer.settings, console)
    prepared = prepare(session, [offer], max_price="11 AIM")
    assert prepared.owed == 10 * AIM
    assert console.questions == []
    bought = pay(session, prepared)
    assert [placed.offer_id.hex() for placed in bought.orders] == [offer[2:]]
    assert console.questions == ["Pay 10 AIM (your maximum is 11 AIM)?"]
    assert chain.balance(chain.aim, buyer.account.address) == 90 * AIM


def test_who_says_no_pays_nothing(buyer: Person, offer: str, chain: Chain) -> None:
    session = Session(os.environ | buyer.settings, Asked(agrees=False))
    prepared = prepare(session, [offer])
    with pytest.raises(Stopped):
        pay(session, prepared)
    assert chain.balance(chain.aim, buyer.account.address) == 100 * AIM
    assert not list(buyer.home.rglob("purchases/*/*"))


def test_a_session_without_a_console_agreed_beforehand(buyer: Person, offer: str) -> None:
    session = Session(os.environ | buyer.settings)
    assert pay(session, prepare(session, [offer], verify=False)).gas_used
