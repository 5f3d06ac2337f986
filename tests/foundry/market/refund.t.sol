// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC721} from "solady/tokens/ERC721.sol";

import {IMarket} from "../../../interfaces/IMarket.sol";
import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {LicenseId, OrderId} from "../../../interfaces/types/Ids.sol";
import {LicenseState} from "../../../interfaces/types/Licenses.sol";
import {Base} from "../utils/Base.sol";

contract RefundTest is Base {
    Offer internal terms;
    Order internal order;
    OrderId internal id;
    uint256 internal end;

    function setUp() public override {
        super.setUp();
        terms = _terms();
        (order, id) = _openAndBuy(terms);
        end = _graceEnd(terms);
    }

    function test_AnybodyReturnsPriceAndDeliveryFeeToTheBuyerAfterGrace() public {
        vm.warp(end + 1);
        vm.expectEmit(address(market));
        emit IMarket.OrderRefunded(id, false);
        vm.prank(stranger);
        market.refund(terms, order);
        assertState(id, LicenseState.Burned);
        assertEq(_owed(buyer, address(aim)), TOTAL);
        assertEq(_owed(payout, address(aim)) + _owed(treasury, address(aim)), 0);
        assertFalse(license.hasAccess(_licenseOf(id), buyer, 1));
        uint256 tokenId = LicenseId.unwrap(_licenseOf(id));
        _expectRevert(ERC721.TokenDoesNotExist.selector);
        license.ownerOf(tokenId);
    }

    function test_RevertsInTheLastSecondOfGrace() public {
        vm.warp(end);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_RefundTooEarly.selector, end));
        market.refund(terms, order);
    }

    function test_RevertsForTheBuyerBeforeGraceEnds() public {
        _expectRevert(abi.encodeWithSelector(IMarket.Market_RefundTooEarly.selector, end));
        vm.prank(buyer);
        market.refund(terms, order);
    }

    function test_RevertsASecondTime() public {
        vm.warp(end + 1);
        market.refund(terms, order);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_OrderNotPending.selector, id));
        market.refund(terms, order);
    }

    function test_RevertsAfterADelivery() public {
        _deliver(terms, order, id);
        vm.warp(end + 1);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_OrderNotPending.selector, id));
        market.refund(terms, order);
    }

    function test_RevertsForAnOrderThatWasNeverMade() public {
        order.salt = "never";
        OrderId unknown = _idOf(terms, order);
        vm.warp(end + 1);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_OrderNotPending.selector, unknown));
        market.refund(terms, order);
    }

    function test_RefundsDuringAStopAndWithoutTheRightToIssue() public {
        vm.warp(end + 1);
        _stop();
        _setIssuer(address(market), false);
        market.refund(terms, order);
        assertEq(_owed(buyer, address(aim)), TOTAL);
    }

    function test_RefundsInATokenThatIsNoLongerAllowed() public {
        terms.token = address(usd);
        (order, id) = _openAndBuy(terms);
        _setToken(address(usd), false, 0);
        vm.warp(end + 1);
        market.refund(terms, order);
        assertEq(_owed(buyer, address(usd)), TOTAL);
    }
}
