// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";

import {GovernanceBase} from "../../utils/GovernanceBase.sol";

contract GovernorVoteTest is GovernanceBase {
    Proposal internal made;
    uint256 internal id;

    function setUp() public override {
        super.setUp();
        made = _proposal(address(market), abi.encodeCall(market.resumeNewBusiness, ()));
        id = _propose(made);
    }

    function _counted(uint8 support) private view returns (uint256) {
        (uint256 against, uint256 inFavour, uint256 abstain) = governor.proposalVotes(id);
        return [against, inFavour, abstain][support];
    }

    function _open() private {
        vm.warp(governor.proposalSnapshot(id) + 1);
    }

    function _expectState(IGovernor.ProposalState state, IGovernor.ProposalState wanted) private {
        _expectRevert(
            abi.encodeWithSelector(
                IGovernor.GovernorUnexpectedProposalState.selector,
                id,
                state,
                bytes32(1 << uint8(wanted))
            )
        );
    }

    function _expectNotActive(IGovernor.ProposalState state) private {
        _expectState(state, IGovernor.ProposalState.Active);
    }

    function test_CountsForAgainstAndAbstain() public {
        _wrap(friend, 2e18);
        _wrap(stranger, 3e18);
        _open();
        vm.expectEmit(address(governor));
        emit IGovernor.VoteCast(voter, id, FOR, 10 * QUORUM_FLOOR, "");
        assertEq(_vote(voter, id, FOR), 10 * QUORUM_FLOOR);
        _vote(friend, id, AGAINST);
        _vote(stranger, id, ABSTAIN);
        assertEq(_counted(FOR), 10 * QUORUM_FLOOR);
        assertEq(_counted(AGAINST), 2e18);
        assertEq(_counted(ABSTAIN), 3e18);
        assertTrue(governor.hasVoted(id, friend));
        assertFalse(governor.hasVoted(id, proposer));
    }

    function test_VotesWithAReason() public {
        _open();
        vm.expectEmit(address(governor));
        emit IGovernor.VoteCast(voter, id, AGAINST, 10 * QUORUM_FLOOR, "too early");
        vm.prank(voter);
        governor.castVoteWithReason(id, AGAINST, "too early");
        assertEq(_counted(AGAINST), 10 * QUORUM_FLOOR);
    }

    function test_VotesFromTheSecondAfterTheSnapshot() public {
        vm.warp(governor.proposalSnapshot(id));
        _expectNotActive(IGovernor.ProposalState.Pending);
        _vote(voter, id, FOR);
        _pass(1);
        _vote(voter, id, FOR);
    }

    function test_VotesInTheLastSecond() public {
        vm.warp(governor.proposalDeadline(id));
        _vote(voter, id, FOR);
    }

    function test_RevertsAfterTheDeadline() public {
        vm.warp(governor.proposalDeadline(id) + 1);
        _expectNotActive(IGovernor.ProposalState.Defeated);
        _vote(voter, id, FOR);
    }

    function test_RevertsForAProposalThatIsNone() public {
        _expectRevert(
            abi.encodeWithSelector(IGovernor.GovernorNonexistentProposal.selector, id + 1)
        );
        _vote(voter, id + 1, FOR);
    }

    function test_AnAccountVotesOnce() public {
        _open();
        _vote(voter, id, FOR);
        for (uint8 support; support < 3; ++support) {
            _expectRevert(abi.encodeWithSelector(IGovernor.GovernorAlreadyCastVote.selector, voter));
            _vote(voter, id, support);
        }
    }

    function test_RevertsForAnotherKindOfVote() public {
        _open();
        _expectRevert(abi.encodeWithSelector(IGovernor.GovernorInvalidVoteType.selector));
        _vote(voter, id, 3);
    }

    function test_VotesThatMovedAreNotUsedAgain() public {
        _open();
        _vote(voter, id, FOR);
        vm.startPrank(voter);
        votes.transfer(stranger, 10 * QUORUM_FLOOR);
        vm.stopPrank();
        vm.prank(stranger);
        votes.delegate(stranger);
        _pass(1);
        assertEq(_vote(stranger, id, FOR), 0);
        assertEq(_counted(FOR), 10 * QUORUM_FLOOR);
    }

    function test_ADelegationAfterTheSnapshotMovesNoVote() public {
        _open();
        vm.prank(voter);
        votes.delegate(stranger);
        _pass(1);
        assertEq(_vote(stranger, id, FOR), 0);
        assertEq(_vote(voter, id, FOR), 10 * QUORUM_FLOOR);
    }

    function test_WhatIsUnwrappedAfterTheSnapshotStillCounts() public {
        _open();
        vm.prank(voter);
        votes.withdrawTo(voter, 10 * QUORUM_FLOOR);
        assertEq(_vote(voter, id, FOR), 10 * QUORUM_FLOOR);
    }

    function test_WhatNobodyDelegatedDoesNotCount() public {
        aim.transfer(friend, 5e18);
        vm.startPrank(friend);
        aim.transferAndCall(address(votes), 5e18);
        vm.stopPrank();
        _open();
        assertEq(_vote(friend, id, FOR), 0);
    }

    /// @dev Borrowed, wrapped, voted with, unwrapped and returned, in one second, at each second that could count.
    function test_AFlashLoanCountsForNothing() public {
        uint256 snapshot = governor.proposalSnapshot(id);
        uint256 sum = aim.balanceOf(address(this));
        for (uint256 time = snapshot - 1; time < snapshot + 2; ++time) {
            vm.warp(time);
            address borrower = vm.addr(time);
            aim.transfer(borrower, sum);
            vm.startPrank(borrower);
            aim.transferAndCall(address(votes), sum, abi.encode(borrower));
            if (time > snapshot) assertEq(governor.castVote(id, FOR), 0);
            votes.withdrawTo(address(this), sum);
            vm.stopPrank();
        }
        for (uint256 time = snapshot - 1; time < snapshot + 1; ++time) {
            assertEq(_vote(vm.addr(time), id, FOR), 0);
        }
        assertEq(_counted(FOR), 0);
    }
}
