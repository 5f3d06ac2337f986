"""What a depositor's keeper tells the pools: which bonds are in doubt, are so no more, or ended.

>>> list(Doubts(session, depositor).due())
['impair aim 0x3f9a...']

Until somebody says it, whoever leaves a pool is paid out of what the others keep.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused
from daimm_cli.bindings.structs import BondId
from daimm_cli.bindings.values import word
from daimm_cli.index.rows import InsuredRow
from daimm_cli.market import pools

if TYPE_CHECKING:
    from daimm_cli.chain.node import Call
    from daimm_cli.session.session import Session

KINDS = frozenset({"impair", "restore", "release"})


@dataclass(frozen=True)
class Doubts:
    """For one depositor."""

    session: Session
    depositor: str

    def due(self) -> Iterator[str]:
        """The subjects that are due now, of pools in which the depositor has a share."""
        if not self.session.index.rows(InsuredRow, 1):
            return
        for pool in pools.pools(self.session):
            if not self.session.chain.node.view(pool.contract.balance_of(self.depositor)):
                continue
            for row, terms in pools.insured(self.session, pool):
                for what in sorted(KINDS) if terms.exposure or terms.impaired else ():
                    subject = f"{what} {pool.label} 0x{row.bond_id.hex()}"
                    with contextlib.suppress(ChainRefused):
                        self.make(subject)
                        yield subject

    def make(self, subject: str) -> Call:
        """What does it; ChainRefused where it is not due any more."""
        what, label, bond = subject.split()
        pool = pools.find(self.session, label).contract
        calls = {"impair": pool.impair, "restore": pool.restore, "release": pool.release}
        call = calls[what](BondId(word(bond)))
        self.session.chain.node.simulate(call, self.depositor)
        return call
