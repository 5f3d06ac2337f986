"""What ends renewals and what they cost, said to people before they pay: docs/subscriptions.md."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.artifact import pipeline
from daimm_cli.chain.client import Chain
from scripts import _garbage
from scripts._artifacts import artifact
from tests.python.chain.test_payment import allowed, deploy_token, mocks
from tests.python.cli.conftest import AIM, Person, write_model
from tools.chain import LocalChain

__all__ = ["deploy_token", "mocks"]

DAY = 86_400
MONTH = ("--duration", "30d", "--yes")


@pytest.fixture
def friend(person: Callable[..., Person], seller: Person) -> Person:
    return person("friend", 3, money=100 * AIM, source=seller)


@pytest.fixture
def publish(seller: Person, tmp_path: Path) -> Callable[..., str]:
    """Model 1, a month of which is sold as the options say; the offer."""

    def make(*terms: str) -> str:
        file = write_model(tmp_path / "model.safetensors", 20_000)
        made = seller.json("model", "publish", file, "--license", "MIT", *terms, *MONTH)
        return str(made["offer"])

    return make


def bought(seller: Person, buyer: Person, offer: str) -> str:
    """A licence of the buyer's, delivered."""
    placed: dict[str, str] = buyer.json("buy", offer, "--yes")["orders"][0]
    seller("order", "deliver", placed["order"], "--yes")
    return placed["license"]


def another(seller: Person, *terms: str) -> str:
    made: str = seller.json("offer", "open", 1, *terms, *MONTH)["offer"]
    return made


def ends(who: Person, license_id: str) -> int:
    end: int = who.json("license", "show", license_id)["expires_at"]
    return end


def refused(who: Person, license_id: str, *more: str) -> str:
    """A renewal that is refused before anything is paid or approved."""
    return who.refused("license", "renew", license_id, *more, "--yes", status=3)


def test_the_models_new_owner_renews_what_its_old_one_sold(
    seller: Person, buyer: Person, friend: Person, publish: Callable[..., str], chain: Chain
) -> None:
    license_id = bought(seller, buyer, publish("--price", "5"))
    new = friend.account.address
    seller("model", "transfer", 1, new, "--yes")
    told = refused(buyer, license_id)
    assert "is of somebody who no longer owns the model" in told
    assert f"{new}, who owns the model now, can open one for the same versions" in told

    another(friend, "--price", "6")
    first = ends(buyer, license_id)
    assert "6 AIM for 30 days" in buyer("license", "renew", license_id, "--yes").err
    assert ends(buyer, license_id) == first + 30 * DAY
    assert chain.credit(new, chain.aim) == 594 * AIM // 100


def test_nothing_renews_a_convicted_version(
    seller: Person,
    buyer: Person,
    publish: Callable[..., str],
    chain: Chain,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as cheating:
        cheating.setattr(_garbage, "KEPT", 5000)
        cheating.setattr(pipeline, "seal", _garbage.seal)
        offer = publish("--price", "5")
    license_id = bought(seller, buyer, offer)
    (order,) = buyer.json("order", "list")
    buyer("order", "prove-wrong", order["order"], "--yes")
    held = chain.balance(chain.aim, buyer.account.address)
    told = refused(buyer, license_id)
    assert "is for a version whose content was proven wrong: nothing renews the licence any" in told
    assert "buy one of another version" in told
    assert "was proven wrong: choose another" in refused(buyer, license_id, "--offer", offer)
    assert chain.balance(chain.aim, buyer.account.address) == held


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        (("--price", "5", "--rises", "3%"), "has no fixed price, and renewals need one"),
        (("--price", "0"), "is free, and a renewal has to be paid for"),
    ],
    ids=["moving", "free"],
)
def test_an_offer_that_sells_no_renewals_says_so(
    seller: Person,
    buyer: Person,
    publish: Callable[..., str],
    terms: tuple[str, ...],
    says: str,
) -> None:
    offer = publish(*terms)
    license_id = bought(seller, buyer, offer)
    told = refused(buyer, license_id)
    assert f"{says}: its seller can open another for the same versions" in told
    assert f"{says}: choose another" in refused(buyer, license_id, "--offer", offer)

    # One that does renews what the other sold.
    fixed = another(seller, "--price", "4")
    first = ends(buyer, license_id)
    renewed = buyer.json("license", "renew", license_id, "--yes")
    assert (renewed["offer"], renewed["paid"]) == (fixed, str(4 * AIM))
    assert ends(buyer, license_id) == first + 30 * DAY


def test_an_offer_that_grants_something_else_renews_nothing(
    seller: Person, buyer: Person, publish: Callable[..., str]
) -> None:
    license_id = bought(seller, buyer, publish("--price", "5"))
    bound = another(seller, "--price", "1", "--no-transferable")
    wide = another(seller, "--price", "1", "--through", "9")
    for offer in (bound, wide):
        told = refused(buyer, license_id, "--offer", offer)
        assert "grants something else than model 1, version 1, as a licence that can be" in told
        assert "passed on: choose another" in told
    assert "cheaper" not in buyer("license", "renew", license_id, "--yes").err

    narrow = bought(seller, buyer, bound)
    told = refused(buyer, narrow, "--offer", wide)
    assert "as a licence that cannot be passed on" in told
    assert buyer.json("license", "renew", narrow, "--yes")["offer"] == bound


def test_a_cheaper_offer_is_named_and_chosen(
    seller: Person, buyer: Person, publish: Callable[..., str]
) -> None:
    offer = publish("--price", "5")
    license_id = bought(seller, buyer, offer)
    cheaper = another(seller, "--price", "3")
    dearer = another(seller, "--price", "7")
    told = buyer("license", "renew", license_id, "--yes").err
    assert f"3 AIM for 30 days, with --offer {cheaper}" in told
    assert f"5 AIM for 30 days, from offer {offer}" in told
    chosen = buyer("license", "renew", license_id, "--offer", cheaper, "--yes").err
    assert f"3 AIM for 30 days, from offer {cheaper}" in chosen
    assert "with --offer" not in chosen
    dear = buyer.json("license", "renew", license_id, "--offer", dearer, "--yes")
    assert (dear["offer"], dear["paid"]) == (dearer, str(7 * AIM))


@pytest.fixture(params=["permit", "approval"])
def paying(
    request: pytest.FixtureRequest,
    chain: Chain,
    accounts: list[LocalAccount],
    local_chain: LocalChain,
) -> tuple[str, int]:
    """One that takes permits, or one that does not, and the transactions of a payment in it:
    10**20 of it are the buyer's."""
    if request.param == "permit":
        code = artifact("AIMToken").creation([[]])
        return allowed(chain, accounts, local_chain, code, 10**20), 1
    return request.getfixturevalue("deploy_token")("Tokens", "PlainToken", 10**20), 2


def test_a_token_is_paid_by_permit_or_after_an_exact_approval(
    seller: Person,
    buyer: Person,
    publish: Callable[..., str],
    chain: Chain,
    paying: tuple[str, int],
) -> None:
    token, transactions = paying
    me, unit = buyer.account.address, chain.token(token)
    license_id = bought(seller, buyer, publish("--price", "5", "--token", token))
    sent, held = chain.node.nonce(me), chain.balance(token, me)
    total = 10 * 10**unit.decimals
    told = buyer("license", "renew", license_id, "--periods", "2", "--yes")
    assert unit.shown(total) in told.err
    assert chain.node.nonce(me) - sent == transactions
    assert chain.allowance(token, me) == 0
    assert held - chain.balance(token, me) == total
