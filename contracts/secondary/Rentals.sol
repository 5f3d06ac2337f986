// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

import {IERC4907} from "../../interfaces/IERC4907.sol";
import {IRentals} from "../../interfaces/IRentals.sol";
import {Ruling} from "../../interfaces/types/Deals.sol";
import {LicenseId} from "../../interfaces/types/Ids.sol";
import {Deal, DealId, DealRecord, DealState, Listing} from "../../interfaces/types/Listings.sol";
import {Listings} from "./Listings.sol";
import {SecondaryIds} from "./SecondaryIds.sol";

/// @title Rentals in escrow
/// @notice Specified in IRentals.
abstract contract Rentals is Listings {
    /* CONSTANTS */

    /// @dev abi.encode(Listing, Deal): 21 and 8 words, all static.
    uint256 private constant DEAL_AT = 21 * 32;
    uint256 private constant WHAT_LENGTH = 29 * 32;

    /// @notice Seconds after a rental in which its deposit may be claimed, where it has an arbitrator.
    uint40 public constant CLAIM_TIME = 3 days;

    /// @notice Longest time after that in which a claimed deposit waits for a ruling, in seconds.
    uint40 public constant MAX_HOLD = 90 days;

    /* TIME */

    /// @inheritdoc IRentals
    function extend(Listing calldata listing, Deal calldata deal, uint32 time, uint40 txDeadline)
        external
        nonReentrant
        returns (uint40 endsAt)
    {
        if (msg.sender != deal.taker) revert Secondary_NotTaker(msg.sender);
        if (block.timestamp > txDeadline) revert Secondary_DeadlinePassed(txDeadline);
        (DealId id, DealRecord memory record) = _running(listing, deal);
        _requireOwner(listing);
        _requireIdle(listing);
        if (block.timestamp > record.endsAt) revert Secondary_RentalOver(record.endsAt);
        endsAt = record.endsAt + time;
        _checkTime(listing, endsAt - record.since);
        _checkLicenseEnd(listing, endsAt);

        _deals[id].endsAt = endsAt;
        uint256 amount = uint256(listing.price) * time;
        emit RentalExtended(id, amount, endsAt);

        IERC4907(address(license)).setUser(LicenseId.unwrap(listing.license), msg.sender, endsAt);
        _pull(listing.token, amount);
    }

    /// @inheritdoc IRentals
    function end(Listing calldata listing, Deal calldata deal) external {
        (DealId id, DealRecord memory record) = _running(listing, deal);
        uint40 stop = record.since + listing.minTime;
        if (stop < block.timestamp) stop = uint40(block.timestamp);
        if (stop >= record.endsAt) revert Secondary_RentalOver(record.endsAt);
        bool used = _userOf(listing) == deal.taker;
        if (used && !_mayGiveUp(deal)) revert Secondary_StillUsed(deal.taker);

        _deals[id].endsAt = stop;
        uint256 amount = uint256(listing.price) * (record.endsAt - stop);
        _credit(deal.taker, 0, listing.token, amount);
        emit RentalEnded(id, amount, stop);

        if (used) {
            IERC4907(address(license)).setUser(LicenseId.unwrap(listing.license), address(0), 0);
        }
    }

    /* RENT */

    /// @inheritdoc IRentals
    function collect(Listing calldata listing, Deal calldata deal) external {
        (DealId id, DealRecord memory record) = _rented(listing, deal);
        if (_collect(id, listing, record) == 0) revert Secondary_NothingToCollect(id);
    }

    /// @inheritdoc IRentals
    function collectIfDue(Listing calldata listing, Deal calldata deal)
        external
        returns (uint256 amount)
    {
        (DealId id, DealRecord memory record) = _find(listing, deal);
        if (!_isRented(record)) return 0;
        return _collect(id, listing, record);
    }

    /// @inheritdoc IRentals
    function close(Listing calldata listing, Deal calldata deal) external {
        (DealId id, DealRecord memory record) = _rented(listing, deal);
        uint256 claimsEnd = _claimsEnd(listing, record);
        if (record.state == DealState.Held) {
            uint256 holdEnd = claimsEnd + MAX_HOLD;
            if (block.timestamp <= holdEnd) revert Secondary_RulingOpen(holdEnd);
        } else if (block.timestamp <= claimsEnd) {
            revert Secondary_ClaimsOpen(claimsEnd);
        }
        _close(id, listing, record, deal.taker);
    }

    /// @inheritdoc IRentals
    function closeIfDue(Listing calldata listing, Deal calldata deal) external returns (bool) {
        (DealId id, DealRecord memory record) = _find(listing, deal);
        if (!_isRented(record)) return false;
        uint256 due = _claimsEnd(listing, record);
        if (record.state == DealState.Held) due += MAX_HOLD;
        if (block.timestamp <= due) return false;
        _close(id, listing, record, deal.taker);
        return true;
    }

    /* ADJUDICATION */

    /// @inheritdoc IRentals
    function hold(bytes calldata what, address claimant) external {
        (Listing calldata listing, Deal calldata deal) = _adjudicated(what);
        if (claimant != listing.holder) revert Secondary_NotHolder(claimant);
        (DealId id, DealRecord memory record) = _running(listing, deal);
        uint256 claimsEnd = _claimsEnd(listing, record);
        if (block.timestamp <= record.endsAt || block.timestamp > claimsEnd) {
            revert Secondary_ClaimsClosed(record.endsAt, claimsEnd);
        }

        _deals[id].state = DealState.Held;
        emit DepositHeld(id, uint40(claimsEnd) + MAX_HOLD);
    }

    /// @inheritdoc IRentals
    function resolve(bytes calldata what, Ruling ruling) external {
        (Listing calldata listing, Deal calldata deal) = _adjudicated(what);
        (DealId id, DealRecord memory record) = _find(listing, deal);
        if (record.state != DealState.Held) revert Secondary_DealNotHeld(id);

        emit DepositResolved(id, ruling);
        _close(id, listing, record, ruling == Ruling.Upheld ? listing.holder : deal.taker);
    }

    /* INTERNAL */

    /// @dev What `take` asks of a rental that is delivered by `graceEnd`.
    function _checkRental(Listing calldata listing, uint256 graceEnd, uint256 time) internal view {
        _requireUnused(listing, 0);
        _checkTime(listing, time);
        _checkLicenseEnd(listing, graceEnd + time);
    }

    /// @dev What the delivery of a rental's key does: the taker uses the licence from here on. The licence refuses it while
    /// somebody else does.
    function _start(DealId id, Listing calldata listing, Deal calldata deal) internal {
        uint40 start = uint40(block.timestamp);
        uint40 endsAt = start + deal.time;
        DealRecord storage record = _deals[id];
        (record.state, record.since) = (DealState.Running, start);
        (record.endsAt, record.collectedAt) = (endsAt, start);
        emit RentalStarted(id, endsAt);

        IERC4907(address(license)).setUser(LicenseId.unwrap(listing.license), deal.taker, endsAt);
    }

    function _find(Listing calldata listing, Deal calldata deal)
        internal
        view
        returns (DealId id, DealRecord memory record)
    {
        id = SecondaryIds.dealId(domain, SecondaryIds.listingId(domain, listing), deal);
        record = _deals[id];
    }

    /* PRIVATE */

    function _running(Listing calldata listing, Deal calldata deal)
        private
        view
        returns (DealId id, DealRecord memory record)
    {
        (id, record) = _find(listing, deal);
        if (record.state != DealState.Running) revert Secondary_NotRunning(id);
    }

    /// @dev Running or held.
    function _rented(Listing calldata listing, Deal calldata deal)
        private
        view
        returns (DealId id, DealRecord memory record)
    {
        (id, record) = _find(listing, deal);
        if (!_isRented(record)) revert Secondary_NotRunning(id);
    }

    function _isRented(DealRecord memory record) private pure returns (bool) {
        return record.state == DealState.Running || record.state == DealState.Held;
    }

    /// @dev The deal that an adjudicator names, which must be the deal's own.
    function _adjudicated(bytes calldata what)
        private
        view
        returns (Listing calldata listing, Deal calldata deal)
    {
        if (what.length != WHAT_LENGTH) _invalid("data");
        assembly ("memory-safe") {
            listing := what.offset
            deal := add(what.offset, DEAL_AT)
        }
        if (msg.sender != listing.arbitrator) revert Secondary_NotArbitrator(msg.sender);
    }

    /// @dev Last second in which the deposit may be claimed; of none, and without an arbitrator, the rental's own.
    function _claimsEnd(Listing calldata listing, DealRecord memory record)
        private
        pure
        returns (uint256)
    {
        bool claimable = listing.deposit != 0 && listing.arbitrator != address(0);
        return uint256(record.endsAt) + (claimable ? CLAIM_TIME : 0);
    }

    function _collect(DealId id, Listing calldata listing, DealRecord memory record)
        private
        returns (uint256 amount)
    {
        uint40 until = uint40(block.timestamp);
        if (until > record.endsAt) until = record.endsAt;
        if (until <= record.collectedAt) return 0;
        amount = _netOf(listing, record, until) - _netOf(listing, record, record.collectedAt);

        _deals[id].collectedAt = until;
        _credit(listing.holder, 0, listing.token, amount);
        emit RentCollected(id, amount, until);
    }

    function _close(
        DealId id,
        Listing calldata listing,
        DealRecord memory record,
        address depositTo
    ) private {
        _deals[id].state = DealState.Closed;
        uint256 rent = uint256(listing.price) * (record.endsAt - record.since);
        uint256 collected = _netOf(listing, record, record.collectedAt);
        (uint256 royalty, uint256 protocolFee) =
            _share(listing, record.protocolRate, rent, collected);
        if (listing.deposit == 0) depositTo = address(0);
        _credit(depositTo, 0, listing.token, listing.deposit);
        emit RentalClosed(id, rent, royalty, protocolFee, depositTo);
    }

    /// @dev The holder's part of the rent from the start until then.
    function _netOf(Listing calldata listing, DealRecord memory record, uint256 until)
        private
        pure
        returns (uint256)
    {
        uint256 earned = uint256(listing.price) * (until - record.since);
        (uint256 shares,) = _sharesOf(listing, record.protocolRate, earned);
        return earned - shares;
    }

    function _checkLicenseEnd(Listing calldata listing, uint256 endsAt) private view {
        uint256 expiresAt = license.expiresAt(LicenseId.unwrap(listing.license));
        if (expiresAt != 0 && expiresAt < endsAt) revert Secondary_LicenseEnds(expiresAt);
    }

    function _checkTime(Listing calldata listing, uint256 time) private pure {
        if (time < listing.minTime || time > listing.maxTime) {
            revert Secondary_TimeOutOfRange(listing.minTime, listing.maxTime, time);
        }
    }

    /// @dev The approval would let this contract give up whatever the taker uses: the taker alone says what.
    function _mayGiveUp(Deal calldata deal) private view returns (bool) {
        return msg.sender == deal.taker
            && IERC721(address(license)).isApprovedForAll(deal.taker, address(this));
    }

    function _userOf(Listing calldata listing) private view returns (address) {
        return IERC4907(address(license)).userOf(LicenseId.unwrap(listing.license));
    }
}
