// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Who is told the ruling of a dispute that it made, by ERC-792
interface IArbitrable {
    /// @notice The arbitrator has ruled.
    event Ruling(address indexed arbitrator, uint256 indexed disputeId, uint256 ruling);

    /// @notice Takes a ruling; for the arbitrator.
    /// @param ruling One of the dispute's choices, from 1; 0 is that there is no ruling.
    /// @custom:doing rule on a dispute
    function rule(uint256 disputeId, uint256 ruling) external;
}
