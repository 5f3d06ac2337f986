// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RLP} from "@openzeppelin/contracts/utils/RLP.sol";
import {Vm} from "forge-std/Vm.sol";

/// @notice Blocks of Ethereum after Fusaka, as far as a header says: made of a number and what validators mixed.
library Headers {
    using RLP for RLP.Encoder;

    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;

    /// @dev EIP-2935, as it is on chain.
    bytes private constant HISTORY_CODE =
        hex"3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";
    address private constant SYSTEM = 0xffffFFFfFFffffffffffffffFfFFFfffFFFfFFfE;

    function rlp(uint64 number, bytes32 mixed) internal pure returns (bytes memory) {
        uint256[3] memory sums = [uint256(60_000_000), 31_415_926, 1_800_000_000];
        return rlp(number, mixed, sums, "beaverbuild.org");
    }

    /// @param sums Limit of gas, gas used, timestamp.
    function rlp(uint64 number, bytes32 mixed, uint256[3] memory sums, bytes memory extra)
        internal
        pure
        returns (bytes memory)
    {
        RLP.Encoder memory fields = RLP.encoder();
        bytes memory bloom = new bytes(256);
        for (uint256 i; i < 256; ++i) {
            bloom[i] = bytes1(uint8(i) | 1);
        }
        bytes32 root = keccak256("root");
        fields.push(keccak256(abi.encode("parent", number))).push(root).push(address(0xC01BA5E));
        fields.push(root).push(root).push(root).push(bloom).push(uint256(0)).push(uint256(number));
        fields.push(sums[0]).push(sums[1]).push(sums[2]).push(extra);
        fields.push(mixed).push(abi.encodePacked(bytes8(0)));
        fields.push(uint256(1e9)).push(root).push(uint256(786_432)).push(uint256(0)).push(root);
        return fields.push(root).encode();
    }

    /// @dev Block `number` was the one with this header: the chain remembers its hash for 8,191 blocks.
    function mine(uint64 number, bytes memory header) internal {
        uint256 now_ = VM.getBlockNumber();
        if (HISTORY.code.length == 0) VM.etch(HISTORY, HISTORY_CODE);
        VM.roll(uint256(number) + 1);
        VM.setBlockhash(number, keccak256(header));
        VM.prank(SYSTEM);
        (bool stored,) = HISTORY.call(abi.encode(keccak256(header)));
        require(stored, "EIP-2935");
        VM.roll(now_);
    }
}
