// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bps} from "../../../../interfaces/types/Ids.sol";
import {RebateRates} from "../../../../interfaces/types/Rewards.sol";
import {RebatesBase} from "../../utils/RebatesBase.sol";

/// @notice Twice the shares for a while, then evenly less until there is nothing more on top.
contract EarlyTest is RebatesBase {
    uint40 private from;
    uint40 private until;

    function setUp() public override {
        super.setUp();
        from = uint40(block.timestamp + 10 days);
        until = from + 100 days;
        RebateRates memory rates = _rates();
        (rates.early, rates.earlyFrom, rates.earlyUntil) = (Bps.wrap(10_000), from, until);
        _setRates(rates);
    }

    /// @dev Both parts, in hundredths of what they are without anything on top.
    function _expectAt(uint256 time, uint256 hundredths) private {
        Sale memory sale = _sell();
        vm.warp(time);
        (uint256 toBuyer, uint256 toPayee) = rebates.rebateOf(sale.terms, sale.order);
        assertEq(toBuyer, TO_BUYER * hundredths / 100);
        assertEq(toPayee, TO_PAYEE * hundredths / 100);
    }

    function test_IsWholeThroughTheSecondInWhichItBeginsToFall() public {
        _expectAt(block.timestamp, 200);
        _expectAt(from, 200);
    }

    function test_FallsEvenly() public {
        _expectAt(from + 25 days, 175);
        _expectAt(from + 50 days, 150);
        _expectAt(from + 99 days, 101);
    }

    function test_FallsFromTheNextSecondOn() public {
        Sale memory sale = _sell();
        vm.warp(from + 1);
        (uint256 toBuyer,) = rebates.rebateOf(sale.terms, sale.order);
        assertLt(toBuyer, 2 * TO_BUYER);
    }

    function test_IsNothingFromItsEndOn() public {
        Sale memory sale = _sell();
        // A hundredth of a percent of it is left an hour before.
        vm.warp(until - 1 hours);
        (uint256 toBuyer,) = rebates.rebateOf(sale.terms, sale.order);
        assertGt(toBuyer, TO_BUYER);
        _expectAt(until, 100);
        _expectAt(until + 1000 days, 100);
    }

    function test_EndsAtOnceWhereItFallsNotBefore() public {
        RebateRates memory rates = _rates();
        (rates.early, rates.earlyFrom, rates.earlyUntil) = (Bps.wrap(10_000), until, until);
        _setRates(rates);
        _expectAt(until - 1, 200);
        _expectAt(until, 100);
    }

    function test_EndsWithItsEndWhateverItsBeginning() public {
        RebateRates memory rates = _rates();
        (rates.early, rates.earlyFrom, rates.earlyUntil) = (Bps.wrap(10_000), until + 9, until);
        _setRates(rates);
        _expectAt(until - 1, 200);
        _expectAt(until, 100);
    }
}
