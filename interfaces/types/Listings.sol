// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Bps, LicenseId, ModelId} from "./Ids.sol";
import {Point} from "./Keys.sol";

/// @dev keccak256 of the domain and the listing: changing a term makes another listing.
type ListingId is bytes32;

/// @dev keccak256 of the domain, the listing's id and the deal. The request id of its key's delivery.
type DealId is bytes32;

/// @dev keccak256 of the domain and the key request. The request id of its key's delivery.
type RequestId is bytes32;

/// @notice What the holder of a licence asks for a key that they lack: theirs is on another line, with
/// somebody before them, or lost. Its id is its hash.
/// @param asker Who has access by the licence, pays, and is refunded.
/// @param license The licence.
/// @param model Whose version.
/// @param version The version whose key is asked for.
/// @param line Key line A of the version.
/// @param held Whose key may be passed on beside the seller's delivery: the id of a proven `HeldKey` of the line; zero:
/// nobody's.
/// @param key The asker's point X = x*H, made for this request alone.
/// @param passKey The asker's point x'*Z of the held key, by a secret of its own; two zeros where `held` is zero.
/// @param token Payment token, allowed by the market.
/// @param fee For whoever delivers; in the token's smallest unit, at most the market's cap of a delivery fee.
/// @param deliveryTime Seconds from the request within which it should be answered.
/// @param gracePeriod Seconds after that in which an answer still counts. A refund is possible only afterwards.
/// @param salt Tells apart requests that are otherwise the same; each is made once.
struct KeyRequest {
    address asker;
    LicenseId license;
    ModelId model;
    uint16 version;
    Point line;
    bytes32 held;
    Point key;
    Point passKey;
    address token;
    uint128 fee;
    uint32 deliveryTime;
    uint32 gracePeriod;
    bytes32 salt;
}

/// @notice Where a key request stands.
/// @param None There is no such request.
enum RequestState {
    None,
    Pending,
    Answered,
    Refunded
}

/// @notice A key request as stored.
/// @param state Where it stands; None where there is no such request.
/// @param since When it was made.
struct RequestRecord {
    RequestState state;
    uint40 since;
}

/// @notice The terms on which a holder sells a licence, or lets somebody use it for a time. Immutable: its id is
/// its hash.
/// @param holder Who owns the licence, before and at the delivery, and is paid.
/// @param license The licence: settled, transferable.
/// @param model Whose version; the licence's.
/// @param version The version whose key is delivered; in the licence's range.
/// @param line Key line A of the version.
/// @param held The id of the proven `HeldKey` that the holder passes on; zero: only the seller delivers.
/// @param token Payment token, allowed by the market.
/// @param price In the token's smallest unit; of a sale in all, of a rental for each second.
/// @param deposit What a renter leaves beside the rent; zero in a sale.
/// @param minTime Least seconds of a rental. They are paid in full whenever it ends: the price of the key.
/// @param maxTime Most seconds of a rental with all its extensions; zero: the licence is sold.
/// @param deliveryFee Paid by the taker on top, to whoever delivers; in the token's smallest unit, at most the market's
/// cap.
/// @param deliveryTime Seconds from taking within which the key should be delivered.
/// @param gracePeriod Seconds after that in which a delivery still counts. A refund is possible only afterwards.
/// @param arbitrator Who may hold a deposit for the holder and rules then; zero where there is none.
/// @param royalty The maker's share of what the holder earns: the model's, which never changes.
/// @param royaltyPayout Who is credited the royalty, under `royaltyAccount`: the payee that the version's record names.
/// Zero where it names none, and the model's owner at that time is credited.
/// @param royaltyAccount As in an offer's `payoutAccount`.
/// @param expiresAt Last second at which it can be taken; within `MAX_LISTING` of its opening.
/// @param salt Tells apart listings with the same terms; each is opened once.
struct Listing {
    address holder;
    LicenseId license;
    ModelId model;
    uint16 version;
    Point line;
    bytes32 held;
    address token;
    uint128 price;
    uint128 deposit;
    uint32 minTime;
    uint32 maxTime;
    uint128 deliveryFee;
    uint32 deliveryTime;
    uint32 gracePeriod;
    address arbitrator;
    Bps royalty;
    address royaltyPayout;
    bytes32 royaltyAccount;
    uint40 expiresAt;
    bytes32 salt;
}

/// @notice Whether a listing can be taken. Closed: its licence was sold, or its holder took it back.
enum ListingState {
    None,
    Open,
    Closed
}

/// @notice What a taker signs up to. Its id commits to it and to the listing.
/// @param taker Who pays, is refunded, and receives the licence or its use.
/// @param key The taker's point X = x*H, made for this deal alone: for a delivery by the seller.
/// @param passKey The taker's point x'*Z of the listing's held key, by a secret of its own; two zeros where the listing
/// names none.
/// @param time Seconds of a rental; zero in a sale.
/// @param usedUntil Of a sale: latest last second of somebody else's use of the licence that the taker accepts; zero: it
/// must be free. It is looked at when the key is delivered. Zero in a rental, whose licence must be free.
/// @param salt Tells apart deals that are otherwise the same; each is made once.
struct Deal {
    address taker;
    Point key;
    Point passKey;
    uint32 time;
    uint40 usedUntil;
    bytes32 salt;
}

/// @notice Where a deal stands. Pending: paid for, key not yet delivered. Running: a rental from its delivery until it
/// is closed. Held: its arbitrator holds the deposit. Closed: sold, or rented and ended. Refunded: never delivered.
enum DealState {
    None,
    Pending,
    Running,
    Held,
    Closed,
    Refunded
}

/// @notice A deal as stored.
/// @param state Where it stands; None where there is no such deal.
/// @param protocolRate The protocol's share of what the holder earns, by the market's rate when it was taken.
/// @param since Pending: when it was taken. Later: when the key was delivered and the use began.
/// @param endsAt Of a rental: last second of the use; earlier once it was ended early.
/// @param collectedAt Of a rental: until when the holder was credited its rent.
struct DealRecord {
    DealState state;
    Bps protocolRate;
    uint40 since;
    uint40 endsAt;
    uint40 collectedAt;
}
