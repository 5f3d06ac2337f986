// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IHandover} from "./IHandover.sol";
import {IKeyRequests} from "./IKeyRequests.sol";
import {IRentals} from "./IRentals.sol";
import {Bps, LicenseId, ModelId} from "./types/Ids.sol";
import {Delivery, HeldKey, Passing} from "./types/Keys.sol";
import {Deal, DealId, DealRecord, Listing, ListingId, ListingState} from "./types/Listings.sol";
import {Version} from "./types/Versions.sol";

/// @title What holders do with licences: sell them and rent them out
/// @notice A holder lists a licence; who takes the listing pays into escrow and names a point of their own; the delivery
/// of the key, by the seller or by a holder, moves the licence or its use and the money in one transaction, or not at all.
/// @dev A delivery counts if and only if it is mined at or before the end of grace, a refund if and only if it is mined
/// later, unless the version was convicted. Payment tokens, their fees and the stop of new business are the market's. The
/// holder approves this contract for the licence; what they do to it between taking and delivery makes the delivery
/// revert, and the taker is refunded.
interface ISecondary is IHandover, IRentals {
    /// @notice A licence was listed, with all terms; its id is their hash.
    event Listed(
        ListingId indexed listing, ModelId indexed model, address indexed holder, Listing terms
    );

    /// @notice A listing takes no more deals. Open deals go on.
    event Unlisted(ListingId indexed listing);

    /// @notice A deal was paid into escrow: its key is to be delivered for its id.
    event Taken(
        DealId indexed deal,
        ListingId indexed listing,
        address indexed taker,
        Deal terms,
        Bps protocolRate
    );

    /// @notice A licence changed hands; the holder, the maker and the protocol were credited.
    event LicenseSold(
        DealId indexed deal, LicenseId indexed license, uint256 royalty, uint256 protocolFee
    );

    /// @notice The taker was credited all that they had paid.
    /// @param declined Whether the holder gave it back; else the time to deliver ran out or the version was convicted.
    event DealRefunded(DealId indexed deal, bool declined);

    /// @notice Only the holder of this listing may do that, not {caller}: choose the holder's account.
    error Secondary_NotHolder(address caller);

    /// @notice {holder} does not own the licence: whoever does can list it.
    error Secondary_NotOwner(address holder);

    /// @notice This contract is not approved for the licence of {holder}: they approve it first.
    error Secondary_NotApproved(address holder);

    /// @notice The licence can be neither sold nor rented out, it is not settled or not transferable, or does not reach
    /// version {version}: choose another.
    error Secondary_LicenseUnfit(LicenseId license, uint16 version);

    /// @notice A listing with exactly these terms was made before: change a term or its salt.
    error Secondary_ListingExists(ListingId listing);

    /// @notice The listing is not open, it was taken back, sold or never made: look for another.
    error Secondary_ListingNotOpen(ListingId listing);

    /// @notice The listing ended at {expiresAt:time}: ask its holder for a new one.
    error Secondary_ListingExpired(uint40 expiresAt);

    /// @notice Somebody took the licence, by this listing or another, and waits for the key until {busyUntil:time}: try
    /// again after that.
    error Secondary_LicenseBusy(uint256 busyUntil);

    /// @notice {user} has the licence's use until {expires:time}: agree to that, or wait.
    error Secondary_InUse(address user, uint256 expires);

    /// @notice The royalty of the version is bound to another payee than {payout}: name the one in its record.
    error Secondary_PayeeMismatch(address payout, bytes32 payoutAccount);

    /// @notice It was not mined by {txDeadline:time}, so nothing was paid: try again.
    error Secondary_DeadlinePassed(uint40 txDeadline);

    /// @notice This exact deal was made before: take it again with another salt.
    error Secondary_DealExists(DealId deal);

    /// @notice The deal does not wait for its key, it is delivered, refunded or unknown: look at its state.
    error Secondary_DealNotPending(DealId deal);

    /// @notice Lists a licence for sale or for rent; for its owner, who has approved this contract for it.
    /// @param details Proves the version's key line and payee.
    /// @param parentsHash As in `IModelRegistry.matches`.
    /// @custom:doing list a licence
    function list(Listing calldata listing, Version calldata details, bytes32 parentsHash)
        external
        returns (ListingId id);

    /// @notice Ends a listing for ever; for its holder. A deal that was taken goes on.
    /// @custom:doing take a listing back
    function unlist(Listing calldata listing) external;

    /// @notice Pays a listing's price, or rent and deposit, and its delivery fee into escrow; for the deal's taker.
    /// @dev What is paid follows from the arguments alone: price, or price * time + deposit, and the delivery fee.
    /// @param txDeadline Last second at which it may be mined.
    /// @custom:doing take a listing
    function take(Listing calldata listing, Deal calldata deal, uint40 txDeadline)
        external
        returns (DealId id);

    /// @notice Verifies the line's key on chain and fulfils the deal: the licence, or its use, becomes the taker's, the
    /// price the holder's. Permissionless: the delivery fee goes to whom the proof names, else to the caller.
    /// @custom:doing deliver a key
    function deliver(Listing calldata listing, Deal calldata deal, Delivery calldata delivery)
        external;

    /// @notice As `deliver`, for a `multicall` of several: a deal that is not pending or whose grace is over is passed
    /// over.
    /// @dev Passing over writes, emits and credits nothing. A wrong key, or a licence that cannot be handed over, still
    /// reverts.
    /// @return delivered Whether this call delivered.
    /// @custom:doing deliver a key, unless somebody has
    function deliverIfPending(
        Listing calldata listing,
        Deal calldata deal,
        Delivery calldata delivery
    ) external returns (bool delivered);

    /// @notice As `deliver`, with the held key that the listing names: the maker is not needed.
    /// @custom:doing pass on a key
    function passOn(
        Listing calldata listing,
        Deal calldata deal,
        HeldKey calldata held,
        Passing calldata passing
    ) external;

    /// @notice Credits the taker all that they paid, after grace or where the version was convicted. Permissionless.
    /// @custom:doing refund a deal
    function refund(Listing calldata listing, Deal calldata deal) external;

    /// @notice Credits the taker all that they paid at once; for the holder, while the key is not delivered.
    /// @custom:doing decline a deal
    function decline(Listing calldata listing, Deal calldata deal) external;

    /// @notice keccak256(abi.encode(domain, listing)).
    function listingIdOf(Listing calldata listing) external view returns (ListingId);

    /// @notice keccak256(abi.encode(domain, listing, deal)).
    function dealIdOf(ListingId listing, Deal calldata deal) external view returns (DealId);

    /// @notice Where a listing stands; None where there is no such listing.
    function listingOf(ListingId listing) external view returns (ListingState);

    /// @notice Last second in which a deal of this holder's listings may still be delivered; long ago where none waits.
    /// Until then nobody takes the licence of them, by whatever listing, and no rental of it is extended.
    function busyUntil(LicenseId license, address holder) external view returns (uint256);

    /// @notice The deal as stored.
    function dealOf(DealId deal) external view returns (DealRecord memory);

    /// @notice Says which held keys are proven.
    function keyRequests() external view returns (IKeyRequests);
}
