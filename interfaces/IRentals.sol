// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAdjudicated} from "./IAdjudicated.sol";
import {Ruling} from "./types/Deals.sol";
import {Deal, DealId, Listing} from "./types/Listings.sol";

/// @title Rentals in escrow
/// @notice Taking a listing pays rent and deposit into escrow; the delivery of the key makes the taker the licence's user
/// and starts the clock. The rent becomes the holder's second by second. Time that is paid for cannot be taken back, and
/// a licence that is sold keeps its renter.
/// @dev The holder's share of the rent is credited by `collect`, the maker's royalty and the protocol's fee when the
/// rental is closed: all three are shares of what was earned until its end. The money stays the listing's holder's when
/// they sell the licence.
interface IRentals is IAdjudicated {
    /// @notice The key was delivered: the taker uses the licence.
    /// @param endsAt Last second of the use.
    event RentalStarted(DealId indexed deal, uint40 endsAt);

    /// @notice The taker paid for more time.
    /// @param amount What was paid for it.
    /// @param endsAt The new last second of the use.
    event RentalExtended(DealId indexed deal, uint256 amount, uint40 endsAt);

    /// @notice The taker gave the use up: what they had paid beyond was credited to them.
    /// @param amount What came back.
    /// @param endsAt Until when rent is owed: now, or the end of the least time if that is later.
    event RentalEnded(DealId indexed deal, uint256 amount, uint40 endsAt);

    /// @notice The holder was credited the rent of the time that has gone by.
    /// @param amount Less royalty and protocol fee.
    /// @param collectedAt Until when rent is collected now.
    event RentCollected(DealId indexed deal, uint256 amount, uint40 collectedAt);

    /// @notice The arbitrator holds the deposit back for the holder.
    /// @param endsAt Last second before anybody may close the rental without a ruling.
    event DepositHeld(DealId indexed deal, uint40 endsAt);

    /// @notice The arbitrator ruled. `RentalClosed` goes with it.
    event DepositResolved(DealId indexed deal, Ruling ruling);

    /// @notice All was credited: the rest of the rent, the royalty, the protocol's fee and the deposit.
    /// @param depositTo Who was credited the deposit; zero where there was none.
    event RentalClosed(
        DealId indexed deal, uint256 rent, uint256 royalty, uint256 protocolFee, address depositTo
    );

    /// @notice The deal is no rental that runs, it is not delivered, closed, held or a sale: look at its state.
    error Secondary_NotRunning(DealId deal);

    /// @notice Between {minTime} and {maxTime} seconds can be rented, not {time}: choose a time between.
    error Secondary_TimeOutOfRange(uint32 minTime, uint32 maxTime, uint256 time);

    /// @notice The licence itself ends at {expiresAt:time}, before that: choose less time, or another licence.
    error Secondary_LicenseEnds(uint256 expiresAt);

    /// @notice Only the taker of this deal may do that, not {caller}: choose the taker's account.
    error Secondary_NotTaker(address caller);

    /// @notice {taker} still uses the licence: only they can end the rental, once they approved this contract for all of
    /// their licences.
    error Secondary_StillUsed(address taker);

    /// @notice The rental ended at {endsAt:time} already: close it.
    error Secondary_RentalOver(uint256 endsAt);

    /// @notice The deposit may be claimed until {claimsEndAt:time}: close the rental after that.
    error Secondary_ClaimsOpen(uint256 claimsEndAt);

    /// @notice The deposit could be claimed from {endsAt:time} until {claimsEndAt:time} only: close the rental.
    error Secondary_ClaimsClosed(uint256 endsAt, uint256 claimsEndAt);

    /// @notice Only the arbitrator of this deal may do that, not {caller}: choose its account.
    error Secondary_NotArbitrator(address caller);

    /// @notice No deposit is held: there is nothing to rule on.
    error Secondary_DealNotHeld(DealId deal);

    /// @notice The arbitrator may rule until {endsAt:time}: close the rental after that.
    error Secondary_RulingOpen(uint256 endsAt);

    /// @notice There is no rent to collect yet: wait, or close the rental if it is over.
    error Secondary_NothingToCollect(DealId deal);

    /// @notice Pays for more time of a rental that runs; for its taker, while the listing's holder still owns the licence,
    /// and nobody who took it from them waits for its key.
    /// Who gave the use up has it back, unless somebody else uses the licence. Neither a closed listing nor a stop of new business prevents it: the terms promised up to `maxTime`.
    /// @param time Seconds; with what was paid for before at most the listing's `maxTime`.
    /// @param txDeadline Last second at which it may be mined.
    /// @return endsAt The new last second of the use.
    /// @custom:doing extend a rental
    function extend(Listing calldata listing, Deal calldata deal, uint32 time, uint40 txDeadline)
        external
        returns (uint40 endsAt);

    /// @notice Ends a rental early: the rest of the rent is credited to the taker, but for the least time. The taker gives
    /// the use up with it, where they approved this contract on the licence for all of theirs (`setApprovalForAll`): in
    /// one transaction, so that no owner can make them its user again in between. Anybody else can end it once the
    /// taker does not use the licence any more.
    /// @dev A taker who rents one licence by two deals gives both uses up, and can end the other deal alike.
    /// @custom:doing end a rental early
    function end(Listing calldata listing, Deal calldata deal) external;

    /// @notice Credits the holder the rent of the time that has gone by. Permissionless.
    /// @custom:doing collect rent
    function collect(Listing calldata listing, Deal calldata deal) external;

    /// @notice As `collect`, for a `multicall` of several: where there is nothing to collect, nothing is done.
    /// @return amount What was credited.
    /// @custom:doing collect rent where there is any
    function collectIfDue(Listing calldata listing, Deal calldata deal)
        external
        returns (uint256 amount);

    /// @notice Credits all that a rental that is over still holds. With a deposit and an arbitrator only `CLAIM_TIME` after
    /// its end, or where the arbitrator has not ruled `MAX_HOLD` after that; the deposit is the taker's then.
    /// Permissionless.
    /// @custom:doing close a rental
    function close(Listing calldata listing, Deal calldata deal) external;

    /// @notice As `close`, for a `multicall` of several: one that is not due is passed over.
    /// @return closed Whether this call closed it.
    /// @custom:doing close a rental that is due
    function closeIfDue(Listing calldata listing, Deal calldata deal) external returns (bool closed);

    /// @notice Keeps the deposit of a rental that is over until a ruling; for its arbitrator, on behalf of the holder,
    /// until `CLAIM_TIME` after its end.
    /// @param what abi.encode(Listing, Deal).
    /// @param claimant The listing's holder.
    /// @custom:doing hold a deposit
    function hold(bytes calldata what, address claimant) external;

    /// @notice Closes a rental whose deposit is held, for its arbitrator: Upheld gives the deposit to the holder, Rejected
    /// and None to the taker.
    /// @param what abi.encode(Listing, Deal).
    /// @custom:doing rule on a deposit
    function resolve(bytes calldata what, Ruling ruling) external;
}
