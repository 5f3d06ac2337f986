// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {IMovingPrice} from "../../../interfaces/IMovingPrice.sol";
import {Bps, OfferId} from "../../../interfaces/types/Ids.sol";
import {MovingTerms} from "../../../interfaces/types/Prices.sol";

/// @notice A moving price without a market: the test is the caller that it remembers sales of.
abstract contract MovingBase is Test {
    uint128 internal constant LISTED = 10e18;
    uint40 internal constant START = 1_800_000_000;
    uint32 internal constant HALF_LIFE = 2 days;
    OfferId internal constant OFFER = OfferId.wrap("offer");

    IMovingPrice internal rule;

    function setUp() public virtual {
        rule = IMovingPrice(vm.deployCode("MovingPrice.sol:MovingPrice"));
        vm.warp(START);
    }

    /// @dev From 10 to 4, half of the rest in two days; each sale raises it by 3%, to 20 at most.
    function _moving() internal pure returns (MovingTerms memory) {
        return MovingTerms(START, HALF_LIFE, 400_000, 30_000, 2_000_000, Bps.wrap(0));
    }

    function _data(MovingTerms memory terms) internal view returns (bytes32) {
        return rule.ruleDataOf(terms);
    }

    function _buy(MovingTerms memory terms) internal returns (uint128 price) {
        (price,) = _buy(terms, LISTED);
    }

    function _buy(MovingTerms memory terms, uint128 listed) internal returns (uint128, uint128) {
        return rule.priceFor(OFFER, address(1), _data(terms), listed, address(2), "");
    }

    function _priceAt(MovingTerms memory terms, uint256 when) internal view returns (uint128) {
        return rule.priceAt(address(this), OFFER, _data(terms), LISTED, uint40(when));
    }
}
