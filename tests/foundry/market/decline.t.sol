// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMarket} from "../../../interfaces/IMarket.sol";
import {IOffers} from "../../../interfaces/IOffers.sol";
import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {OrderId} from "../../../interfaces/types/Ids.sol";
import {LicenseState} from "../../../interfaces/types/Licenses.sol";
import {Base} from "../utils/Base.sol";

contract DeclineTest is Base {
    Offer internal terms;
    Order internal order;
    OrderId internal id;

    function setUp() public override {
        super.setUp();
        terms = _terms();
        (order, id) = _openAndBuy(terms);
    }

    function test_TheSellerReturnsEverythingAtOnce() public {
        vm.expectEmit(address(market));
        emit IMarket.OrderRefunded(id, true);
        vm.prank(seller);
        market.decline(terms, order);
        assertState(id, LicenseState.Burned);
        assertEq(_owed(buyer, address(aim)), TOTAL);
    }

    function test_TheSellerDeclinesAfterGraceToo() public {
        vm.warp(_graceEnd(terms) + 1);
        vm.prank(seller);
        market.decline(terms, order);
        assertState(id, LicenseState.Burned);
    }

    function test_RevertsForAnybodyButTheSeller() public {
        address[4] memory others = [buyer, payout, guardian, governance];
        for (uint256 i; i < others.length; ++i) {
            vm.prank(others[i]);
            _expectRevert(abi.encodeWithSelector(IOffers.Market_NotSeller.selector, others[i]));
            market.decline(terms, order);
        }
    }

    function test_RevertsForSomebodyWhoWritesHimselfIntoTheTerms() public {
        terms.seller = stranger;
        OrderId unknown = _idOf(terms, order);
        vm.prank(stranger);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_OrderEnded.selector, unknown));
        market.decline(terms, order);
    }

    function test_TheOldOwnerDeclinesAfterHeTransferredTheModel() public {
        _transferModel(seller, friend);
        vm.prank(friend);
        _expectRevert(abi.encodeWithSelector(IOffers.Market_NotSeller.selector, friend));
        market.decline(terms, order);
        vm.prank(seller);
        market.decline(terms, order);
        assertEq(_owed(buyer, address(aim)), TOTAL);
    }

    function test_RevertsAfterDelivery() public {
        _deliver(terms, order, id);
        vm.prank(seller);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_OrderEnded.selector, id));
        market.decline(terms, order);
    }

    /// @dev The seller concedes: the price comes back, the delivery was paid for.
    function test_TheSellerReturnsThePriceDuringAnInspectionAndAfterIt() public {
        terms = _inspectedTerms();
        (order, id) = _openAndBuy(terms);
        _deliver(terms, order, id);
        uint256 snapshot = vm.snapshotState();
        for (uint256 i; i < 2; ++i) {
            vm.warp(block.timestamp + i * 30 days);
            vm.expectEmit(address(market));
            emit IMarket.OrderRefunded(id, true);
            vm.prank(seller);
            market.decline(terms, order);
            assertState(id, LicenseState.Burned);
            assertEq(_owed(buyer, address(aim)), PRICE);
            assertEq(_owed(keeper, address(aim)), DELIVERY_FEE);
            vm.revertToState(snapshot);
        }
    }

    function test_RevertsASecondTime() public {
        vm.startPrank(seller);
        market.decline(terms, order);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_OrderEnded.selector, id));
        market.decline(terms, order);
    }

    function test_DeclinesDuringAStop() public {
        _stop();
        vm.prank(seller);
        market.decline(terms, order);
        assertState(id, LicenseState.Burned);
    }
}
