"""Votes that are signed by one person and handed in by another, who pays the gas.

>>> keep(file, sign(session, standing, support=1, reason="It is time."), chain)
>>> chain.node.send(read(file, chain).casting(chain.deployed.governor), anybody)

A file comes from others: whose it is and what it says is known from its signature alone.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daimm_cli.base import bounded_json, records
from daimm_cli.base.errors import ChainRefused, DaimmError, VerificationFailed
from daimm_cli.base.text import sanitise, time_shown
from daimm_cli.bindings.daimm_governor import DaimmGovernor
from daimm_cli.bindings.structs import ProposalState
from daimm_cli.bindings.values import Struct, struct
from daimm_cli.chain import signatures
from daimm_cli.governance.record import CHOICES, Standing

if TYPE_CHECKING:
    from daimm_cli.bindings.calls import Call
    from daimm_cli.chain.client import Chain
    from daimm_cli.session.session import Session

MAX_FILE_BYTES = 16 << 10
MAX_REASON = 1_000
QUORUM = 40_000
"""Gas that a vote takes more where it turns out to be the one that makes the quorum, late."""

_BALLOT = "uint256 proposalId,uint8 support,address voter,uint256 nonce,string reason,bytes params"


@struct
class Ballot(Struct):
    """A signed vote. support: its place in CHOICES. nonce: the voter's next with the governor."""

    proposal_id: int
    support: int
    voter: str
    nonce: int
    reason: str
    signature: bytes

    KINDS = ("uint256", "uint8", "address", "uint256", "string", "bytes")

    def typed(self, chain: Chain) -> dict[str, Any]:
        """What the voter signs (EIP-712)."""
        governor, kinds = chain.deployed.governor.address, signatures.struct
        values = (*self.to_abi()[:-1], b"")
        return {
            "types": {"EIP712Domain": signatures.DOMAIN, "ExtendedBallot": kinds(_BALLOT)},
            "primaryType": "ExtendedBallot",
            "domain": signatures.domain(DaimmGovernor.NAME, "1", chain.node.chain_id, governor),
            "message": {
                field["name"]: value for field, value in zip(kinds(_BALLOT), values, strict=True)
            },
        }

    def casting(self, governor: DaimmGovernor) -> Call:
        """The call that hands it in."""
        said = self.proposal_id, self.support, self.voter, self.reason
        call = governor.cast_vote_with_reason_and_params_by_sig(*said, b"", self.signature)
        return replace(call, spare=QUORUM)


def vote(governor: DaimmGovernor, proposal_id: int, support: int, reason: str) -> Call:
    """The call of a voter themselves; a reason costs gas, and so does an empty one."""
    plain = governor.cast_vote(proposal_id, support)
    call = governor.cast_vote_with_reason(proposal_id, support, reason) if reason else plain
    return replace(call, spare=QUORUM)


def weighed(session: Session, one: Standing, choice: str, reason: str) -> int:
    """The choice's place in CHOICES; raises DaimmError where who acts cannot vote like that."""
    if choice not in CHOICES:
        raise DaimmError(f"'{sanitise(choice, 40)}' is no vote: choose for, against or abstain.")
    if len(reason) > MAX_REASON:
        raise DaimmError(f"A reason has at most {MAX_REASON:,} characters.")
    begun, me = one.require(session.now, ProposalState.ACTIVE).row.vote_start, session.me.address
    if not session.chain.node.view(session.chain.deployed.governor.get_votes(me, begun)):
        raise ChainRefused(
            f"{me} had no votes at {time_shown(begun)}, when they were counted: wrap AIM and "
            "delegate in time for the next proposal.",
            hint="daimm token wrap 100",
        )
    return CHOICES.index(choice)


def sign(session: Session, one: Standing, support: int, reason: str) -> Ballot:
    """The acting account's vote, signed; nothing is sent. A Safe sends its votes itself."""
    if session.config.profile.safe is not None:
        raise ChainRefused("A Safe signs no vote into a file: let it vote with `daimm dao vote`.")
    chain, voter = session.chain, session.me.address
    nonce = chain.node.view(chain.deployed.governor.nonces(voter))
    ballot = Ballot(one.row.proposal_id, support, voter, nonce, reason, b"")
    what = f"Sign a vote {CHOICES[support]} on '{one.proposal.text[0]}'?"
    session.console.confirm(f"{what} Whoever has the file can hand it in.")
    made = session.owners[0].sign_typed_data(full_message=ballot.typed(chain))
    return replace(ballot, signature=bytes(made.signature))


def keep(file: Path, ballot: Ballot, chain: Chain) -> None:
    """Write a signed vote to a file."""
    place = {"chain_id": chain.node.chain_id, "governor": chain.deployed.governor.address}
    records.keep(file, place | ballot.to_json(), indent=2)


def read(file: Path, chain: Chain) -> Ballot:
    """The vote in a file; raises VerificationFailed where it is another chain's, or not signed by
    whose it says it is."""
    try:
        with file.open("rb") as stream:
            data = bounded_json.loads(stream.read(MAX_FILE_BYTES))
        place = data.pop("chain_id"), data.pop("governor")
        ballot = Ballot.from_json(data)
        if ballot.support >= len(CHOICES):
            raise ValueError
    except OSError as error:
        raise DaimmError(f"Cannot read {file}: {error.strerror}.") from None
    except (ValueError, TypeError, KeyError, AttributeError, DaimmError):
        raise DaimmError(f"{file} is no signed vote: get it again.") from None
    if place != (chain.node.chain_id, chain.deployed.governor.address):
        raise VerificationFailed(f"{file} is a vote for another chain or governor.")
    voter, digest = ballot.voter, signatures.hash_typed(ballot.typed(chain))
    signed = signatures.recovered(digest, ballot.signature) == voter
    if not signed and not signatures.accepts(chain.node, voter, digest, ballot.signature):
        raise VerificationFailed(f"{file} is not signed by its voter {voter}, or was changed.")
    if ballot.nonce != chain.node.view(chain.deployed.governor.nonces(voter)):
        raise ChainRefused(f"The vote in {file} was handed in, or signed before another was.")
    return ballot
