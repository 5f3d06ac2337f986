// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMarket} from "../../../interfaces/IMarket.sol";
import {IOffers} from "../../../interfaces/IOffers.sol";
import {Ruling} from "../../../interfaces/types/Deals.sol";
import {LicenseState} from "../../../interfaces/types/Licenses.sol";
import {InspectedBase} from "./InspectedBase.sol";

contract ResolveTest is InspectedBase {
    bytes internal what;

    function setUp() public override {
        super.setUp();
        what = abi.encode(terms, order);
        vm.prank(terms.arbitrator);
        market.hold(what, buyer);
    }

    function _resolve(Ruling ruling) private {
        vm.prank(terms.arbitrator);
        market.resolve(what, ruling);
    }

    function test_RejectedPaysTheSeller() public {
        vm.warp(end + 1);
        vm.expectEmit(address(market));
        emit IMarket.OrderResolved(id, Ruling.Rejected);
        vm.expectEmit(address(market));
        emit IMarket.OrderSettled(id, false);
        _resolve(Ruling.Rejected);
        assertState(id, LicenseState.Settled);
        assertEq(_owed(payout, address(aim)), PRICE - PROTOCOL_FEE);
        assertEq(_owed(treasury, address(aim)), PROTOCOL_FEE);
        assertEq(_owed(buyer, address(aim)), 0);
    }

    /// @dev The seller named the arbitrator, who may be a friend: no ruling takes the window away, in which
    /// the buyer can still prove the content wrong.
    function test_ARejectionPaysNobodyWithinTheInspection() public {
        vm.warp(end);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_InspectionOpen.selector, end));
        _resolve(Ruling.Rejected);
        vm.warp(end + 1);
        _resolve(Ruling.Rejected);
        assertState(id, LicenseState.Settled);
    }

    function test_UpheldAndNoneRefundThePrice() public {
        for (uint256 i; i < 2; ++i) {
            uint256 snapshot = vm.snapshotState();
            Ruling ruling = i == 0 ? Ruling.Upheld : Ruling.None;
            vm.expectEmit(address(market));
            emit IMarket.OrderResolved(id, ruling);
            vm.expectEmit(address(market));
            emit IMarket.OrderRefunded(id, false);
            _resolve(ruling);
            assertState(id, LicenseState.Burned);
            assertEq(_owed(buyer, address(aim)), PRICE);
            assertEq(_owed(payout, address(aim)) + _owed(treasury, address(aim)), 0);
            assertEq(_owed(keeper, address(aim)), DELIVERY_FEE);
            vm.revertToState(snapshot);
        }
    }

    /// @dev Nobody has asked for the refund yet: a late ruling still counts.
    function test_RulesAfterNinetyDaysUntilSomebodyRefunds() public {
        vm.warp(block.timestamp + 91 days);
        _resolve(Ruling.Rejected);
        assertState(id, LicenseState.Settled);
    }

    function test_RulesDuringAStopAndWithoutTheRightToIssue() public {
        _stop();
        _setIssuer(address(market), false);
        _resolve(Ruling.Upheld);
        assertState(id, LicenseState.Burned);
    }

    function test_RevertsASecondTime() public {
        _resolve(Ruling.Upheld);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_OrderNotInspected.selector, id));
        _resolve(Ruling.Rejected);
        assertEq(_owed(payout, address(aim)), 0);
    }

    function test_RevertsWithoutAHold() public {
        terms.salt = "other";
        (order, id) = _openAndBuy(terms);
        _deliver(terms, order, id);
        what = abi.encode(terms, order);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_OrderNotHeld.selector, id));
        _resolve(Ruling.Rejected);
    }

    function test_RevertsForAnybodyButTheArbitrator() public {
        vm.prank(stranger);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_NotArbitrator.selector, stranger));
        market.resolve(what, Ruling.Rejected);
    }

    function test_RevertsWhereTheDataHasAnotherLength() public {
        what = bytes.concat(what, hex"00");
        _expectRevert(abi.encodeWithSelector(IOffers.Market_TermsInvalid.selector, "data"));
        _resolve(Ruling.Upheld);
    }

    /// @dev Neither the buyer's nor the seller's own word, nor a second hold, comes after a ruling.
    function test_NothingMovesAResolvedOrder() public {
        _resolve(Ruling.Upheld);
        vm.prank(seller);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_OrderEnded.selector, id));
        market.decline(terms, order);
        vm.prank(buyer);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_OrderNotInspected.selector, id));
        market.accept(terms, order);
        vm.warp(block.timestamp + 365 days);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_OrderNotPending.selector, id));
        market.refund(terms, order);
        assertEq(_owed(buyer, address(aim)), PRICE);
    }
}
