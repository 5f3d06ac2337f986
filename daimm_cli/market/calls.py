"""What a call of a contract would do, in words: for who is asked to sign what others made.

>>> for action in explain(chain, me, tx.to, tx.value, tx.data):
...     print(action.does, action.facts)
buy a licence {'pays': '10.1 AIM', 'model': '3, version 1', 'licence goes to': '0x8fd379...'}

Every function of the book's contracts is told by its NatSpec and its arguments. Only calls that
daimm itself makes are `known`. Everything else, above all what gives somebody rights over tokens,
models, licences or the Safe, is for its signer to judge.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.base.text import duration_shown, format_amount, sanitise
from daimm_cli.bindings.aim_token import AIMToken
from daimm_cli.bindings.aim_votes import AIMVotes
from daimm_cli.bindings.calls import Contract, Read
from daimm_cli.bindings.market import Market
from daimm_cli.bindings.model_license import ModelLicense
from daimm_cli.bindings.model_registry import ModelRegistry
from daimm_cli.bindings.structs import Offer, Order, Purchase, RebateRates, Ruling, Version
from daimm_cli.bindings.values import Struct
from daimm_cli.bindings.values import encode as encode_abi
from daimm_cli.chain import payment
from daimm_cli.chain.terms import ZERO_ADDRESS, ZERO_WORD
from daimm_cli.chain.views import LEDGERS
from daimm_cli.market import offers
from daimm_cli.protocol.curve import Point, encode

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain

MAX_PARTS = 200
KNOWN = {
    "AIMToken": {"transfer"},
    "AIMVotes": {"withdrawTo"},
    "Attestations": {"answer", "attest", "cancel", "closeJob", "commission", "finish"},
    "Bonds": {
        *("breakByContent", "breakByScore", "close", "compensate", "contest", "dismiss"),
        *("post", "reclaim", "waive"),
    },
    "Claims": {"addEvidence", "appeal", "conclude", "execute", "open", "oppose", "withdraw"},
    "Court": {
        *("advance", "collect", "commit", "draw", "execute", "join", "resign", "reveal"),
        "withdrawEther",
    },
    "CoverPool": {
        *("claim", "cover", "deposit", "impair", "redeem", "release", "request", "restore"),
        *("setLimit", "withdraw"),
    },
    "DaimmGovernor": {
        *("cancel", "castVote", "castVoteWithReason", "castVoteWithReasonAndParamsBySig"),
        *("execute", "propose", "queue"),
    },
    "Faucet": {"drip"},
    "Lineage": {"clear"},
    "KeyRequests": {
        *("deliverKey", "deliverKeyIfPending", "passKey", "prove", "provePassed", "refundKey"),
        "requestKey",
    },
    "Market": {
        *("accept", "buy", "buyFor", "closeOffer", "decline", "deliver", "deliverIfPending"),
        *("hold", "openOffer", "publish", "refund", "renew", "resolve", "resumeNewBusiness"),
        *("settle", "settleIfDue", "stopNewBusiness", "withdrawFor", "withdrawForIfOwed"),
    },
    "ModelLicense": {"transferFrom"},
    "ModelRegistry": {"addVersion", "convict", "retire", "transferFrom"},
    "Profiles": {"setProfile"},
    "Rebates": {"claim", "claimIfDue"},
    "RevenueSplitter": {"distribute"},
    "Reviews": {"answer", "review"},
    "Secondary": {
        *("close", "closeIfDue", "collect", "collectIfDue", "decline", "deliver", "end", "extend"),
        *("list", "passOn", "refund", "take", "unlist"),
    },
    "Vouchers": {"revoke", "revokeAll"},
}
"""What daimm makes itself, whatever the arguments; `approve` has to be for the market, and
`transferAndCall` for the market or for votes of one's own."""

OF_LEDGERS = {"withdraw", "withdrawIfOwed"}
"""The same of every contract that owes money."""


@dataclass(frozen=True)
class Action:
    """One thing that a call does. known: daimm makes such calls itself, with such targets."""

    does: str
    facts: Mapping[str, str]
    known: bool = True


def explain(chain: Chain, me: str, to: str, value: int, data: bytes) -> list[Action]:
    """What the call does if `me` makes it; also one of a former market. value: wei sent along."""
    for book in chain.book.markets():
        if to in {entry.address for entry in book.contracts.values()}:
            chain = chain.at(book)
            break
    actions = list(_Explainer(chain, me).call(to, data))
    if value:
        ether = format_amount(value, symbol="ether")
        actions.append(Action("send ether", {"to": to, "amount": ether}, known=False))
    return actions


