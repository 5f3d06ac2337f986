// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IMovingPrice} from "../../interfaces/IMovingPrice.sol";
import {IPriceRule} from "../../interfaces/IPriceRule.sol";
import {Bps, OfferId} from "../../interfaces/types/Ids.sol";
import {MovingTerms} from "../../interfaces/types/Prices.sol";
import {Decay} from "../libraries/Decay.sol";

/// @notice Specified in IMovingPrice.
contract MovingPrice is IMovingPrice {
    /* CONSTANTS */

    uint256 private constant WHOLE = 1_000_000;
    uint256 private constant MAX_REFERRAL = 5000;
    uint256 private constant UNUSED = (1 << 72) - 1;

    /* STORAGE */

    struct Last {
        uint128 price;
        uint40 time;
    }

    mapping(address market => mapping(OfferId offer => Last)) private _lastOf;

    /* PRICE */

    /// @inheritdoc IPriceRule
    function priceFor(
        OfferId offer,
        address,
        bytes32 ruleData,
        uint128 listed,
        address,
        bytes calldata
    ) external returns (uint128 price, uint128 referral) {
        MovingTerms memory terms = _termsOf(ruleData);
        Last storage last = _lastOf[msg.sender][offer];
        price = _priceAt(terms, last, listed, block.timestamp);
        referral = uint128(uint256(price) * Bps.unwrap(terms.referral) / 10_000);
        if (terms.rise == 0) return (price, referral);
        (last.price, last.time) = (_raised(terms, listed, price), uint40(block.timestamp));
    }

    /* VIEWS */

    /// @inheritdoc IMovingPrice
    function ruleDataOf(MovingTerms calldata terms) external pure returns (bytes32 ruleData) {
        uint256 shares =
            uint256(terms.floor) << 152 | uint256(terms.rise) << 120 | uint256(terms.cap) << 88;
        uint256 times = uint256(terms.startAt) << 216 | uint256(terms.halfLife) << 184;
        ruleData = bytes32(times | shares | uint256(Bps.unwrap(terms.referral)) << 72);
        _termsOf(ruleData);
    }

    /// @inheritdoc IMovingPrice
    function termsOf(bytes32 ruleData) external pure returns (MovingTerms memory) {
        return _termsOf(ruleData);
    }

    /// @inheritdoc IMovingPrice
    function priceAt(address market, OfferId offer, bytes32 ruleData, uint128 listed, uint40 when)
        external
        view
        returns (uint128)
    {
        return _priceAt(_termsOf(ruleData), _lastOf[market][offer], listed, when);
    }

    /// @inheritdoc IMovingPrice
    function lastOf(address market, OfferId offer)
        external
        view
        returns (uint128 price, uint40 time)
    {
        Last storage last = _lastOf[market][offer];
        return (last.price, last.time);
    }

    /* INTERNAL */

    function _termsOf(bytes32 ruleData) private pure returns (MovingTerms memory terms) {
        uint256 data = uint256(ruleData);
        terms.startAt = uint40(data >> 216);
        terms.halfLife = uint32(data >> 184);
        terms.floor = uint32(data >> 152);
        terms.rise = uint32(data >> 120);
        terms.cap = uint32(data >> 88);
        terms.referral = Bps.wrap(uint16(data >> 72));
        bool falls = terms.halfLife != 0;
        bool capped = terms.cap != 0;
        if (
            data & UNUSED != 0 || terms.floor > WHOLE || falls != (terms.floor < WHOLE)
                || (capped && (terms.cap < WHOLE || terms.rise == 0))
                || Bps.unwrap(terms.referral) > MAX_REFERRAL
        ) revert MovingPrice_InvalidTerms(ruleData);
    }

    function _priceAt(MovingTerms memory terms, Last storage last, uint128 listed, uint256 when)
        private
        view
        returns (uint128)
    {
        (uint256 price, uint256 since) = (last.price, last.time);
        if (since == 0) price = listed;
        if (since < terms.startAt) since = terms.startAt;
        uint256 floor = Math.ceilDiv(uint256(listed) * terms.floor, WHOLE);
        if (terms.halfLife == 0 || price <= floor || when <= since) return uint128(price);
        return uint128(floor + Decay.left(uint128(price - floor), when - since, terms.halfLife));
    }

    /// @dev No less than `price`, for a cap is no less than the offer's price, and holds for every price before.
    function _raised(MovingTerms memory terms, uint256 listed, uint256 price)
        private
        pure
        returns (uint128)
    {
        uint256 most = type(uint128).max;
        if (terms.cap != 0) most = Math.min(most, listed * terms.cap / WHOLE);
        return uint128(Math.min(most, Math.ceilDiv(price * (WHOLE + terms.rise), WHOLE)));
    }
}
