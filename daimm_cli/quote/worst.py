"""The worst that can happen to a buyer, in money and days.

The chain sees that the key is right, not that the model is good: nothing takes the money back after
delivery yet, so the most that can be lost is all of it. Durations are in seconds from the purchase,
or from the delivery where it says so; amounts are in the token's smallest unit, gas's cost in wei.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from daimm_cli.chain.terms import ZERO_ADDRESS, Offer
from daimm_cli.quote.trial import Trial
from daimm_cli.quote.words import roughly


def describe(offer: Offer, trial: Trial, amount: Callable[[int], str]) -> dict[str, str]:
    """For people; `amount` shows a number of smallest units with its unit."""
    total, until = amount(offer.total), roughly(offer.delivery_time + offer.grace_period)
    gas = f" (about {trial.gas:,} for the purchase)" if trial.gas is not None else ""
    if offer.inspection:
        arbitrator = f"this market does not ask the arbitrator named ({offer.arbitrator})"
        if offer.arbitrator == ZERO_ADDRESS:
            arbitrator = "no arbitrator is named"
        bad = (
            f"{amount(offer.delivery_fee)} is paid at delivery; {amount(offer.price)} is held for "
            f"{roughly(offer.inspection)} more and then goes to the seller: {arbitrator}, so "
            f"nothing takes it back on the chain yet. You lose {total} and gas"
        )
    else:
        bad = (
            f"{total} is paid at delivery. If the proven key opens something else than was "
            "promised, you can prove it, and there is no remedy on the chain yet (a seller's bond "
            f"comes later). You lose {total} and gas"
        )
    return {
        "no key comes": f"after {until} anybody can send {total} back to you, all of it: you lose "
        f"gas alone{gas}. If the seller declines, at once",
        "key comes late": f"it counts until {until} after the purchase, "
        f"{roughly(offer.grace_period)} later than promised, and is paid like any other",
        "bad content": bad,
        "your seed lost": "the delivered key cannot be opened: back the seed up before",
        "at most": f"{total} and gas, within {roughly(_longest(offer))}",
    }


def to_json(offer: Offer, trial: Trial) -> dict[str, Any]:
    """For programs; amounts as decimal text."""
    total, until = str(offer.total), offer.delivery_time + offer.grace_period
    return {
        "no_delivery": {"back": total, "after": until},
        "late_delivery": {"until": until},
        "bad_content": {
            "lost": total,
            "held": str(offer.price if offer.inspection else 0),
            "held_for": offer.inspection,
            "remedy": None,
            "arbitrator": None,
        },
        "at_most": total,
        "within": _longest(offer),
        "gas": trial.gas,
        "gas_cost": trial.gas_cost,
    }


def _longest(offer: Offer) -> int:
    """Until the last of the money has moved, whatever happens."""
    return offer.delivery_time + offer.grace_period + offer.inspection
