// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";

import {IDaimmGovernor} from "../../../../interfaces/IDaimmGovernor.sol";
import {IOffers} from "../../../../interfaces/IOffers.sol";
import {ITimelock} from "../../../../interfaces/ITimelock.sol";
import {Offer, Order} from "../../../../interfaces/types/Deals.sol";
import {Bps, OrderId} from "../../../../interfaces/types/Ids.sol";
import {LicenseState} from "../../../../interfaces/types/Licenses.sol";
import {GovernanceBase} from "../../utils/GovernanceBase.sol";

/// @notice Somebody who wins every vote, and somebody who deployed it all, reach nobody's money.
contract GovernorCapturedTest is GovernanceBase {
    uint256 private proposals;

    /// @dev The majority votes it, waits, and has it refused.
    function _expectRefusal(address target, bytes memory call, bytes memory reason) private {
        Proposal memory made = _proposal(target, call);
        made.description = vm.toString(++proposals);
        _winAndQueue(made);
        _expectRevert(reason);
        _execute(made);
    }

    function _outOfBounds(uint256 value, uint256 lowest, uint256 highest)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(
            IDaimmGovernor.DaimmGovernor_OutOfBounds.selector, value, lowest, highest
        );
    }

    function test_AMajorityIsHeldToEveryCap() public {
        _expectRefusal(
            address(market),
            abi.encodeCall(market.setToken, (address(usd), true, Bps.wrap(501), 1)),
            abi.encodeWithSelector(IOffers.Market_FeeTooHigh.selector, 501, 500)
        );
        _expectRefusal(
            address(timelock),
            abi.encodeCall(timelock.updateDelay, (0)),
            abi.encodeWithSelector(ITimelock.Timelock_DelayOutOfBounds.selector, 0, DELAY, 30 days)
        );
        _expectRefusal(
            address(timelock),
            abi.encodeCall(timelock.updateDelay, (type(uint256).max)),
            abi.encodeWithSelector(
                ITimelock.Timelock_DelayOutOfBounds.selector, type(uint256).max, DELAY, 30 days
            )
        );
        _expectRefusal(
            address(governor),
            abi.encodeCall(governor.updateQuorumNumerator, (0)),
            _outOfBounds(0, QUORUM_PERCENT, 30)
        );
        _expectRefusal(
            address(governor),
            abi.encodeCall(governor.setVotingPeriod, (1)),
            _outOfBounds(1, VOTING_PERIOD, 30 days)
        );
        _expectRefusal(
            address(governor),
            abi.encodeCall(governor.setProposalThreshold, (type(uint256).max)),
            _outOfBounds(type(uint256).max, THRESHOLD, QUORUM_FLOOR)
        );
    }

    /// @dev Who has the timelock's roles without a governor waits as long, and is held to the market's caps.
    function test_AMajorityThatReplacesTheGovernorStillWaits() public {
        bytes32[2] memory roles = [timelock.PROPOSER_ROLE(), timelock.EXECUTOR_ROLE()];
        Proposal memory made =
            _proposal(address(timelock), abi.encodeCall(timelock.grantRole, (roles[0], stranger)));
        _enact(
            _and(
                made,
                _proposal(
                    address(timelock), abi.encodeCall(timelock.grantRole, (roles[1], stranger))
                )
            )
        );
        made = _proposal(
            address(market), abi.encodeCall(market.setToken, (address(usd), true, Bps.wrap(501), 1))
        );
        vm.startPrank(stranger);
        _expectRevert(
            abi.encodeWithSignature("TimelockInsufficientDelay(uint256,uint256)", DELAY - 1, DELAY)
        );
        timelock.scheduleBatch(made.targets, made.values, made.calldatas, 0, 0, DELAY - 1);
        timelock.scheduleBatch(made.targets, made.values, made.calldatas, 0, 0, DELAY);
        _pass(DELAY);
        _expectRevert(abi.encodeWithSelector(IOffers.Market_FeeTooHigh.selector, 501, 500));
        timelock.executeBatch(made.targets, made.values, made.calldatas, 0, 0);
        vm.stopPrank();
    }

    /// @dev It does to the market what it can, in the middle of two orders.
    function test_AMajorityKeepsNobodyFromTheirMoney() public {
        Offer memory terms = _inspectedTerms();
        terms.token = address(usd);
        (Order memory order, OrderId id) = _openAndBuy(terms);
        vm.prank(buyer);
        market.buy(terms, _purchase(terms, "refunded"));
        // Time enough for a whole vote before grace ends.
        uint256 end = _graceEnd(terms);

        Proposal memory made = _proposal(
            address(market),
            abi.encodeCall(market.setToken, (address(usd), false, Bps.wrap(500), 0))
        );
        made = _and(
            made,
            _proposal(address(license), abi.encodeCall(license.setIssuer, (address(market), false)))
        );
        made = _and(
            made,
            _proposal(
                address(authority),
                abi.encodeCall(authority.setTargetClosed, (address(market), true))
            )
        );
        made = _and(
            made,
            _proposal(
                address(authority),
                abi.encodeCall(authority.updateAuthority, (address(license), address(registry)))
            )
        );
        uint256 started = vm.getBlockTimestamp();
        _winAndQueue(made);
        uint256 due = vm.getBlockTimestamp();
        vm.warp(started);
        _deliver(terms, order, id);
        vm.warp(due);
        _execute(made);

        vm.warp(end + terms.inspection + 1 > due ? end + terms.inspection + 1 : due);
        market.settle(terms, order);
        order.salt = "refunded";
        market.refund(terms, order);
        market.withdrawFor(payout, address(usd));
        market.withdrawFor(buyer, address(usd));
        market.withdrawFor(keeper, address(usd));
        market.withdrawFor(treasury, address(usd));
        assertEq(usd.balanceOf(address(market)), 0, "everything left");
        assertState(id, LicenseState.Settled);
    }

    /// @dev Whoever disagrees is out before what was voted is done.
    function test_EverybodyUnwrapsWhileAVoteWaits() public {
        _wrap(friend, 5e18);
        _pass(1);
        Proposal memory made =
            _proposal(address(timelock), abi.encodeCall(timelock.updateDelay, (30 days)));
        _win(made);
        _queue(made);
        vm.prank(friend);
        votes.withdrawTo(friend, 5e18);
        assertEq(aim.balanceOf(friend), 5e18);
    }

    function test_AMajorityReachesNeitherWrappedNorAllowedAim() public {
        _wrap(friend, 5e18);
        bytes[3] memory calls = [
            abi.encodeCall(aim.transferFrom, (buyer, address(timelock), 1)),
            abi.encodeCall(aim.transferFrom, (address(votes), address(timelock), 1)),
            abi.encodeCall(votes.transferFrom, (friend, address(timelock), 1))
        ];
        address[3] memory targets = [address(aim), address(aim), address(votes)];
        for (uint256 i; i < calls.length; ++i) {
            Proposal memory made = _proposal(targets[i], calls[i]);
            _winAndQueue(made);
            _expectRevert(bytes4(keccak256("ERC20InsufficientAllowance(address,uint256,uint256)")));
            _execute(made);
        }
    }

    function test_TheDeployerHasNothingLeft() public {
        bytes32[4] memory roles = [
            timelock.DEFAULT_ADMIN_ROLE(),
            timelock.PROPOSER_ROLE(),
            timelock.CANCELLER_ROLE(),
            timelock.EXECUTOR_ROLE()
        ];
        for (uint256 i; i < roles.length; ++i) {
            assertFalse(timelock.hasRole(roles[i], address(this)));
            _expectRevert(_unauthorized(address(this), roles[0]));
            timelock.grantRole(roles[i], address(this));
        }
        _expectRevert(abi.encodeWithSignature("TimelockUnauthorizedCaller(address)", address(this)));
        timelock.updateDelay(DELAY);
        _expectRevert(
            abi.encodeWithSelector(
                IAccessManager.AccessManagerUnauthorizedAccount.selector, governance, ADMIN
            )
        );
        vm.prank(governance);
        authority.grantRole(ADMIN, governance, 0);
        _expectRevert(
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, governance)
        );
        vm.prank(governance);
        market.setToken(address(usd), true, Bps.wrap(1), 1);
    }

    /// @dev Scheduled while it still could, due long after it renounced.
    function test_WhatTheDeployerScheduledBeforeIsExecutedByNobody() public {
        timelock = _deployTimelock(DELAY);
        Proposal memory made = _proposal(address(aim), abi.encodeCall(aim.transfer, (stranger, 1)));
        timelock.grantRole(timelock.PROPOSER_ROLE(), address(this));
        timelock.scheduleBatch(made.targets, made.values, made.calldatas, 0, 0, DELAY);
        timelock.renounceRole(timelock.PROPOSER_ROLE(), address(this));
        timelock.renounceRole(timelock.DEFAULT_ADMIN_ROLE(), address(this));
        _pass(DELAY);
        _expectRevert(_unauthorized(address(this), timelock.EXECUTOR_ROLE()));
        timelock.executeBatch(made.targets, made.values, made.calldatas, 0, 0);
    }

    function test_TheGuardianStopsAndVotesNothing() public {
        vm.prank(guardian);
        market.stopNewBusiness(1 days);
        _expectRevert(
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, guardian)
        );
        vm.prank(guardian);
        market.resumeNewBusiness();
        _enact(_proposal(address(market), abi.encodeCall(market.resumeNewBusiness, ())));
        assertLt(market.stoppedUntil(), vm.getBlockTimestamp());
    }
}
