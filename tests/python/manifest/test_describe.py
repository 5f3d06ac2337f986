"""What a manifest takes from the prose of a card."""

from __future__ import annotations

import time

import pytest

from daimm_cli.market.describe import heading, paragraph


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("# Magika\n\nText.", "Magika"),
        ("Text.\n#  Two   words #\n# Later", "Two words"),
        ("# C#\n", "C#"),
        ("## Second level\n#\n#no space\n", None),
        ("", None),
    ],
)
def test_the_first_heading_names_a_model(body: str, found: str | None) -> None:
    assert heading(body) == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("# Magika\n\nTells types.\nOf files.\n\nMore.", "Tells types.\nOf files."),
        ("![logo](x)\n\n- a list\n\n  code\n \t\nWords.", "Words."),
        ("# Heading\nDirectly below.", None),
        ("", None),
    ],
)
def test_the_first_words_sum_it_up(body: str, found: str | None) -> None:
    assert paragraph(body) == found


@pytest.mark.parametrize("body", ["# " + " " * 500_000 + "x#", "\n" * 500_000, "a\n" * 250_000])
def test_a_large_card_takes_no_time(body: str) -> None:
    began = time.process_time()
    heading(body)
    paragraph(body)
    assert time.process_time() - began < 2
