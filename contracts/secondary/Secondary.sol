// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Multicallable} from "solady/utils/Multicallable.sol";

import {IKeyRequests} from "../../interfaces/IKeyRequests.sol";
import {ISecondary} from "../../interfaces/ISecondary.sol";
import {Bps, LicenseId} from "../../interfaces/types/Ids.sol";
import {Delivery, HeldKey, Passing} from "../../interfaces/types/Keys.sol";
import {
    Deal,
    DealId,
    DealRecord,
    DealState,
    Listing,
    ListingId,
    ListingState
} from "../../interfaces/types/Listings.sol";
import {Listings} from "./Listings.sol";
import {Rentals} from "./Rentals.sol";
import {SecondaryIds} from "./SecondaryIds.sol";

/// @notice Specified in ISecondary. Here is how a listing is taken and its key delivered; what becomes of a rental is in
/// Rentals.
contract Secondary is Rentals, Multicallable {
    /* CONSTRUCTOR */

    constructor(IKeyRequests keyRequests_) Listings(keyRequests_) {}

    /* DEALS */

    /// @inheritdoc ISecondary
    function take(Listing calldata listing, Deal calldata deal, uint40 txDeadline)
        external
        nonReentrant
        returns (DealId id)
    {
        if (msg.sender != deal.taker) revert Secondary_NotTaker(msg.sender);
        if (block.timestamp > txDeadline) revert Secondary_DeadlinePassed(txDeadline);
        _requireNewBusiness();
        ListingId place = SecondaryIds.listingId(domain, listing);
        _requireOpen(place);
        if (block.timestamp > listing.expiresAt) {
            revert Secondary_ListingExpired(listing.expiresAt);
        }
        _requireIdle(listing);
        _checkPoints(listing.held, deal.key, deal.passKey);
        _requireNotConvicted(listing.model, listing.version);
        _requireOwner(listing);
        uint256 graceEnd = block.timestamp + listing.deliveryTime + listing.gracePeriod;
        if (listing.maxTime != 0) _checkRental(listing, graceEnd, deal.time);
        else if (deal.time != 0) revert Secondary_TimeOutOfRange(0, 0, deal.time);
        id = SecondaryIds.dealId(domain, place, deal);
        if (_deals[id].state != DealState.None) revert Secondary_DealExists(id);

        Bps rate = _policy(listing.token, 0);
        _deals[id] = DealRecord(DealState.Pending, rate, uint40(block.timestamp), 0, 0);
        busyUntil[listing.license][listing.holder] = graceEnd;
        emit Taken(id, place, msg.sender, deal, rate);

        _pull(listing.token, _totalOf(listing, deal));
    }

    /// @inheritdoc ISecondary
    function deliver(Listing calldata listing, Deal calldata deal, Delivery calldata delivery)
        external
    {
        _deliver(_deliverable(listing, deal), listing, deal, delivery);
    }

    /// @inheritdoc ISecondary
    function deliverIfPending(
        Listing calldata listing,
        Deal calldata deal,
        Delivery calldata delivery
    ) external returns (bool) {
        (DealId id, uint256 graceEnd) = _pending(listing, deal);
        if (block.timestamp > graceEnd) return false;
        _deliver(id, listing, deal, delivery);
        return true;
    }

    /// @inheritdoc ISecondary
    function passOn(
        Listing calldata listing,
        Deal calldata deal,
        HeldKey calldata held,
        Passing calldata passing
    ) external {
        DealId id = _deliverable(listing, deal);
        bytes32 name = DealId.unwrap(id);
        _verifyPassing(name, listing.line, listing.held, held, deal.passKey, passing);
        _reward(passing.receiver, listing.token, listing.deliveryFee);
        _fulfil(id, listing, deal);
    }

    /// @inheritdoc ISecondary
    function refund(Listing calldata listing, Deal calldata deal) external {
        (DealId id, uint256 graceEnd) = _pending(listing, deal);
        if (graceEnd == 0) revert Secondary_DealNotPending(id);
        if (block.timestamp <= graceEnd && !registry.isConvicted(listing.model, listing.version)) {
            revert Handover_RefundTooEarly(graceEnd);
        }
        _refund(id, listing, deal, graceEnd, false);
    }

    /// @inheritdoc ISecondary
    function decline(Listing calldata listing, Deal calldata deal) external {
        if (msg.sender != listing.holder) revert Secondary_NotHolder(msg.sender);
        (DealId id, uint256 graceEnd) = _pending(listing, deal);
        if (graceEnd == 0) revert Secondary_DealNotPending(id);
        _refund(id, listing, deal, graceEnd, true);
    }

    /* INTERNAL */

    function _totalOf(Listing calldata listing, Deal calldata deal) private pure returns (uint256) {
        uint256 units = listing.maxTime == 0 ? 1 : deal.time;
        return uint256(listing.price) * units + listing.deposit + listing.deliveryFee;
    }

    /// @dev `graceEnd` is zero, so always over, unless the deal is pending.
    function _pending(Listing calldata listing, Deal calldata deal)
        private
        view
        returns (DealId id, uint256 graceEnd)
    {
        DealRecord memory record;
        (id, record) = _find(listing, deal);
        if (record.state == DealState.Pending) {
            graceEnd = uint256(record.since) + listing.deliveryTime + listing.gracePeriod;
        }
    }

    function _deliverable(Listing calldata listing, Deal calldata deal)
        private
        view
        returns (DealId id)
    {
        uint256 graceEnd;
        (id, graceEnd) = _pending(listing, deal);
        if (graceEnd == 0) revert Secondary_DealNotPending(id);
        if (block.timestamp > graceEnd) revert Handover_DeliveryTooLate(graceEnd);
    }

    function _deliver(
        DealId id,
        Listing calldata listing,
        Deal calldata deal,
        Delivery calldata delivery
    ) private {
        _verifyDelivery(DealId.unwrap(id), listing.line, deal.key, delivery);
        _reward(delivery.receiver, listing.token, listing.deliveryFee);
        _fulfil(id, listing, deal);
    }

    /// @dev Assumes that the deal is pending and in time. What the holder did to the licence since it was taken makes this
    /// revert; the market for its licences is one, so its owner now is whoever is paid.
    function _fulfil(DealId id, Listing calldata listing, Deal calldata deal) private {
        _requireOwner(listing);
        mapping(address holder => uint256) storage busy = busyUntil[listing.license];
        if (listing.maxTime != 0) {
            busy[listing.holder] = 1;
            return _start(id, listing, deal);
        }

        _requireUnused(listing, deal.usedUntil);
        delete busy[listing.holder];
        listingOf[SecondaryIds.listingId(domain, listing)] = ListingState.Closed;
        _deals[id].state = DealState.Closed;
        (uint256 royalty, uint256 protocolFee) =
            _share(listing, _deals[id].protocolRate, listing.price, 0);
        emit LicenseSold(id, listing.license, royalty, protocolFee);

        uint256 token = LicenseId.unwrap(listing.license);
        IERC721(address(license)).transferFrom(listing.holder, deal.taker, token);
    }

    /// @dev Somebody else may have taken the licence after this deal's grace, and waits.
    function _refund(
        DealId id,
        Listing calldata listing,
        Deal calldata deal,
        uint256 graceEnd,
        bool declined
    ) private {
        mapping(address holder => uint256) storage busy = busyUntil[listing.license];
        if (busy[listing.holder] == graceEnd) busy[listing.holder] = 1;
        _deals[id].state = DealState.Refunded;
        _credit(deal.taker, 0, listing.token, _totalOf(listing, deal));
        emit DealRefunded(id, declined);
    }
}
