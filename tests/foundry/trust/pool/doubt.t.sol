// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICoverPool} from "../../../../interfaces/ICoverPool.sol";
import {Result} from "../../../../interfaces/types/Attestations.sol";
import {Offer, Order, Ruling} from "../../../../interfaces/types/Deals.sol";
import {OrderId} from "../../../../interfaces/types/Ids.sol";
import {PoolBase} from "../../utils/PoolBase.sol";

contract DoubtTest is PoolBase {
    Offer private terms;
    Order private order;
    OrderId private id;

    function _sold() private {
        (terms, order, id) = _insuredSale();
    }

    function _expectNothing() private {
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_NothingInDoubt.selector, bondId));
    }

    function _expectNothingBack() private {
        _expectRevert(
            abi.encodeWithSelector(ICoverPool.CoverPool_NothingToRestore.selector, bondId)
        );
    }

    /// @dev Attack 36: who leaves when a claim is known pays for it as who stays does.
    function test_NobodyLeavesAtTheFullPriceAheadOfAClaim() public {
        _promiseRights();
        _sold();
        uint256 shares = pool.balanceOf(depositor);
        _request(depositor, shares / 2);
        vm.warp(block.timestamp + WAIT);
        uint256 full = pool.previewRedeem(shares / 2);
        _hold(0);
        vm.expectEmit(address(pool));
        emit ICoverPool.BondImpaired(bondId, uint96(AMOUNT));
        pool.impair(bondId);
        assertEq(pool.holdings().impaired, AMOUNT);
        vm.prank(depositor);
        uint256 got = pool.redeem(shares / 2, depositor, depositor);
        assertApproxEqAbs(got, full - AMOUNT / 2, 1);
    }

    /// @dev Deposits are at the full price: nobody comes in to gain by what may be restored.
    function test_NobodyComesInAtTheLowerPrice() public {
        _promiseRights();
        _sold();
        uint256 given = pool.previewDeposit(1e18);
        _hold(0);
        pool.impair(bondId);
        assertEq(pool.previewDeposit(1e18), given);
        assertEq(pool.convertToShares(1e18), given);
    }

    function test_AClaimThatFailsRestoresIt() public {
        _promiseRights();
        _sold();
        _hold(0);
        pool.impair(bondId);
        _expectNothingBack();
        pool.restore(bondId);
        _expectNothing();
        pool.impair(bondId);
        _resolve(0, Ruling.Rejected);
        vm.expectEmit(address(pool));
        emit ICoverPool.BondRestored(bondId, uint96(AMOUNT));
        pool.restore(bondId);
        assertEq(pool.holdings().impaired, 0);
        _expectNothingBack();
        pool.restore(bondId);
        _expectNothing();
        pool.impair(bondId);
    }

    function test_AContestIsADoubt() public {
        _promiseScore();
        _sold();
        Result memory result = _result();
        _attest(result);
        _contest(result);
        pool.impair(bondId);
        _claimAgainst(result);
        _ruleOn(result, Ruling.Upheld);
        bonds.dismiss(bond, result);
        pool.restore(bondId);
    }

    function test_AConvictionIsADoubtBeforeTheBreak() public {
        _sold();
        _convict(stranger);
        pool.impair(bondId);
        assertEq(pool.holdings().impaired, AMOUNT);
    }

    function test_ABreachIsADoubtUntilItsCoversArePaidOrEnd() public {
        _sold();
        _breach();
        pool.impair(bondId);
        _waive(buyer, terms, order);
        _claim(buyer, terms, order);
        assertEq(pool.holdings().impaired, 0);
    }

    function test_InsuresNothingUntilItIsRestored() public {
        _promiseRights();
        _sold();
        _hold(0);
        pool.impair(bondId);
        _resolve(0, Ruling.Rejected);
        (, id) = _anotherSale(terms, "2");
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_BondInDoubt.selector, bondId));
        _cover(id, AMOUNT);
        pool.restore(bondId);
        _cover(id, AMOUNT);
    }

    function test_NothingIsInDoubtWithoutCovers() public {
        _promiseRights();
        _insure();
        _hold(0);
        _expectNothing();
        pool.impair(bondId);
    }

    function test_NothingIsInDoubtOnceCoversHaveEnded() public {
        _sold();
        _breach();
        uint256 end = pool.termsOf(bondId).end;
        vm.warp(end - 1);
        pool.impair(bondId);
        _expectNothingBack();
        pool.restore(bondId);
        vm.warp(end);
        assertEq(pool.holdings().impaired, 0);
        pool.restore(bondId);
        _expectNothing();
        pool.impair(bondId);
    }

    /// @dev What is stale does not lock anybody in.
    function test_WhatHasEndedIsNoHindrance() public {
        _sold();
        _breach();
        pool.impair(bondId);
        vm.warp(pool.termsOf(bondId).end - WAIT);
        uint256 shares = pool.balanceOf(depositor);
        _request(depositor, shares);
        vm.warp(block.timestamp + WAIT);
        vm.prank(depositor);
        pool.redeem(shares, depositor, depositor);
        assertLe(pool.totalAssets(), 1);
    }

    /* RELEASE */

    function test_ABondThatEndedFreesItsCapital() public {
        _sold();
        vm.warp(bonds.standsUntil(bond) + 1);
        _expectRevert(
            abi.encodeWithSelector(ICoverPool.CoverPool_NothingToRelease.selector, bondId)
        );
        pool.release(bondId);
        vm.prank(guarantor);
        bonds.reclaim(bond);
        vm.expectEmit(address(pool));
        emit ICoverPool.CapitalReleased(bondId, uint96(AMOUNT));
        pool.release(bondId);
        assertEq(pool.holdings().locked, 0);
        assertEq(pool.termsOf(bondId).exposure, 0);
        _expectRevert(
            abi.encodeWithSelector(ICoverPool.CoverPool_NothingToRelease.selector, bondId)
        );
        pool.release(bondId);
        vm.warp(pool.termsOf(bondId).end);
        assertEq(pool.holdings().locked, 0);
    }

    function test_ABrokenBondThatWasClosedFreesItsCapital() public {
        _sold();
        _breach();
        pool.impair(bondId);
        vm.warp(block.timestamp + 90 days + 1);
        bonds.close(bond);
        pool.release(bondId);
        assertEq(pool.holdings().locked, 0);
        assertEq(pool.holdings().impaired, 0);
    }

    function test_ReleasesNothingOnceCoversHaveEnded() public {
        _sold();
        vm.warp(bonds.standsUntil(bond) + 1);
        vm.prank(guarantor);
        bonds.reclaim(bond);
        vm.warp(pool.termsOf(bondId).end);
        _expectRevert(
            abi.encodeWithSelector(ICoverPool.CoverPool_NothingToRelease.selector, bondId)
        );
        pool.release(bondId);
    }
}
