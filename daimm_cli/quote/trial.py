"""The purchase, tried without paying, and the worst that can come of it.

>>> finding, trial = attempt(session, row, token, buyer, asked)
>>> finding.says, trial.gas
('It would go through.', 120286)

Where the buyer has the money the very call is simulated, from their address; a token that needs an
approval first has both simulated one after the other (`eth_simulateV1`). Nothing is signed.

The chain sees that the key is right, not that the model is good: after delivery only a proof of
wrong content, or an arbitrator, takes the price back: the most that can be lost is all of it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.base.text import ether, roughly
from daimm_cli.chain import payment
from daimm_cli.chain.book import LOCAL_CHAINS
from daimm_cli.chain.client import Chain
from daimm_cli.chain.errors import NodeRefused, refused
from daimm_cli.chain.node import Call
from daimm_cli.chain.terms import ZERO_ADDRESS, Bps, Offer, Purchase
from daimm_cli.chain.views import Token
from daimm_cli.index.rows import OfferRow
from daimm_cli.market.listing import stopped
from daimm_cli.market.offers import MAX_HOLD
from daimm_cli.market.rules import Asked
from daimm_cli.market.wait import PATIENCE
from daimm_cli.protocol.curve import N, SecretScalar
from daimm_cli.quote.checks import Finding, Result
from daimm_cli.session.session import Session

NO_ROLLUPS = LOCAL_CHAINS | {1, 11155111, 560048}
"""Chains on which nobody decides alone what is mined: Ethereum, Sepolia, Hoodi."""

FORCED_INCLUSION = 24 * 3600
"""Longest that a rollup's sequencer can keep a transaction out, in seconds (Arbitrum)."""


@dataclass(frozen=True)
class Trial:
    """As JSON has it. simulated: whether the very calls were; transactions: how many it takes.

    gas: of all transactions; None where not known. gas_cost: wei at today's price, in decimal.
    """

    buyer: str | None
    simulated: bool = False
    transactions: int | None = None
    gas: int | None = None
    gas_cost: str | None = None


def chosen(session: Session) -> str | None:
    """The account that is chosen, if one is."""
    named = session.config.profile.account or len(session.accounts.list()) == 1
    return session.me.address if named else None


def attempt(
    session: Session,
    row: OfferRow,
    token: Token,
    buyer: str | None,
    asked: Asked | None,
    shown: bytes = b"",
) -> tuple[Finding, Trial]:
    """Try to buy as `buyer`, if there is one. asked: what it costs now, if that is known. shown:
    what the offer's rule is given."""
    chain, now = session.chain, session.now
    says = row.refusal(now) or stopped(chain, now)
    if says is None and not chain.is_open(row.offer_id):
        says = "The market does not take the offer, though its events say so: use another node."
    if says is not None:
        return Finding("purchase", Result.FALSE, says), Trial(buyer)
    try:
        if buyer is None:
            raise OutsideFailed("there is no account here to try it with")
        if asked is None:
            raise OutsideFailed("what it costs is not known, see the check of its price rule")
        return _tried(session, row, token, buyer, asked, shown)
    except OutsideFailed as error:
        why = error.message.rstrip(".")
        says = f"The offer is open and its terms hold; not simulated: {why}."
        return Finding("purchase", Result.UNKNOWN, says), Trial(buyer)
    except DaimmError as error:
        return Finding("purchase", Result.FALSE, error.message), Trial(buyer)


def _tried(
    session: Session, row: OfferRow, token: Token, buyer: str, asked: Asked, shown: bytes
) -> tuple[Finding, Trial]:
    chain, node, payer = session.chain, session.chain.node, session.owner.address  # a Safe's owner
    held, owed = chain.balance(token.address, buyer), asked.of(row.offer).total
    if held < owed:
        raise OutsideFailed(f"{buyer} has {token.shown(held)} and needs {token.shown(owed)}")
    key = SecretScalar(secrets.randbelow(N - 1) + 1).point
    rate, salt = Bps(chain.policy(token.address).fee), secrets.token_bytes(32)
    purchase = Purchase(key, owed, rate, session.now + PATIENCE, salt)
    watcher: Any = SimpleNamespace(address=buyer)  # cannot sign, so no permit is asked for
    item = payment.Item(row.offer, purchase, shown, moves=asked.moves)
    approvals, call = payment.plan(chain, watcher, [item], None)
    if approvals:
        gas = _gas_of_all(chain, [*approvals, call], buyer)
    else:
        node.simulate(call, buyer)
        gas = node.estimate(call, buyer)
    cost = gas * node.gas_price()
    trial = Trial(buyer, True, len(approvals) + 1, gas, str(cost))
    says, held = "Simulated from your account: it would go through.", node.ether(payer)
    if held >= cost:
        return Finding("purchase", Result.OK, says), trial
    says += f" But {payer} has {ether(held)} and needs about {ether(cost, up=True)} for gas."
    return Finding("purchase", Result.UNKNOWN, says), trial


