// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {KeyPassing} from "../../../contracts/delivery/KeyPassing.sol";
import {HeldKey, Passing, Point} from "../../../interfaces/types/Keys.sol";
import {KeyPassingHarness} from "../mocks/KeyPassingHarness.sol";

/// The known answers that Python made and checks too.
contract PassingVectorsTest is Test {
    KeyPassingHarness internal harness = new KeyPassingHarness();
    string internal json = vm.readFile("tests/vectors/passing.json");

    function test_theTagIsThatOfTheVectors() public view {
        bytes memory text = bytes(vm.parseJsonString(json, ".tag.text"));
        assertEq(vm.parseJsonBytes32(json, ".tag.keccak"), KeyPassing.TAG);
        assertEq(keccak256(text), KeyPassing.TAG);
    }

    function test_accepted() public view {
        uint256 count;
        for (string memory path = ".accepted[0]"; vm.keyExistsJson(json, path); ++count) {
            bytes memory arguments = vm.parseJsonBytes(json, string.concat(path, ".abi"));
            (
                bytes32 requestId,
                Point memory line,
                HeldKey memory held,
                Point memory key,
                Passing memory made
            ) = abi.decode(arguments, (bytes32, Point, HeldKey, Point, Passing));
            harness.verify(requestId, line, held, key, made);
            bytes32 id = vm.parseJsonBytes32(json, string.concat(path, ".held"));
            assertEq(harness.idOf(line, held), id);
            path = string.concat(".accepted[", vm.toString(count + 1), "]");
        }
        assertGe(count, 3);
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
}
