// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ChaCha20} from "../../../contracts/libraries/ChaCha20.sol";
import {HKDF} from "../../../contracts/libraries/HKDF.sol";

/// @notice The libraries as a contract, so that tests can call them.
contract CiphersHarness {
    function crypt(bytes32 key, bytes12 nonce, uint256 counter, bytes calldata data)
        external
        pure
        returns (bytes memory)
    {
        return ChaCha20.crypt(key, nonce, counter, data);
    }

    function derive(bytes calldata key, bytes calldata salt, bytes calldata info)
        external
        pure
        returns (bytes32)
    {
        return HKDF.derive(key, salt, info);
    }

    function hmac(bytes calldata key, bytes calldata message) external pure returns (bytes32) {
        return HKDF.hmac(key, message);
    }
}
