// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";

import {Secp256k1_PointInvalid} from "../../../interfaces/IKeyDelivery.sol";
import {IMarket} from "../../../interfaces/IMarket.sol";
import {IModelLicense} from "../../../interfaces/IModelLicense.sol";
import {IModelRegistry} from "../../../interfaces/IModelRegistry.sol";
import {INewBusinessStop} from "../../../interfaces/INewBusinessStop.sol";
import {IOffers} from "../../../interfaces/IOffers.sol";
import {Offer, Order, Purchase} from "../../../interfaces/types/Deals.sol";
import {Bps, LicenseId, ModelId, OfferId, OrderId} from "../../../interfaces/types/Ids.sol";
import {LicenseRecord, LicenseState} from "../../../interfaces/types/Licenses.sol";
import {Base} from "../utils/Base.sol";

contract BuyTest is Base {
    Offer internal terms;

    function setUp() public override {
        super.setUp();
        terms = _terms();
        _open(terms);
    }

    /* WHAT A PURCHASE DOES */

    function test_TakesTheTotalAndMintsAPendingLicence() public {
        uint256 before = aim.balanceOf(buyer);
        Order memory order = _order(terms, buyer, buyer);
        OrderId id = _idOf(terms, order);
        vm.expectEmit(address(market));
        emit IMarket.Purchased(
            id,
            market.offerIdOf(terms),
            buyer,
            buyer,
            address(0),
            0,
            key,
            PRICE,
            PROTOCOL_FEE,
            order.salt,
            _licenseOf(id)
        );
        (, OrderId returned) = _buy(terms);

        assertEq(returned, id);
        assertEq(before - aim.balanceOf(buyer), TOTAL, "paid");
        assertEq(aim.balanceOf(address(market)), TOTAL, "in escrow");
        LicenseRecord memory record = license.recordOf(_licenseOf(id));
        assertEq(uint8(record.state), uint8(LicenseState.Pending), "state");
        assertEq(ModelId.unwrap(record.grant.model), ModelId.unwrap(model), "model");
        assertEq(record.grant.firstVersion, terms.version, "first version");
        assertEq(record.grant.lastVersion, terms.lastVersion, "last version");
        assertEq(record.grant.transferable, terms.transferable, "transferable");
        assertEq(record.time, block.timestamp, "time of purchase");
        assertEq(license.ownerOf(LicenseId.unwrap(_licenseOf(id))), buyer, "owner");
        assertFalse(license.hasAccess(_licenseOf(id), buyer, 1), "access before delivery");
        assertEq(_owed(payout, address(aim)) + _owed(treasury, address(aim)), 0, "owed too early");
    }

    function test_GrantsNoMoreThanTheOfferSays() public {
        terms.transferable = false;
        terms.lastVersion = 2;
        (, OrderId id) = _openAndBuy(terms);
        LicenseRecord memory record = license.recordOf(_licenseOf(id));
        assertFalse(record.grant.transferable);
        assertEq(record.grant.firstVersion, 1, "first version");
        assertEq(record.grant.lastVersion, 2, "last version");
    }

    function test_OrderIdHashesDomainOfferAndOrder() public {
        (Order memory order, OrderId id) = _buy(terms);
        OfferId offer = market.offerIdOf(terms);
        bytes32 expected = keccak256(abi.encode(market.domain(), offer, order));
        assertEq(OrderId.unwrap(id), expected, "order id");
    }

    function test_AnyOtherWordOfTheOrderGivesAnotherId() public view {
        Order memory order = _order(terms, buyer, friend);
        bytes memory encoded = abi.encode(order);
        for (uint256 word; word < encoded.length / 32; ++word) {
            OrderId changed = _idOf(terms, abi.decode(_flip(encoded, word, 0), (Order)));
            assertNotEq(OrderId.unwrap(changed), OrderId.unwrap(_idOf(terms, order)));
        }
    }

    function test_SameOrderUnderAnotherOfferHasAnotherId() public view {
        Order memory order = _order(terms, buyer, buyer);
        Offer memory other = terms;
        OrderId id = _idOf(terms, order);
        other.salt = "other";
        assertNotEq(OrderId.unwrap(_idOf(other, order)), OrderId.unwrap(id));
    }

    function test_TwoPurchasesByOneBuyerDifferBySalt() public {
        (, OrderId first) = _buy(terms);
        vm.prank(buyer);
        OrderId second = market.buy(terms, _purchase(terms, "second"));
        assertNotEq(OrderId.unwrap(first), OrderId.unwrap(second));
        assertEq(aim.balanceOf(address(market)), 2 * TOTAL);
    }

    function test_RevertsWhereTheSamePurchaseWasMade() public {
        (, OrderId id) = _buy(terms);
        LicenseId licenseId = _licenseOf(id);
        vm.prank(buyer);
        _expectRevert(
            abi.encodeWithSelector(IModelLicense.ModelLicense_AlreadyIssued.selector, licenseId)
        );
        market.buy(terms, _purchase(terms));
    }

    function test_RevertsWhereTheSamePurchaseWasRefunded() public {
        (Order memory order, OrderId id) = _buy(terms);
        vm.prank(seller);
        market.decline(terms, order);
        LicenseId licenseId = _licenseOf(id);
        vm.prank(buyer);
        _expectRevert(
            abi.encodeWithSelector(IModelLicense.ModelLicense_AlreadyIssued.selector, licenseId)
        );
        market.buy(terms, _purchase(terms));
    }

    function test_FreeOfferTakesNothing() public {
        terms.price = 0;
        terms.deliveryFee = 0;
        _open(terms);
        Order memory order = _order(terms, stranger, stranger);
        vm.prank(stranger);
        OrderId id = market.buy(terms, _purchase(terms));
        assertState(id, LicenseState.Pending);
        assertEq(aim.balanceOf(address(market)), 0);
        _deliver(terms, order, id);
        assertState(id, LicenseState.Settled);
        assertEq(_owed(payout, address(aim)) + _owed(treasury, address(aim)), 0);
        assertEq(_owed(keeper, address(aim)), 0);
    }

    function testFuzz_WhatIsPaidIsWhatIsOwedInTheEnd(
        uint128 price,
        uint128 deliveryFee,
        uint16 rate
    ) public {
        terms.price = uint128(bound(price, 0, 1e30));
        terms.deliveryFee = uint128(bound(deliveryFee, 0, 1e30));
        rate = uint16(bound(rate, 0, 500));
        vm.prank(governance);
        market.setToken(address(aim), true, Bps.wrap(rate), 1e30);
        rateOf[address(aim)] = rate;
        _open(terms);
        deal(address(aim), buyer, 1e31);
        Purchase memory purchase = _purchase();
        purchase.maxTotal = type(uint128).max;
        Order memory order = _order(terms, buyer, buyer);
        vm.prank(buyer);
        OrderId id = market.buy(terms, purchase);
        assertEq(order.protocolFee, uint256(terms.price) * rate / 10_000, "rounded down");
        _deliver(terms, order, id);

        assertEq(_owed(keeper, address(aim)), terms.deliveryFee, "deliverer");
        assertEq(_owed(treasury, address(aim)), order.protocolFee, "treasury");
        assertEq(_owed(payout, address(aim)), terms.price - order.protocolFee, "seller");
        assertEq(aim.balanceOf(address(market)), uint256(terms.price) + terms.deliveryFee);
    }

    function test_FeeIsLowerInAim() public {
        terms.token = address(usd);
        _open(terms);
        (Order memory order,) = _buy(terms);
        assertEq(order.protocolFee, uint256(PRICE) * USD_FEE / 10_000);
        assertLt(PROTOCOL_FEE, order.protocolFee);
        assertEq(usd.balanceOf(address(market)), TOTAL);
    }

    /* WHAT THE BUYER BOUNDS */

    function test_BuysAtTxDeadline() public {
        Purchase memory purchase = _purchase();
        vm.warp(purchase.txDeadline);
        vm.prank(buyer);
        market.buy(terms, purchase);
    }

    function test_RevertsAfterTxDeadline() public {
        Purchase memory purchase = _purchase();
        vm.warp(purchase.txDeadline + 1);
        vm.prank(buyer);
        _expectRevert(
            abi.encodeWithSelector(IMarket.Market_DeadlinePassed.selector, purchase.txDeadline)
        );
        market.buy(terms, purchase);
    }

    function test_RevertsWhereTheTotalIsOneUnitOverTheMaximum() public {
        Purchase memory purchase = _purchase();
        purchase.maxTotal = TOTAL - 1;
        vm.prank(buyer);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_PriceMoved.selector, TOTAL - 1, TOTAL));
        market.buy(terms, purchase);
    }

    function test_RevertsWherePriceAndFeeTogetherPassEveryMaximum() public {
        vm.prank(governance);
        market.setToken(address(aim), true, Bps.wrap(AIM_FEE), type(uint128).max);
        terms.price = type(uint128).max;
        terms.deliveryFee = type(uint128).max;
        _open(terms);
        Purchase memory purchase = _purchase();
        purchase.maxTotal = type(uint128).max;
        vm.prank(buyer);
        _expectRevert(
            abi.encodeWithSelector(
                IMarket.Market_PriceMoved.selector,
                type(uint128).max,
                2 * uint256(type(uint128).max)
            )
        );
        market.buy(terms, purchase);
    }

    function test_RevertsWhereTheKeyIsNoPoint() public {
        Purchase memory purchase = _purchase();
        purchase.key.y ^= 1;
        _expectInvalidKey(purchase);
        purchase.key.x = purchase.key.y = 0;
        _expectInvalidKey(purchase);
    }

    function _expectInvalidKey(Purchase memory purchase) private {
        vm.prank(buyer);
        _expectRevert(
            abi.encodeWithSelector(Secp256k1_PointInvalid.selector, purchase.key.x, purchase.key.y)
        );
        market.buy(terms, purchase);
    }

    /* WHETHER THE OFFER SELLS */

    function test_RevertsWhereNoSuchOfferIsOpen() public {
        terms.price -= 1;
        OfferId offer = market.offerIdOf(terms);
        vm.prank(buyer);
        _expectRevert(abi.encodeWithSelector(IOffers.Market_OfferNotOpen.selector, offer));
        market.buy(terms, _purchase(terms));
    }

    function test_RevertsAfterTheOfferWasClosed() public {
        OfferId offer = market.offerIdOf(terms);
        vm.prank(seller);
        market.closeOffer(terms);
        vm.prank(buyer);
        _expectRevert(abi.encodeWithSelector(IOffers.Market_OfferNotOpen.selector, offer));
        market.buy(terms, _purchase(terms));
    }

    function test_BuysInTheLastSecondOfTheOffer() public {
        terms.expiresAt = uint40(block.timestamp + 1 hours);
        _open(terms);
        vm.warp(terms.expiresAt);
        _buy(terms);
    }

    function test_RevertsAfterTheOfferExpired() public {
        terms.expiresAt = uint40(block.timestamp + 1 hours);
        _open(terms);
        vm.warp(terms.expiresAt + 1);
        vm.prank(buyer);
        _expectRevert(abi.encodeWithSelector(IOffers.Market_OfferExpired.selector, terms.expiresAt));
        market.buy(terms, _purchase(terms));
    }

    function test_RevertsWhereTheTokenIsNoLongerAllowed() public {
        terms.token = address(usd);
        _open(terms);
        _setToken(address(usd), false, 0);
        vm.prank(buyer);
        _expectRevert(abi.encodeWithSelector(IOffers.Market_TokenNotAllowed.selector, address(usd)));
        market.buy(terms, _purchase(terms));
    }

    function test_RevertsAfterTheVersionWasRetired() public {
        vm.prank(seller);
        registry.retire(model, 1);
        _expectNotSellable();
    }

    function test_RevertsAfterTheModelWasTransferredAndSellsOnceItIsBack() public {
        _transferModel(seller, friend);
        _expectNotSellable();
        _transferModel(friend, seller);
        _buy(terms);
    }

    function _expectNotSellable() private {
        vm.prank(buyer);
        _expectRevert(
            abi.encodeWithSelector(
                IModelRegistry.ModelRegistry_NotSellable.selector, model, 1, seller
            )
        );
        market.buy(terms, _purchase(terms));
    }

    function test_RevertsWhereTheSupplyIsSoldOut() public {
        terms.supply = 2;
        OfferId offer = _open(terms);
        _buy(terms);
        assertEq(market.soldOf(offer), 1);
        vm.prank(buyer);
        market.buy(terms, _purchase(terms, "second"));
        assertEq(market.soldOf(offer), 2);
        vm.prank(buyer);
        _expectRevert(abi.encodeWithSelector(IOffers.Market_SoldOut.selector, 2));
        market.buy(terms, _purchase(terms, "third"));
    }

    function test_RefundDoesNotFreeSupply() public {
        terms.supply = 1;
        OfferId offer = _open(terms);
        (Order memory order,) = _buy(terms);
        vm.prank(seller);
        market.decline(terms, order);
        assertEq(market.soldOf(offer), 1);
        vm.prank(buyer);
        _expectRevert(abi.encodeWithSelector(IOffers.Market_SoldOut.selector, 1));
        market.buy(terms, _purchase(terms, "second"));
    }

    function test_UnlimitedSupplyIsNotCounted() public {
        _buy(terms);
        assertEq(market.soldOf(market.offerIdOf(terms)), 0);
    }

    function test_RevertsDuringAStopAndBuysAfterIt() public {
        _stop();
        uint40 until = market.stoppedUntil();
        vm.warp(until);
        vm.prank(buyer);
        _expectRevert(
            abi.encodeWithSelector(INewBusinessStop.NewBusinessStop_Stopped.selector, until)
        );
        market.buy(terms, _purchase(terms));
        vm.warp(until + 1);
        _buy(terms);
    }

    function test_RevertsWhereTheMarketMayNotIssueLicences() public {
        _setIssuer(address(market), false);
        vm.prank(buyer);
        _expectRevert(
            abi.encodeWithSelector(
                IModelLicense.ModelLicense_IssuerNotAllowed.selector, address(market)
            )
        );
        market.buy(terms, _purchase(terms));
    }

    /* MONEY THAT IS MISSING */

    function test_RevertsWithoutAllowance() public {
        vm.prank(buyer);
        aim.approve(address(market), TOTAL - 1);
        vm.prank(buyer);
        _expectRevert(SafeTransferLib.TransferFromFailed.selector);
        market.buy(terms, _purchase(terms));
    }

    function test_RevertsWithoutMoney() public {
        deal(address(aim), buyer, TOTAL - 1);
        vm.prank(buyer);
        _expectRevert(SafeTransferLib.TransferFromFailed.selector);
        market.buy(terms, _purchase(terms));
    }
}
