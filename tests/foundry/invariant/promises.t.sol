// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ends} from "./Ends.sol";
import {PromisesWorld} from "./PromisesWorld.sol";

/// forge-config: default.invariant.runs = 6
/// forge-config: default.invariant.depth = 120
/// forge-config: deep.invariant.runs = 64
/// forge-config: deep.invariant.depth = 256
/// @notice Any sequence of promises, results, claims, rulings and sales keeps what docs/invariants.md says of bonds.
contract PromisesInvariants is Ends {
    PromisesWorld internal world;

    function setUp() public {
        world = new PromisesWorld();
        world.setUp();
        targetContract(address(world));
        targetSelector(FuzzSelector(address(world), _actions()));
    }

    function _actions() private view returns (bytes4[] memory list) {
        list = new bytes4[](14);
        (list[0], list[1]) = (world.post.selector, world.measure.selector);
        (list[2], list[3]) = (world.judge.selector, world.contest.selector);
        (list[4], list[5]) = (world.dismiss.selector, world.breakByScore.selector);
        (list[6], list[7]) = (world.hold.selector, world.resolve.selector);
        (list[8], list[9]) = (world.reclaim.selector, world.sell.selector);
        (list[10], list[11]) = (world.compensate.selector, world.close.selector);
        (list[12], list[13]) = (world.wait.selector, world.waive.selector);
    }

    function invariant_BOND_2() public view {
        world.checkBonds();
    }

    function afterInvariant() public {
        assertEq(world.exit(), 0, "EXIT_1");
    }

    function test_ThePromisersReachEveryEnd() public {
        string[10] memory names = [
            "post",
            "contest",
            "dismiss",
            "breakByScore",
            "hold",
            "resolve",
            "reclaim",
            "compensate",
            "waive",
            "close"
        ];
        _play(address(world), _actions(), "promises", 1200, [uint256(0), 0, 0, 0]);
        for (uint256 i; i < names.length; ++i) {
            assertGt(world.done(names[i]), 0, names[i]);
        }
        world.checkBonds();
        assertEq(world.exit(), 0);
    }
}
