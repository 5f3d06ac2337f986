// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Point} from "./types/Keys.sol";

/// @title What accounts say of themselves
/// @notice A handle, what else there is to say, and a key to write to them with. Whoever likes takes whichever handle:
/// nothing is stored and nobody asked. Who was first with it, and who looks like somebody who was, is told by the order
/// of the events, to every reader alike (docs/reputation.md).
/// @dev A handle is in the event, not in what the metadata names: its first day cannot be claimed afterwards by
/// publishing what an old hash stands for. Plain letters alone, so that few handles look like others.
interface IProfiles {
    /// @notice The account's profile, in place of the one before.
    /// @param handle ASCII, padded with zeros; zero: none.
    /// @param metadata SHA-256 of the rest, a JSON document; zero: none.
    /// @param encryption Where to encrypt to; zero: nowhere.
    event ProfileSet(
        address indexed account, bytes32 indexed handle, bytes32 metadata, Point encryption
    );

    /// @notice The handle is not made of small letters, digits and hyphens: choose one that is, of at most 32.
    error Profiles_HandleInvalid(bytes32 handle);

    /// @notice Says who the caller is.
    /// @param handle Small letters a to z, digits and hyphens, from the left; zero for none.
    /// @param encryption A point of secp256k1 whose secret the caller has; zero for none.
    /// @custom:doing set a profile
    function setProfile(bytes32 handle, bytes32 metadata, Point calldata encryption) external;
}
