// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {VouchersWorld} from "./VouchersWorld.sol";

/// forge-config: default.invariant.runs = 16
/// forge-config: default.invariant.depth = 80
/// forge-config: deep.invariant.runs = 64
/// forge-config: deep.invariant.depth = 256
/// @notice Any sequence of uses, revocations and strangers' calls keeps what docs/invariants.md says of vouchers.
contract VouchersInvariants is Test {
    VouchersWorld internal world;

    function setUp() public {
        world = new VouchersWorld();
        world.setUp();
        targetContract(address(world));
        bytes4[] memory list = new bytes4[](5);
        // Most calls are uses: an epoch that nobody uses tells nothing.
        (list[0], list[1]) = (world.buy.selector, world.revoke.selector);
        (list[2], list[3]) = (world.revokeAll.selector, world.meddle.selector);
        list[4] = world.buy.selector;
        targetSelector(FuzzSelector(address(world), list));
    }

    function invariant_VOUCHER_1() public view {
        assertFalse(world.wrong(), "VOUCHER_1");
    }

    function test_TheBuyersReachEveryEnd() public {
        for (uint256 i; i < 200; ++i) {
            uint256 chance = uint256(keccak256(abi.encode(i)));
            world.buy(
                chance, chance >> 8, chance >> 16, chance >> 24 & 7 == 0, chance >> 32 & 1 == 0
            );
            if (i % 40 == 39) world.revoke(chance, chance >> 8);
            if (i % 70 == 69) world.revokeAll(bytes32(chance));
            if (i % 50 == 49) world.meddle(chance, chance >> 8);
        }
        string[5] memory actions = ["buy", "refused", "revoke", "revokeAll", "meddle"];
        for (uint256 i; i < actions.length; ++i) {
            assertGt(world.done(actions[i]), 0, actions[i]);
        }
        assertFalse(world.wrong());
    }
}
