"""Who holds AIM, and how much of it is unlocked when.

>>> [(held.name, held.amount) for held in holdings(session)]
[('Timelock', 400000000000000000000000000), ('Vesting/team', 150000000000000000000000000), ...]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.bindings.vesting import Vesting
from daimm_cli.session.session import Session

INITIAL, OTHERS = "initial holder", "everybody else"


@dataclass(frozen=True)
class Holding:
    """Who has how much, in the smallest unit of AIM; address: None for many.

    What vests unlocks evenly from start to end, and nothing before the cliff; beneficiary: whom it
    is for, released: what they took already.
    """

    name: str
    address: str | None
    amount: int
    beneficiary: str | None = None
    released: int = 0
    start: int = 0
    cliff: int = 0
    end: int = 0

    def locked(self, at: int) -> int:
        """What is still locked at a time, as the contract counts it."""
        total = self.amount + self.released
        if at >= self.end:
            return 0
        if at < max(self.start, self.cliff):
            return total
        return total - total * (at - self.start) // (self.end - self.start)


def holdings(session: Session) -> list[Holding]:
    """The contracts of the book, who was given AIM at first, and everybody else; none without."""
    chain, book = session.chain, session.chain.book
    names = {holder: INITIAL for holder, _ in book.contracts["AIMToken"].arguments[0]}
    for part in (*book.former, book.contracts):
        names |= {entry.address: name for name, entry in part.items()}
    aim = ERC20(chain.aim)
    total, *amounts = chain.node.views(
        [aim.total_supply(), *(aim.balance_of(address) for address in names)]
    )
    found = [
        _vesting(session, name, address, amount) if chain.kind_at(address) is Vesting
        else Holding(name, address, amount)
        for (address, name), amount in zip(names.items(), amounts, strict=True)
    ]  # fmt: skip
    found.append(Holding(OTHERS, None, total - sum(amounts)))
    return sorted((held for held in found if held.amount), key=lambda held: -held.amount)


def _vesting(session: Session, name: str, address: str, amount: int) -> Holding:
    vesting, aim = Vesting(address), session.chain.aim
    views = [vesting.released_with_token(aim), vesting.start(), vesting.cliff(), vesting.end()]
    owner = session.chain.node.view(vesting.owner())
    return Holding(name, address, amount, owner, *session.chain.node.views(views))


def unlocking(held: Sequence[Holding], now: int, steps: int = 12) -> list[tuple[int, int]]:
    """How much is unlocked from now until all is: times, and amounts."""
    total, last = sum(one.amount for one in held), max((one.end for one in held), default=0)
    span = max(last - now, 0)
    times = sorted({now + span * step // steps for step in range(steps + 1)})
    return [(at, total - sum(one.locked(at) for one in held)) for at in times]
