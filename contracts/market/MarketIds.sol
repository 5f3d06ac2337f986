// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Offer, Order} from "../../interfaces/types/Deals.sol";
import {OfferId, OrderId} from "../../interfaces/types/Ids.sol";

/// @title Ids of offers and orders: hashes of their content
/// @dev A struct in calldata is hashed as it came. That is its ABI encoding unless an upper bit is
/// dirty, and such an id was never opened. The `new` functions make ids that were not there before.
library MarketIds {
    /* CONSTANTS */

    uint256 private constant OFFER_SIZE = 22 * 32;
    uint256 private constant ORDER_SIZE = 9 * 32;

    /* DOMAIN */

    /// @notice Where ids belong: the chain of deployment and the calling contract.
    /// @dev Fixed at construction. If the chain's id changed in a split, open orders would
    /// otherwise be stuck on the side with the new one.
    function domain() internal view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this)));
    }

    /* OFFERS */

    function offerId(bytes32 domain_, Offer calldata terms) internal pure returns (OfferId id) {
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore(buffer, domain_)
            calldatacopy(add(buffer, 0x20), terms, OFFER_SIZE)
            id := keccak256(buffer, add(0x20, OFFER_SIZE))
        }
    }

    function newOfferId(bytes32 domain_, Offer memory terms) internal pure returns (OfferId) {
        return OfferId.wrap(keccak256(abi.encode(domain_, terms)));
    }

    /* ORDERS */

    function orderId(bytes32 domain_, OfferId offer, Order calldata order)
        internal
        pure
        returns (OrderId id)
    {
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore(buffer, domain_)
            mstore(add(buffer, 0x20), offer)
            calldatacopy(add(buffer, 0x40), order, ORDER_SIZE)
            id := keccak256(buffer, add(0x40, ORDER_SIZE))
        }
    }

    /// @param content abi.encode(domain, offer, order), field by field.
    function newOrderId(bytes memory content) internal pure returns (OrderId) {
        return OrderId.wrap(keccak256(content));
    }
}
