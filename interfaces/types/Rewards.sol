// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Bps} from "./Ids.sol";

/// @notice What of a sale's protocol fee comes back, in shares of that fee. At their highest all shares together are
/// at most `MAX_SHARE`.
/// @param buyer The share of who paid.
/// @param payee The share of whom the sale paid.
/// @param early By how much of themselves both shares are higher until `earlyFrom`: 10,000 doubles them. Then it
/// falls evenly, to nothing at `earlyUntil`.
/// @param frequent The share on top for a buyer who paid `frequentAt` in fees; it grows evenly with what they
/// paid before.
/// @param frequentAt In wei of AIM: fees of claimed orders in this season, from which on `frequent` is whole. Zero: at
/// once.
/// @param earlyFrom When `early` begins to fall, in seconds since 1970.
/// @param earlyUntil When nothing of it is left.
struct RebateRates {
    Bps buyer;
    Bps payee;
    Bps early;
    Bps frequent;
    uint96 frequentAt;
    uint40 earlyFrom;
    uint40 earlyUntil;
}
