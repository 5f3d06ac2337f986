// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRentals} from "../../../../interfaces/IRentals.sol";
import {ISecondary} from "../../../../interfaces/ISecondary.sol";
import {Ruling} from "../../../../interfaces/types/Deals.sol";
import {Passing} from "../../../../interfaces/types/Keys.sol";
import {Deal, DealId, Listing} from "../../../../interfaces/types/Listings.sol";
import {SecondaryBase} from "../../utils/SecondaryBase.sol";

/// What events tell of a rental, with every value, and amounts so small that a unit shows.
contract RentToldTest is SecondaryBase {
    Listing private listing;
    Deal private made;
    DealId private id;
    uint40 private start;
    uint40 private endsAt;

    function setUp() public override {
        super.setUp();
        _start(_rental());
    }

    function _start(Listing memory terms) private {
        listing = terms;
        made = _rent(terms);
        id = _dealId(terms, made);
        (start, endsAt) = (uint40(block.timestamp), uint40(block.timestamp) + TIME);
    }

    function _expect() private {
        vm.expectEmit(address(secondary));
    }

    /// @dev Another rental of another licence.
    function _other(Listing memory terms) private {
        owned = terms.license = _license(holder, "another", 0);
        _start(terms);
    }

    function test_TheStart() public {
        Listing memory terms = _rental();
        owned = terms.license = _license(holder, "another", 0);
        _list(terms);
        made = _take(terms, renter);
        Passing memory passing = _passing(terms, made);
        _expect();
        emit IRentals.RentalStarted(_dealId(terms, made), uint40(block.timestamp) + TIME);
        secondary.passOn(terms, made, held, passing);
        assertEq(secondary.busyUntil(owned, holder), 1, "nobody waits");
    }

    function test_MoreTime() public {
        _expect();
        emit IRentals.RentalExtended(id, uint256(RENT) * 77, endsAt + 77);
        vm.prank(renter);
        assertEq(secondary.extend(listing, made, 77, uint40(block.timestamp)), endsAt + 77);
    }

    function test_MoreTimeIsNotBoughtAfterItsDeadline() public {
        vm.startPrank(renter);
        uint40 deadline = uint40(block.timestamp) - 1;
        _expectRevert(
            abi.encodeWithSelector(ISecondary.Secondary_DeadlinePassed.selector, deadline)
        );
        secondary.extend(listing, made, 77, deadline);
    }

    function test_AnEarlyEnd() public {
        vm.warp(start + MIN_TIME + 9);
        _giveUp(renter);
        _expect();
        emit IRentals.RentalEnded(id, uint256(RENT) * (TIME - MIN_TIME - 9), start + MIN_TIME + 9);
        secondary.end(listing, made);
    }

    function test_CollectedRent() public {
        vm.warp(start + 1001);
        _expect();
        emit IRentals.RentCollected(id, _net(uint256(RENT) * 1001), start + 1001);
        secondary.collect(listing, made);

        vm.recordLogs();
        assertEq(secondary.collectIfDue(listing, made), 0);
        assertEq(vm.getRecordedLogs().length, 0, "nothing to tell");
    }

    function test_AClaimAndItsRuling() public {
        vm.warp(endsAt + 1);
        _expectRevert(abi.encodeWithSelector(ISecondary.Secondary_NotHolder.selector, renter));
        vm.prank(judge);
        secondary.hold(_what(listing, made), renter);
        _expect();
        emit IRentals.DepositHeld(id, endsAt + CLAIM_TIME + MAX_HOLD);
        vm.prank(judge);
        secondary.hold(_what(listing, made), holder);
        _expect();
        emit IRentals.DepositResolved(id, Ruling.Upheld);
        _expectClosed(holder);
        vm.prank(judge);
        secondary.resolve(_what(listing, made), Ruling.Upheld);
    }

    function _expectClosed(address depositTo) private {
        uint256 rent = uint256(RENT) * TIME;
        uint256 protocolFee = rent * rateOf[address(aim)] / 10_000;
        _expect();
        emit IRentals.RentalClosed(
            id, rent, rent - _net(rent) - protocolFee, protocolFee, depositTo
        );
    }

    function test_TheClose() public {
        vm.warp(endsAt + CLAIM_TIME + 1);
        _expectClosed(renter);
        secondary.close(listing, made);
    }

    function test_WithoutADepositNobodyHasIt() public {
        Listing memory terms = _rental();
        terms.deposit = 0;
        _other(terms);
        vm.warp(endsAt + 1);
        _expectClosed(address(0));
        secondary.close(listing, made);
    }

    /// @dev Of 16 the shares are less than one unit, of 17 they are one.
    function test_SharesAreOfTheRentToTheUnit() public {
        Listing memory terms = _rental();
        (terms.price, terms.minTime) = (1, 1);
        _other(terms);
        uint256 before = _credit(holder);
        vm.warp(start + 16);
        secondary.collect(listing, made);
        assertEq(_credit(holder) - before, 16);
        vm.warp(start + 17);
        _expectRevert(abi.encodeWithSelector(IRentals.Secondary_NothingToCollect.selector, id));
        secondary.collect(listing, made);
    }

    function test_TheLicenceRunsUntilTheLatestEndOfTheRental() public {
        for (uint32 extra; extra < 2; ++extra) {
            Listing memory terms = _rental();
            terms.salt = bytes32(uint256(extra));
            uint32 longest = terms.deliveryTime + terms.gracePeriod + TIME + extra;
            terms.license = _license(holder, bytes32("ends") | bytes32(uint256(extra)), longest);
            _list(terms);
            Deal memory wanted = _deal(terms, renter);
            wanted.time = TIME + extra + 1;
            _expectRevert(
                abi.encodeWithSelector(
                    IRentals.Secondary_LicenseEnds.selector, block.timestamp + longest
                )
            );
            _take(terms, wanted);
            wanted.time = TIME + extra;
            _take(terms, wanted);
        }
    }
}
