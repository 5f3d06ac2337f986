// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRebates} from "../../../../interfaces/IRebates.sol";
import {Bps} from "../../../../interfaces/types/Ids.sol";
import {RebateRates} from "../../../../interfaces/types/Rewards.sol";
import {RebatesBase} from "../../utils/RebatesBase.sol";

contract SetRatesTest is RebatesBase {
    Bps private constant CAP = Bps.wrap(8000);

    function _rates(uint16 buyer_, uint16 payee, uint16 early, uint16 frequent)
        private
        pure
        returns (RebateRates memory rates)
    {
        rates.buyer = Bps.wrap(buyer_);
        rates.payee = Bps.wrap(payee);
        rates.early = Bps.wrap(early);
        rates.frequent = Bps.wrap(frequent);
    }

    function _expectTooHigh(uint256 most) private {
        _expectRevert(abi.encodeWithSelector(IRebates.Rebates_RatesTooHigh.selector, most, CAP));
    }

    function test_BeginsASeasonWithTheRates() public {
        RebateRates memory rates = _rates(1000, 2000, 10_000, 1500);
        (rates.frequentAt, rates.earlyFrom, rates.earlyUntil) = (1e18, 2, 3);
        vm.expectEmit(address(rebates));
        emit IRebates.RatesSet(2, rates);
        _setRates(rates);
        assertEq(rebates.season(), 2);
        assertEq(abi.encode(rebates.rates()), abi.encode(rates));
    }

    function test_AcceptsSharesThatReachTheCap() public {
        _setRates(_rates(8000, 0, 0, 0));
        _setRates(_rates(0, 8000, 0, 0));
        _setRates(_rates(0, 0, 65_535, 8000));
        _setRates(_rates(1000, 2000, 10_000, 2000));
    }

    function test_RevertsAboveTheCap() public {
        _expectTooHigh(8001);
        _setRates(_rates(8001, 0, 0, 0));
        _expectTooHigh(8001);
        _setRates(_rates(4000, 4001, 0, 0));
        _expectTooHigh(8001);
        _setRates(_rates(4000, 0, 0, 4001));
        _expectTooHigh(8001);
        _setRates(_rates(4000, 4000, 1, 0));
    }

    function test_RevertsForAHugeMultiplier() public {
        _expectTooHigh(15_107);
        _setRates(_rates(2000, 0, 65_535, 0));
    }

    function test_RevertsForEveryShareAtItsLargest() public {
        uint256 sum = 2 * 65_535;
        _expectTooHigh((sum * (10_000 + 65_535) + 65_535 * 10_000 + 9999) / 10_000);
        _setRates(_rates(65_535, 65_535, 65_535, 65_535));
    }

    function test_RevertsForAnybodyButGovernance() public {
        _expectUnauthorized(guardian);
        vm.prank(guardian);
        rebates.setRates(_rates());
    }

    /// What buyers paid counts in its season: no share is bought with the fees of other rates.
    function test_ANewSeasonCountsFromZero() public {
        RebateRates memory rates = _rates(0, 0, 0, 8000);
        rates.frequentAt = uint96(2 * PROTOCOL_FEE);
        _setRates(rates);
        _claim(_sell());
        assertEq(rebates.feesOf(2, buyer), PROTOCOL_FEE);
        _setRates(rates);
        assertEq(rebates.feesOf(3, buyer), 0);
        uint256 before = _credit(buyer);
        _claim(_sell());
        assertEq(_credit(buyer) - before, before);
    }
}
