// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What a governor starts with. Governance may raise each of these but the floor up to a cap in code, and
/// none of them ever goes below what it started with.
/// @param votingDelay Seconds from a proposal to the moment at which votes are counted.
/// @param votingPeriod Seconds for voting.
/// @param lateQuorum Seconds that are left for voting, at least, once the quorum is reached.
/// @param proposalThreshold Votes that it takes to propose, in wei of AIM; at most the floor.
/// @param quorumPercent Part of all wrapped AIM that has to vote for or abstain, in percent.
/// @param quorumFloor The least quorum, in wei of AIM, however little is wrapped. Fixed.
struct GovernorTerms {
    uint48 votingDelay;
    uint32 votingPeriod;
    uint48 lateQuorum;
    uint256 proposalThreshold;
    uint256 quorumPercent;
    uint256 quorumFloor;
}
