// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Signatures by BLS on BN254, as drand's scheme bls-bn254-unchained-on-g1 makes them
/// @dev A message is hashed to a point by RFC 9380 (Keccak-256, whose blocks have 136 bytes, and the map of
/// Shallue and van de Woestijne with Z = 1), and the signature is that point times the signer's secret.
library BLS254 {
    /* CONSTANTS */

    /// @notice The field's modulus. It leaves 3 when divided by 4, so that one power is a square root.
    uint256 internal constant P =
        0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47;

    /// @dev 2^256 mod P.
    uint256 private constant WORD =
        0x0e0a77c19a07df2f666ea36f7879462c0a78eb28f5c70b3dd35d438dc58f0d9d;

    /// @dev The map's constants for y^2 = x^3 + 3: -1/2, the even root of -12, -16/3.
    uint256 private constant MINUS_HALF = P / 2;
    uint256 private constant ROOT = 0x16789af3a83522eb353c98fc6b36d713d5d8d1cc5dffffffa;
    uint256 private constant LAST =
        0x10216f7ba065e00de81ac1e7808072c9dd2b2385cd7b438469602eb24829a9bd;

    /// @dev The scheme's domain and the number of its letters.
    bytes private constant DOMAIN = "BLS_SIG_BN254G1_XMD:KECCAK-256_SVDW_RO_NUL_\x2b";

    /* SIGNATURES */

    /// @notice Whether (x, y) is the signature of `message` by the secret of `key`, a valid point of G2 in the words and
    /// the order of EIP-197.
    /// @dev Points that are none are refused before the pairing, which would burn all gas for them; every point of G1's
    /// curve is in the group. Too little gas says false, too.
    function isSigned(uint256 x, uint256 y, bytes32 message, uint256[4] memory key)
        internal
        view
        returns (bool)
    {
        if (x >= P || y >= P || mulmod(y, y, P) != _square(x)) return false;
        (uint256 hashX, uint256 hashY) = hashToPoint(message);
        // e(signature, -generator) * e(hash, key) = 1
        bytes memory input = abi.encode(
            x,
            y,
            0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2,
            0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed,
            0x275dc4a288d1afb3cbb1ac09187524c7db36395df7be3b99e673b13a075a65ec,
            0x1d9befcd05a5323e6da4d435f3b617cdb3af83285c2df711ef39c01571827f9d,
            hashX,
            hashY,
            key
        );
        (bool done, bytes memory output) = address(8).staticcall(input);
        return done && abi.decode(output, (bool));
    }

    /// @notice The point of G1 that is signed for `message`.
    function hashToPoint(bytes32 message) internal view returns (uint256 x, uint256 y) {
        bytes32 first = keccak256(abi.encodePacked(new bytes(136), message, hex"006000", DOMAIN));
        bytes32 one = keccak256(abi.encodePacked(first, hex"01", DOMAIN));
        bytes32 two = keccak256(abi.encodePacked(first ^ one, hex"02", DOMAIN));
        bytes32 three = keccak256(abi.encodePacked(first ^ two, hex"03", DOMAIN));
        // The 96 bytes are two numbers of 48.
        (uint256 x0, uint256 y0) =
            _map(addmod(mulmod(uint256(one), 1 << 128, P), uint256(two) >> 128, P));
        (uint256 x1, uint256 y1) =
            _map(addmod(mulmod(uint128(uint256(two)), WORD, P), uint256(three), P));
        (, bytes memory sum) = address(6).staticcall(abi.encode(x0, y0, x1, y1));
        return abi.decode(sum, (uint256, uint256));
    }

    /* INTERNAL */

    /// @dev RFC 9380, section 6.6.1: one of three places on the curve, y as odd as u.
    function _map(uint256 u) private view returns (uint256 x, uint256 y) {
        // Safe: remainders are below P.
        unchecked {
            uint256 gap = mulmod(4, mulmod(u, u, P), P);
            uint256 up = addmod(1, gap, P);
            uint256 down = addmod(1, P - gap, P);
            uint256 inverse = _power(mulmod(up, down, P), P - 2);
            uint256 aside = mulmod(mulmod(u, down, P), mulmod(inverse, ROOT, P), P);
            bool found;
            x = addmod(MINUS_HALF, P - aside, P);
            (y, found) = _root(x);
            if (!found) {
                x = addmod(MINUS_HALF, aside, P);
                (y, found) = _root(x);
            }
            if (!found) {
                uint256 ratio = mulmod(mulmod(up, up, P), inverse, P);
                x = addmod(1, mulmod(LAST, mulmod(ratio, ratio, P), P), P);
                (y,) = _root(x);
            }
            if ((y ^ u) & 1 != 0) y = P - y;
        }
    }

    /// @dev y of a point at x, and whether there is one.
    function _root(uint256 x) private view returns (uint256 y, bool found) {
        uint256 square = _square(x);
        y = _power(square, (P + 1) / 4);
        found = mulmod(y, y, P) == square;
    }

    function _square(uint256 x) private pure returns (uint256) {
        return addmod(mulmod(mulmod(x, x, P), x, P), 3, P);
    }

    function _power(uint256 base, uint256 exponent) private view returns (uint256) {
        (, bytes memory output) = address(5).staticcall(abi.encode(32, 32, 32, base, exponent, P));
        return abi.decode(output, (uint256));
    }
}
