// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IMarket} from "../../../interfaces/IMarket.sol";
import {Offer, Order, Purchase} from "../../../interfaces/types/Deals.sol";
import {Bps, OrderId} from "../../../interfaces/types/Ids.sol";
import {LicenseState} from "../../../interfaces/types/Licenses.sol";
import {TestRule, WordRule} from "../mocks/Rules.sol";
import {Base} from "../utils/Base.sol";

/// @notice Offers whose price a rule quotes, and referrers.
contract RulesTest is Base {
    address internal referrer = makeAddr("referrer");
    TestRule internal rule;
    Offer internal terms;

    function setUp() public override {
        super.setUp();
        rule = new TestRule();
        terms = _terms();
        terms.rule = address(rule);
        terms.ruleData = "data";
        _open(terms);
    }

    function _quoted(uint128 price, uint128 referral) private returns (Order memory order) {
        rule.quote(price, referral);
        order = _order(terms, buyer, buyer);
        order.price = price;
        order.protocolFee = price * AIM_FEE / 10_000;
    }

    function _buyBy(address named, bytes memory input) private returns (OrderId) {
        vm.prank(buyer);
        return market.buyFor(terms, _purchase(), buyer, named, input);
    }

    /* THE PRICE */

    function test_TheRuleIsAskedAndItsPriceTaken() public {
        Order memory order = _quoted(60e18, 0);
        uint256 before = aim.balanceOf(buyer);
        OrderId id = _buyBy(address(0), "input");
        assertEq(id, _idOf(terms, order));
        assertEq(before - aim.balanceOf(buyer), 60e18 + DELIVERY_FEE);
        bytes memory asked = abi.encode(
            market, market.offerIdOf(terms), seller, bytes32("data"), PRICE, buyer, bytes("input")
        );
        assertEq(rule.asked(), keccak256(asked));
        _deliver(terms, order, id);
        assertEq(_owed(payout, address(aim)), 60e18 - order.protocolFee);
        assertEq(_owed(treasury, address(aim)), order.protocolFee);
    }

    function test_ARefundGivesBackWhatWasQuoted() public {
        Order memory order = _quoted(60e18, 0);
        _buyBy(address(0), "");
        rule.quote(1, 0);
        vm.prank(seller);
        market.decline(terms, order);
        assertEq(_owed(buyer, address(aim)), 60e18 + DELIVERY_FEE);
    }

    function test_BuyAsksWithoutInput() public {
        Order memory order = _quoted(60e18, 30e18);
        vm.prank(buyer);
        OrderId id = market.buy(terms, _purchase());
        assertEq(id, _idOf(terms, order));
        bytes memory asked = abi.encode(
            market, market.offerIdOf(terms), seller, bytes32("data"), PRICE, buyer, bytes("")
        );
        assertEq(rule.asked(), keccak256(asked));
    }

    function test_TheBuyersMaximumBindsWhateverTheRuleQuotes() public {
        _quoted(PRICE + 1, 0);
        vm.prank(buyer);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_PriceMoved.selector, TOTAL, TOTAL + 1));
        market.buy(terms, _purchase());
    }

    function test_AOneTransferPurchaseShowsItsInputToo() public {
        Order memory order = _quoted(60e18, 6e18);
        (order.referrer, order.referral) = (referrer, 6e18);
        bytes memory data = abi.encode(
            terms, _purchase(), friend, referrer, bytes("a long input of more than one word")
        );
        order.recipient = friend;
        vm.prank(buyer);
        aim.transferAndCall(address(market), 60e18 + DELIVERY_FEE, data);
        assertState(_idOf(terms, order), LicenseState.Pending);
        bytes memory asked = abi.encode(
            market,
            market.offerIdOf(terms),
            seller,
            bytes32("data"),
            PRICE,
            buyer,
            bytes("a long input of more than one word")
        );
        assertEq(rule.asked(), keccak256(asked));
    }

    function test_APrivateSaleTakesTheRightWordAlone() public {
        terms.rule = address(new WordRule());
        terms.ruleData = keccak256("sesame");
        _open(terms);
        vm.prank(buyer);
        _expectRevert(WordRule.WrongWord.selector);
        market.buyFor(terms, _purchase(), buyer, address(0), "open");
        vm.prank(buyer);
        _expectRevert(WordRule.WrongWord.selector);
        market.buy(terms, _purchase());
        uint256 before = aim.balanceOf(buyer);
        _buyBy(address(0), "sesame");
        assertEq(before - aim.balanceOf(buyer), PRICE / 2 + DELIVERY_FEE);
    }

    function test_ARuleWithoutCodeSellsNothing() public {
        terms.rule = stranger;
        _open(terms);
        vm.prank(buyer);
        vm.expectRevert();
        market.buy(terms, _purchase());
    }

    /* REFERRERS */

    function test_TheReferrerIsPaidOutOfTheSellersShare() public {
        Order memory order = _quoted(60e18, 6e18);
        (order.referrer, order.referral) = (referrer, 6e18);
        OrderId id = _idOf(terms, order);
        vm.expectEmit(address(market));
        emit IMarket.Purchased(
            id,
            market.offerIdOf(terms),
            buyer,
            buyer,
            referrer,
            6e18,
            key,
            60e18,
            order.protocolFee,
            order.salt,
            _licenseOf(id)
        );
        assertEq(_buyBy(referrer, ""), id);
        assertEq(_owed(referrer, address(aim)), 0, "before delivery");
        _deliver(terms, order, id);
        assertEq(_owed(referrer, address(aim)), 6e18);
        assertEq(_owed(payout, address(aim)), 54e18 - order.protocolFee);
        assertEq(_owed(treasury, address(aim)), order.protocolFee);
        assertEq(_owed(keeper, address(aim)), DELIVERY_FEE);
    }

    function test_HalfOfThePriceIsTheMost() public {
        Order memory order = _quoted(61, 31);
        (order.referrer, order.referral) = (referrer, 30);
        assertEq(_buyBy(referrer, ""), _idOf(terms, order));
        order = _quoted(62, 31);
        (order.referrer, order.referral) = (referrer, 31);
        assertEq(_buyBy(referrer, ""), _idOf(terms, order));
    }

    function test_ASingleUnitIsPaid() public {
        Order memory order = _quoted(2, 1);
        (order.referrer, order.referral) = (referrer, 1);
        _deliver(terms, order, _buyBy(referrer, ""));
        assertEq(_owed(referrer, address(aim)), 1);
        assertEq(_owed(payout, address(aim)), 1);
    }

    function test_ARefundLeavesTheReferrerNothing() public {
        Order memory order = _quoted(60e18, 6e18);
        (order.referrer, order.referral) = (referrer, 6e18);
        _buyBy(referrer, "");
        vm.warp(_graceEnd(terms) + 1);
        market.refund(terms, order);
        assertEq(_owed(referrer, address(aim)), 0);
        assertEq(_owed(buyer, address(aim)), 60e18 + DELIVERY_FEE);
    }

    function test_NobodyNamedAndNothingGrantedLeaveNoReferrer() public {
        Order memory order = _quoted(60e18, 6e18);
        assertEq(_buyBy(address(0), ""), _idOf(terms, order));
        order = _quoted(59e18, 0);
        assertEq(_buyBy(referrer, ""), _idOf(terms, order));
        terms.rule = address(0);
        _open(terms);
        order = _order(terms, buyer, buyer);
        assertEq(_buyBy(referrer, ""), _idOf(terms, order));
    }

    /* A HOSTILE RULE */

    function test_ARuleFindsNoWayIntoAnotherPurchase() public {
        _quoted(60e18, 0);
        Offer memory other = _terms();
        _open(other);
        rule.callBack(address(market), abi.encodeCall(market.buy, (other, _purchase("inner"))));
        _buyBy(address(0), "");
        assertFalse(rule.succeeded());
        assertEq(
            bytes4(rule.answer()), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector
        );
    }

    function test_ARuleThatEndsAnotherOrderChangesNothingOfThisOne() public {
        Offer memory other = _terms();
        (Order memory first, OrderId id) = _openAndBuy(other);
        vm.warp(_graceEnd(other) + 1);
        Order memory order = _quoted(60e18, 0);
        rule.callBack(address(market), abi.encodeCall(market.refund, (other, first)));
        OrderId second = _buyBy(address(0), "");
        assertTrue(rule.succeeded());
        assertState(id, LicenseState.Burned);
        assertState(second, LicenseState.Pending);
        assertEq(second, _idOf(terms, order));
        assertEq(aim.balanceOf(address(market)), TOTAL + 60e18 + DELIVERY_FEE);
    }

    /* THE RATE */

    function test_APurchaseHasOneIdWhateverTheRateBecomes() public {
        terms.rule = address(0);
        _open(terms);
        Purchase memory purchase = _purchase();
        vm.prank(buyer);
        market.buy(terms, purchase);
        _setToken(address(aim), true, AIM_FEE + 1);
        vm.prank(buyer);
        _expectRevert(
            abi.encodeWithSelector(
                IMarket.Market_RateMoved.selector, Bps.wrap(AIM_FEE), Bps.wrap(AIM_FEE + 1)
            )
        );
        market.buy(terms, purchase);
    }
}
