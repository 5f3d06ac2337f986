// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";

import {GovernanceBase} from "../utils/GovernanceBase.sol";
import {Foretold} from "./Foretold.sol";

/// @notice People who wrap, unwrap, move, delegate, propose, vote and go round the vote, and a target whose code comes
/// and goes. Foretells of each call whether it succeeds.
contract GovernanceWorld is GovernanceBase, Foretold {
    struct Point {
        uint256 time;
        uint256 amount;
    }

    enum Kind {
        VotingDelay,
        Delay,
        Payment,
        Target
    }

    struct Ballot {
        Proposal made;
        uint256 id;
        Kind kind;
        uint256 value;
        address by;
        uint256 snapshot;
        uint256 deadline;
        uint256 eta;
        uint256 code;
        bool cancelled;
        bool executed;
        uint256[3] counted;
    }

    Ballot[] private ballots;
    address[] private people;
    mapping(uint256 ballot => mapping(address who => bool)) private voted;
    mapping(address who => uint256) private wrapped;
    mapping(address who => address) private delegateOf;
    mapping(address who => Point[]) private votesOf;
    Point[] private supply;
    uint256 private gifts;
    uint256 private treasuryAim;
    uint256 private votingDelay = VOTING_DELAY;
    uint256 private delay = DELAY;
    uint256 private code = 1;
    address private target = makeAddr("target");

    function setUp() public override {
        super.setUp();
        people = [proposer, voter, friend, stranger, seller];
        for (uint256 i; i < people.length; ++i) {
            aim.transfer(people[i], 5 * QUORUM_FLOOR);
            vm.prank(people[i]);
            aim.approve(address(votes), type(uint256).max);
        }
        treasuryAim = 100e18;
        aim.transfer(address(timelock), treasuryAim);
        vm.etch(target, new bytes(code));
        (wrapped[proposer], delegateOf[proposer]) = (THRESHOLD, proposer);
        (wrapped[voter], delegateOf[voter]) = (10 * QUORUM_FLOOR, voter);
        _record();
        vm.warp(block.timestamp + 1);
    }

    /* ACTIONS: VOTES */

    function wrap(uint256 who, uint256 amount, uint256 how, uint256 to) external {
        address account = _person(who);
        amount = bound(amount, 0, aim.balanceOf(account));
        vm.startPrank(account);
        if (how % 4 == 0) {
            aim.transfer(address(votes), amount);
            gifts += amount;
        } else {
            if (how % 4 == 1) {
                votes.depositFor(account, amount);
            } else if (how % 4 == 2) {
                aim.transferAndCall(address(votes), amount, abi.encode(_person(to)));
                delegateOf[account] = _person(to);
            } else {
                votes.wrapWithPermit(amount, _person(to), 0, 0, 0, 0);
                delegateOf[account] = _person(to);
            }
            wrapped[account] += amount;
            done["wrap"] += 1;
        }
        vm.stopPrank();
        _record();
    }

    function unwrap(uint256 who, uint256 amount, uint256 to) external {
        address account = _person(who);
        amount = bound(amount, 0, wrapped[account] + 1);
        bool success =
            _by(account, address(votes), abi.encodeCall(votes.withdrawTo, (_person(to), amount)));
        _foretold("unwrap", success, amount <= wrapped[account]);
        if (success) wrapped[account] -= amount;
        _record();
    }

    function move(uint256 who, uint256 amount, uint256 to) external {
        address account = _person(who);
        amount = bound(amount, 0, wrapped[account] + 1);
        bool success =
            _by(account, address(votes), abi.encodeCall(votes.transfer, (_person(to), amount)));
        _foretold("move", success, amount <= wrapped[account]);
        if (success) {
            wrapped[account] -= amount;
            wrapped[_person(to)] += amount;
        }
        _record();
    }

    function delegate(uint256 who, uint256 to) external {
        vm.prank(_person(who));
        votes.delegate(_person(to));
        delegateOf[_person(who)] = _person(to);
        _record();
    }

    /* ACTIONS: PROPOSALS */

    function propose(uint256 who, uint256 kind, uint256 value) external {
        if (ballots.length == 40 || _busy() && value % 4 != 0) return;
        address account = _person(who);
        Proposal memory made = _planned(Kind(kind % 4), value);
        made.description = vm.toString(ballots.length);
        bool success = _by(
            account,
            address(governor),
            abi.encodeCall(
                governor.propose, (made.targets, made.values, made.calldatas, made.description)
            )
        );
        uint256 has = _at(votesOf[account], block.timestamp - 1);
        _foretold("propose", success, has >= THRESHOLD);
        if (!success) return;
        Ballot storage ballot = ballots.push();
        (ballot.made, ballot.kind, ballot.value, ballot.by) =
        (made, Kind(kind % 4), _valueOf(Kind(kind % 4), value), account);
        ballot.id = governor.getProposalId(
            made.targets, made.values, made.calldatas, keccak256(bytes(made.description))
        );
        ballot.snapshot = block.timestamp + votingDelay;
        ballot.deadline = ballot.snapshot + VOTING_PERIOD;
        ballot.code = code;
    }

    function vote(uint256 i, uint256 who, uint8 support) external {
        if (ballots.length == 0) return;
        i = _chosen(i);
        Ballot storage ballot = ballots[i];
        address account = _person(who);
        support %= 4;
        bool success = _by(
            account, address(governor), abi.encodeCall(governor.castVote, (ballot.id, support))
        );
        _foretold(
            "vote",
            success,
            _stateOf(ballot) == IGovernor.ProposalState.Active && !voted[i][account] && support < 3
        );
        if (!success) return;
        voted[i][account] = true;
        bool reached = _reached(ballot);
        ballot.counted[support] += _at(votesOf[account], ballot.snapshot);
        uint256 extended = block.timestamp + LATE_QUORUM;
        if (!reached && _reached(ballot) && extended > ballot.deadline) {
            ballot.deadline = extended;
            done["extend"] += 1;
        }
    }

    function cancel(uint256 i, uint256 who) external {
        if (ballots.length == 0) return;
        Ballot storage ballot = ballots[_chosen(i)];
        address account = who % 2 == 0 ? ballot.by : _person(who);
        bool expected = _stateOf(ballot) == IGovernor.ProposalState.Pending && account == ballot.by;
        bool success = _step(account, governor.cancel.selector, ballot);
        _foretold("cancel", success, expected);
        if (success) ballot.cancelled = true;
    }

    function queue(uint256 i, uint256 who) external {
        if (ballots.length == 0) return;
        Ballot storage ballot = ballots[_chosen(i)];
        bool expected = _stateOf(ballot) == IGovernor.ProposalState.Succeeded && _pinned(ballot);
        bool success = _step(_person(who), governor.queue.selector, ballot);
        _foretold("queue", success, expected);
        if (success) ballot.eta = block.timestamp + delay;
    }

    function execute(uint256 i, uint256 who) external {
        if (ballots.length == 0) return;
        Ballot storage ballot = ballots[_chosen(i)];
        bool expected = _stateOf(ballot) == IGovernor.ProposalState.Queued
            && block.timestamp >= ballot.eta && _pinned(ballot) && _allowed(ballot);
        bool success = _step(_person(who), governor.execute.selector, ballot);
        _foretold("execute", success, expected);
        if (!success) return;
        ballot.executed = true;
        if (ballot.kind == Kind.VotingDelay) votingDelay = ballot.value;
        if (ballot.kind == Kind.Delay) delay = ballot.value;
        if (ballot.kind == Kind.Payment) treasuryAim -= ballot.value;
    }

    /// @dev What has not been voted, or not through the governor.
    function goRound(uint256 i, uint256 who, uint256 how) external {
        if (ballots.length == 0) return;
        Proposal memory made = ballots[i % ballots.length].made;
        bytes32 salt = bytes20(address(governor)) ^ keccak256(bytes(made.description));
        bytes[5] memory calls = [
            abi.encodeCall(
                timelock.executeBatch, (made.targets, made.values, made.calldatas, 0, salt)
            ),
            abi.encodeCall(
                timelock.scheduleBatch, (made.targets, made.values, made.calldatas, 0, salt, delay)
            ),
            abi.encodeCall(timelock.grantRole, (timelock.EXECUTOR_ROLE(), _person(who))),
            abi.encodeCall(timelock.updateDelay, (delay)),
            made.calldatas[0]
        ];
        address called = how % 5 == 4 ? made.targets[0] : address(timelock);
        if (called == target || called == address(aim)) return;
        assertFalse(_by(_person(who), called, calls[how % 5]), "went round");
    }

    function swap() external {
        code = 3 - code;
        vm.etch(target, new bytes(code));
        done["swap"] += 1;
    }

    /// @dev Often lands on the last second of a clock or on the next, or late in the newest vote.
    function warp(uint256 seed) external {
        uint256 to = block.timestamp + seed % 2 days;
        if (seed % 8 == 0 && ballots.length != 0) {
            uint256 late = ballots[ballots.length - 1].deadline - seed / 8 % LATE_QUORUM;
            if (late > block.timestamp) to = late;
        } else if (seed % 4 != 0 && ballots.length != 0) {
            Ballot storage ballot = ballots[_chosen(seed / 4)];
            uint256[6] memory ends = [
                ballot.snapshot,
                ballot.deadline - LATE_QUORUM,
                ballot.deadline,
                ballot.eta,
                ballot.deadline + GRACE,
                ballot.eta + GRACE
            ];
            uint256 end = ends[seed / 64 % (seed % 11 == 0 ? 6 : 4)] + seed / 1024 % 2;
            if (end > block.timestamp) to = end;
        }
        vm.warp(to);
    }

    /* CHECKS */

    function checkSupply() external view {
        assertEq(votes.totalSupply() + gifts, aim.balanceOf(address(votes)), "VOTES_1");
        uint256 sum;
        for (uint256 i; i < people.length; ++i) {
            assertEq(votes.balanceOf(people[i]), wrapped[people[i]], "VOTES_1");
            sum += wrapped[people[i]];
        }
        assertEq(votes.totalSupply(), sum, "VOTES_1");
    }

    function checkVotes() external view {
        for (uint256 i; i < people.length; ++i) {
            assertEq(votes.getVotes(people[i]), _delegated(people[i]), "VOTES_2");
        }
        for (uint256 i; i < ballots.length; ++i) {
            (uint256 against, uint256 inFavour, uint256 abstain) =
                governor.proposalVotes(ballots[i].id);
            assertEq(against, ballots[i].counted[AGAINST], "VOTES_2");
            assertEq(inFavour, ballots[i].counted[FOR], "VOTES_2");
            assertEq(abstain, ballots[i].counted[ABSTAIN], "VOTES_2");
            uint256 most = _at(supply, ballots[i].snapshot);
            assertLe(against + inFavour + abstain, most, "VOTES_2");
        }
    }

    function checkProposals() external view {
        for (uint256 i; i < ballots.length; ++i) {
            assertEq(uint8(governor.state(ballots[i].id)), uint8(_stateOf(ballots[i])), "GOVERN_1");
        }
        assertEq(governor.votingDelay(), votingDelay, "GOVERN_1");
        assertEq(timelock.getMinDelay(), delay, "GOVERN_1");
        assertEq(aim.balanceOf(address(timelock)), treasuryAim, "GOVERN_1");
    }

    function checkBounds() external view {
        assertGe(timelock.getMinDelay(), DELAY, "GOVERN_2");
        assertLe(timelock.getMinDelay(), 30 days, "GOVERN_2");
        assertGe(governor.votingDelay(), VOTING_DELAY, "GOVERN_2");
        assertLe(governor.votingDelay(), 14 days, "GOVERN_2");
        assertGe(governor.quorum(block.timestamp - 1), QUORUM_FLOOR, "GOVERN_2");
    }

    /* INTERNAL */

    function _planned(Kind kind, uint256 seed) private view returns (Proposal memory) {
        uint256 value = _valueOf(kind, seed);
        if (kind == Kind.VotingDelay) {
            return
                _proposal(
                    address(governor), abi.encodeCall(governor.setVotingDelay, (uint48(value)))
                );
        }
        if (kind == Kind.Delay) {
            return _proposal(address(timelock), abi.encodeCall(timelock.updateDelay, (value)));
        }
        if (kind == Kind.Payment) {
            return _proposal(address(aim), abi.encodeCall(aim.transfer, (treasury, value)));
        }
        return _proposal(target, hex"12345678");
    }

    function _valueOf(Kind kind, uint256 seed) private pure returns (uint256) {
        if (kind == Kind.VotingDelay) return seed % 16 days;
        return kind == Kind.Delay ? seed % 33 days : seed % 50e18;
    }

    function _allowed(Ballot storage ballot) private view returns (bool) {
        if (ballot.kind == Kind.VotingDelay) {
            return ballot.value >= VOTING_DELAY && ballot.value <= 14 days;
        }
        if (ballot.kind == Kind.Delay) return ballot.value >= DELAY && ballot.value <= 30 days;
        return ballot.kind == Kind.Target || ballot.value <= treasuryAim;
    }

    function _pinned(Ballot storage ballot) private view returns (bool) {
        return ballot.kind != Kind.Target || ballot.code == code;
    }

    function _stateOf(Ballot storage ballot) private view returns (IGovernor.ProposalState) {
        if (ballot.executed) return IGovernor.ProposalState.Executed;
        if (ballot.cancelled) return IGovernor.ProposalState.Canceled;
        if (block.timestamp <= ballot.snapshot) return IGovernor.ProposalState.Pending;
        if (block.timestamp <= ballot.deadline) return IGovernor.ProposalState.Active;
        if (!_reached(ballot) || ballot.counted[FOR] <= ballot.counted[AGAINST]) {
            return IGovernor.ProposalState.Defeated;
        }
        uint256 end = (ballot.eta == 0 ? ballot.deadline : ballot.eta) + GRACE;
        if (block.timestamp > end) return IGovernor.ProposalState.Expired;
        return ballot.eta == 0 ? IGovernor.ProposalState.Succeeded : IGovernor.ProposalState.Queued;
    }

    function _reached(Ballot storage ballot) private view returns (bool) {
        uint256 part = _at(supply, ballot.snapshot) * QUORUM_PERCENT / 100;
        return ballot.counted[FOR] + ballot.counted[ABSTAIN]
            >= (part > QUORUM_FLOOR ? part : QUORUM_FLOOR);
    }

    function _step(address who, bytes4 verb, Ballot storage ballot) private returns (bool) {
        Proposal memory made = ballot.made;
        bytes32 hash = keccak256(bytes(made.description));
        return _by(
            who,
            address(governor),
            abi.encodeWithSelector(verb, made.targets, made.values, made.calldatas, hash)
        );
    }

    /// @dev Whether the newest proposal has not come to an end.
    function _busy() private view returns (bool) {
        if (ballots.length == 0) return false;
        IGovernor.ProposalState state = _stateOf(ballots[ballots.length - 1]);
        return state == IGovernor.ProposalState.Pending || state == IGovernor.ProposalState.Active
            || state == IGovernor.ProposalState.Succeeded || state == IGovernor.ProposalState.Queued;
    }

    /// @dev The newest half of the time.
    function _chosen(uint256 i) private view returns (uint256) {
        return i % 2 == 0 ? ballots.length - 1 : i / 2 % ballots.length;
    }

    function _person(uint256 who) private view returns (address) {
        return people[who % people.length];
    }

    function _delegated(address account) private view returns (uint256 sum) {
        for (uint256 i; i < people.length; ++i) {
            if (delegateOf[people[i]] == account) sum += wrapped[people[i]];
        }
    }

    function _record() private {
        uint256 sum;
        for (uint256 i; i < people.length; ++i) {
            sum += wrapped[people[i]];
            votesOf[people[i]].push(Point(block.timestamp, _delegated(people[i])));
        }
        supply.push(Point(block.timestamp, sum));
    }

    /// @dev What was last recorded in that second or before.
    function _at(Point[] storage points, uint256 time) private view returns (uint256) {
        for (uint256 i = points.length; i > 0; --i) {
            if (points[i - 1].time <= time) return points[i - 1].amount;
        }
        return 0;
    }
}
