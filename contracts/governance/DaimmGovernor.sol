// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {
    GovernorCountingSimple
} from "@openzeppelin/contracts/governance/extensions/GovernorCountingSimple.sol";
import {
    GovernorPreventLateQuorum
} from "@openzeppelin/contracts/governance/extensions/GovernorPreventLateQuorum.sol";
import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {
    GovernorTimelockControl
} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {GovernorVotes} from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import {
    GovernorVotesQuorumFraction
} from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {ERC6372Utils} from "@openzeppelin/contracts/utils/ERC6372Utils.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IDaimmGovernor} from "../../interfaces/IDaimmGovernor.sol";
import {GovernorTerms} from "../../interfaces/types/Governance.sol";
import {GovernorBounds} from "./GovernorBounds.sol";

/// @notice Specified in IDaimmGovernor.
contract DaimmGovernor is
    GovernorBounds,
    GovernorSettings,
    GovernorCountingSimple,
    GovernorVotesQuorumFraction,
    GovernorPreventLateQuorum,
    GovernorTimelockControl
{
    /* STORAGE */

    /// @inheritdoc IDaimmGovernor
    mapping(uint256 proposal => mapping(address target => bytes32)) public pinnedCode;

    /* CONSTRUCTOR */

    constructor(IVotes votes, TimelockController timelock_, GovernorTerms memory terms_)
        GovernorBounds(terms_)
        Governor("DaimmGovernor")
        GovernorSettings(terms_.votingDelay, terms_.votingPeriod, terms_.proposalThreshold)
        GovernorVotes(votes)
        GovernorVotesQuorumFraction(terms_.quorumPercent)
        GovernorPreventLateQuorum(terms_.lateQuorum)
        GovernorTimelockControl(timelock_)
    {
        if (token().clock() != clock()) revert ERC6372Utils.ERC6372InconsistentClock();
    }

    /* FIXED */

    /// @notice Refused: what is queued would be lost, and another timelock would be another delay.
    function updateTimelock(TimelockController) public pure override {
        revert DaimmGovernor_Fixed();
    }

    /// @notice Refused: it would call what no proposal names as its target, with the governor's rights in the timelock.
    function relay(address, uint256, bytes calldata) public payable override {
        revert DaimmGovernor_Fixed();
    }

    /* VIEWS */

    /// @inheritdoc GovernorVotes
    /// @dev The seconds that the votes are counted by, without a call to ask for them.
    function clock() public view override(Governor, GovernorVotes) returns (uint48) {
        return uint48(block.timestamp);
    }

    /// @inheritdoc Governor
    function state(uint256 proposalId)
        public
        view
        override(Governor, GovernorTimelockControl)
        returns (ProposalState found)
    {
        found = super.state(proposalId);
        if (found == ProposalState.Succeeded) {
            if (clock() > proposalDeadline(proposalId) + GRACE) return ProposalState.Expired;
        } else if (found == ProposalState.Queued) {
            if (clock() > proposalEta(proposalId) + GRACE) return ProposalState.Expired;
        }
    }

    /// @inheritdoc GovernorVotesQuorumFraction
    function quorum(uint256 timepoint)
        public
        view
        override(Governor, GovernorVotesQuorumFraction)
        returns (uint256)
    {
        return Math.max(super.quorum(timepoint), _quorumFloor);
    }

    /// @inheritdoc GovernorSettings
    function proposalThreshold()
        public
        view
        override(Governor, GovernorSettings)
        returns (uint256)
    {
        return super.proposalThreshold();
    }

    /// @inheritdoc GovernorPreventLateQuorum
    function proposalDeadline(uint256 proposalId)
        public
        view
        override(Governor, GovernorPreventLateQuorum)
        returns (uint256)
    {
        return super.proposalDeadline(proposalId);
    }

    /// @inheritdoc GovernorTimelockControl
    function proposalNeedsQueuing(uint256 proposalId)
        public
        view
        override(Governor, GovernorTimelockControl)
        returns (bool)
    {
        return super.proposalNeedsQueuing(proposalId);
    }

    /* INTERNAL: TARGETS */

    function _propose(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        string memory description,
        address proposer
    ) internal override returns (uint256 proposalId) {
        proposalId = super._propose(targets, values, calldatas, description, proposer);

        for (uint256 i; i < targets.length; ++i) {
            address target = targets[i];
            bytes32 code = _codeHash(target);
            if (code == 0) {
                // Ether may go anywhere. Whatever is called is there now, not only by the time of the call.
                if (calldatas[i].length != 0) revert DaimmGovernor_NoCode(target);
            } else if (pinnedCode[proposalId][target] == 0) {
                pinnedCode[proposalId][target] = code;
                emit TargetPinned(proposalId, target, code);
            }
        }
    }

    function _queueOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint48) {
        _requirePinned(proposalId, targets);
        return super._queueOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _executeOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) {
        _requirePinned(proposalId, targets);
        super._executeOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _requirePinned(uint256 proposalId, address[] memory targets) private view {
        for (uint256 i; i < targets.length; ++i) {
            if (_codeHash(targets[i]) != pinnedCode[proposalId][targets[i]]) {
                revert DaimmGovernor_CodeChanged(targets[i]);
            }
        }
    }

    /// @dev Zero for every account without code: a first wei makes an account, and would change its own hash.
    function _codeHash(address target) private view returns (bytes32) {
        return target.code.length == 0 ? bytes32(0) : target.codehash;
    }

    /* INTERNAL: LATE QUORUM */

    /// @dev A vote is extended by the one that makes the quorum, and only once there is less time left than the
    /// extension. So the quorum is looked up late in a vote alone: it takes more gas the more often AIM was wrapped.
    function _countVote(
        uint256 proposalId,
        address account,
        uint8 support,
        uint256 totalWeight,
        bytes memory params
    ) internal override(Governor, GovernorCountingSimple) returns (uint256 counted) {
        bool late = clock() + lateQuorumVoteExtension() > Governor.proposalDeadline(proposalId);
        bool waiting = late && !_quorumReached(proposalId);
        counted = super._countVote(proposalId, account, support, totalWeight, params);
        if (waiting) GovernorPreventLateQuorum._tallyUpdated(proposalId);
    }

    /// @dev Done with the count of each vote.
    function _tallyUpdated(uint256) internal override(Governor, GovernorPreventLateQuorum) {}

    /* INTERNAL: SETTINGS */

    function _setVotingDelay(uint48 delay) internal override {
        _requireWithin(delay, _leastVotingDelay, MAX_VOTING_DELAY);
        super._setVotingDelay(delay);
    }

    function _setVotingPeriod(uint32 period) internal override {
        _requireWithin(period, _leastVotingPeriod, MAX_VOTING_PERIOD);
        super._setVotingPeriod(period);
    }

    /// @dev Who has the floor can pass a proposal alone, and may always make one.
    function _setProposalThreshold(uint256 threshold) internal override {
        _requireWithin(threshold, _leastThreshold, _quorumFloor);
        super._setProposalThreshold(threshold);
    }

    function _setLateQuorumVoteExtension(uint48 extension) internal override {
        _requireWithin(extension, _leastLateQuorum, MAX_LATE_QUORUM);
        super._setLateQuorumVoteExtension(extension);
    }

    function _updateQuorumNumerator(uint256 percent) internal override {
        _requireWithin(percent, _leastQuorumPercent, MAX_QUORUM_PERCENT);
        super._updateQuorumNumerator(percent);
    }

    /* INTERNAL: BASES */

    function _cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint256) {
        return super._cancel(targets, values, calldatas, descriptionHash);
    }

    function _executor()
        internal
        view
        override(Governor, GovernorTimelockControl)
        returns (address)
    {
        return super._executor();
    }
}
