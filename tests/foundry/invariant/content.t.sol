// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ContentWorld} from "./ContentWorld.sol";
import {Ends} from "./Ends.sol";

/// forge-config: default.invariant.runs = 6
/// forge-config: default.invariant.depth = 80
/// forge-config: default.invariant.check_interval = 8
/// forge-config: deep.invariant.runs = 64
/// forge-config: deep.invariant.depth = 160
/// forge-config: deep.invariant.check_interval = 8
/// @notice Any sequence of what provers, forgers, guarantors and buyers do keeps what docs/invariants.md says.
contract ContentInvariants is Ends {
    ContentWorld internal world;

    function setUp() public {
        world = new ContentWorld();
        world.setUp();
        targetContract(address(world));
        targetSelector(FuzzSelector(address(world), _actions()));
    }

    function _actions() private view returns (bytes4[] memory list) {
        list = new bytes4[](13);
        list[0] = world.register.selector;
        list[1] = world.convict.selector;
        list[2] = world.convict.selector;
        list[3] = world.sell.selector;
        list[4] = world.post.selector;
        list[5] = world.post.selector;
        list[6] = world.reclaim.selector;
        list[7] = world.breakByContent.selector;
        list[8] = world.compensate.selector;
        list[9] = world.compensate.selector;
        list[10] = world.close.selector;
        list[11] = world.withdraw.selector;
        list[12] = world.warp.selector;
    }

    function test_TheProversAndGuarantorsReachEveryEnd() public {
        string[8] memory names = [
            "convict",
            "sell",
            "post",
            "reclaim",
            "breakByContent",
            "compensate",
            "close",
            "withdraw"
        ];
        _play(address(world), _actions(), "content", 600, [uint256(0), 0, 0, 0]);
        for (uint256 i; i < names.length; ++i) {
            assertGt(world.done(names[i]), 0, names[i]);
        }
        world.checkConvictions();
        world.checkBonds();
    }

    function invariant_CONVICT_1() public view {
        world.checkConvictions();
    }

    function invariant_BOND_1() public view {
        world.checkBonds();
    }
}
