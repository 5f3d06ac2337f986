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

    /// The largest leaf, of all sizes of a file: far below what one transaction may take (EIP-7825).
    function test_ALeafOf16KiBFitsIntoATransaction() public view {
        Row[] memory rows = _rows();
        for (uint256 i; i < rows.length; ++i) {
            if (!_is(rows[i].name, "65537 bytes in leaves of 16384, byte 0")) continue;
            uint256 gas = 21_000 + 16 * rows[i].arguments.length;
            uint256 left = gasleft();
            (bool success,) = _send(rows[i]);
            assertTrue(success);
            assertLt(gas + left - gasleft(), 2_500_000);
            return;
        }
        assertTrue(false, "no such proof");
    }

    function test_AcceptsWhatIsWrongAndRefusesAllElse() public view {
        Row[] memory rows = _rows();
        uint256 accepted;
        for (uint256 i; i < rows.length; ++i) {
            Row memory row = rows[i];
            (bool success, bytes memory data) = _send(row);
            assertEq(success, bytes(row.reason).length == 0, row.name);
            if (success) ++accepted;
            else assertEq(bytes4(data), bytes4(keccak256(bytes(row.reason))), row.name);
        }
        assertGt(accepted, 80);
        assertGt(rows.length - accepted, 100);
    }

    function _rows() private view returns (Row[] memory) {
        string memory json = vm.readFile("tests/vectors/content.json");
        return abi.decode(vm.parseJsonBytes(json, ".proofs"), (Row[]));
    }

    function _send(Row memory row) private view returns (bool, bytes memory) {
        return
            address(proof)
                .staticcall(bytes.concat(IContentProof.requireWrong.selector, row.arguments));
    }

    function _is(string memory one, string memory two) private pure returns (bool) {
        return keccak256(bytes(one)) == keccak256(bytes(two));
    }
}
