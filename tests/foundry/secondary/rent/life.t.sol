// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModelLicense} from "../../../../interfaces/IModelLicense.sol";
import {IRentals} from "../../../../interfaces/IRentals.sol";
import {Ruling} from "../../../../interfaces/types/Deals.sol";
import {LicenseId} from "../../../../interfaces/types/Ids.sol";
import {Delivery} from "../../../../interfaces/types/Keys.sol";
import {
    Deal,
    DealId,
    DealRecord,
    DealState,
    Listing
} from "../../../../interfaces/types/Listings.sol";
import {SecondaryBase} from "../../utils/SecondaryBase.sol";

/// A rental from its taking to its close, and both sides of every clock.
contract RentLifeTest is SecondaryBase {
    /* START */

    function test_DeliveryMakesTheTakerTheUserAndStartsTheClock() public {
        Listing memory listing = _rental();
        _list(listing);
        Deal memory made = _take(listing, renter);
        assertEq(_user(), address(0), "not before the key");
        assertFalse(license.hasAccess(owned, renter, 1));
        vm.warp(block.timestamp + 5 hours);
        _passOn(listing, made);

        DealRecord memory record = _record(listing, made);
        assertEq(uint8(record.state), uint8(DealState.Running));
        assertEq(record.since, block.timestamp);
        assertEq(record.endsAt, block.timestamp + TIME);
        assertEq(_user(), renter);
        assertTrue(license.hasAccess(owned, renter, 1));
        assertFalse(license.hasAccess(owned, holder, 1), "the owner has rented it out");
        assertEq(_credit(holder), FEE, "the fee of the delivery, and no rent yet");
        assertEq(aim.balanceOf(address(secondary)), RENT * TIME + DEPOSIT + FEE);
    }

    function test_TheSellerCanDeliverARentalToo() public {
        Listing memory listing = _rental();
        _list(listing);
        Deal memory made = _take(listing, renter);
        Delivery memory delivery =
            kit.prove(LINE_SECRET, DealId.unwrap(_dealId(listing, made)), made.key);
        vm.prank(keeper);
        secondary.deliver(listing, made, delivery);
        assertEq(_user(), renter);
        assertEq(_credit(keeper), FEE);
    }

    function test_TheUseEndsWithTheTime() public {
        (Listing memory listing, Deal memory made) = _rent();
        vm.warp(_record(listing, made).endsAt);
        assertTrue(license.hasAccess(owned, renter, 1), "last second");
        vm.warp(block.timestamp + 1);
        assertFalse(license.hasAccess(owned, renter, 1));
        assertTrue(license.hasAccess(owned, holder, 1));
    }

    function test_TimeIsBetweenLeastAndMost() public {
        Listing memory listing = _rental();
        _list(listing);
        Deal memory made = _deal(listing, renter);
        uint32[2] memory wrong = [MIN_TIME - 1, MAX_TIME + 1];
        for (uint256 i; i < 2; ++i) {
            made.time = wrong[i];
            _expectRevert(
                abi.encodeWithSelector(
                    IRentals.Secondary_TimeOutOfRange.selector, MIN_TIME, MAX_TIME, wrong[i]
                )
            );
            _take(listing, made);
        }
        uint256 snapshot = vm.snapshotState();
        made.time = MIN_TIME;
        _take(listing, made);
        vm.revertToState(snapshot);
        made.time = MAX_TIME;
        _take(listing, made);
    }

    function test_NobodyRentsLongerThanTheLicenceRuns() public {
        Listing memory listing = _rental();
        uint256 latest = block.timestamp + listing.deliveryTime + listing.gracePeriod + TIME;
        listing.license = owned = _license(holder, "ends", uint32(latest - block.timestamp - 1));
        _list(listing);
        Deal memory made = _deal(listing, renter);
        _expectRevert(abi.encodeWithSelector(IRentals.Secondary_LicenseEnds.selector, latest - 1));
        _take(listing, made);
        made.time = TIME - 1;
        _take(listing, made);
    }

    /* EXTENSION */

    function test_ExtendPaysForMoreTime() public {
        (Listing memory listing, Deal memory made) = _rent();
        uint40 endsAt = _record(listing, made).endsAt;
        uint256 before = aim.balanceOf(renter);
        vm.warp(endsAt);
        assertEq(_extend(listing, made, 1 days), endsAt + 1 days);
        assertEq(before - aim.balanceOf(renter), uint256(RENT) * 1 days);
        assertEq(license.userExpires(LicenseId.unwrap(owned)), endsAt + 1 days);
        assertEq(_record(listing, made).endsAt, endsAt + 1 days);
    }

    function test_ExtendNotAfterTheEnd() public {
        (Listing memory listing, Deal memory made) = _rent();
        uint40 endsAt = _record(listing, made).endsAt;
        vm.warp(endsAt + 1);
        _expectRevert(abi.encodeWithSelector(IRentals.Secondary_RentalOver.selector, endsAt));
        _extend(listing, made, 1 days);
    }

    function test_ExtendUpToTheMostTime() public {
        (Listing memory listing, Deal memory made) = _rent();
        _expectRevert(
            abi.encodeWithSelector(
                IRentals.Secondary_TimeOutOfRange.selector, MIN_TIME, MAX_TIME, MAX_TIME + 1
            )
        );
        _extend(listing, made, MAX_TIME - TIME + 1);
        _extend(listing, made, MAX_TIME - TIME);
    }

    function test_ExtendIsTheTakersAlone() public {
        (Listing memory listing, Deal memory made) = _rent();
        _expectRevert(abi.encodeWithSelector(IRentals.Secondary_NotTaker.selector, stranger));
        vm.prank(stranger);
        secondary.extend(listing, made, 1 days, uint40(block.timestamp));
    }

    function test_WhoGaveTheUseUpHasItBackByExtendingUnlessSomebodyHasIt() public {
        (Listing memory listing, Deal memory made) = _rent();
        _giveUp(renter);
        uint256 snapshot = vm.snapshotState();
        vm.prank(holder);
        license.setUser(LicenseId.unwrap(owned), friend, uint64(block.timestamp));
        _expectRevert(IModelLicense.ModelLicense_InUse.selector);
        _extend(listing, made, 1 days);
        vm.revertToState(snapshot);
        _extend(listing, made, 1 days);
        assertEq(_user(), renter);
    }

    function test_ExtendNotBeyondTheLicence() public {
        Listing memory listing = _rental();
        listing.license = owned = _license(holder, "ends", 4 days);
        uint256 licenseEnd = block.timestamp + 4 days;
        Deal memory made = _rent(listing);
        uint32 room = uint32(licenseEnd - _record(listing, made).endsAt);
        _expectRevert(abi.encodeWithSelector(IRentals.Secondary_LicenseEnds.selector, licenseEnd));
        _extend(listing, made, room + 1);
        _extend(listing, made, room);
    }

    /* EARLY END */

    function test_EndGivesBackTheRestButNeverTheLeastTime() public {
        (Listing memory listing, Deal memory made) = _rent();
        uint40 start = uint40(block.timestamp);
        vm.warp(start + 10);
        _giveUp(renter);
        secondary.end(listing, made);
        assertEq(_credit(renter), uint256(RENT) * (TIME - MIN_TIME), "the price of the key stays");
        assertEq(_record(listing, made).endsAt, start + MIN_TIME);
    }

    function test_EndAfterTheLeastTimePaysUpToNow() public {
        (Listing memory listing, Deal memory made) = _rent();
        vm.warp(block.timestamp + MIN_TIME + 7);
        _giveUp(renter);
        vm.prank(stranger);
        secondary.end(listing, made);
        assertEq(_credit(renter), uint256(RENT) * (TIME - MIN_TIME - 7));
        assertEq(_record(listing, made).endsAt, block.timestamp);
    }

    function test_TheTakerGivesUpAndEndsInOneTransaction() public {
        (Listing memory listing, Deal memory made) = _rent();
        _approve(renter);
        vm.warp(block.timestamp + MIN_TIME + 7);
        vm.expectEmit(address(secondary));
        emit IRentals.RentalEnded(
            _dealId(listing, made), uint256(RENT) * (TIME - MIN_TIME - 7), uint40(block.timestamp)
        );
        vm.prank(renter);
        secondary.end(listing, made);
        assertEq(_user(), address(0));
        assertTrue(license.hasAccess(owned, holder, 1), "the licence is free");
        assertEq(_credit(renter), uint256(RENT) * (TIME - MIN_TIME - 7));
    }

    function test_EndOfAUseByItsTakerAloneAndOnlyWithTheirApproval() public {
        (Listing memory listing, Deal memory made) = _rent();
        bytes memory used = abi.encodeWithSelector(IRentals.Secondary_StillUsed.selector, renter);
        vm.prank(renter);
        _expectRevert(used);
        secondary.end(listing, made);
        _approve(renter);
        address[4] memory others = [stranger, holder, judge, keeper];
        for (uint256 i; i < others.length; ++i) {
            vm.prank(others[i]);
            _expectRevert(used);
            secondary.end(listing, made);
        }
        assertEq(_user(), renter);
        vm.prank(renter);
        secondary.end(listing, made);
    }

    function test_EndOnceAndNotAtTheEnd() public {
        (Listing memory listing, Deal memory made) = _rent();
        uint256 snapshot = vm.snapshotState();
        _giveUp(renter);
        secondary.end(listing, made);
        uint40 endsAt = _record(listing, made).endsAt;
        _expectRevert(abi.encodeWithSelector(IRentals.Secondary_RentalOver.selector, endsAt));
        secondary.end(listing, made);

        vm.revertToState(snapshot);
        endsAt = _record(listing, made).endsAt;
        vm.warp(endsAt - 1);
        _giveUp(renter);
        uint256 last = vm.snapshotState();
        secondary.end(listing, made);
        assertEq(_credit(renter), RENT, "one second is left");
        vm.revertToState(last);
        vm.warp(endsAt);
        _expectRevert(abi.encodeWithSelector(IRentals.Secondary_RentalOver.selector, endsAt));
        secondary.end(listing, made);
    }

    /* COLLECTING */

    function test_RentBecomesTheHoldersSecondBySecond() public {
        (Listing memory listing, Deal memory made) = _rent();
        uint256 start = block.timestamp;
        for (uint256 i = 1; i < 5; ++i) {
            vm.warp(start + i * i * 1000 + 1);
            vm.prank(stranger);
            secondary.collect(listing, made);
            assertEq(_credit(holder), FEE + _net(RENT * (block.timestamp - start)));
        }
        assertEq(_credit(treasury), 0, "at the close");
        _expectRevert(IRentals.Secondary_NothingToCollect.selector);
        secondary.collect(listing, made);
        assertEq(secondary.collectIfDue(listing, made), 0);
    }

    function test_CollectStopsAtTheEnd() public {
        (Listing memory listing, Deal memory made) = _rent();
        vm.warp(block.timestamp + TIME + 1 days);
        assertEq(secondary.collectIfDue(listing, made), _net(uint256(RENT) * TIME));
    }

    /* CLOSING */

    function test_CloseCreditsEverything() public {
        (Listing memory listing, Deal memory made) = _rent();
        vm.warp(_record(listing, made).endsAt + CLAIM_TIME);
        _expectRevert(
            abi.encodeWithSelector(IRentals.Secondary_ClaimsOpen.selector, block.timestamp)
        );
        secondary.close(listing, made);
        assertFalse(secondary.closeIfDue(listing, made));
        vm.warp(block.timestamp + 1);
        vm.prank(stranger);
        secondary.close(listing, made);

        uint256 rent = uint256(RENT) * TIME;
        assertEq(_credit(holder), FEE + _net(rent));
        assertEq(_credit(treasury), rent * AIM_FEE / 10_000);
        assertEq(_credit(seller), rent * ROYALTY / 10_000, "the maker's");
        assertEq(_credit(renter), DEPOSIT);
        assertEq(uint8(_record(listing, made).state), uint8(DealState.Closed));
        _assertAllPaid();
    }

    function test_CloseRightAfterTheEndWithoutAnArbitrator() public {
        Listing memory listing = _rental();
        listing.arbitrator = address(0);
        Deal memory made = _rent(listing);
        vm.warp(_record(listing, made).endsAt);
        assertFalse(secondary.closeIfDue(listing, made));
        vm.warp(block.timestamp + 1);
        assertTrue(secondary.closeIfDue(listing, made));
        assertFalse(secondary.closeIfDue(listing, made));
        assertEq(_credit(renter), DEPOSIT);
        _assertAllPaid();
    }

    function test_NothingIsDoneTwice() public {
        (Listing memory listing, Deal memory made) = _rent();
        vm.warp(_record(listing, made).endsAt + CLAIM_TIME + 1);
        secondary.close(listing, made);
        bytes memory over =
            abi.encodeWithSelector(IRentals.Secondary_NotRunning.selector, _dealId(listing, made));
        _expectRevert(over);
        secondary.close(listing, made);
        _expectRevert(over);
        secondary.collect(listing, made);
        _expectRevert(over);
        secondary.end(listing, made);
        _expectRevert(over);
        _extend(listing, made, 1 days);
        assertEq(secondary.collectIfDue(listing, made), 0);
    }

    /* DEPOSIT */

    function test_HoldInTheClaimTimeAlone() public {
        (Listing memory listing, Deal memory made) = _rent();
        uint40 endsAt = _record(listing, made).endsAt;
        bytes memory closed = abi.encodeWithSelector(
            IRentals.Secondary_ClaimsClosed.selector, endsAt, endsAt + CLAIM_TIME
        );
        vm.warp(endsAt);
        _expectRevert(closed);
        _hold(listing, made);
        vm.warp(endsAt + CLAIM_TIME + 1);
        _expectRevert(closed);
        _hold(listing, made);
        uint256 snapshot = vm.snapshotState();
        vm.warp(endsAt + 1);
        _hold(listing, made);
        vm.revertToState(snapshot);
        vm.warp(endsAt + CLAIM_TIME);
        _hold(listing, made);
        assertEq(uint8(_record(listing, made).state), uint8(DealState.Held));
    }

    function test_TheArbitratorRules() public {
        (Listing memory listing, Deal memory made) = _rent();
        vm.warp(_record(listing, made).endsAt + 1);
        _hold(listing, made);
        uint256 snapshot = vm.snapshotState();
        Ruling[3] memory rulings = [Ruling.None, Ruling.Upheld, Ruling.Rejected];
        for (uint256 i; i < 3; ++i) {
            vm.prank(judge);
            secondary.resolve(_what(listing, made), rulings[i]);
            bool upheld = rulings[i] == Ruling.Upheld;
            assertEq(_credit(renter), upheld ? 0 : DEPOSIT);
            assertEq(_credit(holder), FEE + _net(uint256(RENT) * TIME) + (upheld ? DEPOSIT : 0));
            _assertAllPaid();
            vm.revertToState(snapshot);
        }
    }

    function test_NinetyDaysAfterAHoldAnybodyCloses() public {
        (Listing memory listing, Deal memory made) = _rent();
        uint256 end = _record(listing, made).endsAt + CLAIM_TIME + MAX_HOLD;
        vm.warp(end - MAX_HOLD);
        _hold(listing, made);
        vm.warp(end);
        _expectRevert(abi.encodeWithSelector(IRentals.Secondary_RulingOpen.selector, end));
        secondary.close(listing, made);
        assertFalse(secondary.closeIfDue(listing, made));
        vm.warp(end + 1);
        vm.prank(stranger);
        secondary.close(listing, made);
        assertEq(_credit(renter), DEPOSIT);
        _assertAllPaid();
    }

    function test_RentIsCollectedWhileADepositIsHeld() public {
        (Listing memory listing, Deal memory made) = _rent();
        vm.warp(_record(listing, made).endsAt + 1);
        _hold(listing, made);
        secondary.collect(listing, made);
        assertEq(_credit(holder), FEE + _net(uint256(RENT) * TIME));
    }

    function test_OnlyTheArbitratorHoldsAndRules() public {
        (Listing memory listing, Deal memory made) = _rent();
        vm.warp(_record(listing, made).endsAt + 1);
        bytes memory what = _what(listing, made);
        bytes memory refused =
            abi.encodeWithSelector(IRentals.Secondary_NotArbitrator.selector, holder);
        vm.startPrank(holder);
        _expectRevert(refused);
        secondary.hold(what, holder);
        _expectRevert(refused);
        secondary.resolve(what, Ruling.Upheld);
        vm.stopPrank();

        vm.startPrank(judge);
        _expectRevert(bytes4(keccak256("Secondary_NotHolder(address)")));
        secondary.hold(what, renter);
        _expectRevert(IRentals.Secondary_DealNotHeld.selector);
        secondary.resolve(what, Ruling.Upheld);
        _expectRevert(bytes4(keccak256("Handover_TermsInvalid(string)")));
        secondary.hold(bytes.concat(what, bytes32(0)), holder);
    }

    function test_WithoutADepositThereIsNothingToHold() public {
        Listing memory listing = _rental();
        listing.deposit = 0;
        Deal memory made = _rent(listing);
        vm.warp(_record(listing, made).endsAt + 1);
        _expectRevert(IRentals.Secondary_ClaimsClosed.selector);
        _hold(listing, made);
        secondary.close(listing, made);
        _assertAllPaid();
    }

    /* HELPERS */

    function _extend(Listing memory listing, Deal memory made, uint32 time)
        private
        returns (uint40)
    {
        vm.prank(made.taker);
        return secondary.extend(listing, made, time, uint40(block.timestamp));
    }

    function _hold(Listing memory listing, Deal memory made) private {
        vm.prank(judge);
        secondary.hold(_what(listing, made), holder);
    }

    function _assertAllPaid() private view {
        uint256 owed = _credit(holder) + _credit(renter) + _credit(treasury) + _credit(seller);
        assertEq(aim.balanceOf(address(secondary)), owed, "nothing is left over");
    }
}
