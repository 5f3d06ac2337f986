// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Bps} from "./Ids.sol";

/// @notice How a price moves. Shares are millionths: of the offer's price, and `rise` of what a sale took.
/// @param startAt When it begins to fall, in seconds since 1970; until then an offer's first price stands.
/// @param halfLife Seconds in which half of what is above the floor goes. Zero: it does not fall.
/// @param floor What it never falls below, rounded up: 1,000,000 exactly where it does not fall.
/// @param rise By how much each sale raises it.
/// @param cap What no sale raises it above, 1,000,000 at least; zero where there is no such limit.
/// @param referral The share of the price for whom a buyer names as referrer, up to a half.
struct MovingTerms {
    uint40 startAt;
    uint32 halfLife;
    uint32 floor;
    uint32 rise;
    uint32 cap;
    Bps referral;
}
