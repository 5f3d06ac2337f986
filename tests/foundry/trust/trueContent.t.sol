// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {IContentProof} from "../../../interfaces/IContentProof.sol";
import {WrongContent} from "../../../interfaces/types/Contents.sol";
import {Point} from "../../../interfaces/types/Keys.sol";
import {IContentKit, IKit} from "../utils/Deployed.sol";

/// A leaf that is what was promised is convicted by nothing, one that is not by its proof alone.
contract TrueContentTest is Test {
    bytes32 internal constant CONTEXT = keccak256("context");

    IContentProof internal contentProof =
        IContentProof(vm.deployCode("ContentProof.sol:ContentProof"));
    IContentKit internal contents = IContentKit(vm.deployCode("ContentKit.sol:ContentKit"));
    IKit internal kit = IKit(vm.deployCode("Kit.sol:Kit"));

    /// forge-config: default.fuzz.runs = 48
    function testFuzz_OnlyAWrongLeafIsConvicted(
        bytes memory promised,
        uint256 place,
        uint256 slot,
        uint64 a,
        uint64 x
    ) public view {
        vm.assume(promised.length != 0);
        (uint256 line, uint256 request) = (uint256(a) + 1, uint256(x) + 1);
        place = bound(place, 0, promised.length - 1);
        slot = bound(slot, 0, (promised.length - 1) / 256);
        bytes memory plaintext = bytes.concat(promised);
        plaintext[place] ^= 0x40;
        WrongContent memory proof =
            contents.prove(line, request, CONTEXT, plaintext, promised, slot);
        bytes32 artifact = contents.artifact(line, plaintext, promised);
        assertEq(_accepts(_arguments(kit.point(line), artifact, proof)), place / 256 == slot);

        proof = contents.prove(line, request, CONTEXT, promised, promised, slot);
        artifact = contents.artifact(line, promised, promised);
        assertFalse(_accepts(_arguments(kit.point(line), artifact, proof)));
    }

    /// Somebody with every secret and a free choice of words cannot bend the proof of a true leaf into a conviction.
    /// forge-config: default.fuzz.runs = 48
    function testFuzz_ATrueLeafSurvivesEveryChange(uint256 where, uint256 value, bool flip)
        public
        view
    {
        (bytes memory arguments, bytes32 artifact) = _true();
        // Past the context, the line and the artifact, which the registry gives.
        uint256 place = 4 + 32 * bound(where, 4, (arguments.length - 4) / 32 - 1);
        assembly ("memory-safe") {
            let word := add(add(arguments, 32), place)
            mstore(word, xor(mul(flip, mload(word)), value))
        }
        assertFalse(_accepts(arguments), vm.toString(artifact));
    }

    /// forge-config: default.fuzz.runs = 48
    function testFuzz_ATrueLeafSurvivesEveryBit(uint256 where) public view {
        (bytes memory arguments,) = _true();
        where = bound(where, 8 * (4 + 4 * 32), 8 * arguments.length - 1);
        arguments[where / 8] ^= bytes1(uint8(1 << where % 8));
        assertFalse(_accepts(arguments));
    }

    /// With any other S than the line's, an opening of it is refused, even one that a seller makes of their own line.
    /// forge-config: default.fuzz.runs = 48
    function testFuzz_AnotherKeyOpensNothing(uint64 a, uint64 x, uint64 other) public view {
        (uint256 line, uint256 request) = (uint256(a) + 1, uint256(x) + 1);
        vm.assume(other != line && other != 0);
        bytes memory promised = "what was promised";
        WrongContent memory proof = contents.prove(line, request, CONTEXT, promised, promised, 0);
        Point memory key = contents.prove(other, 1, CONTEXT, promised, promised, 0).opening.key;
        proof.opening = contents.open(line, request, CONTEXT, key);
        bytes32 artifact = contents.artifact(line, promised, promised);
        assertFalse(_accepts(_arguments(kit.point(line), artifact, proof)));
    }

    function _true() private view returns (bytes memory arguments, bytes32 artifact) {
        bytes memory promised = new bytes(700);
        artifact = contents.artifact(7, promised, promised);
        WrongContent memory proof = contents.prove(7, 9, CONTEXT, promised, promised, 1);
        arguments = _arguments(kit.point(7), artifact, proof);
    }

    function _arguments(Point memory line, bytes32 artifact, WrongContent memory proof)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(IContentProof.requireWrong, (CONTEXT, line, artifact, proof));
    }

    function _accepts(bytes memory arguments) private view returns (bool success) {
        (success,) = address(contentProof).staticcall(arguments);
    }
}
