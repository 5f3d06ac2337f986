// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDaimmGovernor} from "../../interfaces/IDaimmGovernor.sol";
import {GovernorTerms} from "../../interfaces/types/Governance.sol";

/// @notice The bounds of a governor's settings. Its constructor runs before those of the settings, which look here.
abstract contract GovernorBounds is IDaimmGovernor {
    /* CONSTANTS */

    /// @notice Longest wait from a proposal to its snapshot, in seconds.
    uint48 public constant MAX_VOTING_DELAY = 14 days;
    /// @notice Longest vote, in seconds.
    uint32 public constant MAX_VOTING_PERIOD = 30 days;
    /// @notice Longest extension of a vote whose quorum came late, in seconds.
    uint48 public constant MAX_LATE_QUORUM = 7 days;
    /// @notice Highest part of all wrapped AIM that a quorum may take, in percent.
    uint256 public constant MAX_QUORUM_PERCENT = 30;
    /// @notice Seconds in which a proposal that succeeded is queued, and one that is due is executed.
    uint256 public constant GRACE = 30 days;

    /* IMMUTABLES */

    uint48 internal immutable _leastVotingDelay;
    uint32 internal immutable _leastVotingPeriod;
    uint48 internal immutable _leastLateQuorum;
    uint256 internal immutable _leastThreshold;
    uint256 internal immutable _leastQuorumPercent;
    uint256 internal immutable _quorumFloor;

    /* CONSTRUCTOR */

    constructor(GovernorTerms memory terms_) {
        _requireWithin(terms_.votingDelay, 0, MAX_VOTING_DELAY);
        _requireWithin(terms_.votingPeriod, 0, MAX_VOTING_PERIOD);
        _requireWithin(terms_.lateQuorum, 0, MAX_LATE_QUORUM);
        _requireWithin(terms_.quorumFloor, 1, type(uint208).max);
        _requireWithin(terms_.proposalThreshold, 0, terms_.quorumFloor);
        _requireWithin(terms_.quorumPercent, 0, MAX_QUORUM_PERCENT);
        _leastVotingDelay = terms_.votingDelay;
        _leastVotingPeriod = terms_.votingPeriod;
        _leastLateQuorum = terms_.lateQuorum;
        _leastThreshold = terms_.proposalThreshold;
        _leastQuorumPercent = terms_.quorumPercent;
        _quorumFloor = terms_.quorumFloor;
    }

    /* VIEWS */

    /// @inheritdoc IDaimmGovernor
    function terms() external view returns (GovernorTerms memory) {
        return GovernorTerms({
            votingDelay: _leastVotingDelay,
            votingPeriod: _leastVotingPeriod,
            lateQuorum: _leastLateQuorum,
            proposalThreshold: _leastThreshold,
            quorumPercent: _leastQuorumPercent,
            quorumFloor: _quorumFloor
        });
    }

    /* INTERNAL */

    function _requireWithin(uint256 value, uint256 lowest, uint256 highest) internal pure {
        if (value < lowest || value > highest) {
            revert DaimmGovernor_OutOfBounds(value, lowest, highest);
        }
    }
}
