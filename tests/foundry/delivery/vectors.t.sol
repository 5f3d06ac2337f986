// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {KeyDelivery} from "../../../contracts/delivery/KeyDelivery.sol";
import {Delivery, Point} from "../../../interfaces/types/Keys.sol";
import {KeyDeliveryHarness} from "../mocks/KeyDeliveryHarness.sol";

/// The known answers that Python made and checks too.
contract DeliveryVectorsTest is Test {
    KeyDeliveryHarness internal harness = new KeyDeliveryHarness();
    string internal json = vm.readFile("tests/vectors/delivery.json");

    function test_constantsAreThoseOfTheVectors() public view {
        Point memory h = _point(".h");
        assertEq(h.x, KeyDelivery.H_X);
        assertEq(h.y, KeyDelivery.H_Y);
        assertEq(vm.parseJsonBytes32(json, ".tag.keccak"), KeyDelivery.TAG);
    }

    /// H is the first hash that is the x of a point, and its y is even.
    function test_hFollowsFromItsSeed() public view {
        uint32 counter = uint32(vm.parseJsonUint(json, ".h.counter"));
        for (uint32 i = 0; i <= counter; ++i) {
            uint256 x = uint256(sha256(abi.encodePacked("DAIMM/H/v1", i)));
            assertEq(x == KeyDelivery.H_X, i == counter);
        }
        assertTrue(harness.isOnCurve(Point(KeyDelivery.H_X, KeyDelivery.H_Y)));
        assertEq(KeyDelivery.H_Y % 2, 0);
        assertEq(counter, 0, "a larger one needs the earlier hashes shown to be no points");
    }

    function test_products() public view {
        uint256 count;
        for (string memory path = ".products[0]"; vm.keyExistsJson(json, path); ++count) {
            address product = harness.mulAdd(
                _point(string.concat(path, ".point")),
                _uint(string.concat(path, ".scalar")),
                _uint(string.concat(path, ".t"))
            );
            assertEq(product, vm.parseJsonAddress(json, string.concat(path, ".address")), path);
            path = string.concat(".products[", vm.toString(count + 1), "]");
        }
        assertGt(count, 10);
    }

    function test_accepted() public view {
        uint256 count;
        for (string memory path = ".accepted[0]"; vm.keyExistsJson(json, path); ++count) {
            bytes memory arguments = vm.parseJsonBytes(json, string.concat(path, ".abi"));
            (bytes32 requestId, Point memory line, Point memory key, Delivery memory made) =
                abi.decode(arguments, (bytes32, Point, Point, Delivery));
            harness.verify(requestId, line, key, made);
            path = string.concat(".accepted[", vm.toString(count + 1), "]");
        }
        assertGe(count, 4);
    }

    function test_refused() public view {
        uint256 count;
        for (string memory path = ".refused[0]"; vm.keyExistsJson(json, path); ++count) {
            bytes memory arguments = vm.parseJsonBytes(json, string.concat(path, ".abi"));
            (bool success, bytes memory reason) =
                address(harness).staticcall(bytes.concat(harness.verify.selector, arguments));
            string memory name = vm.parseJsonString(json, string.concat(path, ".name"));
            assertFalse(success, name);
            string memory signature = vm.parseJsonString(json, string.concat(path, ".error"));
            assertEq(bytes4(reason), bytes4(keccak256(bytes(signature))), name);
            path = string.concat(".refused[", vm.toString(count + 1), "]");
        }
        assertGe(count, 30);
    }

    function _point(string memory path) private view returns (Point memory) {
        return Point(_uint(string.concat(path, ".x")), _uint(string.concat(path, ".y")));
    }

    function _uint(string memory path) private view returns (uint256) {
        return vm.parseJsonUint(json, path);
    }
}
