// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {AttestWorld} from "./AttestWorld.sol";

/// forge-config: default.invariant.runs = 6
/// forge-config: default.invariant.depth = 160
/// forge-config: deep.invariant.runs = 64
/// forge-config: deep.invariant.depth = 256
/// @notice Any sequence of jobs, results, claims and rulings keeps what docs/invariants.md says of attestations.
contract AttestationsInvariants is Test {
    AttestWorld internal world;

    function setUp() public {
        world = new AttestWorld();
        world.setUp();
        targetContract(address(world));
        bytes4[] memory list = new bytes4[](10);
        (list[0], list[1]) = (world.commission.selector, world.attest.selector);
        (list[2], list[3]) = (world.answer.selector, world.cancel.selector);
        (list[4], list[5]) = (world.finish.selector, world.hold.selector);
        (list[6], list[7]) = (world.resolve.selector, world.close.selector);
        (list[8], list[9]) = (world.withdraw.selector, world.wait.selector);
        targetSelector(FuzzSelector(address(world), list));
    }

    function invariant_ATTEST_1() public view {
        assertEq(world.balance(), world.held(), "ATTEST_1");
        assertTrue(world.agrees(), "ATTEST_1");
    }

    /// @dev It is enough to wait.
    function afterInvariant() public {
        assertEq(world.exit(), 0, "EXIT_1");
    }

    function test_TheEvaluatorsReachEveryEnd() public {
        for (uint256 i; i < 400; ++i) {
            uint256 chance = uint256(keccak256(abi.encode(i)));
            uint256 which = chance >> 16;
            if (i % 25 == 0) world.commission(uint128(chance));
            if (i % 45 == 1) world.attest(uint128(chance));
            if (i % 3 == 0) world.answer(which);
            if (i % 3 == 1) world.hold(which);
            if (i % 5 == 2) world.resolve(which, chance >> 40);
            if (i % 5 == 3) world.finish(which);
            if (i % 5 == 4) world.close(which);
            if (i % 7 == 5) world.cancel(which);
            if (i % 13 == 5) world.withdraw(chance >> 72);
            if (i % 9 == 6) world.wait(chance >> 80);
        }
        string[12] memory actions = [
            "commission",
            "attest",
            "answer",
            "cancel",
            "finish",
            "hold",
            "void",
            "stand",
            "reopen",
            "close",
            "withdraw",
            "wait"
        ];
        for (uint256 i; i < actions.length; ++i) {
            assertGt(world.done(actions[i]), 0, actions[i]);
        }
        assertTrue(world.agrees());
        assertEq(world.balance(), world.held());
    }
}
