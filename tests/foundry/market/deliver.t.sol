// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    KeyDelivery_ScalarOutOfRange,
    KeyDelivery_WrongChallenge,
    KeyDelivery_WrongTerm,
    Secp256k1_PointInvalid
} from "../../../interfaces/IKeyDelivery.sol";
import {IMarket} from "../../../interfaces/IMarket.sol";
import {IModelLicense} from "../../../interfaces/IModelLicense.sol";
import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {LicenseId, OrderId} from "../../../interfaces/types/Ids.sol";
import {Delivery, Point} from "../../../interfaces/types/Keys.sol";
import {LicenseState} from "../../../interfaces/types/Licenses.sol";
import {Vm} from "forge-std/Vm.sol";

import {Base} from "../utils/Base.sol";
import {MarketUnderTest} from "../utils/Deployed.sol";

contract DeliverTest is Base {
    Offer internal terms;
    Order internal order;
    OrderId internal id;

    function setUp() public override {
        super.setUp();
        terms = _terms();
        (order, id) = _openAndBuy(terms);
    }

    function _useInspection() private {
        terms = _inspectedTerms();
        (order, id) = _openAndBuy(terms);
    }

    function _expectNotPending(Delivery memory delivery) private {
        OrderId unknown = _idOf(terms, order);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_OrderNotPending.selector, unknown));
        market.deliver(terms, order, delivery);
    }

    /* WHAT A DELIVERY DOES */

    function test_PaysAndGivesAccessAtOnceWithoutInspection() public {
        Delivery memory delivery = _prove(id);
        vm.expectEmit(address(market));
        emit IMarket.Delivered(id, keeper, address(0), delivery.z, delivery.c, delivery.w, 0);
        vm.expectEmit(address(license));
        emit IModelLicense.LicenseActivated(_licenseOf(id), 0, true);
        vm.prank(keeper);
        market.deliver(terms, order, delivery);

        assertState(id, LicenseState.Settled);
        assertTrue(license.hasAccess(_licenseOf(id), buyer, 1), "access");
        assertEq(_owed(payout, address(aim)), PRICE - PROTOCOL_FEE, "seller's payout");
        assertEq(_owed(treasury, address(aim)), PROTOCOL_FEE, "treasury");
        assertEq(_owed(keeper, address(aim)), DELIVERY_FEE, "deliverer");
        assertEq(_owed(seller, address(aim)), 0, "only the payout address");
        (uint40 endsAt,) = market.inspectionOf(id);
        assertEq(endsAt, 0, "no inspection");
    }

    function test_HoldsThePriceBackDuringAnInspection() public {
        _useInspection();
        Delivery memory delivery = _prove(id);
        uint40 end = uint40(block.timestamp) + terms.inspection;
        vm.expectEmit(address(market));
        emit IMarket.Delivered(id, keeper, address(0), delivery.z, delivery.c, delivery.w, end);
        vm.prank(keeper);
        market.deliver(terms, order, delivery);

        assertState(id, LicenseState.Active);
        assertTrue(license.hasAccess(_licenseOf(id), buyer, 1), "access");
        (uint40 endsAt, bool held) = market.inspectionOf(id);
        assertEq(endsAt, end, "end of inspection");
        assertFalse(held, "held");
        assertEq(_owed(payout, address(aim)) + _owed(treasury, address(aim)), 0, "paid too early");
        assertEq(_owed(keeper, address(aim)), DELIVERY_FEE, "deliverer");
    }

    function test_CreditsTheAccountThatTheOfferNames() public {
        terms.payoutAccount = keccak256("split");
        (order, id) = _openAndBuy(terms);
        _deliver(terms, order, id);
        assertEq(market.credit(payout, terms.payoutAccount, address(aim)), PRICE - PROTOCOL_FEE);
        assertEq(_owed(payout, address(aim)), 0);
        assertEq(_owed(treasury, address(aim)), PROTOCOL_FEE, "the treasury has one account");
    }

    function test_AccessLastsForTheDurationFromDelivery() public {
        terms.duration = 30 days;
        (order, id) = _openAndBuy(terms);
        vm.warp(block.timestamp + 1 hours);
        _deliver(terms, order, id);
        uint256 end = block.timestamp + terms.duration;
        assertEq(license.expiresAt(LicenseId.unwrap(_licenseOf(id))), end);
        vm.warp(end);
        assertTrue(license.hasAccess(_licenseOf(id), buyer, 1), "last second");
        vm.warp(end + 1);
        assertFalse(license.hasAccess(_licenseOf(id), buyer, 1), "after the last second");
    }

    /* THE FEE'S RECEIVER */

    function test_PaysTheFeeToWhomTheProofNames() public {
        Delivery memory delivery = kit.proveFor(LINE_SECRET, OrderId.unwrap(id), key, friend);
        vm.expectEmit(address(market));
        emit IMarket.Delivered(id, stranger, friend, delivery.z, delivery.c, delivery.w, 0);
        vm.prank(stranger);
        market.deliver(terms, order, delivery);
        assertEq(_owed(friend, address(aim)), DELIVERY_FEE, "receiver");
        assertEq(_owed(stranger, address(aim)), 0, "who handed it in");
    }

    function test_RevertsWhereSomebodyElseTakesTheFee() public {
        Delivery memory delivery = kit.proveFor(LINE_SECRET, OrderId.unwrap(id), key, keeper);
        delivery.receiver = stranger;
        _expectRevert(KeyDelivery_WrongChallenge.selector);
        market.deliver(terms, order, delivery);
        delivery.receiver = address(0);
        _expectRevert(KeyDelivery_WrongChallenge.selector);
        market.deliver(terms, order, delivery);
        delivery = _prove(id);
        delivery.receiver = stranger;
        _expectRevert(KeyDelivery_WrongChallenge.selector);
        market.deliver(terms, order, delivery);
    }

    /// What the log has is all that a verification needs.
    function test_TheEventVerifiesAgain() public {
        vm.recordLogs();
        market.deliver(terms, order, kit.proveFor(LINE_SECRET, OrderId.unwrap(id), key, keeper));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        uint256 found;
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] != IMarket.Delivered.selector) continue;
            (address receiver, Point memory z, uint256 c, uint256 w,) =
                abi.decode(logs[i].data, (address, Point, uint256, uint256, uint40));
            assertTrue(kit.holds(OrderId.wrap(logs[i].topics[1]), line, key, receiver, z, c, w));
            assertFalse(
                kit.holds(OrderId.wrap(logs[i].topics[1]), line, key, receiver, z, c, w + 1)
            );
            ++found;
        }
        assertEq(found, 1);
    }

    /* CLOCK */

    function test_DeliversInTheLastSecondOfGrace() public {
        vm.warp(_graceEnd(terms));
        _deliver(terms, order, id);
        assertState(id, LicenseState.Settled);
    }

    function test_RevertsAfterGrace() public {
        uint256 end = _graceEnd(terms);
        Delivery memory delivery = _prove(id);
        vm.warp(end + 1);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_DeliveryTooLate.selector, end));
        market.deliver(terms, order, delivery);
    }

    /* ONLY PENDING ORDERS */

    function test_RevertsASecondTime() public {
        Delivery memory delivery = _prove(id);
        market.deliver(terms, order, delivery);
        _expectNotPending(delivery);
    }

    function test_RevertsASecondTimeDuringTheInspection() public {
        _useInspection();
        Delivery memory delivery = _prove(id);
        market.deliver(terms, order, delivery);
        _expectNotPending(delivery);
    }

    function test_RevertsAfterADecline() public {
        vm.prank(seller);
        market.decline(terms, order);
        _expectNotPending(_prove(id));
    }

    function test_RevertsWhereAnyWordOfTheOrderWasChanged() public {
        Delivery memory delivery = _prove(id);
        bytes memory encoded = abi.encode(order);
        for (uint256 word; word < encoded.length / 32; ++word) {
            order = abi.decode(_flip(encoded, word, 0), (Order));
            _expectNotPending(delivery);
        }
    }

    function test_RevertsWhereAnyWordOfTheTermsWasChanged() public {
        Delivery memory delivery = _prove(id);
        bytes memory encoded = abi.encode(terms);
        for (uint256 word; word < encoded.length / 32; ++word) {
            terms = abi.decode(_flip(encoded, word, 0), (Offer));
            _expectNotPending(delivery);
        }
    }

    function test_RevertsWhereAnyWordHasDirtyBits() public {
        bytes memory parts = abi.encode(terms, order, _prove(id));
        uint256 words = (abi.encode(terms).length + abi.encode(order).length) / 32;
        for (uint256 word; word < words; ++word) {
            (bool success,) =
                address(market).call(bytes.concat(market.deliver.selector, _flip(parts, word, 255)));
            assertFalse(success);
        }
        (bool clean,) = address(market).call(bytes.concat(market.deliver.selector, parts));
        assertTrue(clean, "nothing else was wrong");
    }

    /* ONLY THE RIGHT KEY */

    function test_RevertsWithTheKeyOfAnotherLine() public {
        Delivery memory delivery = kit.prove(LINE_SECRET + 1, OrderId.unwrap(id), key);
        _expectRevert(KeyDelivery_WrongChallenge.selector);
        market.deliver(terms, order, delivery);
    }

    function test_RevertsWithAKeyForAnotherBuyer() public {
        Delivery memory delivery =
            kit.prove(LINE_SECRET, OrderId.unwrap(id), kit.point(KEY_SECRET + 1));
        _expectRevert(KeyDelivery_WrongTerm.selector);
        market.deliver(terms, order, delivery);
    }

    function test_RevertsWithTheDeliveryOfAnotherOrder() public {
        Delivery memory delivery = _prove(id);
        vm.prank(buyer);
        OrderId other = market.buy(terms, _purchase("other"));
        order.salt = "other";
        assertEq(_idOf(terms, order), other);
        _expectRevert(KeyDelivery_WrongChallenge.selector);
        market.deliver(terms, order, delivery);
    }

    function test_RevertsWithTheDeliveryOfAnotherMarket() public {
        bytes32 domain = MarketUnderTest(_deployMarket()).domain();
        bytes32 foreign = keccak256(abi.encode(domain, keccak256(abi.encode(domain, terms)), order));
        Delivery memory delivery = _prove(OrderId.wrap(foreign));
        _expectRevert(KeyDelivery_WrongChallenge.selector);
        market.deliver(terms, order, delivery);
    }

    function test_RevertsWithAMalformedDelivery() public {
        Delivery memory delivery = _prove(id);
        delivery.w = 0;
        _expectRevert(KeyDelivery_ScalarOutOfRange.selector);
        market.deliver(terms, order, delivery);
        delivery = _prove(id);
        delivery.z.y ^= 1;
        _expectRevert(Secp256k1_PointInvalid.selector);
        market.deliver(terms, order, delivery);
        assertState(id, LicenseState.Pending);
    }

    function test_RevertsWhereAnyWordOfTheDeliveryWasChanged() public {
        bytes memory head = abi.encodePacked(market.deliver.selector, abi.encode(terms, order));
        bytes memory encoded = abi.encode(_prove(id));
        for (uint256 word; word < encoded.length / 32; ++word) {
            for (uint256 bit; bit < 256; bit += 85) {
                (bool success,) =
                    address(market).call(bytes.concat(head, _flip(encoded, word, bit)));
                assertFalse(success);
            }
        }
        (bool clean,) = address(market).call(bytes.concat(head, encoded));
        assertTrue(clean, "nothing else was wrong");
    }

    /* NOTHING STOPS IT */

    function test_DeliversAfterTheOfferClosedAndExpired() public {
        terms.expiresAt = uint40(block.timestamp);
        (order, id) = _openAndBuy(terms);
        vm.prank(seller);
        market.closeOffer(terms);
        vm.warp(block.timestamp + 1);
        _deliver(terms, order, id);
        assertState(id, LicenseState.Settled);
    }

    function test_DeliversAfterTheVersionWasRetired() public {
        vm.prank(seller);
        registry.retire(model, 1);
        _deliver(terms, order, id);
        assertState(id, LicenseState.Settled);
    }

    function test_ATransferredModelMovesNoProceedsOfOpenOrders() public {
        _transferModel(seller, friend);
        _deliver(terms, order, id);
        assertEq(_owed(payout, address(aim)), PRICE - PROTOCOL_FEE);
        assertEq(_owed(friend, address(aim)), 0);
    }

    function test_DeliversDuringAStop() public {
        _stop();
        _deliver(terms, order, id);
        assertState(id, LicenseState.Settled);
    }

    function test_DeliversAfterTheMarketLostItsRightToIssue() public {
        _setIssuer(address(market), false);
        _deliver(terms, order, id);
        assertState(id, LicenseState.Settled);
    }

    function test_DeliversAfterTheTokenWasRefused() public {
        terms.token = address(usd);
        (order, id) = _openAndBuy(terms);
        _setToken(address(usd), false, 0);
        _deliver(terms, order, id);
        assertGt(_owed(payout, address(usd)), 0);
    }

    function test_AFeeChangeLeavesOpenOrdersAsTheyWere() public {
        _setToken(address(aim), true, 500);
        _deliver(terms, order, id);
        assertEq(_owed(treasury, address(aim)), PROTOCOL_FEE);
        assertEq(_owed(payout, address(aim)), PRICE - PROTOCOL_FEE);
    }
}
