// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAdjudicated} from "./IAdjudicated.sol";
import {ILedger} from "./ILedger.sol";
import {Job, JobId, JobState, Result, ResultId, ResultRecord} from "./types/Attestations.sol";

/// @title What evaluators measured, and staked on
/// @notice An evaluator says what a suite gives for a content, and stakes. For three days anybody may have it claimed
/// against by the arbitrator that the result names, and for a day more after each claim that was lost; what nobody claims
/// against any more stands until it expires. Results speak of a plaintext's root, not of a listing.
/// @dev Nobody registers as an evaluator, and no token, suite or arbitrator is on a list: who relies on a result (a bond, a page)
/// says which evaluators, tokens, stakes and arbitrators it accepts. A token's money is that token's alone.
/// A result is held under `abi.encode(result, lost)`, where `lost` is how many claims against it were lost: no ruling
/// counts for a later claim.
interface IAttestations is ILedger, IAdjudicated {
    /// @notice Somebody pays for a result.
    event JobCommissioned(
        JobId indexed job, address indexed evaluator, bytes32 indexed root, Job terms
    );

    /// @notice The job is over: its fee was credited.
    /// @param payee The evaluator where the result stands, else the payer.
    event JobClosed(JobId indexed job, address indexed payee, uint128 fee);

    /// @notice An evaluator has staked on a result.
    event ResultPosted(ResultId indexed result, bytes32 indexed root, Result terms);

    /// @notice A result is claimed against, and waits for a ruling.
    /// @param until From then on it stands by anybody's call, where there was no ruling.
    event ResultHeld(ResultId indexed result, address indexed claimant, uint256 until);

    /// @notice A claim against a result was lost: it may be claimed against again.
    /// @param lost How many were lost by now.
    /// @param until Last second to do so.
    event ResultReopened(ResultId indexed result, uint16 lost, uint40 until);

    /// @notice A result stands, and its stake was credited to its evaluator.
    event ResultStood(ResultId indexed result, uint128 stake);

    /// @notice A claim against a result was upheld: half of its stake was credited to the claimant, the rest to the treasury.
    event ResultVoided(ResultId indexed result, address indexed claimant, uint128 reward);

    /// @notice Only {payer} may pay for this job, who it says does: choose that account.
    error Attestations_NotPayer(address payer);

    /// @notice Only {evaluator} may state this result: choose that account.
    error Attestations_NotEvaluator(address evaluator);

    /// @notice Only the arbitrator of this result may do that, not {caller}: choose its account.
    error Attestations_NotArbitrator(address caller);

    /// @notice A term has no possible value: {field}.
    error Attestations_TermsInvalid(string field);

    /// @notice The token delivered {received:amount} of {expected:amount}: tokens that take a cut of
    /// transfers cannot be staked.
    error Attestations_TokenShort(uint256 expected, uint256 received);

    /// @notice This exact job was made before: pay for it again with another salt.
    error Attestations_JobExists(JobId job);

    /// @notice This exact result was stated before: state it again with another salt.
    error Attestations_ResultExists(ResultId result);

    /// @notice The job is not open, it is answered, over or unknown: look at its state.
    error Attestations_JobNotOpen(JobId job);

    /// @notice The job has no answer to close it by, or is over: look at its state.
    error Attestations_JobNotAnswered(JobId job);

    /// @notice The result is not what the job asks for: {field} differs.
    error Attestations_AnswerDiffers(string field);

    /// @notice The job could be answered until {deadline:time}: wait for another.
    error Attestations_AnswerTooLate(uint40 deadline);

    /// @notice The job may be answered until {deadline:time}: cancel it after that.
    error Attestations_AnswerPossible(uint40 deadline);

    /// @notice The result answers a job: hand it in as the answer.
    error Attestations_IsAnswer();

    /// @notice The result can be claimed against no more, it is held, over or unknown: look at its state.
    error Attestations_NotPosted(ResultId result);

    /// @notice {lost} claims against the result were lost by now: claim with that number.
    error Attestations_ClaimsLost(uint16 lost);

    /// @notice The result is not held: look at its state.
    error Attestations_NotHeld(ResultId result);

    /// @notice The time to claim against the result ended at {end:time}: measure it anew, and state what
    /// you got.
    error Attestations_ClaimTooLate(uint256 end);

    /// @notice The result may be claimed against until {end:time}: finish it after that.
    error Attestations_ClaimsOpen(uint256 end);

    /// @notice The arbitrator may rule until {end:time}: finish the result after that.
    error Attestations_RulingOpen(uint256 end);

    /// @notice The result has neither stood nor been voided yet: finish it first.
    error Attestations_ResultPending(ResultId result);

    /// @notice Pays for a result: the fee waits here.
    /// @custom:doing commission a result
    function commission(Job calldata job) external returns (JobId id);

    /// @notice Gives the fee of a job back that nobody answered in time. Permissionless.
    /// @custom:doing cancel a job
    function cancel(Job calldata job) external;

    /// @notice States a result that answers no job, and stakes on it.
    /// @custom:doing attest a result
    function attest(Result calldata result) external returns (ResultId id);

    /// @notice States the result that a job asks for, and stakes on it.
    /// @dev A result of more stake than the job asks for will do; all else is as it says.
    /// @custom:doing answer a job
    function answer(Job calldata job, Result calldata result) external returns (ResultId id);

    /// @notice Gives the stake back of a result that nobody claimed against, or on which nobody ruled: it stands.
    /// Permissionless, once it can be claimed against no more, or 90 days later where it is held.
    /// @dev It stands as well without this call: see `stands`.
    /// @custom:doing finish a result
    function finish(Result calldata result) external;

    /// @notice Credits the fee of an answered job: to the evaluator where the result stood, to the payer where it was
    /// voided. Permissionless.
    /// @custom:doing close a job
    function closeJob(Job calldata job, Result calldata result) external;

    /// @notice Whether a result stands now: it could be claimed against, or was, in vain, and it has not
    /// expired.
    /// @return whether It does.
    /// @return since When it was posted; zero where there is no such result.
    function stands(Result calldata result) external view returns (bool whether, uint40 since);

    /// @notice The result as stored.
    function resultOf(ResultId result) external view returns (ResultRecord memory);

    /// @notice Where a job stands.
    function jobStateOf(JobId job) external view returns (JobState);

    /// @notice keccak256(abi.encode(domain, bytes32("Job"), job)).
    function jobIdOf(Job calldata job) external view returns (JobId);

    /// @notice keccak256(abi.encode(domain, bytes32("Result"), result)).
    function resultIdOf(Result calldata result) external view returns (ResultId);

    /// @notice Who is credited with half of the stake of a voided result.
    function treasury() external view returns (address);

    /// @notice keccak256(abi.encode(chain id, this contract)), at deployment.
    function domain() external view returns (bytes32);
}
