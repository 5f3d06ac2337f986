// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Deal,
    DealId,
    KeyRequest,
    Listing,
    ListingId,
    RequestId
} from "../../interfaces/types/Listings.sol";

/// @title Ids of listings, deals and key requests: hashes of their content
/// @dev A struct in calldata is hashed as it came, as in `MarketIds`: that is its ABI encoding unless an upper bit is
/// dirty, and such an id is never made, because the event that tells of it refuses to encode it. No two kinds have one
/// length.
library SecondaryIds {
    uint256 private constant LISTING_SIZE = 21 * 32;
    uint256 private constant DEAL_SIZE = 8 * 32;
    uint256 private constant REQUEST_SIZE = 16 * 32;

    function listingId(bytes32 domain, Listing calldata listing)
        internal
        pure
        returns (ListingId id)
    {
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore(buffer, domain)
            calldatacopy(add(buffer, 0x20), listing, LISTING_SIZE)
            id := keccak256(buffer, add(0x20, LISTING_SIZE))
        }
    }

    function dealId(bytes32 domain, ListingId listing, Deal calldata deal)
        internal
        pure
        returns (DealId id)
    {
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore(buffer, domain)
            mstore(add(buffer, 0x20), listing)
            calldatacopy(add(buffer, 0x40), deal, DEAL_SIZE)
            id := keccak256(buffer, add(0x40, DEAL_SIZE))
        }
    }

    function requestId(bytes32 domain, KeyRequest calldata request)
        internal
        pure
        returns (RequestId id)
    {
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore(buffer, domain)
            calldatacopy(add(buffer, 0x20), request, REQUEST_SIZE)
            id := keccak256(buffer, add(0x20, REQUEST_SIZE))
        }
    }
}
