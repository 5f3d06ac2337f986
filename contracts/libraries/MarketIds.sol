// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Offer, Order} from "../../interfaces/IMarket.sol";
import {OfferId, OrderId} from "../../interfaces/Types.sol";

/// @title Ids of offers and orders: hashes of their content
/// @dev A struct in calldata is hashed as it came, which is its ABI encoding unless an upper bit is dirty; such an id
/// was never opened. The `new` ones take what was made in memory.
library MarketIds {
    /* CONSTANTS */

    uint256 private constant OFFER_SIZE = 21 * 32;
    uint256 private constant ORDER_SIZE = 7 * 32;

    /* OFFERS */

    function offerId(Offer calldata terms) internal view returns (OfferId id) {
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore(buffer, chainid())
            mstore(add(buffer, 0x20), address())
            calldatacopy(add(buffer, 0x40), terms, OFFER_SIZE)
            id := keccak256(buffer, add(0x40, OFFER_SIZE))
        }
    }

    function newOfferId(Offer memory terms) internal view returns (OfferId) {
        return OfferId.wrap(keccak256(abi.encode(block.chainid, address(this), terms)));
    }

    /* ORDERS */

    function orderId(OfferId offer, Order calldata order) internal view returns (OrderId id) {
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore(buffer, chainid())
            mstore(add(buffer, 0x20), address())
            mstore(add(buffer, 0x40), offer)
            calldatacopy(add(buffer, 0x60), order, ORDER_SIZE)
            id := keccak256(buffer, add(0x60, ORDER_SIZE))
        }
    }

    function newOrderId(OfferId offer, Order memory order) internal view returns (OrderId) {
        return OrderId.wrap(keccak256(abi.encode(block.chainid, address(this), offer, order)));
    }
}
