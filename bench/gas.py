"""What each operation costs in gas, as whole transactions, beside ceiling and floor.

    python -m bench.gas            # measure on a local chain, print the table, write results.json
    python -m bench.gas --check    # measure, and fail where results.json says otherwise

Every input is derived from fixed seeds, so two runs agree to the unit. "New" is a buyer's first
licence, "repeat" his second; the allowance was given before. A listing is a seller's first. A
delivery is sent by a keeper who is nobody to the deal; the seller and the treasury were credited
before. All of it is measured once with 10 models and once more with 10,000 in the registry.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import sys
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from daimm_cli.chain.node import MAX_TRANSACTION_GAS
from daimm_cli.chain.terms import (
    MAX_VERSION,
    ZERO_ADDRESS,
    ZERO_WORD,
    ModelId,
    Offer,
    Purchase,
    Version,
)
from daimm_cli.protocol.curve import G, Point, SecretScalar, mul
from daimm_cli.protocol.delivery import KeyRequest, prove
from tools.chain import ROOT, LocalChain

RESULTS = ROOT / "bench" / "results.json"
PRICE = 10 * 10**18
FEW, MANY = 10, 10_000
SPREAD = 150
"""Gas that two sizes may differ by: the bytes of the model's number in the calldata."""

AT_ONCE = 100
"""Models that are registered in one transaction."""

GENESIS = 1_750_000_000
OFFER_LINE = [field.name for field in fields(Offer)].index("line")


@dataclass(frozen=True)
class Anchor:
    """What equal work costs elsewhere, and the most that it may cost here; in gas."""

    what: str
    ceiling: int
    floor: int | None
    peers: str


ANCHORS = {
    "list": Anchor(
        "model + version + offer, one transaction", 150_000, 95_789, "Olas 160,551; Ocean 1,505,430"
    ),
    "buy_new": Anchor(
        "first licence, into escrow", 125_000, 88_935, "Seaport 133,809; Ocean 265,168"
    ),
    "buy_repeat": Anchor(
        "next licence, into escrow", 105_000, 71_835, "Seaport 117,109; Unlock 302,655"
    ),
    "buy_one_tx": Anchor(
        "first licence, no allowance (ERC-1363)", 130_000, 94_921, "Seaport ~180,000"
    ),
    "deliver_and_pay": Anchor("proof verified, seller credited", 125_000, 73_391, "nobody has it"),
    "deal_total": Anchor("order to credited seller", 230_000, None, "Ocean 321,916, key by server"),
    "version": Anchor("another version", 60_000, 30_317, "SNET 51,059; Ocean 54,927"),
    "withdraw": Anchor("earnings", 50_000, 42_149, "SNET 46,111; Unlock 49,184"),
}


class Seeds:
    """Bytes and scalars that are the same in every run."""

    def __init__(self) -> None:
        self._count = itertools.count()

    def word(self) -> bytes:
        return hashlib.sha256(b"bench %d" % next(self._count)).digest()

    def scalar(self) -> SecretScalar:
        return SecretScalar(int.from_bytes(self.word()[1:], "big"))


