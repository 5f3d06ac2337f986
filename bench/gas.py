"""What each operation costs in gas, as whole transactions, beside ceiling and floor.

    python -m bench.gas            # measure on a local chain, print the table, write results.json
    python -m bench.gas --check    # measure, and fail where results.json says otherwise

Every input is derived from fixed seeds, so two runs agree to the unit. "New" is a buyer's first
licence, "repeat" their second; the allowance was given before. A listing is a seller's first. A
delivery is sent by a keeper who is nobody to the deal; the seller and the treasury were credited
before. All of it is measured once with 10 models and once more with 10,000 in the registry.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from eth_account import Account

from bench import claims, cost, court, guarantees, kept, pools, secondary
from bench.anchors import ANCHORS, held_to
from bench.cost import Cost
from bench.market import GENESIS, PRICE, Market, Seeds
from daimm_cli.bindings.structs import OfferId, Order, Ruling, Voucher
from daimm_cli.bindings.values import encode
from daimm_cli.chain.terms import (
    ZERO_ADDRESS,
    ZERO_WORD,
    Bps,
    ModelId,
    Offer,
    Purchase,
    Version,
    deal,
)
from daimm_cli.market.vouchers import typed
from daimm_cli.protocol.curve import G, Point, keccak, mul
from daimm_cli.protocol.delivery import KeyRequest, prove
from tools import content_reference
from tools.chain import ROOT, LocalChain

RESULTS = ROOT / "bench" / "results.json"
FEW, MANY = 10, 10_000
SPREAD = 150
"""Gas that two sizes may differ by: the bytes of the model's number in the calldata."""


def measure(market: Market) -> dict[str, Cost]:
    """The cost of each operation, with as many models as there are now."""
    seller, buyer, newcomer = market.newcomer(), market.newcomer(), market.newcomer()
    costs: dict[str, Cost] = {}
    details = market.version()
    costs["list"], _ = market.cost(market.publish(seller, details), seller)
    model = ModelId(market.registry.functions.modelCount().call())
    offer = replace(market.terms(seller), seller=seller, model=model, version=1)
    market.send(market.aim.functions.approve(market.market.address, 10**24), buyer)

    orders = []
    for name in ("buy_new", "buy_repeat", "buy_one_tx"):
        if name == "buy_one_tx":
            who, call = newcomer, _with_tokens(market, offer, newcomer)
        else:
            who, call = buyer, _buying(market, offer)
        costs[name], receipt = market.cost(call, who)
        orders.append(_order(market, receipt))

    for order in orders:
        call = _delivery(market, offer, order)
        costs["deliver_and_pay"], _ = market.cost(call, market.keeper)
    market.send(_claim(market, offer, orders[0]), market.keeper)
    costs["rebate"], _ = market.cost(_claim(market, offer, orders[1]), market.keeper)
    word = market.reviews.functions.review(orders[0]["order"], 5, keccak(b"text"))
    costs["review"], _ = market.cost(word, buyer)
    costs["deal_total"] = costs["buy_repeat"] + costs["deliver_and_pay"]
    costs["resolve"] = _ruling(market, offer, details, buyer)
    costs["renew"] = _renewal(market, offer, details, buyer)
    costs["voucher"] = _with_voucher(market, offer, details, buyer)
    costs |= secondary.measure(market, offer, details, orders[0], buyer, newcomer)

    add = market.registry.functions.addVersion(offer.model, market.version().to_abi(), [])
    costs["version"], _ = market.cost(add, seller)
    costs["content_proof"], _ = market.cost(_conviction(market, model, seller, buyer), buyer)
    take = market.market.functions.withdraw(ZERO_WORD, market.aim.address, seller)
    costs["withdraw"], _ = market.cost(take, seller)
    costs["buy_moving"] = _moving(market, offer, details, buyer)
    costs |= _disputed(market, offer, details, buyer)

    def sell(salt: bytes) -> tuple[Offer, Order]:
        sold = replace(offer, salt=salt * 32)
        return sold, _frozen(_delivered(market, sold, details, buyer))

    sales = [sell(b"\x33"), sell(b"\x44")]
    costs |= guarantees.measure(market, sales, details, buyer)
    costs |= pools.measure(market, offer, sell, buyer)
    costs |= court.measure()
    return {name: costs[name] for name in ANCHORS}


def _ruling(market: Market, offer: Offer, details: Version, buyer: str) -> Cost:
    """What it costs an arbitrator to give a held order back."""
    offer = replace(offer, inspection=86_400, arbitrator=market.admin)
    order = _delivered(market, offer, details, buyer)
    what = deal(offer, _frozen(order))
    market.send(market.market.functions.hold(what, buyer), market.admin)
    found, _ = market.cost(market.market.functions.resolve(what, Ruling.UPHELD), market.admin)
    return found


