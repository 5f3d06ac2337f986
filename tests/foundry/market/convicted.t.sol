// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMarket} from "../../../interfaces/IMarket.sol";
import {IModelRegistry} from "../../../interfaces/IModelRegistry.sol";
import {Offer, Order, Ruling} from "../../../interfaces/types/Deals.sol";
import {OrderId} from "../../../interfaces/types/Ids.sol";
import {LicenseState} from "../../../interfaces/types/Licenses.sol";
import {Base} from "../utils/Base.sol";

/// @notice What becomes of orders whose version was convicted of wrong content.
contract ConvictedTest is Base {
    Offer internal terms;
    Order internal order;
    OrderId internal id;

    function _start(Offer memory terms_) private {
        terms = terms_;
        (order, id) = _openAndBuy(terms);
    }

    /// @dev As if the registry had been shown a wrong leaf: its own tests are about that.
    function _convict() private {
        vm.mockCall(
            address(registry),
            abi.encodeCall(IModelRegistry.isConvicted, (terms.model, terms.version)),
            abi.encode(true)
        );
    }

    function test_APendingOrderIsRefundedAtOnce() public {
        _start(_terms());
        _expectRevert(
            abi.encodeWithSelector(IMarket.Market_RefundTooEarly.selector, _graceEnd(terms))
        );
        market.refund(terms, order);
        _convict();
        vm.prank(stranger);
        market.refund(terms, order);
        assertEq(_owed(buyer, address(aim)), TOTAL);
        assertState(id, LicenseState.Burned);
    }

    /// @dev Before the refund is mined a delivery still counts, and is paid where there is no window.
    function test_APendingOrderCanStillBeDelivered() public {
        _start(_terms());
        _convict();
        _deliver(terms, order, id);
        assertState(id, LicenseState.Settled);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_OrderEnded.selector, id));
        market.refund(terms, order);
    }

    function test_AnInspectedOrderIsRefundedAndNeverSettled() public {
        _start(_inspectedTerms());
        _deliver(terms, order, id);
        (uint40 end,) = market.inspectionOf(id);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_OrderNotPending.selector, id));
        market.refund(terms, order);
        vm.warp(end + 1);
        _convict();
        _expectRevert(
            abi.encodeWithSelector(
                IMarket.Market_VersionConvicted.selector, terms.model, terms.version
            )
        );
        market.settle(terms, order);
        assertFalse(market.settleIfDue(terms, order));
        vm.prank(stranger);
        market.refund(terms, order);
        assertEq(_owed(buyer, address(aim)), PRICE);
        assertEq(_owed(payout, address(aim)), 0);
        assertState(id, LicenseState.Burned);
    }

    function test_AHeldOrderIsRefundedWithoutARuling() public {
        _start(_inspectedTerms());
        _deliver(terms, order, id);
        vm.prank(terms.arbitrator);
        market.hold(abi.encode(terms, order), buyer);
        _convict();
        market.refund(terms, order);
        assertEq(_owed(buyer, address(aim)), PRICE);
        assertState(id, LicenseState.Burned);
    }

    function test_NoRulingPaysTheSellerOfAConvictedVersion() public {
        _start(_inspectedTerms());
        _deliver(terms, order, id);
        vm.prank(terms.arbitrator);
        market.hold(abi.encode(terms, order), buyer);
        _convict();
        vm.prank(terms.arbitrator);
        market.resolve(abi.encode(terms, order), Ruling.Rejected);
        assertEq(_owed(buyer, address(aim)), PRICE);
        assertEq(_owed(payout, address(aim)), 0);
        assertState(id, LicenseState.Burned);
    }

    function test_TheBuyerMayStillAccept() public {
        _start(_inspectedTerms());
        _deliver(terms, order, id);
        _convict();
        vm.prank(buyer);
        market.accept(terms, order);
        assertState(id, LicenseState.Settled);
    }

    function test_AnEndedOrderStaysAsItIs() public {
        _start(_inspectedTerms());
        _deliver(terms, order, id);
        vm.prank(buyer);
        market.accept(terms, order);
        _convict();
        _expectRevert(abi.encodeWithSelector(IMarket.Market_OrderEnded.selector, id));
        market.refund(terms, order);
        assertEq(_owed(buyer, address(aim)), 0);
    }

    function test_AnotherVersionsConvictionChangesNothing() public {
        _start(_terms());
        vm.mockCall(
            address(registry),
            abi.encodeCall(IModelRegistry.isConvicted, (terms.model, 2)),
            abi.encode(true)
        );
        _expectRevert(
            abi.encodeWithSelector(IMarket.Market_RefundTooEarly.selector, _graceEnd(terms))
        );
        market.refund(terms, order);
    }
}
