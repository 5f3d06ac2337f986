"""What an account has, what the market owes it, and collecting that.

>>> [(c.token, c.amount) for c in owed(session)]
[('0x5FbDB2315678afecb367f032d93F642f64180aa3', 9900000000000000000)]
>>> withdraw(session, owed(session), session.me.address).gas_used
48112

The index says where to look; what is owed is read from the market itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.bindings.market import Market
from daimm_cli.chain.terms import ZERO_WORD
from daimm_cli.index.rows import Credit

if TYPE_CHECKING:
    from daimm_cli.chain.answers import Receipt
    from daimm_cli.chain.node import Call
    from daimm_cli.chain.views import Token
    from daimm_cli.session.session import Session


MOST = 100
"""Credits collected in one transaction: well below any block's gas."""

MOST_ASKED = 500
"""Credits and tokens that the chain is asked about."""


def owed(session: Session) -> list[Credit]:
    """What the market owes to who acts, in their accounts and tokens, as the market says.

    Anybody can credit anybody with a trifle: it is asked for the MOST_ASKED that matter.
    """
    chain, payee = session.chain, session.me.address
    own = Credit(payee, ZERO_WORD, chain.aim, 0)
    places = [own, *portion(session.index.credits(payee), MOST_ASKED)]
    placed = {(credit.account, credit.token): credit for credit in places}
    market = Market(chain.market)
    views = [market.credit(payee, *place) for place in placed]
    answers = chain.node.calls([(view.to, view.data) for view in views])
    amounts = [view.decode(answer or b"") for view, answer in zip(views, answers, strict=True)]
    found = [replace(c, amount=n) for c, n in zip(placed.values(), amounts, strict=True)]
    return sorted((c for c in found if c.amount), key=lambda c: (c.account, c.token))


def portion(due: Sequence[Credit], most: int | None = None) -> list[Credit]:
    """Those to collect in one transaction: the payee's own, then the largest."""
    return sorted(due, key=lambda c: (c.account != ZERO_WORD, -c.amount))[: most or MOST]


def holdings(session: Session) -> dict[str | None, int]:
    """What who acts has of ether (None), AIM, and the other tokens that they were ever paid in."""
    chain, index, owner = session.chain, session.index, session.me.address
    tokens = {credit.token for credit in index.credits(owner)}
    tokens |= {row.token for row in index.withdrawals(owner)}
    listed = [chain.aim, *sorted(tokens - {chain.aim})[: MOST_ASKED - 1]]
    views = [ERC20(token).balance_of(owner) for token in listed]
    answers = chain.node.calls([(view.to, view.data) for view in views])
    told = zip(listed, answers, strict=True)
    held: dict[str | None, int] = {None: chain.node.ether(owner)}
    return held | {token: int.from_bytes(it) for token, it in told if it and len(it) == 32}


def collectable(
    session: Session, due: Sequence[Credit], receiver: str
) -> tuple[list[Credit], list[tuple[Credit, str]]]:
    """Those of the credits whose tokens can be had, and the others, each with the reason.

    One token that refuses would undo all. Raises ChainRefused where every one refuses.
    """

    def refusal(part: Sequence[Credit]) -> ChainRefused | None:
        try:
            session.chain.node.simulate(_collecting(session, part, receiver), session.me.address)
        except ChainRefused as error:
            return error
        return None

    told = refusal(due) if due else None
    if told is None:
        return list(due), []
    tried = [(credit, refusal([credit])) for credit in due]
    good = [credit for credit, error in tried if error is None]
    if not good:
        raise told
    return good, [(credit, error.message) for credit, error in tried if error is not None]


def withdraw(session: Session, due: Sequence[Credit], receiver: str) -> Receipt:
    """Collect all of these credits of who acts in one transaction."""
    if not due:
        raise ChainRefused(
            f"The market owes nothing to {session.me.address}: sales and refunds are credited when "
            "their orders end.",
            hint="daimm order list",
        )
    return session.chain.node.send(_collecting(session, due, receiver), session.account)


def _collecting(session: Session, due: Sequence[Credit], receiver: str) -> Call:
    market = session.chain.deployed.market
    take = market.withdraw if len(due) == 1 else market.withdraw_if_owed
    calls = [take(credit.account, credit.token, receiver) for credit in due]
    return market.together(calls, "withdraw")


def require_funds(session: Session, token: Token, owed: int) -> None:
    """Raise ChainRefused where who acts lacks the tokens, or ether for gas."""
    chain, me, shown = session.chain, session.me.address, token.shown
    held = chain.balance(token.address, me)
    if held < owed:
        faucet = token.address == chain.aim and "Faucet" in chain.book.contracts
        raise ChainRefused(
            f"{me} has {shown(held)} and needs {shown(owed)}: add funds, or choose another "
            "account.",
            hint="daimm faucet" if faucet else None,
        )
    require_ether(session)


def require_ether(session: Session) -> None:
    """Raise ChainRefused where who acts cannot pay for gas; for a Safe, its owner does."""
    node, account = session.chain.node, session.me.address
    if node.ether(account) == 0 and not node.code(account):
        raise ChainRefused(
            f"{account} has no ether to pay for gas: send it some, or choose another account."
        )
