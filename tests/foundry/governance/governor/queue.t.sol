// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";

import {GovernanceBase} from "../../utils/GovernanceBase.sol";

contract GovernorQueueTest is GovernanceBase {
    Proposal internal made;

    function setUp() public override {
        super.setUp();
        made = _proposal(address(market), abi.encodeCall(market.resumeNewBusiness, ()));
    }

    function _expectNotSucceeded(uint256 id, IGovernor.ProposalState state) private {
        _expectRevert(
            abi.encodeWithSelector(
                IGovernor.GovernorUnexpectedProposalState.selector,
                id,
                state,
                bytes32(1 << uint8(IGovernor.ProposalState.Succeeded))
            )
        );
    }

    function test_AnybodyQueuesWhatWon() public {
        uint256 id = _win(made);
        assertState(id, IGovernor.ProposalState.Succeeded);
        uint256 eta = block.timestamp + DELAY;
        vm.expectEmit(address(governor));
        emit IGovernor.ProposalQueued(id, eta);
        vm.prank(stranger);
        _queue(made);
        assertState(id, IGovernor.ProposalState.Queued);
        assertEq(governor.proposalEta(id), eta);
    }

    function test_RevertsBeforeTheVoteIsOver() public {
        uint256 id = _propose(made);
        _expectNotSucceeded(id, IGovernor.ProposalState.Pending);
        _queue(made);
        vm.warp(governor.proposalSnapshot(id) + 1);
        _vote(voter, id, FOR);
        vm.warp(governor.proposalDeadline(id));
        _expectNotSucceeded(id, IGovernor.ProposalState.Active);
        _queue(made);
        _pass(1);
        _queue(made);
    }

    function test_RevertsForWhatLost() public {
        uint256 id = _proposeAndOpen(made);
        _vote(voter, id, AGAINST);
        vm.warp(governor.proposalDeadline(id) + 1);
        _expectNotSucceeded(id, IGovernor.ProposalState.Defeated);
        _queue(made);
    }

    function test_QueuesOnce() public {
        uint256 id = _winAndQueue(made);
        _expectNotSucceeded(id, IGovernor.ProposalState.Queued);
        _queue(made);
    }

    function test_QueuesInTheLastSecondOfTheGrace() public {
        uint256 id = _win(made);
        vm.warp(governor.proposalDeadline(id) + GRACE);
        _queue(made);
    }

    function test_WhatNobodyQueuedRunsOut() public {
        uint256 id = _win(made);
        vm.warp(governor.proposalDeadline(id) + GRACE + 1);
        assertState(id, IGovernor.ProposalState.Expired);
        _expectNotSucceeded(id, IGovernor.ProposalState.Expired);
        _queue(made);
    }

    function test_WaitsAsLongAsTheTimelockSaysWhenItIsQueued() public {
        _enact(_proposal(address(timelock), abi.encodeCall(timelock.updateDelay, (30 days))));
        uint256 id = _win(made);
        _queue(made);
        assertEq(governor.proposalEta(id), block.timestamp + 30 days);
    }
}
