// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {SecondaryWorld} from "./SecondaryWorld.sol";

/// forge-config: default.invariant.runs = 6
/// forge-config: default.invariant.depth = 160
/// forge-config: default.invariant.check_interval = 8
/// forge-config: deep.invariant.runs = 64
/// forge-config: deep.invariant.depth = 256
/// forge-config: deep.invariant.check_interval = 8
/// @notice Any sequence of sales, rentals and key requests keeps what docs/invariants.md says.
contract SecondaryInvariants is Test {
    SecondaryWorld internal world;

    function setUp() public {
        world = new SecondaryWorld();
        world.setUp();
        targetContract(address(world));
        targetSelector(FuzzSelector(address(world), _actions()));
    }

    /// @dev What moves deals on is named more often than what ends them.
    function _actions() private view returns (bytes4[] memory list) {
        bytes4[34] memory actions = [
            world.list.selector,
            world.list.selector,
            world.list.selector,
            world.unlist.selector,
            world.take.selector,
            world.take.selector,
            world.take.selector,
            world.take.selector,
            world.deliver.selector,
            world.deliver.selector,
            world.deliver.selector,
            world.deliver.selector,
            world.refund.selector,
            world.extend.selector,
            world.extend.selector,
            world.giveUp.selector,
            world.reset.selector,
            world.bind.selector,
            world.end.selector,
            world.end.selector,
            world.collect.selector,
            world.close.selector,
            world.hold.selector,
            world.hold.selector,
            world.hold.selector,
            world.resolve.selector,
            world.close.selector,
            world.ask.selector,
            world.answer.selector,
            world.refundKey.selector,
            world.withdraw.selector,
            world.transferLicense.selector,
            world.setRate.selector,
            world.warp.selector
        ];
        list = new bytes4[](actions.length + 4);
        for (uint256 i; i < actions.length; ++i) {
            list[i] = actions[i];
        }
        list[34] = world.warp.selector;
        list[35] = world.warp.selector;
        list[36] = world.donate.selector;
        list[37] = world.take.selector;
    }

    /// @dev Longer than a campaign. Arguments are words of a hash: each action takes what it needs.
    function test_TheTakersReachEveryEnd() public {
        string[23] memory names = [
            "list",
            "unlist",
            "take",
            "start",
            "sell",
            "refund",
            "decline",
            "extend",
            "giveUp",
            "reset",
            "bind",
            "end",
            "end in one",
            "collect",
            "close",
            "close held",
            "hold",
            "resolve",
            "ask",
            "answer",
            "refundKey",
            "withdraw",
            "transfer"
        ];
        bytes4[] memory actions = _actions();
        uint256[23] memory reached; // a snapshot does not take memory back
        for (uint256 run; run < 20; ++run) {
            uint256 snapshot = vm.snapshotState();
            for (uint256 i; i < 160; ++i) {
                uint256 seed = uint256(keccak256(abi.encode(run, i)));
                bytes4 action = actions[seed % actions.length];
                bytes memory words = abi.encode(seed >> 8, (seed >> 16) % 2, seed >> 24, seed >> 32);
                if (
                    action != world.refund.selector && action != world.hold.selector
                        && action != world.withdraw.selector
                ) {
                    words = abi.encode(seed >> 8, seed >> 16, seed >> 24, seed >> 32);
                }
                (bool success,) = address(world).call(bytes.concat(action, words));
                assertTrue(success);
            }
            _check();
            for (uint256 i; i < names.length; ++i) {
                reached[i] += world.done(names[i]);
            }
            vm.revertToState(snapshot);
        }
        for (uint256 i; i < names.length; ++i) {
            assertGt(reached[i], 0, names[i]);
        }
    }

    function _check() private {
        assertFalse(world.wrong(), "something that should fail did not, or the other way round");
        invariant_LEDGER_1();
        invariant_LEDGER_2();
        invariant_RENT_1();
        invariant_USER_1();
        invariant_EXIT_1();
    }

    function invariant_LEDGER_1() public view {
        (uint256 ofDeals, uint256 ofKeys) = world.balances();
        (uint256 owed,) = world.owedToAll();
        assertEq(ofDeals, world.escrowed() + owed + world.donated(), "LEDGER_1");
        assertEq(ofKeys, world.heldForKeys(), "LEDGER_1");
    }

    function invariant_LEDGER_2() public view {
        (, bool right) = world.owedToAll();
        assertTrue(right, "LEDGER_2");
    }

    function invariant_RENT_1() public view {
        assertFalse(world.wrong(), "RENT_1");
        assertTrue(world.rentIsRight(), "RENT_1");
    }

    function invariant_USER_1() public view {
        assertTrue(world.usersAreRight(), "USER_1");
    }

    function invariant_EXIT_1() public {
        uint256 snapshot = vm.snapshotState();
        (uint256 left, uint256 leftOfKeys) = world.exit();
        assertEq(left, world.donated(), "EXIT_1");
        assertEq(leftOfKeys, 0, "EXIT_1");
        vm.revertToState(snapshot);
    }
}
