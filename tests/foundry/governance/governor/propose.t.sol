// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {IDaimmGovernor} from "../../../../interfaces/IDaimmGovernor.sol";
import {GovernanceBase} from "../../utils/GovernanceBase.sol";

contract GovernorProposeTest is GovernanceBase {
    bytes internal resume;

    function setUp() public override {
        super.setUp();
        resume = abi.encodeCall(market.resumeNewBusiness, ());
    }

    function _code(address target) private view returns (bytes32) {
        return target.codehash;
    }

    function test_PinsTheCodeOfEachTarget() public {
        Proposal memory made = _and(
            _proposal(address(market), resume),
            _proposal(address(timelock), abi.encodeCall(timelock.updateDelay, (DELAY)))
        );
        uint256 id = governor.getProposalId(
            made.targets, made.values, made.calldatas, keccak256(bytes(made.description))
        );
        for (uint256 i; i < 2; ++i) {
            vm.expectEmit(address(governor));
            emit IDaimmGovernor.TargetPinned(id, made.targets[i], _code(made.targets[i]));
        }
        assertEq(_propose(made), id);
        assertEq(governor.pinnedCode(id, address(market)), _code(address(market)));
        assertEq(governor.pinnedCode(id, address(timelock)), _code(address(timelock)));
        assertEq(governor.pinnedCode(id, address(license)), 0);
        assertEq(governor.pinnedCode(id + 1, address(market)), 0);
        assertEq(governor.proposalProposer(id), proposer);
        assertEq(governor.proposalSnapshot(id), block.timestamp + VOTING_DELAY);
        assertEq(governor.proposalDeadline(id), block.timestamp + VOTING_DELAY + VOTING_PERIOD);
        assertState(id, IGovernor.ProposalState.Pending);
    }

    function test_ATargetOfSeveralCallsIsPinnedOnce() public {
        Proposal memory made =
            _and(_proposal(address(market), resume), _proposal(address(market), resume));
        vm.recordLogs();
        _propose(made);
        assertEq(vm.getRecordedLogs().length, 2, "created, and pinned once");
    }

    function test_RevertsWhereThereIsNothingToCall() public {
        _expectRevert(
            abi.encodeWithSelector(IDaimmGovernor.DaimmGovernor_NoCode.selector, stranger)
        );
        _propose(_proposal(stranger, resume));
    }

    /// @dev Else an earlier call could put there, in the middle of the execution, what a later one calls.
    function test_RevertsWhereALaterCallGoesToWhereAnEarlierOneWouldDeploy() public {
        address factory = address(new Factory());
        address later = Factory(factory).home();
        _expectRevert(abi.encodeWithSelector(IDaimmGovernor.DaimmGovernor_NoCode.selector, later));
        _propose(
            _and(_proposal(factory, abi.encodeCall(Factory.deploy, ())), _proposal(later, resume))
        );
    }

    function test_EtherMayGoToAnAccountWithoutCode() public {
        uint256 id = _propose(_proposal(stranger, 1 ether, ""));
        assertEq(governor.pinnedCode(id, stranger), 0);
    }

    function test_RevertsBelowTheThreshold() public {
        vm.prank(proposer);
        votes.withdrawTo(proposer, 1);
        _pass(1);
        _expectRevert(
            abi.encodeWithSelector(
                IGovernor.GovernorInsufficientProposerVotes.selector,
                proposer,
                THRESHOLD - 1,
                THRESHOLD
            )
        );
        _propose(_proposal(address(market), resume));
    }

    function test_VotesThatCameInThisSecondProposeNothing() public {
        _wrap(stranger, THRESHOLD);
        Proposal memory made = _proposal(address(market), resume);
        vm.startPrank(stranger);
        _expectRevert(
            abi.encodeWithSelector(
                IGovernor.GovernorInsufficientProposerVotes.selector, stranger, 0, THRESHOLD
            )
        );
        governor.propose(made.targets, made.values, made.calldatas, made.description);
        _pass(1);
        governor.propose(made.targets, made.values, made.calldatas, made.description);
    }

    function test_AProposalIsMadeOnce() public {
        Proposal memory made = _proposal(address(market), resume);
        uint256 id = _propose(made);
        _expectRevert(
            abi.encodeWithSelector(
                IGovernor.GovernorUnexpectedProposalState.selector,
                id,
                IGovernor.ProposalState.Pending,
                bytes32(0)
            )
        );
        _propose(made);
    }

    function test_RevertsWithoutCallsAndWithUnequalLists() public {
        Proposal memory made = _proposal(address(market), resume);
        made.calldatas = new bytes[](0);
        _expectRevert(IGovernor.GovernorInvalidProposalLength.selector);
        _propose(made);
        made.targets = new address[](0);
        made.values = new uint256[](0);
        _expectRevert(IGovernor.GovernorInvalidProposalLength.selector);
        _propose(made);
    }

    function test_AProposalThatNamesItsProposerIsTheirsAlone() public {
        Proposal memory made = _proposal(address(market), resume);
        made.description = string.concat("what and why #proposer=", Strings.toHexString(proposer));
        vm.prank(voter);
        _expectRevert(abi.encodeWithSelector(IGovernor.GovernorRestrictedProposer.selector, voter));
        governor.propose(made.targets, made.values, made.calldatas, made.description);
        _propose(made);
    }
}

/// @notice Deploys something at an address that is known before.
contract Factory {
    function home() external view returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", this, hex"01")))));
    }

    function deploy() external {
        new Deployed();
    }
}

contract Deployed {}
