// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {GovernanceBase} from "../../utils/GovernanceBase.sol";

contract GovernorCancelTest is GovernanceBase {
    Proposal internal made;

    function setUp() public override {
        super.setUp();
        made = _proposal(address(market), abi.encodeCall(market.resumeNewBusiness, ()));
    }

    function _expectUnable(uint256 id, address account) private {
        _expectRevert(
            abi.encodeWithSelector(IGovernor.GovernorUnableToCancel.selector, id, account)
        );
    }

    function test_TheProposerCancelsThroughTheSecondOfTheSnapshot() public {
        uint256 id = _propose(made);
        vm.warp(governor.proposalSnapshot(id));
        vm.expectEmit(address(governor));
        emit IGovernor.ProposalCanceled(id);
        vm.prank(proposer);
        _cancel(made);
        assertState(id, IGovernor.ProposalState.Canceled);
        _pass(1);
        _expectRevert(IGovernor.GovernorUnexpectedProposalState.selector);
        _vote(voter, id, FOR);
    }

    function test_RevertsOnceTheVoteHasBegun() public {
        uint256 id = _proposeAndOpen(made);
        _expectUnable(id, proposer);
        vm.prank(proposer);
        _cancel(made);
    }

    function test_NobodyElseCancels() public {
        uint256 id = _propose(made);
        address[3] memory callers = [voter, governance, address(timelock)];
        for (uint256 i; i < callers.length; ++i) {
            _expectUnable(id, callers[i]);
            vm.prank(callers[i]);
            _cancel(made);
        }
    }

    function test_NobodyCancelsWhatIsQueued() public {
        uint256 id = _winAndQueue(made);
        _expectUnable(id, proposer);
        vm.prank(proposer);
        _cancel(made);
        bytes32 operation = timelock.hashOperationBatch(
            made.targets,
            made.values,
            made.calldatas,
            0,
            bytes20(address(governor)) ^ keccak256(bytes(made.description))
        );
        _expectRevert(_unauthorized(proposer, timelock.CANCELLER_ROLE()));
        vm.prank(proposer);
        timelock.cancel(operation);
        _execute(made);
    }

    function test_ACancelledProposalIsMadeAgainUnderAnotherDescriptionOnly() public {
        uint256 id = _propose(made);
        vm.prank(proposer);
        _cancel(made);
        _expectRevert(
            abi.encodeWithSelector(
                IGovernor.GovernorUnexpectedProposalState.selector,
                id,
                IGovernor.ProposalState.Canceled,
                bytes32(0)
            )
        );
        _propose(made);
        made.description = "once more";
        uint256 next = _propose(made);
        assertTrue(next != id);
        assertState(next, IGovernor.ProposalState.Pending);
        assertState(id, IGovernor.ProposalState.Canceled);
    }

    /// @dev A copy in front of the original, cancelled at once, would end both. Naming the proposer prevents it.
    function test_ACopyInFrontCannotCancelAProposalThatNamesItsProposer() public {
        _wrap(stranger, THRESHOLD);
        _pass(1);
        made.description = string.concat("what and why #proposer=", Strings.toHexString(proposer));
        vm.startPrank(stranger);
        _expectRevert(
            abi.encodeWithSelector(IGovernor.GovernorRestrictedProposer.selector, stranger)
        );
        governor.propose(made.targets, made.values, made.calldatas, made.description);
        vm.stopPrank();
        assertState(_propose(made), IGovernor.ProposalState.Pending);
    }
}
