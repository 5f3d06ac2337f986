"""Claims against a seller's orders that are opposed without asking: silence would concede them.

>>> objection = Objection.of(session, most=5 * 10**16)
>>> call, deadline = objection.make(row, now)

Only where every leaf of what was sold is what was promised, by the seller's own key, and for no
more than they allow. Where somebody else opposed first, the arbitrator is told the same: a friend
of the claimant's may oppose in order to lose.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused
from daimm_cli.base.text import ether
from daimm_cli.bindings.claims import Claims
from daimm_cli.bindings.structs import ClaimState
from daimm_cli.index.rows import ClaimRow, EvidenceRow
from daimm_cli.market import claims
from daimm_cli.market.claims import Answer, Case
from daimm_cli.market.lines import own_line
from daimm_cli.protocol.keys import line_key

if TYPE_CHECKING:
    from daimm_cli.chain.node import Call
    from daimm_cli.index.rows import OrderRow
    from daimm_cli.session.session import Session


@dataclass
class Objection:
    """Opposes for a seller. most: wei for each claim."""

    session: Session
    most: int
    _answers: dict[tuple[int, int], Answer] = field(default_factory=dict, init=False)

    @classmethod
    def of(cls, session: Session, most: int) -> Objection | None:
        """None where the seller allows nothing."""
        return cls(session, most) if most else None

    def due(self, held: Sequence[OrderRow]) -> Iterator[OrderRow]:
        """Those to whose claim the seller has said nothing, as far as the index knows."""
        index, me = self.session.index, self.session.me.address
        rows = index.rows(ClaimRow, None) if held else []
        open_ = {row.claim for row in rows if row.ruling is None and row.opposer != me}
        for row in held:
            if self.session.chain.kind_at(row.offer.arbitrator) is not Claims:
                continue
            claim = self._case(row).ident
            if claim in open_ and not index.rows(EvidenceRow, claim=claim, party=me):
                yield row

    def make(self, row: OrderRow, now: int) -> tuple[Call, int]:
        """What opposes the claim or speaks to it, and its last second; ChainRefused where nothing
        is to be."""
        case, node = self._case(row), self.session.chain.node
        record = node.view(case.contract.record_of(case.ident))
        is_open = record.state is ClaimState.OPEN
        if not (is_open or record.state is ClaimState.OPPOSED) or now > record.deadline:
            raise ChainRefused(f"There is no claim on {case.about} to oppose.")
        cost = node.view(case.contract.cost()) if is_open else 0
        if cost > self.most:
            raise ChainRefused(
                f"Opposing the claim on {case.about} costs {ether(cost, up=True)}, more than the "
                "keeper's `oppose` allows: do it with `daimm claim oppose`, or raise that."
            )
        place = case.model, case.version
        if place not in self._answers:
            key = line_key(own_line(self.session, model=place[0], version=place[1]).secret)
            self._answers[place] = claims.opened(self.session, *place, key)
        answer = self._answers[place]
        if not answer.right:
            raise ChainRefused(f"The claim on {case.about} is not opposed: {answer.says}")
        evidence = claims.statement(self.session, case, answer.says)
        call = case.oppose(evidence, cost) if is_open else case.add_evidence(evidence)
        return call, record.deadline

    def _case(self, row: OrderRow) -> Case:
        return claims.of_order(self.session.chain, row)
