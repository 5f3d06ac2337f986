// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICoverPool} from "../../../../interfaces/ICoverPool.sol";
import {Result} from "../../../../interfaces/types/Attestations.sol";
import {Offer, Order} from "../../../../interfaces/types/Deals.sol";
import {ModelId, OrderId} from "../../../../interfaces/types/Ids.sol";
import {PoolBase} from "../../utils/PoolBase.sol";

contract CoverTest is PoolBase {
    /// @dev amount * rate * time * (1 + 4 u^2), rounded up.
    function _formula(uint256 amount, uint256 locked, uint256 assets)
        private
        view
        returns (uint256)
    {
        uint256 time = pool.termsOf(bondId).end - block.timestamp;
        uint256 used = ((locked + amount) * 1e18 + assets - 1) / assets;
        uint256 factor = 1e18 + 4 * used * used / 1e18;
        uint256 whole = 1e18 * 10_000 * YEAR;
        return (amount * RATE * time * factor + whole - 1) / whole;
    }

    function _expectDoubt() private {
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_BondInDoubt.selector, bondId));
    }

    function test_InsuresAnOrder() public {
        _insure();
        (,, OrderId id) = _sale();
        uint256 before = aim.balanceOf(buyer);
        uint256 premium = _formula(AMOUNT, 0, ASSETS);
        assertEq(pool.premiumOf(bondId, AMOUNT), premium);
        uint40 start = uint40(block.timestamp + QUIET);
        vm.expectEmit(address(pool));
        emit ICoverPool.CoverBought(id, bondId, buyer, AMOUNT, premium, start);
        assertEq(_cover(id, AMOUNT), premium);
        assertEq(before - aim.balanceOf(buyer), premium);
        (uint128 amount, uint40 from) = pool.coverOf(id, bondId, buyer);
        assertEq(amount, AMOUNT);
        assertEq(from, start);
        assertEq(pool.holdings().locked, AMOUNT);
        assertEq(pool.termsOf(bondId).exposure, AMOUNT);
        assertApproxEqRel(
            pool.holdings().yearly,
            premium * YEAR / (pool.termsOf(bondId).end - block.timestamp),
            1e12
        );
    }

    function testFuzz_ThePremiumFollowsTheFormula(uint256 first, uint256 amount, uint256 time)
        public
    {
        _insure();
        (Offer memory terms,, OrderId id) = _sale();
        first = bound(first, 1, LIMIT / 2);
        amount = bound(amount, 1, LIMIT / 2);
        vm.warp(block.timestamp + bound(time, 0, 40 days));
        _cover(id, uint128(first));
        uint256 assets = pool.totalAssets();
        assertEq(pool.premiumOf(bondId, amount), _formula(amount, first, assets));
        (, id) = _anotherSale(terms, "2");
        assertEq(_cover(id, uint128(amount)), _formula(amount, first, assets));
        assertEq(pool.holdings().locked, first + amount);
    }

    /// @dev Fully used, a pool asks for five times the rate.
    function test_WhatIsScarceIsDearer() public {
        _insure();
        uint256 cheap = pool.premiumOf(bondId, 1e18);
        uint256 dear = pool.premiumOf(bondId, ASSETS);
        assertApproxEqRel(dear, cheap * (ASSETS / 1e18) * 5, 1e13);
    }

    function test_ItsEndIsTheFirstWeekNinetyDaysAfterTheBondStands() public {
        _insure();
        uint256 least = bonds.standsUntil(bond) + 90 days;
        uint256 end = pool.termsOf(bondId).end;
        assertEq(end % 1 weeks, 0);
        assertGe(end, least);
        assertLt(end, least + 1 weeks);
    }

    function test_AWeekThatBeginsThenIsItsEnd() public {
        bond.until = uint40(block.timestamp / 1 weeks * 1 weeks + 20 weeks - 104 days);
        bondId = bonds.bondIdOf(bond);
        _limit(LIMIT, RATE);
        assertEq(pool.termsOf(bondId).end, bond.until + 104 days);
    }

    /* THE BOND */

    function test_InsuresThroughTheBondsLastSecond() public {
        _insure();
        (Offer memory terms,, OrderId id) = _sale();
        vm.warp(bond.until);
        _cover(id, AMOUNT);
        (, id) = _anotherSale(terms, "2");
        vm.warp(bond.until + 1);
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_BondOver.selector, bond.until));
        _cover(id, AMOUNT);
    }

    function test_InsuresNoMoreThanThreeYearsAhead() public {
        bond.until = uint40(block.timestamp / 1 weeks * 1 weeks + 180 weeks - 104 days);
        bondId = bonds.bondIdOf(bond);
        _insure();
        (,, OrderId id) = _sale();
        uint256 end = pool.termsOf(bondId).end;
        vm.warp(end - 156 weeks - 1);
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_TooEarly.selector, end));
        _cover(id, AMOUNT);
        vm.warp(end - 156 weeks);
        _cover(id, AMOUNT);
        vm.warp(end);
        assertEq(pool.holdings().locked, 0);
        assertEq(pool.holdings().yearly, 0);
    }

    function test_RevertsForABondThatIsNotStaked() public {
        _deposit(depositor, ASSETS);
        _limit(LIMIT, RATE);
        vm.warp(block.timestamp + NOTICE);
        (,, OrderId id) = _sale();
        _expectDoubt();
        _cover(id, AMOUNT);
    }

    function test_RevertsForABondThatIsHeld() public {
        _promiseRights();
        _insure();
        (,, OrderId id) = _sale();
        _hold(0);
        _expectDoubt();
        _cover(id, AMOUNT);
    }

    function test_RevertsForABondThatIsContested() public {
        _promiseScore();
        _insure();
        (,, OrderId id) = _sale();
        Result memory result = _result();
        _attest(result);
        _contest(result);
        _expectDoubt();
        _cover(id, AMOUNT);
    }

    function test_RevertsForAVersionThatIsConvicted() public {
        _insure();
        (,, OrderId id) = _sale();
        _convict(stranger);
        _expectDoubt();
        _cover(id, AMOUNT);
        bonds.breakByContent(bond);
        _expectDoubt();
        _cover(id, AMOUNT);
    }

    /* THE AMOUNT */

    function test_RevertsForNothing() public {
        _insure();
        (,, OrderId id) = _sale();
        _expectRevert(ICoverPool.CoverPool_NothingInsured.selector);
        _cover(id, 0);
    }

    function test_InsuresAnOrderOnce() public {
        _insure();
        (,, OrderId id) = _sale();
        _cover(id, AMOUNT / 2);
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_AlreadyCovered.selector, id));
        _cover(id, AMOUNT / 2);
    }

    /// @dev Else a seller could keep buyers uninsured, for a trifle each.
    function test_NobodyTakesTheCoverOfAnother() public {
        _insure();
        (,, OrderId id) = _sale();
        vm.prank(other);
        pool.cover(bondId, id, 1, type(uint256).max);
        _cover(id, AMOUNT);
        (uint128 amount,) = pool.coverOf(id, bondId, buyer);
        assertEq(amount, AMOUNT);
    }

    function test_TakesNoMoreThanTheBuyerAccepts() public {
        _insure();
        (,, OrderId id) = _sale();
        uint256 premium = pool.premiumOf(bondId, AMOUNT);
        bytes memory refused = abi.encodeWithSelector(
            ICoverPool.CoverPool_PremiumTooHigh.selector, premium, premium - 1
        );
        vm.startPrank(buyer);
        _expectRevert(refused);
        pool.cover(bondId, id, AMOUNT, premium - 1);
        pool.cover(bondId, id, AMOUNT, premium);
    }

    function test_InsuresUpToTheLimit() public {
        _insure();
        _limit(uint96(2 * AMOUNT), RATE);
        (Offer memory terms,, OrderId id) = _sale();
        assertEq(pool.roomFor(bondId), 2 * AMOUNT);
        _cover(id, AMOUNT + 1);
        (, id) = _anotherSale(terms, "2");
        _expectRevert(
            abi.encodeWithSelector(ICoverPool.CoverPool_LimitReached.selector, AMOUNT - 1)
        );
        _cover(id, AMOUNT);
        _cover(id, AMOUNT - 1);
        assertEq(pool.roomFor(bondId), 0);
    }

    /// @dev Whatever the curator says.
    function test_InsuresUpToATwentiethOfTheAssets() public {
        _insure();
        _limit(type(uint96).max, RATE);
        vm.warp(block.timestamp + NOTICE);
        (,, OrderId id) = _sale();
        _expectRevert(
            abi.encodeWithSelector(ICoverPool.CoverPool_LimitReached.selector, ASSETS / 20)
        );
        _cover(id, uint128(ASSETS / 20 + 1));
        _cover(id, uint128(ASSETS / 20));
    }

    function test_InsuresNothingWithoutAssets() public {
        _insure();
        _request(depositor, pool.balanceOf(depositor));
        vm.warp(block.timestamp + WAIT);
        vm.prank(depositor);
        pool.redeem(ASSETS * 1e6, depositor, depositor);
        (,, OrderId id) = _sale();
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_LimitReached.selector, 0));
        _cover(id, 1);
        assertGt(pool.premiumOf(bondId, 1), 0);
    }

    /* THE QUOTE */

    function test_QuotesWhatACoverCosts() public {
        _insure();
        (Offer memory terms, Order memory order,) = _sale();
        assertEq(pool.quote(bondId, terms, order, AMOUNT), pool.premiumOf(bondId, AMOUNT));
    }

    function test_QuotesAPendingOrder() public {
        _insure();
        Offer memory terms = _terms();
        (Order memory order,) = _offerAndBuy(terms);
        pool.quote(bondId, terms, order, AMOUNT);
    }

    function test_QuotesWithinAWeekOfThePurchase() public {
        _insure();
        (Offer memory terms, Order memory order,) = _sale();
        uint256 boughtAt = block.timestamp;
        vm.warp(boughtAt + WEEK);
        pool.quote(bondId, terms, order, AMOUNT);
        vm.warp(boughtAt + WEEK + 1);
        _expectRevert(
            abi.encodeWithSelector(ICoverPool.CoverPool_InsuredTooLate.selector, boughtAt)
        );
        pool.quote(bondId, terms, order, AMOUNT);
    }

    function test_QuotesNoMoreThanThePrice() public {
        _insure();
        (Offer memory terms, Order memory order,) = _sale();
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_AmountUnfit.selector, PRICE));
        pool.quote(bondId, terms, order, PRICE + 1);
    }

    function test_QuotesNoOrderThatWasRefundedOrNeverMade() public {
        _insure();
        Offer memory terms = _terms();
        (Order memory order, OrderId id) = _offerAndBuy(terms);
        vm.prank(seller);
        market.decline(terms, order);
        bytes memory unfit = abi.encodeWithSelector(ICoverPool.CoverPool_OrderUnfit.selector, id);
        _expectRevert(unfit);
        pool.quote(bondId, terms, order, AMOUNT);
        order.salt = "never";
        _expectRevert(ICoverPool.CoverPool_OrderUnfit.selector);
        pool.quote(bondId, terms, order, AMOUNT);
    }

    function test_QuotesNoOrderOfAnotherVersionOrToken() public {
        _insure();
        (Offer memory terms, Order memory order,) = _sale();
        Offer memory unfit = _terms();
        unfit.model = ModelId.wrap(1);
        _expectRevert(ICoverPool.CoverPool_OrderUnfit.selector);
        pool.quote(bondId, unfit, order, AMOUNT);
        unfit = _terms();
        unfit.version = 2;
        _expectRevert(ICoverPool.CoverPool_OrderUnfit.selector);
        pool.quote(bondId, unfit, order, AMOUNT);
        terms.token = address(usd);
        terms.salt = "dollars";
        (order,) = _offerAndBuy(terms);
        _expectRevert(ICoverPool.CoverPool_OrderUnfit.selector);
        pool.quote(bondId, terms, order, AMOUNT);
    }
}
