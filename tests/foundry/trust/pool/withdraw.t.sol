// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {ERC4626} from "solady/tokens/ERC4626.sol";

import {ICoverPool} from "../../../../interfaces/ICoverPool.sol";
import {OrderId} from "../../../../interfaces/types/Ids.sol";
import {PoolBase} from "../../utils/PoolBase.sol";

contract WithdrawTest is PoolBase {
    uint256 private shares;
    uint256 private start;

    function _requested() private {
        shares = _deposit(depositor, ASSETS);
        start = block.timestamp;
        _request(depositor, shares);
    }

    function _redeem(uint256 amount) private returns (uint256) {
        vm.prank(depositor);
        return pool.redeem(amount, depositor, depositor);
    }

    function test_RedeemsFromTheSeventhDayOn() public {
        shares = _deposit(depositor, ASSETS);
        start = block.timestamp;
        vm.expectEmit(address(pool));
        emit ICoverPool.WithdrawalRequested(depositor, shares, uint40(start + WAIT));
        _request(depositor, shares);
        assertEq(pool.requestOf(depositor).shares, shares);
        vm.warp(start + WAIT - 1);
        assertEq(pool.maxRedeem(depositor), 0);
        _expectRevert(ERC4626.RedeemMoreThanMax.selector);
        _redeem(1);
        vm.warp(start + WAIT);
        assertEq(pool.maxRedeem(depositor), shares);
        assertEq(pool.maxWithdraw(depositor), ASSETS);
        vm.expectEmit(address(pool));
        emit IERC4626.Withdraw(depositor, depositor, depositor, ASSETS, shares);
        assertEq(_redeem(shares), ASSETS);
        assertEq(pool.totalAssets(), 0);
        assertEq(aim.balanceOf(depositor), 1_000_000e18);
        assertEq(pool.requestOf(depositor).shares, 0);
    }

    function test_RedeemsThroughTheLastSecondOfTheWindow() public {
        _requested();
        vm.warp(start + WAIT + WINDOW);
        _redeem(shares / 2);
        vm.warp(start + WAIT + WINDOW + 1);
        assertEq(pool.maxRedeem(depositor), 0);
        assertEq(pool.maxWithdraw(depositor), 0);
        _expectRevert(ERC4626.WithdrawMoreThanMax.selector);
        vm.prank(depositor);
        pool.withdraw(1, depositor, depositor);
    }

    function test_RedeemsNoMoreThanWasRequested() public {
        shares = _deposit(depositor, ASSETS);
        _request(depositor, shares / 4);
        vm.warp(block.timestamp + WAIT);
        _expectRevert(ERC4626.RedeemMoreThanMax.selector);
        _redeem(shares / 4 + 1);
        _redeem(shares / 8);
        assertEq(pool.maxRedeem(depositor), shares / 4 - shares / 8);
    }

    function test_AnotherRequestReplacesTheFirst() public {
        _requested();
        vm.warp(start + 1 days);
        _request(depositor, shares / 2);
        vm.warp(start + WAIT);
        assertEq(pool.maxRedeem(depositor), 0);
        vm.warp(start + 1 days + WAIT);
        assertEq(pool.maxRedeem(depositor), shares / 2);
        _request(depositor, 0);
        assertEq(pool.maxRedeem(depositor), 0);
    }

    function test_NobodyRequestsMoreThanTheyHave() public {
        shares = _deposit(depositor, ASSETS);
        _expectRevert(
            abi.encodeWithSelector(ICoverPool.CoverPool_SharesMissing.selector, shares, shares + 1)
        );
        _request(depositor, shares + 1);
    }

    /// @dev Else two accounts would take turns, and always have some that may be redeemed.
    function test_RequestedSharesAreNotTransferred() public {
        _requested();
        vm.startPrank(depositor);
        bytes memory bound_ =
            abi.encodeWithSelector(ICoverPool.CoverPool_SharesBound.selector, shares);
        _expectRevert(bound_);
        pool.transfer(other, 1);
        pool.approve(other, shares);
        vm.stopPrank();
        vm.prank(other);
        _expectRevert(bound_);
        pool.transferFrom(depositor, other, 1);
        vm.warp(start + WAIT + WINDOW);
        vm.startPrank(depositor);
        _expectRevert(bound_);
        pool.transfer(other, 1);
        vm.warp(start + WAIT + WINDOW + 1);
        pool.transfer(other, shares);
        assertEq(pool.balanceOf(other), shares);
    }

    function test_WhatWasNotRequestedIsTransferred() public {
        shares = _deposit(depositor, ASSETS);
        _request(depositor, shares / 2);
        vm.startPrank(depositor);
        pool.transfer(other, shares / 2);
        _expectRevert(ICoverPool.CoverPool_SharesBound.selector);
        pool.transfer(other, 1);
        vm.stopPrank();
    }

    function test_SomebodyElseRedeemsWhatTheyAreAllowed() public {
        _requested();
        vm.warp(start + WAIT);
        vm.prank(depositor);
        pool.approve(other, shares / 2);
        vm.startPrank(other);
        pool.redeem(shares / 2, other, depositor);
        vm.expectRevert();
        pool.redeem(1, other, depositor);
    }

    function test_TakesNoneWithoutAnAllowance() public {
        _requested();
        vm.warp(start + WAIT);
        vm.prank(0x000000000022D473030F116dDEE9F6B43aC78BA3);
        vm.expectRevert();
        pool.redeem(1, other, depositor);
    }

    /// @dev What is sold stays, whoever leaves first.
    function test_LeavesWhatIsLocked() public {
        _insure();
        (,, OrderId id) = _sale();
        _cover(id, AMOUNT);
        _request(depositor, pool.balanceOf(depositor));
        vm.warp(block.timestamp + WAIT);
        uint256 free = pool.totalAssets() - AMOUNT;
        assertApproxEqAbs(pool.maxWithdraw(depositor), free, 1);
        uint256 most = pool.maxRedeem(depositor);
        _expectRevert(ERC4626.RedeemMoreThanMax.selector);
        _redeem(most + 1e6);
        _redeem(most);
        assertGe(pool.totalAssets(), AMOUNT);
        assertEq(pool.holdings().locked, AMOUNT);
        assertLe(pool.maxRedeem(depositor), 1e6);
    }

    function test_TimeFreesWhatWasLocked() public {
        _insure();
        (,, OrderId id) = _sale();
        _cover(id, AMOUNT);
        uint256 end = pool.termsOf(bondId).end;
        vm.warp(end - WAIT);
        _request(depositor, pool.balanceOf(depositor));
        vm.warp(end - 1);
        assertEq(pool.holdings().locked, AMOUNT);
        vm.warp(end);
        assertEq(pool.holdings().locked, 0);
        uint256 all = pool.maxRedeem(depositor);
        assertEq(all, pool.balanceOf(depositor));
        _redeem(all);
        assertLe(pool.totalAssets(), 1);
    }
}
