"""How a purchase or a renewal pays: in one transaction wherever the token allows.

>>> approvals, call = plan(chain, account, [Item(offer, purchase)], recipient=None)

- one thing for AIM: ERC-1363 `transferAndCall`, which needs no allowance. It sends the exact sum,
  so it is for a price that cannot move;
- an allowance that suffices, or nothing to pay: the purchase alone;
- a token with ERC-2612 (AIM too, for several licences): `multicall` of permit and purchases;
- any other token: an exact approval first, then the purchase. Tokens that refuse to change an
  allowance that is not zero are set to zero before.
"""

from __future__ import annotations

import dataclasses
import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.bindings.structs import OrderId
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain import signatures
from daimm_cli.chain.errors import RevertedWith
from daimm_cli.chain.signatures import DOMAIN, struct
from daimm_cli.chain.terms import ZERO_ADDRESS, Offer, Purchase

if TYPE_CHECKING:
    from daimm_cli.chain.node import Call
    from daimm_cli.chain.transactions import Signer
    from daimm_cli.chain.views import Views

BUYING = "buy"
"""What the call that buys is doing; approvals do something else."""

RENEWAL_LENGTH = 24 * 32
"""Bytes that tell the market of a renewal which came with its payment."""

PERMIT_SECONDS = 3600
"""How long a permit lives, from now."""

_PERMIT = "address owner,address spender,uint256 value,uint256 nonce,uint256 deadline"
_TYPES = {"EIP712Domain": DOMAIN, "Permit": struct(_PERMIT)}


class Item(NamedTuple):
    """A licence to buy. shown: what the offer's rule is given; referrer: who sent the buyer.

    moves: whether the rule may ask less or more once it is mined than now; then the purchase's
    maximum is what may be taken, else it is what is paid.
    """

    offer: Offer
    purchase: Purchase
    shown: bytes = b""
    referrer: str = ZERO_ADDRESS
    moves: bool = False

    @property
    def owed(self) -> int:
        """What may be taken, in the token's smallest unit."""
        ruled = self.offer.rule != ZERO_ADDRESS
        return self.purchase.max_total if ruled else self.offer.total


def plan(
    chain: Views, buyer: Signer, items: Sequence[Item], recipient: str | None
) -> tuple[list[Call], Call]:
    """Approvals to send first, and the call that buys.

    Raises ChainRefused where the buyer lacks the tokens.
    """
    if not items:
        raise DaimmError("There is nothing to buy: name at least one offer.")
    to = buyer.address if recipient is None else checksummed(recipient, "recipient")
    owed: Counter[str] = Counter()
    sure: Counter[str] = Counter()
    for item in items:
        owed[item.offer.token] += item.owed
        sure[item.offer.token] += 0 if item.moves else item.owed
    market = chain.deployed.market
    buys = [
        market.buy_for(item.offer, item.purchase, to, item.referrer, item.shown) for item in items
    ]
    return _paid(chain, buyer, buys, BUYING, sure=sure, owed=owed, alone=buys[0].data[4:])


def plan_renewal(
    chain: Views, payer: Signer, offer: Offer, order: bytes, periods: int, tx_deadline: int
) -> tuple[list[Call], Call]:
    """As `plan`, for more time of a licence that was sold here."""
    total = offer.price * periods
    renew = chain.deployed.market.renew(offer, OrderId(order), periods, total, tx_deadline)
    owed = Counter({offer.token: total})
    alone = renew.data[4 : 4 + RENEWAL_LENGTH]
    return _paid(chain, payer, [renew], renew.doing, sure=owed, owed=owed, alone=alone)


def _paid(
    chain: Views,
    payer: Signer,
    calls: Sequence[Call],
    doing: str,
    *,
    sure: Counter[str],
    owed: Counter[str],
    alone: bytes,
) -> tuple[list[Call], Call]:
    """What pays for these calls of the market: approvals to send first, and one call of all.

    sure, owed: what is taken and what may be, by token. alone: what a transfer of AIM says where
    there is one call.
    """
    for token, amount in sure.items():
        if (held := chain.balance(token, payer.address)) < amount:
            shown = chain.token(token).shown
            raise ChainRefused(
                f"{payer.address} has {shown(held)} and needs {shown(amount)}: add funds, or "
                "choose another account."
            )
    market = chain.deployed.market
    if len(calls) == 1 and sure[chain.aim]:
        aim = chain.deployed.aim
        call = aim.transfer_and_call_with_data(chain.market, sure[chain.aim], alone)
        return [], dataclasses.replace(call, doing=doing)
    lacking = {t: n for t, n in owed.items() if n and chain.allowance(t, payer.address) < n}
    permits = {t: permit for t, n in lacking.items() if (permit := _permit(chain, payer, t, n))}
    call = market.together([*permits.values(), *calls], doing)
    if permits.keys() == lacking.keys() and not _lacks_allowance(chain, call, payer, permits):
        return [], call
    needed = [a for t, n in lacking.items() for a in approvals(chain, payer, t, n, chain.market)]
    return needed, market.together(calls, doing)


def approvals(
    chain: Views,
    payer: Signer,
    token: str,
    amount: int,
    spender: str,
    doing: str = "approve the payment",
) -> list[Call]:
    """What lets a contract of ours take so much: two calls where the token wants zero first."""

    def approve(value: int) -> Call:
        return dataclasses.replace(ERC20(token).approve(spender, value), doing=doing)

    if chain.allowance(token, payer.address, spender):
        try:
            chain.node.simulate(approve(amount), payer.address)
        except ChainRefused:
            return [approve(0), approve(amount)]
    return [approve(amount)]


def _lacks_allowance(chain: Views, call: Call, buyer: Signer, permits: Any) -> bool:
    """Whether the permits would do nothing: the market passes over one that fails."""
    if not permits:
        return False
    try:
        chain.node.simulate(call, buyer.address)
    except RevertedWith as refused:
        return refused.name in ("ERC20InsufficientAllowance", "TransferFromFailed")
    except ChainRefused:
        return True
    return False


def _permit(chain: Views, buyer: Signer, token: str, amount: int) -> Call | None:
    """The market's `permit` call; None where the token or the account can't do it."""
    sign = getattr(buyer, "sign_typed_data", None)
    if sign is None:
        return None
    erc20 = ERC20(token)
    try:
        nonce = chain.node.view(erc20.nonces(buyer.address))
        separator = chain.node.view(erc20.domain_separator())
        name = chain.node.view(erc20.name())
    except DaimmError:
        return None
    domain = _domain(chain, token, name, separator)
    if domain is None:
        return None
    deadline = max(chain.node.latest().time, int(time.time())) + PERMIT_SECONDS
    message = {
        "owner": buyer.address,
        "spender": chain.market,
        "value": amount,
        "nonce": nonce,
        "deadline": deadline,
    }
    asked = {"types": _TYPES, "domain": domain, "primaryType": "Permit", "message": message}
    made = bytes(sign(full_message=asked).signature)
    return chain.deployed.market.permit(token, amount, deadline, made[64], made[:32], made[32:64])


def _domain(chain: Views, token: str, name: str, separator: bytes) -> dict[str, Any] | None:
    """The token's EIP-712 domain, found by its separator: versions 1 and 2 are in use."""
    for version in ("1", "2"):
        told = name, version, chain.node.chain_id, token
        if signatures.separator(*told) == separator:
            return signatures.domain(*told)
    return None
