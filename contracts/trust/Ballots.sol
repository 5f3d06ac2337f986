// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICourt} from "../../interfaces/ICourt.sol";
import {DisputeRecord, Phase, SeatRecord} from "../../interfaces/types/Courts.sol";
import {Jurors} from "./Jurors.sol";

/// @notice How drawn jurors rule. Specified in ICourt.
abstract contract Ballots is Jurors {
    /* CONSTANTS */

    /// @notice Most rulings of a dispute beside 0.
    uint256 public constant MOST_CHOICES = 15;

    /// @dev The votes for one ruling, and those of a round, in bits.
    uint256 private constant BITS = 4;
    uint256 private constant ROUND_BITS = 64;

    /* IMMUTABLES */

    /// @inheritdoc ICourt
    bytes32 public immutable domain = keccak256(abi.encode(block.chainid, address(this)));

    /* VOTE */

    /// @inheritdoc ICourt
    function commit(uint256 disputeId, uint256 seat, bytes32 commitment) external {
        (DisputeRecord storage record, SeatRecord storage drawn) =
            _voting(disputeId, seat, Phase.Commit);
        if (msg.sender != drawn.juror) revert Court_NotJuror(drawn.juror);
        if (drawn.commitment != 0) revert Court_AlreadyCommitted(seat);
        if (commitment == 0) revert Court_NoCommitment();

        drawn.commitment = commitment;
        record.committed += 1;
        emit RulingCommitted(disputeId, msg.sender, seat, commitment);
    }

    /// @inheritdoc ICourt
    function reveal(uint256 disputeId, uint256 seat, uint256 ruling, bytes32 salt) external {
        (DisputeRecord storage record, SeatRecord storage drawn) =
            _voting(disputeId, seat, Phase.Reveal);
        if (ruling > record.choices) revert Court_NoSuchRuling(record.choices);
        address juror = drawn.juror;
        if (drawn.commitment != commitmentOf(disputeId, seat, juror, ruling, salt)) {
            revert Court_OtherCommitment(seat);
        }

        drawn.commitment = 0;
        drawn.vote = uint8(ruling) + 1;
        record.votes += uint192(1 << _place(record.round, ruling));
        emit RulingRevealed(disputeId, juror, seat, ruling);
    }

    /* VIEWS */

    /// @inheritdoc ICourt
    function commitmentOf(
        uint256 disputeId,
        uint256 seat,
        address juror,
        uint256 ruling,
        bytes32 salt
    ) public view returns (bytes32) {
        return keccak256(abi.encode(domain, disputeId, seat, juror, ruling, salt));
    }

    /* INTERNAL */

    /// @dev What most revealed in the last round; 0 where two rulings have as many, or nobody revealed any.
    function _outcome(DisputeRecord storage record) internal view returns (uint8 ruling) {
        uint256 most;
        for (uint8 each; each <= record.choices; ++each) {
            uint256 count = _votesFor(record, record.round, each);
            if (count == most) ruling = 0;
            if (count > most) (most, ruling) = (count, each);
        }
    }

    function _revealed(DisputeRecord storage record, uint8 round)
        internal
        view
        returns (uint256 sum)
    {
        for (uint256 ruling; ruling <= record.choices; ++ruling) {
            sum += _votesFor(record, round, ruling);
        }
    }

    function _votesFor(DisputeRecord storage record, uint8 round, uint256 ruling)
        internal
        view
        returns (uint256)
    {
        return record.votes >> _place(round, ruling) & MOST_CHOICES;
    }

    /// @dev A dispute, its phase being `phase` and not over, and a seat of its round.
    function _voting(uint256 disputeId, uint256 seat, Phase phase)
        private
        view
        returns (DisputeRecord storage record, SeatRecord storage drawn)
    {
        record = _dockets[disputeId].record;
        if (record.phase != phase) revert Court_OtherPhase(disputeId, record.phase);
        if (block.timestamp > record.phaseEnd) revert Court_TooLate(record.phaseEnd);
        if (_roundOf(seat) != record.round) revert Court_NoSuchSeat(seat);
        drawn = _dockets[disputeId].seats[seat];
    }

    /// @dev First bit of the count of a round's votes for a ruling.
    function _place(uint8 round, uint256 ruling) private pure returns (uint256) {
        return (round - 1) * ROUND_BITS + ruling * BITS;
    }
}
