"""What became of proposals, as the chain says, and what comes next.

>>> one = find(session, "0x3f9a61c2")
>>> one.state, one.cast.for_votes, one.comes_next(session.now)
(<ProposalState.ACTIVE: 1>, 5000000000000000000, ...)

The index knows that there is a proposal, and its block what it says. Titles and descriptions are
strangers' text: take them from `Proposal.text`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from daimm_cli.base.errors import ChainRefused, OutsideFailed
from daimm_cli.base.text import format_amount, sanitise, time_shown
from daimm_cli.bindings.calls import Event, View, read
from daimm_cli.bindings.daimm_governor import ProposalCreated, ProposalVotes, VoteCast
from daimm_cli.bindings.structs import ProposalState
from daimm_cli.bindings.values import Kind
from daimm_cli.chain.answers import Log, parsed_bytes
from daimm_cli.governance.proposals import Proposal
from daimm_cli.index.rows import Listed
from daimm_cli.market import lookup
from daimm_cli.protocol.curve import keccak
from daimm_cli.session.session import Session

NO_HASH = bytes(32)
LISTED = 100
CHOICES = ("against", "for", "abstain")
"""What a vote can be, in the governor's order."""

_OPEN = (
    *(ProposalState.PENDING, ProposalState.ACTIVE),
    *(ProposalState.SUCCEEDED, ProposalState.QUEUED),
)
_PROPOSED: tuple[Kind, ...] = (
    *("uint256", "address", ["address"], ["uint256"], ["bytes"], ["bytes"]),
    *("uint256", "uint256", "bytes"),
)
_VOTED: tuple[Kind, ...] = ("uint256", "uint8", "uint256", "bytes")
"""The data of the events, with bytes for text: nobody is kept from reading by what is no UTF-8."""


@dataclass(frozen=True)
class ProposalRow(Listed):
    """A proposal; its block has what it says, the governor what became of it."""

    NAMED: ClassVar = ("proposal_id", "proposal", "daimm dao list")

    proposal_id: int
    proposer: str
    vote_start: int
    block: int
    proposed_at: int


@dataclass(frozen=True)
class BallotRow(Listed):
    """A vote on a proposal; its block has the reason. support: 0 against, 1 for, 2 abstaining."""

    ORDER: ClassVar[str] = "length(weight) DESC, weight DESC, block DESC, position DESC"

    proposal_id: int
    voter: str
    support: int
    weight: int
    block: int
    position: int


@dataclass(frozen=True)
class Standing:
    """A proposal now. Votes are in the smallest unit of AIM, times in seconds since 1970.

    quorum: None before votes are counted. due_at: when it can be executed; 0 before it is queued.
    changed: targets whose code is not what was proposed.
    """

    row: ProposalRow
    proposal: Proposal
    state: ProposalState
    cast: ProposalVotes
    quorum: int | None
    ends_at: int
    due_at: int
    changed: tuple[str, ...]

    @property
    def ident(self) -> str:
        """Its id as people type it."""
        return f"0x{self.row.proposal_id:064x}"

    @property
    def is_open(self) -> bool:
        """Whether its calls may still be made."""
        return self.state in _OPEN

    @property
    def too_few(self) -> bool:
        """Whether the quorum is missing, and no majority against it."""
        cast = self.cast
        counted = cast.for_votes + cast.abstain_votes
        return counted < (self.quorum or 0) and cast.against_votes <= cast.for_votes

    def require(self, now: int, *states: ProposalState) -> Standing:
        """Itself; raises ChainRefused with what comes next where it is in no such state."""
        if self.state in states:
            return self
        told = f"It is {self.state.name.lower()}. {self.comes_next(now)[0]}"
        raise ChainRefused(told, hint=f"daimm dao show {self.ident}")

    def comes_next(self, now: int) -> tuple[str, str | None]:
        """What comes next in words, and the command for it."""
        match self.state:
            case ProposalState.PENDING:
                begins = time_shown(self.row.vote_start)
                return f"Votes count as they are delegated by {begins}; then it is voted on.", None
            case ProposalState.ACTIVE:
                return f"Vote until {time_shown(self.ends_at)}.", f"daimm dao vote {self.ident} for"
            case ProposalState.SUCCEEDED:
                return "It was accepted: anybody can queue it.", f"daimm dao queue {self.ident}"
            case ProposalState.QUEUED if now < self.due_at:
                return f"Anybody can execute it from {time_shown(self.due_at)} on.", None
            case ProposalState.QUEUED:
                return "Anybody can execute it now.", f"daimm dao execute {self.ident}"
            case ProposalState.DEFEATED if self.too_few:
                return "Too few voted: the quorum was not reached.", None
            case ProposalState.DEFEATED:
                return "It was rejected.", None
            case ProposalState.EXPIRED:
                return "Nobody carried it out in time: it would have to be proposed anew.", None
            case ProposalState.EXECUTED:
                return "It was carried out.", None
        return "It was withdrawn.", None


