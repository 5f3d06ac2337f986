"""What is owed, pushed on to whom it is owed.

>>> list(due(chain, {seller, keeper}, {aim: 100 * 10**18}))
['withdraw Market 0x8fd3... 0x5fbd...']
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused
from daimm_cli.chain.terms import ZERO_WORD

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.chain.node import Call

WITHDRAW = "withdraw"


def due(chain: Chain, payees: Collection[str], thresholds: Mapping[str, int]) -> Iterator[str]:
    """The subjects that are due: credits of so much of a token at least."""
    ledgers = chain.deployed.ledgers
    places = list(itertools.product(ledgers, sorted(payees), sorted(thresholds)))
    views = [ledgers[name].credit(payee, ZERO_WORD, token) for name, payee, token in places]
    for place, owed in zip(places, chain.node.views(views), strict=True):
        if owed >= max(thresholds[place[2]], 1):
            yield " ".join((WITHDRAW, *place))


def push(chain: Chain, where: str, payee: str, token: str) -> tuple[Call, bool]:
    """The call, and whether others fit in one transaction with it; ChainRefused where nothing is
    owed any more."""
    ledger = chain.deployed.ledger(where)
    if not chain.node.view(ledger.credit(payee, ZERO_WORD, token)):
        raise ChainRefused(f"{where} owes nothing to {payee} any more: waiting for sales.")
    return ledger.withdraw_for_if_owed(payee, token), "multicall" in ledger.FUNCTIONS