def _gas_of_all(chain: Chain, calls: list[Call], buyer: str) -> int:
    """Gas of calls that build on each other; raises ChainRefused where one would revert."""
    questions = [{"from": buyer, "to": each.to, "data": f"0x{each.data.hex()}"} for each in calls]
    asked = {"blockStateCalls": [{"calls": questions}]}
    with chain.node.asking("simulate several transactions"):
        try:
            made = chain.node.ask("eth_simulateV1", asked, "latest")[0]["calls"]
        except NodeRefused:
            raise OutsideFailed(
                "the node cannot simulate an approval and what builds on it"
            ) from None
        for call, result in zip(calls, made, strict=True):
            if int(result["status"], 16) != 1:
                data = (result.get("error") or {}).get("data") or result.get("returnData") or "0x"
                raise refused(bytes.fromhex(data[2:]), call.doing)
        return sum(int(result["gasUsed"], 16) for result in made)


def worst_shown(
    offer: Offer, trial: Trial, amount: Callable[[int], str], chain_id: int, court: str | None
) -> dict[str, str]:
    """The worst that can happen, for people; `amount` shows smallest units with their unit. court:
    what the book calls the contract of claims that is the offer's arbitrator; None for another."""
    waits = offer.delivery_time + offer.grace_period
    total, until = amount(offer.total), roughly(waits)
    gas = f" (about {trial.gas:,} for the purchase)" if trial.gas is not None else ""
    if offer.inspection:
        fee, price = amount(offer.delivery_fee), amount(offer.price)
        arbitrator = (
            "no arbitrator is named"
            if offer.arbitrator == ZERO_ADDRESS
            else f"a claim (`daimm claim open`) holds it for {roughly(MAX_HOLD)} at most, and "
            f"stands unless somebody opposes it and the arbitrator of {court} does not uphold it"
            if court
            else f"the arbitrator whom the seller named ({offer.arbitrator}) may hold it for "
            f"{roughly(MAX_HOLD)} and rule"
        )
        bad = (
            f"{fee} is paid at delivery; {price} is held for {roughly(offer.inspection)} more. "
            f"Prove until then that it is not what was promised, and {price} comes back: you lose "
            f"{fee} and gas. For what no proof shows, {arbitrator}. If nothing is proven or ruled, "
            f"the seller is paid, and you lose {total} and gas"
        )
    else:
        bad = (
            f"{total} is paid at delivery. If the proven key opens something else than was "
            "promised, you can prove it and claim from a bond on the version, if there is one. "
            f"Without one you lose {total} and gas"
        )
    return {
        "no key comes": f"after {until} anybody can send {total} back to you, all of it: you lose "
        f"gas alone{gas}. If the seller declines, at once",
        "key comes late": f"it counts until {until} after the purchase, "
        f"{roughly(offer.grace_period)} later than promised, and is paid like any other",
        "bad content": bad,
        **({} if chain_id in NO_ROLLUPS else _trusting(offer)),
        "your seed lost": "the delivered key cannot be opened: back the seed up before",
        "at most": f"{total} and gas, within {roughly(worst_case(offer, trial)['within'])}",
    }


def _trusting(offer: Offer) -> dict[str, str]:
    """Clocks that a rollup's sequencer can outwait by keeping a transaction out."""
    clocks = {"grace": offer.grace_period, "inspection": offer.inspection}
    short = [f"{name} of {roughly(t)}" for name, t in clocks.items() if 0 < t < FORCED_INCLUSION]
    if not short:
        return {}
    return {
        "on a rollup": f"{' and '.join(short)}: within {roughly(FORCED_INCLUSION)} a sequencer can "
        "keep a delivery, or your proof, out"
    }


def worst_case(offer: Offer, trial: Trial) -> dict[str, Any]:
    """The same for programs; amounts as decimal text, durations in seconds from the purchase."""
    total, until = str(offer.total), offer.delivery_time + offer.grace_period
    named = bool(offer.inspection) and offer.arbitrator != ZERO_ADDRESS
    return {
        "no_delivery": {"back": total, "after": until},
        "late_delivery": {"until": until},
        "bad_content": {
            "lost": total,
            "held": str(offer.price if offer.inspection else 0),
            "held_for": offer.inspection,
            "remedy": "proof" if offer.inspection else None,
            "arbitrator": offer.arbitrator if named else None,
        },
        "at_most": total,
        "within": until + offer.inspection + (MAX_HOLD if named else 0),
        "gas": trial.gas,
        "gas_cost": trial.gas_cost,
    }
