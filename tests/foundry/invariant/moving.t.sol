// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {MovingWorld} from "./MovingWorld.sol";

/// forge-config: default.invariant.runs = 16
/// forge-config: default.invariant.depth = 80
/// forge-config: deep.invariant.runs = 64
/// forge-config: deep.invariant.depth = 256
/// @notice Any sequence of sales, strangers' calls and idle time keeps what docs/invariants.md says of moving prices.
contract MovingInvariants is Test {
    MovingWorld internal world;

    function setUp() public {
        world = new MovingWorld();
        world.setUp();
        targetContract(address(world));
        bytes4[] memory list = new bytes4[](3);
        (list[0], list[1]) = (world.buy.selector, world.meddle.selector);
        list[2] = world.warp.selector;
        targetSelector(FuzzSelector(address(world), list));
    }

    function invariant_PRICE_1() public view {
        assertFalse(world.wrong(), "PRICE_1");
    }
}
