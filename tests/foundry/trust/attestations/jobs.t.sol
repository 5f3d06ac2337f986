// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAttestations} from "../../../../interfaces/IAttestations.sol";
import {
    Job,
    JobId,
    JobState,
    Result,
    ResultId
} from "../../../../interfaces/types/Attestations.sol";
import {Ruling} from "../../../../interfaces/types/Deals.sol";
import {AttestationsBase} from "../../utils/AttestationsBase.sol";

contract JobsTest is AttestationsBase {
    /* COMMISSION */

    function test_TheFeeWaits() public {
        Job memory job = _job();
        JobId id = attestations.jobIdOf(job);
        vm.expectEmit(address(attestations));
        emit IAttestations.JobCommissioned(id, evaluator, job.root, job);
        _commission(job);
        assertJob(job, JobState.Open);
        assertEq(aim.balanceOf(address(attestations)), JOB_FEE);
        _expectRevert(abi.encodeWithSelector(IAttestations.Attestations_JobExists.selector, id));
        _commission(job);
    }

    function test_OnlyThePayerPays() public {
        Job memory job = _job();
        vm.prank(evaluator);
        _expectRevert(abi.encodeWithSelector(IAttestations.Attestations_NotPayer.selector, payer));
        attestations.commission(job);
    }

    function test_NeedsAnEvaluatorAndTimeToAnswer() public {
        Job memory job = _job();
        job.deadline = uint40(block.timestamp);
        _commission(job);
        job.deadline -= 1;
        _expectRevert(
            abi.encodeWithSelector(IAttestations.Attestations_TermsInvalid.selector, "deadline")
        );
        _commission(job);
        job = _job();
        job.evaluator = address(0);
        _expectRevert(
            abi.encodeWithSelector(IAttestations.Attestations_TermsInvalid.selector, "evaluator")
        );
        _commission(job);
    }

    /* CANCEL */

    function test_AnybodyGivesTheFeeBackAfterTheDeadline() public {
        Job memory job = _job();
        JobId id = _commission(job);
        vm.warp(job.deadline);
        _expectRevert(
            abi.encodeWithSelector(IAttestations.Attestations_AnswerPossible.selector, job.deadline)
        );
        attestations.cancel(job);
        vm.warp(uint256(job.deadline) + 1);
        vm.expectEmit(address(attestations));
        emit IAttestations.JobClosed(id, payer, JOB_FEE);
        vm.prank(stranger);
        attestations.cancel(job);
        assertJob(job, JobState.Refunded);
        assertEq(_credit(payer), JOB_FEE);
        _expectRevert(abi.encodeWithSelector(IAttestations.Attestations_JobNotOpen.selector, id));
        attestations.cancel(job);
    }

    /// @dev What was answered in time waits for its result, however long that takes.
    function test_AnAnsweredJobIsNotCancelled() public {
        (Job memory job,) = _answered();
        vm.warp(uint256(job.deadline) + 1000 days);
        _expectRevert(IAttestations.Attestations_JobNotOpen.selector);
        attestations.cancel(job);
    }

    /* ANSWER */

    function test_AnsweredInTheLastSecondAndNotAfter() public {
        Job memory job = _job();
        Result memory result = _result(job);
        _commission(job);
        vm.startPrank(evaluator);
        vm.warp(uint256(job.deadline) + 1);
        _expectRevert(
            abi.encodeWithSelector(IAttestations.Attestations_AnswerTooLate.selector, job.deadline)
        );
        attestations.answer(job, result);
        vm.warp(job.deadline);
        attestations.answer(job, result);
        assertJob(job, JobState.Answered);
        _expectRevert(IAttestations.Attestations_JobNotOpen.selector);
        attestations.answer(job, result);
    }

    function test_EveryTermIsTheJobs() public {
        Job memory job = _job();
        _commission(job);
        Result[8] memory wrong;
        for (uint256 i; i < 8; ++i) {
            wrong[i] = _result(job);
        }
        wrong[0].job = JobId.wrap(0);
        wrong[1].evaluator = payer;
        wrong[2].root = 0;
        wrong[3].suite = 0;
        wrong[4].token = address(usd);
        wrong[5].stake -= 1;
        wrong[6].arbitrator = evaluator;
        wrong[7].expiresAt -= 1;
        string[8] memory fields =
            ["job", "evaluator", "root", "suite", "token", "stake", "arbitrator", "expiresAt"];
        vm.startPrank(evaluator);
        for (uint256 i; i < 8; ++i) {
            _expectRevert(
                abi.encodeWithSelector(IAttestations.Attestations_AnswerDiffers.selector, fields[i])
            );
            attestations.answer(job, wrong[i]);
        }
        Result memory more = _result(job);
        more.stake += 1;
        attestations.answer(job, more);
    }

    function test_OnlyItsEvaluatorAnswers() public {
        Job memory job = _job();
        _commission(job);
        Result memory result = _result(job);
        vm.prank(stranger);
        _expectRevert(
            abi.encodeWithSelector(IAttestations.Attestations_NotEvaluator.selector, evaluator)
        );
        attestations.answer(job, result);
    }

    /* CLOSE */

    function test_AStandingAnswerIsPaid() public {
        (Job memory job, Result memory result) = _answered();
        ResultId id = attestations.resultIdOf(result);
        vm.warp(block.timestamp + CLAIM_TIME + 1);
        _expectRevert(abi.encodeWithSelector(IAttestations.Attestations_ResultPending.selector, id));
        attestations.closeJob(job, result);
        attestations.finish(result);
        vm.prank(stranger);
        attestations.closeJob(job, result);
        assertJob(job, JobState.Paid);
        assertEq(_credit(evaluator), STAKE + JOB_FEE);
        _expectRevert(IAttestations.Attestations_JobNotAnswered.selector);
        attestations.closeJob(job, result);
    }

    function test_AVoidedAnswerIsPaidBack() public {
        (Job memory job, Result memory result) = _answered();
        _hold(result);
        _expectRevert(IAttestations.Attestations_ResultPending.selector);
        attestations.closeJob(job, result);
        _resolve(result, Ruling.Upheld);
        attestations.closeJob(job, result);
        assertJob(job, JobState.Refunded);
        assertEq(_credit(payer), JOB_FEE);
    }

    /// @dev Another standing result of the same evaluator pays nobody.
    function test_OnlyTheAnswerClosesItsJob() public {
        (Job memory job,) = _answered();
        Result memory other = _result();
        _attest(other);
        vm.warp(block.timestamp + CLAIM_TIME + 1);
        attestations.finish(other);
        _expectRevert(IAttestations.Attestations_JobNotAnswered.selector);
        attestations.closeJob(job, other);
        other.job = attestations.jobIdOf(job);
        other.salt = "not posted";
        _expectRevert(IAttestations.Attestations_ResultPending.selector);
        attestations.closeJob(job, other);
    }

    function test_AnOpenJobIsNotClosed() public {
        Job memory job = _job();
        _commission(job);
        Result memory result = _result(job);
        _expectRevert(IAttestations.Attestations_JobNotAnswered.selector);
        attestations.closeJob(job, result);
    }
}
