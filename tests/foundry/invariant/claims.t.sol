// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {IClaims} from "../../../interfaces/IClaims.sol";
import {ClaimsWorld} from "./ClaimsWorld.sol";

/// forge-config: default.invariant.runs = 6
/// forge-config: default.invariant.depth = 160
/// forge-config: deep.invariant.runs = 64
/// forge-config: deep.invariant.depth = 256
/// @notice Any sequence of claims, oppositions, rulings and ends keeps what docs/invariants.md says of claims.
contract ClaimsInvariants is Test {
    ClaimsWorld internal world;

    function setUp() public {
        world = new ClaimsWorld();
        world.setUp();
        targetContract(address(world));
        bytes4[] memory list = new bytes4[](8);
        (list[0], list[1]) = (world.open.selector, world.oppose.selector);
        (list[2], list[3]) = (world.rule.selector, world.conclude.selector);
        (list[4], list[5]) = (world.execute.selector, world.withdraw.selector);
        (list[6], list[7]) = (world.change.selector, world.vote.selector);
        targetSelector(FuzzSelector(address(world), list));
    }

    function invariant_CLAIM_1() public view {
        assertEq(address(world.claims()).balance, world.held(), "CLAIM_1");
        assertTrue(world.agrees(), "CLAIM_1");
    }

    /// @dev It is enough to wait: strangers conclude everything, everybody withdraws, and nothing remains.
    function afterInvariant() public {
        vm.warp(block.timestamp + 64 days);
        IClaims claims = world.claims();
        for (uint256 i; i < world.count(); ++i) {
            try claims.conclude(world.claimAt(i)) {} catch {}
        }
        for (uint256 i; i < 3; ++i) {
            address by = world.people(i);
            vm.prank(by);
            try claims.withdraw(payable(by)) {} catch {}
        }
        assertEq(address(claims).balance, 0, "EXIT_1");
    }

    function test_TheClaimantsReachEveryEnd() public {
        for (uint256 i; i < 300; ++i) {
            uint256 chance = uint256(keccak256(abi.encode(i)));
            uint256 which = chance >> 16;
            if (i % 9 == 0) world.open(chance, chance >> 8);
            if (i % 5 == 1) world.oppose(which, chance >> 8, chance >> 32);
            if (i % 7 == 2) world.rule(which, chance >> 40, chance >> 48, chance >> 56 & 1 == 0);
            if (i % 5 == 2) world.vote(which, chance >> 96, chance >> 104 & 1 == 0);
            if (i % 4 == 3) world.conclude(which);
            if (i % 6 == 4) world.execute(which, chance >> 64);
            if (i % 11 == 5) world.withdraw(chance >> 72);
            if (i % 8 == 6) world.change(chance >> 80, chance >> 88);
        }
        string[9] memory actions = [
            "open", "oppose", "vote", "rule", "appeal", "conclude", "execute", "withdraw", "change"
        ];
        for (uint256 i; i < actions.length; ++i) {
            assertGt(world.done(actions[i]), 0, actions[i]);
        }
        assertTrue(world.agrees());
        assertEq(address(world.claims()).balance, world.held());
    }
}
