"""Vouchers: the vectors that the contract has too, and their texts."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daimm_cli.base.errors import DaimmError
from daimm_cli.market.vouchers import Signed, parsed
from tools import voucher_vectors


def test_the_vectors_are_what_eth_account_signs() -> None:
    assert json.loads(voucher_vectors.PATH.read_text()) == voucher_vectors.generate()


VOUCHERS = st.builds(
    Signed,
    st.integers(0, 2**64 - 1),
    st.sampled_from(voucher_vectors.cases()),
    st.one_of(st.just(b""), st.binary(min_size=65, max_size=65), st.binary(max_size=2000)),
)


@given(VOUCHERS, st.sampled_from(["", "daimm:", "https://seller.example/?v=", "https://a.b/x#"]))
def test_a_text_is_read_as_it_was_written(made: Signed, link: str) -> None:
    assert parsed(link + made.text) == made
    assert re.fullmatch(r"[A-Za-z0-9._-]+", made.text)


@given(VOUCHERS, st.data())
def test_a_changed_or_cut_text_is_no_voucher(made: Signed, data: st.DataObject) -> None:
    text = made.text
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("AB_-.09z \n\x1b\u0661"))
    for changed in (text[:at], text[:at] + other + text[at + 1 :], text[:at] + other + text[at:]):
        if changed != text:
            with pytest.raises(DaimmError, match="is no voucher"):
                parsed(changed)


@given(st.text() | st.from_regex(r"voucher1\.[A-Za-z0-9_-]{300,900}", fullmatch=True))
def test_whatever_a_stranger_writes_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(DaimmError, match="is no voucher"):
        parsed(text)
