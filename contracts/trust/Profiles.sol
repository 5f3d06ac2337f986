// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IProfiles} from "../../interfaces/IProfiles.sol";
import {Point} from "../../interfaces/types/Keys.sol";
import {Secp256k1} from "../libraries/Secp256k1.sol";

/// @notice Specified in IProfiles.
contract Profiles is IProfiles {
    /* PROFILE */

    /// @inheritdoc IProfiles
    function setProfile(bytes32 handle, bytes32 metadata, Point calldata encryption) external {
        if (!_isPlain(handle)) revert Profiles_HandleInvalid(handle);
        if (encryption.x | encryption.y != 0) Secp256k1.requirePoint(encryption);

        emit ProfileSet(msg.sender, handle, metadata, encryption);
    }

    /* INTERNAL */

    function _isPlain(bytes32 handle) private pure returns (bool) {
        for (; handle != 0; handle <<= 8) {
            bytes1 letter = handle[0];
            bool isLetter = letter >= "a" && letter <= "z";
            bool isDigit = letter >= "0" && letter <= "9";
            if (!isLetter && !isDigit && letter != "-") return false;
        }
        return true;
    }
}
