// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bps} from "../../../../interfaces/types/Ids.sol";
import {RebateRates} from "../../../../interfaces/types/Rewards.sol";
import {RebatesBase} from "../../utils/RebatesBase.sol";

/// @notice Buyers alone, up to four tenths of the fee once they paid FULL in fees.
contract FrequentTest is RebatesBase {
    uint96 private constant FULL = 10e18;
    uint16 private constant SHARE = 4000;

    function setUp() public override {
        super.setUp();
        _setShare(SHARE, FULL);
    }

    function _setShare(uint16 share, uint96 full) private {
        RebateRates memory rates;
        (rates.frequent, rates.frequentAt) = (Bps.wrap(share), full);
        _setRates(rates);
    }

    /// @dev What a sale with this fee brings the buyer.
    function _buyFor(uint256 fee) private returns (uint256) {
        uint256 before = _credit(buyer);
        _claim(_sellFor(fee, buyer));
        return _credit(buyer) - before;
    }

    function test_GrowsEvenlyWithWhatTheBuyerPaidBefore() public {
        // The mean of 0 and a tenth of the way, then of a tenth and two tenths.
        assertEq(_buyFor(1e18), 0.02e18);
        assertEq(_buyFor(1e18), 0.06e18);
        assertEq(_buyFor(1e18), 0.1e18);
        assertEq(_credit(payout), 0);
    }

    function test_IsWholeOnceEnoughWasPaid() public {
        assertEq(_buyFor(FULL), 2e18);
        assertEq(_buyFor(1e18), 0.4e18);
        assertEq(_buyFor(1e18), 0.4e18);
    }

    function test_ASaleThatPassesTheMarkGetsTheWholeForTheRest() public {
        _buyFor(9e18);
        assertEq(_buyFor(3e18), 0.38e18 + 0.8e18);
    }

    function test_IsWholeAtOnceWhereNothingIsAskedFor() public {
        _setShare(SHARE, 0);
        assertEq(_buyFor(1e18), 0.4e18);
    }

    function test_CountsForTheBuyerAlone() public {
        _buyFor(FULL);
        _fund(aim, friend);
        _claim(_sellFor(1e18, friend));
        assertEq(_credit(friend), 0.02e18);
    }

    function test_WhatNobodyClaimedDoesNotCount() public {
        _sellFor(FULL, buyer);
        assertEq(_buyFor(1e18), 0.02e18);
    }

    /// One sale or many, in this order or that: no more than what one pays for the sum.
    function testFuzz_PartsOfAPurchaseGetNoMoreThanTheWhole(
        uint16 share,
        uint96 full,
        uint256[4] memory fees
    ) public {
        share = uint16(bound(share, 1, 8000));
        full = uint96(bound(full, 0, 100e18));
        uint256 sum;
        for (uint256 i; i < fees.length; ++i) {
            fees[i] = bound(fees[i], 1e6, 30e18);
            sum += fees[i];
        }
        _setShare(share, full);
        uint256 start = vm.snapshotState();
        Sale memory all = _sellFor(sum, buyer);
        (uint256 whole,) = rebates.rebateOf(all.terms, all.order);
        vm.revertToState(start);
        uint256 parts;
        for (uint256 i; i < fees.length; ++i) {
            Sale memory sale = _sellFor(fees[i], buyer);
            (uint256 due,) = rebates.rebateOf(sale.terms, sale.order);
            if (due != 0) _claim(sale);
            parts += due;
        }
        assertLe(parts, whole);
    }

    /// Forty fees of one wei make no share of the next purchase, however low the mark.
    function test_ManyTinySalesBuyNoShare() public {
        _setShare(8000, 1e18);
        uint256 start = vm.snapshotState();
        uint256 honest = _buyFor(1e18);
        vm.revertToState(start);
        for (uint256 i; i < 40; ++i) {
            Sale memory sale = _sellFor(1, buyer);
            assertFalse(rebates.claimIfDue(sale.terms, sale.order));
        }
        assertEq(_buyFor(1e18), honest);
    }
}
