// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {
    GovernorPreventLateQuorum
} from "@openzeppelin/contracts/governance/extensions/GovernorPreventLateQuorum.sol";

import {IDaimmGovernor} from "../../../../interfaces/IDaimmGovernor.sol";
import {GovernorTerms} from "../../../../interfaces/types/Governance.sol";
import {GovernanceBase} from "../../utils/GovernanceBase.sol";

contract GovernorConstructorTest is GovernanceBase {
    function _expectOutOfBounds(uint256 value, uint256 lowest, uint256 highest) private {
        _expectRevert(
            abi.encodeWithSelector(
                IDaimmGovernor.DaimmGovernor_OutOfBounds.selector, value, lowest, highest
            )
        );
    }

    function test_StartsWithItsTerms() public view {
        assertEq(abi.encode(governor.terms()), abi.encode(_governorTerms()));
        assertEq(governor.votingDelay(), VOTING_DELAY);
        assertEq(governor.votingPeriod(), VOTING_PERIOD);
        assertEq(governor.lateQuorumVoteExtension(), LATE_QUORUM);
        assertEq(governor.proposalThreshold(), THRESHOLD);
        assertEq(governor.quorumNumerator(), QUORUM_PERCENT);
        assertEq(governor.token(), address(votes));
        assertEq(governor.timelock(), address(timelock));
        assertEq(governor.name(), "DaimmGovernor");
        assertEq(governor.clock(), block.timestamp);
        assertEq(governor.CLOCK_MODE(), "mode=timestamp");
        assertTrue(governor.proposalNeedsQueuing(1));
    }

    function test_StartsAtEveryCap() public {
        GovernorTerms memory terms = GovernorTerms({
            votingDelay: governor.MAX_VOTING_DELAY(),
            votingPeriod: governor.MAX_VOTING_PERIOD(),
            lateQuorum: governor.MAX_LATE_QUORUM(),
            proposalThreshold: QUORUM_FLOOR,
            quorumPercent: governor.MAX_QUORUM_PERCENT(),
            quorumFloor: QUORUM_FLOOR
        });
        assertEq(abi.encode(_deployGovernor(terms).terms()), abi.encode(terms));
    }

    function test_RevertsWhereTheVotingDelayIsTooLong() public {
        GovernorTerms memory terms = _governorTerms();
        terms.votingDelay = 14 days + 1;
        _expectOutOfBounds(14 days + 1, 0, 14 days);
        _deployGovernor(terms);
    }

    function test_RevertsWhereTheVotingPeriodIsTooLong() public {
        GovernorTerms memory terms = _governorTerms();
        terms.votingPeriod = 30 days + 1;
        _expectOutOfBounds(30 days + 1, 0, 30 days);
        _deployGovernor(terms);
    }

    function test_RevertsWithoutAVotingPeriod() public {
        GovernorTerms memory terms = _governorTerms();
        terms.votingPeriod = 0;
        _expectRevert(
            abi.encodeWithSelector(IGovernor.GovernorInvalidVotingPeriod.selector, uint256(0))
        );
        _deployGovernor(terms);
    }

    function test_RevertsWhereTheExtensionIsTooLong() public {
        GovernorTerms memory terms = _governorTerms();
        terms.votingPeriod = 30 days;
        terms.lateQuorum = 7 days + 1;
        _expectOutOfBounds(7 days + 1, 0, 7 days);
        _deployGovernor(terms);
    }

    function test_RevertsWhereTheExtensionIsLongerThanTheVote() public {
        GovernorTerms memory terms = _governorTerms();
        terms.lateQuorum = VOTING_PERIOD + 1;
        _expectRevert(
            abi.encodeWithSelector(
                GovernorPreventLateQuorum.GovernorPreventLateQuorumVoteExtensionTooLarge.selector,
                VOTING_PERIOD + 1,
                VOTING_PERIOD
            )
        );
        _deployGovernor(terms);
    }

    function test_RevertsWhereTheThresholdIsOverTheFloor() public {
        GovernorTerms memory terms = _governorTerms();
        terms.proposalThreshold = QUORUM_FLOOR + 1;
        _expectOutOfBounds(QUORUM_FLOOR + 1, 0, QUORUM_FLOOR);
        _deployGovernor(terms);
    }

    function test_RevertsWhereTheQuorumTakesTooMuch() public {
        GovernorTerms memory terms = _governorTerms();
        terms.quorumPercent = 31;
        _expectOutOfBounds(31, 0, 30);
        _deployGovernor(terms);
    }

    function test_RevertsWithoutAFloor() public {
        GovernorTerms memory terms = _governorTerms();
        (terms.quorumFloor, terms.proposalThreshold) = (0, 0);
        _expectOutOfBounds(0, 1, type(uint208).max);
        _deployGovernor(terms);
    }

    function test_RevertsWhereNobodyCanHaveTheFloor() public {
        GovernorTerms memory terms = _governorTerms();
        terms.quorumFloor = uint256(type(uint208).max) + 1;
        _expectOutOfBounds(terms.quorumFloor, 1, type(uint208).max);
        _deployGovernor(terms);
    }

    function test_RevertsWhereTheVotesAreNotCountedInSeconds() public {
        vm.mockCall(
            address(votes), abi.encodeCall(votes.clock, ()), abi.encode(uint48(block.number))
        );
        _expectRevert(abi.encodeWithSignature("ERC6372InconsistentClock()"));
        _deployGovernor(_governorTerms());
    }
}
