"""What words weigh that came by a resale, and which handles look alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.reviews import AIM, World
from daimm_cli.index.reputation import skeleton

HOLDER, TAKER = "holder", "taker"


def resold(world: World, day: float, ident: str, fee: float, token: str = "AIM") -> None:
    """As Secondary tells it: the sale and then the transfer, in one block."""
    listing, deal = b"listing".ljust(32), b"deal".ljust(32)
    said = {"terms_token": token, "holder": HOLDER}
    world.put(day, "secondary_listed", listing=listing, **said)
    world.put(day, "secondary_taken", deal=deal, listing=listing, taker=TAKER)
    sold = {"deal": deal, "license": ident, "protocol_fee": str(int(fee * AIM))}
    world.put(day, "secondary_license_sold", **sold)
    block = world.count
    world.give(day, ident, HOLDER, TAKER)
    world.base.execute(
        "UPDATE model_license_transfer SET block = ?, position = 1 WHERE block = ?",
        (block, world.count),
    )


@pytest.fixture
def world() -> World:
    return World()


def weights(world: World) -> dict[str, float]:
    world.rating()
    query = "SELECT reviewer, weight FROM review_list WHERE current"
    return dict(world.base.execute(query).fetchall())


def test_who_took_a_licence_over_weighs_what_the_resale_paid(world: World) -> None:
    order = world.sell(0, HOLDER, 100)
    ident = str(int.from_bytes(order, "big"))
    world.say(1, order, HOLDER, 1)
    resold(world, 15, ident, 0.2)
    world.say(16, order, TAKER, 5)
    assert weights(world) == pytest.approx({HOLDER: 5, TAKER: 2})


def test_a_resale_in_a_token_without_a_cap_weighs_nothing(world: World) -> None:
    order = world.sell(0, HOLDER, 100)
    resold(world, 15, str(int.from_bytes(order, "big")), 0.2, token="OTHER")
    world.say(16, order, TAKER, 5)
    assert weights(world) == {TAKER: 0}


def test_what_was_passed_on_right_after_a_resale_weighs_nothing(world: World) -> None:
    order = world.sell(0, HOLDER, 100)
    ident = str(int.from_bytes(order, "big"))
    resold(world, 15, ident, 0.2)
    block = world.count - 1
    world.give(15, ident, TAKER, "friend")
    world.base.execute(
        "UPDATE model_license_transfer SET block = ?, position = 2 WHERE block = ?",
        (block, world.count),
    )
    world.say(16, order, "friend", 5)
    assert weights(world) == {"friend": 0}


def test_fees_count_by_the_cap_that_holds_now(world: World) -> None:
    order = world.sell(0, HOLDER, 100)
    world.say(1, order, HOLDER, 5)
    world.put(2, "market_token_set", token="AIM", max_delivery_fee=str(20 * AIM))
    assert weights(world) == pytest.approx({HOLDER: 5})


@pytest.mark.parametrize(
    ("one", "two"),
    [
        *(("plain-labs", "p1ain-1abs"), ("plainlabs", "plain--labs"), ("google", "g00gle")),
        *(("modern", "modem"), ("vvorld", "world"), ("clear", "dear"), ("apple5", "apples")),
    ],
)
def test_these_look_alike(one: str, two: str) -> None:
    assert skeleton(one) == skeleton(two)


@pytest.mark.parametrize(("one", "two"), [("plain", "plane"), ("labs", "lab"), ("a", "b")])
def test_these_do_not(one: str, two: str) -> None:
    assert skeleton(one) != skeleton(two)


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789-", max_size=32))
def test_hyphens_and_digits_for_letters_hide_nothing(handle: str) -> None:
    swapped = handle.translate(str.maketrans("oilszb", "011528"))
    assert skeleton("-".join(swapped)) == skeleton(handle)
