// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OfferId} from "../../../interfaces/types/Ids.sol";
import {MovingBase} from "../utils/MovingBase.sol";

/// @notice The numbers that Python has, too, and holds against exact ones.
contract PriceVectorsTest is MovingBase {
    string private json = vm.readFile("tests/vectors/prices.json");

    function test_ThePricesAreTheVectors() public {
        bytes32[] memory data = vm.parseJsonBytes32Array(json, ".rule_data");
        uint256[] memory listed = vm.parseJsonUintArray(json, ".listed");
        uint256[] memory time = vm.parseJsonUintArray(json, ".time");
        uint256[] memory lastPrice = vm.parseJsonUintArray(json, ".last_price");
        uint256[] memory lastTime = vm.parseJsonUintArray(json, ".last_time");
        uint256[] memory expected = vm.parseJsonUintArray(json, ".price");
        uint256[] memory raised = vm.parseJsonUintArray(json, ".raised");
        assertGt(data.length, 1000);
        for (uint256 i; i < data.length; ++i) {
            OfferId offer = OfferId.wrap(bytes32(i));
            bytes32 slot = keccak256(abi.encode(offer, keccak256(abi.encode(address(this), 0))));
            vm.store(address(rule), slot, bytes32(lastTime[i] << 128 | lastPrice[i]));
            vm.warp(time[i]);
            uint128 asked = _ask(offer, data[i], uint128(listed[i]));
            assertEq(asked, expected[i], vm.toString(i));
            (uint128 left,) = rule.lastOf(address(this), offer);
            if (rule.termsOf(data[i]).rise != 0) assertEq(left, raised[i], vm.toString(i));
        }
    }

    function _ask(OfferId offer, bytes32 data, uint128 listed) private returns (uint128 price) {
        (price,) = rule.priceFor(offer, address(1), data, listed, address(2), "");
    }
}
