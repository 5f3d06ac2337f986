// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

/// @notice Calls in people's names, of each of which a world foretells whether it succeeds.
abstract contract Foretold is Test {
    /// @notice How often each action succeeded.
    mapping(string action => uint256) public done;

    function _by(address caller, address to, bytes memory data) internal returns (bool success) {
        vm.prank(caller);
        (success,) = to.call(data);
    }

    /// @dev The model foretold whether the action succeeds.
    function _foretold(string memory action, bool success, bool expected) internal {
        assertEq(success, expected, action);
        if (success) done[action] += 1;
    }
}
