// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

/// @notice Plays a world the same way each time, for tests that its actions reach every end.
abstract contract Ends is Test {
    /// @dev Each step is one of the actions with four words. below: what each stays under; 0 is anything.
    function _play(
        address world,
        bytes4[] memory actions,
        string memory name,
        uint256 steps,
        uint256[4] memory below
    ) internal {
        for (uint256 i; i < steps; ++i) {
            bytes32 seed = keccak256(abi.encode(name, i));
            bytes memory data = abi.encodePacked(actions[uint256(seed) % actions.length]);
            for (uint256 k; k < below.length; ++k) {
                uint256 word = uint256(keccak256(abi.encode(seed, k + 1)));
                data = abi.encodePacked(data, below[k] == 0 ? word : word % below[k]);
            }
            (bool success,) = world.call(data);
            assertTrue(success, "an action failed");
        }
    }
}
