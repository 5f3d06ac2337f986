"""What the page on attacks says is what its models come to, and those do what they say."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest

from bench import economics, economics_plots
from bench import economics_claims as claims
from bench import economics_court as court
from bench import economics_pool as pool
from tools import premium_vectors
from tools.chain import ROOT


def constant(contract: str, name: str) -> int:
    """As its source has it."""
    source = (ROOT / "contracts" / "trust" / f"{contract}.sol").read_text()
    found = re.search(rf"constant {name} = (\d+)( days)?;", source)
    assert found, name
    return int(found[1])


def sham(share: float, loss: float) -> float:
    """What a dispute with oneself brings, which nobody else can appeal. Where two of three jurors
    are one's own, they vote against the third and share what that one loses; where fewer are,
    with the others, who are paid."""
    other = 1 - share
    fees = 3 * share * other**2 * 2 + other**3 * 3
    return 3 * share**2 * other * loss - fees


def test_what_is_reckoned_with_is_what_the_contracts_have() -> None:
    assert len(court.JURORS) == constant("Jurors", "ROUNDS")
    times = [("Jurors", "COMMIT_TIME"), ("Court", "REVEAL_TIME"), ("Court", "APPEAL_TIME")]
    assert sum(constant(*it) for it in times) == court.HEARING
    assert constant("Jurors", "DRAW_TIME") in court.DAYS
    assert constant("Court", "LOST_PART") == 2  # as the page says
    assert 1 / constant("Promises", "REWARD_DIVISOR") == pool.BURNED
    assert 1 / constant("Underwriting", "SPREAD") == pool.Model().limit
    after = constant("Promises", "AFTERMATH") + constant("Underwriting", "TAIL")
    assert 7 * (pool.TAIL - 1) < after <= 7 * pool.TAIL


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(economics.RESULTS.read_text())
    return found


def test_the_page_shows_the_kept_figures(kept: dict[str, Any]) -> None:
    page = (ROOT / "docs" / "economics.md").read_text()
    for name, lines in economics.tables(kept).items():
        assert "\n".join(lines) in page, name


def test_the_page_calls_its_models_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs" / "economics.md").read_text()
    code = page.split("```python\n", 1)[1].split("```", 1)[0]
    exec(code, {})
    assert "'losing'" in capsys.readouterr().out


def test_the_plots_are_of_the_kept_figures(kept: dict[str, Any]) -> None:
    page = (ROOT / "docs" / "economics.md").read_text()
    for name, drawn in economics_plots.plots(kept).items():
        assert f"(economics/{name})" in page
        assert (economics.PLOTS / name).read_bytes() == drawn, name


def test_court_and_claims_come_to_the_kept_figures(kept: dict[str, Any]) -> None:
    assert json.loads(json.dumps(court.figures())) == kept["court"]
    assert json.loads(json.dumps(claims.figures())) == kept["claims"]


@pytest.mark.parametrize("losses", ["as priced: each bond breaks by itself", "5 of 100"])
def test_a_pool_comes_to_the_kept_figures(losses: str, kept: dict[str, Any]) -> None:
    row = next(
        row for row in kept["pool"]["pools"] if (row["losses"], row["limit"]) == (losses, 0.1)
    )
    assert {**row, **pool.outcome(replace(pool.SCENARIOS[losses], limit=0.1))} == row


@pytest.mark.slow
def test_all_pools_come_to_the_kept_figures(kept: dict[str, Any]) -> None:
    assert json.loads(json.dumps(pool.figures())) == kept["pool"]


@pytest.mark.parametrize(("share", "owned"), [(0.2, 0.0), (0.33, 0.3), (0.5, 0.6)])
def test_a_draw_that_is_drawn_comes_to_the_chance(share: float, owned: float) -> None:
    draws = Random(1)

    def won() -> bool:
        while True:
            sold = draws.random() < owned
            mine = sum(draws.random() < share for _ in range(3))
            if mine >= 2 or not sold:
                return mine >= 2

    count = sum(won() for _ in range(20_000))
    assert count / 20_000 == pytest.approx(court.rounds(share, owned)[0], abs=0.012)


def test_a_majority_is_won_by_somebody() -> None:
    for jurors in court.JURORS:
        assert court.majority(0.5, jurors) == pytest.approx(0.5)
        assert court.majority(0.2, jurors) + court.majority(0.8, jurors) == pytest.approx(1)
        assert court.redrawn(0.1, 1) == pytest.approx(1)
        assert court.prevails(0.2, 0.8, jurors) == pytest.approx(court.majority(0.2, jurors))
    # One says nothing, the others differ: 3! ways; nobody says anything: one; two or three wrong.
    tie, none = 6 * 0.2 * 0.3 * 0.5, 0.5**3
    more = 0.2**3 + 3 * 0.2**2 * 0.8 + 3 * 0.2 * 0.5**2
    assert court.prevails(0.2, 0.3, 3) == pytest.approx(tie + none + more)


@pytest.mark.parametrize("loss", court.LOSSES)
def test_robbing_jurors_pays_from_a_share_on(loss: float) -> None:
    share = court.robbing(loss)
    assert sham(share - 0.01, loss) < 0 < sham(share + 0.01, loss)
    assert court.bribe(15, loss) * share**2 == pytest.approx(8)


def test_a_dispute_with_oneself_that_is_drawn_brings_what_was_reckoned() -> None:
    draws, share, loss = Random(2), 0.4, 10
    brought = 0.0
    for _ in range(20_000):
        mine = sum(draws.random() < share for _ in range(3))
        brought += (mine if mine < 2 else 3) - 3 + (loss if mine == 2 else 0)
    assert brought / 20_000 == pytest.approx(sham(share, loss), abs=0.1)


def test_what_one_side_wins_the_other_or_the_jurors_lose() -> None:
    """Neither side has more than both had: what is gone is the fees of rounds and gas."""
    for kind in claims.KINDS.values():
        for prize in (0.1, 5, 50, 500):
            told = claims.heard(prize, kind)
            least, appeals = 3 + 2 * claims.GAS, sum(court.JURORS[1:])
            assert least - 1e-9 <= -(told.claimant + told.opposer) <= least + appeals + 1e-9
            alone = claims.heard(prize, kind, appeals=False)
            assert -(alone.claimant + alone.opposer) == pytest.approx(least)


def test_jurors_who_are_always_wrong_make_a_false_claim_win() -> None:
    sure = claims.heard(100, claims.Jurors(1 - 1e-9))
    assert sure.upheld == pytest.approx(1)
    assert sure.opposer == pytest.approx(-103 - claims.GAS, abs=1e-3)
    right = claims.heard(100, claims.Jurors(1e-9))
    assert right == pytest.approx((-3 - claims.GAS, -claims.GAS, 0), abs=1e-3)


def test_the_side_that_is_right_gains_by_appeals_as_long_as_they_are_cheap() -> None:
    kind = claims.KINDS["1 in 5 errs"]
    for prize in (50, 500):
        one, more = (claims.heard(prize, kind, appeals=may) for may in (False, True))
        assert more.opposer > one.opposer
        assert more.upheld < one.upheld
    cheap = [claims.heard(1, kind, appeals=may) for may in (False, True)]
    assert cheap[0] == cheap[1]


def test_where_claims_do_not_pay_enough_are_opposed() -> None:
    usual = claims.KINDS["1 in 20 errs"]
    for prize in (1, 10, 100):
        enough = claims.deterring(prize, usual)
        assert claims.mixed(prize, enough, usual) == pytest.approx(0, abs=1e-9)
        assert claims.mixed(prize, enough - 0.01, usual) > 0


def test_a_pool_without_breaks_keeps_all_premium_and_with_none_sold_nothing() -> None:
    calm = pool.Model(break_=0, pools=20, years=1)
    paths = pool.simulate(calm)
    assert paths.value == pytest.approx(1 + paths.earned)
    assert not paths.paid.any()
    unasked = pool.simulate(replace(calm, wanted=0))
    assert unasked.value == pytest.approx(np.ones(20))


def test_a_pool_loses_what_it_pays_and_never_sells_more_than_it_has() -> None:
    worst = pool.Model(break_=1, thieves=0.2, collapse=1, severity=1, limit=0.5, pools=200, years=2)
    paths = pool.simulate(worst)
    assert paths.value == pytest.approx(1 + paths.earned - paths.paid)
    assert paths.value.min() >= -1e-9
    assert 0 < paths.used.max() <= 1 + 1e-9
    assert (paths.value < 0.5).any()


def test_who_is_forewarned_takes_all_up_to_the_limit() -> None:
    told = pool.Model(break_=0.5, forewarned=1, limit=0.05, years=1, pools=200)
    sudden = pool.simulate(replace(told, forewarned=0))
    paths = pool.simulate(told)
    assert paths.paid.mean() > 1.5 * sudden.paid.mean()
    assert paths.value == pytest.approx(1 + paths.earned - paths.paid)


def test_breaking_ones_own_bond_pays_from_a_fifth_of_it_on() -> None:
    assert pool.theft(0.2) < 0 < pool.theft(0.25)
    assert pool.theft(1) > 0.7
    assert pool.theft(1, used=1) < pool.theft(1, used=0.01)


def test_premiums_are_those_of_the_vectors_that_the_contract_gives_too() -> None:
    assert json.loads(premium_vectors.PATH.read_text()) == premium_vectors.generate()


def test_the_simulated_premium_is_the_contract_s() -> None:
    draws = Random(3)
    for _ in range(200):
        assets = draws.randrange(10**18, 10**24)
        amount, locked = draws.randrange(1, assets), draws.randrange(assets)
        rate, time = draws.randrange(1, 10_000), draws.randrange(1, 3 * pool.YEAR)
        simple = amount * rate / 10_000 * time / pool.YEAR
        simulated = simple * pool.surcharge((locked + amount) / assets)
        made = pool.premium(amount, rate, time, assets, locked)
        assert made == pytest.approx(simulated, rel=1e-9, abs=1)
