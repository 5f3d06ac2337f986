// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IHandover} from "../../../../interfaces/IHandover.sol";
import {KeyDelivery_WrongChallenge} from "../../../../interfaces/IKeyDelivery.sol";
import {KeyPassing_WrongChallenge} from "../../../../interfaces/IKeyPassing.sol";
import {IRentals} from "../../../../interfaces/IRentals.sol";
import {ISecondary} from "../../../../interfaces/ISecondary.sol";
import {Bps, LicenseId} from "../../../../interfaces/types/Ids.sol";
import {Delivery, HeldKey, Passing, Point} from "../../../../interfaces/types/Keys.sol";
import {
    Deal,
    DealId,
    DealState,
    Listing,
    ListingState
} from "../../../../interfaces/types/Listings.sol";
import {Version} from "../../../../interfaces/types/Versions.sol";
import {Reenterer} from "../../mocks/Reenterer.sol";
import {Callback, FeeToken, HookToken} from "../../mocks/Tokens.sol";
import {SecondaryBase} from "../../utils/SecondaryBase.sol";

/// A sale from its taking to the licence's change of hands, or back.
contract SellTest is SecondaryBase {
    uint256 private constant WHOLE = uint256(PRICE) + FEE;

    Listing private listing;
    Deal private made;
    DealId private id;
    uint256 private graceEnd;

    function _taken() private {
        listing = _sale();
        _list(listing);
        made = _deal(listing, renter);
        id = _take(listing, made);
        graceEnd = block.timestamp + listing.deliveryTime + listing.gracePeriod;
    }

    function _delivery() private view returns (Delivery memory) {
        return kit.prove(LINE_SECRET, DealId.unwrap(id), made.key);
    }

    function _deliver() private {
        Delivery memory delivery = _delivery();
        vm.prank(keeper);
        secondary.deliver(listing, made, delivery);
    }

    function _owner() private view returns (address) {
        return license.ownerOf(LicenseId.unwrap(owned));
    }

    function _dealState() private view returns (uint8) {
        return uint8(secondary.dealOf(id).state);
    }

    function _expectNotPending() private {
        _expectRevert(abi.encodeWithSelector(ISecondary.Secondary_DealNotPending.selector, id));
    }

    function _convict() private {
        vm.mockCall(
            address(registry),
            abi.encodeCall(registry.isConvicted, (model, uint16(1))),
            abi.encode(true)
        );
    }

    /* TAKING */

    function test_TakePaysPriceAndFeeIntoEscrow() public {
        listing = _sale();
        _list(listing);
        made = _deal(listing, renter);
        uint256 before = aim.balanceOf(renter);
        vm.expectEmit(address(secondary));
        emit ISecondary.Taken(
            _dealId(listing, made),
            secondary.listingIdOf(listing),
            renter,
            made,
            Bps.wrap(rateOf[address(aim)])
        );
        id = _take(listing, made);
        assertEq(before - aim.balanceOf(renter), WHOLE);
        assertEq(aim.balanceOf(address(secondary)), WHOLE);
        assertEq(_dealState(), uint8(DealState.Pending));
        assertEq(_owner(), holder, "not before the key");
    }

    function test_DealIdIsTheHashOfDomainListingAndDeal() public {
        _taken();
        assertEq(
            DealId.unwrap(id),
            keccak256(abi.encode(secondary.domain(), secondary.listingIdOf(listing), made))
        );
    }

    function test_OnlyTheTakerTakes() public {
        listing = _sale();
        _list(listing);
        made = _deal(listing, renter);
        _expectRevert(abi.encodeWithSelector(IRentals.Secondary_NotTaker.selector, stranger));
        vm.prank(stranger);
        secondary.take(listing, made, uint40(block.timestamp));
    }

    function test_NotAfterTheTransactionsDeadline() public {
        listing = _sale();
        _list(listing);
        made = _deal(listing, renter);
        uint40 deadline = uint40(block.timestamp) - 1;
        _expectRevert(
            abi.encodeWithSelector(ISecondary.Secondary_DeadlinePassed.selector, deadline)
        );
        vm.prank(renter);
        secondary.take(listing, made, deadline);
    }

    function test_UntilTheListingsLastSecond() public {
        listing = _sale();
        _list(listing);
        made = _deal(listing, renter);
        vm.warp(listing.expiresAt + 1);
        _expectRevert(
            abi.encodeWithSelector(ISecondary.Secondary_ListingExpired.selector, listing.expiresAt)
        );
        _take(listing, made);
        vm.warp(listing.expiresAt);
        _take(listing, made);
        assertGt(secondary.busyUntil(owned, holder), block.timestamp);
    }

    function test_OneTakerAtATime() public {
        _taken();
        Deal memory second = _deal(listing, stranger);
        bytes memory busy =
            abi.encodeWithSelector(ISecondary.Secondary_LicenseBusy.selector, graceEnd);
        _expectRevert(busy);
        _take(listing, second);
        vm.warp(graceEnd);
        _expectRevert(busy);
        _take(listing, second);
        vm.warp(graceEnd + 1);
        _take(listing, second);

        // The refund of the first does not free the second's place.
        secondary.refund(listing, made);
        assertEq(_credit(renter), WHOLE);
        Deal memory third = _deal(listing, renter);
        third.salt = "third";
        _expectRevert(ISecondary.Secondary_LicenseBusy.selector);
        _take(listing, third);
        _passOn(listing, second);
        assertEq(_owner(), stranger);
    }

    function test_EachDealOnce() public {
        _taken();
        vm.warp(graceEnd + 1);
        secondary.refund(listing, made);
        _expectRevert(abi.encodeWithSelector(ISecondary.Secondary_DealExists.selector, id));
        _take(listing, made);
    }

    function test_PointsOfTheTakerArePoints() public {
        listing = _sale();
        _list(listing);
        made = _deal(listing, renter);
        made.key.y += 1;
        vm.expectRevert();
        _take(listing, made);
        made = _deal(listing, renter);
        made.passKey.x += 1;
        vm.expectRevert();
        _take(listing, made);
    }

    function test_NoSecondPointWhereNobodyPassesOn() public {
        listing = _sale();
        listing.held = 0;
        _list(listing);
        made = _deal(listing, renter);
        _expectRevert(abi.encodeWithSelector(IHandover.Handover_TermsInvalid.selector, "passKey"));
        _take(listing, made);
        delete made.passKey;
        id = _take(listing, made);
        Passing memory passing = kit.pass(
            HOLDER_SECRET, DealId.unwrap(id), line, held, kit.times(held.z, TAKER_SECRET), holder
        );
        _expectRevert(abi.encodeWithSelector(IHandover.Handover_AnotherKey.selector, heldId));
        secondary.passOn(listing, made, held, passing);
        _deliver();
        assertEq(_owner(), renter);
    }

    function test_ASaleHasNoTime() public {
        listing = _sale();
        _list(listing);
        made = _deal(listing, renter);
        made.time = 1;
        _expectRevert(abi.encodeWithSelector(IRentals.Secondary_TimeOutOfRange.selector, 0, 0, 1));
        _take(listing, made);
    }

    function test_NotFromWhoSoldItElsewhere() public {
        listing = _sale();
        _list(listing);
        vm.prank(holder);
        license.transferFrom(holder, stranger, LicenseId.unwrap(owned));
        made = _deal(listing, renter);
        _expectRevert(abi.encodeWithSelector(ISecondary.Secondary_NotOwner.selector, holder));
        _take(listing, made);
    }

    function test_NotOfAConvictedVersion() public {
        listing = _sale();
        _list(listing);
        made = _deal(listing, renter);
        _convict();
        _expectRevert(
            abi.encodeWithSelector(IHandover.Handover_VersionConvicted.selector, model, uint16(1))
        );
        _take(listing, made);
    }

    function test_NotWhileStoppedNorInATokenThatIsNoMoreAllowed() public {
        listing = _sale();
        listing.token = address(usd);
        _list(listing);
        made = _deal(listing, renter);
        uint256 snapshot = vm.snapshotState();
        _stop();
        _expectRevert(
            abi.encodeWithSelector(IHandover.Handover_Stopped.selector, market.stoppedUntil())
        );
        _take(listing, made);
        vm.revertToState(snapshot);
        _setToken(address(usd), false, 0);
        _expectRevert(
            abi.encodeWithSelector(IHandover.Handover_TokenNotAllowed.selector, address(usd))
        );
        _take(listing, made);
    }

    /* A LICENCE THAT SOMEBODY USES */

    function test_WhoBuysAUsedLicenceAgreesToItsUser() public {
        uint64 expires = uint64(block.timestamp) + 10 days;
        vm.prank(holder);
        license.setUser(LicenseId.unwrap(owned), friend, expires);
        listing = _sale();
        _list(listing);
        made = _deal(listing, renter);
        made.usedUntil = uint40(expires) - 1;
        id = _take(listing, made);
        Delivery memory early = _delivery();
        _expectRevert(abi.encodeWithSelector(ISecondary.Secondary_InUse.selector, friend, expires));
        secondary.deliver(listing, made, early);
        vm.prank(holder);
        secondary.decline(listing, made);
        made.usedUntil = uint40(expires);
        id = _take(listing, made);

        // The use may not become longer before the delivery.
        uint256 snapshot = vm.snapshotState();
        vm.prank(holder);
        license.setUser(LicenseId.unwrap(owned), friend, expires + 1);
        Delivery memory delivery = _delivery();
        _expectRevert(
            abi.encodeWithSelector(ISecondary.Secondary_InUse.selector, friend, expires + 1)
        );
        secondary.deliver(listing, made, delivery);
        vm.revertToState(snapshot);
        _deliver();
        assertEq(_owner(), renter);
        assertEq(_user(), friend, "a sold licence keeps its renter");
    }

    /* DELIVERY */

    function test_KeyTitleAndMoneyChangeHandsAtOnce() public {
        _taken();
        uint256 royalty = uint256(PRICE) * ROYALTY / 10_000;
        uint256 fee = uint256(PRICE) * rateOf[address(aim)] / 10_000;
        Delivery memory delivery = _delivery();
        vm.expectEmit(address(secondary));
        emit IHandover.KeyDelivered(
            DealId.unwrap(id), keeper, address(0), delivery.z, delivery.c, delivery.w
        );
        vm.expectEmit(address(secondary));
        emit ISecondary.LicenseSold(id, owned, royalty, fee);
        vm.prank(keeper);
        secondary.deliver(listing, made, delivery);
        assertEq(_owner(), renter);
        assertTrue(license.hasAccess(owned, renter, 1));
        assertEq(_credit(seller), royalty, "the model's owner");
        assertEq(_credit(treasury), fee);
        assertEq(_credit(holder), PRICE - royalty - fee);
        assertEq(_credit(keeper), FEE);
        assertEq(_dealState(), uint8(DealState.Closed));
        assertEq(
            uint8(secondary.listingOf(secondary.listingIdOf(listing))), uint8(ListingState.Closed)
        );
    }

    function test_TheHolderPassesTheKeyOnWithoutTheSeller() public {
        _taken();
        Passing memory passing = _passing(listing, made);
        vm.expectEmit(address(secondary));
        emit IHandover.KeyPassed(DealId.unwrap(id), keeper, holder, passing.z, passing.c, passing.w);
        vm.prank(keeper);
        secondary.passOn(listing, made, held, passing);
        assertEq(_owner(), renter);
        assertEq(_credit(keeper), 0, "the proof names who is paid");
        assertEq(_credit(holder), _net(PRICE) + FEE);

        // What the taker computes is the line's key: S = (1/x')*Z' = a*H.
        Point memory s = kit.held(LINE_SECRET, 1).z;
        assertEq(abi.encode(passing.z), abi.encode(kit.times(s, TAKER_SECRET)));
    }

    function test_TheRoyaltyGoesToTheVersionsPayee() public {
        Version memory details = _details();
        details.payee = keccak256(abi.encode(payout, bytes32("account")));
        vm.prank(seller);
        registry.addVersion(model, details, _noParents());
        listing = _sale();
        listing.version = 2;
        (listing.royaltyPayout, listing.royaltyAccount) = (payout, "account");
        vm.prank(holder);
        secondary.list(listing, details, 0);
        made = _take(listing, renter);
        _passOn(listing, made);
        assertEq(
            secondary.credit(payout, "account", address(aim)), uint256(PRICE) * ROYALTY / 10_000
        );
        assertEq(_credit(seller), 0);
    }

    function test_TheRateIsTheOneOfTheTaking() public {
        _taken();
        uint256 fee = uint256(PRICE) * rateOf[address(aim)] / 10_000;
        _setToken(address(aim), true, 10);
        _deliver();
        assertEq(_credit(treasury), fee);
    }

    function test_DeliveryInTheLastSecondOfGrace() public {
        _taken();
        bytes memory late =
            abi.encodeWithSelector(IHandover.Handover_DeliveryTooLate.selector, graceEnd);
        Delivery memory delivery = _delivery();
        Passing memory passing = _passing(listing, made);
        vm.warp(graceEnd + 1);
        _expectRevert(late);
        secondary.deliver(listing, made, delivery);
        _expectRevert(late);
        secondary.passOn(listing, made, held, passing);
        assertFalse(secondary.deliverIfPending(listing, made, delivery));
        vm.warp(graceEnd);
        assertTrue(secondary.deliverIfPending(listing, made, delivery));
        assertEq(_owner(), renter);
    }

    function test_DeliveredOnce() public {
        _taken();
        _deliver();
        Delivery memory delivery = _delivery();
        Passing memory passing = _passing(listing, made);
        _expectNotPending();
        secondary.deliver(listing, made, delivery);
        _expectNotPending();
        secondary.passOn(listing, made, held, passing);
        assertFalse(secondary.deliverIfPending(listing, made, delivery));
        _expectNotPending();
        secondary.refund(listing, made);
        _expectNotPending();
        vm.prank(holder);
        secondary.decline(listing, made);
    }

    function test_NotAWrongKey() public {
        _taken();
        Delivery memory delivery = kit.prove(LINE_SECRET, "other", made.key);
        _expectRevert(KeyDelivery_WrongChallenge.selector);
        secondary.deliver(listing, made, delivery);
        _expectRevert(KeyDelivery_WrongChallenge.selector);
        secondary.deliverIfPending(listing, made, delivery);
        Passing memory passing = kit.pass(HOLDER_SECRET, "other", line, held, made.passKey, holder);
        _expectRevert(KeyPassing_WrongChallenge.selector);
        secondary.passOn(listing, made, held, passing);
        passing = _passing(listing, made);
        passing.receiver = stranger;
        _expectRevert(KeyPassing_WrongChallenge.selector);
        secondary.passOn(listing, made, held, passing);
    }

    function test_NotAnotherHeldKey() public {
        _taken();
        HeldKey memory other = kit.held(LINE_SECRET, 0xBEEF);
        bytes32 otherId =
            requests.prove("other", line, other.key, kit.prove(LINE_SECRET, "other", other.key));
        Passing memory passing =
            kit.pass(0xBEEF, DealId.unwrap(id), line, other, made.passKey, holder);
        _expectRevert(abi.encodeWithSelector(IHandover.Handover_AnotherKey.selector, otherId));
        secondary.passOn(listing, made, other, passing);
    }

    function test_AHolderWhoSpoilsTheDealLosesIt() public {
        _taken();
        Delivery memory delivery = _delivery();
        uint256 snapshot = vm.snapshotState();
        vm.prank(holder);
        license.setApprovalForAll(address(secondary), false);
        vm.expectRevert();
        secondary.deliver(listing, made, delivery);

        vm.revertToState(snapshot);
        vm.prank(holder);
        license.transferFrom(holder, friend, LicenseId.unwrap(owned));
        _expectRevert(abi.encodeWithSelector(ISecondary.Secondary_NotOwner.selector, holder));
        secondary.deliver(listing, made, delivery);
        vm.warp(graceEnd + 1);
        secondary.refund(listing, made);
        assertEq(_credit(renter), WHOLE);
    }

    function test_OneCopiedDeliveryDoesNotUndoTheOthers() public {
        _taken();
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(secondary.deliverIfPending, (listing, made, _delivery()));
        calls[1] = calls[0];
        vm.prank(keeper);
        bytes[] memory answers = secondary.multicall(calls);
        assertTrue(abi.decode(answers[0], (bool)));
        assertFalse(abi.decode(answers[1], (bool)));
        assertEq(_credit(keeper), FEE);
    }

    /* THE WAY BACK */

    function test_RefundAfterGraceByAnybody() public {
        _taken();
        vm.warp(graceEnd);
        _expectRevert(abi.encodeWithSelector(IHandover.Handover_RefundTooEarly.selector, graceEnd));
        secondary.refund(listing, made);
        vm.warp(graceEnd + 1);
        vm.expectEmit(address(secondary));
        emit ISecondary.DealRefunded(id, false);
        vm.prank(stranger);
        secondary.refund(listing, made);
        assertEq(_credit(renter), WHOLE);
        assertEq(_dealState(), uint8(DealState.Refunded));
        _expectNotPending();
        secondary.refund(listing, made);
        uint256 before = aim.balanceOf(renter);
        vm.prank(renter);
        secondary.withdraw(0, address(aim), renter);
        assertEq(aim.balanceOf(renter) - before, WHOLE);
        assertEq(aim.balanceOf(address(secondary)), 0);
    }

    function test_RefundAtOnceOfAConvictedVersion() public {
        _taken();
        _convict();
        secondary.refund(listing, made);
        assertEq(_credit(renter), WHOLE);
    }

    function test_TheHolderDeclinesAndTheListingIsFree() public {
        _taken();
        _expectRevert(abi.encodeWithSelector(ISecondary.Secondary_NotHolder.selector, stranger));
        vm.prank(stranger);
        secondary.decline(listing, made);
        vm.expectEmit(address(secondary));
        emit ISecondary.DealRefunded(id, true);
        vm.prank(holder);
        secondary.decline(listing, made);
        assertEq(_credit(renter), WHOLE);
        Deal memory second = _deal(listing, stranger);
        _take(listing, second);
        _passOn(listing, second);
        assertEq(_owner(), stranger);
    }

    function test_WhatWasNeverMadeIsNotPending() public {
        listing = _sale();
        _list(listing);
        made = _deal(listing, renter);
        id = _dealId(listing, made);
        Delivery memory delivery = _delivery();
        assertFalse(secondary.deliverIfPending(listing, made, delivery));
        _expectNotPending();
        secondary.deliver(listing, made, delivery);
        _expectNotPending();
        secondary.refund(listing, made);
        _expectNotPending();
        vm.prank(holder);
        secondary.decline(listing, made);
    }

    /* HOSTILE TOKENS */

    function test_ATokenThatTakesAFeeIsRefused() public {
        FeeToken token = new FeeToken();
        _setToken(address(token), true, 100);
        _endow(renter, token);
        listing = _sale();
        listing.token = address(token);
        _list(listing);
        made = _deal(listing, renter);
        _expectRevert(
            abi.encodeWithSelector(
                IHandover.Handover_TokenShort.selector, WHOLE, WHOLE - WHOLE / 100
            )
        );
        _take(listing, made);
    }

    function test_ATakerWhoIsCalledCannotTakeTwiceNorEndTheirOwnDeal() public {
        HookToken token = new HookToken();
        _setToken(address(token), true, 100);
        Reenterer taker = new Reenterer();
        _endow(address(taker), token);
        listing = _sale();
        listing.token = address(token);
        _list(listing);
        made = _deal(listing, address(taker));
        Deal memory again = _deal(listing, address(taker));
        again.salt = "again";
        taker.execute(address(token), abi.encodeCall(token.setCallback, (Callback(address(taker)))));
        taker.prepare(
            address(secondary),
            abi.encodeCall(secondary.take, (listing, again, uint40(block.timestamp)))
        );
        taker.prepare(address(secondary), abi.encodeCall(secondary.refund, (listing, made)));
        id = _take(listing, made);
        assertFalse(taker.succeeded(0), "taken twice");
        assertFalse(taker.succeeded(1), "refunded before grace");
        assertEq(token.balanceOf(address(secondary)), WHOLE);
        assertEq(secondary.credit(address(taker), 0, address(token)), 0);
    }

    /* CONSERVATION */

    function testFuzz_WhatIsPaidIsCreditedToTheWei(uint128 price, uint16 rate, uint16 salt) public {
        rate = uint16(bound(rate, 0, 500));
        price = uint128(bound(price, 0, 900_000e18));
        _setToken(address(aim), true, rate);
        listing = _sale();
        (listing.price, listing.salt) = (price, bytes32(uint256(salt)));
        _list(listing);
        made = _take(listing, renter);
        _passOn(listing, made);
        uint256 fee = uint256(price) * rate / 10_000;
        assertEq(_credit(treasury), fee);
        assertEq(
            _credit(holder) + _credit(seller) + _credit(treasury), uint256(price) + FEE, "all of it"
        );
        assertLe(_credit(seller), uint256(price) * ROYALTY / 10_000 + 1);
    }
}
