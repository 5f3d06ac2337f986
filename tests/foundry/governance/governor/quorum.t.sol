// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {
    GovernorPreventLateQuorum
} from "@openzeppelin/contracts/governance/extensions/GovernorPreventLateQuorum.sol";

import {GovernanceBase} from "../../utils/GovernanceBase.sol";

contract GovernorQuorumTest is GovernanceBase {
    Proposal internal made;

    function setUp() public override {
        super.setUp();
        made = _proposal(address(market), abi.encodeCall(market.resumeNewBusiness, ()));
    }

    /// @dev A proposal that opened a second ago, with nobody but these having wrapped anything at its snapshot.
    function _openFor(address one, uint256 ones, address two, uint256 twos)
        private
        returns (uint256)
    {
        vm.prank(voter);
        votes.withdrawTo(voter, 10 * QUORUM_FLOOR);
        _wrap(one, ones);
        if (twos > 0) _wrap(two, twos);
        return _proposeAndOpen(made);
    }

    function _end(uint256 id) private {
        vm.warp(governor.proposalDeadline(id) + 1);
    }

    function test_IsThePartOfWhatIsWrappedOnceThatIsMore() public {
        _wrap(friend, 100 * QUORUM_FLOOR);
        uint256 wrapped = votes.totalSupply();
        _pass(1);
        assertEq(governor.quorum(block.timestamp - 1), wrapped * QUORUM_PERCENT / 100);
        assertGt(wrapped * QUORUM_PERCENT / 100, QUORUM_FLOOR);
    }

    function test_IsNeverBelowTheFloor() public {
        assertLt(votes.totalSupply() * QUORUM_PERCENT / 100, QUORUM_FLOOR);
        assertEq(governor.quorum(block.timestamp - 1), QUORUM_FLOOR);
        assertEq(governor.quorum(1), QUORUM_FLOOR, "before anything was wrapped");
    }

    function test_TheFirstToWrapPassesNothingBelowTheFloor() public {
        uint256 id = _openFor(stranger, QUORUM_FLOOR - 1, stranger, 0);
        _vote(stranger, id, FOR);
        _end(id);
        assertState(id, IGovernor.ProposalState.Defeated);
    }

    function test_TheFloorIsEnough() public {
        uint256 id = _openFor(stranger, QUORUM_FLOOR, stranger, 0);
        _vote(stranger, id, FOR);
        _end(id);
        assertState(id, IGovernor.ProposalState.Succeeded);
    }

    function test_AbstainersCountForTheQuorumAndOpponentsDoNot() public {
        uint256 id = _openFor(friend, QUORUM_FLOOR - 1, stranger, 1);
        _vote(friend, id, FOR);
        uint256 before = vm.snapshotState();
        _vote(stranger, id, AGAINST);
        _end(id);
        assertState(id, IGovernor.ProposalState.Defeated);
        vm.revertToState(before);
        _vote(stranger, id, ABSTAIN);
        _end(id);
        assertState(id, IGovernor.ProposalState.Succeeded);
    }

    function test_ATieIsADefeat() public {
        uint256 id = _openFor(friend, QUORUM_FLOOR, stranger, QUORUM_FLOOR);
        _vote(friend, id, FOR);
        _vote(stranger, id, AGAINST);
        _end(id);
        assertState(id, IGovernor.ProposalState.Defeated);
    }

    /// @dev A quorum that governance changes is that of proposals made after, not before.
    function test_AProposalKeepsTheQuorumOfItsSnapshot() public {
        Proposal memory raise =
            _proposal(address(governor), abi.encodeCall(governor.updateQuorumNumerator, (30)));
        _winAndQueue(raise);
        uint256 id = _propose(made);
        vm.warp(governor.proposalSnapshot(id) + 1);
        uint256 before = governor.quorum(governor.proposalSnapshot(id));
        _execute(raise);
        assertEq(governor.quorum(governor.proposalSnapshot(id)), before);
        _pass(1);
        assertEq(governor.quorum(vm.getBlockTimestamp() - 1), votes.totalSupply() * 30 / 100);
    }

    function test_ALateQuorumLeavesTimeToAnswer() public {
        _wrap(friend, 20 * QUORUM_FLOOR);
        uint256 id = _proposeAndOpen(made);
        uint256 deadline = governor.proposalDeadline(id);
        vm.warp(deadline);
        vm.expectEmit(address(governor));
        emit GovernorPreventLateQuorum.ProposalExtended(id, uint64(deadline + LATE_QUORUM));
        _vote(voter, id, FOR);
        assertEq(governor.proposalDeadline(id), deadline + LATE_QUORUM);
        vm.warp(deadline + LATE_QUORUM);
        _vote(friend, id, AGAINST);
        assertEq(governor.proposalDeadline(id), deadline + LATE_QUORUM, "once");
        _pass(1);
        assertState(id, IGovernor.ProposalState.Defeated);
    }

    function test_AQuorumExtendsNoVoteThatHasTimeLeft() public {
        uint256 id = _proposeAndOpen(made);
        uint256 deadline = governor.proposalDeadline(id);
        vm.warp(deadline - LATE_QUORUM);
        uint256 before = vm.snapshotState();
        _vote(voter, id, FOR);
        assertEq(governor.proposalDeadline(id), deadline);
        vm.revertToState(before);
        _pass(1);
        _vote(voter, id, FOR);
        assertEq(governor.proposalDeadline(id), deadline + 1);
    }

    function test_AVoteAfterTheQuorumExtendsNothing() public {
        _wrap(friend, 20 * QUORUM_FLOOR);
        uint256 id = _proposeAndOpen(made);
        uint256 deadline = governor.proposalDeadline(id);
        _vote(voter, id, FOR);
        vm.warp(deadline);
        _vote(friend, id, ABSTAIN);
        assertEq(governor.proposalDeadline(id), deadline);
    }

    function test_OpponentsExtendNothing() public {
        uint256 id = _proposeAndOpen(made);
        uint256 deadline = governor.proposalDeadline(id);
        vm.warp(deadline);
        _vote(voter, id, AGAINST);
        assertEq(governor.proposalDeadline(id), deadline);
    }
}
