// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";

import {IArbiter} from "../../interfaces/IArbiter.sol";
import {IArbitrable} from "../../interfaces/IArbitrable.sol";
import {IArbitrator} from "../../interfaces/IArbitrator.sol";

/// @notice Specified in IArbiter.
contract Arbiter is IArbiter {
    using SafeTransferLib for address;

    struct Dispute {
        address arbitrable;
        uint88 choices;
        bool solved;
        uint256 ruling;
    }

    /* IMMUTABLES */

    /// @inheritdoc IArbiter
    address public immutable judge;

    /// @inheritdoc IArbiter
    uint256 public immutable fee;

    /* STORAGE */

    Dispute[] private _disputes;

    /* CONSTRUCTOR */

    constructor(address judge_, uint256 fee_) {
        (judge, fee) = (judge_, fee_);
    }

    /* DISPUTES */

    /// @inheritdoc IArbitrator
    function createDispute(uint256 choices, bytes calldata) external payable returns (uint256 id) {
        if (msg.value != fee) revert Arbiter_NotTheFee(fee, msg.value);
        if (choices > type(uint88).max) choices = type(uint88).max;
        id = _disputes.length;
        _disputes.push(Dispute(msg.sender, uint88(choices), false, 0));
        emit DisputeCreation(id, msg.sender);
    }

    /// @inheritdoc IArbiter
    function giveRuling(uint256 disputeId, uint256 ruling) external {
        if (msg.sender != judge) revert Arbiter_NotJudge(judge);
        if (disputeStatus(disputeId) != DisputeStatus.Waiting) {
            revert Arbiter_NotWaiting(disputeId);
        }
        Dispute storage dispute = _disputes[disputeId];
        if (ruling > dispute.choices) revert Arbiter_NoSuchRuling(dispute.choices);

        (dispute.solved, dispute.ruling) = (true, ruling);
        emit DisputeRuled(disputeId, ruling);

        IArbitrable(dispute.arbitrable).rule(disputeId, ruling);
        judge.safeTransferETH(fee);
    }

    /// @inheritdoc IArbitrator
    function appeal(uint256, bytes calldata) external payable {
        revert Arbiter_NoAppeal();
    }

    /* VIEWS */

    /// @inheritdoc IArbitrator
    function arbitrationCost(bytes calldata) external view returns (uint256) {
        return fee;
    }

    /// @inheritdoc IArbitrator
    function appealCost(uint256, bytes calldata) external pure returns (uint256) {
        return type(uint256).max;
    }

    /// @inheritdoc IArbitrator
    function appealPeriod(uint256) external pure returns (uint256, uint256) {}

    /// @inheritdoc IArbitrator
    function disputeStatus(uint256 disputeId) public view returns (DisputeStatus) {
        if (disputeId >= _disputes.length) revert Arbiter_NotWaiting(disputeId);
        return _disputes[disputeId].solved ? DisputeStatus.Solved : DisputeStatus.Waiting;
    }

    /// @inheritdoc IArbitrator
    function currentRuling(uint256 disputeId) external view returns (uint256) {
        return _disputes[disputeId].ruling;
    }
}
