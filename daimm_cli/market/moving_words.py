"""Moving prices as sellers say them and as people read them.

>>> offer = applied(chain, offer, {"falls_to": "4", "half_life": "2d", "rises": "3%"}, amount, now)
>>> Moving().words(offer, token)["rises"]
'by 3% with each sale'
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import duration_shown, parse_duration, roughly, time_shown
from daimm_cli.bindings.moving_price import MovingPrice
from daimm_cli.bindings.structs import Bps, MovingTerms, OfferId
from daimm_cli.chain.terms import ZERO_ADDRESS, ZERO_WORD, Offer
from daimm_cli.market import moving
from daimm_cli.market.moving import WHOLE

if TYPE_CHECKING:
    from daimm_cli.chain.views import Token, Views

SAID = ("falls_to", "half_life", "rises", "rises_to", "starts", "referral")
"""What a seller can say, by the option's name."""

STILL = MovingTerms(0, 0, WHOLE, 0, 0, Bps(0))
"""A price that does not move."""

MAX_REFERRAL = 5_000
LINES, WIDTH = 7, 30
"""Of a drawn price."""


class Moving:
    """MovingPrice, as `rules.Rule` has it."""

    moves = True

    def mark(self, offer: Offer) -> str:  # noqa: ARG002
        return "(moves)"

    def words(self, offer: Offer, token: Token) -> dict[str, str]:
        terms, shown = moving.unpack(offer.rule_data), {}
        if terms.half_life:
            shown["falls"] = (
                f"to {token.shown(moving.lowest(terms, offer.price))}, half of what is above in "
                f"{duration_shown(terms.half_life)}, from {time_shown(terms.start_at)} on"
            )
        if terms.rise:
            most = token.shown(offer.price * terms.cap // WHOLE)
            top = f", to {most} at most" if terms.cap else ""
            shown["rises"] = f"by {_percent(terms.rise)} with each sale{top}"
        if terms.referral:
            shown["referrer"] = f"gets {terms.referral / 100:g}% of the price, out of the seller's"
        return shown

    def outlook(self, offer: Offer, price: int, token: Token) -> str:
        terms = moving.unpack(offer.rule_data)
        falls = "time only lowers it" if terms.half_life else "time does not change it"
        if not terms.rise:
            return f"{falls}, and no sale raises it"
        after = moving.raised(terms, offer.price, price)
        return (
            f"{falls}; whoever buys before you raises it, to {token.shown(after)} with one sale. "
            "You pay your maximum at most, and without --max-price what it costs now: else "
            "nothing is bought"
        )

    def drawn(self, chain: Views, offer: Offer, token: Token, now: int) -> str:
        terms = moving.unpack(offer.rule_data)
        if not terms.half_life or not offer.price:
            return ""
        ident = OfferId(chain.offer_id(offer))
        last = chain.node.view(MovingPrice(offer.rule).last_of(chain.market, ident))
        return _drawn(terms, offer, token, now, last)

    def lowest(self, offer: Offer) -> int:
        return moving.lowest(moving.unpack(offer.rule_data), offer.price)


def applied(
    chain: Views, offer: Offer, said: Mapping[str, str], amount: Callable[[str], int], now: int
) -> Offer:
    """The offer with what is said of its price, `none` ending a movement; what is not said stays.

    It begins anew, now or when it was to start. amount: reads one in the offer's token. Raises
    DaimmError for what does not fit together.
    """
    is_moving = chain.book.rules.get(offer.rule) == "MovingPrice"
    if not said and not is_moving:
        return offer
    if offer.rule != ZERO_ADDRESS and not is_moving:
        raise DaimmError("Another rule quotes this offer's price: open an offer of its own.")
    if not offer.price:
        raise DaimmError("A free offer's price cannot move: give one with --price.")
    terms = moving.unpack(offer.rule_data) if is_moving else STILL
    terms = _rising(_falling(terms, offer.price, said, amount), offer.price, said, amount)
    if "referral" in said:
        terms = dataclasses.replace(terms, referral=Bps(_points(said["referral"], MAX_REFERRAL)))
    if terms == dataclasses.replace(STILL, start_at=terms.start_at):
        return dataclasses.replace(offer, rule=ZERO_ADDRESS, rule_data=ZERO_WORD)
    start = max(terms.start_at, now)
    if "starts" in said:
        start = now + parse_duration(said["starts"])
    rule = chain.deployed.moving
    data = chain.node.view(rule.rule_data_of(dataclasses.replace(terms, start_at=start)))
    return dataclasses.replace(offer, rule=rule.address, rule_data=data)


def _drawn(terms: MovingTerms, offer: Offer, token: Token, now: int, last: tuple[int, int]) -> str:
    """The price over time if nobody buys, a line for each half-life.

    last: what the last sale left behind.
    """
    begin, lines = max(now, terms.start_at), []
    times = [now] * (now < begin) + [begin + n * terms.half_life for n in range(LINES)]
    until = offer.expires_at or times[-1]
    for time in times if times[-1] <= until else [*(t for t in times if t < until), until]:
        price = moving.price(terms, offer.price, time, last)
        top = max(last[0], offer.price)
        unit = 10 ** max(token.decimals - 4, 0)
        when = f"in {roughly(time - now)}" if time > now else "now"
        bar = "#" * max(price * WIDTH // top, 1)
        lines.append(f"{when:<22}  {bar:<{WIDTH}}  {token.shown(-(-price // unit) * unit)}")
    return "\n".join(["The price over time, while nobody buys:", *lines])


def _falling(
    terms: MovingTerms, price: int, said: Mapping[str, str], amount: Callable[[str], int]
) -> MovingTerms:
    life, floor = terms.half_life, terms.floor
    if said.get("falls_to") == "none":
        return dataclasses.replace(terms, half_life=0, floor=WHOLE)
    if "half_life" in said:
        life = parse_duration(said["half_life"])
    if "falls_to" in said:
        floor = -(-amount(said["falls_to"]) * WHOLE // price)
    if life and floor >= WHOLE:
        raise DaimmError("Say to what the price falls with --falls-to: below the price.")
    if floor < WHOLE and not life:
        raise DaimmError("Say how fast the price falls with --half-life, like 2d.")
    return dataclasses.replace(terms, half_life=life, floor=min(floor, WHOLE))


def _rising(
    terms: MovingTerms, price: int, said: Mapping[str, str], amount: Callable[[str], int]
) -> MovingTerms:
    rise, cap = terms.rise, terms.cap
    if "rises" in said:
        rise = 0 if said["rises"] == "none" else _points(said["rises"], 10_000) * 100
        cap = cap if rise else 0
    if "rises_to" in said:
        cap = 0 if said["rises_to"] == "none" else amount(said["rises_to"]) * WHOLE // price
        if said["rises_to"] != "none" and not WHOLE <= cap < 1 << 32:
            raise DaimmError("--rises-to is from the price to 4,294 times the price: change it.")
    if cap and not rise:
        raise DaimmError("Say by how much each sale raises the price with --rises, like 3%.")
    return dataclasses.replace(terms, rise=rise, cap=cap)


def _points(text: str, most: int) -> int:
    from daimm_cli.market.describe import basis_points

    return 0 if text == "none" else basis_points(text, most, "share")


def _percent(millionths: int) -> str:
    return f"{millionths / 10_000:g}%"
