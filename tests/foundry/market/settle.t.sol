// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMarket} from "../../../interfaces/IMarket.sol";
import {Order} from "../../../interfaces/types/Deals.sol";
import {LicenseState} from "../../../interfaces/types/Licenses.sol";
import {InspectedBase} from "./InspectedBase.sol";

contract SettleTest is InspectedBase {
    function _expectNotInspected() private {
        _expectRevert(abi.encodeWithSelector(IMarket.Market_OrderNotInspected.selector, id));
        market.settle(terms, order);
    }

    function test_AnybodyPaysTheSellerAfterTheInspection() public {
        vm.warp(end + 1);
        vm.expectEmit(address(market));
        emit IMarket.OrderSettled(id, false);
        vm.prank(stranger);
        market.settle(terms, order);
        assertState(id, LicenseState.Settled);
        assertEq(_owed(payout, address(aim)), PRICE - PROTOCOL_FEE);
        assertEq(_owed(treasury, address(aim)), PROTOCOL_FEE);
        assertEq(_owed(stranger, address(aim)), 0);
        (uint40 endsAt,) = market.inspectionOf(id);
        assertEq(endsAt, 0);
    }

    /* IN A BATCH */

    function test_SettlesInABatchWhatIsDueAndPassesOverTheRest() public {
        vm.warp(end);
        assertFalse(market.settleIfDue(terms, order), "in the last second");
        assertState(id, LicenseState.Active);
        vm.warp(end + 1);
        bytes[] memory calls = new bytes[](3);
        calls[0] = abi.encodeCall(market.settleIfDue, (terms, order));
        calls[1] = calls[0];
        Order memory unknown = order;
        unknown.salt = "unknown";
        calls[2] = abi.encodeCall(market.settleIfDue, (terms, unknown));
        vm.expectEmit(address(market));
        emit IMarket.OrderSettled(id, false);
        vm.prank(stranger);
        bytes[] memory answers = market.multicall(calls);
        assertTrue(abi.decode(answers[0], (bool)));
        assertFalse(abi.decode(answers[1], (bool)));
        assertFalse(abi.decode(answers[2], (bool)));
        assertState(id, LicenseState.Settled);
        assertEq(_owed(payout, address(aim)), PRICE - PROTOCOL_FEE);
    }

    function test_PassesOverWhatWasAcceptedOrIsPending() public {
        vm.prank(buyer);
        market.accept(terms, order);
        vm.warp(end + 1);
        assertFalse(market.settleIfDue(terms, order));
        terms.salt = "pending";
        (order, id) = _openAndBuy(terms);
        assertFalse(market.settleIfDue(terms, order));
        assertState(id, LicenseState.Pending);
        assertEq(_owed(payout, address(aim)), PRICE - PROTOCOL_FEE);
    }

    /* ALONE */

    function test_RevertsInTheLastSecondOfTheInspection() public {
        vm.warp(end);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_InspectionOpen.selector, end));
        market.settle(terms, order);
    }

    function test_RevertsASecondTime() public {
        vm.warp(end + 1);
        market.settle(terms, order);
        _expectNotInspected();
    }

    function test_RevertsAfterAnAcceptance() public {
        vm.prank(buyer);
        market.accept(terms, order);
        vm.warp(end + 1);
        _expectNotInspected();
    }

    function test_RevertsForAPendingOrder() public {
        terms.salt = "pending";
        (order, id) = _openAndBuy(terms);
        vm.warp(end + 1);
        _expectNotInspected();
    }

    function test_SettlesDuringAStopAndWithoutTheRightToIssue() public {
        vm.warp(end + 1);
        _stop();
        _setIssuer(address(market), false);
        market.settle(terms, order);
        assertState(id, LicenseState.Settled);
    }

    function test_RefundRevertsDuringTheInspectionAndBothAfterTheEnd() public {
        bytes memory failure = abi.encodeWithSelector(IMarket.Market_OrderNotPending.selector, id);
        _expectRevert(failure);
        market.refund(terms, order);
        vm.warp(block.timestamp + 365 days);
        _expectRevert(failure);
        market.refund(terms, order);
        market.settle(terms, order);
        _expectRevert(failure);
        market.refund(terms, order);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_OrderEnded.selector, id));
        vm.prank(seller);
        market.decline(terms, order);
    }
}
