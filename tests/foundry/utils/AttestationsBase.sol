// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAttestations} from "../../../interfaces/IAttestations.sol";
import {
    Job,
    JobId,
    JobState,
    Result,
    ResultId,
    ResultState
} from "../../../interfaces/types/Attestations.sol";
import {Ruling} from "../../../interfaces/types/Deals.sol";
import {Base} from "./Base.sol";

/// @notice A payer and an evaluator with AIM, and a court that is named by what they agree on.
abstract contract AttestationsBase is Base {
    uint128 internal constant STAKE = 100e18;
    uint128 internal constant JOB_FEE = 10e18;
    uint40 internal constant CLAIM_TIME = 3 days;
    uint40 internal constant MAX_HOLD = 90 days;

    IAttestations internal attestations;
    address internal payer = makeAddr("payer");
    address internal evaluator = makeAddr("evaluator");
    address internal court = makeAddr("court");
    uint256 internal lost;
    address internal claimant = makeAddr("claimant");

    function setUp() public virtual override {
        super.setUp();
        attestations =
            IAttestations(vm.deployCode("Attestations.sol:Attestations", abi.encode(treasury)));
        address[2] memory people = [payer, evaluator];
        for (uint256 i; i < people.length; ++i) {
            deal(address(aim), people[i], 1_000_000e18);
            deal(address(usd), people[i], 1_000_000e18);
            vm.startPrank(people[i]);
            aim.approve(address(attestations), type(uint256).max);
            usd.approve(address(attestations), type(uint256).max);
            vm.stopPrank();
        }
    }

    function _job() internal view returns (Job memory) {
        return Job({
            payer: payer,
            evaluator: evaluator,
            root: keccak256("root"),
            suite: keccak256("suite"),
            token: address(aim),
            fee: JOB_FEE,
            stake: STAKE,
            deadline: uint40(block.timestamp) + 7 days,
            expiresAt: uint40(block.timestamp) + 365 days,
            arbitrator: court,
            salt: 0
        });
    }

    /// @dev What answers the job.
    function _result(Job memory job) internal view returns (Result memory) {
        return Result({
            evaluator: job.evaluator,
            root: job.root,
            suite: job.suite,
            value: 970_000_000,
            report: keccak256("report"),
            token: job.token,
            stake: job.stake,
            arbitrator: job.arbitrator,
            expiresAt: job.expiresAt,
            job: attestations.jobIdOf(job),
            salt: 0
        });
    }

    /// @dev One that answers no job.
    function _result() internal view returns (Result memory result) {
        result = _result(_job());
        result.job = JobId.wrap(0);
    }

    function _commission(Job memory job) internal returns (JobId) {
        vm.prank(payer);
        return attestations.commission(job);
    }

    function _attest(Result memory result) internal returns (ResultId) {
        vm.prank(result.evaluator);
        return attestations.attest(result);
    }

    function _answered() internal returns (Job memory job, Result memory result) {
        job = _job();
        result = _result(job);
        _commission(job);
        vm.prank(evaluator);
        attestations.answer(job, result);
    }

    function _hold(Result memory result) internal {
        bytes memory what = _what(result);
        vm.prank(court);
        attestations.hold(what, claimant);
    }

    function _resolve(Result memory result, Ruling ruling) internal {
        bytes memory what = _what(result);
        vm.prank(court);
        attestations.resolve(what, ruling);
    }

    function _lose(Result memory result) internal {
        _resolve(result, Ruling.Rejected);
        lost += 1;
    }

    /// @dev What the next claim against it is made under.
    function _what(Result memory result) internal view returns (bytes memory) {
        return abi.encode(result, lost);
    }

    function _credit(address payee) internal view returns (uint256) {
        return attestations.credit(payee, 0, address(aim));
    }

    function _stands(Result memory result) internal view returns (bool whether) {
        (whether,) = attestations.stands(result);
    }

    function assertResult(Result memory result, ResultState state) internal view {
        ResultId id = attestations.resultIdOf(result);
        assertEq(uint8(attestations.resultOf(id).state), uint8(state), "result");
    }

    function assertJob(Job memory job, JobState state) internal view {
        assertEq(uint8(attestations.jobStateOf(attestations.jobIdOf(job))), uint8(state), "job");
    }
}
