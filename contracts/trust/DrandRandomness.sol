// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDrandRandomness} from "../../interfaces/IDrandRandomness.sol";
import {IRandomness} from "../../interfaces/IRandomness.sol";
import {BLS254} from "../libraries/BLS254.sol";

/// @notice Specified in IDrandRandomness.
contract DrandRandomness is IDrandRandomness {
    /* CONSTANTS */

    /// @dev evmnet's, of chain 04f1e9062b8a81f848fded9c12306733282b2727ecced50032187751166ec8c3.
    uint256 private constant GENESIS = 1_727_521_075;
    uint256 private constant PERIOD = 3;
    uint256 private constant PROVABLE = 1 days;
    /// @dev How long no tick is imminent after one that was used, at least.
    uint256 private constant PAUSE = 1 hours;
    uint256 private constant KEY_0 =
        0x07e1d1d335df83fa98462005690372c643340060d205306a9aa8106b6bd0b382;
    uint256 private constant KEY_1 =
        0x0557ec32c2ad488e4d4f6008f89a346f18492092ccc0d594610de2732c8b808f;
    uint256 private constant KEY_2 =
        0x0095685ae3a85ba243747b1b2f426049010f6b73a0cf1d389351d5aaaa1047f6;
    uint256 private constant KEY_3 =
        0x297d3a4f9749b33eb2d904c9d9ebf17224150ddd7abd7567a9bec6c74480ee0b;

    /* IMMUTABLES */

    /// @inheritdoc IDrandRandomness
    uint256 public immutable lag;

    /* CONSTRUCTOR */

    constructor(uint256 lag_) {
        lag = lag_;
    }

    /* VIEWS */

    /// @inheritdoc IRandomness
    function next() external view returns (uint64) {
        uint256 soonest = (block.timestamp + lag - GENESIS) / PERIOD + 2;
        uint256 apart = (lag + PAUSE) / PERIOD;
        return uint64((soonest + apart - 1) / apart * apart);
    }

    /// @inheritdoc IRandomness
    function imminent(uint64 tick) external view returns (bool) {
        return timeOf(tick) <= block.timestamp + lag;
    }

    /// @inheritdoc IRandomness
    function expired(uint64 tick) external view returns (bool) {
        return timeOf(tick) + PROVABLE < block.timestamp;
    }

    /// @inheritdoc IRandomness
    function valueOf(uint64 tick, bytes calldata proof) external view returns (bytes32) {
        if (block.timestamp < timeOf(tick)) revert Randomness_TooEarly(tick);
        if (proof.length != 64) revert Randomness_NotProven(tick);
        (uint256 x, uint256 y) = abi.decode(proof, (uint256, uint256));
        bytes32 message = keccak256(abi.encodePacked(tick));
        if (!BLS254.isSigned(x, y, message, [KEY_0, KEY_1, KEY_2, KEY_3])) {
            revert Randomness_NotProven(tick);
        }
        return sha256(proof);
    }

    /// @inheritdoc IDrandRandomness
    function timeOf(uint64 tick) public pure returns (uint256) {
        return GENESIS + PERIOD * tick - PERIOD;
    }
}
