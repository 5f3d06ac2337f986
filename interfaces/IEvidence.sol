// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title How jurors find the question and the evidence of a dispute, by ERC-1497
interface IEvidence {
    /// @notice What disputes of this number are about, and what the rulings mean.
    /// @param evidence Path of a JSON document: "/ipfs/" and its CID.
    event MetaEvidence(uint256 indexed metaEvidenceId, string evidence);

    /// @notice Somebody has something to say to the matter of this group.
    /// @param evidence Path of a JSON document: "/ipfs/" and its CID.
    event Evidence(
        address indexed arbitrator,
        uint256 indexed evidenceGroupId,
        address indexed party,
        string evidence
    );

    /// @notice A dispute was made, about this question with that evidence.
    event Dispute(
        address indexed arbitrator,
        uint256 indexed disputeId,
        uint256 metaEvidenceId,
        uint256 evidenceGroupId
    );
}
