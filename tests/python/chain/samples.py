"""Versions, offers, purchases and deliveries that are valid, to start from."""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import replace
from typing import Any

from daimm_cli.bindings.calls import Call
from daimm_cli.bindings.deployed import BOUND
from daimm_cli.bindings.structs import Delivery
from daimm_cli.chain.answers import Receipt
from daimm_cli.chain.client import Chain, Opened, Placed
from daimm_cli.chain.payment import Item
from daimm_cli.chain.terms import ZERO_ADDRESS, ZERO_WORD, Bps, ModelId, Offer, Purchase, Version
from daimm_cli.chain.transactions import Signer
from daimm_cli.protocol.curve import SecretScalar
from daimm_cli.protocol.delivery import NOBODY, KeyRequest, prove
from tools import abis
from tools.chain import web3_of

AIM = 10**18
LINE = SecretScalar(0xA11CE)
BUYER_KEY = SecretScalar(0xB0B)

_numbers = itertools.count(1)


def fresh_word(label: str = "") -> bytes:
    """32 bytes that no other call gave."""
    return hashlib.sha256(f"{label} {next(_numbers)}".encode()).digest()


def version(**changes: Any) -> Version:
    return replace(
        Version(
            manifest=fresh_word("manifest"),
            artifact=fresh_word("artifact"),
            plaintext_root=fresh_word("plaintext"),
            line=LINE.point,
            scheme=1,
            terms=fresh_word("terms"),
            payee=ZERO_WORD,
        ),
        **changes,
    )


def offer(seller: str, token: str, **changes: Any) -> Offer:
    return replace(
        Offer(
            seller=seller,
            model=ModelId(1),
            version=1,
            last_version=4095,
            transferable=True,
            line=LINE.point,
            token=token,
            price=10 * AIM,
            rule=ZERO_ADDRESS,
            rule_data=ZERO_WORD,
            delivery_fee=AIM // 10,
            payout=seller,
            payout_account=ZERO_WORD,
            delivery_time=3600,
            grace_period=1800,
            inspection=0,
            arbitrator=ZERO_ADDRESS,
            duration=0,
            expires_at=0,
            supply=0,
            salt=fresh_word("offer"),
        ),
        **changes,
    )


def purchase(chain: Chain, terms: Offer, **changes: Any) -> Purchase:
    return replace(
        Purchase(
            key=BUYER_KEY.point,
            max_total=terms.total,
            protocol_rate=Bps(chain.policy(terms.token).fee),
            tx_deadline=chain.node.latest().time + 3600,
            salt=fresh_word("purchase"),
        ),
        **changes,
    )


def published(chain: Chain, seller: Signer, **changes: Any) -> Opened:
    terms = offer(seller.address, chain.aim, **changes)
    return chain.publish(seller, royalty=250, details=version(), offer=terms)


def bought(chain: Chain, buyer: Signer, terms: Offer, **changes: Any) -> Placed:
    return chain.buy(buyer, [Item(terms, purchase(chain, terms, **changes))]).orders[0]


def delivery(placed: Placed, line: SecretScalar = LINE, receiver: str = NOBODY) -> Delivery:
    return prove(line, KeyRequest(placed.order_id, line.point, placed.order.key), receiver)


def calldata(chain: Chain, name: str, function: str, *values: Any) -> bytes:
    """A call of any function of one of the book's contracts."""
    known = BOUND[name.partition("/")[0]].FUNCTIONS.values()
    return next(
        f.encode(*values) for f in known if f.name == function and len(f.inputs) == len(values)
    )


def write(chain: Chain, account: Signer, name: str, function: str, *values: Any) -> Receipt:
    """The same, sent."""
    data = calldata(chain, name, function, *values)
    return chain.node.send(Call(chain.book.address(name), data, function), account)


def shipped_abi(name: str) -> list[dict[str, Any]]:
    """A contract's ABI as the interfaces' package has it."""
    loaded: list[dict[str, Any]] = json.loads((abis.PACKAGE / f"{name}.json").read_text())
    return loaded


def contract_of(chain: Chain, name: str) -> Any:
    """One of the book's contracts as web3 has it, to ask what daimm does not."""
    address: Any = chain.book.address(name)
    return web3_of(chain.node).eth.contract(address=address, abi=shipped_abi(name))


def withdraw(
    chain: Chain, account: Signer, to: str | None = None, payout_account: bytes = ZERO_WORD
) -> Receipt:
    """Collect what the market owes in AIM."""
    receiver = to or account.address
    call = chain.deployed.market.withdraw(payout_account, chain.aim, receiver)
    return chain.node.send(call, account)
