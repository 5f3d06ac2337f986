// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bps, OfferId} from "../../../interfaces/types/Ids.sol";
import {MovingTerms} from "../../../interfaces/types/Prices.sol";
import {MovingBase} from "../utils/MovingBase.sol";

/// @notice What each sale costs and leaves behind.
contract PriceForTest is MovingBase {
    /* TIME */

    function test_BeginsAtTheOffersPriceAndStandsUntilItStarts() public {
        MovingTerms memory terms = _moving();
        terms.rise = terms.cap = 0;
        vm.warp(START - 30 days);
        assertEq(_buy(terms), LISTED);
        vm.warp(START);
        assertEq(_buy(terms), LISTED);
        vm.warp(START + 1);
        assertLt(_buy(terms), LISTED);
    }

    function test_HalfOfWhatIsAboveTheFloorGoesInEachHalfLife() public view {
        MovingTerms memory terms = _moving();
        assertGt(_priceAt(terms, START + HALF_LIFE - 1), 7e18);
        assertEq(_priceAt(terms, START + HALF_LIFE), 7e18);
        assertLt(_priceAt(terms, START + HALF_LIFE + 1), 7e18);
        assertEq(_priceAt(terms, START + 2 * HALF_LIFE), 5.5e18);
        assertEq(_priceAt(terms, START + 3 * HALF_LIFE), 4.75e18);
    }

    /// @dev 4 + 6 / 2^(1/2), rounded up at its last digit.
    function test_FallsBetweenHalfLivesToo() public view {
        assertEq(_priceAt(_moving(), START + HALF_LIFE / 2), 8_242_640_687_119_285_147);
    }

    function test_WithoutAHalfLifeItNeverFalls() public {
        MovingTerms memory terms = _moving();
        (terms.halfLife, terms.floor) = (0, 1_000_000);
        assertEq(_buy(terms), LISTED);
        assertEq(_priceAt(terms, type(uint40).max), 10.3e18);
    }

    /// @dev A Dutch auction ends at its floor, neither at its first price nor below.
    function test_TheLastSecondCostsTheFloor() public view {
        MovingTerms memory terms = _moving();
        uint256 end = START + 63 * uint256(HALF_LIFE);
        assertEq(_priceAt(terms, end - HALF_LIFE), 4e18 + 2);
        assertEq(_priceAt(terms, end - 1), 4e18 + 1);
        assertEq(_priceAt(terms, end), 4e18);
        assertEq(_priceAt(terms, end + 1), 4e18);
    }

    function test_DecayFarPastTheFloorNeverReverts() public {
        MovingTerms memory terms = _moving();
        terms.halfLife = 1;
        for (uint256 bit; bit < 40; ++bit) {
            assertGe(_priceAt(terms, uint256(START) + (1 << bit)), 4e18);
        }
        assertEq(_priceAt(terms, type(uint40).max), 4e18);
        vm.warp(type(uint40).max);
        assertEq(_buy(terms), 4e18);
    }

    function test_AfterIdleYearsItRisesFromTheFloor() public {
        MovingTerms memory terms = _moving();
        _buy(terms);
        vm.warp(START + 100 * 365 days);
        assertEq(_buy(terms), 4e18);
        assertEq(_buy(terms), 4.12e18);
    }

    /* SALES */

    function test_EachSaleRaisesThePriceFromWhichItFalls() public {
        MovingTerms memory terms = _moving();
        assertEq(_buy(terms), 10e18);
        assertEq(_buy(terms), 10.3e18);
        assertEq(_buy(terms), 10.609e18);
        vm.warp(START + HALF_LIFE);
        assertEq(_buy(terms), 4e18 + (10.92727e18 - 4e18) / 2);
        (uint128 price, uint40 time) = rule.lastOf(address(this), OFFER);
        assertEq(price, 7.68754405e18);
        assertEq(time, START + HALF_LIFE);
    }

    function test_ASaleBeforeTheStartRaisesAndNothingFallsUntilThen() public {
        MovingTerms memory terms = _moving();
        vm.warp(START - 1 days);
        _buy(terms);
        assertEq(_priceAt(terms, START), 10.3e18);
        assertEq(_priceAt(terms, START + HALF_LIFE), 7.15e18);
    }

    function test_NoSaleRaisesItAboveTheCap() public {
        MovingTerms memory terms = _moving();
        (terms.rise, terms.cap) = (600_000, 2_500_000);
        assertEq(_buy(terms), 10e18);
        assertEq(_buy(terms), 16e18);
        assertEq(_buy(terms), 25e18);
        assertEq(_buy(terms), 25e18);
    }

    function test_WithoutACapItEndsAtWhatAPriceCanBe() public {
        MovingTerms memory terms = _moving();
        (terms.rise, terms.cap) = (type(uint32).max, 0);
        for (uint256 i; i < 6; ++i) {
            _buy(terms);
        }
        assertEq(_buy(terms), type(uint128).max);
        terms.cap = type(uint32).max;
        (uint128 price,) = _buy(terms, type(uint128).max);
        assertEq(price, type(uint128).max);
    }

    function test_WhatIsFreeStaysFree() public {
        MovingTerms memory terms = _moving();
        for (uint256 i; i < 3; ++i) {
            (uint128 price,) = _buy(terms, 0);
            assertEq(price, 0);
        }
    }

    function test_ADutchAuctionRemembersNothing() public {
        MovingTerms memory terms = _moving();
        terms.rise = terms.cap = 0;
        _buy(terms);
        (uint128 price, uint40 time) = rule.lastOf(address(this), OFFER);
        assertEq(price, 0);
        assertEq(time, 0);
    }

    function test_GrantsTheReferrersShareOfWhatIsPaid() public {
        MovingTerms memory terms = _moving();
        terms.referral = Bps.wrap(500);
        (uint128 price, uint128 referral) = _buy(terms, LISTED);
        assertEq(referral, price / 20);
        (price, referral) = _buy(terms, LISTED);
        assertEq(referral, 10.3e18 / 20);
        terms.referral = Bps.wrap(5000);
        (, referral) = _buy(terms, type(uint128).max);
        assertEq(referral, 10.609e18 / 2);
    }

    /* WHO ASKS */

    function test_AForeignCallerMovesNobodyElsesPrice() public {
        MovingTerms memory terms = _moving();
        bytes32 data = _data(terms);
        _buy(terms);
        vm.startPrank(makeAddr("stranger"));
        for (uint256 i; i < 3; ++i) {
            rule.priceFor(OFFER, address(1), data, type(uint128).max, address(2), "");
        }
        vm.stopPrank();
        assertEq(_buy(terms), 10.3e18);
    }

    function test_OffersAreKeptApart() public {
        MovingTerms memory terms = _moving();
        _buy(terms);
        bytes32 data = _data(terms);
        (uint128 price,) =
            rule.priceFor(OfferId.wrap("other"), address(1), data, LISTED, address(2), "");
        assertEq(price, LISTED);
    }

    /// @dev One caller may say anything of its offers; nothing of it fails for others, or at all.
    function testFuzz_WhateverACallerSaysNoPriceReverts(
        uint128 first,
        uint128 second,
        MovingTerms memory one,
        MovingTerms memory other,
        uint40 elapsed
    ) public {
        (one, other) = (_valid(one), _valid(other));
        _buy(one, first);
        vm.warp(uint256(START) + elapsed);
        _buy(other, second);
    }

    /* WHAT ALWAYS HOLDS */

    function testFuzz_ThePriceFallsWithTimeAndNeverBelowTheFloor(
        MovingTerms memory terms,
        uint128 listed,
        uint40 sold,
        uint40 when,
        uint40 later
    ) public {
        terms = _valid(terms);
        vm.warp(sold);
        (uint128 paid,) = _buy(terms, listed);
        if (later < when) (when, later) = (later, when);
        bytes32 data = _data(terms);
        uint128 before = rule.priceAt(address(this), OFFER, data, listed, when);
        uint128 then = rule.priceAt(address(this), OFFER, data, listed, later);
        assertLe(then, before);
        assertGe(then, (uint256(listed) * terms.floor + 999_999) / 1_000_000);
        uint256 most = (uint256(paid) * (1e6 + uint256(terms.rise)) + 999_999) / 1e6;
        if (terms.rise != 0) assertLe(before, most);
        else assertLe(before, listed);
    }

    function testFuzz_ASecondNeverRaisesThePrice(
        MovingTerms memory terms,
        uint128 listed,
        uint40 when
    ) public view {
        terms = _valid(terms);
        when = uint40(bound(when, 0, type(uint40).max - 1));
        bytes32 data = _data(terms);
        assertLe(
            rule.priceAt(address(this), OFFER, data, listed, when + 1),
            rule.priceAt(address(this), OFFER, data, listed, when)
        );
    }

    function testFuzz_ASaleNeverLowersThePrice(
        MovingTerms memory terms,
        uint128 listed,
        uint40 first,
        uint40 second
    ) public {
        terms = _valid(terms);
        vm.warp(first);
        _buy(terms, listed);
        vm.warp(bound(uint256(first) + second, first, type(uint40).max));
        (uint128 price,) = _buy(terms, listed);
        assertGe(
            rule.priceAt(address(this), OFFER, _data(terms), listed, uint40(block.timestamp)), price
        );
    }

    /* INTERNAL */

    function _valid(MovingTerms memory terms) private pure returns (MovingTerms memory) {
        terms.floor = uint32(bound(terms.floor, 0, 1_000_000));
        if (terms.halfLife == 0) terms.floor = 1_000_000;
        else if (terms.floor == 1_000_000) terms.halfLife = 0;
        if (terms.rise == 0) terms.cap = 0;
        else if (terms.cap != 0) terms.cap = uint32(bound(terms.cap, 1_000_000, type(uint32).max));
        terms.referral = Bps.wrap(uint16(bound(Bps.unwrap(terms.referral), 0, 5000)));
        return terms;
    }
}
