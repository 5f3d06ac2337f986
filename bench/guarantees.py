"""What promises cost: staking on one, and compensation for an order once it is broken.

    costs = measure(market, [(offer, order), (offer, order)], details, buyer)

A score is promised and found to be worse. All of it is the second of its kind.
"""

from __future__ import annotations

from bench.cost import Cost
from bench.market import Market, Seeds
from daimm_cli.bindings.structs import Bond, JobId, ModelId, Offer, Order, Result, Version
from daimm_cli.chain.terms import ZERO_WORD

STAKE = 10**20
DAY = 86_400


def measure(
    market: Market, sales: list[tuple[Offer, Order]], details: Version, buyer: str
) -> dict[str, Cost]:
    """sales: two that are settled, of one version without parents, held by the buyer."""
    functions, costs, word = market.bonds.functions, {}, Seeds().word
    (offer, _), suite, judge = sales[0], word(), market.claims.address
    market.send(market.aim.functions.approve(market.bonds.address, 2**256 - 1), offer.seller)
    until = 2**40 - 1
    for _ in range(2):
        place = (offer.seller, ModelId(offer.model), 1, offer.token, until)
        bond = Bond(*place, suite, 970_000_000, False, 10**18, judge, word())
        posting = functions.post(bond.to_abi(), STAKE)
        costs["guarantee_post"], _ = market.cost(posting, offer.seller)
    said = (buyer, details.plaintext_root, suite, 930_000_000, word(), offer.token)
    result = Result(*said, 10**18, judge, 0, JobId(ZERO_WORD), word())
    market.send(market.attestations.functions.attest(result.to_abi()), buyer)
    market.web3.provider.make_request("evm_increaseTime", [3 * DAY + 1])  # type: ignore[arg-type]
    shown = bond.to_abi(), details.to_abi(), ZERO_WORD, result.to_abi()
    costs["guarantee_break"], _ = market.cost(functions.breakByScore(*shown), buyer)
    for terms, order in sales:
        taking = functions.compensate(bond.to_abi(), terms.to_abi(), order.to_abi())
        costs["guarantee_compensate"], _ = market.cost(taking, buyer)
    waiving = functions.waive(offer.to_abi(), sales[0][1].to_abi(), judge)
    costs["guarantee_waive"], _ = market.cost(waiving, buyer)
    return costs
