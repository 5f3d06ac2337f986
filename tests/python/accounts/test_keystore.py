"""Keystores from strangers: what they say twice, and what they cost to open."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from typing import Any

import pytest
from eth_account import Account

from daimm_cli.accounts import keystore
from daimm_cli.base.errors import DaimmError

SECRET, PASSWORD = b"\x01" * 32, "correct horse"
MADE = [
    dict(Account.encrypt(SECRET, PASSWORD, kdf="pbkdf2", iterations=1)),
    dict(Account.encrypt(SECRET, PASSWORD, kdf="scrypt", iterations=2)),
]
ODD: list[Any] = [
    None, True, 0, -1, 2**70, 1.5, float("nan"), "", "x", "0x", "00" * 1000, "aes-256-cbc", [], {},
]  # fmt: skip
COSTLY = {"dklen": 32, "n": 2**40, "r": 8, "p": 1, "salt": "00" * 32, "c": 2**60, "prf": "x"}


def paths(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*path, name)
            yield from paths(inner, (*path, name))


def with_value(made: dict[str, Any], path: tuple[str, ...], value: object) -> dict[str, Any]:
    changed = copy.deepcopy(made)
    place = changed
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return changed


@pytest.mark.parametrize("made", MADE, ids=["pbkdf2", "scrypt"])
def test_whatever_stands_in_a_field_ends_in_32_bytes_or_a_sentence(made: dict[str, Any]) -> None:
    """They may be other bytes: the format's checksum leaves the counter's start (iv) out."""
    for path in paths(made):
        for value in ODD:
            with contextlib.suppress(DaimmError):
                assert len(keystore.unseal(with_value(made, path, value), PASSWORD)) == 32


@pytest.mark.parametrize("made", MADE, ids=["pbkdf2", "scrypt"])
def test_a_cost_hidden_under_a_second_spelling_is_refused(made: dict[str, Any]) -> None:
    upper = {"version": 3, "CRYPTO": made["crypto"], "id": made["id"]}
    assert keystore.unseal(upper, PASSWORD) == SECRET
    with pytest.raises(DaimmError, match="absurd work"):
        keystore.unseal(with_value(made, ("crypto", "kdfparams"), COSTLY), PASSWORD)
    for path, value in (
        (("crypto", "KdfParams"), COSTLY),
        (("crypto", "kdfparams", "N"), 2**40),
        (("crypto", "kdfparams", "C"), 2**60),
        (("Version",), 4),
        (("Crypto",), {}),
    ):
        doubled = with_value(with_value(made, path, value), ("crypto", "kdfparams", "n"), 2)
        doubled = with_value(doubled, ("crypto", "kdfparams", "c"), 1)
        with pytest.raises(DaimmError, match="damaged"):
            keystore.unseal(doubled, PASSWORD)
