// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

import {ITimelock} from "../../interfaces/ITimelock.sol";

/// @notice Specified in ITimelock.
contract Timelock is ITimelock, TimelockController {
    /* CONSTANTS */

    /// @notice Longest delay, in seconds.
    uint256 public constant MAX_DELAY = 30 days;

    /* IMMUTABLES */

    /// @inheritdoc ITimelock
    uint256 public immutable shortestDelay;

    /* CONSTRUCTOR */

    /// @dev `admin` names the governor and renounces: a governor needs the timelock's address first.
    constructor(uint256 delay, address admin)
        TimelockController(delay, new address[](0), new address[](0), admin)
    {
        _requireWithin(delay, 0);
        shortestDelay = delay;
    }

    /* DELAY */

    /// @inheritdoc TimelockController
    function updateDelay(uint256 newDelay) public override {
        _requireWithin(newDelay, shortestDelay);
        super.updateDelay(newDelay);
    }

    /* INTERNAL */

    function _requireWithin(uint256 delay, uint256 shortest) private pure {
        if (delay < shortest || delay > MAX_DELAY) {
            revert Timelock_DelayOutOfBounds(delay, shortest, MAX_DELAY);
        }
    }
}
