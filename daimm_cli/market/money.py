"""What an account has, what the ledgers (the market, bonds, ...) owe it, and collecting that.

>>> [(c.token, c.amount) for c in owed(session)]
[('0x5FbDB2315678afecb367f032d93F642f64180aa3', 9900000000000000000)]
>>> sent, paid = withdraw(session, owed(session), session.me.address)

The index says where to look; what is owed is read from the ledgers themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from daimm_cli.base.errors import ChainRefused
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.bindings.market import Withdrawn
from daimm_cli.chain.terms import ZERO_WORD
from daimm_cli.index.rows import Credit, Listed

if TYPE_CHECKING:
    from daimm_cli.chain.answers import Receipt
    from daimm_cli.chain.node import Call
    from daimm_cli.chain.transactions import Signer
    from daimm_cli.chain.views import Token
    from daimm_cli.session.session import Session


MOST = 100
"""Credits collected in one transaction: well below any block's gas."""

MOST_ASKED = 500
"""Credits and tokens that the chain is asked about."""


@dataclass(frozen=True)
class Withdrawal(Listed):
    """What a ledger paid out."""

    payee: str
    account: bytes
    token: str
    amount: int
    receiver: str
    at: int


def owed(session: Session) -> list[Credit]:
    """What the ledgers owe to who acts, in their accounts and tokens, as they say.

    Anybody can credit anybody with a trifle: it is asked for the MOST_ASKED that matter.
    """
    chain, payee = session.chain, session.me.address
    own = Credit(payee, ZERO_WORD, chain.aim, 0)
    places = [own, *portion(session.index.credits(payee), MOST_ASKED)]
    placed = {(c.account, c.token, c.ledger): c for c in places}
    deployed = chain.deployed
    views = [deployed.ledger(c.ledger).credit(payee, c.account, c.token) for c in placed.values()]
    amounts = chain.node.views(views)
    found = [replace(c, amount=n) for c, n in zip(placed.values(), amounts, strict=True)]
    return sorted((c for c in found if c.amount), key=lambda c: (c.account, c.token, c.ledger))


def owed_ether(session: Session) -> dict[str, int]:
    """The ether that claims and the court owe to who acts, by who owes it; each pays its own."""
    deployed, me, book = session.chain.deployed, session.me.address, session.chain.book
    views = {it.address: it.credit(me) for it in deployed.claims()}
    if "Court" in book.contracts:
        views[deployed.court.address] = deployed.court.ether_owed(me)
    amounts = session.chain.node.views(list(views.values()))
    return {book.names[it]: owed for it, owed in zip(views, amounts, strict=True) if owed}


def portion(due: Sequence[Credit], most: int | None = None) -> list[Credit]:
    """Those to collect in one transaction: the payee's own, then the largest."""
    return sorted(due, key=lambda c: (c.account != ZERO_WORD, -c.amount))[: most or MOST]


def holdings(session: Session) -> dict[str | None, int]:
    """What who acts has of ether (None), AIM, wrapped AIM, and tokens that they were paid in."""
    chain, index, owner = session.chain, session.index, session.me.address
    tokens = {credit.token for credit in index.credits(owner)}
    tokens |= {row.token for row in index.rows(Withdrawal, payee=owner)}
    wrapped = chain.book.contracts.get("AIMVotes")
    own = [chain.aim, *([wrapped.address] if wrapped else [])]
    listed = [*own, *sorted(tokens - {*own})[: MOST_ASKED - 2]]
    views = [ERC20(token).balance_of(owner) for token in listed]
    answers = chain.node.calls(views)
    told = zip(listed, answers, strict=True)
    held: dict[str | None, int] = {None: chain.node.ether(owner)}
    held |= {token: int.from_bytes(it) for token, it in told if it and len(it) == 32}
    return {token: amount for token, amount in held.items() if amount or token not in own[1:]}


def collectable(
    session: Session, due: Sequence[Credit], receiver: str
) -> tuple[list[Credit], list[tuple[Credit, str]]]:
    """Those of the credits whose tokens can be had, and the others, each with the reason.

    One token that refuses would undo all. Raises ChainRefused where every one refuses.
    """

    def refusal(part: Sequence[Credit]) -> ChainRefused | None:
        try:
            for _, call in _collecting(session, part, receiver):
                session.chain.node.simulate(call, session.me.address)
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


def withdraw(
    session: Session, due: Sequence[Credit], receiver: str
) -> tuple[list[Receipt], list[Credit]]:
    """Collect these credits of who acts, in one transaction a ledger; what was sent, and paid.

    Of several, one that somebody pushed to its payee in between is passed over.
    """
    if not due:
        raise ChainRefused(
            f"The market owes nothing to {session.me.address}, nor does anything else: sales and "
            "refunds are credited when their orders end.",
            hint="daimm order list",
        )
    sent, paid = [], []
    for name, call in _collecting(session, due, receiver):
        sent.append(session.chain.node.send(call, session.account))
        for _, event in session.chain.told(sent[-1].logs):
            if event.NAME == Withdrawn.NAME:
                it = cast(Withdrawn, event)
                paid.append(Credit(it.payee, it.account, it.token, it.amount, name))
    return sent, paid


def _collecting(
    session: Session, due: Sequence[Credit], receiver: str
) -> Iterator[tuple[str, Call]]:
    """One call a ledger; of one without `multicall`, one a credit."""
    for name in sorted({credit.ledger for credit in due}, reverse=True):
        ledger = session.chain.deployed.ledger(name)
        take = ledger.withdraw if len(due) == 1 else ledger.withdraw_if_owed
        calls = [take(c.account, c.token, receiver) for c in due if c.ledger == name]
        if "multicall" in ledger.FUNCTIONS:
            calls = [ledger.together(calls, "withdraw")]
        yield from ((name, call) for call in calls)


def approve(
    session: Session,
    account: Signer,
    token: str,
    total: int,
    contract: str,
    doing: str = "approve the payment",
) -> None:
    """Let a contract take so much of a token of who acts, where it cannot yet."""
    from daimm_cli.chain import payment

    chain = session.chain
    if chain.allowance(token, account.address, contract) < total:
        for approval in payment.approvals(chain, account, token, total, contract, doing):
            chain.node.send(approval, account)


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