class Market:
    """The contracts on a fresh chain, with a way to measure a transaction."""

    def __init__(self, chain: LocalChain) -> None:
        from web3 import HTTPProvider, Web3

        self.web3 = Web3(HTTPProvider(chain.url, request_kwargs={"timeout": 120}))
        self.accounts = [Web3.to_checksum_address(account.address) for account in chain.accounts]
        self.seeds = Seeds()
        self.line = self.seeds.scalar()
        self.admin, self.treasury, self.keeper = self.accounts[:3]
        self.free = iter(self.accounts[3:])

        self.aim = self._deploy("AIMToken", [(self.admin, 10**27)])
        authority = self._deploy("Authority", self.admin).address
        self.registry = self._deploy("ModelRegistry")
        licenses = self._deploy("ModelLicense", authority, self.registry.address)
        self.market = self._deploy(
            "Market",
            *(authority, self.registry.address, licenses.address),
            *(self.aim.address, self.treasury),
        )
        self.send(self.market.functions.setToken(self.aim.address, True, 100), self.admin)
        self.send(licenses.functions.setIssuer(self.market.address, True), self.admin)

    def newcomer(self) -> str:
        """An account with AIM that has done nothing yet."""
        account = next(self.free)
        self.send(self.aim.functions.transfer(account, 10**24), self.admin)
        return account

    def send(self, call: Any, sender: str) -> Any:
        """The receipt of a transaction that succeeded."""
        sent = call.transact({"from": sender, "gas": MAX_TRANSACTION_GAS})
        receipt = self.web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.005)
        if receipt["status"] != 1:
            raise RuntimeError(f"{call.fn_name} reverted")
        return receipt

    def version(self) -> Version:
        word = self.seeds.word
        line = mul(self.line, G)
        return Version(word(), word(), word(), line, 1, word(), bytes(32))

    def terms(self, payout: str) -> Offer:
        return Offer(
            seller=ZERO_ADDRESS,
            model=ModelId(0),
            version=0,
            last_version=MAX_VERSION,
            transferable=True,
            scheme=0,
            line=mul(self.line, G),
            token=self.aim.address,
            price=PRICE,
            delivery_fee=0,
            payout=payout,
            payout_account=ZERO_WORD,
            delivery_time=86_400,
            grace_period=3_600,
            inspection=0,
            arbitrator=ZERO_ADDRESS,
            duration=0,
            expires_at=0,
            supply=0,
            salt=ZERO_WORD,
        )

    def publish(self, seller: str) -> Any:
        """The call that lists a model."""
        terms = list(self.terms(seller).to_abi())
        terms[OFFER_LINE] = (0, 0)  # the contract fills it in
        return self.market.functions.publish(250, self.version().to_abi(), [], tuple(terms))

    def fill(self, models: int) -> None:
        """Register models, all alike, until there are as many."""
        filler = self.publish(self.admin)._encode_transaction_data()
        while (missing := models - int(self.registry.functions.modelCount().call())) > 0:
            calls = [filler] * min(missing, AT_ONCE)
            self.send(self.market.functions.multicall(calls), self.admin)

    def _deploy(self, name: str, *arguments: Any) -> Any:
        built = json.loads((ROOT / "out" / f"{name}.sol" / f"{name}.json").read_text())
        contract = self.web3.eth.contract(abi=built["abi"], bytecode=built["bytecode"]["object"])
        sent = contract.constructor(*arguments).transact({"from": self.admin})
        receipt = self.web3.eth.wait_for_transaction_receipt(sent)
        return self.web3.eth.contract(address=receipt["contractAddress"], abi=built["abi"])


def measure(market: Market) -> dict[str, int]:
    """Gas of each operation, with as many models as there are now."""
    gas: dict[str, int] = {}
    seller, buyer, newcomer = market.newcomer(), market.newcomer(), market.newcomer()
    offer = _list(market, seller, gas)
    market.send(market.aim.functions.approve(market.market.address, 10**24), buyer)

    orders = []
    for name in ("buy_new", "buy_repeat"):
        call = market.market.functions.buy(offer.to_abi(), _purchase(market).to_abi())
        orders.append(_measured(market, call, buyer, name, gas))
    orders.append(
        _measured(market, _with_tokens(market, offer, newcomer), newcomer, "buy_one_tx", gas)
    )

    for order in orders:
        request = KeyRequest(order["order"], mul(market.line, G), _point(order["key"]))
        frozen = tuple(
            order[key] for key in ("buyer", "recipient", "key", "price", "protocolFee", "salt")
        )
        delivery = prove(market.line, request).to_abi()
        call = market.market.functions.deliver(offer.to_abi(), frozen, delivery)
        gas["deliver_and_pay"] = market.send(call, market.keeper)["gasUsed"]
    gas["deal_total"] = gas["buy_repeat"] + gas["deliver_and_pay"]

    add = market.registry.functions.addVersion(offer.model, market.version().to_abi(), [])
    gas["version"] = market.send(add, seller)["gasUsed"]
    take = market.market.functions.withdraw(ZERO_WORD, market.aim.address, seller)
    gas["withdraw"] = market.send(take, seller)["gasUsed"]
    return {name: gas[name] for name in ANCHORS}


