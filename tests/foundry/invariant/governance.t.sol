// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ends} from "./Ends.sol";
import {GovernanceWorld} from "./GovernanceWorld.sol";

/// forge-config: default.invariant.runs = 6
/// forge-config: default.invariant.depth = 160
/// forge-config: default.invariant.check_interval = 8
/// forge-config: deep.invariant.runs = 64
/// forge-config: deep.invariant.depth = 256
/// forge-config: deep.invariant.check_interval = 8
/// @notice Any sequence of what holders, voters and whoever goes round them do keeps what docs/invariants.md says.
contract GovernanceInvariants is Ends {
    GovernanceWorld internal world;

    function setUp() public {
        world = new GovernanceWorld();
        world.setUp();
        targetContract(address(world));
        targetSelector(FuzzSelector(address(world), _actions()));
    }

    function _actions() private view returns (bytes4[] memory list) {
        list = new bytes4[](18);
        list[0] = world.wrap.selector;
        list[1] = world.unwrap.selector;
        list[2] = world.move.selector;
        list[3] = world.delegate.selector;
        list[4] = world.propose.selector;
        list[5] = world.vote.selector;
        list[6] = world.vote.selector;
        list[7] = world.vote.selector;
        list[8] = world.cancel.selector;
        list[9] = world.queue.selector;
        list[10] = world.queue.selector;
        list[11] = world.execute.selector;
        list[12] = world.execute.selector;
        list[13] = world.goRound.selector;
        list[14] = world.swap.selector;
        list[15] = world.warp.selector;
        list[16] = world.warp.selector;
        list[17] = world.vote.selector;
    }

    function test_TheHoldersReachEveryEnd() public {
        string[10] memory names = [
            "wrap",
            "unwrap",
            "move",
            "propose",
            "vote",
            "extend",
            "cancel",
            "queue",
            "execute",
            "swap"
        ];
        _play(address(world), _actions(), "governance", 2000, [uint256(0), 0, 200, 0]);
        for (uint256 i; i < names.length; ++i) {
            assertGt(world.done(names[i]), 0, names[i]);
        }
    }

    function invariant_VOTES_1() public view {
        world.checkSupply();
    }

    function invariant_VOTES_2() public view {
        world.checkVotes();
    }

    function invariant_GOVERN_1() public view {
        world.checkProposals();
    }

    function invariant_GOVERN_2() public view {
        world.checkBounds();
    }
}
