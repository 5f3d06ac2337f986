"""The options that say an offer's terms, shared by `model publish`, `offer open` and `replace`."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import parse_amount, parse_duration, sanitise
from daimm_cli.cli.frame import option
from daimm_cli.cli.output import say

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.chain.terms import Offer
    from daimm_cli.cli.context import Context


@dataclass
class OfferOptions:
    """What the command line says of an offer; None keeps the default or the old offer's term."""

    price: str | None = option("What a licence costs.", "AMOUNT")
    token: str | None = option("Payment token: AIM (default) or an address.", "TOKEN")
    delivery_fee: str | None = option(
        "What the buyer pays on top to whoever delivers; default 0.", "AMOUNT"
    )
    through: str | None = option(
        "Last version that a licence reaches, or all (on the same key line); default this one.",
        "VERSION",
    )
    duration: str | None = option(
        "Time of access from delivery, like 30d; default for ever.", "TIME"
    )
    deliver_within: str | None = option("Time you take to deliver; default 1d.", "TIME")
    grace: str | None = option(
        "Time after that until the buyer can be refunded; default 2h.", "TIME"
    )
    inspection: str | None = option(
        "Time that the buyer may inspect before you are paid; default 0.", "TIME"
    )
    arbitrator: str | None = option(
        "ERC-792 arbitrator of the inspection; default none.", "ADDRESS"
    )
    supply: int | None = option("How many licences are sold; default unlimited.", "NUMBER", min=0)
    expires: str | None = option("Time from now until the offer ends; default never.", "TIME")
    payout: str | None = option("Who is paid; default you.", "ADDRESS")
    transferable: bool | None = option("Whether buyers may resell; default yes.")

    def require_price(self) -> None:
        """Raise DaimmError where no price was said."""
        if self.price is None:
            raise DaimmError("Say what a licence costs with --price, for example --price 10.")

    def apply(self, chain: Chain, offer: Offer, now: int) -> Offer:
        """The offer with these terms; raises DaimmError for what cannot be read."""
        from daimm_cli.bindings.values import checksummed
        from daimm_cli.chain.terms import MAX_VERSION
        from daimm_cli.market import offers

        token = offer.token if self.token is None else offers.token_address(chain, self.token)
        offers.require_token(chain, token)
        known = chain.token(token)
        if not known.told:
            raise DaimmError(
                f"The token {token} does not tell its decimals, so no price in it can be read: "
                "choose another."
            )
        changes: dict[str, Any] = {"token": token}
        if token != offer.token and self.price is None and offer.price:
            raise DaimmError("Say the price in the new token with --price.")
        for name in ("price", "delivery_fee"):
            if (text := getattr(self, name)) is not None:
                changes[name] = parse_amount(text, known.decimals, known.symbol)
                if changes[name] >= 1 << 128:
                    raise DaimmError(f"'{sanitise(text, 40)}' is more than an offer can ask.")
        changes |= self._times(now)
        if self.through is not None:
            changes["last_version"] = _last_version(self.through, MAX_VERSION)
        for name in ("arbitrator", "payout"):
            if (text := getattr(self, name)) is not None:
                changes[name] = checksummed(text, name)
        if self.supply is not None:
            if self.supply >= 1 << 32:
                raise DaimmError("--supply is larger than an offer can count: leave it out.")
            changes["supply"] = self.supply
        if self.transferable is not None:
            changes["transferable"] = self.transferable
        made = dataclasses.replace(offer, **changes)
        offers.check(made, now=now)
        return made

    def _times(self, now: int) -> dict[str, int]:
        """Those that were said, in seconds."""
        said = {
            "duration": self.duration,
            "delivery_time": self.deliver_within,
            "grace_period": self.grace,
            "inspection": self.inspection,
            "expires_at": self.expires,
        }
        times = {name: parse_duration(text) for name, text in said.items() if text is not None}
        if times.get("expires_at"):
            times["expires_at"] += now
        return times


def warn_about(context: Context, offer: Offer) -> None:
    """Say so where nobody pays, and where the delivery time is over before a purchase is final."""
    from daimm_cli.keeper.settings import load
    from daimm_cli.market import offers
    from daimm_cli.market.wait import depth_of

    if offer.price == 0:
        say("Careful. This offer is free: anybody gets the key without paying, for gas alone.")
    chosen = load(context.config.keeper, context.environment).finality
    if warning := offers.haste(context.chain, offer, chosen or depth_of(context.chain, None)):
        say(f"Careful. {warning}")


def _last_version(text: str, most: int) -> int:
    if text == "all":
        return most
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text, re.ASCII):
        raise DaimmError(f"'{sanitise(text, 20)}' is no version: give a number, or all.")
    return int(text)
