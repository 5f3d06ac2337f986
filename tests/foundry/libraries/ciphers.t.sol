// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {CiphersHarness} from "../mocks/CiphersHarness.sol";

contract CiphersTest is Test {
    struct Stream {
        bytes32 key;
        bytes12 nonce;
        uint256 counter;
        bytes data;
        bytes result;
    }

    struct Derivation {
        bytes key;
        bytes salt;
        bytes info;
        bytes32 result;
    }

    CiphersHarness internal harness = new CiphersHarness();
    string internal json = vm.readFile("tests/vectors/ciphers.json");

    bytes internal constant SUNSCREEN =
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
    bytes32 internal constant COUNTING =
        0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f;

    /* CHACHA20 */

    /// RFC 8439, section 2.3.2: a block of key stream is what zeros are encrypted to.
    function test_TheBlockOfTheStandard() public view {
        assertEq(
            harness.crypt(COUNTING, 0x000000090000004a00000000, 1, new bytes(64)),
            hex"10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
            hex"d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e"
        );
    }

    /// RFC 8439, section 2.4.2.
    function test_TheTextOfTheStandard() public view {
        assertEq(
            harness.crypt(COUNTING, 0x000000000000004a00000000, 1, SUNSCREEN),
            hex"6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0b"
            hex"f91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8"
            hex"07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab7793736"
            hex"5af90bbf74a35be6b40b8eedf2785e42874d"
        );
    }

    /// RFC 8439, appendix A.1, vectors 1 and 2.
    function test_ZeroKeyAndNonce() public view {
        assertEq(
            harness.crypt(0, 0, 0, new bytes(128)),
            hex"76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
            hex"da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"
            hex"9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
            hex"29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f"
        );
    }

    function test_EqualsOpenSSL() public view {
        Stream[] memory rows = abi.decode(vm.parseJsonBytes(json, ".chacha20"), (Stream[]));
        for (uint256 i; i < rows.length; ++i) {
            Stream memory row = rows[i];
            assertEq(harness.crypt(row.key, row.nonce, row.counter, row.data), row.result);
        }
        assertGt(rows.length, 100);
    }

    /// What was encrypted in one piece decrypts in pieces, each by the number of its first block.
    function testFuzz_PiecesDecryptAlone(
        bytes32 key,
        bytes12 nonce,
        uint32 counter,
        uint8 blocks,
        bytes calldata data
    ) public view {
        counter = uint32(bound(counter, 0, type(uint32).max - 1024));
        bytes memory whole = harness.crypt(key, nonce, counter, data);
        uint256 cut = bound(blocks, 0, data.length / 64);
        bytes memory first = harness.crypt(key, nonce, counter, data[:cut * 64]);
        bytes memory rest = harness.crypt(key, nonce, counter + cut, data[cut * 64:]);
        assertEq(bytes.concat(first, rest), whole);
        assertEq(harness.crypt(key, nonce, counter, whole), data);
    }

    /* HKDF */

    /// RFC 5869, appendix A, cases 1 to 3; 32 bytes of each.
    function test_DerivesAsTheStandard() public view {
        bytes memory key = hex"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b";
        assertEq(
            harness.derive(key, hex"000102030405060708090a0b0c", hex"f0f1f2f3f4f5f6f7f8f9"),
            0x3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf
        );
        assertEq(
            harness.derive(_range(0x00, 0x50), _range(0x60, 0xb0), _range(0xb0, 0x100)),
            0xb11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c
        );
        assertEq(
            harness.derive(key, "", ""),
            0x8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d
        );
    }

    /// RFC 4231, cases 2 and 6: a short key, and one that is hashed first.
    function test_AuthenticatesAsTheStandard() public view {
        assertEq(
            harness.hmac("Jefe", "what do ya want for nothing?"),
            0x5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843
        );
        bytes memory long = new bytes(131);
        for (uint256 i; i < long.length; ++i) {
            long[i] = 0xaa;
        }
        assertEq(
            harness.hmac(long, "Test Using Larger Than Block-Size Key - Hash Key First"),
            0x60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54
        );
    }

    function test_DerivesAsOpenSSL() public view {
        Derivation[] memory rows = abi.decode(vm.parseJsonBytes(json, ".hkdf"), (Derivation[]));
        for (uint256 i; i < rows.length; ++i) {
            Derivation memory row = rows[i];
            assertEq(harness.derive(row.key, row.salt, row.info), row.result);
        }
        assertGt(rows.length, 40);
    }

    function _range(uint256 from, uint256 to) private pure returns (bytes memory data) {
        data = new bytes(to - from);
        for (uint256 i; i < data.length; ++i) {
            data[i] = bytes1(uint8(from + i));
        }
    }
}
