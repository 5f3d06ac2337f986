"""What a call of a contract would do, in words: for who is asked to sign what others made.

>>> for action in explain(chain, me, tx.to, tx.value, tx.data):
...     print(action.does, action.facts)
buy {'pays': '10.1 AIM', 'model': '3, version 1', 'licence goes to': '0x8fd379...'}

Only calls that daimm itself makes are `known`. Everything else, above all what gives somebody
rights over tokens, models, licences or the Safe, is shown as it is and is for its signer to judge.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import format_amount, sanitise
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain.errors import CONTRACTS
from daimm_cli.chain.terms import Offer, Order, Purchase, Version
from daimm_cli.market import offers

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain

MAX_PARTS = 200

Given = Mapping[str, Any]
"""A call's arguments by name."""


@dataclass(frozen=True)
class Action:
    """One thing that a call does. known: daimm makes such calls itself, with such targets."""

    does: str
    facts: Mapping[str, str]
    known: bool = True


def explain(chain: Chain, me: str, to: str, value: int, data: bytes) -> list[Action]:
    """What the call does if `me` makes it. value: wei sent along."""
    actions = list(_Reader(chain, me).call(to, data))
    if value:
        ether = format_amount(value, symbol="ether")
        actions.append(Action("send ether", {"to": to, "amount": ether}, known=False))
    return actions


class _Reader:
    def __init__(self, chain: Chain, me: str) -> None:
        self._chain = chain
        self._me = me
        book = chain.book
        self._names = {book.address(name): name for name in CONTRACTS if name in book.contracts}

    def call(self, to: str, data: bytes, *, inner: bool = False) -> Iterator[Action]:
        name = self._names.get(to)
        if name is None and data and self._chain.policy(to).allowed:
            name = "AIMToken"  # any ERC-20 has these functions
        decoded = None if name is None else self._decoded(name, data)
        if name is None or decoded is None:
            yield self._unknown(to, data)
            return
        function, given = decoded
        parts = given["data"] if (name, function) == ("Market", "multicall") else ()
        if parts and not inner and len(parts) <= MAX_PARTS:
            for part in parts:
                yield from self.call(to, bytes(part), inner=True)
            return
        teller = _TELLERS.get((name, function))
        known = teller(self, to, given) if teller else None
        yield known or self._unknown(to, data, f"{name}.{function}")

    def _decoded(self, name: str, data: bytes) -> tuple[str, dict[str, Any]] | None:
        """The function and its arguments; None unless the data is exactly such a call."""
        from eth_abi.exceptions import DecodingError
        from web3.exceptions import Web3Exception

        try:
            function, given = self._chain.contract(name).decode_function_input(data)
        except (Web3Exception, DecodingError, ValueError, OverflowError):
            return None
        return str(function.fn_name), dict(given)

    def _unknown(self, to: str, data: bytes, what: str = "") -> Action:
        name = self._names.get(to)
        facts = {"target": f"{to} ({name})" if name else to, "data": _shortened(data)}
        return Action(f"call {what}" if what else "call a contract", facts, known=False)

    # What the calls do

    def buy(self, _target: str, given: Given) -> Action:
        offer = Offer.from_abi(given["terms"])
        return Action("buy a licence", {
            "pays": self._amount(offer.token, offer.total),
            "at most": self._amount(offer.token, Purchase.from_abi(given["purchase"]).max_total),
            "model": f"{offer.model}, version {offer.version}",
            "seller": offer.seller,
            "licence goes to": given.get("recipient", self._me),
        })  # fmt: skip

    def transfer_and_call(self, token: str, given: Given) -> Action | None:
        from eth_abi.abi import decode
        from eth_abi.exceptions import DecodingError

        types = [Offer.abi_type(), Purchase.abi_type(), "address"]
        if given["to"] != self._chain.market or token != self._chain.aim:
            return None
        try:
            terms, purchase, recipient = decode(types, given["data"])
        except (KeyError, DecodingError, OverflowError):
            return None
        bought = self.buy(
            token, {"terms": terms, "purchase": purchase, "recipient": checksummed(recipient)}
        )
        return Action(bought.does, {**bought.facts, "pays": self._amount(token, given["value"])})

    def approve(self, token: str, given: Given) -> Action | None:
        if given["spender"] != self._chain.market:
            return None
        return Action("let the market take", {"up to": self._amount(token, given["value"])})

    def transfer(self, token: str, given: Given) -> Action:
        amount = self._amount(token, given["value"])
        return Action("transfer", {"amount": amount, "to": given["to"]})

    def publish(self, _target: str, given: Given) -> Action:
        details, terms = Version.from_abi(given["details"]), given["terms"]
        values = terms.values() if isinstance(terms, Mapping) else terms
        named = dict(zip((field.name for field in dataclasses.fields(Offer)), values, strict=True))
        # What the market fills in itself.
        named |= {"seller": self._me, "version": 1, "scheme": details.scheme, "line": details.line}
        return Action("publish a model with an offer", {
            "royalty": f"{given['royalty'] / 100:g}%",
            "manifest": "0x" + details.manifest.hex(),
            **self._offer(tuple(named.values())),
        })  # fmt: skip

    def open_offer(self, _target: str, given: Given) -> Action:
        return Action("open an offer", self._offer(given["terms"]))

    def close_offer(self, _target: str, given: Given) -> Action:
        offer = Offer.from_abi(given["terms"])
        return Action("close an offer", {"offer": "0x" + self._chain.offer_id(offer).hex()})

    def withdraw(self, _target: str, given: Given) -> Action:
        owed = self._chain.credit(self._me, given["token"], given["account"])
        amount = self._amount(given["token"], owed)
        return Action("withdraw", {"owed now": amount, "to": given["to"]})

    def withdraw_for(self, _target: str, given: Given) -> Action:
        owed = self._chain.credit(given["payee"], given["token"])
        amount = self._amount(given["token"], owed)
        return Action("withdraw", {"owed now": amount, "to": given["payee"]})

    def add_version(self, _target: str, given: Given) -> Action:
        manifest = "0x" + Version.from_abi(given["details"]).manifest.hex()
        return Action("add a version", {"model": str(given["model"]), "manifest": manifest})

    def retire(self, _target: str, given: Given) -> Action:
        facts = {"model": str(given["model"]), "version": str(given["version"])}
        return Action("end the sales of a version for ever", facts)

    def give_model(self, _target: str, given: Given) -> Action:
        return Action("give a model away", {"model": str(given["id"]), "to": given["to"]})

    def give_license(self, _target: str, given: Given) -> Action:
        facts = {"licence": f"0x{given['id']:064x}", "to": given["to"]}
        return Action("give a licence away", facts)

    def drip(self, _target: str, _given: Given) -> Action:
        return Action("take test tokens from the faucet", {})

    def ending(self, does: str, given: Given) -> Action:
        offer, placed = Offer.from_abi(given["terms"]), Order.from_abi(given["order"])
        order_id = self._chain.order_id(self._chain.offer_id(offer), placed)
        return Action(does, {
            "order": "0x" + order_id.hex(),
            "price": self._amount(offer.token, placed.price),
            "buyer": placed.buyer,
            "seller": offer.seller,
        })  # fmt: skip

    # Underneath

    def _amount(self, token: str, amount: int) -> str:
        if amount >= 1 << 255:
            return f"without limit, of the token {token}"
        try:
            known = self._chain.token(token)
        except DaimmError:
            return f"{amount} of the smallest units of the token {token}"
        shown = format_amount(amount, known.decimals, known.symbol)
        return shown if token == self._chain.aim else f"{shown} (token {token})"

    def _offer(self, terms: Any) -> dict[str, str]:
        offer = Offer.from_abi(terms)
        shown = offers.describe(offer, self._chain.token(offer.token))
        if offer.token != self._chain.aim:
            shown["token"] = offer.token
        return {**({"model": str(offer.model)} if offer.model else {}), **shown}


