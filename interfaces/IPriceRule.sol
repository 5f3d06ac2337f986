// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {OfferId} from "./types/Ids.sol";

/// @title What a purchase costs, where an offer says more than a number
/// @notice Coupons, private sales, moving prices and shares for referrers are rules beside the market. A
/// rule holds no money. An offer names it, and a buyer's maximum binds whatever it quotes.
/// @dev The market calls it inside a purchase, before anything is paid: it may write, count and
/// revert, and it is trusted by nobody but the seller who named it. Its state is to be kept apart by
/// `msg.sender`, for any contract can call it.
interface IPriceRule {
    /// @notice The price of one purchase, in the smallest unit of the offer's token.
    /// @param offer The offer's id at the calling market.
    /// @param seller Who opened the offer.
    /// @param ruleData The offer's parameters of this rule.
    /// @param listed The offer's price.
    /// @param buyer Who pays.
    /// @param input What the buyer shows: a voucher, say. Empty where they show nothing.
    /// @return price What is taken, delivery fee apart.
    /// @return referral The part of `price` that goes to whom the buyer names as referrer. The
    /// market pays half of the price at most, and nothing where nobody is named.
    /// @custom:doing ask for a price
    function priceFor(
        OfferId offer,
        address seller,
        bytes32 ruleData,
        uint128 listed,
        address buyer,
        bytes calldata input
    ) external returns (uint128 price, uint128 referral);
}
