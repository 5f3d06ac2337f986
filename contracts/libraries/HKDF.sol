// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Keys derived from keys by HKDF-SHA256 (RFC 5869)
library HKDF {
    /* CONSTANTS */

    uint256 private constant BLOCK = 64;
    bytes32 private constant INNER =
        0x3636363636363636363636363636363636363636363636363636363636363636;
    bytes32 private constant OUTER =
        0x5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c;

    /* DERIVATION */

    /// @notice The first 32 bytes of what HKDF-SHA256 derives.
    /// @param key Input keying material.
    function derive(bytes memory key, bytes memory salt, bytes memory info)
        internal
        pure
        returns (bytes32)
    {
        return hmac(abi.encode(hmac(salt, key)), bytes.concat(info, hex"01"));
    }

    /// @notice HMAC-SHA256 (RFC 2104).
    function hmac(bytes memory key, bytes memory message) internal pure returns (bytes32) {
        if (key.length > BLOCK) key = abi.encode(sha256(key));
        (bytes32 first, bytes32 second) =
            abi.decode(bytes.concat(key, new bytes(BLOCK - key.length)), (bytes32, bytes32));
        bytes32 inner = sha256(bytes.concat(first ^ INNER, second ^ INNER, message));
        return sha256(bytes.concat(first ^ OUTER, second ^ OUTER, inner));
    }
}
