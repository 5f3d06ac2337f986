"""Shortened ids: what was meant, or nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from daimm_cli.base.errors import DaimmError
from daimm_cli.index.rows import OfferRow
from daimm_cli.market import lookup


class Offers:
    """An index of these offers, the newest first, each a pair of id and whether it is closed.

    Two ids with one beginning take hours to make for the chain.
    """

    def __init__(self, *offers: tuple[bytes, bool]) -> None:
        self._rows = [SimpleNamespace(offer_id=ident, closed=closed) for ident, closed in offers]

    def rows(self, _kind: object, limit: int) -> list[Any]:
        return self._rows[:limit]


def ident(first: str) -> bytes:
    return bytes.fromhex(first.ljust(64, "0"))


MEANT, COPY = ident("3f9a61c2aa"), ident("3f9a61c2bb")


def find(index: Offers, text: str) -> bytes:
    found: bytes = lookup.find(index, OfferRow, text).offer_id  # type: ignore[arg-type]
    return found


def test_a_closed_offer_is_not_taken_for_another_one_that_begins_like_it() -> None:
    index = Offers((COPY, False), (MEANT, True))
    with pytest.raises(DaimmError, match="give more of the id"):
        find(index, "0x3f9a61c2")
    assert find(index, "0x3f9a61c2aa") == MEANT
    assert find(index, "0x3f9a61c2bb") == COPY


def test_an_offer_is_not_pushed_out_of_sight_by_many_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lookup, "MANY", 3)
    index = Offers((COPY, False), (ident("01"), False), (ident("02"), False))
    assert find(index, "0x3f9a61c2") == COPY
    index = Offers((COPY, False), (ident("01"), False), (ident("02"), False), (MEANT, False))
    with pytest.raises(DaimmError, match="give all 64 digits"):
        find(index, "0x3f9a61c2")
