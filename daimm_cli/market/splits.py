"""Versions that share what they earn: whom they are bound to pay, and passing it on.

>>> table = read_table(session, row)
>>> words(table)
'15% to 0x7099…79C8, 85% to 0x3C44…93BC'
>>> distribute(session)

A version names a table by its hash; the rows are in its manifest. What it earns is owed to the
splitter, in an account that the table's id names, until anybody has it distributed.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.bindings.structs import Share
from daimm_cli.bindings.values import encode
from daimm_cli.chain.terms import ZERO_WORD
from daimm_cli.index.rows import Credit
from daimm_cli.market.money import MOST_ASKED, portion
from daimm_cli.protocol.curve import keccak

if TYPE_CHECKING:
    from daimm_cli.chain.answers import Receipt
    from daimm_cli.chain.client import Chain
    from daimm_cli.index.rows import VersionRow
    from daimm_cli.session.session import Session

WHOLE = 10_000
MOST_ROWS = 16
MOST = 20
"""Tables looked at in one go, those that are owed most: each needs a manifest."""


def words(table: Sequence[Share]) -> str:
    """Who gets how much, for people."""
    return ", ".join(f"{row.share / 100:g}% to {row.payee}" for row in table)


def place(chain: Chain, table: Sequence[Share]) -> tuple[str, bytes]:
    """Whom an offer pays so that it pays the table, and in which account."""
    rows = [row.to_abi() for row in table]
    return chain.deployed.splitter.address, keccak(encode([Share.abi_type() + "[]"], [rows]))


def bound(payee: str, account: bytes) -> bytes:
    """What a version that must pay them has as its `payee`."""
    return keccak(encode(["address", "bytes32"], [payee, account]))


def read_table(session: Session, row: VersionRow) -> tuple[Share, ...]:
    """The table that a version is bound to pay; empty where it is bound to nobody.

    Raises VerificationFailed where its manifest does not tell, DaimmError where that is nowhere.
    """
    from daimm_cli.market.listing import read_listing

    if row.details.payee == ZERO_WORD:
        return ()
    table = read_listing(session, row, bought=True).table
    if not table or bound(*place(session.chain, table)) != row.details.payee:
        raise VerificationFailed(
            f"Version {row.version} of model {row.model} is bound to pay somebody whom its "
            "manifest does not tell: ask its owner."
        )
    return table


def paid(session: Session, row: VersionRow, otherwise: str) -> tuple[str, bytes]:
    """Whom offers of a version have to pay, and in which account; `otherwise` where they need not.

    Raises as `read_table` does.
    """
    table = read_table(session, row)
    return place(session.chain, table) if table else (otherwise, ZERO_WORD)


@dataclass(frozen=True)
class Shared:
    """What a version earned and nobody distributed yet. credit: as the ledger says now."""

    row: VersionRow
    table: tuple[Share, ...]
    credit: Credit

    @property
    def key(self) -> tuple[bytes, str, str]:
        return self.credit.account, self.credit.token, self.credit.ledger

    def of(self, payee: str) -> int:
        """What of it becomes the payee's own, to withdraw."""
        rows = [row for row in self.table if (row.payee, row.account) == (payee, ZERO_WORD)]
        return sum(self.credit.amount * row.share // WHOLE for row in rows)


def undistributed(session: Session, model: int | None = None) -> list[Shared]:
    """What the versions of a model earned; None takes those that who acts owns, or owns a parent
    of. Of many the MOST largest; the newest model first, so that what falls to a parent's table is
    there when that is distributed."""
    chain, index = session.chain, session.index
    if "RevenueSplitter" not in chain.book.contracts:
        return []
    splitter = chain.deployed.splitter.address
    mine = {it.model for it in index.models(owner=session.me.address, limit=None)}
    found: dict[Credit, Shared] = {}
    owed = portion(index.credits(splitter), MOST_ASKED)
    rows = ((it, row) for it in owed for row in index.versions_bound(bound(splitter, it.account)))
    ours = (
        (it, row)
        for it, row in rows
        if row.model == model or (not model and mine & {row.model, *(p.model for p in row.parents)})
    )
    for credit, row in itertools.islice(ours, MOST):
        try:
            found.setdefault(credit, Shared(row, read_table(session, row), credit))
        except DaimmError as error:
            session.console.say(f"What model {row.model} earned stays: {error.message}")
    views = [
        chain.deployed.ledger(it.credit.ledger).credit(splitter, it.credit.account, it.credit.token)
        for it in found.values()
    ]
    told = zip(found.values(), chain.node.views(views), strict=True)
    now = [
        dataclasses.replace(it, credit=dataclasses.replace(it.credit, amount=n)) for it, n in told
    ]
    whole = [it for it in now if it.credit.amount >= len(it.table)]  # less is what rounding leaves
    return sorted(whole, key=lambda it: -it.row.model)


def distribute(session: Session, model: int | None = None) -> list[tuple[Shared, Receipt]]:
    """Have it distributed, a transaction each, and what falls to parents that share it in turn.

    What rounding leaves in a table waits for the next sale.
    """
    chain, sent = session.chain, []
    seen: set[tuple[bytes, str, str]] = set()
    while due := [it for it in undistributed(session, model) if it.key not in seen]:
        for it in due:
            seen.add(it.key)
            ledger = chain.deployed.ledger(it.credit.ledger).address
            call = chain.deployed.splitter.distribute(ledger, it.table, it.credit.token)
            sent.append((it, chain.node.send(call, session.account)))
        session.index.sync()
    return sent
