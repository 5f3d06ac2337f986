// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRandomness} from "../../../interfaces/IRandomness.sol";

/// @notice Randomness with the clocks of blocks, whose values everybody can compute. Its proofs are empty.
contract Dice is IRandomness {
    function next() external view returns (uint64) {
        return (uint64(block.number) + 255) / 128 * 128;
    }

    function imminent(uint64 tick) external view returns (bool) {
        return block.number + 32 >= tick;
    }

    function expired(uint64 tick) external view returns (bool) {
        return block.number > uint256(tick) + 8191;
    }

    function valueOf(uint64 tick, bytes calldata proof) external view returns (bytes32) {
        if (block.number <= tick) revert Randomness_TooEarly(tick);
        if (proof.length != 0) revert Randomness_NotProven(tick);
        return keccak256(abi.encode(tick));
    }
}