def _list(market: Market, seller: str, gas: dict[str, int]) -> Offer:
    receipt = market.send(market.publish(seller), seller)
    gas["list"] = receipt["gasUsed"]
    model = ModelId(market.registry.functions.modelCount().call())
    terms = market.terms(seller)
    return replace(terms, seller=seller, model=model, version=1, scheme=1)


def _purchase(market: Market) -> Purchase:
    return Purchase(mul(market.seeds.scalar(), G), PRICE, GENESIS + 10**9, market.seeds.word())


def _with_tokens(market: Market, offer: Offer, recipient: str) -> Any:
    from daimm_cli.bindings.values import encode

    data = encode(
        [Offer.abi_type(), Purchase.abi_type(), "address"],
        [offer.to_abi(), _purchase(market).to_abi(), recipient],
    )
    transfer = market.aim.get_function_by_signature("transferAndCall(address,uint256,bytes)")
    return transfer(market.market.address, PRICE, data)


def _measured(market: Market, call: Any, sender: str, name: str, gas: dict[str, int]) -> Any:
    receipt = market.send(call, sender)
    gas[name] = receipt["gasUsed"]
    (log,) = [entry for entry in receipt["logs"] if entry["address"] == market.market.address]
    return market.market.events.Purchased().process_log(log)["args"]


def _point(pair: Any) -> Point:
    return Point(pair["x"], pair["y"])


def table(gas: dict[str, int]) -> str:
    """The figures beside what they are held to."""
    rows = [("operation", "gas", "ceiling", "floor", "elsewhere", "")]
    for name, anchor in ANCHORS.items():
        floor = f"{anchor.floor:,}" if anchor.floor else "-"
        figures = (f"{gas[name]:,}", f"{anchor.ceiling:,}", floor)
        rows.append((name, *figures, anchor.peers, anchor.what))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if 1 <= i <= 3 else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def problems(few: dict[str, int], many: dict[str, int]) -> list[str]:
    """What is above its ceiling or grows with the number of models."""
    found = [
        f"{name} takes {few[name]:,} gas, over its ceiling of {anchor.ceiling:,}"
        for name, anchor in ANCHORS.items()
        if max(few[name], many[name]) > anchor.ceiling
    ]
    found += [
        f"{name} takes {few[name]:,} gas with {FEW} models and {many[name]:,} with {MANY:,}"
        for name in ANCHORS
        if abs(few[name] - many[name]) > SPREAD
    ]
    return found


def run() -> dict[str, Any]:
    """Measure at both sizes: what results.json holds."""
    extra = ("--gas-limit", "200000000", "--base-fee", "0")
    with LocalChain(accounts=16, genesis_time=GENESIS, extra=extra) as chain:
        market = Market(chain)
        market.fill(FEW)
        measure(market)  # the treasury's and the first seller's slots are now in use
        few = measure(market)
        market.fill(MANY)
        many = measure(market)
    return {"gas": few, f"gas_with_{MANY}_models": many}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.gas", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with results.json")
    check = parser.parse_args(arguments).check
    results = run()
    print(table(results["gas"]))
    found = problems(results["gas"], results[f"gas_with_{MANY}_models"])
    committed = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    if check and any(committed.get(key) != value for key, value in results.items()):
        found.append("bench/results.json is stale: run `make bench` and commit it")
    if not check:
        _write(RESULTS, committed | results)
    print("\n".join(found), file=sys.stderr)
    return 1 if found else 0


def _write(path: Path, results: dict[str, Any]) -> None:
    path.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