def _disputed(market: Market, offer: Offer, details: Version, buyer: str) -> dict[str, Cost]:
    """What it costs to claim an order, to oppose that, and to stake on a result."""
    offer = replace(offer, inspection=7 * 86_400, arbitrator=market.claims.address)
    market.send(
        market.market.functions.openOffer(offer.to_abi(), details.to_abi(), ZERO_WORD), offer.seller
    )
    seeds, orders = Seeds(), []
    for _ in range(2):
        bought = market.market.functions.buy(offer.to_abi(), _purchase(seeds).to_abi())
        order = _order(market, market.send(bought, buyer))
        market.send(_delivery(market, offer, order), market.keeper)
        orders.append(_frozen(order))
    return claims.measure(market, offer, orders, buyer, seeds)


def _renewal(market: Market, offer: Offer, details: Version, buyer: str) -> Cost:
    """What one more period costs whoever pays it, an allowance that never shrinks given before."""
    offer = replace(offer, duration=30 * 86_400)
    order = _delivered(market, offer, details, buyer)
    market.send(market.aim.functions.approve(market.market.address, 2**256 - 1), buyer)
    limits = order["order"], 1, PRICE, GENESIS + 10**9
    found, _ = market.cost(market.market.functions.renew(offer.to_abi(), *limits), buyer)
    return found


def _moving(market: Market, offer: Offer, details: Version, buyer: str) -> Cost:
    """What the second sale at a price that moves costs, an hour after the first."""
    terms = (GENESIS, 2 * 86_400, 400_000, 30_000, 0, 0)
    data = market.moving.functions.ruleDataOf(terms).call()
    offer = replace(offer, rule=market.moving.address, rule_data=data)
    opening = market.market.functions.openOffer(offer.to_abi(), details.to_abi(), ZERO_WORD)
    market.send(opening, offer.seller)
    market.send(market.aim.functions.approve(market.market.address, 10**24), buyer)
    for salt in (b"\x11" * 32, b"\x22" * 32):
        wanted = Purchase(mul(7, G), 2 * PRICE, Bps(100), GENESIS + 10**9, salt)
        market.web3.provider.make_request("evm_increaseTime", [3_600])  # type: ignore[arg-type]
        found, _ = market.cost(market.market.functions.buy(offer.to_abi(), wanted.to_abi()), buyer)
    return found


def _with_voucher(market: Market, offer: Offer, details: Version, buyer: str) -> Cost:
    """What it adds to a purchase to show a voucher for one use, signed by a key that the offer
    names, beside one of the same offer without."""
    rule, key, seeds = market.vouchers.address, Account.from_key(keccak(b"bench")), Seeds()
    data = bytes.fromhex(key.address[2:]).rjust(32, b"\0")
    offer = replace(offer, rule=rule, rule_data=data)
    opening = market.market.functions.openOffer(offer.to_abi(), details.to_abi(), ZERO_WORD)
    market.send(opening, offer.seller)
    ident = OfferId(market.market.functions.offerIdOf(offer.to_abi()).call())
    terms = ZERO_ADDRESS, 0, Bps(2_500), 1, 0, 0, Bps(0), 0, keccak(b"salt")
    voucher = Voucher(market.market.address, ident, *terms)
    message = typed(voucher, market.web3.eth.chain_id, rule)
    signature = key.sign_typed_data(full_message=message).signature
    shown = encode([Voucher.abi_type()], [voucher.to_abi()]) + signature
    costs = []
    for given in (b"", shown):
        bought = offer.to_abi(), _purchase(seeds).to_abi(), buyer, ZERO_ADDRESS, given
        costs.append(market.cost(market.market.functions.buyFor(*bought), buyer)[0])
    return costs[1] - costs[0]


def _delivered(market: Market, offer: Offer, details: Version, buyer: str) -> Any:
    """An order of an offer that is opened for it."""
    opening = market.market.functions.openOffer(offer.to_abi(), details.to_abi(), ZERO_WORD)
    market.send(opening, offer.seller)
    order = _order(market, market.send(_buying(market, offer), buyer))
    market.send(_delivery(market, offer, order), market.keeper)
    return order


def _buying(market: Market, offer: Offer) -> Any:
    return market.market.functions.buy(offer.to_abi(), _purchase(market.seeds).to_abi())


def _delivery(market: Market, offer: Offer, order: Any) -> Any:
    request = KeyRequest(order["order"], mul(market.line, G), _point(order["key"]))
    delivery = prove(market.line, request, market.keeper).to_abi()
    return market.market.functions.deliver(offer.to_abi(), _frozen(order).to_abi(), delivery)


