// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ModelId} from "./Ids.sol";
import {Point} from "./Keys.sol";

/// @notice The terms of a sale. Immutable: its id is their hash.
/// @param seller Who owned the model when it opened; it sells only while they
/// still do.
/// @param model Whose version is sold.
/// @param version The version whose key is delivered and the first that a licence reaches.
/// @param lastVersion The last that a licence reaches; `MAX_VERSION` for all that follow on the key
/// line.
/// @param transferable Whether a settled licence can be transferred.
/// @param scheme Delivery scheme of the version.
/// @param line Key line A of the version.
/// @param token Payment token, allowed by governance.
/// @param price In the token's smallest unit.
/// @param deliveryFee Paid by the buyer on top, to whoever delivers; in the token's smallest unit,
/// at most the token's cap.
/// @param payout Who is credited, under `payoutAccount`.
/// @param payoutAccount Tells apart what one payee is owed: a split's id, or zero for the payee's
/// own.
/// @param deliveryTime Seconds from purchase within which the seller should deliver.
/// @param gracePeriod Seconds after that in which a delivery still counts. A refund is possible
/// only afterwards.
/// @param inspection Seconds after delivery in which the buyer holds the money back; zero pays at
/// delivery.
/// @param arbitrator ERC-792 arbitrator of the inspection window; frozen with the order.
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
    uint16 scheme;
    Point line;
    address token;
    uint128 price;
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

/// @notice What a buyer signs up to.
/// @param key The buyer's point X = x*H, made for this order alone.
/// @param maxTotal Most that may be taken: price and delivery fee, in the token's smallest unit.
/// @param txDeadline Last second at which the purchase may be mined.
/// @param salt Tells apart purchases that are otherwise the same; each is used once.
struct Purchase {
    Point key;
    uint128 maxTotal;
    uint40 txDeadline;
    bytes32 salt;
}

/// @notice A purchase as frozen. Its id commits to it and to the offer, and stands across re-orgs.
/// @param buyer Who paid and is refunded.
/// @param recipient Who receives the licence.
/// @param key The point X of the purchase, which the line's key is delivered for.
/// @param price What the seller is owed before the protocol's fee; in the token's smallest unit.
/// @param protocolFee Share of `price` that is the protocol's, by the rate at the time of purchase.
/// @param salt The buyer's.
struct Order {
    address buyer;
    address recipient;
    Point key;
    uint128 price;
    uint128 protocolFee;
    bytes32 salt;
}
