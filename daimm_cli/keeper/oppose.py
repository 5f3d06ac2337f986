"""Claims against a seller's orders that are opposed without asking: silence would concede them.

>>> objection = Objection.of(session, most=5 * 10**16, a_day=10**17, busy=lambda: outbox.busy)
>>> call, deadline = objection.make(row, now)

Only where every leaf of what was sold is what was promised, by the seller's own key, and for no
more than they allow: for each claim, and for all of 24 hours, which the chain's events and what is
on its way tell, so that no restart forgets it. Where somebody else opposed first, the arbitrator is
told the same: a friend of the claimant's may oppose in order to lose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.base.text import ether
from daimm_cli.bindings.claims import Claims
from daimm_cli.bindings.structs import ClaimId, ClaimState
from daimm_cli.bindings.values import word
from daimm_cli.index.deals import EvidenceRow
from daimm_cli.index.rows import ClaimRow
from daimm_cli.market import claims
from daimm_cli.market.claims import Answer, Case
from daimm_cli.market.lines import own_line
from daimm_cli.protocol.keys import line_key

if TYPE_CHECKING:
    from daimm_cli.chain.node import Call
    from daimm_cli.index.rows import OrderRow
    from daimm_cli.session.session import Session


OPPOSE = "oppose"
DAY = 86_400


@dataclass
class Objection:
    """Opposes for a seller. most: wei for each claim; a_day: for all that were opposed in 24 hours.
    busy: the subjects that are on their way."""

    session: Session
    most: int
    a_day: int
    busy: Callable[[], Iterable[str]]
    _answers: dict[tuple[int, int], Answer] = field(default_factory=dict, init=False)

    @classmethod
    def of(
        cls, session: Session, most: int, a_day: int, busy: Callable[[], Iterable[str]]
    ) -> Objection | None:
        """None where the seller allows nothing."""
        return cls(session, most, a_day, busy) if most else None

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
        spent = self._spent(now, beside=row) if cost else 0
        if cost > self.a_day - spent:
            raise ChainRefused(
                f"Opposing the claim on {case.about} costs {ether(cost, up=True)}, and "
                f"{ether(spent, up=True)} went into claims in 24 hours: more than the keeper's "
                "`oppose_daily` allows: do it with `daimm claim oppose`, or raise that."
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

    def _spent(self, now: int, *, beside: OrderRow) -> int:
        """At most, in wei, for other orders: what is on its way counts as much as a claim may cost.
        The order's own may be there to be replaced, because it offers too little gas."""
        rows = self.session.index.rows(ClaimRow, None, opposer=self.session.me.address)
        spent = sum(row.cost or 0 for row in rows if (row.opposed_at or 0) > now - DAY)
        mined = {row.claim for row in rows}
        leaving = {it for it in self.busy() if it.split()[0] == OPPOSE}
        leaving.discard(f"{OPPOSE} 0x{beside.order_id.hex()}")
        return spent + self.most * sum(self._claim(it.split()[1]) not in mined for it in leaving)

    def _claim(self, ident: str) -> ClaimId | None:
        """Of an order; None where a re-org took that."""
        with suppress(DaimmError):
            return self._case(self.session.index.order(word(ident))).ident
        return None

    def _case(self, row: OrderRow) -> Case:
        return claims.of_order(self.session.chain, row)
