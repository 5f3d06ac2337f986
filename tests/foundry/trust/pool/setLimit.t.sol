// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICoverPool} from "../../../../interfaces/ICoverPool.sol";
import {Insured} from "../../../../interfaces/types/Covers.sol";
import {Bps, OrderId} from "../../../../interfaces/types/Ids.sol";
import {Bond, BondId} from "../../../../interfaces/types/Stakes.sol";
import {PoolBase} from "../../utils/PoolBase.sol";

contract SetLimitTest is PoolBase {
    function setUp() public override {
        super.setUp();
        _deposit(depositor, 100 * ASSETS);
        _post(SMALL);
    }

    /// @dev What a cover of the limit costs without what is locked, in hundredths of a percent a year.
    function _rate() private view returns (uint256) {
        uint256 time = pool.termsOf(bondId).end - block.timestamp;
        return pool.premiumOf(bondId, 1e12) * 10_000 * YEAR / 1e12 / time;
    }

    function assertTerms(uint256 limit, uint256 rate) private view {
        assertEq(pool.roomFor(bondId), limit);
        assertEq(_rate(), rate);
    }

    /// @dev Depositors who request at once may redeem from the seventh day on.
    function test_ARaiseHoldsTenDaysLater() public {
        uint40 from = uint40(block.timestamp + NOTICE);
        uint40 end = uint40((bonds.standsUntil(bond) + 90 days + 1 weeks - 1) / 1 weeks * 1 weeks);
        vm.expectEmit(address(pool));
        emit ICoverPool.LimitSet(bondId, LIMIT, Bps.wrap(RATE), from, end);
        _limit(LIMIT, RATE);
        vm.warp(from - 1);
        assertTerms(0, RATE);
        vm.warp(from);
        assertTerms(LIMIT, RATE);
        Insured memory insured = pool.termsOf(bondId);
        assertEq(insured.raisedAt, from);
        assertEq(insured.until, bond.until);
        assertEq(BondId.unwrap(pool.insuredBond(bond.model, 1)), BondId.unwrap(bondId));
    }

    function test_ALowerLimitHoldsAtOnce() public {
        _limit(LIMIT, RATE);
        vm.warp(block.timestamp + NOTICE);
        _limit(LIMIT / 2, RATE);
        assertTerms(LIMIT / 2, RATE);
        _limit(0, RATE);
        assertTerms(0, RATE);
    }

    function test_AHigherRateHoldsAtOnceAndALowerOneTenDaysLater() public {
        _limit(LIMIT, RATE);
        vm.warp(block.timestamp + NOTICE);
        _limit(LIMIT, 2 * RATE);
        assertTerms(LIMIT, 2 * RATE);
        _limit(LIMIT, RATE / 2);
        vm.warp(block.timestamp + NOTICE - 1);
        assertTerms(LIMIT, 2 * RATE);
        vm.warp(block.timestamp + 1);
        assertTerms(LIMIT, RATE / 2);
    }

    /// @dev Of two changes, each holds the more careful way.
    function test_ALowerLimitAtALowerRateHoldsHalfAtOnce() public {
        _limit(LIMIT, RATE);
        vm.warp(block.timestamp + NOTICE);
        _limit(LIMIT / 2, RATE / 2);
        assertTerms(LIMIT / 2, RATE);
        vm.warp(block.timestamp + NOTICE);
        assertTerms(LIMIT / 2, RATE / 2);
    }

    /// @dev A raise that waits is no way round the wait.
    function test_WhatWaitsIsForgottenByTheNext() public {
        _limit(LIMIT, RATE);
        vm.warp(block.timestamp + NOTICE - 1);
        _limit(2 * LIMIT, RATE);
        vm.warp(block.timestamp + 1);
        assertTerms(0, RATE);
        _limit(LIMIT / 4, RATE);
        assertTerms(0, RATE);
        vm.warp(block.timestamp + NOTICE);
        assertTerms(LIMIT / 4, RATE);
    }

    function test_OnlyTheCuratorSays() public {
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_NotCurator.selector, curator));
        vm.prank(stranger);
        pool.setLimit(bond, LIMIT, Bps.wrap(RATE));
    }

    function test_RevertsForAStakeInAnotherToken() public {
        bond.token = address(usd);
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_OtherAsset.selector, aim));
        _limit(LIMIT, RATE);
    }

    /* ONE BOND OF A VERSION */

    function _another() private returns (Bond memory first) {
        first = bond;
        bond.salt = "another";
        bondId = bonds.bondIdOf(bond);
        _post(SMALL);
    }

    function _expectOther(BondId id) private {
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_OtherBond.selector, id));
    }

    /// @dev A conviction breaks all of them at once.
    function test_StandsBehindOneBondOfAVersion() public {
        _limit(LIMIT, RATE);
        BondId first = bondId;
        Bond memory before = _another();
        _expectOther(first);
        _limit(LIMIT, RATE);
        (Bond memory second, BondId secondId) = (bond, bondId);
        (bond, bondId) = (before, first);
        _limit(0, RATE);
        (bond, bondId) = (second, secondId);
        _limit(LIMIT, RATE);
        (bond, bondId) = (before, first);
        _expectOther(secondId);
        _limit(LIMIT, RATE);
    }

    function test_StandsBehindAnotherOnceTheFirstLocksNothing() public {
        _limit(LIMIT, RATE);
        vm.warp(block.timestamp + NOTICE);
        (,, OrderId id) = _sale();
        _cover(id, AMOUNT);
        _limit(0, RATE);
        uint256 end = pool.termsOf(bondId).end;
        BondId first = bondId;
        _another();
        vm.warp(end - 1);
        _expectOther(first);
        _limit(LIMIT, RATE);
        vm.warp(end);
        _limit(LIMIT, RATE);
    }

    function test_StandsBehindBondsOfOtherVersions() public {
        _limit(LIMIT, RATE);
        bond.version = 2;
        bondId = bonds.bondIdOf(bond);
        _limit(LIMIT, RATE);
    }
}
