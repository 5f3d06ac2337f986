"""Claims through the command line, as docs/claims.md has them."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from daimm_cli.artifact.unixfs import RAW, Cid
from daimm_cli.base.errors import ChainRefused
from daimm_cli.bindings.attestations import Attestations
from daimm_cli.bindings.claims import Claims
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.bindings.structs import JobId, Result, Ruling
from daimm_cli.chain.client import Chain
from daimm_cli.keeper.oppose import Objection
from daimm_cli.market.lookup import find_order
from daimm_cli.session.session import Session
from daimm_cli.store.local import LocalStore
from tests.python.cli.conftest import AIM, Person, write_model
from tools.chain import LocalChain

PAGE = Path(__file__).resolve().parents[2] / "docs" / "claims.md"
DAY = 86_400
FEE = 10**16


@pytest.fixture
def judge(person: Callable[..., Person], seller: Person) -> Person:
    """The account that is the arbitrator of a local chain: who deployed."""
    return person("judge", 0, source=seller)


@pytest.fixture
def order(seller: Person, buyer: Person, model_file: Path, chain: Chain) -> str:
    """Delivered, and in an inspection of two days, with claims as its arbitrator."""
    claims = chain.book.address("Claims/arbiter")
    terms = ("--price", "10", "--inspection", "2d", "--arbitrator", claims, "--yes")
    made = seller.json("model", "publish", model_file, "--license", "MIT", *terms)
    bought: str = buyer.json("buy", made["offer"], "--yes")["orders"][0]["order"]
    seller("order", "deliver", bought, "--yes")
    return bought


def owed(chain: Chain, who: Person) -> int:
    claims = Claims(chain.book.address("Claims/arbiter"))
    return chain.node.view(claims.credit(who.account.address))


def pass_by(local_chain: LocalChain, seconds: int) -> None:
    local_chain.travel(seconds)
    local_chain.mine()


def test_a_claim_that_nobody_opposes_refunds_the_order(
    buyer: Person, seller: Person, order: str, chain: Chain, local_chain: LocalChain
) -> None:
    offer = buyer.json("order", "show", order)["offer"]
    assert "the arbitrator of Claims/arbiter does not uphold it" in " ".join(
        buyer("quote", offer).out.split()
    )
    before = buyer("claim", "show", order).out
    assert re.search(r"deposit +0\.01 ether, which the claimant has back", before)
    assert "it stands after 3 days: the price goes back" in before
    assert "of 0 claims that ended here" in before
    told = buyer("claim", "open", order, "--says", "It is another model.", "--yes")
    assert "no ruling" in told.err
    shown = buyer.json("claim", "show", order)
    assert (shown["state"], shown["deposit"]) == ("open", str(FEE))
    (cid,) = shown["evidence"]
    with LocalStore(buyer.home / "store").open(cid) as content:
        document = json.loads(content.read())
    assert document["description"] == "It is another model."
    assert document["committed"].keys() == {"artifact", "manifest", "plaintextRoot"}
    assert Cid.parse(cid).codec == RAW
    assert "until" in seller.refused("claim", "execute", order, "--yes", status=3)
    assert buyer.json("order", "show", order)["state"] == "held"

    pass_by(local_chain, 3 * DAY + 1)
    seller("claim", "execute", order, "--yes")
    assert buyer.json("order", "show", order)["state"] == "refunded"
    assert chain.credit(buyer.account.address, chain.aim) == 10 * AIM
    assert owed(chain, buyer) == FEE
    buyer("claim", "withdraw", "--yes")
    assert owed(chain, buyer) == 0
    assert "owes ether" in buyer.refused("claim", "withdraw", "--yes", status=3)
    row = seller.json("claim", "list")[0]
    assert (row["ruling"], row["opposer"], row["executed"]) == ("upheld", None, True)
    again = buyer.json("buy", offer, "--yes")["orders"][0]["order"]
    words = " ".join(buyer("claim", "show", again).out.split())
    assert "of 1 claim that ended here 1 went unopposed" in words


def test_an_opposed_claim_is_ruled_on_and_the_loser_pays(
    *,
    buyer: Person,
    seller: Person,
    judge: Person,
    order: str,
    chain: Chain,
    local_chain: LocalChain,
) -> None:
    buyer("claim", "open", order, "--says", "It is another model.", "--yes")
    seller("claim", "oppose", order, "--says", "Every leaf is right.", "--yes")
    assert "not open" in seller.refused("claim", "oppose", order, "--says", "x", "--yes", status=3)
    seller("claim", "add-evidence", order, "--says", "See the check of mine.", "--yes")
    assert len(judge.json("claim", "show", order)["evidence"]) == 3
    judge("claim", "rule", order, "--for", "opposer", "--yes")
    assert judge.json("claim", "show", order)["ruling"] == Ruling.REJECTED.name
    pass_by(local_chain, 2 * DAY + 1)
    buyer("claim", "execute", order, "--yes")
    assert buyer.json("order", "show", order)["state"] == "settled"
    assert owed(chain, seller) == FEE
    assert owed(chain, buyer) == 0


def test_a_deal_that_ended_by_agreement_gives_the_deposit_back(
    buyer: Person, seller: Person, order: str, chain: Chain, local_chain: LocalChain
) -> None:
    buyer("claim", "open", order, "--says", "It is another model.", "--yes")
    seller("order", "decline", order, "--yes")
    pass_by(local_chain, 3 * DAY + 1)
    buyer.refused("claim", "execute", order, "--yes", status=3)
    buyer("claim", "conclude", order, "--yes")
    assert owed(chain, buyer) == FEE


def test_whether_content_is_right_is_the_same_for_everybody(
    *,
    buyer: Person,
    seller: Person,
    judge: Person,
    order: str,
    model_file: Path,
    tmp_path: Path,
) -> None:
    for who in (buyer, seller):
        assert who.json("claim", "check", order) == {"right": True}
    assert judge.json("claim", "check", order, "--file", model_file) == {"right": True}
    other = write_model(tmp_path / "other.safetensors")
    said = judge.refused("claim", "check", order, "--file", other, status=5)
    assert "is not what model 1, version 1 commits to" in said


@pytest.mark.parametrize("limit", ["0.02", "0.005", None], ids=["enough", "too little", "none"])
def test_a_keeper_opposes_what_its_own_check_says_is_wrong(
    buyer: Person, seller: Person, order: str, limit: str | None
) -> None:
    if limit is not None:
        seller.settings["DAIMM_KEEPER_OPPOSE"] = limit
    buyer("claim", "open", order, "--says", "It is another model.", "--yes")
    ran = seller("keeper", "run", "--once", "--yes")
    opposed = seller.json("claim", "show", order)["state"] == "opposed"
    assert opposed == (limit == "0.02")
    assert ("more than the keeper's `oppose` allows" in ran.err) == (limit == "0.005")
    if opposed:
        again = seller("keeper", "run", "--once", "--yes")
        assert "oppose" not in again.err


def test_a_keeper_opposes_for_no_more_than_a_day_may_cost_whenever_it_was_started(
    buyer: Person, seller: Person, order: str, local_chain: LocalChain
) -> None:
    seller.settings["DAIMM_KEEPER_OPPOSE"] = "0.01"
    seller.settings["DAIMM_KEEPER_OPPOSE_DAILY"] = "0.019"
    offer = buyer.json("order", "show", order)["offer"]
    second = buyer.json("buy", offer, "--yes")["orders"][0]["order"]
    seller("order", "deliver", second, "--yes")

    def opposed() -> list[bool]:
        seller("keeper", "run", "--once", "--yes")
        shown = [seller.json("claim", "show", each) for each in (order, second)]
        return [each["state"] == "opposed" for each in shown]

    buyer("claim", "open", order, "--says", "It is another model.", "--yes")
    assert opposed() == [True, False]
    buyer("claim", "open", second, "--says", "So is this.", "--yes")
    assert opposed() == [True, False]
    ran = seller("keeper", "run", "--once", "--yes")
    assert "0.01 ether went into claims in 24 hours: more than" in ran.err
    pass_by(local_chain, DAY + 1)
    assert opposed() == [True, True]


def test_what_is_replaced_for_its_gas_is_not_counted_twice(
    buyer: Person, seller: Person, order: str
) -> None:
    buyer("claim", "open", order, "--says", "It is another model.", "--yes")
    session = Session(os.environ | seller.settings)
    row = find_order(session, order)
    busy = [f"oppose {order}"]
    objection = Objection(session, FEE, FEE, lambda: busy)
    call, _ = objection.make(row, session.now)
    assert call.value == FEE
    busy.append("oppose 0x" + "12" * 32)
    with pytest.raises(ChainRefused, match="oppose_daily"):
        objection.make(row, session.now)


def test_a_keeper_speaks_up_where_a_friend_of_the_claimants_opposed(
    buyer: Person, seller: Person, judge: Person, order: str
) -> None:
    seller.settings["DAIMM_KEEPER_OPPOSE"] = "0.001"
    buyer("claim", "open", order, "--says", "It is another model.", "--yes")
    judge("claim", "oppose", order, "--says", "I know nothing of it.", "--yes")
    for _ in range(2):
        seller("keeper", "run", "--once", "--yes")
        assert len(judge.json("claim", "show", order)["evidence"]) == 3
    shown = judge("claim", "show", order).out
    assert seller.account.address in shown


def stated(buyer: Person, seller: Person, chain: Chain) -> tuple[Result, str]:
    """A result of the seller's, with 4 AIM of the buyer's staked on it."""
    attestations = Attestations(chain.book.address("Attestations"))
    claims = chain.book.address("Claims/arbiter")
    who, words = seller.account.address, (b"\1" * 32, b"\2" * 32, -5, b"\3" * 32)
    result = Result(who, *words, chain.aim, 4 * AIM, claims, 0, JobId(bytes(32)), bytes(32))
    chain.node.send(ERC20(chain.aim).transfer(who, 4 * AIM), buyer.account)
    chain.node.send(ERC20(chain.aim).approve(attestations.address, 4 * AIM), seller.account)
    chain.node.send(attestations.attest(result), seller.account)
    return result, chain.node.view(attestations.result_id_of(result)).hex()[:8]


def test_anybody_claims_against_a_result_and_has_half_of_its_stake(
    buyer: Person, seller: Person, chain: Chain, local_chain: LocalChain
) -> None:
    attestations = Attestations(chain.book.address("Attestations"))
    result, ident = stated(buyer, seller, chain)
    assert "the result is void" in buyer("claim", "show", ident).out
    buyer("claim", "open", ident, "--says", "I measured 0.93.", "--yes")
    assert seller.json("claim", "show", ident)["state"] == "open"
    assert "measured anew" in buyer.refused("claim", "check", ident)
    pass_by(local_chain, 3 * DAY + 1)
    seller("claim", "execute", ident, "--yes")
    assert not chain.node.view(attestations.stands(result)).whether
    before = chain.balance(chain.aim, buyer.account.address)
    buyer("withdraw", "--yes")
    assert chain.balance(chain.aim, buyer.account.address) - before == 2 * AIM


def test_a_claim_that_was_made_to_lose_makes_no_result_stand(
    *,
    buyer: Person,
    seller: Person,
    judge: Person,
    chain: Chain,
    local_chain: LocalChain,
) -> None:
    result, ident = stated(buyer, seller, chain)
    attestations = Attestations(chain.book.address("Attestations"))
    own = dataclasses.replace(result, arbitrator=seller.account.address, stake=1)
    chain.node.send(ERC20(chain.aim).transfer(seller.account.address, 1), buyer.account)
    chain.node.send(ERC20(chain.aim).approve(attestations.address, 1), seller.account)
    chain.node.send(attestations.attest(own), seller.account)
    judge("claim", "open", ident, "--says", "I dislike it.", "--yes")
    assert "within a day" in seller("claim", "show", ident).out
    seller("claim", "oppose", ident, "--says", "Measure it.", "--yes")
    judge("claim", "rule", ident, "--for", "opposer", "--yes")
    pass_by(local_chain, 3 * DAY)
    judge("claim", "execute", ident, "--yes")
    _own, row = seller.json("bench", "results", "--mine")
    assert (row["state"], row["lost"], row["claimant"]) == ("posted", 1, None)
    pass_by(local_chain, DAY // 2)
    assert "until" in seller.refused("bench", "finish", ident, "--yes", status=3)
    assert buyer.json("claim", "show", ident)["state"] == "none"
    buyer("claim", "open", ident, "--says", "I measured 0.93.", "--yes")
    assert buyer.json("bench", "results")[1]["state"] == "held"
    pass_by(local_chain, 3 * DAY + 1)
    buyer("claim", "execute", ident, "--yes")
    assert not chain.node.view(attestations.stands(result)).whether
    record = buyer.json("profile", "show", seller.account.address)["record"]
    assert (record["results"], record["voided"], record["survived"]) == (1, 1, 1)
    assert (record["opposed"], record["opposed_vainly"]) == (1, 0)
    said = " ".join(buyer("profile", "show", seller.account.address).out.split())
    assert (
        "1 result with AIM staked: 1 void after a claim that was upheld, 1 claim rejected" in said
    )
    assert "opposed claims 1: 0 upheld all the same" in said
    said = " ".join(buyer("profile", "show", judge.account.address).out.split())
    assert "made claims 1: 0 upheld, 1 rejected" in said
    assert "made claims 1: 1 upheld, 0 rejected" in " ".join(buyer("profile", "show").out.split())


def test_upheld_and_rejected_claims_are_in_the_sellers_record(
    *,
    buyer: Person,
    seller: Person,
    judge: Person,
    order: str,
    local_chain: LocalChain,
) -> None:
    offer = buyer.json("order", "show", order)["offer"]
    second = buyer.json("buy", offer, "--yes")["orders"][0]["order"]
    seller("order", "deliver", second, "--yes")
    for each in (order, second):
        buyer("claim", "open", each, "--says", "It is another model.", "--yes")
    seller("claim", "oppose", second, "--says", "Every leaf is right.", "--yes")
    judge("claim", "rule", second, "--for", "opposer", "--yes")
    record = buyer.json("quote", offer)["record"]
    assert (record["claimed"], record["upheld"], record["rejected"]) == (2, 0, 0)
    pass_by(local_chain, 3 * DAY + 1)
    for each in (order, second):
        buyer("claim", "execute", each, "--yes")
    words = "claimed 2 orders of theirs: 1 upheld, 1 rejected"
    assert words in " ".join(buyer("quote", offer).out.split())
    shown = buyer.json("model", "show", 1)["record"]
    assert (shown["claimed"], shown["upheld"], shown["rejected"]) == (2, 1, 1)
    assert words in " ".join(buyer("model", "show", 1).out.split())
    assert words in " ".join(buyer("profile", "show", seller.account.address).out.split())


def test_only_who_is_heard_claims_and_only_where_claims_are_named(
    buyer: Person, seller: Person, judge: Person, order: str, model_file: Path
) -> None:
    said = ("--says", "x", "--yes")
    assert "Only" in seller.refused("claim", "open", order, *said, status=3)
    assert "not open" in seller.refused("claim", "oppose", order, *said, status=3)
    assert "is before an arbitrator" in judge.refused(
        "claim", "rule", order, "--for", "claimant", "--yes", status=3
    )
    assert "is no party" in judge.refused("claim", "rule", order, "--for", "me", "--yes")
    plain = ("--license", "MIT", "--price", "1", "--yes")
    offer = seller.json(
        "model", "publish", write_model(model_file.with_name("b.safetensors")), *plain
    )
    bought = buyer.json("buy", offer["offer"], "--yes")["orders"][0]["order"]
    assert "no contract of claims" in buyer.refused("claim", "open", bought, *said, status=3)


def test_the_commands_of_the_page_work_as_written(
    *,
    buyer: Person,
    seller: Person,
    judge: Person,
    order: str,
    local_chain: LocalChain,
) -> None:
    people = {"buyer": buyer, "seller": seller, "judge": judge}
    typed = re.findall(r"^(buyer|seller|judge)\$ daimm (.*)$", PAGE.read_text(), re.MULTILINE)
    assert len(typed) == 8
    for who, line in typed:
        if "execute" in line:
            pass_by(local_chain, 2 * DAY + 1)
        words = [order if word == "ORDER" else word for word in shlex.split(line)]
        people[who](*words, "--yes")
