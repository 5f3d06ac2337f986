// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";

import {IOffers} from "../../../../interfaces/IOffers.sol";
import {Bps} from "../../../../interfaces/types/Ids.sol";
import {GovernanceBase} from "../../utils/GovernanceBase.sol";

contract GovernorExecuteTest is GovernanceBase {
    function _fee(uint16 rate) private view returns (Proposal memory) {
        return _proposal(
            address(market),
            abi.encodeCall(market.setToken, (address(usd), true, Bps.wrap(rate), 7))
        );
    }

    function _feeNow() private view returns (uint16) {
        (, Bps rate,) = market.tokenPolicy(address(usd));
        return Bps.unwrap(rate);
    }

    function _expectNotQueued(uint256 id, IGovernor.ProposalState state) private {
        _expectRevert(
            abi.encodeWithSelector(
                IGovernor.GovernorUnexpectedProposalState.selector,
                id,
                state,
                bytes32(1 << uint8(IGovernor.ProposalState.Queued))
            )
        );
    }

    function _salt(Proposal memory made) private view returns (bytes32) {
        return bytes20(address(governor)) ^ keccak256(bytes(made.description));
    }

    function test_AnybodyDoesWhatWasVoted() public {
        Proposal memory made = _fee(500);
        uint256 id = _winAndQueue(made);
        vm.expectEmit(address(governor));
        emit IGovernor.ProposalExecuted(id);
        vm.prank(stranger);
        _execute(made);
        assertState(id, IGovernor.ProposalState.Executed);
        assertEq(_feeNow(), 500);
    }

    function test_RevertsInTheLastSecondOfTheDelay() public {
        Proposal memory made = _fee(500);
        uint256 id = _win(made);
        _queue(made);
        vm.warp(governor.proposalEta(id) - 1);
        _expectRevert(bytes4(keccak256("TimelockUnexpectedOperationState(bytes32,bytes32)")));
        _execute(made);
        _pass(1);
        _execute(made);
    }

    function test_RevertsWhereItIsNotQueued() public {
        Proposal memory made = _fee(500);
        uint256 id = _win(made);
        _pass(DELAY);
        _expectNotQueued(id, IGovernor.ProposalState.Succeeded);
        _execute(made);
    }

    function test_ExecutesInTheLastSecondOfTheGrace() public {
        Proposal memory made = _fee(500);
        uint256 id = _winAndQueue(made);
        vm.warp(governor.proposalEta(id) + GRACE);
        _execute(made);
    }

    function test_WhatNobodyExecutedRunsOut() public {
        Proposal memory made = _fee(500);
        uint256 id = _winAndQueue(made);
        vm.warp(governor.proposalEta(id) + GRACE + 1);
        assertState(id, IGovernor.ProposalState.Expired);
        _expectNotQueued(id, IGovernor.ProposalState.Expired);
        _execute(made);
        assertEq(_feeNow(), USD_FEE);
    }

    function test_ExecutesOnce() public {
        Proposal memory made = _fee(500);
        uint256 id = _enact(made);
        _expectNotQueued(id, IGovernor.ProposalState.Executed);
        _execute(made);
    }

    function test_OneCallThatFailsUndoesAll() public {
        Proposal memory made = _and(_fee(400), _fee(501));
        uint256 id = _winAndQueue(made);
        _expectRevert(IOffers.Market_FeeTooHigh.selector);
        _execute(made);
        assertEq(_feeNow(), USD_FEE);
        assertState(id, IGovernor.ProposalState.Queued);
    }

    function test_PaysOutOfTheTreasury() public {
        vm.deal(address(timelock), 3 ether);
        aim.transfer(address(timelock), 5e18);
        _enact(
            _and(
                _proposal(stranger, 2 ether, ""),
                _proposal(address(aim), abi.encodeCall(aim.transfer, (stranger, 5e18)))
            )
        );
        assertEq(stranger.balance, 2 ether);
        assertEq(aim.balanceOf(stranger), 5e18);
    }

    function test_WhoExecutesMayBringTheEther() public {
        Proposal memory made = _proposal(stranger, 2 ether, "");
        _winAndQueue(made);
        vm.deal(friend, 2 ether);
        vm.prank(friend);
        governor.execute{value: 2 ether}(
            made.targets, made.values, made.calldatas, keccak256(bytes(made.description))
        );
        assertEq(stranger.balance, 2 ether);
    }

    function test_NobodyExecutesRoundTheGovernor() public {
        Proposal memory made = _fee(500);
        _winAndQueue(made);
        address[4] memory callers = [stranger, voter, governance, address(this)];
        for (uint256 i; i < callers.length; ++i) {
            _expectRevert(_unauthorized(callers[i], timelock.EXECUTOR_ROLE()));
            vm.prank(callers[i]);
            timelock.executeBatch(made.targets, made.values, made.calldatas, 0, _salt(made));
        }
        assertEq(_feeNow(), USD_FEE);
    }

    function test_NobodySchedulesRoundTheGovernor() public {
        Proposal memory made = _fee(500);
        address[4] memory callers = [stranger, voter, governance, address(this)];
        for (uint256 i; i < callers.length; ++i) {
            _expectRevert(_unauthorized(callers[i], timelock.PROPOSER_ROLE()));
            vm.prank(callers[i]);
            timelock.scheduleBatch(made.targets, made.values, made.calldatas, 0, 0, DELAY);
        }
    }

    /// @dev What one governor queued is nothing that a second one of the same timelock can execute.
    function test_TwoGovernorsOfOneTimelockDoNotMeet() public {
        Proposal memory made = _fee(500);
        _winAndQueue(made);
        bytes32 one =
            timelock.hashOperationBatch(made.targets, made.values, made.calldatas, 0, _salt(made));
        assertTrue(timelock.isOperationPending(one));
        governor = _deployGovernor(_governorTerms());
        assertFalse(
            timelock.isOperationPending(
                timelock.hashOperationBatch(
                    made.targets, made.values, made.calldatas, 0, _salt(made)
                )
            )
        );
    }

    /// @dev A target that has another proposal executed in the middle of its own call.
    function test_AProposalExecutedInsideAnotherChangesNothingOfIt() public {
        Proposal memory inner = _fee(500);
        Proposal memory outer = _and(
            _proposal(address(this), abi.encodeCall(this.executeInside, (inner))),
            _proposal(address(market), abi.encodeCall(market.resumeNewBusiness, ()))
        );
        outer.description = "outer";
        uint256 id = _propose(inner);
        uint256 other = _propose(outer);
        vm.warp(governor.proposalSnapshot(id) + 1);
        _vote(voter, id, FOR);
        _vote(voter, other, FOR);
        vm.warp(governor.proposalDeadline(id) + 1);
        _queue(inner);
        _queue(outer);
        _pass(DELAY);
        _execute(outer);
        assertState(id, IGovernor.ProposalState.Executed);
        assertState(other, IGovernor.ProposalState.Executed);
        _expectNotQueued(id, IGovernor.ProposalState.Executed);
        _execute(inner);
    }

    function executeInside(Proposal memory made) external {
        _execute(made);
    }

    /// @dev A target that executes its own proposal again, before it returns.
    function test_AProposalIsNotExecutedInsideItself() public {
        Again again = new Again();
        Proposal memory made = _proposal(address(again), abi.encodeCall(Again.again, ()));
        _winAndQueue(made);
        again.plan(
            address(governor),
            abi.encodeCall(
                governor.execute,
                (made.targets, made.values, made.calldatas, keccak256(bytes(made.description)))
            )
        );
        _execute(made);
        assertEq(again.refused(), 1);
    }
}

/// @notice Calls back what it was told, and counts what was refused.
contract Again {
    uint256 public refused;

    address private _target;
    bytes private _call;

    function plan(address target, bytes calldata call) external {
        (_target, _call) = (target, call);
    }

    function again() external {
        (bool success,) = _target.call(_call);
        if (!success) ++refused;
    }
}