class _Explainer:
    def __init__(self, chain: Chain, me: str) -> None:
        self._chain, self._me = chain, me

    def call(self, to: str, data: bytes, *, inner: bool = False) -> Iterator[Action]:
        kind = self._chain.kind_at(to)
        if kind is None and data and self._chain.policy(to).allowed:
            kind = AIMToken  # any ERC-20 has these functions
        read = kind.read_call(data) if kind else None
        if kind is None or read is None:
            named = f"{to} ({kind.NAME})" if kind else to
            yield Action("call a contract", {"target": named, "data": _short(data)}, known=False)
            return
        several = kind.NAME in KNOWN and read.function.name == "multicall" and not inner
        parts = read.arguments["data"] if several else ()
        if not 0 < len(parts) <= MAX_PARTS:
            yield self._for_the_market(to, read) or self._told(kind, to, read)
            return
        for part in parts:
            yield from self.call(to, part, inner=True)

    def _told(self, kind: type[Contract], to: str, read: Read) -> Action:
        name, does = read.function.name, read.function.doing
        known = KNOWN.get(kind.NAME, set()) | (OF_LEDGERS if kind.NAME in LEDGERS else set())
        if name in known:
            return Action(does, self._facts(kind, to, read))
        where = f"{kind.NAME}.{name}"
        does = f"call {where}" if does == f"call {name}" else f"{does} ({where})"
        return Action(does, {"target": to, **self._arguments(kind, to, read)}, known=False)

    def _for_the_market(self, token: str, read: Read) -> Action | None:
        """What makes a payment to the market; None for anything else that a token does."""
        given = read.arguments
        if read.function.name == "approve" and given.get("spender") == self._chain.market:
            return Action("let the market take", {"up to": self._amount(token, given["value"])})
        if read.function.name != "transferAndCall" or token != self._chain.aim:
            return None
        to, data = given["to"], given.get("data", b"")
        pays = {"pays": self._amount(token, given["value"])}
        own = b"", encode_abi(["address"], [self._me])
        if self._chain.kind_at(to) is AIMVotes and data in own:
            return Action("wrap AIM, which votes as before, or for whom it belongs to", pays)
        name = "buy_for"
        if len(data) == payment.RENEWAL_LENGTH:
            name, data = "renew", data + encode_abi(["uint128", "uint40"], [given["value"], 0])
        deal = Market.FUNCTIONS[name]
        bought = Market.read_call(bytes.fromhex(deal.selector) + data)
        if to != self._chain.market or bought is None:
            return None
        return Action(deal.doing, {**self._facts(Market, token, bought), **pays})

    def _facts(self, kind: type[Contract], to: str, read: Read) -> dict[str, str]:
        """What matters about a call that daimm knows."""
        match read.arguments:
            case {"terms": Offer() as offer, "purchase": Purchase() as purchase}:
                return {
                    "pays": self._price(offer),
                    "at most": self._amount(offer.token, purchase.max_total),
                    "model": f"{offer.model}, version {offer.version}",
                    "seller": offer.seller,
                    "licence goes to": read.arguments.get("recipient", self._me),
                }
            case {
                "terms": Offer() as offer,
                "order": bytes() as order_id,
                "periods": int() as times,
            }:
                return {
                    "pays": self._amount(offer.token, offer.price * times),
                    "order": "0x" + order_id.hex(),
                    "adds": duration_shown(offer.duration * times),
                    "model": f"{offer.model}, {offers.span(offer)}",
                    "seller": offer.seller,
                }
            case {"terms": Offer() as offer, "order": Order() as order}:
                order_id = self._chain.order_id(self._chain.offer_id(offer), order)
                return {
                    "order": "0x" + order_id.hex(),
                    "price": self._amount(offer.token, order.price),
                    "buyer": order.buyer,
                    "seller": offer.seller,
                }
            case {"what": bytes() as what, **more}:  # as `accept` takes it
                selector = bytes.fromhex(Market.FUNCTIONS["accept"].selector)
                deal = Market.read_call(selector + what)
                ruled = {"ruling": Ruling(more["ruling"]).name.lower()} if "ruling" in more else {}
                if deal is not None:
                    return {**self._facts(kind, to, deal), **ruled}
            case {"royalty": royalty, "details": Version() as details, "terms": Offer() as offer}:
                return {
                    "royalty": f"{royalty / 100:g}%",
                    "manifest": "0x" + details.manifest.hex(),
                    **self._offer(dataclasses.replace(offer, version=1)),
                }
            case {"terms": Offer() as offer, "details": Version()}:
                return self._offer(offer)
            case {"terms": Offer() as offer}:
                return {"offer": "0x" + self._chain.offer_id(offer).hex()}
            case {"model": model, "details": Version() as details}:
                return {"model": str(model), "manifest": "0x" + details.manifest.hex()}
            case {"account": account, "token": token, "to": receiver}:
                return self._owed(kind, self._me, token, receiver, account)
            case {"payee": payee, "token": token}:
                return self._owed(kind, payee, token, payee)
        return self._arguments(kind, to, read)

    def _price(self, offer: Offer) -> str:
        if offer.rule != ZERO_ADDRESS:
            return f"what the price rule {offer.rule} asks then, and the delivery fee"
        return self._amount(offer.token, offer.total)

    def _arguments(self, kind: type[Contract], to: str, read: Read) -> dict[str, str]:
        """Every argument by its name."""
        facts: dict[str, str] = {}
        for name, value in read.arguments.items():
            words = name.strip("_").replace("_", " ")
            words = "of target" if words == "target" else words  # `target` is the called contract
            if kind is Market and name == "fee":
                facts["fee"] = f"{value} ({value / 100:g}%)"
            elif kind is Market and name == "max_delivery_fee":
                cap = self._amount(read.arguments["token"], value)
                facts["max delivery fee"] = f"{value} ({cap})"
            elif kind is AIMToken and name == "value":
                facts["amount"] = self._amount(to, value)
            elif kind is ModelLicense and name == "id_":
                facts["licence"] = f"0x{value:064x}"
            elif kind is ModelRegistry and name == "id_":
                facts["model"] = str(value)
            elif isinstance(value, Struct):
                for field, _ in value.fields():
                    facts[f"{words} {field.replace('_', ' ')}"] = self._shown(getattr(value, field))
                if isinstance(value, RebateRates):
                    facts |= self._rates(value, facts)
            else:
                facts[words] = self._shown(value)
        return facts

    def _rates(self, rates: RebateRates, facts: Mapping[str, str]) -> dict[str, str]:
        """Shares in percent, too, and the amount in AIM."""
        words = {
            f"rates {name}": f"{getattr(rates, name) / 100:g}%"
            for name in ("buyer", "payee", "early", "frequent")
        }
        words["rates frequent at"] = self._amount(self._chain.aim, rates.frequent_at)
        return {name: f"{facts[name]} ({told})" for name, told in words.items()}

    def _shown(self, value: Any) -> str:
        if isinstance(value, bytes | Point):
            return _short(value if isinstance(value, bytes) else encode(value))
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, tuple):
            return sanitise(", ".join(map(self._shown, value)) or "none", 400)
        named = self._chain.book.names.get(value) if isinstance(value, str) else None
        return f"{value} ({named})" if named else sanitise(value, 400)

    def _amount(self, token: str, amount: int) -> str:
        if amount >= 1 << 255:
            return f"without limit, of the token {token}"
        try:
            known = self._chain.token(token)
        except DaimmError:
            return f"{amount} of the smallest units of the token {token}"
        shown = known.shown(amount)
        return shown if token == self._chain.aim else f"{shown} (token {token})"

    def _owed(
        self, ledger: type[Contract], payee: str, token: str, to: str, account: bytes = ZERO_WORD
    ) -> dict[str, str]:
        owed = self._chain.credit(payee, token, account, ledger.NAME)
        return {"owed now": self._amount(token, owed), "to": to}

    def _offer(self, offer: Offer) -> dict[str, str]:
        try:
            token = self._chain.token(offer.token)
        except OutsideFailed:
            raise
        except DaimmError as error:  # what others propose is shown, also where it makes no sense
            return {"offer": "0x" + self._chain.offer_id(offer).hex(), "token": error.message}
        shown = offers.describe(self._chain, offer, token)
        if offer.token != self._chain.aim:
            shown["token"] = offer.token
        return {**({"model": str(offer.model)} if offer.model else {}), **shown}


def _short(data: bytes) -> str:
    if len(data) <= 100:
        return "0x" + data.hex()
    return f"0x{data[:100].hex()} … ({len(data)} bytes)"
