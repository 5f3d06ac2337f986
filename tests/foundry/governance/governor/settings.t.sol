// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {
    GovernorPreventLateQuorum
} from "@openzeppelin/contracts/governance/extensions/GovernorPreventLateQuorum.sol";

import {IDaimmGovernor} from "../../../../interfaces/IDaimmGovernor.sol";
import {GovernanceBase} from "../../utils/GovernanceBase.sol";

/// @notice No vote takes a setting out of its bounds, and nothing but a vote changes it.
contract GovernorSettingsTest is GovernanceBase {
    /// @dev Of one setting: how it is set and read, and its bounds.
    struct Setting {
        bytes4 set;
        bytes4 get;
        uint256 lowest;
        uint256 highest;
    }

    function setUp() public override {
        super.setUp();
        _wrap(proposer, QUORUM_FLOOR);
        _pass(1);
    }

    function _settings() private view returns (Setting[5] memory all) {
        all[0] = Setting(
            governor.setVotingDelay.selector, governor.votingDelay.selector, VOTING_DELAY, 14 days
        );
        all[1] = Setting(
            governor.setVotingPeriod.selector,
            governor.votingPeriod.selector,
            VOTING_PERIOD,
            30 days
        );
        all[2] = Setting(
            governor.setProposalThreshold.selector,
            governor.proposalThreshold.selector,
            THRESHOLD,
            QUORUM_FLOOR
        );
        all[3] = Setting(
            governor.updateQuorumNumerator.selector,
            bytes4(keccak256("quorumNumerator()")),
            QUORUM_PERCENT,
            30
        );
        all[4] = Setting(
            governor.setLateQuorumVoteExtension.selector,
            governor.lateQuorumVoteExtension.selector,
            LATE_QUORUM,
            5 days
        );
    }

    function _setting(bytes4 set, uint256 value) private view returns (Proposal memory made) {
        made = _proposal(address(governor), abi.encodeWithSelector(set, value));
        made.description = vm.toString(value);
    }

    function _read(bytes4 get) private view returns (uint256 value) {
        (, bytes memory answer) = address(governor).staticcall(abi.encodeWithSelector(get));
        value = abi.decode(answer, (uint256));
    }

    function test_AVoteSetsEachSettingWithinItsBounds() public {
        Setting[5] memory all = _settings();
        for (uint256 i; i < all.length; ++i) {
            uint256 before = vm.snapshotState();
            _enact(_setting(all[i].set, all[i].highest));
            assertEq(_read(all[i].get), all[i].highest);
            _enact(_setting(all[i].set, all[i].lowest));
            assertEq(_read(all[i].get), all[i].lowest);
            vm.revertToState(before);
        }
    }

    function test_NoVoteSetsASettingBelowWhatItStartedWith() public {
        Setting[5] memory all = _settings();
        for (uint256 i; i < all.length; ++i) {
            _expectRefusal(all[i], all[i].lowest - 1, all[i].highest);
            _expectRefusal(all[i], 0, all[i].highest);
        }
    }

    function test_NoVoteSetsASettingOverItsCap() public {
        Setting[5] memory all = _settings();
        for (uint256 i; i < all.length - 1; ++i) {
            _expectRefusal(all[i], all[i].highest + 1, all[i].highest);
        }
        _enact(_setting(governor.setVotingPeriod.selector, 30 days));
        all[4].highest = 7 days;
        _expectRefusal(all[4], 7 days + 1, 7 days);
        _enact(_setting(governor.setLateQuorumVoteExtension.selector, 7 days));
    }

    function test_TheExtensionIsNeverLongerThanTheVote() public {
        Proposal memory made =
            _setting(governor.setLateQuorumVoteExtension.selector, VOTING_PERIOD + 1);
        _winAndQueue(made);
        _expectRevert(
            abi.encodeWithSelector(
                GovernorPreventLateQuorum.GovernorPreventLateQuorumVoteExtensionTooLarge.selector,
                VOTING_PERIOD + 1,
                VOTING_PERIOD
            )
        );
        _execute(made);
    }

    function _expectRefusal(Setting memory one, uint256 value, uint256 highest) private {
        uint256 before = vm.snapshotState();
        Proposal memory made = _setting(one.set, value);
        _winAndQueue(made);
        // The extension's cap in force is the shorter of its own and the vote.
        if (one.set == governor.setLateQuorumVoteExtension.selector) highest = 7 days;
        _expectRevert(
            abi.encodeWithSelector(
                IDaimmGovernor.DaimmGovernor_OutOfBounds.selector, value, one.lowest, highest
            )
        );
        _execute(made);
        vm.revertToState(before);
    }

    function test_OnlyAVoteChangesASetting() public {
        Setting[5] memory all = _settings();
        address[4] memory callers = [address(this), voter, governance, address(governor)];
        for (uint256 i; i < all.length; ++i) {
            for (uint256 j; j < callers.length; ++j) {
                vm.prank(callers[j]);
                (bool success, bytes memory answer) =
                    address(governor).call(abi.encodeWithSelector(all[i].set, all[i].highest));
                assertFalse(success);
                assertEq(
                    answer,
                    abi.encodeWithSelector(IGovernor.GovernorOnlyExecutor.selector, callers[j])
                );
            }
        }
    }

    /// @dev A second proposer or executor of the timelock changes nothing here.
    function test_TheTimelockChangesNoSettingButInTheGovernorsExecution() public {
        Setting[5] memory all = _settings();
        for (uint256 i; i < all.length; ++i) {
            vm.prank(address(timelock));
            (bool success,) =
                address(governor).call(abi.encodeWithSelector(all[i].set, all[i].highest));
            assertFalse(success);
        }
    }

    function test_NoVoteReplacesTheTimelock() public {
        Proposal memory made =
            _proposal(address(governor), abi.encodeCall(governor.updateTimelock, (address(this))));
        _winAndQueue(made);
        _expectRevert(abi.encodeWithSelector(IDaimmGovernor.DaimmGovernor_Fixed.selector));
        _execute(made);
    }

    /// @dev The governor holds the timelock's roles: what it relayed could be a call that no proposal names.
    function test_NoVoteMakesTheGovernorCallSomething() public {
        bytes memory grant = abi.encodeCall(aim.transfer, (stranger, 1));
        Proposal memory made =
            _proposal(address(governor), abi.encodeCall(governor.relay, (address(aim), 0, grant)));
        _winAndQueue(made);
        _expectRevert(abi.encodeWithSelector(IDaimmGovernor.DaimmGovernor_Fixed.selector));
        _execute(made);
    }

    function test_TakesNoEther() public {
        vm.deal(stranger, 1);
        vm.prank(stranger);
        (bool success, bytes memory answer) = address(governor).call{value: 1}("");
        assertFalse(success);
        assertEq(answer, abi.encodeWithSelector(IGovernor.GovernorDisabledDeposit.selector));
    }
}