def _claim(market: Market, offer: Offer, order: Any) -> Any:
    return market.rebates.functions.claim(offer.to_abi(), _frozen(order).to_abi())


def _frozen(order: Any) -> Order:
    """An order, as its event tells it."""
    who = order["buyer"], order["recipient"], ZERO_ADDRESS, 0
    sums = order["price"], order["protocolFee"], order["salt"]
    return Order(*who, _point(order["key"]), *sums)


def _conviction(market: Market, model: ModelId, seller: str, buyer: str) -> Any:
    """What convicts a third version: of 1 GiB, with one leaf made and a tree beside it."""
    nonce, siblings = market.seeds.word()[:16], [market.seeds.word() for _ in range(18)]
    sealed = content_reference.seal(bytes(4096), bytes(32))
    commitment, leaf = content_reference.alone(nonce, 2**30, 15, sealed, bytes(4096), siblings)
    made = replace(market.version(), artifact=content_reference.artifact(commitment))
    market.send(market.registry.functions.addVersion(model, made.to_abi(), []), seller)
    place = (market.web3.eth.chain_id, int(market.registry.address, 16), model, 3, int(buyer, 16))
    context = keccak(b"".join(word.to_bytes(32, "big") for word in place))
    opening = content_reference.open_key(market.line, market.seeds.scalar(), context)
    proof = commitment, opening, leaf
    return market.registry.functions.convict(model, 3, made.to_abi(), ZERO_WORD, proof)


def _purchase(seeds: Seeds) -> Purchase:
    return Purchase(
        *(mul(seeds.scalar(), G), PRICE, Bps(100)),
        *(GENESIS + 10**9, seeds.word()),
    )


def _with_tokens(market: Market, offer: Offer, recipient: str) -> Any:
    data = encode(
        [Offer.abi_type(), Purchase.abi_type(), "address", "address", "bytes"],
        [offer.to_abi(), _purchase(market.seeds).to_abi(), recipient, ZERO_ADDRESS, b""],
    )
    transfer = market.aim.get_function_by_signature("transferAndCall(address,uint256,bytes)")
    return transfer(market.market.address, PRICE, data)


def _order(market: Market, receipt: Any) -> Any:
    (log,) = [entry for entry in receipt["logs"] if entry["address"] == market.market.address]
    return market.market.events.Purchased().process_log(log)["args"]


def _point(pair: Any) -> Point:
    return Point(pair["x"], pair["y"])


def table(costs: dict[str, Cost]) -> list[str]:
    """The costs as Markdown, as docs/gas.md has them."""
    return cost.table((ANCHORS[name].what, found) for name, found in costs.items())


def problems(few: dict[str, Cost], many: dict[str, Cost]) -> list[str]:
    """What is above its ceiling or grows with the number of models."""
    found = [
        f"{name} takes {few[name].gas:,} gas, over its ceiling of {anchor.ceiling:,}"
        for name, anchor in ANCHORS.items()
        if max(few[name].gas, many[name].gas) > anchor.ceiling
    ]
    found += [
        f"{name} takes {few[name]} with {FEW} models and {many[name]} with {MANY:,}"
        for name in ANCHORS
        if abs(few[name].gas - many[name].gas) > SPREAD
        or replace(few[name], gas=0) != replace(many[name], gas=0)
    ]
    return found


def run() -> tuple[dict[str, Cost], dict[str, Cost]]:
    """Measure with few models and with many."""
    extra = ("--gas-limit", "200000000", "--base-fee", "0")
    with LocalChain(accounts=16, genesis_time=GENESIS, extra=extra) as chain:
        market = Market(chain)
        market.fill(FEW)
        measure(market)  # the treasury's and the first seller's slots are now in use
        few = measure(market)
        market.fill(MANY)
        many = measure(market)
    return few, many


def results(few: dict[str, Cost], many: dict[str, Cost]) -> dict[str, Any]:
    """What results.json holds."""
    return {
        "command": "python -m bench.gas",
        f"with_{FEW}_models": {name: found.to_json() for name, found in few.items()},
        f"with_{MANY}_models": {name: found.to_json() for name, found in many.items()},
    }


def main() -> int:
    """Measure; write results.json, or compare with it."""
    return kept.hold("python -m bench.gas", __doc__, RESULTS, _figures)


def _figures() -> tuple[dict[str, Any], list[str], list[str]]:
    few, many = run()
    return results(few, many), [held_to(few), *table(few)], problems(few, many)


if __name__ == "__main__":
    raise SystemExit(main())
