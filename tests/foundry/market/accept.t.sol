// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMarket} from "../../../interfaces/IMarket.sol";
import {IModelLicense} from "../../../interfaces/IModelLicense.sol";
import {OrderId} from "../../../interfaces/types/Ids.sol";
import {LicenseState} from "../../../interfaces/types/Licenses.sol";
import {InspectedBase} from "./InspectedBase.sol";

contract AcceptTest is InspectedBase {
    function _expectNotInspected() private {
        _expectRevert(abi.encodeWithSelector(IMarket.Market_OrderNotInspected.selector, id));
        vm.prank(buyer);
        market.accept(terms, order);
    }

    function test_PaysTheSellerBeforeTheInspectionEnds() public {
        vm.expectEmit(address(market));
        emit IMarket.OrderSettled(id, true);
        vm.expectEmit(address(license));
        emit IModelLicense.LicenseSettled(_licenseOf(id));
        vm.prank(buyer);
        market.accept(terms, order);
        assertState(id, LicenseState.Settled);
        assertEq(_owed(payout, address(aim)), PRICE - PROTOCOL_FEE);
        assertEq(_owed(treasury, address(aim)), PROTOCOL_FEE);
        (uint40 endsAt,) = market.inspectionOf(id);
        assertEq(endsAt, 0);
    }

    function test_AcceptsInTheLastSecondOfTheInspection() public {
        vm.warp(end);
        vm.prank(buyer);
        market.accept(terms, order);
        assertState(id, LicenseState.Settled);
    }

    function test_RevertsAfterTheInspection() public {
        vm.warp(end + 1);
        vm.prank(buyer);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_InspectionOver.selector, end));
        market.accept(terms, order);
    }

    function test_RevertsForAnybodyButTheBuyer() public {
        address[3] memory others = [seller, keeper, governance];
        for (uint256 i; i < others.length; ++i) {
            vm.prank(others[i]);
            _expectRevert(abi.encodeWithSelector(IMarket.Market_NotBuyer.selector, others[i]));
            market.accept(terms, order);
        }
    }

    function test_RevertsASecondTime() public {
        vm.prank(buyer);
        market.accept(terms, order);
        _expectNotInspected();
    }

    function test_RevertsBeforeDelivery() public {
        terms.salt = "pending";
        (order, id) = _openAndBuy(terms);
        _expectNotInspected();
    }

    function test_RevertsWhereTheSellerWasPaidAtDelivery() public {
        terms = _terms();
        (order, id) = _openAndBuy(terms);
        _deliver(terms, order, id);
        _expectNotInspected();
    }

    function test_RevertsForSomebodyWhoWritesHimselfIntoTheOrder() public {
        order.buyer = stranger;
        OrderId unknown = _idOf(terms, order);
        vm.prank(stranger);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_OrderNotInspected.selector, unknown));
        market.accept(terms, order);
    }

    function test_RevertsWhereAnotherPayoutIsNamed() public {
        terms.payout = buyer;
        OrderId unknown = _idOf(terms, order);
        vm.prank(buyer);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_OrderNotInspected.selector, unknown));
        market.accept(terms, order);
    }

    function test_AcceptsDuringAStop() public {
        _stop();
        vm.prank(buyer);
        market.accept(terms, order);
        assertState(id, LicenseState.Settled);
    }
}
