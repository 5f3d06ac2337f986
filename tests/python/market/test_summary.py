"""What reviews say, in some of their own sentences."""

from __future__ import annotations

from daimm_cli.index.reputation import ReviewRow
from daimm_cli.market.reviews import Said
from daimm_cli.market.summary import MOST, summary


def said(number: int, text: str | None, weight: float = 1) -> Said:
    ident = number.to_bytes(32, "big")
    row = ReviewRow(
        ident, 1, f"0x{number:040x}", 4, ident, 0, True, False, weight, None, None, False
    )
    return Said(row, None, text, None)


REVIEWS = [
    said(1, "It is slow on long files. The licence suits us well."),
    said(2, "Very slow with long files!"),
    said(3, "On long files it is too slow.\nNothing else to say about colours."),
    said(4, None),
]


def test_what_most_say_comes_first_and_once() -> None:
    first, *others = summary(REVIEWS, 3)
    assert "slow" in first.text
    assert not any("slow" in told.text and "long files" in told.text for told in others[:1])
    assert {told.text for told in [first, *others]} <= {
        "It is slow on long files.",
        "The licence suits us well.",
        "Very slow with long files!",
        "On long files it is too slow.",
        "Nothing else to say about colours.",
    }


def test_each_sentence_names_whose_it_is() -> None:
    for told in summary(REVIEWS, 5):
        assert told.said.text is not None
        assert told.text in told.said.text


def test_the_same_reviews_in_any_order_say_the_same() -> None:
    assert summary(REVIEWS, 4) == summary(REVIEWS[::-1], 4)


def test_what_weighs_nothing_says_nothing_beside_what_weighs() -> None:
    crowd = [said(number, "The best model there ever was.", 0) for number in range(10, 60)]
    assert summary([*crowd, REVIEWS[0]], 1)[0].said is REVIEWS[0]
    assert summary(crowd, 2)[0].text == "The best model there ever was."


def test_what_weighs_more_comes_first() -> None:
    heavy = said(9, "Fails on scanned pages of books.", 100)
    assert summary([*REVIEWS, heavy], 1)[0].said is heavy


def test_no_text_and_very_much_text_are_no_trouble() -> None:
    assert summary([], 5) == []
    assert summary([REVIEWS[3]], 5) == []
    long = said(1, " ".join(f"Sentence number {n} differs somehow." for n in range(2 * MOST)))
    assert len(summary([long], 5)) <= 5
