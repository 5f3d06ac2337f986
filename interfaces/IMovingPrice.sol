// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPriceRule} from "./IPriceRule.sol";
import {OfferId} from "./types/Ids.sol";
import {MovingTerms} from "./types/Prices.sol";

/// @title A price that rises with each sale and falls with time
/// @notice It begins at the offer's price. Half of what is above the floor goes in each half-life, and each sale
/// raises it by a share of itself, up to a cap. A Dutch auction is one that only falls.
/// @dev It holds no money and calls nobody. What it remembers of an offer is its caller's own, so nobody but a market
/// moves the prices of that market. What a sale took is in the market's own event, so there is none here.
///
/// It never asks less than the exact price, nor as much as two units more, as long as prices are below 2^125 units: it
/// is rounded up. It never rises with time. Once not a whole unit above the floor was left at the beginning of a
/// half-life, it is the floor.
interface IMovingPrice is IPriceRule {
    /// @notice The offer's rule data {ruleData} are no terms of a moving price: buy another offer.
    error MovingPrice_InvalidTerms(bytes32 ruleData);

    /// @notice What an offer's rule data are for these terms; reverts where they contradict each other.
    /// @dev The fields in their order, from the highest bit on; the lowest 72 bits are zero.
    function ruleDataOf(MovingTerms calldata terms) external pure returns (bytes32);

    /// @notice The terms that an offer's rule data are; reverts where they are none.
    function termsOf(bytes32 ruleData) external pure returns (MovingTerms memory);

    /// @notice What a sale of this market's offer would cost, if there is none before.
    /// @param market Who asks for the price in a purchase.
    /// @param offer The offer's id there.
    /// @param ruleData The offer's rule data.
    /// @param listed The offer's price.
    /// @param when In seconds since 1970; before the last sale it is as at that sale.
    function priceAt(address market, OfferId offer, bytes32 ruleData, uint128 listed, uint40 when)
        external
        view
        returns (uint128);

    /// @notice What the last sale of this market's offer left behind; zeros where there was none, or where sales do
    /// not raise the price.
    /// @return price From which it falls.
    /// @return time When that sale was, in seconds since 1970.
    function lastOf(address market, OfferId offer)
        external
        view
        returns (uint128 price, uint40 time);
}
