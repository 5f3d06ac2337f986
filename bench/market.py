"""The contracts on a fresh chain, with inputs that are the same in every run.

with LocalChain(accounts=16, genesis_time=GENESIS) as chain:
    market = Market(chain)
    cost = market.cost(market.publish(seller), seller)
"""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import fields
from typing import Any

from bench import cost
from bench.cost import Cost
from daimm_cli.chain.node import MAX_TRANSACTION_GAS
from daimm_cli.chain.terms import MAX_VERSION, ZERO_ADDRESS, ZERO_WORD, ModelId, Offer, Version
from daimm_cli.protocol.curve import G, SecretScalar, mul
from tools.chain import ROOT, LocalChain

PRICE = 10 * 10**18
GENESIS = 1_750_000_000
AT_ONCE = 100
"""Models that are registered in one transaction."""

OFFER_LINE = [field.name for field in fields(Offer)].index("line")


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

        self.aim = self.deploy("AIMToken", [(self.admin, 10**27)])
        authority = self.deploy("Authority", self.admin).address
        proof = self.deploy("ContentProof").address
        self.registry = self.deploy("ModelRegistry", proof)
        self.licenses = licenses = self.deploy("ModelLicense", authority, self.registry.address)
        splitter = self.deploy("RevenueSplitter")
        lineage = self.deploy("Lineage", self.registry.address, splitter.address)
        self.market = self.deploy(
            "Market",
            *(authority, self.registry.address, licenses.address, lineage.address),
            *(self.aim.address, self.treasury),
        )
        self.send(self.market.functions.setToken(self.aim.address, True, 100, 10**19), self.admin)
        self.send(licenses.functions.setIssuer(self.market.address, True), self.admin)
        self.rebates = self.deploy(
            "Rebates", authority, self.market.address, licenses.address, self.aim.address
        )
        self.moving = self.deploy("MovingPrice")
        self.vouchers = self.deploy("Vouchers")
        served = self.market.address, licenses.address, self.treasury
        self.requests = self.deploy("KeyRequests", *served)
        self.secondary = self.deploy("Secondary", self.requests.address)
        self.reviews = self.deploy("Reviews", self.market.address, licenses.address)
        self.attestations = self.deploy("Attestations", self.treasury)
        below = self.market.address, licenses.address, self.attestations.address, self.aim.address
        self.bonds = self.deploy("Bonds", *below, self.treasury)
        insured = self.bonds.address, licenses.address, self.aim.address
        self.pool = self.deploy("CoverPool", *insured, self.admin, "DAIMM cover bench", "COVER")
        arbiter = self.deploy("Arbiter", self.admin, 10**16).address
        self.claims = self.deploy("Claims", arbiter, 0, 1, ZERO_WORD)
        rates = (1_000, 1_000, 10_000, 1_000, 10**24, GENESIS, 2 * GENESIS)
        self.send(self.rebates.functions.setRates(rates), self.admin)
        fill = self.aim.get_function_by_signature("transferAndCall(address,uint256)")
        self.send(fill(self.rebates.address, 10**24), self.admin)

    def newcomer(self) -> str:
        """An account with AIM that has done nothing yet."""
        account = next(self.free)
        self.send(self.aim.functions.transfer(account, 10**24), self.admin)
        return account

    def send(self, call: Any, sender: str, value: int = 0) -> Any:
        """The receipt of a transaction that succeeded. value: wei."""
        sent = call.transact({"from": sender, "gas": MAX_TRANSACTION_GAS, "value": value})
        receipt = self.web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.005)
        if receipt["status"] != 1:
            raise RuntimeError(f"{call.fn_name} reverted")
        return receipt

    def cost(self, call: Any, sender: str, value: int = 0) -> tuple[Cost, Any]:
        """What a transaction costs, and its receipt."""
        receipt = self.send(call, sender, value)
        return cost.of(self.web3, receipt["transactionHash"]), receipt

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
            line=mul(self.line, G),
            token=self.aim.address,
            price=PRICE,
            rule=ZERO_ADDRESS,
            rule_data=ZERO_WORD,
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

    def publish(self, seller: str, details: Version | None = None) -> Any:
        """The call that lists a model."""
        terms = list(self.terms(seller).to_abi())
        terms[OFFER_LINE] = (0, 0)  # the contract fills it in
        return self.market.functions.publish(
            250, (details or self.version()).to_abi(), tuple(terms)
        )

    def fill(self, models: int) -> None:
        """Register models, all alike, until there are as many."""
        filler = self.publish(self.admin)._encode_transaction_data()
        while (missing := models - int(self.registry.functions.modelCount().call())) > 0:
            calls = [filler] * min(missing, AT_ONCE)
            self.send(self.market.functions.multicall(calls), self.admin)

    def deploy(self, name: str, *arguments: Any) -> Any:
        """A compiled contract, deployed."""
        built = json.loads((ROOT / "out" / f"{name}.sol" / f"{name}.json").read_text())
        contract = self.web3.eth.contract(abi=built["abi"], bytecode=built["bytecode"]["object"])
        sent = contract.constructor(*arguments).transact({"from": self.admin})
        receipt = self.web3.eth.wait_for_transaction_receipt(sent)
        return self.web3.eth.contract(address=receipt["contractAddress"], abi=built["abi"])
