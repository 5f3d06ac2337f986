"""What disputes and measurements cost: a claim on an order, opposing it, a staked result.

    costs = measure(market, offer, order, buyer)

The arbitrator is one account, whose own part of opposing is in the figure. All of it is the second
of its kind.
"""

from __future__ import annotations

from typing import Any

from bench.cost import Cost
from bench.market import Market, Seeds
from daimm_cli.bindings.structs import Claim, JobId, Order, Result
from daimm_cli.chain.terms import ZERO_WORD, Offer, deal

ARBITRATION = 10**16


def measure(
    market: Market, offer: Offer, orders: list[Order], buyer: str, seeds: Seeds
) -> dict[str, Cost]:
    """orders: two that are delivered, and in their inspection."""
    functions, costs = market.claims.functions, {}
    paid: dict[str, Any] = {"value": ARBITRATION}
    for order in orders:
        claim = Claim(market.market.address, buyer, deal(offer, order)).to_abi()
        opening = functions.open(claim, seeds.word())
        costs["claim_open"], _ = market.cost(opening, buyer, **paid)
        opposing = functions.oppose(functions.claimIdOf(claim).call(), seeds.word())
        costs["claim_oppose"], _ = market.cost(opposing, offer.seller, **paid)
    staking = market.attestations
    market.send(market.aim.functions.approve(staking.address, 2**256 - 1), buyer)
    for _ in range(2):
        what = (buyer, seeds.word(), seeds.word(), 970_000_000, seeds.word())
        bound = (offer.token, 10**18, market.claims.address, 2**40 - 1, JobId(ZERO_WORD))
        result = Result(*what, *bound, seeds.word())
        costs["attest"], _ = market.cost(staking.functions.attest(result.to_abi()), buyer)
    return costs
