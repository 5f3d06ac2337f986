// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ModelId} from "./Ids.sol";

/// @dev keccak256 of the chain id, this contract and the bond.
type BondId is bytes32;

/// @notice A stake behind a promise. Every bond promises that the version's artifact is what it was promised to be. One with a
/// suite promises a score as well; one with an arbitrator and no suite, that the listing infringes nobody's rights.
/// Immutable: its id is its hash.
/// @param guarantor Who stakes, and who has what is left.
/// @param model Whose version it speaks of; the guarantor need not be its owner.
/// @param version The version that the promise is about.
/// @param token What is staked. Only orders paid in it are compensated, and only results staked on in it count.
/// @param until Last second of the bond; the stake stands for 14 days more at least.
/// @param suite SHA-256 of the manifest of the suite that is promised a score; zero: none.
/// @param threshold The score, in billionths: 970,000,000 is 0.97.
/// @param atMost Whether the score is the most that is promised; else the least.
/// @param minStake Least that an evaluator has staked on a result that counts, in the token's smallest unit.
/// @param arbitrator Who judges: the claims against results that count, or the claim that the listing infringes. The
/// address of a claims' contract.
/// @param salt Tells apart bonds that are otherwise the same.
struct Bond {
    address guarantor;
    ModelId model;
    uint16 version;
    address token;
    uint40 until;
    bytes32 suite;
    int128 threshold;
    bool atMost;
    uint128 minStake;
    address arbitrator;
    bytes32 salt;
}

/// @notice Standing: staked. Held: a claim that the listing infringes waits for a ruling. Broken: the promise was, and buyers
/// are compensated. Ended: taken back or closed.
enum BondState {
    None,
    Standing,
    Held,
    Broken,
    Ended
}

/// @notice What broke a promise: the proof of wrong content, a result that stands, or a claim that was upheld.
enum Breach {
    Content,
    Score,
    Rights
}

/// @notice A bond as stored.
/// @param state Where it stands; None where there is no such bond.
/// @param contests How many results against it are not decided: none may be, to take the stake back.
/// @param holds How often it was held: what the next claim's `what` counts.
/// @param since Held: from when. Broken, or ended after that: the last second of purchases that are compensated.
/// @param brokenAt When it was broken; zero where it never was.
/// @param stake What is there: the stake, or once broken what is left for buyers.
/// @param claimant Who claimed last that the listing infringes; nobody where nobody did.
struct BondRecord {
    BondState state;
    uint16 contests;
    uint24 holds;
    uint40 since;
    uint40 brokenAt;
    uint128 stake;
    address claimant;
}
