// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ITimelock} from "../../../../interfaces/ITimelock.sol";
import {GovernanceBase} from "../../utils/GovernanceBase.sol";

contract TimelockDelayTest is GovernanceBase {
    function _expectOutOfBounds(uint256 delay, uint256 shortest) private {
        _expectRevert(
            abi.encodeWithSelector(
                ITimelock.Timelock_DelayOutOfBounds.selector, delay, shortest, 30 days
            )
        );
    }

    function _update(uint256 delay) private view returns (Proposal memory made) {
        made = _proposal(address(timelock), abi.encodeCall(timelock.updateDelay, (delay)));
        made.description = vm.toString(delay);
    }

    function test_StartsWithItsDelayAndNobodyWhoMayDoAnything() public {
        timelock = _deployTimelock(DELAY);
        assertEq(timelock.getMinDelay(), DELAY);
        assertEq(timelock.shortestDelay(), DELAY);
        assertEq(timelock.MAX_DELAY(), 30 days);
        assertTrue(timelock.hasRole(timelock.DEFAULT_ADMIN_ROLE(), address(this)));
        assertTrue(timelock.hasRole(timelock.DEFAULT_ADMIN_ROLE(), address(timelock)));
        bytes32[3] memory roles =
            [timelock.PROPOSER_ROLE(), timelock.CANCELLER_ROLE(), timelock.EXECUTOR_ROLE()];
        for (uint256 i; i < roles.length; ++i) {
            assertFalse(timelock.hasRole(roles[i], address(this)));
            assertFalse(timelock.hasRole(roles[i], address(timelock)));
            assertFalse(timelock.hasRole(roles[i], address(0)));
        }
    }

    function test_StartsWithTheLongestDelay() public {
        assertEq(_deployTimelock(30 days).shortestDelay(), 30 days);
    }

    function test_RevertsWhereItStartsWithALongerOne() public {
        _expectOutOfBounds(30 days + 1, 0);
        _deployTimelock(30 days + 1);
    }

    function test_AVoteChangesTheDelayWithinItsBounds() public {
        _enact(_update(30 days));
        assertEq(timelock.getMinDelay(), 30 days);
        _enact(_update(DELAY));
        assertEq(timelock.getMinDelay(), DELAY);
    }

    function test_NoVoteMakesTheDelayShorterThanAtFirst() public {
        Proposal memory made = _update(DELAY - 1);
        _winAndQueue(made);
        _expectOutOfBounds(DELAY - 1, DELAY);
        _execute(made);
    }

    function test_NoVoteMakesTheDelayLongerThanTheCap() public {
        Proposal memory made = _update(30 days + 1);
        _winAndQueue(made);
        _expectOutOfBounds(30 days + 1, DELAY);
        _execute(made);
    }

    function test_NobodyElseChangesTheDelay() public {
        address[3] memory callers = [address(governor), address(this), stranger];
        for (uint256 i; i < callers.length; ++i) {
            _expectRevert(
                abi.encodeWithSignature("TimelockUnauthorizedCaller(address)", callers[i])
            );
            vm.prank(callers[i]);
            timelock.updateDelay(DELAY);
        }
    }

    function test_TakesEther() public {
        vm.deal(address(this), 1);
        (bool success,) = address(timelock).call{value: 1}("");
        assertTrue(success);
    }
}
