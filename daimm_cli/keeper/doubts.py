"""What a pool does not know of the bonds that it insures: whether they are in doubt.

>>> list(Doubts(session, depositor).due())
['impair aim 0x3f9a...']

Until somebody says so, whoever leaves is paid as if nothing had been shown, out of what stays: so
who has a share says so, and that a doubt is over. Nothing is weighed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused
from daimm_cli.bindings.structs import BondId
from daimm_cli.bindings.values import word
from daimm_cli.market import pools

if TYPE_CHECKING:
    from daimm_cli.chain.node import Call
    from daimm_cli.session.session import Session

IMPAIR, RESTORE = "impair", "restore"
KINDS = frozenset({IMPAIR, RESTORE})


@dataclass(frozen=True)
class Saying:
    """What says something of a bond. until: its last second, 0: there is none."""

    made: Call
    until: int = 0


@dataclass(frozen=True)
class Doubts:
    """For one depositor."""

    session: Session
    depositor: str

    def due(self) -> Iterator[str]:
        """The subjects that are due now, of pools in which the depositor has a share."""
        views = self.session.chain.node.views
        bonds = [row.bond_id for row in self.session.index.rows(pools.LimitRow, None)]
        for pool in pools.pools(self.session) if bonds else []:
            if views([pool.contract.balance_of(self.depositor)]) == [0]:
                continue
            told = views([pool.contract.doubt_of(BondId(bond)) for bond in bonds])
            for bond, it in zip(bonds, told, strict=True):
                for what, due in ((IMPAIR, it.impairable), (RESTORE, it.restorable)):
                    if due:
                        yield f"{what} {pool.label} 0x{bond.hex()}"

    def make(self, subject: str) -> Saying:
        """What a subject takes; ChainRefused where it is not to be done any more."""
        what, label, bond = subject.split()
        contract, ident = pools.find(self.session, label).contract, BondId(word(bond))
        it = self.session.chain.node.view(contract.doubt_of(ident))
        if not (it.impairable if what == IMPAIR else it.restorable):
            raise ChainRefused(f"There is no doubt to {what} of bond {bond} any more.")
        return Saying(contract.impair(ident) if what == IMPAIR else contract.restore(ident))
