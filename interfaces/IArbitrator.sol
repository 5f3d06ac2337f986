// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Who decides disputes, by ERC-792
/// @notice Whoever pays what it costs has a dispute decided; the ruling comes back as a call of
/// `IArbitrable.rule`.
/// @dev `createDispute`, `arbitrationCost` and the call of `rule` are the same in Kleros v2, whose appeals go past
/// the contract that made the dispute.
interface IArbitrator {
    /// @notice Waiting: nobody has ruled. Appealable: a ruling may still be appealed. Solved: a ruling is final.
    enum DisputeStatus {
        Waiting,
        Appealable,
        Solved
    }

    /// @notice A dispute was made by the contract that is told its ruling.
    event DisputeCreation(uint256 indexed disputeId, address indexed arbitrable);

    /// @notice Makes a dispute whose ruling the caller is told; pay at least `arbitrationCost`.
    /// @param choices How many rulings there are beside 0, which is that there is none.
    /// @param extraData For the arbitrator: which court, how many jurors.
    /// @custom:doing make a dispute
    function createDispute(uint256 choices, bytes calldata extraData)
        external
        payable
        returns (uint256 disputeId);

    /// @notice Has a ruling that is not final decided again; pay at least `appealCost`. For who made the dispute.
    /// @custom:doing appeal a ruling
    function appeal(uint256 disputeId, bytes calldata extraData) external payable;

    /// @notice What a dispute costs now, in wei.
    function arbitrationCost(bytes calldata extraData) external view returns (uint256 cost);

    /// @notice What an appeal costs now, in wei; more than there is where none is possible.
    function appealCost(uint256 disputeId, bytes calldata extraData)
        external
        view
        returns (uint256 cost);

    /// @notice When an appeal is possible; two zeros where it is not.
    function appealPeriod(uint256 disputeId) external view returns (uint256 start, uint256 end);

    /// @notice Where a dispute stands.
    function disputeStatus(uint256 disputeId) external view returns (DisputeStatus status);

    /// @notice The ruling as it would be now; 0 where there is none.
    function currentRuling(uint256 disputeId) external view returns (uint256 ruling);
}