Teller = Callable[[_Reader, str, Given], Action | None]


def _ending(does: str) -> Teller:
    return lambda reader, _target, given: reader.ending(does, given)


_TELLERS: dict[tuple[str, str], Teller] = {
    ("Market", "buy"): _Reader.buy,
    ("Market", "buyFor"): _Reader.buy,
    ("Market", "publish"): _Reader.publish,
    ("Market", "openOffer"): _Reader.open_offer,
    ("Market", "closeOffer"): _Reader.close_offer,
    ("Market", "deliver"): _ending("deliver a key"),
    ("Market", "deliverIfPending"): _ending("deliver a key, unless somebody has"),
    ("Market", "accept"): _ending("accept a delivery"),
    ("Market", "settle"): _ending("settle an order"),
    ("Market", "refund"): _ending("refund an order"),
    ("Market", "decline"): _ending("decline an order"),
    ("Market", "withdraw"): _Reader.withdraw,
    ("Market", "withdrawFor"): _Reader.withdraw_for,
    ("AIMToken", "approve"): _Reader.approve,
    ("AIMToken", "transfer"): _Reader.transfer,
    ("AIMToken", "transferAndCall"): _Reader.transfer_and_call,
    ("ModelRegistry", "addVersion"): _Reader.add_version,
    ("ModelRegistry", "retire"): _Reader.retire,
    ("ModelRegistry", "transferFrom"): _Reader.give_model,
    ("ModelLicense", "transferFrom"): _Reader.give_license,
    ("Faucet", "drip"): _Reader.drip,
}


def _shortened(data: bytes) -> str:
    if len(data) <= 100:
        return "0x" + data.hex()
    return sanitise(f"0x{data[:100].hex()} … ({len(data)} bytes)", 400)
