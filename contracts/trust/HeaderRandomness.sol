// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Blockhash} from "@openzeppelin/contracts/utils/Blockhash.sol";

import {IRandomness} from "../../interfaces/IRandomness.sol";

/// @notice Specified in IRandomness: a tick is a block's number, its value that block's PREVRANDAO, its proof the header.
/// @dev For chains whose validators make it together (Ethereum and its test networks): who proposes the block may drop it,
/// and so choose between two values at the price of a block. Where it is constant, or a sequencer's choice, it is none. The
/// opcode would let whoever draws choose the block; a block's hash would let its proposer try many.
contract HeaderRandomness is IRandomness {
    /* CONSTANTS */

    /// @notice How many blocks are between two ticks, and to the next one at least: nobody knows its proposer by then.
    uint64 public constant APART = 128;
    /// @notice How many blocks before it a tick is imminent: an epoch, whose proposers know each other.
    uint64 public constant IMMINENT = 32;
    /// @notice How many blocks a header can be proven, by EIP-2935.
    uint64 public constant PROVABLE = 8191;

    /// @dev Where a header's difficulty is: what comes before, up to the logs' bloom, is of one length in each.
    uint256 private constant DIFFICULTY = 448;
    /// @dev From the difficulty to the extra data: numbers and at most 32 bytes, each with a prefix of one byte.
    uint256 private constant SHORT_FIELDS = 6;
    /// @dev What RLP has before 32 bytes.
    bytes1 private constant WORD = 0xa0;

    /* VIEWS */

    /// @inheritdoc IRandomness
    function next() external view returns (uint64) {
        return (uint64(block.number) + 2 * APART - 1) / APART * APART;
    }

    /// @inheritdoc IRandomness
    function imminent(uint64 tick) external view returns (bool) {
        return block.number + IMMINENT >= tick;
    }

    /// @inheritdoc IRandomness
    function expired(uint64 tick) external view returns (bool) {
        return block.number > uint256(tick) + PROVABLE;
    }

    /// @inheritdoc IRandomness
    /// @dev OpenZeppelin's BlockHeader reads any field, by decoding all of them: 19,000 gas more. What has the block's hash
    /// is a header, so nothing has to be checked in between.
    function valueOf(uint64 tick, bytes calldata proof) external view returns (bytes32) {
        if (block.number <= tick) revert Randomness_TooEarly(tick);
        if (keccak256(proof) != Blockhash.blockHash(tick)) revert Randomness_NotProven(tick);

        uint256 place = DIFFICULTY;
        for (uint256 i; i < SHORT_FIELDS; ++i) {
            uint8 prefix = uint8(proof[place]);
            place += prefix < 0x80 ? 1 : prefix - 0x7f;
        }
        if (proof[place] != WORD) revert Randomness_NotProven(tick);
        return bytes32(proof[place + 1:]);
    }
}
