// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICourt} from "../../../interfaces/ICourt.sol";
import {CourtWorld} from "./CourtWorld.sol";
import {Ends} from "./Ends.sol";

/// forge-config: default.invariant.runs = 6
/// forge-config: default.invariant.depth = 160
/// forge-config: deep.invariant.runs = 64
/// forge-config: deep.invariant.depth = 256
/// @notice Any sequence of seats, disputes, draws, votes and ends keeps what docs/invariants.md says of the court.
contract CourtInvariants is Ends {
    CourtWorld internal world;

    function setUp() public {
        world = new CourtWorld();
        world.setUp();
        targetContract(address(world));
        targetSelector(FuzzSelector(address(world), _actions()));
    }

    /// @dev What takes disputes on comes twice.
    function _actions() private view returns (bytes4[] memory list) {
        list = new bytes4[](16);
        (list[0], list[1]) = (world.join.selector, world.resign.selector);
        (list[2], list[3]) = (world.dispute.selector, world.pass.selector);
        (list[4], list[5]) = (world.execute.selector, world.collect.selector);
        (list[6], list[7]) = (world.withdraw.selector, world.join.selector);
        (list[8], list[9]) = (world.draw.selector, world.draw.selector);
        (list[10], list[11]) = (world.appeal.selector, world.appeal.selector);
        (list[12], list[13]) = (world.vote.selector, world.vote.selector);
        (list[14], list[15]) = (world.advance.selector, world.advance.selector);
    }

    function invariant_COURT_1() public view {
        assertTrue(world.conserves(), "COURT_1");
        assertTrue(world.agrees(), "COURT_1");
    }

    /// @dev It is enough to wait: strangers draw, advance and collect everything, everybody resigns and withdraws.
    function afterInvariant() public {
        ICourt court = world.court();
        uint256 disputes = court.disputes();
        for (uint256 step; step < 4; ++step) {
            vm.roll(block.number + 10_000);
            vm.warp(block.timestamp + 11 days);
            for (uint256 i; court.front() != 0 && i <= disputes; ++i) {
                court.draw("");
            }
            for (uint256 id = 1; id <= disputes; ++id) {
                try court.advance(id) {} catch {}
            }
        }
        for (uint256 id = 1; id <= disputes; ++id) {
            for (uint256 seat; seat < 25; ++seat) {
                try court.collect(id, seat) {} catch {}
            }
        }
        while (court.seats() != 0) {
            uint256[] memory last = new uint256[](1);
            last[0] = court.seats() - 1;
            vm.prank(court.jurors(last[0], 1)[0]);
            court.resign(last);
        }
        for (uint256 i; i < 5; ++i) {
            address who = world.people(i);
            court.withdrawForIfOwed(who, court.aim());
            vm.prank(who);
            try court.withdrawEther(payable(who)) {} catch {}
        }
        assertEq(world.aim().balanceOf(address(court)), 0, "EXIT_1");
        assertEq(address(court).balance, 0, "EXIT_1");
    }

    function test_TheJurorsReachEveryEnd() public {
        _play(address(world), _actions(), "court", 1500, [uint256(0), 0, 0, 0]);
        string[19] memory ends = [
            "join",
            "frozen",
            "resign",
            "not resign",
            "dispute",
            "draw",
            "fail",
            "too few",
            "expire",
            "appeal",
            "third round",
            "commit",
            "reveal",
            "advance",
            "execute",
            "collect",
            "not collect",
            "withdraw AIM",
            "withdraw ether"
        ];
        for (uint256 i; i < ends.length; ++i) {
            assertGt(world.done(ends[i]), 0, ends[i]);
        }
        assertTrue(world.agrees());
        assertTrue(world.conserves());
        afterInvariant();
    }
}
