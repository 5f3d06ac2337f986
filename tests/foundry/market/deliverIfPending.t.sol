// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    KeyDelivery_ScalarOutOfRange,
    KeyDelivery_WrongChallenge
} from "../../../interfaces/IKeyDelivery.sol";
import {IMarket} from "../../../interfaces/IMarket.sol";
import {IModelLicense} from "../../../interfaces/IModelLicense.sol";
import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {OrderId} from "../../../interfaces/types/Ids.sol";
import {Delivery} from "../../../interfaces/types/Keys.sol";
import {LicenseState} from "../../../interfaces/types/Licenses.sol";
import {Base} from "../utils/Base.sol";

/// @notice What `deliver` does, in a batch that nobody can undo by copying a part of it.
contract DeliverIfPendingTest is Base {
    Offer internal terms;
    Order internal order;
    OrderId internal id;
    Delivery internal delivery;

    function setUp() public override {
        super.setUp();
        _use(_terms());
    }

    function _use(Offer memory terms_) private {
        terms = terms_;
        (order, id) = _openAndBuy(terms);
        delivery = _prove(id);
    }

    function _expectPassedOver() private {
        vm.recordLogs();
        vm.record();
        vm.prank(keeper);
        assertFalse(market.deliverIfPending(terms, order, delivery), "delivered");
        assertEq(vm.getRecordedLogs().length, 0, "events");
        (, bytes32[] memory written) = vm.accesses(address(market));
        (, bytes32[] memory issued) = vm.accesses(address(license));
        assertEq(written.length + issued.length, 0, "writes");
        assertEq(_owed(keeper, address(aim)), 0, "deliverer");
    }

    /* DELIVERED */

    function test_DeliversAPendingOrder() public {
        vm.expectEmit(address(market));
        emit IMarket.Delivered(id, keeper, address(0), delivery.z, delivery.c, delivery.w, 0);
        vm.expectEmit(address(license));
        emit IModelLicense.LicenseActivated(_licenseOf(id), 0, true);
        vm.prank(keeper);
        assertTrue(market.deliverIfPending(terms, order, delivery));

        assertState(id, LicenseState.Settled);
        assertEq(_owed(payout, address(aim)), PRICE - PROTOCOL_FEE, "seller's payout");
        assertEq(_owed(treasury, address(aim)), PROTOCOL_FEE, "treasury");
        assertEq(_owed(keeper, address(aim)), DELIVERY_FEE, "deliverer");
    }

    function test_DeliversInTheLastSecondOfGrace() public {
        vm.warp(_graceEnd(terms));
        assertTrue(market.deliverIfPending(terms, order, delivery));
        assertState(id, LicenseState.Settled);
    }

    /* PASSED OVER */

    function test_PassesOverAfterGrace() public {
        vm.warp(_graceEnd(terms) + 1);
        _expectPassedOver();
        assertState(id, LicenseState.Pending);
        market.refund(terms, order);
    }

    function test_PassesOverWhatWasDelivered() public {
        market.deliver(terms, order, delivery);
        _expectPassedOver();
    }

    function test_PassesOverWhatIsInspected() public {
        _use(_inspectedTerms());
        market.deliver(terms, order, delivery);
        _expectPassedOver();
        assertState(id, LicenseState.Active);
    }

    function test_PassesOverWhatWasRefunded() public {
        vm.warp(_graceEnd(terms) + 1);
        market.refund(terms, order);
        _expectPassedOver();
        assertState(id, LicenseState.Burned);
    }

    function test_PassesOverWhatWasDeclined() public {
        vm.prank(seller);
        market.decline(terms, order);
        _expectPassedOver();
        assertState(id, LicenseState.Burned);
    }

    function test_PassesOverWhatWasNeverBought() public {
        order.salt = "another";
        _expectPassedOver();
        assertState(id, LicenseState.Pending);
    }

    /* A WRONG KEY */

    function test_RevertsWithAWrongKeyForAPendingOrder() public {
        delivery = kit.prove(LINE_SECRET + 1, OrderId.unwrap(id), key);
        _expectRevert(KeyDelivery_WrongChallenge.selector);
        market.deliverIfPending(terms, order, delivery);
    }

    function test_RevertsWithAMalformedDeliveryInTheLastSecondOfGrace() public {
        delivery.w = 0;
        vm.warp(_graceEnd(terms));
        _expectRevert(KeyDelivery_ScalarOutOfRange.selector);
        market.deliverIfPending(terms, order, delivery);
    }

    /* A BATCH */

    /// @dev Three orders of one offer; the first is that of the set-up.
    function _batch() private returns (OrderId[3] memory ids, bytes[] memory calls) {
        calls = new bytes[](3);
        for (uint256 i; i < 3; ++i) {
            Order memory one = order;
            if (i != 0) {
                one.salt = bytes32(i);
                vm.prank(buyer);
                market.buy(terms, _purchase(one.salt));
            }
            ids[i] = _idOf(terms, one);
            calls[i] = abi.encodeCall(market.deliverIfPending, (terms, one, _prove(ids[i])));
        }
    }

    function test_ACopiedDeliveryLeavesTheBatchItsOthers() public {
        (OrderId[3] memory ids, bytes[] memory calls) = _batch();
        vm.prank(stranger);
        (bool copied,) = address(market).call(calls[1]);
        assertTrue(copied);

        vm.prank(keeper);
        bytes[] memory answers = market.multicall(calls);
        for (uint256 i; i < 3; ++i) {
            assertEq(abi.decode(answers[i], (bool)), i != 1, "delivered");
            assertState(ids[i], LicenseState.Settled);
        }
        assertEq(_owed(stranger, address(aim)), DELIVERY_FEE, "who copied one");
        assertEq(_owed(keeper, address(aim)), 2 * DELIVERY_FEE, "who delivered two");
        assertEq(_owed(payout, address(aim)), 3 * (PRICE - PROTOCOL_FEE), "seller's payout");
    }

    function test_AWrongKeyUndoesTheBatch() public {
        (OrderId[3] memory ids, bytes[] memory calls) = _batch();
        calls[2] = abi.encodeCall(market.deliverIfPending, (terms, order, _prove(ids[1])));
        calls[0] = calls[1];
        _expectRevert(KeyDelivery_WrongChallenge.selector);
        market.multicall(calls);
        assertState(ids[1], LicenseState.Pending);
    }

    function test_TheSameDeliveryTwiceInABatchIsPaidOnce() public {
        (, bytes[] memory calls) = _batch();
        calls[2] = calls[0];
        vm.prank(keeper);
        bytes[] memory answers = market.multicall(calls);
        assertFalse(abi.decode(answers[2], (bool)));
        assertEq(_owed(keeper, address(aim)), 2 * DELIVERY_FEE);
    }
}
