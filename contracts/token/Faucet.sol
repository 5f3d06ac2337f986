// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IFaucet} from "../../interfaces/IFaucet.sol";

/// @notice Specified in IFaucet.
contract Faucet is IFaucet {
    using SafeERC20 for IERC20;

    /* IMMUTABLES */

    /// @notice What it gives.
    IERC20 public immutable token;
    /// @inheritdoc IFaucet
    uint256 public immutable amount;
    /// @inheritdoc IFaucet
    uint256 public immutable interval;

    /* STORAGE */

    /// @inheritdoc IFaucet
    mapping(address account => uint256) public nextAt;

    /* CONSTRUCTOR */

    constructor(IERC20 token_, uint256 amount_, uint256 interval_) {
        token = token_;
        amount = amount_;
        interval = interval_;
    }

    /* DRIP */

    /// @inheritdoc IFaucet
    function drip() external {
        uint256 next = nextAt[msg.sender];
        if (block.timestamp < next) revert Faucet_TooSoon(next);

        nextAt[msg.sender] = block.timestamp + interval;
        emit Dripped(msg.sender, amount);

        token.safeTransfer(msg.sender, amount);
    }
}
