// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @dev keccak256 of the chain id, the attestations' contract, the type's name and the job.
type JobId is bytes32;

/// @dev keccak256 of the chain id, the attestations' contract, the type's name and the result.
type ResultId is bytes32;

/// @notice What somebody pays for: that an evaluator measures a content by a suite and stakes on the result. Its id is
/// its hash.
/// @param payer Who pays, and has the fee back where no result comes or stands.
/// @param evaluator Who may answer.
/// @param root Root of the plaintext that is measured: what a version commits to, whoever sells it.
/// @param suite SHA-256 of the suite's manifest.
/// @param token What fee and stake are paid in.
/// @param fee For a result that stands, in the token's smallest unit.
/// @param stake Least that the evaluator stakes, in the token's smallest unit.
/// @param deadline Last second to answer.
/// @param expiresAt Last second for which the result has to stand; zero: for ever.
/// @param arbitrator Who judges claims against the result; the address of a claims' contract.
/// @param salt Tells apart jobs that are otherwise the same; each is made once.
struct Job {
    address payer;
    address evaluator;
    bytes32 root;
    bytes32 suite;
    address token;
    uint128 fee;
    uint128 stake;
    uint40 deadline;
    uint40 expiresAt;
    address arbitrator;
    bytes32 salt;
}

/// @notice What an evaluator says of a content, and stakes on. Its id is its hash.
/// @param evaluator Who says so and stakes.
/// @param root Root of the plaintext that was measured.
/// @param suite SHA-256 of the suite's manifest.
/// @param value What the suite measures, in billionths: 970,000,000 is 0.97. What a tolerance is, the suite says.
/// @param report SHA-256 of the report.
/// @param token What is staked.
/// @param stake How much, in the token's smallest unit.
/// @param arbitrator Who judges claims against it; zero where nobody can claim, so that it is worth its evaluator's word.
/// @param expiresAt Last second for which it stands; zero: for ever.
/// @param job The job that it answers; zero: none.
/// @param salt Tells apart results that are otherwise the same; each is made once.
struct Result {
    address evaluator;
    bytes32 root;
    bytes32 suite;
    int128 value;
    bytes32 report;
    address token;
    uint128 stake;
    address arbitrator;
    uint40 expiresAt;
    JobId job;
    bytes32 salt;
}

/// @notice Open: paid for. Answered: there is a result. Paid: the evaluator has the fee. Refunded: the payer has it back.
enum JobState {
    None,
    Open,
    Answered,
    Paid,
    Refunded
}

/// @notice Posted: anybody may claim against it for three days, and for one more after a claim was lost; after that it
/// stands. Held: claimed. Stood: it stands, and its stake went back. Voided: a claim against it was upheld.
enum ResultState {
    None,
    Posted,
    Held,
    Stood,
    Voided
}

/// @notice A result as stored.
/// @param state Where it stands; None where there is no such result.
/// @param since When it was posted.
/// @param later By how much lost claims put off the end of the three days, in seconds.
/// @param lost How many claims against it were lost.
/// @param claimant Who claims or claimed against it; nobody where nobody did, or lost.
struct ResultRecord {
    ResultState state;
    uint40 since;
    uint32 later;
    uint16 lost;
    address claimant;
}
