// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ends} from "./Ends.sol";
import {PoolWorld} from "./PoolWorld.sol";

/// forge-config: default.invariant.runs = 6
/// forge-config: default.invariant.depth = 160
/// forge-config: deep.invariant.runs = 64
/// forge-config: deep.invariant.depth = 256
/// @notice Any sequence of deposits, covers, breaches, claims and withdrawals keeps what docs/invariants.md says of pools.
contract PoolInvariants is Ends {
    PoolWorld internal world;

    function setUp() public {
        world = new PoolWorld();
        world.setUp();
        targetContract(address(world));
        targetSelector(FuzzSelector(address(world), _actions()));
    }

    function _actions() private view returns (bytes4[] memory list) {
        list = new bytes4[](17);
        (list[0], list[1]) = (world.deposit.selector, world.request.selector);
        (list[2], list[3]) = (world.redeem.selector, world.pass.selector);
        (list[4], list[5]) = (world.donate.selector, world.limit.selector);
        (list[6], list[7]) = (world.sell.selector, world.cover.selector);
        (list[8], list[9]) = (world.compensate.selector, world.claim.selector);
        (list[10], list[11]) = (world.hold.selector, world.resolve.selector);
        (list[12], list[13]) = (world.end.selector, world.impair.selector);
        (list[14], list[15]) = (world.restore.selector, world.release.selector);
        list[16] = world.wait.selector;
    }

    function invariant_POOL_1() public view {
        world.checkPool();
    }

    function afterInvariant() public {
        _checkExit();
    }

    function _checkExit() private {
        (uint256 shares, uint256 assets) = world.exit();
        assertEq(shares, 0, "EXIT_1");
        assertLe(assets, 1e6, "EXIT_1");
    }

    function test_TheDepositorsReachEveryEnd() public {
        string[13] memory names = [
            "deposit",
            "request",
            "redeem",
            "pass",
            "limit",
            "cover",
            "compensate",
            "waive",
            "hold",
            "resolve",
            "impair",
            "restore",
            "deposit"
        ];
        _play(address(world), _actions(), "pool", 1500, [uint256(0), 0, 0, 0]);
        for (uint256 i; i < names.length; ++i) {
            assertGt(world.done(names[i]), 0, names[i]);
        }
        world.checkPool();
        _checkExit();
    }
}