@dataclass(frozen=True)
class Vote:
    """A vote that was cast. votes: in the smallest unit of AIM. reason: safe to print."""

    voter: str
    choice: str
    votes: str
    reason: str


def find(session: Session, text: str) -> Standing:
    """The proposal with this id, which can be shortened; raises DaimmError where there is none."""
    row = lookup.find(session.index, ProposalRow, text)
    return standing(session, [row])[0]


def require_new(session: Session, proposal: Proposal) -> None:
    """Raise ChainRefused where it was proposed before, or takes more votes than who acts has."""
    deployed, me = session.chain.deployed, session.me.address
    if proposal.id in [row.proposal_id for row in session.index.rows(ProposalRow)]:
        raise ChainRefused(
            "The very same was proposed before: say in the description what is different now.",
            hint=f"daimm dao show 0x{proposal.id:064x}",
        )
    views = [deployed.governor.proposal_threshold(), deployed.votes.get_votes(me)]
    needed, held = session.chain.node.views(views)
    if held < needed:
        shown, least, lacking = map(format_amount, (held, needed, needed - held))
        raise ChainRefused(
            f"{me} has {shown} AIM of votes, and to propose takes {least} AIM: wrap more.",
            hint=f"daimm token wrap {lacking}",
        )


def standing(session: Session, rows: Sequence[ProposalRow]) -> list[Standing]:
    """These proposals now, asked together."""
    node, governor = session.chain.node, session.chain.deployed.governor
    proposals = _said(session, rows)
    changed = _changed(session, proposals)
    asked: list[View[Any]] = []
    for row in rows:
        ident = row.proposal_id
        asked += [governor.state(ident), governor.proposal_votes(ident)]
        asked += [governor.proposal_deadline(ident), governor.proposal_eta(ident)]
    told, found = node.views(asked), []
    quorums = node.calls([governor.quorum(row.vote_start) for row in rows])
    for place, (row, proposal, quorum) in enumerate(zip(rows, proposals, quorums, strict=True)):
        state, cast, ends_at, due_at = told[4 * place : 4 * place + 4]
        needed = int.from_bytes(quorum) if quorum else None
        moved = tuple(to for to in dict.fromkeys(proposal.targets) if (proposal.id, to) in changed)
        found.append(Standing(row, proposal, state, cast, needed, ends_at, due_at, moved))
    return found


def votes(session: Session, one: Standing) -> list[Vote]:
    """The heaviest votes on a proposal, each with its reason."""
    rows = session.index.rows(BallotRow, LISTED, proposal_id=str(one.row.proposal_id))
    logs = _logs(session, VoteCast, {row.block for row in rows})
    said = {(log.block, log.position): read(_VOTED, log.data, "a vote")[3] for log in logs}
    choices = dict(enumerate(CHOICES))
    return [
        Vote(
            row.voter,
            choices.get(row.support, "?"),
            str(row.weight),
            sanitise(said.get((row.block, row.position), b"").decode(errors="replace"), 500),
        )
        for row in rows
    ]


def _changed(session: Session, proposals: Sequence[Proposal]) -> set[tuple[int, str]]:
    """Proposals and those of their targets whose code is another than when they were made."""
    node, governor = session.chain.node, session.chain.deployed.governor
    places = [(one.id, to) for one in proposals for to in dict.fromkeys(one.targets)]
    pinned = node.views([governor.pinned_code(*place) for place in places])
    targets = list({to for _, to in places})
    answers = node.answers("eth_getCode", [[to, "latest"] for to in targets], "read code")
    codes = dict(zip(targets, map(parsed_bytes, answers), strict=True))
    hashes = {to: keccak(code) if code else NO_HASH for to, code in codes.items()}
    return {place for place, was in zip(places, pinned, strict=True) if was != hashes[place[1]]}


def _said(session: Session, rows: Sequence[ProposalRow]) -> list[Proposal]:
    """What the proposals say; their ids are computed anew, so that no node can make one up."""
    found = {}
    for log in _logs(session, ProposalCreated, {row.block for row in rows}):
        ident, _, targets, values, _, calldatas, *_, text = read(_PROPOSED, log.data, "a proposal")
        made = Proposal(targets, values, calldatas, text)
        if made.id != ident:
            raise OutsideFailed("The node sent a proposal with a wrong id: use another node.")
        found[ident] = made
    if any(row.proposal_id not in found for row in rows):
        raise OutsideFailed("The node sent a proposal without what it says: use another node.")
    return [found[row.proposal_id] for row in rows]


def _logs(session: Session, kind: type[Event], blocks: set[int]) -> list[Log]:
    """The governor's events of a kind in these blocks."""
    place = {"address": session.chain.deployed.governor.address, "topics": ["0x" + kind.TOPIC]}
    spans = [{**place, "fromBlock": hex(n), "toBlock": hex(n)} for n in sorted(blocks)]
    return [log for found in session.chain.node.events(spans) for log in found]
