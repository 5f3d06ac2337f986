"""Votes that are signed by one person and handed in by another, who pays the gas.

>>> keep(file, sign(session, proposal_id, choice=1, reason="It is time."))
>>> chain.node.send(read(file, chain).casting(chain.deployed.governor), anybody)

A file comes from others: whose it is and what it says is known from its signature alone.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daimm_cli.base import bounded_json, records
from daimm_cli.base.errors import ChainRefused, DaimmError, VerificationFailed
from daimm_cli.bindings.daimm_governor import DaimmGovernor
from daimm_cli.bindings.values import checksummed, word
from daimm_cli.chain.signatures import accepts, hash_typed, recovered, struct

if TYPE_CHECKING:
    from daimm_cli.bindings.calls import Call
    from daimm_cli.chain.client import Chain
    from daimm_cli.session.session import Session

MAX_FILE_BYTES = 16 << 10
MAX_REASON = 1_000


@dataclass(frozen=True)
class Ballot:
    """A signed vote. choice: its place in CHOICES. nonce: the voter's next with the governor."""

    proposal: int
    choice: int
    voter: str
    reason: str
    nonce: int
    signature: bytes = b""

    def typed(self, chain: Chain) -> dict[str, Any]:
        """What the voter signs (EIP-712)."""
        domain = "string name,string version,uint256 chainId,address verifyingContract"
        fields = "uint256 proposalId,uint8 support,address voter,uint256 nonce,string reason"
        return {
            "types": {
                "EIP712Domain": struct(domain),
                "ExtendedBallot": struct(f"{fields},bytes params"),
            },
            "primaryType": "ExtendedBallot",
            "domain": {
                "name": DaimmGovernor.NAME,
                "version": "1",
                "chainId": chain.node.chain_id,
                "verifyingContract": chain.deployed.governor.address,
            },
            "message": {
                "proposalId": self.proposal,
                "support": self.choice,
                "voter": self.voter,
                "nonce": self.nonce,
                "reason": self.reason,
                "params": b"",
            },
        }

    def casting(self, governor: DaimmGovernor) -> Call:
        """The call that hands it in."""
        return governor.cast_vote_with_reason_and_params_by_sig(
            self.proposal, self.choice, self.voter, self.reason, b"", self.signature
        )


def sign(session: Session, proposal: int, choice: int, reason: str) -> Ballot:
    """The acting account's vote, signed; nothing is sent. A Safe sends its votes itself."""
    if session.config.profile.safe is not None:
        raise ChainRefused("A Safe signs no ballot: let it vote itself.", hint="daimm dao vote")
    governor, voter = session.chain.deployed.governor, session.me.address
    nonce = session.chain.node.view(governor.nonces(voter))
    ballot = Ballot(proposal, choice, voter, reason, nonce)
    session.console.confirm("Sign this vote? Whoever has the file can hand it in.")
    made = session.owners[0].sign_typed_data(full_message=ballot.typed(session.chain))
    return replace(ballot, signature=bytes(made.signature))


def keep(file: Path, ballot: Ballot, chain: Chain) -> None:
    """Write a signed vote to a file."""
    place = {"chain_id": chain.node.chain_id, "governor": chain.deployed.governor.address}
    told = {**asdict(ballot), "proposal": f"0x{ballot.proposal:064x}"}
    records.keep(file, {**place, **told, "signature": "0x" + ballot.signature.hex()}, indent=2)


def read(file: Path, chain: Chain) -> Ballot:
    """The vote in a file; raises VerificationFailed where it is another chain's, or not signed by
    whose it says it is."""
    try:
        with file.open("rb") as stream:
            data = bounded_json.loads(stream.read(MAX_FILE_BYTES + 1)[:MAX_FILE_BYTES])
        place = data.pop("chain_id"), data.pop("governor")
        proposal = int.from_bytes(word(data.pop("proposal")))
        signature = bytes.fromhex(data.pop("signature")[2:])
        ballot = Ballot(proposal=proposal, signature=signature, **data)
        kinds = [type(value) for value in (ballot.choice, ballot.nonce, ballot.reason)]
        if kinds != [int, int, str] or ballot.choice not in range(3):
            raise ValueError
    except OSError as error:
        raise DaimmError(f"Cannot read {file}: {error.strerror}.") from None
    except (ValueError, TypeError, KeyError, AttributeError, DaimmError):
        raise DaimmError(f"{file} is no signed vote: get it again.") from None
    if place != (chain.node.chain_id, chain.deployed.governor.address):
        raise VerificationFailed(f"{file} is a vote for another chain or governor.")
    voter, digest = checksummed(ballot.voter, "voter"), hash_typed(ballot.typed(chain))
    if recovered(digest, signature) != voter and not accepts(chain.node, voter, digest, signature):
        raise VerificationFailed(f"{file} is not signed by its voter {voter}, or was changed.")
    if ballot.nonce != chain.node.view(chain.deployed.governor.nonces(voter)):
        raise ChainRefused(f"The vote in {file} was handed in, or signed before another was.")
    return ballot
