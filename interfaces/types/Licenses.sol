// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ModelId} from "./Ids.sol";

/// @notice Pending: paid for, key not yet delivered. Active: delivered, the deal may still end.
/// Settled: final, transferable where the grant says so. Burned: refunded; the id is never used
/// again.
enum LicenseState {
    None,
    Pending,
    Active,
    Settled,
    Burned
}

/// @notice What a licence gives access to: versions `firstVersion` to `lastVersion` of a model,
/// both included.
/// @param model Whose versions.
/// @param firstVersion The version that was bought.
/// @param lastVersion The last one reached; 4,095 for all that follow on the key line.
/// @param transferable Whether it can be transferred once it is settled.
struct Grant {
    ModelId model;
    uint16 firstVersion;
    uint16 lastVersion;
    bool transferable;
}

/// @notice A licence as stored.
/// @param state Where it stands; None where there is no such licence.
/// @param grant What it gives access to.
/// @param time Pending: when it was bought. Later: the last second of access; without an end, 2^35 more than when it was
/// bought, a second that nobody sees.
struct LicenseRecord {
    LicenseState state;
    Grant grant;
    uint40 time;
}
