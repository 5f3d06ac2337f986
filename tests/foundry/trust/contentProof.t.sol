// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {IContentProof} from "../../../interfaces/IContentProof.sol";
import {Leaf, WrongContent} from "../../../interfaces/types/Contents.sol";
import {Point} from "../../../interfaces/types/Keys.sol";

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
            bytes memory values = _values(row);
            if (values.length != 0) {
                assertEq(data, bytes.concat(bytes4(keccak256(bytes(row.reason))), values), row.name);
            }
        }
        assertGt(accepted, 80);
        assertGt(rows.length - accepted, 100);
    }

    function _rows() private view returns (Row[] memory) {
        string memory json = vm.readFile("tests/vectors/content.json");
        return abi.decode(vm.parseJsonBytes(json, ".proofs"), (Row[]));
    }

    /// What comes with an error of ContentProof. Files that have the wrong shape have three leaves.
    function _values(Row memory row) private pure returns (bytes memory) {
        (,, bytes32 artifact, WrongContent memory sent) =
            abi.decode(row.arguments, (bytes32, Point, bytes32, WrongContent));
        Leaf memory leaf = sent.leaf;
        (uint256 size, uint256 leafSize) = (sent.commitment.size, sent.commitment.leafSize);
        if (_is(row.reason, "ContentProof_OtherArtifact(bytes32)")) return abi.encode(artifact);
        if (_is(row.reason, "ContentProof_LeafSizeInvalid(uint32)")) return abi.encode(leafSize);
        if (_is(row.reason, "ContentProof_ContentRight(uint256)")) return abi.encode(leaf.slot);
        if (_is(row.reason, "ContentProof_LeafUnknown(uint256,uint256)")) {
            return abi.encode(leaf.slot, (size + leafSize - 1) / leafSize);
        }
        if (_is(row.reason, "ContentProof_ShapeWrong(uint256,uint256)")) {
            return abi.encode(leaf.slot == 2 ? size - 2 * leafSize : leafSize, 2);
        }
        if (!_is(row.reason, "ContentProof_LeafNotCommitted(bytes32)")) return "";
        bytes32 node = sha256(bytes.concat(hex"00", leaf.digest, leaf.ciphertext));
        for (uint256 i; i < leaf.siblings.length; ++i) {
            node = leaf.slot >> i & 1 == 0
                ? sha256(bytes.concat(hex"01", node, leaf.siblings[i]))
                : sha256(bytes.concat(hex"01", leaf.siblings[i], node));
        }
        return abi.encode(node);
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
