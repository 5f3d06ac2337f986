// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {LibString} from "solady/utils/LibString.sol";
import {Multicallable} from "solady/utils/Multicallable.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";

import {IAdjudicated} from "../../interfaces/IAdjudicated.sol";
import {IAttestations} from "../../interfaces/IAttestations.sol";
import {
    Job,
    JobId,
    JobState,
    Result,
    ResultId,
    ResultRecord,
    ResultState
} from "../../interfaces/types/Attestations.sol";
import {Ruling} from "../../interfaces/types/Deals.sol";
import {Ledger} from "../ledger/Ledger.sol";

/// @notice Specified in IAttestations.
contract Attestations is IAttestations, Ledger, Multicallable {
    using SafeTransferLib for address;

    /* CONSTANTS */

    /// @dev abi.encode(Result, uint256): 12 words, all static.
    uint256 private constant WHAT_LENGTH = 12 * 32;

    /// @notice How long a result may be claimed against, in seconds.
    uint40 public constant CLAIM_TIME = 3 days;
    /// @notice How long a result may be claimed against at least after a claim was lost, in seconds.
    uint40 public constant CLAIM_AGAIN = 1 days;
    /// @notice Longest time after that in which a held result waits for a ruling, in seconds.
    uint40 public constant MAX_HOLD = 90 days;

    /* IMMUTABLES */

    /// @inheritdoc IAttestations
    address public immutable treasury;

    /// @inheritdoc IAttestations
    bytes32 public immutable domain = keccak256(abi.encode(block.chainid, address(this)));

    /* STORAGE */

    /// @inheritdoc IAttestations
    mapping(JobId job => JobState) public jobStateOf;

    mapping(ResultId result => ResultRecord) private _results;

    /* CONSTRUCTOR */

    constructor(address treasury_) {
        if (treasury_ == address(0)) _invalid("treasury");
        treasury = treasury_;
    }

    /* JOBS */

    /// @inheritdoc IAttestations
    function commission(Job calldata job) external returns (JobId id) {
        if (msg.sender != job.payer) revert Attestations_NotPayer(job.payer);
        if (job.evaluator == address(0)) _invalid("evaluator");
        if (block.timestamp > job.deadline) _invalid("deadline");
        id = jobIdOf(job);
        if (jobStateOf[id] != JobState.None) revert Attestations_JobExists(id);

        jobStateOf[id] = JobState.Open;
        emit JobCommissioned(id, job.evaluator, job.root, job);

        _pull(job.token, job.fee);
    }

    /// @inheritdoc IAttestations
    function cancel(Job calldata job) external {
        JobId id = jobIdOf(job);
        if (jobStateOf[id] != JobState.Open) revert Attestations_JobNotOpen(id);
        if (block.timestamp <= job.deadline) revert Attestations_AnswerPossible(job.deadline);
        _closeJob(id, job, JobState.Refunded, job.payer);
    }

    /// @inheritdoc IAttestations
    function closeJob(Job calldata job, Result calldata result) external {
        JobId id = jobIdOf(job);
        if (jobStateOf[id] != JobState.Answered || JobId.unwrap(result.job) != JobId.unwrap(id)) {
            revert Attestations_JobNotAnswered(id);
        }
        ResultId resultId = resultIdOf(result);
        ResultState state = _results[resultId].state;
        if (state == ResultState.Stood) return _closeJob(id, job, JobState.Paid, job.evaluator);
        if (state != ResultState.Voided) revert Attestations_ResultPending(resultId);
        _closeJob(id, job, JobState.Refunded, job.payer);
    }

    /* RESULTS */

    /// @inheritdoc IAttestations
    function attest(Result calldata result) external returns (ResultId) {
        if (JobId.unwrap(result.job) != 0) revert Attestations_IsAnswer();
        return _post(result);
    }

    /// @inheritdoc IAttestations
    function answer(Job calldata job, Result calldata result) external returns (ResultId) {
        JobId id = jobIdOf(job);
        if (jobStateOf[id] != JobState.Open) revert Attestations_JobNotOpen(id);
        if (block.timestamp > job.deadline) revert Attestations_AnswerTooLate(job.deadline);
        if (JobId.unwrap(result.job) != JobId.unwrap(id)) _differs("job");
        if (result.evaluator != job.evaluator) _differs("evaluator");
        if (result.root != job.root) _differs("root");
        if (result.suite != job.suite) _differs("suite");
        if (result.token != job.token) _differs("token");
        if (result.stake < job.stake) _differs("stake");
        if (result.arbitrator != job.arbitrator) _differs("arbitrator");
        if (result.expiresAt != job.expiresAt) _differs("expiresAt");

        jobStateOf[id] = JobState.Answered;
        return _post(result);
    }

    /// @inheritdoc IAttestations
    function finish(Result calldata result) external {
        (ResultId id, ResultRecord memory record) = _find(result);
        uint256 end = _end(record);
        if (record.state == ResultState.Held) {
            end += MAX_HOLD;
            if (block.timestamp <= end) revert Attestations_RulingOpen(end);
        } else {
            if (record.state != ResultState.Posted) revert Attestations_NotPosted(id);
            if (block.timestamp <= end) revert Attestations_ClaimsOpen(end);
        }
        _stand(id, result);
    }

    /* ADJUDICATION */

    /// @inheritdoc IAdjudicated
    function hold(bytes calldata what, address claimant) external {
        (Result calldata result, uint256 lost) = _adjudicated(what);
        (ResultId id, ResultRecord memory record) = _find(result);
        if (record.state != ResultState.Posted) revert Attestations_NotPosted(id);
        if (lost != record.lost) revert Attestations_ClaimsLost(record.lost);
        uint256 end = _end(record);
        if (block.timestamp > end) revert Attestations_ClaimTooLate(end);

        (record.state, record.claimant) = (ResultState.Held, claimant);
        _results[id] = record;
        emit ResultHeld(id, claimant, end + MAX_HOLD);
    }

    /// @inheritdoc IAdjudicated
    function resolve(bytes calldata what, Ruling ruling) external {
        (Result calldata result, uint256 lost) = _adjudicated(what);
        (ResultId id, ResultRecord memory record) = _find(result);
        if (record.state != ResultState.Held || lost != record.lost) {
            revert Attestations_NotHeld(id);
        }
        if (ruling == Ruling.None) return _stand(id, result);
        if (ruling == Ruling.Rejected) return _reopen(id, record);

        uint128 reward = result.stake / 2;
        _results[id].state = ResultState.Voided;
        _credit(record.claimant, 0, result.token, reward);
        _credit(treasury, 0, result.token, result.stake - reward);
        emit ResultVoided(id, record.claimant, reward);
    }

    /* VIEWS */

    /// @inheritdoc IAttestations
    function stands(Result calldata result) external view returns (bool whether, uint40 since) {
        (, ResultRecord memory record) = _find(result);
        since = record.since;
        whether = record.state == ResultState.Stood
            || (record.state == ResultState.Posted && block.timestamp > _end(record));
        if (result.expiresAt != 0 && block.timestamp > result.expiresAt) whether = false;
    }

    /// @inheritdoc IAttestations
    function resultOf(ResultId result) external view returns (ResultRecord memory) {
        return _results[result];
    }

    /// @inheritdoc IAttestations
    function jobIdOf(Job calldata job) public view returns (JobId) {
        return JobId.wrap(keccak256(abi.encode(domain, bytes32("Job"), job)));
    }

    /// @inheritdoc IAttestations
    function resultIdOf(Result calldata result) public view returns (ResultId) {
        return ResultId.wrap(keccak256(abi.encode(domain, bytes32("Result"), result)));
    }

    /* PRIVATE */

    function _post(Result calldata result) private returns (ResultId id) {
        if (msg.sender != result.evaluator) revert Attestations_NotEvaluator(result.evaluator);
        if (result.expiresAt != 0 && block.timestamp > result.expiresAt) _invalid("expiresAt");
        ResultRecord memory record;
        (id, record) = _find(result);
        if (record.state != ResultState.None) revert Attestations_ResultExists(id);

        _results[id] = ResultRecord(ResultState.Posted, uint40(block.timestamp), 0, 0, address(0));
        emit ResultPosted(id, result.root, result);

        _pull(result.token, result.stake);
    }

    function _stand(ResultId id, Result calldata result) private {
        _results[id].state = ResultState.Stood;
        _credit(result.evaluator, 0, result.token, result.stake);
        emit ResultStood(id, result.stake);
    }

    /// @dev A lost claim may have been made in order to lose, so there is time for another.
    function _reopen(ResultId id, ResultRecord memory record) private {
        uint256 end = FixedPointMathLib.max(_end(record), block.timestamp + CLAIM_AGAIN);
        record.later = uint32(end - record.since - CLAIM_TIME);
        record.lost += 1;
        (record.state, record.claimant) = (ResultState.Posted, address(0));
        _results[id] = record;
        emit ResultReopened(id, record.lost, uint40(end));
    }

    function _closeJob(JobId id, Job calldata job, JobState state, address payee) private {
        jobStateOf[id] = state;
        _credit(payee, 0, job.token, job.fee);
        emit JobClosed(id, payee, job.fee);
    }

    function _find(Result calldata result)
        private
        view
        returns (ResultId id, ResultRecord memory record)
    {
        id = resultIdOf(result);
        record = _results[id];
    }

    /// @dev Last second in which it may be claimed against.
    function _end(ResultRecord memory record) private pure returns (uint256) {
        return uint256(record.since) + CLAIM_TIME + record.later;
    }

    /// @dev The result that an adjudicator names, which must be the result's own, and which of its claims.
    function _adjudicated(bytes calldata what)
        private
        view
        returns (Result calldata result, uint256 lost)
    {
        if (what.length != WHAT_LENGTH) _invalid("data");
        assembly ("memory-safe") {
            result := what.offset
            lost := calldataload(add(what.offset, sub(WHAT_LENGTH, 32)))
        }
        if (msg.sender != result.arbitrator) revert Attestations_NotArbitrator(msg.sender);
    }

    function _pull(address token, uint256 amount) private {
        if (amount == 0) return;
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = token.balanceOf(address(this)) - before;
        if (received != amount) revert Attestations_TokenShort(amount, received);
    }

    function _differs(bytes32 field) private pure {
        revert Attestations_AnswerDiffers(LibString.fromSmallString(field));
    }

    function _invalid(bytes32 field) private pure {
        revert Attestations_TermsInvalid(LibString.fromSmallString(field));
    }
}
