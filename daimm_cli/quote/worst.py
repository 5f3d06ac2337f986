"""The worst that can happen to this buyer, in money and days.

>>> Worst(row.offer, gas=120_286, cost=None).refund_after
93600

Durations are in seconds from the purchase, or from the delivery where it says so; amounts are in
the token's smallest unit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from daimm_cli.chain.terms import ZERO_ADDRESS, Offer
from daimm_cli.quote.words import roughly


@dataclass(frozen=True)
class Worst:
    """What the offer's terms allow. gas, cost: of the purchase, in wei the latter; None if unknown.

    The chain sees that the key is right, not that the model is good: nothing takes the money back
    after delivery yet, so the most that can be lost is all of it.
    """

    offer: Offer
    gas: int | None
    cost: int | None

    @property
    def refund_after(self) -> int:
        return self.offer.delivery_time + self.offer.grace_period

    @property
    def longest(self) -> int:
        """Until the last of the money has moved, whatever happens."""
        return self.refund_after + self.offer.inspection

    def describe(self, amount: Callable[[int], str]) -> dict[str, str]:
        """For people; `amount` shows a number of smallest units with its unit."""
        offer, total = self.offer, amount(self.offer.total)
        gas = f" (about {self.gas:,} for the purchase)" if self.gas is not None else ""
        told = {
            "no key comes": f"after {roughly(self.refund_after)} anybody can send {total} back to "
            f"you, all of it: you lose gas alone{gas}. If the seller declines, at once",
            "key comes late": f"it counts until {roughly(self.refund_after)} after the purchase, "
            f"{roughly(offer.grace_period)} later than promised, and is paid like any other",
        }
        if offer.inspection:
            told["bad content"] = (
                f"{amount(offer.delivery_fee)} is paid at delivery; {amount(offer.price)} is held "
                f"for {roughly(offer.inspection)} more and then goes to the seller: "
                f"{self._arbitrator()}, so nothing takes it back on the chain yet. You lose "
                f"{total} and gas"
            )
        else:
            told["bad content"] = (
                f"{total} is paid at delivery. If the proven key opens something else than was "
                "promised, you can prove it, and there is no remedy on the chain yet (a seller's "
                f"bond comes later). You lose {total} and gas"
            )
        told["your seed lost"] = "the delivered key cannot be opened: back the seed up before"
        most = f"{total} and gas, within {roughly(self.longest)}"
        return {**told, "at most": most}

    def _arbitrator(self) -> str:
        if self.offer.arbitrator == ZERO_ADDRESS:
            return "no arbitrator is named"
        return f"this market does not ask the arbitrator named ({self.offer.arbitrator})"

    def to_json(self) -> dict[str, Any]:
        """For programs; amounts as decimal text."""
        return {
            "no_delivery": {"back": str(self.offer.total), "after": self.refund_after},
            "late_delivery": {"until": self.refund_after},
            "bad_content": {
                "lost": str(self.offer.total),
                "held": str(self.offer.price if self.offer.inspection else 0),
                "held_for": self.offer.inspection,
                "remedy": None,
                "arbitrator": None,
            },
            "at_most": str(self.offer.total),
            "within": self.longest,
            "gas": self.gas,
            "gas_cost": None if self.cost is None else str(self.cost),
        }
