// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IArbitrator} from "./IArbitrator.sol";

/// @title An arbitrator that is one account
/// @notice A person, a Safe, a firm: its word is final, its price is fixed and paid with the ruling. Who names it in a
/// deal trusts that account with the deal.
/// @dev An ERC-792 arbitrator without courts and appeals.
interface IArbiter is IArbitrator {
    /// @notice The judge has ruled and was paid.
    event DisputeRuled(uint256 indexed disputeId, uint256 ruling);

    /// @notice Only {judge} rules here: choose that account.
    error Arbiter_NotJudge(address judge);

    /// @notice A dispute costs {cost} wei, and {sent} came along: send exactly that.
    error Arbiter_NotTheFee(uint256 cost, uint256 sent);

    /// @notice There is no open dispute {disputeId}: look at its status.
    error Arbiter_NotWaiting(uint256 disputeId);

    /// @notice There are only {choices} rulings, and 0 for none: give one of them.
    error Arbiter_NoSuchRuling(uint256 choices);

    /// @notice What this arbiter rules is final: there is no appeal.
    error Arbiter_NoAppeal();

    /// @notice Rules, tells the contract that made the dispute, and is paid; for the judge.
    /// @param ruling One of the dispute's choices, from 1; 0 is that there is no ruling.
    /// @custom:doing rule on a dispute
    function giveRuling(uint256 disputeId, uint256 ruling) external;

    /// @notice Who rules.
    function judge() external view returns (address);

    /// @notice What each dispute costs, in wei.
    function fee() external view returns (uint256);
}
