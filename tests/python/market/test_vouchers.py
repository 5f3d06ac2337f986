"""Vouchers: the vectors that the contract has too."""

from __future__ import annotations

import json

from tools import voucher_vectors


def test_the_vectors_are_what_eth_account_signs() -> None:
    assert json.loads(voucher_vectors.PATH.read_text()) == voucher_vectors.generate()
