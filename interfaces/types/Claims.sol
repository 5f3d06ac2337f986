// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ruling} from "./Deals.sol";

/// @dev keccak256 of the chain id, the claims' contract and the claim.
type ClaimId is bytes32;

/// @notice What somebody says of a deal: that it should end as if they were right. Its id is its hash.
/// @param target The deal's contract, an IAdjudicated.
/// @param claimant Who says so, deposits, and is heard by the deal.
/// @param what The deal, as its contract encodes it.
struct Claim {
    address target;
    address claimant;
    bytes what;
}

/// @notice Open: it stands unless somebody opposes it. Opposed: before the arbitrator. Ruled: the arbitrator has ruled.
/// Concluded: its deposit is somebody's. Executed: the deal was told, too.
enum ClaimState {
    None,
    Open,
    Opposed,
    Ruled,
    Concluded,
    Executed
}

/// @notice A claim as stored.
/// @param state Where it stands; None where there is no such claim.
/// @param ruling Upheld, Rejected, or None as long as there is none. Opposed: what stood when it was appealed last.
/// @param deadline Open: last second to oppose it. Opposed: last second in which only a ruling ends it.
/// @param deposit What the claimant left, in wei; zero once it is concluded.
/// @param opposer Who opposed it; nobody where nobody did.
/// @param dispute The arbitrator's number for it; zero where nobody opposed it.
struct ClaimRecord {
    ClaimState state;
    Ruling ruling;
    uint40 deadline;
    uint128 deposit;
    address opposer;
    uint96 dispute;
}
