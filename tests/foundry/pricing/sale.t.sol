// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMarket} from "../../../interfaces/IMarket.sol";
import {IMovingPrice} from "../../../interfaces/IMovingPrice.sol";
import {Offer, Order, Purchase} from "../../../interfaces/types/Deals.sol";
import {Bps, OrderId} from "../../../interfaces/types/Ids.sol";
import {MovingTerms} from "../../../interfaces/types/Prices.sol";
import {Base} from "../utils/Base.sol";

/// @notice Purchases at a moving price, through the market.
contract MovingSaleTest is Base {
    IMovingPrice private rule;
    Offer private terms;

    function setUp() public override {
        super.setUp();
        rule = IMovingPrice(vm.deployCode("MovingPrice.sol:MovingPrice"));
        terms = _terms();
        terms.rule = address(rule);
        terms.ruleData = rule.ruleDataOf(
            MovingTerms(uint40(block.timestamp), 2 days, 0, 100_000, 0, Bps.wrap(500))
        );
        _open(terms);
        _fund(aim, friend);
    }

    function _buyAs(address who, bytes32 salt, uint128 maxTotal) private returns (OrderId) {
        Purchase memory purchase = _purchase(salt);
        purchase.maxTotal = maxTotal;
        vm.prank(who);
        return market.buyFor(terms, purchase, who, keeper, "");
    }

    function _priceNow() private view returns (uint128) {
        return rule.priceAt(
            address(market),
            market.offerIdOf(terms),
            terms.ruleData,
            terms.price,
            uint40(block.timestamp)
        );
    }

    function test_WhatIsAskedIsTakenAndTheNextSaleCostsMore() public {
        vm.warp(block.timestamp + 2 days);
        uint256 before = aim.balanceOf(buyer);
        _buyAs(buyer, "first", TOTAL);
        assertEq(before - aim.balanceOf(buyer), PRICE / 2 + DELIVERY_FEE);
        assertEq(_priceNow(), PRICE / 2 * 11 / 10);
    }

    /// @dev Somebody buys what is cheap to make it dear: who comes after pays their maximum at most, or nothing.
    function test_TheBuyersMaximumBindsWhoeverPushesThePrice() public {
        vm.warp(block.timestamp + 20 days);
        uint128 quoted = _priceNow() + DELIVERY_FEE;
        for (uint256 i; i < 10; ++i) {
            _buyAs(friend, bytes32(i), TOTAL);
        }
        uint128 pushed = _priceNow() + DELIVERY_FEE;
        assertGt(pushed, quoted);
        uint256 before = aim.balanceOf(buyer);
        Purchase memory purchase = _purchase("buyer");
        purchase.maxTotal = quoted;
        vm.prank(buyer);
        _expectRevert(
            abi.encodeWithSelector(IMarket.Market_PriceMoved.selector, quoted, uint256(pushed))
        );
        market.buy(terms, purchase);
        assertEq(aim.balanceOf(buyer), before);
        assertEq(_priceNow() + DELIVERY_FEE, pushed, "a purchase that failed moved the price");
    }

    function test_ARefundGivesBackWhatWasPaidAndDoesNotMoveThePrice() public {
        vm.warp(block.timestamp + 2 days);
        OrderId id = _buyAs(buyer, "first", TOTAL);
        Order memory order = _order(terms, buyer, buyer);
        (order.price, order.salt) = (PRICE / 2, "first");
        (order.referrer, order.referral) = (keeper, PRICE / 40);
        order.protocolFee = order.price * AIM_FEE / 10_000;
        assertEq(id, _idOf(terms, order));
        uint128 before = _priceNow();
        vm.prank(seller);
        market.decline(terms, order);
        assertEq(_owed(buyer, address(aim)), PRICE / 2 + DELIVERY_FEE);
        assertEq(_owed(keeper, address(aim)), 0);
        assertEq(_priceNow(), before);
    }

    function test_OneTransferIsRefusedUnlessItIsExact() public {
        vm.warp(block.timestamp + 1 days);
        Purchase memory purchase = _purchase();
        uint128 total = _priceNow() + DELIVERY_FEE;
        bytes memory data = abi.encode(terms, purchase, buyer, address(0), bytes(""));
        vm.prank(buyer);
        _expectRevert(
            abi.encodeWithSelector(IMarket.Market_WrongAmount.selector, uint256(total), total + 1)
        );
        aim.transferAndCall(address(market), total + 1, data);
        vm.prank(buyer);
        aim.transferAndCall(address(market), total, data);
    }
}
