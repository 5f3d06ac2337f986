// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMarket} from "../../../interfaces/IMarket.sol";
import {IOffers} from "../../../interfaces/IOffers.sol";
import {LicenseState} from "../../../interfaces/types/Licenses.sol";
import {InspectedBase} from "./InspectedBase.sol";

contract HoldTest is InspectedBase {
    function _hold() private {
        vm.prank(terms.arbitrator);
        market.hold(abi.encode(terms, order), buyer);
    }

    /* WHAT A HOLD DOES */

    function test_TheArbitratorHoldsThePriceBackForNinetyDays() public {
        vm.warp(end);
        uint40 until = end + 90 days;
        vm.expectEmit(address(market));
        emit IMarket.OrderHeld(id, until);
        _hold();
        (uint40 endsAt, bool held) = market.inspectionOf(id);
        assertEq(endsAt, until);
        assertTrue(held);
        assertState(id, LicenseState.Active);
        vm.warp(until + 1);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_OrderIsHeld.selector, id));
        market.settle(terms, order);
        assertFalse(market.settleIfDue(terms, order));
        assertEq(_owed(payout, address(aim)), 0);
    }

    function test_TheBuyerAcceptsAHeldOrderAtAnyTime() public {
        _hold();
        vm.warp(end + 1000 days);
        vm.prank(buyer);
        market.accept(terms, order);
        assertState(id, LicenseState.Settled);
        assertEq(_owed(payout, address(aim)), PRICE - PROTOCOL_FEE);
        (uint40 endsAt, bool held) = market.inspectionOf(id);
        assertEq(endsAt, 0);
        assertFalse(held);
    }

    function test_TheSellerConcedesAHeldOrder() public {
        _hold();
        vm.prank(seller);
        market.decline(terms, order);
        assertState(id, LicenseState.Burned);
        assertEq(_owed(buyer, address(aim)), PRICE);
        assertEq(_owed(keeper, address(aim)), DELIVERY_FEE);
    }

    /* WITHOUT A RULING */

    function test_AnybodyRefundsAfterNinetyDays() public {
        _hold();
        uint256 until = end + 90 days;
        vm.warp(until);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_RulingOpen.selector, until));
        market.refund(terms, order);
        vm.warp(until + 1);
        vm.expectEmit(address(market));
        emit IMarket.OrderRefunded(id, false);
        vm.prank(stranger);
        market.refund(terms, order);
        assertEq(_owed(buyer, address(aim)), PRICE, "the delivery fee is spent");
        assertState(id, LicenseState.Burned);
        (uint40 endsAt, bool held) = market.inspectionOf(id);
        assertEq(endsAt, 0);
        assertFalse(held);
    }

    /* WHAT IS REFUSED */

    function test_RevertsAfterTheInspection() public {
        vm.warp(end + 1);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_InspectionOver.selector, end));
        _hold();
    }

    function test_RevertsForAnybodyButTheArbitrator() public {
        address[3] memory others = [buyer, seller, governance];
        for (uint256 i; i < others.length; ++i) {
            vm.prank(others[i]);
            _expectRevert(abi.encodeWithSelector(IMarket.Market_NotArbitrator.selector, others[i]));
            market.hold(abi.encode(terms, order), buyer);
        }
    }

    function test_RevertsForAClaimantWhoIsNotTheBuyer() public {
        vm.prank(terms.arbitrator);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_NotBuyer.selector, friend));
        market.hold(abi.encode(terms, order), friend);
    }

    function test_RevertsASecondTime() public {
        _hold();
        _expectRevert(abi.encodeWithSelector(IMarket.Market_OrderIsHeld.selector, id));
        _hold();
    }

    function test_RevertsWithoutAnOpenInspection() public {
        bytes memory failure = abi.encodeWithSelector(IMarket.Market_OrderNotInspected.selector, id);
        vm.prank(buyer);
        market.accept(terms, order);
        _expectRevert(failure);
        _hold();
        terms.salt = "pending";
        (order, id) = _openAndBuy(terms);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_OrderNotInspected.selector, id));
        _hold();
    }

    /// @dev The arbitrator of other terms is nobody to this order: those terms have another id.
    function test_RevertsWhereTheTermsNameAnotherArbitrator() public {
        terms.arbitrator = stranger;
        _expectRevert(
            abi.encodeWithSelector(IMarket.Market_OrderNotInspected.selector, _idOf(terms, order))
        );
        _hold();
    }

    function test_RevertsWhereTheDataHasAnotherLength() public {
        bytes memory deal = abi.encode(terms, order);
        bytes memory failure = abi.encodeWithSelector(IOffers.Market_TermsInvalid.selector, "data");
        vm.startPrank(terms.arbitrator);
        _expectRevert(failure);
        market.hold(bytes.concat(deal, hex"00"), buyer);
        _expectRevert(failure);
        market.hold("", buyer);
        assembly ("memory-safe") {
            mstore(deal, sub(mload(deal), 1))
        }
        _expectRevert(failure);
        market.hold(deal, buyer);
    }
}
