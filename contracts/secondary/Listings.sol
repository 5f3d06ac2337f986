// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

import {IERC4907} from "../../interfaces/IERC4907.sol";
import {IKeyRequests} from "../../interfaces/IKeyRequests.sol";
import {ISecondary} from "../../interfaces/ISecondary.sol";
import {Bps, LicenseId, ModelId} from "../../interfaces/types/Ids.sol";
import {LicenseRecord, LicenseState} from "../../interfaces/types/Licenses.sol";
import {
    Deal,
    DealId,
    DealRecord,
    Listing,
    ListingId,
    ListingState
} from "../../interfaces/types/Listings.sol";
import {Version} from "../../interfaces/types/Versions.sol";
import {PackedLicense} from "../license/PackedLicense.sol";
import {Handover} from "./Handover.sol";
import {SecondaryIds} from "./SecondaryIds.sol";

/// @title Licences that their holders sell or rent out
/// @notice Specified in ISecondary.
abstract contract Listings is ISecondary, Handover {
    /* CONSTANTS */

    /// @notice Longest that a listing may stay open, in seconds.
    uint40 public constant MAX_LISTING = 180 days;
    /// @notice Longest rental, with all extensions, in seconds.
    uint32 public constant MAX_TIME = 366 days;

    /* IMMUTABLES */

    /// @inheritdoc ISecondary
    IKeyRequests public immutable keyRequests;

    /* STORAGE */

    /// @inheritdoc ISecondary
    mapping(ListingId listing => ListingState) public listingOf;

    /// @inheritdoc ISecondary
    /// @dev The slot is never cleared by a rental, so that the next costs less.
    mapping(LicenseId license => mapping(address holder => uint256)) public busyUntil;

    mapping(DealId deal => DealRecord) internal _deals;

    /* CONSTRUCTOR */

    constructor(IKeyRequests keyRequests_)
        Handover(keyRequests_.market(), keyRequests_.license(), keyRequests_.treasury())
    {
        keyRequests = keyRequests_;
    }

    /* LISTINGS */

    /// @inheritdoc ISecondary
    function list(Listing calldata listing, Version calldata details, bytes32 parentsHash)
        external
        returns (ListingId id)
    {
        if (msg.sender != listing.holder) revert Secondary_NotHolder(msg.sender);
        _requireNewBusiness();
        _policy(listing.token, listing.deliveryFee);
        _checkTimes(listing.deliveryTime, listing.gracePeriod);
        _checkTerms(listing);
        if (listing.held != 0 && !keyRequests.isProven(listing.held)) {
            revert Handover_KeyNotProven(listing.held);
        }
        _checkVersion(listing.model, listing.version, listing.line, details, parentsHash);
        _checkRoyalty(listing, details.payee);
        _checkLicense(listing);
        id = SecondaryIds.listingId(domain, listing);
        if (listingOf[id] != ListingState.None) revert Secondary_ListingExists(id);

        listingOf[id] = ListingState.Open;
        emit Listed(id, listing.model, msg.sender, listing);
    }

    /// @inheritdoc ISecondary
    function unlist(Listing calldata listing) external {
        if (msg.sender != listing.holder) revert Secondary_NotHolder(msg.sender);
        ListingId id = SecondaryIds.listingId(domain, listing);
        _requireOpen(id);

        listingOf[id] = ListingState.Closed;
        emit Unlisted(id);
    }

    /* VIEWS */

    /// @inheritdoc ISecondary
    function listingIdOf(Listing calldata listing) external view returns (ListingId) {
        return SecondaryIds.listingId(domain, listing);
    }

    /// @inheritdoc ISecondary
    function dealIdOf(ListingId listing, Deal calldata deal) external view returns (DealId) {
        return SecondaryIds.dealId(domain, listing, deal);
    }

    /// @inheritdoc ISecondary
    function dealOf(DealId deal) external view returns (DealRecord memory) {
        return _deals[deal];
    }

    /* INTERNAL */

    function _requireOpen(ListingId id) internal view {
        if (listingOf[id] != ListingState.Open) revert Secondary_ListingNotOpen(id);
    }

    /// @dev Only what the holder does may undo a delivery: whoever else can has its key for nothing, as all who see the
    /// transaction have what they asked for with a point of their own.
    function _requireIdle(Listing calldata listing) internal view {
        uint256 until = busyUntil[listing.license][listing.holder];
        if (block.timestamp <= until) revert Secondary_LicenseBusy(until);
    }

    /// @dev Who bought a licence that was rented out owes its renter nothing more: only the listing's holder can bind it.
    function _requireOwner(Listing calldata listing) internal view {
        if (_owner(listing) != listing.holder) revert Secondary_NotOwner(listing.holder);
    }

    /// @dev Reverts where somebody uses the licence beyond `until`.
    function _requireUnused(Listing calldata listing, uint256 until) internal view {
        uint256 token = LicenseId.unwrap(listing.license);
        address user = IERC4907(address(license)).userOf(token);
        if (user == address(0)) return;
        uint256 expires = IERC4907(address(license)).userExpires(token);
        if (expires > until) revert Secondary_InUse(user, expires);
    }

    /// @dev Credits what a sale brought, or a rental to its end: the maker's share, the protocol's, and to the holder what
    /// is left of them after `paid`, which they had before.
    function _share(Listing calldata listing, Bps rate, uint256 earned, uint256 paid)
        internal
        returns (uint256 royalty, uint256 protocolFee)
    {
        uint256 shares;
        (shares, protocolFee) = _sharesOf(listing, rate, earned);
        royalty = shares - protocolFee;
        if (royalty != 0) {
            address payout = listing.royaltyPayout;
            if (payout == address(0)) (payout,) = registry.royaltyOf(listing.model);
            _credit(payout, listing.royaltyAccount, listing.token, royalty);
        }
        _credit(treasury, 0, listing.token, protocolFee);
        _credit(listing.holder, 0, listing.token, earned - shares - paid);
    }

    /// @dev Both shares of `earned` rounded down together, so that what is left to the holder never falls as it grows.
    function _sharesOf(Listing calldata listing, Bps rate, uint256 earned)
        internal
        pure
        returns (uint256 shares, uint256 protocolFee)
    {
        protocolFee = earned * Bps.unwrap(rate) / 10_000;
        shares = earned * (uint256(Bps.unwrap(rate)) + Bps.unwrap(listing.royalty)) / 10_000;
    }

    /* PRIVATE */

    function _owner(Listing calldata listing) private view returns (address) {
        return IERC721(address(license)).ownerOf(LicenseId.unwrap(listing.license));
    }

    function _checkTerms(Listing calldata listing) private view {
        if (
            listing.expiresAt < block.timestamp || listing.expiresAt > block.timestamp + MAX_LISTING
        ) {
            _invalid("expiresAt");
        }
        if (listing.minTime > listing.maxTime || listing.maxTime > MAX_TIME) _invalid("maxTime");
        if (listing.maxTime == 0) {
            if (listing.deposit != 0) _invalid("deposit");
            if (listing.arbitrator != address(0)) _invalid("arbitrator");
        } else if (listing.minTime == 0) {
            _invalid("minTime");
        }
    }

    function _checkRoyalty(Listing calldata listing, bytes32 payee) private view {
        (, Bps royalty) = registry.royaltyOf(listing.model);
        if (Bps.unwrap(listing.royalty) != Bps.unwrap(royalty)) _invalid("royalty");
        (address payout, bytes32 account) = (listing.royaltyPayout, listing.royaltyAccount);
        if (payee == 0
                ? payout != address(0) || account != 0
                : payee != keccak256(abi.encode(payout, account))) {
            revert Secondary_PayeeMismatch(payout, account);
        }
    }

    function _checkLicense(Listing calldata listing) private view {
        LicenseRecord memory record = license.recordOf(listing.license);
        if (
            record.state != LicenseState.Settled || !record.grant.transferable
                || ModelId.unwrap(record.grant.model) != ModelId.unwrap(listing.model)
                || listing.version < record.grant.firstVersion
                || listing.version > record.grant.lastVersion
        ) revert Secondary_LicenseUnfit(listing.license, listing.version);
        if (listing.maxTime == 0 && record.time < PackedLicense.ENDLESS) {
            uint256 last = uint256(listing.expiresAt) + listing.deliveryTime + listing.gracePeriod;
            if (last > record.time) revert Secondary_LicenseEnds(record.time);
        }
        _requireOwner(listing);
        IERC721 token = IERC721(address(license));
        if (
            !token.isApprovedForAll(listing.holder, address(this))
                && token.getApproved(LicenseId.unwrap(listing.license)) != address(this)
        ) revert Secondary_NotApproved(listing.holder);
    }
}
