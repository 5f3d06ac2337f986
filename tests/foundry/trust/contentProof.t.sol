// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {IContentProof} from "../../../interfaces/IContentProof.sol";

/// Proofs made by Python: each is accepted, or refused for its own reason.
contract ContentProofTest is Test {
    struct Row {
        string name;
        string reason;
        bytes arguments;
    }

    IContentProof internal proof = IContentProof(vm.deployCode("ContentProof.sol:ContentProof"));

    function test_AcceptsWhatIsWrongAndRefusesAllElse() public view {
        string memory json = vm.readFile("tests/vectors/content.json");
        Row[] memory rows = abi.decode(vm.parseJsonBytes(json, ".proofs"), (Row[]));
        uint256 accepted;
        for (uint256 i; i < rows.length; ++i) {
            Row memory row = rows[i];
            (bool success, bytes memory data) = address(proof)
                .staticcall(bytes.concat(IContentProof.requireWrong.selector, row.arguments));
            assertEq(success, bytes(row.reason).length == 0, row.name);
            if (success) ++accepted;
            else assertEq(bytes4(data), bytes4(keccak256(bytes(row.reason))), row.name);
        }
        assertGt(accepted, 80);
        assertGt(rows.length - accepted, 100);
    }
}
