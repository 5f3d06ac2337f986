// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IModelRegistry} from "./IModelRegistry.sol";
import {LicenseId, OrderId} from "./types/Ids.sol";
import {Grant, LicenseRecord, LicenseState} from "./types/Licenses.sol";

/// @title Licences as ERC-721 tokens
/// @notice ERC-2981 royalties, ERC-5192 locks, users as in ERC-4907, and of ERC-5643 `expiresAt` and its
/// event: this contract takes no money, so renewals are its issuers'.
/// @dev An issuer, once allowed, mints; whoever issued a licence may always activate, settle or
/// burn it, so a market that is no longer allowed to mint still ends what it began.
interface IModelLicense {
    /// @notice An issuer was allowed to mint, or not any more. What it issued before is untouched.
    event IssuerSet(address indexed issuer, bool allowed);

    /// @notice A licence gives access from now on.
    /// @param expiresAt Last second of access; zero for ever.
    /// @param settled Whether it is final at once.
    event LicenseActivated(LicenseId indexed license, uint40 expiresAt, bool settled);

    /// @notice A licence became final; where its grant says so, it can be transferred now.
    event LicenseSettled(LicenseId indexed license);

    /// @notice The licence runs longer.
    /// @param expiration Its new last second.
    event SubscriptionUpdate(uint256 indexed tokenId, uint64 expiration);

    /// @notice {user} has the licence's use until {expires:time}, which nobody but they can shorten: wait,
    /// or give them longer.
    error ModelLicense_InUse(LicenseId license, address user, uint64 expires);

    /// @notice {caller} neither owns the licence nor is approved for it, nor uses it: choose the account
    /// that does.
    error ModelLicense_NotOwner(LicenseId license, address caller);

    /// @notice The licence has no end, or gives access to something else than is offered: renew it with
    /// an offer like the one that it was bought with.
    error ModelLicense_NotRenewable(LicenseId license);

    /// @notice The licence would run until {end:time}, later than can be stored: renew for less.
    error ModelLicense_EndTooFar(uint256 end);

    /// @notice This exact purchase was made before: buy again, which draws a new salt.
    error ModelLicense_AlreadyIssued(LicenseId license);

    /// @notice The market {issuer} may not sell licences any more: use the current deployment.
    error ModelLicense_IssuerNotAllowed(address issuer);

    /// @notice The licence cannot be transferred: it is not settled, or was sold as
    /// non-transferable.
    error ModelLicense_Locked(LicenseId license, LicenseState state);

    /// @notice The licence is in another state than this needs: look at it first.
    error ModelLicense_WrongState(LicenseId license, LicenseState state);

    /// @notice Versions {firstVersion} to {lastVersion} are no range: the first must not be above
    /// the last.
    error ModelLicense_VersionRange(uint16 firstVersion, uint16 lastVersion);

    /// @notice Allows or refuses an issuer; gates new mints only. Restricted to governance.
    /// @dev An issuer gives licences for any model to anybody, without payment or the owner's word:
    /// a wrong address gives away access to every model, and what it issued cannot be taken back.
    /// Allow contracts alone whose code says when they mint and that end what they began. Refusing
    /// the market stops every purchase there; what it issued is still activated, settled and
    /// burned.
    /// @param issuer The market's address; never an account that a person holds.
    /// @param allowed Whether it may mint from now on.
    /// @custom:doing allow or refuse an issuer
    function setIssuer(address issuer, bool allowed) external;

    /// @notice Mints a pending, locked licence; its id follows from the caller and `order`.
    /// @dev No event but ERC-721's, and ERC-5192's `Locked` where it never unlocks: the issuer's own says
    /// what it was minted for. Until it is settled every licence is locked.
    /// @custom:doing mint a licence
    function mint(address to, OrderId order, Grant calldata grant)
        external
        returns (LicenseId license);

    /// @notice Gives access to the versions that the licence reaches.
    /// @param expiresAt Last second of access; 0 for ever.
    /// @param settled Whether nothing can undo the deal any more.
    /// @custom:doing activate a licence
    function activate(OrderId order, uint40 expiresAt, bool settled) external;

    /// @notice Makes an active licence final.
    /// @custom:doing settle a licence
    function settle(OrderId order) external;

    /// @notice Ends a licence that is not settled.
    /// @custom:doing burn a licence
    function burn(OrderId order) external;

    /// @notice Moves the end of a settled licence, from now or from its end, whichever is later.
    /// @param grant What it has to give access to.
    /// @param duration Seconds.
    /// @return expiresAt Its new last second.
    /// @custom:doing extend a licence
    function extend(OrderId order, Grant calldata grant, uint256 duration)
        external
        returns (uint40 expiresAt);

    /// @notice Whether `account` may use `version` now: the licence's user, or its owner while there is
    /// none. Constant cost.
    function hasAccess(LicenseId license, address account, uint16 version)
        external
        view
        returns (bool);

    /// @notice When the caller's order was bought; zero unless its licence is pending.
    function pendingSince(OrderId order) external view returns (uint40);

    /// @notice The licence's id: keccak256(abi.encode(issuer, order)).
    function licenseIdOf(address issuer, OrderId order) external pure returns (LicenseId);

    /// @notice The licence as stored; its state is None where there is no such licence.
    function recordOf(LicenseId license) external view returns (LicenseRecord memory);

    /// @notice ERC-5643: last second of access; 0 for ever or not yet active.
    function expiresAt(uint256 tokenId) external view returns (uint64);

    /// @notice Says who gets a resale's royalty, and how much.
    function registry() external view returns (IModelRegistry);

    /// @notice Whether the address may mint.
    function isIssuer(address issuer) external view returns (bool);
}
