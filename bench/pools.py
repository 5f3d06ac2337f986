"""What cover costs: a deposit into a pool, a cover, its payment, and a withdrawal.

    costs = measure(market, offer, sell, buyer)

All of it is the second of its kind. The bond is small, and one order takes what is left of it.
"""

from __future__ import annotations

from collections.abc import Callable

from bench.cost import Cost
from bench.market import Market, Seeds
from daimm_cli.bindings.structs import Bond, ModelId, Offer, Order, Ruling
from daimm_cli.bindings.values import encode
from daimm_cli.chain.terms import ZERO_WORD

ASSETS = 10**23
DAY = 86_400


def measure(
    market: Market, offer: Offer, sell: Callable[[bytes], tuple[Offer, Order]], buyer: str
) -> dict[str, Cost]:
    """offer: of the version; `sell` has another of it bought and settled by the buyer, who is the
    depositor too."""
    bonds, pool, costs = market.bonds.functions, market.pool, {}
    functions = pool.functions
    for spender, who in ((market.bonds, offer.seller), (pool, buyer)):
        market.send(market.aim.functions.approve(spender.address, 2**256 - 1), who)
    for _ in range(2):
        costs["pool_deposit"], _ = market.cost(functions.deposit(ASSETS, buyer), buyer)

    now = market.web3.eth.get_block("latest")["timestamp"]
    place = offer.seller, ModelId(offer.model), 1, offer.token, now + 300 * DAY
    bond = Bond(*place, ZERO_WORD, 0, False, 0, market.admin, Seeds().word())
    market.send(bonds.post(bond.to_abi(), 10), offer.seller)
    market.send(functions.setLimit(bond.to_abi(), 10**22, 500), market.admin)
    _wait(market, 10)
    ident = bonds.bondIdOf(bond.to_abi()).call()
    sales = [sell(b"\x55"), sell(b"\x66")]
    for terms, order in sales:
        bought = functions.cover(ident, _id(market, terms, order), order.price, order.price)
        costs["cover"], _ = market.cost(bought, buyer)
    _wait(market, 3)
    what = encode([Bond.abi_type(), "uint256"], [bond.to_abi(), 0])
    market.send(bonds.hold(what, buyer), market.admin)
    market.send(bonds.resolve(what, Ruling.UPHELD), market.admin)
    market.send(bonds.compensate(bond.to_abi(), *_shown(sales[0])), buyer)
    for sale in sales:
        market.send(bonds.waive(*_shown(sale), pool.address), buyer)
        costs["cover_claim"], _ = market.cost(functions.claim(ident, *_shown(sale)), buyer)

    market.send(functions.request(functions.balanceOf(buyer).call()), buyer)
    _wait(market, 7)
    for _ in range(2):
        out = functions.withdraw(ASSETS // 4, buyer, buyer)
        costs["pool_withdraw"], _ = market.cost(out, buyer)
    return costs


def _shown(sale: tuple[Offer, Order]) -> tuple[object, object]:
    terms, order = sale
    return terms.to_abi(), order.to_abi()


def _id(market: Market, terms: Offer, order: Order) -> bytes:
    functions = market.market.functions
    found: bytes = functions.orderIdOf(
        functions.offerIdOf(terms.to_abi()).call(), order.to_abi()
    ).call()
    return found


def _wait(market: Market, days: int) -> None:
    market.web3.provider.make_request("evm_increaseTime", [days * DAY + 1])  # type: ignore[arg-type]
