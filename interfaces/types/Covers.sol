// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Bps, ModelId} from "./Ids.sol";

/// @notice What a pool has, now.
/// @param assets What the depositors have, premiums earned so far among it; in the asset's smallest unit.
/// @param locked What running covers could take of it; the rest may be withdrawn.
/// @param impaired How much of what is locked stands behind bonds that are known to be in doubt.
/// @param yearly What the running covers pay in premiums, by the year.
struct PoolBooks {
    uint256 assets;
    uint256 locked;
    uint256 impaired;
    uint256 yearly;
}

/// @notice What a pool insures of a bond, as stored.
/// @param exposure What covers of it could take, until `end`.
/// @param limit Most that they may come to, by the curator, from `raisedAt` on.
/// @param rate Premium of a year as a share of the cover, while nothing else is locked; from `raisedAt` on.
/// @param raisedAt From when limit and rate hold.
/// @param impaired Whether the bond is known to be in doubt: who leaves is paid as if its covers were.
/// @param limitBefore Until `raisedAt`: the lower of what was and what comes.
/// @param rateBefore Until `raisedAt`: the higher of what was and what comes.
/// @param model The bond's.
/// @param version The bond's.
/// @param until The bond's: it is insured until then.
/// @param end From then on its covers pay nothing and lock nothing; zero where the bond was never insured.
struct Insured {
    uint96 exposure;
    uint96 limit;
    Bps rate;
    uint40 raisedAt;
    bool impaired;
    uint96 limitBefore;
    Bps rateBefore;
    ModelId model;
    uint16 version;
    uint40 until;
    uint40 end;
}

/// @notice What insures an order.
/// @param amount Most that it pays, in the asset's smallest unit; zero where there is none or it has paid.
/// @param start What broke the bond must have become known then or later.
struct Cover {
    uint128 amount;
    uint40 start;
}

/// @notice Shares that a depositor asked to redeem.
/// @param shares How many; they are not transferred meanwhile.
/// @param opensAt First second in which they may be redeemed.
struct Request {
    uint208 shares;
    uint40 opensAt;
}
