// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Bps, ModelId} from "./Ids.sol";
import {Point} from "./Keys.sol";

/// @notice The terms of a sale. Immutable: its id is their hash.
/// @param seller Who owned the model when it opened; it sells only while they
/// still do.
/// @param model Whose version is sold.
/// @param version The version whose key is delivered and the first that a licence reaches.
/// @param lastVersion The last that a licence reaches; `MAX_VERSION` for all that follow on the key
/// line.
/// @param transferable Whether a settled licence can be transferred.
/// @param line Key line A of the version.
/// @param token Payment token, allowed by governance.
/// @param price In the token's smallest unit; a rule may quote another.
/// @param rule An IPriceRule that quotes the price of each purchase; zero where it is fixed.
/// @param ruleData What the rule is told: its parameters for this offer.
/// @param deliveryFee Paid by the buyer on top, to whoever delivers; in the token's smallest unit,
/// at most the token's cap.
/// @param payout Who is credited, under `payoutAccount`.
/// @param payoutAccount Tells apart what one payee is owed: a split's id, or zero for the payee's
/// own.
/// @param deliveryTime Seconds from purchase within which the seller should deliver.
/// @param gracePeriod Seconds after that in which a delivery still counts. A refund is possible
/// only afterwards.
/// @param inspection Seconds after delivery in which the price stays in escrow; zero pays at
/// delivery.
/// @param arbitrator Who may hold the money of an inspection for the buyer and rules then; zero
/// where nobody may.
/// @param duration Seconds of access from delivery; zero is perpetual.
/// @param expiresAt Last second of the offer; zero is none.
/// @param supply How many licences it sells at most; zero is unlimited.
/// @param salt Tells apart offers with the same terms.
struct Offer {
    address seller;
    ModelId model;
    uint16 version;
    uint16 lastVersion;
    bool transferable;
    Point line;
    address token;
    uint128 price;
    address rule;
    bytes32 ruleData;
    uint128 deliveryFee;
    address payout;
    bytes32 payoutAccount;
    uint32 deliveryTime;
    uint32 gracePeriod;
    uint32 inspection;
    address arbitrator;
    uint32 duration;
    uint40 expiresAt;
    uint32 supply;
    bytes32 salt;
}

/// @notice What an adjudicator found of a claim: nothing, that it is right, or that it is wrong.
enum Ruling {
    None,
    Upheld,
    Rejected
}

/// @notice What a buyer signs up to.
/// @param key The buyer's point X = x*H, made for this order alone.
/// @param maxTotal Most that may be taken: price and delivery fee, in the token's smallest unit.
/// @param protocolRate The protocol's share of the price, as in `tokenPolicy`. Another at the time
/// of purchase reverts: it would make another order of the same purchase.
/// @param txDeadline Last second at which the purchase may be mined.
/// @param salt Tells apart purchases that are otherwise the same; each is used once, unless a rule
/// moves the price.
struct Purchase {
    Point key;
    uint128 maxTotal;
    Bps protocolRate;
    uint40 txDeadline;
    bytes32 salt;
}

/// @notice A purchase as frozen. Its id commits to it and to the offer, and stands across re-orgs.
/// @param buyer Who paid and is refunded.
/// @param recipient Who receives the licence.
/// @param referrer Who is credited `referral` when the seller is paid; zero where there is none.
/// @param referral Share of `price` that is the referrer's; at most half.
/// @param key The point X of the purchase, which the line's key is delivered for.
/// @param price What the seller is owed before the protocol's fee and the referral; in the token's
/// smallest unit.
/// @param protocolFee Share of `price` that is the protocol's, by the rate at the time of purchase.
/// @param salt The buyer's.
struct Order {
    address buyer;
    address recipient;
    address referrer;
    uint128 referral;
    Point key;
    uint128 price;
    uint128 protocolFee;
    bytes32 salt;
}
