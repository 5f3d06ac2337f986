// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PoolBase} from "../../utils/PoolBase.sol";

/// @notice The numbers that the simulations of pools have, too.
contract PremiumVectorsTest is PoolBase {
    string private json = vm.readFile("tests/vectors/premiums.json");

    function test_ThePremiumsAreTheVectors() public {
        uint256[] memory assets = vm.parseJsonUintArray(json, ".assets");
        uint256[] memory rate = vm.parseJsonUintArray(json, ".rate");
        uint256[] memory time = vm.parseJsonUintArray(json, ".time");
        uint256[] memory amount = vm.parseJsonUintArray(json, ".amount");
        uint256[] memory expected = vm.parseJsonUintArray(json, ".premium");
        assertGt(expected.length, 100);
        _post(SMALL);
        deal(address(aim), depositor, 1e30);
        uint256 start = vm.snapshotState();
        for (uint256 i; i < expected.length; ++i) {
            _deposit(depositor, assets[i]);
            _limit(LIMIT, uint16(rate[i]));
            vm.warp(pool.termsOf(bondId).end - time[i]);
            assertEq(pool.premiumOf(bondId, amount[i]), expected[i], vm.toString(i));
            vm.revertToState(start);
        }
    }
}
