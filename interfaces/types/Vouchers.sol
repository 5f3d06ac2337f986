// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Bps, OfferId} from "./Ids.sol";

/// @notice What a seller, or the key that their offer names, signs: another price for who shows it.
/// @param market Where it may be used.
/// @param offer The one offer it is for.
/// @param buyer Who alone may use it; zero: anybody.
/// @param price What a purchase costs, in the smallest unit of the offer's token; zero with a discount.
/// @param discount Instead of a price: how much less than the offer's price, at most 10,000.
/// @param uses How many purchases it is good for; zero: any number.
/// @param usesEach How many of one buyer; zero: any number. An account is as easily made as a key pair.
/// @param expiresAt Its last second, since 1970; zero: none.
/// @param referral The share of the price for whom the buyer names as referrer, at most 5,000.
/// @param epoch The seller's when it was signed: `revokeAll` begins another.
/// @param salt Makes two that say the same differ.
struct Voucher {
    address market;
    OfferId offer;
    address buyer;
    uint128 price;
    Bps discount;
    uint32 uses;
    uint32 usesEach;
    uint40 expiresAt;
    Bps referral;
    uint256 epoch;
    bytes32 salt;
}

/// @notice What became of a voucher at its market.
/// @param used By how many purchases; not counted where any number is allowed.
/// @param revoked Whether its seller revoked it.
struct VoucherRecord {
    uint32 used;
    bool revoked;
}
