// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Offer} from "../../../../interfaces/types/Deals.sol";
import {Bps} from "../../../../interfaces/types/Ids.sol";
import {RebateRates} from "../../../../interfaces/types/Rewards.sol";
import {RebatesBase} from "../../utils/RebatesBase.sol";

/// @notice Who buys from themselves, under all rates that governance can set (docs/rebates.md has the argument).
contract WashTradingTest is RebatesBase {
    address private washer = makeAddr("washer");

    function setUp() public override {
        super.setUp();
        _fund(aim, washer);
        _fill(BUDGET);
    }

    /// @dev Any rates within the cap, from four shares of it and a time.
    function _any(uint256 seed) private view returns (RebateRates memory rates) {
        uint256 left = 8000;
        uint256 frequent = bound(uint16(seed), 0, left);
        left -= frequent;
        uint256 early = uint16(seed >> 16);
        left = left * 10_000 / (10_000 + early);
        uint256 share = bound(uint16(seed >> 32), 0, left);
        (rates.buyer, rates.payee) = (Bps.wrap(uint16(share)), Bps.wrap(uint16(left - share)));
        (rates.early, rates.frequent) = (Bps.wrap(uint16(early)), Bps.wrap(uint16(frequent)));
        rates.frequentAt = uint96(bound(uint64(seed >> 48), 0, 20e18));
        rates.earlyFrom = uint40(block.timestamp + uint16(seed >> 112));
        rates.earlyUntil = rates.earlyFrom + uint24(seed >> 128);
    }

    /// @dev A sale in which `account` is the buyer and everybody who is paid.
    function _wash(address account, uint256 fee) private returns (Sale memory) {
        Offer memory terms = _terms();
        terms.price = uint128(fee * 10_000 / AIM_FEE);
        terms.deliveryFee = 0;
        terms.payout = account;
        return _sell(terms, account);
    }

    function _has(address account) private view returns (uint256) {
        return aim.balanceOf(account) + _owed(account, address(aim)) + _credit(account);
    }

    function _claimIfAny(Sale memory sale) private {
        vm.prank(washer);
        rebates.claimIfDue(sale.terms, sale.order);
    }

    function testFuzz_EverySaleWithOneselfLosesAFifthOfItsFee(
        uint256 seed,
        uint256[3] memory fees,
        uint32[3] memory waits
    ) public {
        _setRates(_any(seed));
        uint256 before = _has(washer);
        uint256 paid;
        Sale[3] memory sales;
        for (uint256 i; i < fees.length; ++i) {
            uint256 fee = bound(fees[i], 0, 100e18);
            paid += fee;
            sales[i] = _wash(washer, fee);
        }
        for (uint256 i; i < fees.length; ++i) {
            vm.warp(block.timestamp + waits[i]);
            _claimIfAny(sales[(i + seed % 3) % 3]);
        }
        assertLe(_has(washer) + paid - before, paid * 8000 / 10_000, "REBATE_1");
    }

    function test_TheHighestRatesGiveFourFifthsBackAndNoMore() public {
        RebateRates memory rates;
        (rates.buyer, rates.payee) = (Bps.wrap(4000), Bps.wrap(4000));
        _setRates(rates);
        uint256 before = _has(washer);
        _claimIfAny(_wash(washer, 10e18));
        assertEq(before - _has(washer), 2e18);
    }

    /// A sale with oneself before real purchases, so as to be early or frequent: less is left than without it.
    function testFuzz_WashingForTheShareOfLaterPurchasesLoses(
        uint256 seed,
        uint256 washed,
        uint256[2] memory bought,
        uint32 wait
    ) public {
        RebateRates memory rates = _any(seed);
        washed = bound(washed, 1e6, 50e18);
        uint256 start = vm.snapshotState();
        uint256 honest = _history(rates, 0, bought, wait);
        vm.revertToState(start);
        uint256 gamed = _history(rates, washed, bought, wait);
        // Each of the real claims may be rounded by one unit.
        assertLe(gamed + washed / 5, honest + 2);
    }

    /// The same where governance sets other rates between the sale with oneself and the purchases.
    function testFuzz_WashingForTheSharesOfAnotherSeasonLoses(
        uint256 seed,
        uint256 next,
        uint256 washed,
        uint256[2] memory bought
    ) public {
        washed = bound(washed, 1e6, 50e18);
        uint256 start = vm.snapshotState();
        uint256 honest = _history(_any(next), 0, bought, 0);
        vm.revertToState(start);
        uint256 before = _has(washer);
        _setRates(_any(seed));
        _claimIfAny(_wash(washer, washed));
        uint256 lost = before - _has(washer);
        assertGe(lost, washed / 5);
        assertEq(_history(_any(next), 0, bought, 0), honest - lost);
    }

    /// @dev What the washer has after a sale with themselves and two real purchases.
    function _history(
        RebateRates memory rates,
        uint256 washed,
        uint256[2] memory bought,
        uint256 wait
    ) private returns (uint256) {
        _setRates(rates);
        if (washed != 0) _claimIfAny(_wash(washer, washed));
        vm.warp(block.timestamp + wait);
        for (uint256 i; i < 2; ++i) {
            _claimIfAny(_sellFor(bound(bought[i], 0, 50e18), washer));
        }
        return _has(washer);
    }
}
