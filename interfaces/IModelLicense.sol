// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {LicenseId, ModelId, OrderId} from "./Types.sol";

/// @notice Pending: paid for, key not yet delivered. Active: delivered, the deal may still end.
/// Settled: final, transferable where the grant says so. Burned: refunded; the id is never used
/// again.
enum LicenseState {
    None,
    Pending,
    Active,
    Settled,
    Burned
}

/// @notice What a licence gives access to: versions `firstVersion` to `lastVersion` of a model,
/// both included.
struct Grant {
    ModelId model;
    uint16 firstVersion;
    uint16 lastVersion;
    bool transferable;
}

/// @notice A licence as stored.
/// @param time Pending: when it was bought. Later: the last second of access, 0 for ever.
struct LicenseRecord {
    LicenseState state;
    Grant grant;
    uint40 time;
}

/// @title Licences as ERC-721 tokens
/// @notice ERC-2981 royalties, ERC-5192 locks, and `expiresAt` as in ERC-5643.
/// @dev An issuer, once allowed, mints; whoever issued a licence may always activate, settle or
/// burn it, so a market that is no longer allowed to mint still ends what it began.
interface IModelLicense {
    event IssuerSet(address indexed issuer, bool allowed);
    /// @param packed The grant as stored: from the lowest bit, state 3, transferable 1, model 32,
    /// first version 12, last version 12, time 36.
    event LicenseGranted(LicenseId indexed license, address issuer, OrderId order, uint96 packed);
    /// @param settled Whether it is final at once.
    event LicenseActivated(
        LicenseId indexed license, uint40 expiresAt, bytes32 deliveryDigest, bool settled
    );
    event LicenseSettled(LicenseId indexed license);

    error ModelLicense_AlreadyIssued(LicenseId license);
    error ModelLicense_IssuerNotAllowed(address issuer);
    error ModelLicense_Locked(LicenseId license, LicenseState state);
    error ModelLicense_WrongState(LicenseId license, LicenseState state);
    error ModelLicense_VersionRange(uint16 firstVersion, uint16 lastVersion);

    /// @notice Gates new mints only.
    function setIssuer(address issuer, bool allowed) external;

    /// @notice Mints a pending, locked licence; its id follows from the caller and `order`.
    function mint(address to, OrderId order, Grant calldata grant)
        external
        returns (LicenseId license);

    /// @notice Gives access and records the delivery that opened it.
    /// @param expiresAt Last second of access; 0 for ever.
    /// @param deliveryDigest keccak256 of the delivered pair (R, D).
    /// @param settled Whether nothing can undo the deal any more.
    function activate(OrderId order, uint40 expiresAt, bytes32 deliveryDigest, bool settled)
        external;

    /// @notice Makes an active licence final.
    function settle(OrderId order) external;

    /// @notice Ends a licence that is not settled.
    function burn(OrderId order) external;

    /// @notice Whether `account` may use `version` now. Constant cost.
    function hasAccess(LicenseId license, address account, uint16 version)
        external
        view
        returns (bool);

    /// @notice When the caller's order was bought; zero unless its licence is pending.
    function pendingSince(OrderId order) external view returns (uint40);

    function licenseIdOf(address issuer, OrderId order) external pure returns (LicenseId);

    function recordOf(LicenseId license) external view returns (LicenseRecord memory);

    /// @notice keccak256 of the delivered pair (R, D); zero before delivery.
    function deliveryDigestOf(LicenseId license) external view returns (bytes32);

    /// @notice ERC-5643: last second of access; 0 for ever or not yet active.
    function expiresAt(uint256 tokenId) external view returns (uint64);

    function isIssuer(address issuer) external view returns (bool);
}
