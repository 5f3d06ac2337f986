// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IHandover} from "../../../../interfaces/IHandover.sol";
import {KeyPassing_WrongChallenge} from "../../../../interfaces/IKeyPassing.sol";
import {IModelLicense} from "../../../../interfaces/IModelLicense.sol";
import {ISecondary} from "../../../../interfaces/ISecondary.sol";
import {LicenseId} from "../../../../interfaces/types/Ids.sol";
import {Passing} from "../../../../interfaces/types/Keys.sol";
import {Deal, DealState, Listing} from "../../../../interfaces/types/Listings.sol";
import {Reenterer} from "../../mocks/Reenterer.sol";
import {BlacklistToken, Callback, FeeToken, HookToken} from "../../mocks/Tokens.sol";
import {SecondaryBase} from "../../utils/SecondaryBase.sol";

/// What was done to other rental contracts, and what hostile parties may try here.
contract RentAttacksTest is SecondaryBase {
    /// A payee that the token refuses stops nobody: all is credited, and each withdraws for themselves.
    function test_ABlocklistedPartyStopsNoEnd() public {
        BlacklistToken token = new BlacklistToken();
        (Listing memory listing, Deal memory made) = _rentIn(address(token));
        address[4] memory parties = [holder, renter, seller, treasury];
        for (uint256 i; i < parties.length; ++i) {
            token.setBlacklisted(parties[i], true);
        }
        vm.warp(block.timestamp + MIN_TIME);
        secondary.collect(listing, made);
        _giveUp(renter);
        secondary.end(listing, made);
        vm.warp(block.timestamp + CLAIM_TIME + 1);
        secondary.close(listing, made);
        _expectRevert(bytes4(keccak256("TransferFailed()")));
        secondary.withdrawFor(holder, address(token));
        token.setBlacklisted(renter, false);
        assertEq(
            secondary.withdrawFor(renter, address(token)),
            DEPOSIT + uint256(RENT) * (TIME - MIN_TIME)
        );
    }

    function test_AForeignTokenIsNotListedNorTaken() public {
        Listing memory listing = _rental();
        listing.token = address(0xF0);
        _expectRevert(
            abi.encodeWithSelector(IHandover.Handover_TokenNotAllowed.selector, address(0xF0))
        );
        _list(listing);
        FeeToken token = new FeeToken();
        _setToken(address(token), true, USD_FEE);
        _endow(renter, token);
        listing.token = address(token);
        _list(listing);
        Deal memory made = _deal(listing, renter);
        _expectRevert(IHandover.Handover_TokenShort.selector);
        _take(listing, made);
    }

    /// A token that is taken off the list, a stop, another issuer: what began is ended all the same.
    function test_NothingThatGovernanceDoesStopsAnEnd() public {
        (Listing memory listing, Deal memory made) = _rentIn(address(usd));
        _setToken(address(usd), false, 0);
        _setIssuer(address(market), false);
        _stop();
        vm.warp(block.timestamp + MIN_TIME);
        secondary.collect(listing, made);
        _giveUp(renter);
        secondary.end(listing, made);
        vm.warp(block.timestamp + CLAIM_TIME + 1);
        secondary.close(listing, made);
        secondary.withdrawFor(renter, address(usd));
    }

    function test_NothingBeginsWhileNewBusinessIsStopped() public {
        (Listing memory listing, Deal memory made) = _rent();
        Listing memory other = _rental();
        other.salt = "other";
        _stop();
        vm.prank(holder);
        secondary.unlist(listing);
        vm.prank(renter);
        secondary.extend(listing, made, 1 days, uint40(block.timestamp)); // what was promised goes on
        _expectRevert(IHandover.Handover_Stopped.selector);
        _list(other);
        made.salt = "another";
        _expectRevert(IHandover.Handover_Stopped.selector);
        _take(listing, made);
    }

    /// In the middle of a payment the renter cannot pay for something else, and what they end or collect is consistent.
    function test_ACallbackFindsNothingHalfDone() public {
        HookToken token = new HookToken();
        Reenterer attacker = new Reenterer();
        _setToken(address(token), true, USD_FEE);
        _endow(address(attacker), token);
        Listing memory listing = _rental();
        listing.token = address(token);
        _list(listing);
        Deal memory made = _deal(listing, address(attacker));
        attacker.execute(
            address(token), abi.encodeCall(token.setCallback, (Callback(address(attacker))))
        );
        uint40 now_ = uint40(block.timestamp);
        Deal memory second = _deal(listing, address(attacker));
        second.salt = "second";
        attacker.prepare(
            address(secondary), abi.encodeCall(secondary.take, (listing, second, now_))
        );
        attacker.prepare(address(secondary), abi.encodeCall(secondary.refund, (listing, made)));
        attacker.prepare(address(secondary), abi.encodeCall(secondary.close, (listing, made)));
        attacker.execute(address(secondary), abi.encodeCall(secondary.take, (listing, made, now_)));
        assertEq(
            bytes4(attacker.answers(0)),
            ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector
        );
        assertFalse(attacker.succeeded(1));
        assertFalse(attacker.succeeded(2));

        _passOn(listing, made);
        vm.warp(block.timestamp + MIN_TIME);
        attacker.execute(
            address(license), abi.encodeCall(license.setApprovalForAll, (address(secondary), true))
        );
        attacker.prepare(address(secondary), abi.encodeCall(secondary.end, (listing, made)));
        attacker.prepare(address(secondary), abi.encodeCall(secondary.end, (listing, made)));
        bytes memory extend =
            abi.encodeCall(secondary.extend, (listing, made, 1 days, uint40(block.timestamp)));
        attacker.execute(address(secondary), extend);
        assertTrue(attacker.succeeded(3), "ended in the middle of the payment for more");
        assertFalse(attacker.succeeded(4), "and not twice");
        assertEq(_user(), address(0));
        assertEq(
            _credit(address(attacker), address(token)), uint256(RENT) * (TIME + 1 days - MIN_TIME)
        );
        vm.warp(block.timestamp + CLAIM_TIME + 1);
        secondary.close(listing, made);
        uint256 owed = _credit(holder, address(token)) + _credit(treasury, address(token))
            + _credit(seller, address(token)) + _credit(address(attacker), address(token));
        assertEq(token.balanceOf(address(secondary)), owed);
    }

    function test_TermsAreNotReplayedAfterTheEnd() public {
        (Listing memory listing, Deal memory made) = _rent();
        Passing memory used = _passing(listing, made);
        vm.warp(block.timestamp + TIME + CLAIM_TIME + 1);
        secondary.close(listing, made);
        _expectRevert(ISecondary.Secondary_DealExists.selector);
        _take(listing, made);
        _expectRevert(ISecondary.Secondary_DealNotPending.selector);
        secondary.passOn(listing, made, held, used);
        made.salt = "another";
        _take(listing, made);
        vm.expectPartialRevert(KeyPassing_WrongChallenge.selector);
        secondary.passOn(listing, made, held, used);
    }

    /// A batch is as long as its caller makes it; whatever is in it, each rental can be closed alone.
    function test_ABatchOfEndsIsNoTrap() public {
        (Listing memory listing, Deal memory made) = _rent();
        vm.warp(block.timestamp + TIME + CLAIM_TIME + 1);
        bytes[] memory calls = new bytes[](200);
        for (uint256 i; i < calls.length; ++i) {
            Deal memory other = abi.decode(abi.encode(made), (Deal));
            if (i != 100) other.salt = bytes32(i);
            calls[i] = abi.encodeCall(secondary.closeIfDue, (listing, other));
        }
        uint256 before = gasleft();
        bytes[] memory answers = secondary.multicall(calls);
        assertLt(before - gasleft(), 16_777_216, "in one transaction");
        for (uint256 i; i < answers.length; ++i) {
            assertEq(abi.decode(answers[i], (bool)), i == 100);
        }
    }

    /// Whenever it is collected, ended and closed, all that was paid is somebody's.
    function testFuzz_RentAndRefundAddUpToWhatWasPaid(
        uint128 price,
        uint32 time,
        uint32 first,
        uint32 second,
        bool early,
        bool byApproval
    ) public {
        Listing memory listing = _rental();
        listing.price = uint128(bound(price, 0, 1e17));
        _list(listing);
        Deal memory made = _deal(listing, renter);
        made.time = uint32(bound(time, MIN_TIME, MAX_TIME));
        uint256 held_ = aim.balanceOf(address(secondary));
        _take(listing, made);
        _passOn(listing, made);
        uint256 start = block.timestamp;
        vm.warp(start + bound(first, 0, made.time));
        secondary.collectIfDue(listing, made);
        vm.warp(block.timestamp + bound(second, 0, start + made.time - block.timestamp));
        if (early && block.timestamp + 1 < start + made.time) {
            if (byApproval) _approve(renter);
            else _giveUp(renter);
            vm.prank(renter);
            try secondary.end(listing, made) {} catch {}
        }
        secondary.collectIfDue(listing, made);
        vm.warp(start + made.time + CLAIM_TIME + 1);
        secondary.close(listing, made);
        uint256 rent = uint256(listing.price) * made.time;
        assertEq(aim.balanceOf(address(secondary)) - held_, rent + DEPOSIT + FEE);
        uint256 owed = _credit(holder) + _credit(renter) + _credit(treasury) + _credit(seller);
        assertEq(owed, rent + DEPOSIT + FEE, "to the wei");
    }

    /* THE OWNER */

    function test_TheOwnerCannotResetPaidTime() public {
        _rent();
        uint256 id = LicenseId.unwrap(owned);
        uint64 expires = uint64(license.userExpires(id));
        vm.startPrank(holder);
        _expectRevert(IModelLicense.ModelLicense_InUse.selector);
        license.setUser(id, address(0), 0);
        _expectRevert(IModelLicense.ModelLicense_InUse.selector);
        license.setUser(id, renter, expires - 1);
        _expectRevert(IModelLicense.ModelLicense_InUse.selector);
        license.setUser(id, friend, expires + 1);
        vm.stopPrank();
    }

    function test_ASoldLicenceKeepsItsRenterAndItsRentIsTheListersStill() public {
        (Listing memory listing, Deal memory made) = _rent();
        vm.prank(holder);
        license.transferFrom(holder, friend, LicenseId.unwrap(owned));
        _approve(friend);
        assertEq(_user(), renter);
        vm.prank(renter);
        _expectRevert(abi.encodeWithSelector(ISecondary.Secondary_NotOwner.selector, holder));
        secondary.extend(listing, made, 1 days, uint40(block.timestamp));
        vm.warp(block.timestamp + TIME + CLAIM_TIME + 1);
        secondary.close(listing, made);
        assertEq(_credit(holder), FEE + _net(uint256(RENT) * TIME));
        assertEq(_credit(friend), 0);
    }

    function test_ALicenceIsRentedOutOnce() public {
        Listing memory twin = _rental();
        twin.salt = "twin";
        _list(twin);
        _rent();
        Deal memory second = _deal(twin, stranger);
        _expectRevert(ISecondary.Secondary_InUse.selector);
        _take(twin, second);
    }

    /// Of two deals that wait for a key, of whatever listings, the delivery of one would undo the other's, whose key
    /// everybody has seen by then: its taker would have it for nothing.
    function test_NobodyTakesALicenceThatSomebodyWaitsFor() public {
        Listing memory listing = _rental();
        Listing memory sale = _sale();
        _list(listing);
        _list(sale);
        Deal memory made = _take(listing, renter);
        Deal memory other = _deal(sale, stranger);
        uint256 graceEnd = block.timestamp + 1 days + 1 hours;
        _expectRevert(abi.encodeWithSelector(ISecondary.Secondary_LicenseBusy.selector, graceEnd));
        _take(sale, other);
        vm.prank(holder);
        secondary.decline(listing, made);
        _take(sale, other);
        Deal memory again = _deal(listing, renter);
        again.salt = "again";
        _expectRevert(ISecondary.Secondary_LicenseBusy.selector);
        _take(listing, again);
        _passOn(sale, other);
        assertEq(license.ownerOf(LicenseId.unwrap(owned)), stranger);
    }

    /// A renter who extends would undo the delivery of a licence that was sold with their use of it.
    function test_NobodyProlongsAUseThatABuyerWaitsUnder() public {
        (Listing memory listing, Deal memory made) = _rent();
        Listing memory sale = _sale();
        _list(sale);
        Deal memory bought = _deal(sale, stranger);
        bought.usedUntil = _record(listing, made).endsAt;
        _take(sale, bought);
        uint40 graceEnd = uint40(block.timestamp) + 1 days + 1 hours;
        bytes memory busy =
            abi.encodeWithSelector(ISecondary.Secondary_LicenseBusy.selector, graceEnd);
        vm.startPrank(renter);
        _expectRevert(busy);
        secondary.extend(listing, made, 1, uint40(block.timestamp));
        vm.warp(graceEnd);
        _expectRevert(busy);
        secondary.extend(listing, made, 1, uint40(block.timestamp));
        vm.warp(graceEnd + 1);
        secondary.extend(listing, made, 1, uint40(block.timestamp));
    }

    /// Whoever has a licence now is not kept waiting by a deal of whoever had it before.
    function test_ANewOwnerDoesNotWaitForTheOldOnesTaker() public {
        Listing memory old = _rental();
        _list(old);
        _take(old, renter);
        vm.prank(holder);
        license.transferFrom(holder, friend, LicenseId.unwrap(owned));
        _approve(friend);
        Listing memory listing = _sale();
        (listing.holder, listing.held) = (friend, 0);
        _list(listing);
        Deal memory made = _deal(listing, stranger);
        delete made.passKey;
        _take(listing, made);
        assertEq(secondary.busyUntil(owned, friend), block.timestamp + 1 days + 1 hours);
    }

    /// The listing's holder moved the licence: whoever has it now owes nothing, though they approved this contract.
    function test_TheNextOwnerIsNotBoundByAPendingDeal() public {
        Listing memory listing = _rental();
        _list(listing);
        Deal memory made = _take(listing, renter);
        vm.prank(holder);
        license.transferFrom(holder, friend, LicenseId.unwrap(owned));
        _approve(friend);
        Passing memory passing = _passing(listing, made);
        _expectRevert(abi.encodeWithSelector(ISecondary.Secondary_NotOwner.selector, holder));
        secondary.passOn(listing, made, held, passing);
        assertEq(uint8(_record(listing, made).state), uint8(DealState.Pending));
    }

    function test_WhatWasRevokedIsNotDelivered() public {
        Listing memory listing = _rental();
        _list(listing);
        Deal memory made = _take(listing, renter);
        vm.prank(holder);
        license.setApprovalForAll(address(secondary), false);
        Passing memory passing = _passing(listing, made);
        _expectRevert(IModelLicense.ModelLicense_NotOwner.selector);
        secondary.passOn(listing, made, held, passing);
        vm.prank(holder);
        secondary.decline(listing, made);
        assertEq(_credit(renter), uint256(RENT) * TIME + DEPOSIT + FEE);
    }

    /// A renter who gives the use up first can be made the user again by the owner, which keeps them from nothing.
    function test_TheOwnerCannotKeepARenterFromEnding() public {
        (Listing memory listing, Deal memory made) = _rent();
        uint256 id = LicenseId.unwrap(owned);
        uint64 far = uint64(block.timestamp) + 900 days;
        _approve(renter);
        _giveUp(renter);
        vm.prank(holder);
        license.setUser(id, renter, far);
        _expectRevert(bytes4(keccak256("Secondary_StillUsed(address)")));
        secondary.end(listing, made);
        vm.startPrank(holder);
        license.setApprovalForAll(address(secondary), false);
        secondary.unlist(listing);
        license.transferFrom(holder, friend, id);
        vm.stopPrank();
        vm.prank(friend);
        license.setUser(id, renter, far + 1);
        vm.prank(renter);
        secondary.end(listing, made);
        assertEq(_credit(renter), uint256(RENT) * (TIME - MIN_TIME));
        assertEq(_user(), address(0));
    }

    /// The approval by which a renter ends their rentals lets nobody take a licence of theirs, nor the use of another.
    function test_ARentersApprovalGivesAwayNothingElse() public {
        (Listing memory listing, Deal memory made) = _rent();
        LicenseId other = _license(renter, "the renter's own", 0);
        _approve(renter);
        vm.prank(renter);
        license.setUser(LicenseId.unwrap(other), friend, uint64(block.timestamp) + 1 days);
        Listing memory forged = _rental();
        forged.license = other;
        vm.prank(stranger);
        _expectRevert(abi.encodeWithSelector(ISecondary.Secondary_NotHolder.selector, stranger));
        secondary.list(forged, _details(), 0);
        forged.holder = stranger;
        vm.prank(stranger);
        _expectRevert(abi.encodeWithSelector(ISecondary.Secondary_NotOwner.selector, stranger));
        secondary.list(forged, _details(), 0);
        vm.prank(renter);
        secondary.end(listing, made);
        assertEq(license.userOf(LicenseId.unwrap(other)), friend);
        assertEq(license.ownerOf(LicenseId.unwrap(other)), renter);
    }

    /// Who rents out what they hold and rents from others, too: an end touches its own deal's licence alone.
    function test_AHolderWhoRentsEndsTheirOwnRentalAlone() public {
        (Listing memory listing, Deal memory made) = _rent();
        LicenseId other = _license(renter, "the renter's own", 0);
        Listing memory own = _rental();
        (own.holder, own.license) = (renter, other);
        _approve(renter);
        _list(own);
        Deal memory lent = _take(own, stranger);
        _passOn(own, lent);
        vm.startPrank(renter);
        _expectRevert(bytes4(keccak256("Secondary_StillUsed(address)")));
        secondary.end(own, lent);
        secondary.end(listing, made);
        vm.stopPrank();
        assertEq(license.userOf(LicenseId.unwrap(other)), stranger);
        assertEq(_user(), address(0));
    }

    /// Who rents one licence by two deals uses it once: giving it up for one lets the other be ended, too.
    function test_TwoDealsOfOneLicenceAreGivenUpTogether() public {
        (Listing memory listing, Listing memory twin) = (_rental(), _rental());
        twin.salt = "twin";
        _list(listing);
        _list(twin);
        Deal memory one = _take(listing, renter);
        _passOn(listing, one);
        _giveUp(renter);
        Deal memory two = _take(twin, renter);
        _passOn(twin, two);
        _approve(renter);
        vm.prank(renter);
        secondary.end(listing, one);
        assertEq(_user(), address(0));
        vm.prank(renter);
        secondary.end(twin, two);
        assertEq(_credit(renter), 2 * uint256(RENT) * (TIME - MIN_TIME));
    }

    /// After an early end the listing can be taken again at once.
    function test_AnEndedRentalFreesItsListing() public {
        (Listing memory listing, Deal memory made) = _rent();
        _giveUp(renter);
        secondary.end(listing, made);
        Deal memory next = _deal(listing, stranger);
        _take(listing, next);
        _passOn(listing, next);
        assertEq(_user(), stranger);
        _expectRevert(bytes4(keccak256("Secondary_RentalOver(uint256)")));
        secondary.end(listing, made);
    }

    /* HELPERS */

    function _rentIn(address token) private returns (Listing memory listing, Deal memory made) {
        _setToken(token, true, USD_FEE);
        _endow(renter, BlacklistToken(token));
        listing = _rental();
        listing.token = token;
        made = _rent(listing);
    }
}
