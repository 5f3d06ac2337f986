// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMarket} from "../../../interfaces/IMarket.sol";
import {IModelLicense} from "../../../interfaces/IModelLicense.sol";
import {IModelRegistry} from "../../../interfaces/IModelRegistry.sol";
import {INewBusinessStop} from "../../../interfaces/INewBusinessStop.sol";
import {IOffers} from "../../../interfaces/IOffers.sol";
import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {LicenseId, OrderId} from "../../../interfaces/types/Ids.sol";
import {LicenseState} from "../../../interfaces/types/Licenses.sol";
import {Base} from "../utils/Base.sol";

contract RenewTest is Base {
    uint32 internal constant MONTH = 30 days;

    Offer internal terms;
    Order internal order;
    OrderId internal id;
    uint40 internal end;

    function setUp() public override {
        super.setUp();
        terms = _terms();
        terms.duration = MONTH;
        terms.supply = 1;
        _sold();
    }

    function _sold() private {
        (order, id) = _openAndBuy(terms);
        _deliver(terms, order, id);
        end = uint40(block.timestamp) + MONTH;
    }

    function _renew(uint16 periods) private returns (uint40) {
        vm.prank(buyer);
        return market.renew(terms, id, periods, type(uint128).max, uint40(block.timestamp));
    }

    function _expectNotRenewable() private {
        _expectRevert(
            abi.encodeWithSelector(IMarket.Market_NotRenewable.selector, market.offerIdOf(terms))
        );
    }

    /* WHAT A RENEWAL DOES */

    function test_AddsPeriodsToTheEndAndPaysAtOnce() public {
        uint256 before = aim.balanceOf(buyer);
        uint256 earned = _owed(payout, address(aim));
        uint256 taken = _owed(treasury, address(aim));
        vm.expectEmit(address(license));
        emit IModelLicense.SubscriptionUpdate(LicenseId.unwrap(_licenseOf(id)), end + 2 * MONTH);
        vm.expectEmit(address(market));
        emit IMarket.Renewed(
            id, market.offerIdOf(terms), buyer, 2 * PRICE, 2 * PROTOCOL_FEE, end + 2 * MONTH
        );
        assertEq(_renew(2), end + 2 * MONTH);
        assertEq(before - aim.balanceOf(buyer), 2 * PRICE);
        assertEq(_owed(payout, address(aim)) - earned, 2 * (PRICE - PROTOCOL_FEE));
        assertEq(_owed(treasury, address(aim)) - taken, 2 * PROTOCOL_FEE);
        vm.warp(end + 2 * MONTH);
        assertTrue(license.hasAccess(_licenseOf(id), buyer, 1));
        vm.warp(end + 2 * MONTH + 1);
        assertFalse(license.hasAccess(_licenseOf(id), buyer, 1));
    }

    function test_ALicenceThatRanOutGoesOnFromNow() public {
        vm.warp(end + 100 days);
        assertEq(_renew(1), block.timestamp + MONTH);
        assertTrue(license.hasAccess(_licenseOf(id), buyer, 1));
    }

    function test_WhoeverPaysTheHolderGains() public {
        _fund(aim, friend);
        vm.prank(friend);
        market.renew(terms, id, 1, PRICE, uint40(block.timestamp));
        assertEq(license.ownerOf(LicenseId.unwrap(_licenseOf(id))), buyer);
        assertEq(license.expiresAt(LicenseId.unwrap(_licenseOf(id))), end + MONTH);
    }

    function test_AnotherOfferWithTheSameGrantRenewsAtItsOwnPrice() public {
        terms.price = 5e18;
        terms.duration = 1 days;
        terms.payout = friend;
        terms.salt = "renewals";
        _open(terms);
        assertEq(_renew(3), end + 3 days);
        assertEq(_owed(friend, address(aim)), 15e18 - 0.15e18);
    }

    function test_ByOneTransferOfAim() public {
        bytes memory data = abi.encode(terms, id, uint16(3));
        vm.prank(buyer);
        aim.approve(address(market), 0);
        vm.expectEmit(address(market));
        emit IMarket.Renewed(
            id, market.offerIdOf(terms), buyer, 3 * PRICE, 3 * PROTOCOL_FEE, end + 3 * MONTH
        );
        vm.prank(buyer);
        aim.transferAndCall(address(market), 3 * PRICE, data);
        assertEq(license.expiresAt(LicenseId.unwrap(_licenseOf(id))), end + 3 * MONTH);
        bytes4 wrong = IMarket.Market_WrongAmount.selector;
        vm.prank(buyer);
        _expectRevert(abi.encodeWithSelector(wrong, 3 * PRICE, 3 * PRICE + 1));
        aim.transferAndCall(address(market), 3 * PRICE + 1, data);
        vm.prank(buyer);
        _expectRevert(
            abi.encodeWithSelector(IMarket.Market_PriceMoved.selector, 3 * PRICE - 1, 3 * PRICE)
        );
        aim.transferAndCall(address(market), 3 * PRICE - 1, data);
    }

    function test_InAnotherTokenThanAim() public {
        terms.token = address(usd);
        terms.supply = 0;
        _open(terms);
        uint256 before = usd.balanceOf(buyer);
        assertEq(_renew(1), end + MONTH);
        assertEq(before - usd.balanceOf(buyer), PRICE);
        assertEq(_owed(payout, address(usd)), PRICE - uint256(PRICE) * USD_FEE / 10_000);
        vm.prank(buyer);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_UnexpectedToken.selector, address(usd)));
        aim.transferAndCall(address(market), PRICE, abi.encode(terms, id, uint16(1)));
    }

    /* WHAT IS REFUSED */

    function test_RevertsOverTheMaximumAndAfterTheDeadline() public {
        vm.startPrank(buyer);
        _expectRevert(
            abi.encodeWithSelector(IMarket.Market_PriceMoved.selector, 2 * PRICE - 1, 2 * PRICE)
        );
        market.renew(terms, id, 2, 2 * PRICE - 1, uint40(block.timestamp));
        uint40 deadline = uint40(block.timestamp) - 1;
        _expectRevert(abi.encodeWithSelector(IMarket.Market_DeadlinePassed.selector, deadline));
        market.renew(terms, id, 2, 2 * PRICE, deadline);
        market.renew(terms, id, 2, 2 * PRICE, deadline + 1);
    }

    function test_RevertsForNoPeriodsAPerpetualOfferOrARule() public {
        _expectNotRenewable();
        _renew(0);
        terms.duration = 0;
        _open(terms);
        _expectNotRenewable();
        _renew(1);
        terms.duration = MONTH;
        terms.rule = stranger;
        _open(terms);
        _expectNotRenewable();
        _renew(1);
    }

    /// @dev What grants the same for nothing is a trial: it must not make time of every paid licence free.
    function test_RevertsForATrial() public {
        terms.price = 0;
        _open(terms);
        _expectNotRenewable();
        _renew(12);
    }

    function test_RevertsWhereTheGrantIsAnother() public {
        Offer[3] memory others = [terms, terms, terms];
        others[0].lastVersion = 7;
        others[1].transferable = false;
        vm.startPrank(seller);
        registry.addVersion(model, _details(), _noParents());
        others[2].version = 2;
        bytes memory failure = abi.encodeWithSelector(
            IModelLicense.ModelLicense_NotRenewable.selector, _licenseOf(id)
        );
        for (uint256 i; i < others.length; ++i) {
            market.openOffer(others[i], _details(), 0);
        }
        vm.stopPrank();
        for (uint256 i; i < others.length; ++i) {
            terms = others[i];
            _expectRevert(failure);
            _renew(1);
        }
    }

    function test_RevertsForALicenceThatIsNotSettled() public {
        terms.inspection = 1 days;
        terms.supply = 0;
        (order, id) = _openAndBuy(terms);
        bytes4 wrong = IModelLicense.ModelLicense_WrongState.selector;
        _expectRevert(abi.encodeWithSelector(wrong, _licenseOf(id), LicenseState.Pending));
        _renew(1);
        _deliver(terms, order, id);
        _expectRevert(abi.encodeWithSelector(wrong, _licenseOf(id), LicenseState.Active));
        _renew(1);
        vm.prank(buyer);
        market.accept(terms, order);
        _renew(1);
    }

    function test_RevertsForAPerpetualLicenceAndAnUnknownOrder() public {
        terms.duration = 0;
        terms.supply = 0;
        (order, id) = _openAndBuy(terms);
        _deliver(terms, order, id);
        terms.duration = MONTH;
        _open(terms);
        _expectRevert(
            abi.encodeWithSelector(IModelLicense.ModelLicense_NotRenewable.selector, _licenseOf(id))
        );
        _renew(1);
        id = OrderId.wrap("unknown");
        _expectRevert(
            abi.encodeWithSelector(
                IModelLicense.ModelLicense_WrongState.selector, _licenseOf(id), LicenseState.None
            )
        );
        _renew(1);
    }

    function test_RevertsWhereTheOfferDoesNoBusiness() public {
        uint256 snapshot = vm.snapshotState();
        _stop();
        _expectRevert(INewBusinessStop.NewBusinessStop_Stopped.selector);
        _renew(1);
        vm.revertToState(snapshot);

        vm.prank(seller);
        registry.retire(model, 1);
        _expectRevert(IModelRegistry.ModelRegistry_NotSellable.selector);
        _renew(1);
        vm.revertToState(snapshot);

        _transferModel(seller, friend);
        _expectRevert(IModelRegistry.ModelRegistry_NotSellable.selector);
        _renew(1);
        vm.revertToState(snapshot);

        vm.prank(seller);
        market.closeOffer(terms);
        _expectRevert(IOffers.Market_OfferNotOpen.selector);
        _renew(1);
    }

    function test_RevertsWhereTheEndCannotBeStored() public {
        terms.duration = type(uint32).max;
        terms.price = 1;
        terms.supply = 0;
        _open(terms);
        uint256 most = ((1 << 35) - 1 - end) / type(uint32).max;
        _renew(uint16(most));
        uint256 tooFar = end + (most + 1) * type(uint32).max;
        _expectRevert(abi.encodeWithSelector(IModelLicense.ModelLicense_EndTooFar.selector, tooFar));
        _renew(1);
    }

    function test_ARenewalTakesTheRateOfItsTime() public {
        _setToken(address(aim), true, 500);
        vm.expectEmit(address(market));
        emit IMarket.Renewed(
            id, market.offerIdOf(terms), buyer, PRICE, PRICE * 500 / 10_000, end + MONTH
        );
        _renew(1);
    }
}
