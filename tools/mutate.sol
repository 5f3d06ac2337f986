// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

/// @notice A contract of tests. calls: setUp, then each test; digest: of what its outcome depends on.
struct Suite {
    string name;
    string digest;
    bytes[] calls;
}

/// @notice Has mutants meet tests, one in each test of its heir: forge takes long to start, and most mutants fall
/// within a few tests. Each begins with a fresh chain, each test that it meets with what setUp left.
abstract contract Meeting is Test {
    /// @dev What ends no test in this much is a loop without end.
    uint256 private constant GAS = 1 << 29;

    /// @dev Says in `met` which test fails first. Where there is no mutant, all that fail, and how long each takes.
    function _meet(uint256 mutant, string memory plan) internal {
        vm.coinbase(address(uint160(mutant)));
        (Suite[] memory suites, string memory all) =
            abi.decode(vm.readFileBinary(plan), (Suite[], string));
        for (uint256 i = 0; i < suites.length; ++i) {
            uint256 start = vm.unixTime();
            uint256 state = vm.snapshotState();
            bool killed = _fails(suites[i], mutant);
            vm.revertToStateAndDelete(state);
            if (killed) return;
            if (mutant == 0) _say(0, suites[i], vm.toString(vm.unixTime() - start));
        }
        _say(mutant, Suite("-", all, new bytes[](0)), "lives");
    }

    function deployed(string calldata name) external returns (address) {
        return vm.deployCode(name);
    }

    /// @notice Ends what a test left behind, from the depth at which it ran.
    function calm() external {
        vm.stopPrank();
        vm.clearMockedCalls();
    }

    function _fails(Suite memory suite, uint256 mutant) private returns (bool) {
        address tests;
        try this.deployed{gas: GAS}(suite.name) returns (address made) {
            tests = made;
        } catch {
            _say(mutant, suite, "constructor");
            return true;
        }
        for (uint256 i = 0; i < suite.calls.length; ++i) {
            uint256 state = i == 0 ? 0 : vm.snapshotState();
            (bool passes,) = tests.call{gas: GAS}(suite.calls[i]);
            passes = passes && !Test(tests).failed();
            if (i != 0) vm.revertToStateAndDelete(state);
            this.calm();
            if (passes) continue;
            _say(mutant, suite, vm.toString(suite.calls[i]));
            if (mutant != 0) return true;
        }
        return false;
    }

    function _say(uint256 mutant, Suite memory suite, string memory what) private {
        vm.writeLine(
            "met", string.concat(vm.toString(mutant), " ", suite.digest, " ", suite.name, " ", what)
        );
    }
}
