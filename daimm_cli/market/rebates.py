"""What comes back of the protocol's fee once a sale is settled, and claiming it.

>>> due = claimable(session)
>>> sent, claimed = claim(session, [row for row, _ in due])
"""

from __future__ import annotations

from collections.abc import Sequence

from daimm_cli.base.errors import ChainRefused
from daimm_cli.bindings.rebates import RebateClaimed, RebateOf
from daimm_cli.chain.answers import Receipt
from daimm_cli.index.rows import OrderRow, OrderState
from daimm_cli.session.session import Session

MOST = 100
"""Orders claimed in one transaction: well below any block's gas."""


def claimable(session: Session) -> list[tuple[OrderRow, RebateOf]]:
    """The newest orders that who acts bought or sold, and what is due where the budget has it."""
    me, chain = session.me.address, session.chain
    found = session.index.orders(state=OrderState.SETTLED, rebated=0, buyer=me)
    found += session.index.orders(state=OrderState.SETTLED, rebated=0, seller=me)
    rows = [*{row.order_id: row for row in found if row.offer.token == chain.aim}.values()]
    contract = chain.deployed.rebates
    told = chain.node.views([contract.rebate_of(row.offer, row.order) for row in rows])
    budget = chain.node.view(contract.budget())
    return [(row, due) for row, due in zip(rows, told, strict=True) if 0 < sum(due) <= budget]


def claim(
    session: Session, rows: Sequence[OrderRow]
) -> tuple[Receipt, list[tuple[OrderRow, RebateClaimed]]]:
    """Claim for these orders in one transaction; what was sent, and what was claimed.

    Of several, what somebody claimed meanwhile and what the budget does not reach is passed over.
    """
    if not rows:
        raise ChainRefused("There is nothing to claim.", hint="daimm rebate show")
    contract, chain = session.chain.deployed.rebates, session.chain
    take = contract.claim if len(rows) == 1 else contract.claim_if_due
    call = contract.together([take(row.offer, row.order) for row in rows[:MOST]], "claim rebates")
    sent = chain.node.send(call, session.account)
    told = {bytes(it.order): it for it in chain.events(sent.logs, RebateClaimed)}
    return sent, [(row, told[row.order_id]) for row in rows if row.order_id in told]
