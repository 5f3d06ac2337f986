// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IHandover} from "../../../../interfaces/IHandover.sol";
import {IRentals} from "../../../../interfaces/IRentals.sol";
import {ISecondary} from "../../../../interfaces/ISecondary.sol";
import {Offer, Order} from "../../../../interfaces/types/Deals.sol";
import {Bps, LicenseId, ModelId, OrderId} from "../../../../interfaces/types/Ids.sol";
import {Deal, Listing, ListingId, ListingState} from "../../../../interfaces/types/Listings.sol";
import {Version} from "../../../../interfaces/types/Versions.sol";
import {SecondaryBase} from "../../utils/SecondaryBase.sol";

/// What a holder can list, and what they are refused.
contract ListTest is SecondaryBase {
    function _stateOf(Listing memory listing) private view returns (uint8) {
        return uint8(secondary.listingOf(secondary.listingIdOf(listing)));
    }

    function _expectInvalid(string memory field) private {
        _expectRevert(abi.encodeWithSelector(IHandover.Handover_TermsInvalid.selector, field));
    }

    function _expectUnfit(Listing memory listing) private {
        _expectRevert(
            abi.encodeWithSelector(
                ISecondary.Secondary_LicenseUnfit.selector, listing.license, listing.version
            )
        );
        _list(listing);
    }

    /* WHAT IS LISTED */

    function test_ListingIsOpenAndTold() public {
        Listing memory listing = _sale();
        ListingId id = secondary.listingIdOf(listing);
        vm.expectEmit(address(secondary));
        emit ISecondary.Listed(id, model, holder, listing);
        assertEq(ListingId.unwrap(_list(listing)), ListingId.unwrap(id));
        assertEq(_stateOf(listing), uint8(ListingState.Open));
    }

    function test_IdIsTheHashOfDomainAndTerms() public view {
        Listing memory listing = _sale();
        assertEq(
            ListingId.unwrap(secondary.listingIdOf(listing)),
            keccak256(abi.encode(secondary.domain(), listing))
        );
        assertEq(secondary.domain(), keccak256(abi.encode(block.chainid, address(secondary))));
    }

    function test_EveryTermMakesAnotherListing(uint256 word, uint8 bit) public view {
        Listing memory listing = _sale();
        bytes memory flipped = _flip(abi.encode(listing), word % 21, bit);
        (bool success, bytes memory answer) =
            address(secondary).staticcall(bytes.concat(secondary.listingIdOf.selector, flipped));
        if (!success) return; // no such value of that type
        assertNotEq(abi.decode(answer, (bytes32)), ListingId.unwrap(secondary.listingIdOf(listing)));
    }

    function test_OnceAndNeverAgain() public {
        Listing memory listing = _sale();
        ListingId id = _list(listing);
        bytes memory exists =
            abi.encodeWithSelector(ISecondary.Secondary_ListingExists.selector, id);
        _expectRevert(exists);
        _list(listing);
        vm.prank(holder);
        secondary.unlist(listing);
        _expectRevert(exists);
        _list(listing);
    }

    /* WHO */

    function test_OnlyTheHolderLists() public {
        Listing memory listing = _sale();
        _expectRevert(abi.encodeWithSelector(ISecondary.Secondary_NotHolder.selector, stranger));
        vm.prank(stranger);
        secondary.list(listing, _details(), 0);
    }

    function test_OnlyTheOwnerIsAHolder() public {
        Listing memory listing = _sale();
        listing.holder = stranger;
        _approve(stranger);
        _expectRevert(abi.encodeWithSelector(ISecondary.Secondary_NotOwner.selector, stranger));
        _list(listing);
    }

    function test_ApprovalForOneOrForAll() public {
        Listing memory listing = _sale();
        vm.prank(holder);
        license.setApprovalForAll(address(secondary), false);
        _expectRevert(abi.encodeWithSelector(ISecondary.Secondary_NotApproved.selector, holder));
        _list(listing);
        vm.prank(holder);
        license.approve(address(secondary), LicenseId.unwrap(owned));
        _list(listing);
    }

    /* THE LICENCE */

    function test_NotAPendingLicence() public {
        Offer memory terms = _terms();
        terms.salt = "pending";
        _open(terms);
        vm.prank(buyer);
        OrderId id = market.buyFor(terms, _purchase(terms), holder, address(0), "");
        Listing memory listing = _sale();
        listing.license = _licenseOf(id);
        _expectUnfit(listing);
    }

    function test_NotOneThatCannotBeTransferred() public {
        Offer memory terms = _terms();
        (terms.salt, terms.transferable) = ("bound", false);
        _open(terms);
        Order memory order = _order(terms, buyer, holder);
        vm.prank(buyer);
        OrderId id = market.buyFor(terms, _purchase(terms), holder, address(0), "");
        _deliver(terms, order, id);
        Listing memory listing = _sale();
        listing.license = _licenseOf(id);
        _expectUnfit(listing);
    }

    function test_NotAVersionOutOfReach() public {
        Offer memory terms = _terms();
        (terms.salt, terms.lastVersion) = ("narrow", 1);
        _open(terms);
        Order memory order = _order(terms, buyer, holder);
        vm.prank(buyer);
        OrderId id = market.buyFor(terms, _purchase(terms), holder, address(0), "");
        _deliver(terms, order, id);
        vm.prank(seller);
        registry.addVersion(model, _details(), _noParents());
        Listing memory listing = _sale();
        (listing.license, listing.version) = (_licenseOf(id), 2);
        _expectUnfit(listing);
    }

    /// Else it could end while the key is on its way, which is the taker's then for nothing.
    function test_ALicenceThatEndsBeforeALastTakersGraceIsNotForSale() public {
        Listing memory listing = _sale();
        uint32 needed = 30 days + 1 days + 1 hours;
        listing.license = _license(holder, "ends", needed);
        listing.expiresAt += 1;
        _expectRevert(
            abi.encodeWithSelector(
                IRentals.Secondary_LicenseEnds.selector, block.timestamp + needed
            )
        );
        _list(listing);
        listing.expiresAt -= 1;
        _list(listing);
    }

    function test_ALicenceThatEndsSoonIsForRent() public {
        Listing memory listing = _rental();
        listing.license = _license(holder, "ends", 1 days);
        _list(listing);
    }

    function test_NotAnotherModelsLicence() public {
        ModelId other = registry.register(seller, Bps.wrap(500), _details(), _noParents());
        Listing memory listing = _sale();
        listing.model = other;
        _expectUnfit(listing);
    }

    /* THE VERSION */

    function test_TheVersionIsWhatIsRegistered() public {
        Listing memory listing = _sale();
        bytes memory mismatch =
            abi.encodeWithSelector(IHandover.Handover_VersionMismatch.selector, model, uint16(1));
        Version memory details = _details();
        details.terms = "other";
        _expectRevert(mismatch);
        vm.prank(holder);
        secondary.list(listing, details, 0);
        _expectRevert(mismatch);
        vm.prank(holder);
        secondary.list(listing, _details(), "parents");
        listing.line = key;
        _expectRevert(mismatch);
        _list(listing);
    }

    function test_NotAConvictedVersion() public {
        vm.mockCall(
            address(registry),
            abi.encodeCall(registry.isConvicted, (model, uint16(1))),
            abi.encode(true)
        );
        _expectRevert(
            abi.encodeWithSelector(IHandover.Handover_VersionConvicted.selector, model, uint16(1))
        );
        _list(_sale());
    }

    function test_TheHeldKeyIsProven() public {
        Listing memory listing = _sale();
        listing.held = "unproven";
        _expectRevert(
            abi.encodeWithSelector(IHandover.Handover_KeyNotProven.selector, bytes32("unproven"))
        );
        _list(listing);
        listing.held = 0;
        _list(listing);
    }

    /* MONEY */

    function test_TheMarketsTokensAndFeesHold() public {
        Listing memory listing = _sale();
        listing.token = stranger;
        _expectRevert(abi.encodeWithSelector(IHandover.Handover_TokenNotAllowed.selector, stranger));
        _list(listing);
        listing = _sale();
        listing.deliveryFee = MAX_DELIVERY_FEE + 1;
        _expectRevert(
            abi.encodeWithSelector(
                IHandover.Handover_DeliveryFeeTooHigh.selector,
                MAX_DELIVERY_FEE + 1,
                MAX_DELIVERY_FEE
            )
        );
        _list(listing);
        listing.deliveryFee = MAX_DELIVERY_FEE;
        _list(listing);
    }

    function test_TheRoyaltyIsTheModels() public {
        Listing memory listing = _sale();
        for (uint16 rate = ROYALTY - 1; rate <= ROYALTY + 1; rate += 2) {
            listing.royalty = Bps.wrap(rate);
            _expectInvalid("royalty");
            _list(listing);
        }
    }

    function test_NoPayeeWhereTheVersionNamesNone() public {
        Listing memory listing = _sale();
        listing.royaltyPayout = stranger;
        _expectRevert(
            abi.encodeWithSelector(
                ISecondary.Secondary_PayeeMismatch.selector, stranger, bytes32(0)
            )
        );
        _list(listing);
        (listing.royaltyPayout, listing.royaltyAccount) = (address(0), "account");
        _expectRevert(
            abi.encodeWithSelector(
                ISecondary.Secondary_PayeeMismatch.selector, address(0), bytes32("account")
            )
        );
        _list(listing);
    }

    function test_ThePayeeThatTheVersionNames() public {
        Version memory details = _details();
        details.payee = keccak256(abi.encode(payout, bytes32("account")));
        vm.prank(seller);
        registry.addVersion(model, details, _noParents());
        Listing memory listing = _sale();
        listing.version = 2;
        _expectRevert(
            abi.encodeWithSelector(
                ISecondary.Secondary_PayeeMismatch.selector, address(0), bytes32(0)
            )
        );
        vm.prank(holder);
        secondary.list(listing, details, 0);
        (listing.royaltyPayout, listing.royaltyAccount) = (payout, "account");
        vm.prank(holder);
        secondary.list(listing, details, 0);
        assertEq(_stateOf(listing), uint8(ListingState.Open));
    }

    /* TIMES */

    function test_TheTimesHaveBounds() public {
        Listing memory listing = _sale();
        uint32[2] memory wrong = [uint32(1 minutes) - 1, uint32(30 days) + 1];
        for (uint256 i; i < 2; ++i) {
            listing.deliveryTime = wrong[i];
            _expectInvalid("deliveryTime");
            _list(listing);
        }
        listing.deliveryTime = uint32(1 minutes);
        wrong = [uint32(10 minutes) - 1, uint32(7 days) + 1];
        for (uint256 i; i < 2; ++i) {
            listing.gracePeriod = wrong[i];
            _expectInvalid("gracePeriod");
            _list(listing);
        }
        listing.gracePeriod = uint32(10 minutes);
        _list(listing);
        listing.deliveryTime = uint32(30 days);
        listing.gracePeriod = uint32(7 days);
        _list(listing);
    }

    function test_ItEndsBetweenNowAndHalfAYear() public {
        Listing memory listing = _sale();
        listing.expiresAt = uint40(block.timestamp) - 1;
        _expectInvalid("expiresAt");
        _list(listing);
        listing.expiresAt = uint40(block.timestamp) + 180 days + 1;
        _expectInvalid("expiresAt");
        _list(listing);
        listing.expiresAt = uint40(block.timestamp) + 180 days;
        _list(listing);
        listing.expiresAt = uint40(block.timestamp);
        _list(listing);
    }

    function test_ASaleHasNoDepositAndNoArbitrator() public {
        Listing memory listing = _sale();
        listing.deposit = 1;
        _expectInvalid("deposit");
        _list(listing);
        listing = _sale();
        listing.arbitrator = judge;
        _expectInvalid("arbitrator");
        _list(listing);
        listing = _sale();
        listing.minTime = 1;
        _expectInvalid("maxTime");
        _list(listing);
    }

    function test_ARentalHasALeastAndAMostTime() public {
        Listing memory listing = _rental();
        listing.minTime = 0;
        _expectInvalid("minTime");
        _list(listing);
        listing.minTime = listing.maxTime + 1;
        _expectInvalid("maxTime");
        _list(listing);
        listing.minTime = 1;
        listing.maxTime = uint32(366 days) + 1;
        _expectInvalid("maxTime");
        _list(listing);
        listing.maxTime = uint32(366 days);
        _list(listing);
    }

    /* STOP AND END */

    function test_NotWhileNewBusinessIsStopped() public {
        _stop();
        uint40 until = market.stoppedUntil();
        Listing memory listing = _sale();
        vm.warp(until);
        _expectRevert(abi.encodeWithSelector(IHandover.Handover_Stopped.selector, until));
        _list(listing);
        vm.warp(until + 1);
        _list(listing);
    }

    function test_UnlistIsTheHoldersOnce() public {
        Listing memory listing = _sale();
        ListingId id = secondary.listingIdOf(listing);
        bytes memory notOpen =
            abi.encodeWithSelector(ISecondary.Secondary_ListingNotOpen.selector, id);
        _expectRevert(notOpen);
        vm.prank(holder);
        secondary.unlist(listing);
        _list(listing);
        _expectRevert(abi.encodeWithSelector(ISecondary.Secondary_NotHolder.selector, stranger));
        vm.prank(stranger);
        secondary.unlist(listing);

        vm.expectEmit(address(secondary));
        emit ISecondary.Unlisted(id);
        vm.prank(holder);
        secondary.unlist(listing);
        assertEq(_stateOf(listing), uint8(ListingState.Closed));
        _expectRevert(notOpen);
        vm.prank(holder);
        secondary.unlist(listing);
        Deal memory made = _deal(listing, renter);
        _expectRevert(notOpen);
        _take(listing, made);
    }

    function test_WhatWasTakenGoesOnAfterUnlisting() public {
        Listing memory listing = _sale();
        _list(listing);
        Deal memory made = _take(listing, renter);
        _stop();
        vm.prank(holder);
        secondary.unlist(listing);
        _passOn(listing, made);
        assertEq(license.ownerOf(LicenseId.unwrap(owned)), renter);
    }
}
