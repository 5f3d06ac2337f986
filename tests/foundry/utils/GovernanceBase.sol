// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";

import {GovernorTerms} from "../../../interfaces/types/Governance.sol";
import {Base} from "./Base.sol";
import {GovernorUnderTest, TimelockUnderTest, VotesUnderTest} from "./Deployed.sol";

/// @notice Timelock, votes and governor beside the market, wired as on a real network: the deployer has no role left,
/// and the authority's one administrator is the timelock.
abstract contract GovernanceBase is Base {
    /* CONSTANTS */

    uint256 internal constant DELAY = 2 days;
    uint48 internal constant VOTING_DELAY = 1 days;
    uint32 internal constant VOTING_PERIOD = 5 days;
    uint48 internal constant LATE_QUORUM = 2 days;
    uint256 internal constant THRESHOLD = 100_000e18;
    uint256 internal constant QUORUM_PERCENT = 4;
    uint256 internal constant QUORUM_FLOOR = 1_000_000e18;
    uint256 internal constant GRACE = 30 days;
    uint64 internal constant ADMIN = 0;

    uint8 internal constant AGAINST = 0;
    uint8 internal constant FOR = 1;
    uint8 internal constant ABSTAIN = 2;

    /// @dev What is proposed: calls and their description.
    struct Proposal {
        address[] targets;
        uint256[] values;
        bytes[] calldatas;
        string description;
    }

    /* STORAGE */

    address internal proposer = makeAddr("proposer");
    address internal voter = makeAddr("voter");

    TimelockUnderTest internal timelock;
    VotesUnderTest internal votes;
    GovernorUnderTest internal governor;

    /* SET-UP */

    function setUp() public virtual override {
        super.setUp();
        timelock = _deployTimelock(DELAY);
        votes = VotesUnderTest(vm.deployCode("AIMVotes.sol:AIMVotes", abi.encode(aim)));
        governor = _deployGovernor(_governorTerms());
        timelock.grantRole(timelock.PROPOSER_ROLE(), address(governor));
        timelock.grantRole(timelock.CANCELLER_ROLE(), address(governor));
        timelock.grantRole(timelock.EXECUTOR_ROLE(), address(governor));
        timelock.renounceRole(timelock.DEFAULT_ADMIN_ROLE(), address(this));
        vm.startPrank(governance);
        authority.grantRole(ADMIN, address(timelock), 0);
        authority.renounceRole(ADMIN, governance);
        vm.stopPrank();

        _wrap(proposer, THRESHOLD);
        _wrap(voter, 10 * QUORUM_FLOOR);
        _pass(1);
    }

    function _deployTimelock(uint256 delay) internal returns (TimelockUnderTest) {
        return TimelockUnderTest(
            payable(vm.deployCode("Timelock.sol:Timelock", abi.encode(delay, address(this))))
        );
    }

    function _deployGovernor(GovernorTerms memory terms) internal returns (GovernorUnderTest) {
        return GovernorUnderTest(
            vm.deployCode("DaimmGovernor.sol:DaimmGovernor", abi.encode(votes, timelock, terms))
        );
    }

    function _governorTerms() internal pure returns (GovernorTerms memory) {
        return GovernorTerms({
            votingDelay: VOTING_DELAY,
            votingPeriod: VOTING_PERIOD,
            lateQuorum: LATE_QUORUM,
            proposalThreshold: THRESHOLD,
            quorumPercent: QUORUM_PERCENT,
            quorumFloor: QUORUM_FLOOR
        });
    }

    /* BUILDERS */

    function _proposal(address target, bytes memory call) internal pure returns (Proposal memory) {
        return _proposal(target, 0, call);
    }

    function _proposal(address target, uint256 value, bytes memory call)
        internal
        pure
        returns (Proposal memory made)
    {
        made.targets = new address[](1);
        made.values = new uint256[](1);
        made.calldatas = new bytes[](1);
        (made.targets[0], made.values[0], made.calldatas[0]) = (target, value, call);
        made.description = "what and why";
    }

    /// @dev The proposal with one more call, after the others.
    function _and(Proposal memory one, Proposal memory two)
        internal
        pure
        returns (Proposal memory made)
    {
        uint256 n = one.targets.length;
        made.targets = new address[](n + 1);
        made.values = new uint256[](n + 1);
        made.calldatas = new bytes[](n + 1);
        for (uint256 i; i < n; ++i) {
            (made.targets[i], made.values[i], made.calldatas[i]) =
            (one.targets[i], one.values[i], one.calldatas[i]);
        }
        (made.targets[n], made.values[n], made.calldatas[n]) =
        (two.targets[0], two.values[0], two.calldatas[0]);
        made.description = one.description;
    }

    /* STEPS */

    /// @dev AIM for `account`, wrapped and delegated to itself in one transaction.
    function _wrap(address account, uint256 amount) internal {
        aim.transfer(account, amount);
        vm.prank(account);
        aim.transferAndCall(address(votes), amount, abi.encode(account));
    }

    function _pass(uint256 time) internal {
        vm.warp(vm.getBlockTimestamp() + time);
    }

    function _propose(Proposal memory made) internal returns (uint256) {
        vm.prank(proposer);
        return governor.propose(made.targets, made.values, made.calldatas, made.description);
    }

    function _vote(address who, uint256 id, uint8 support) internal returns (uint256) {
        vm.prank(who);
        return governor.castVote(id, support);
    }

    function _queue(Proposal memory made) internal {
        governor.queue(
            made.targets, made.values, made.calldatas, keccak256(bytes(made.description))
        );
    }

    function _execute(Proposal memory made) internal {
        governor.execute(
            made.targets, made.values, made.calldatas, keccak256(bytes(made.description))
        );
    }

    function _cancel(Proposal memory made) internal {
        governor.cancel(
            made.targets, made.values, made.calldatas, keccak256(bytes(made.description))
        );
    }

    /// @dev Into the first second of its vote.
    function _proposeAndOpen(Proposal memory made) internal returns (uint256 id) {
        id = _propose(made);
        vm.warp(governor.proposalSnapshot(id) + 1);
    }

    /// @dev Past its vote, in which `voter` was for it.
    function _win(Proposal memory made) internal returns (uint256 id) {
        id = _proposeAndOpen(made);
        _vote(voter, id, FOR);
        vm.warp(governor.proposalDeadline(id) + 1);
    }

    /// @dev To the first second in which it may be executed.
    function _winAndQueue(Proposal memory made) internal returns (uint256 id) {
        id = _win(made);
        _queue(made);
        vm.warp(governor.proposalEta(id));
    }

    function _enact(Proposal memory made) internal returns (uint256 id) {
        id = _winAndQueue(made);
        _execute(made);
    }

    function assertState(uint256 id, IGovernor.ProposalState expected) internal view {
        assertEq(uint8(governor.state(id)), uint8(expected), "state of the proposal");
    }

    function _unauthorized(address account, bytes32 role) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(
            IAccessControl.AccessControlUnauthorizedAccount.selector, account, role
        );
    }
}
