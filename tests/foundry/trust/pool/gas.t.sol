// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Offer, Order} from "../../../../interfaces/types/Deals.sol";
import {OrderId} from "../../../../interfaces/types/Ids.sol";
import {PoolBase} from "../../utils/PoolBase.sol";

/// What a pool costs as whole transactions once its slots are in use, with an unlimited allowance.
/// forge-config: default.isolate = true
contract PoolGasTest is PoolBase {
    function _atMost(string memory what, uint256 ceiling) private {
        uint256 used = vm.lastCallGas().gasTotalUsed;
        emit log_named_uint(what, used);
        assertLe(used, ceiling, what);
    }

    function test_Deposit() public {
        _deposit(depositor, ASSETS);
        vm.warp(block.timestamp + 1 hours);
        vm.prank(depositor);
        pool.deposit(ASSETS, depositor);
        _atMost("deposit", 60_000);
    }

    function test_Cover() public {
        _insure();
        (Offer memory terms,, OrderId first) = _sale();
        _cover(first, AMOUNT);
        (, OrderId id) = _anotherSale(terms, "2");
        vm.warp(block.timestamp + 1 hours);
        vm.prank(buyer);
        pool.cover(bondId, id, AMOUNT, PRICE);
        _atMost("cover", 110_000);
    }

    function test_Claim() public {
        (Offer memory terms, Order memory order,) = _insuredSale();
        _breach();
        _waive(buyer, terms, order);
        vm.prank(buyer);
        pool.claim(bondId, terms, order);
        _atMost("claim", 125_000);
    }

    function test_Redeem() public {
        uint256 shares = _deposit(depositor, ASSETS);
        _request(depositor, shares);
        vm.warp(block.timestamp + WAIT);
        vm.prank(depositor);
        pool.redeem(shares / 2, depositor, depositor);
        _atMost("redeem", 75_000);
    }

    /// @dev Nobody came for three years: who comes then walks all weeks, and no more.
    function test_ThreeYears() public {
        _insure();
        (,, OrderId id) = _sale();
        _cover(id, AMOUNT);
        vm.warp(block.timestamp + 10 * 365 days);
        vm.prank(depositor);
        pool.deposit(ASSETS, depositor);
        _atMost("deposit after three years", 500_000);
    }
}
