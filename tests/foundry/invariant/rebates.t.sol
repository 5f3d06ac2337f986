// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ends} from "./Ends.sol";
import {RebateWorld} from "./RebateWorld.sol";

/// forge-config: default.invariant.runs = 6
/// forge-config: default.invariant.depth = 80
/// forge-config: default.invariant.check_interval = 8
/// forge-config: deep.invariant.runs = 64
/// forge-config: deep.invariant.depth = 160
/// forge-config: deep.invariant.check_interval = 8
/// @notice Any sequence of what traders, claimants and governance do keeps what docs/invariants.md says.
contract RebateInvariants is Ends {
    RebateWorld internal world;

    function setUp() public {
        world = new RebateWorld();
        world.setUp();
        targetContract(address(world));
        targetSelector(FuzzSelector(address(world), _actions()));
    }

    function _actions() private view returns (bytes4[] memory list) {
        list = new bytes4[](13);
        list[0] = world.sell.selector;
        list[1] = world.sell.selector;
        list[2] = world.end.selector;
        list[3] = world.convict.selector;
        list[4] = world.claim.selector;
        list[5] = world.claim.selector;
        list[6] = world.claim.selector;
        list[7] = world.setRates.selector;
        list[8] = world.setFee.selector;
        list[9] = world.fill.selector;
        list[10] = world.takeBack.selector;
        list[11] = world.withdraw.selector;
        list[12] = world.warp.selector;
    }

    function test_TheTradersReachEveryEnd() public {
        string[8] memory names =
            ["sell", "end", "convict", "claim", "setRates", "fill", "takeBack", "withdraw"];
        _play(address(world), _actions(), "rebates", 400, [uint256(0), 1 << 16, 2, 1 << 16]);
        for (uint256 i; i < names.length; ++i) {
            assertGt(world.done(names[i]), 0, names[i]);
        }
    }

    function invariant_REBATE_1() public view {
        world.checkRebates();
    }
}
