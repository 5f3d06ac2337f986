"""What an offer costs now, where a rule quotes its price.

>>> finding, asked = price(session, row, buyer)
>>> finding.says, asked.price
('Its rule asks 10 AIM now. ...', 10000000000000000000)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.chain.terms import ZERO_ADDRESS
from daimm_cli.market import rules
from daimm_cli.quote.checks import Finding, Result

if TYPE_CHECKING:
    from daimm_cli.index.rows import OfferRow
    from daimm_cli.market.rules import Asked
    from daimm_cli.session.session import Session


def price(
    session: Session, row: OfferRow, buyer: str | None, shown: bytes = b""
) -> tuple[list[Finding], Asked | None]:
    """The finding, of which a fixed price needs none, and what the offer costs; None where that
    cannot be found out. buyer: None is anybody. shown: what the rule is given."""
    chain, offer = session.chain, row.offer
    try:
        asked = rules.ask(chain, offer, buyer or ZERO_ADDRESS, shown)
        if asked.rule is None:
            return [], asked
        token = chain.token(offer.token)
        outlook = asked.rule.outlook(offer, asked.price, token)
    except OutsideFailed as error:
        return [Finding(_CHECK, Result.UNKNOWN, error.message)], None
    except DaimmError as error:
        return [Finding(_CHECK, Result.FALSE, error.message)], None
    says = f"Its rule asks {token.shown(asked.price)} now; {outlook}."
    return [Finding(_CHECK, Result.OK, says)], asked


_CHECK = "price rule"
