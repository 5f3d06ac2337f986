// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IBonds} from "./IBonds.sol";
import {Insured, PoolBooks, Request} from "./types/Covers.sol";
import {Offer, Order} from "./types/Deals.sol";
import {Bps, ModelId, OrderId} from "./types/Ids.sol";
import {Bond, BondId} from "./types/Stakes.sol";

/// @title Cover for what a broken bond leaves unpaid
/// @notice Depositors share one asset and what it earns by an ERC-4626 vault. Buyers insure an order against the breach of one bond on its
/// version: once the bond was broken and has nothing left, the pool pays what bonds did not, up to the cover, once. A curator says which
/// bonds, how much and at what rate. The pool can always pay what it sold.
/// @dev Whoever sells the model can buy from themselves, break their own promise and be paid: by no formula can that be told from a
/// buyer's loss. It pays from a cover of about a fifth of the bond on. So depositors trust the curator's limits; they hear of a higher
/// one in time to leave. A pool stands behind one bond of a version at a time, because a conviction breaks them all. The asset
/// must be a plain ERC-20: what is sent here otherwise than by `deposit`, `mint` or `cover` is nobody's.
interface ICoverPool {
    /// @notice The curator set what the pool insures of a bond.
    /// @param from When it holds; until then the more careful of this and what was.
    /// @param end When its covers end: nothing is paid any more and the capital is free.
    event LimitSet(BondId indexed bond, uint96 limit, Bps rate, uint40 from, uint40 end);

    /// @notice An order was insured.
    /// @param amount Most that is paid.
    /// @param premium What the buyer paid; depositors earn it second by second until the end.
    /// @param start What breaks the bond counts from then on.
    event CoverBought(
        OrderId indexed order,
        BondId indexed bond,
        address indexed buyer,
        uint128 amount,
        uint256 premium,
        uint40 start
    );

    /// @notice The holder of an insured order was paid.
    event CoverPaid(
        OrderId indexed order, BondId indexed bond, address indexed holder, uint128 amount
    );

    /// @notice The bond ended before its covers did: they can take nothing more.
    event CapitalReleased(BondId indexed bond, uint96 amount);

    /// @notice The bond is in doubt: who leaves is paid as if its covers were paid in full.
    event BondImpaired(BondId indexed bond, uint96 amount);

    /// @notice The bond is in doubt no more.
    event BondRestored(BondId indexed bond, uint96 amount);

    /// @notice A depositor wants to leave with shares; zero: stays.
    /// @param from First second in which they may be redeemed, and for seven days.
    event WithdrawalRequested(address indexed owner, uint256 shares, uint40 from);

    /// @notice Only the curator {curator} may do that: choose that account.
    error CoverPool_NotCurator(address curator);

    /// @notice Only {holder} is paid for this order, who holds its licence: choose that account.
    error CoverPool_NotHolder(address holder);

    /// @notice The pool is for {asset}, and the bond is staked in another token: choose another pool.
    error CoverPool_OtherAsset(address asset);

    /// @notice The pool stands behind bond {bond:id} of that version: end its limit, and wait until its covers have ended.
    error CoverPool_OtherBond(BondId bond);

    /// @notice The order is of another version than the bond, is paid in another token, or was refunded or never made: name one that fits.
    error CoverPool_OrderUnfit(OrderId order);

    /// @notice The bond is held, contested, broken, over, or its version was convicted: cover is for bonds that stand.
    error CoverPool_BondInDoubt(BondId bond);

    /// @notice The bond is not in doubt, or its covers have ended: there is nothing to impair.
    error CoverPool_NothingInDoubt(BondId bond);

    /// @notice The bond was not impaired, or is still in doubt: wait until that is decided.
    error CoverPool_NothingToRestore(BondId bond);

    /// @notice The bond has not ended, or no capital is locked behind it: wait for its end.
    error CoverPool_NothingToRelease(BondId bond);

    /// @notice The bond ended at {until:time}: insure against another, with a later end.
    error CoverPool_BondOver(uint40 until);

    /// @notice A cover of that bond would last until {end:time}, longer than three years: buy it later.
    error CoverPool_TooEarly(uint256 end);

    /// @notice The order's price is {price:amount}, and no more is ever paid: insure less.
    error CoverPool_AmountUnfit(uint128 price);

    /// @notice Nothing is insured: give an amount.
    error CoverPool_NothingInsured();

    /// @notice The order is insured here already: one cover is all.
    error CoverPool_AlreadyCovered(OrderId order);

    /// @notice The pool insures {room:amount} more of this bond: ask for less, or choose another pool.
    error CoverPool_LimitReached(uint256 room);

    /// @notice The premium is {premium:amount}, more than the {most:amount} that you accept: accept more, or insure less.
    error CoverPool_PremiumTooHigh(uint256 premium, uint256 most);

    /// @notice The token delivered {received:amount} of {expected:amount}: this pool takes no tokens that take a cut of transfers.
    error CoverPool_TokenShort(uint256 expected, uint256 received);

    /// @notice The order is not insured here against this bond, or was paid already: look at its cover.
    error CoverPool_NotCovered(OrderId order);

    /// @notice The cover ended at {end:time}: nothing is paid any more.
    error CoverPool_CoverEnded(uint256 end);

    /// @notice The bond is not broken, or was closed: cover is paid between its breach and its end.
    error CoverPool_NotBroken(BondId bond);

    /// @notice The bond still has {left:amount} for buyers: have the order compensated from it first.
    error CoverPool_StakeLeft(uint128 left);

    /// @notice What broke the bond was known from {since:time}, and the cover counts from {start:time}: it pays nothing.
    error CoverPool_KnownBefore(uint40 since, uint40 start);

    /// @notice The order, or its present period, is of {boughtAt:time}, after what broke the bond was known: it pays nothing.
    error CoverPool_BoughtTooLate(uint256 boughtAt);

    /// @notice The order, or its present period, is of {boughtAt:time}, more than a week before it was insured: insure orders with their purchase.
    error CoverPool_InsuredTooLate(uint256 boughtAt);

    /// @notice The order is not settled: where the money is still held, or was paid back, ask the market for it.
    error CoverPool_OrderNotSettled(OrderId order);

    /// @notice Bonds gave the whole price of the order: nothing is left to pay.
    error CoverPool_NothingDue(OrderId order);

    /// @notice Bonds could still pay for the order: waive that in favour of this pool first.
    error CoverPool_NotWaived(OrderId order);

    /// @notice You have {balance:amount} shares and ask to redeem {shares:amount}: ask for no more than you have.
    error CoverPool_SharesMissing(uint256 balance, uint256 shares);

    /// @notice {bound:amount} of the shares wait to be redeemed: request a withdrawal of fewer first.
    error CoverPool_SharesBound(uint256 bound);

    /// @notice Says how much the pool insures of a bond, and at what rate. For the curator. Its covers end with the first week, counted from
    /// Thursday 0:00 UTC, that ends 90 days or more after the bond stands for certain.
    /// @dev A higher limit or a lower rate holds 10 days later, a lower limit or a higher rate at once. A limit of zero sells nothing more.
    /// @param limit Most that covers may come to, in the asset's smallest unit; a twentieth of the assets at most counts.
    /// @param rate Premium of a year as a share of the cover, before `premiumOf` raises it by what is locked.
    /// @custom:doing set what a pool insures
    function setLimit(Bond calldata bond, uint96 limit, Bps rate) external;

    /// @notice Insures an order against the breach of a bond on its version, until the end of the bond's covers, for the caller: they are
    /// paid as long as they hold its licence. It counts against what becomes known three days later or after that, and only if it
    /// was bought within a week of the order (of a licence with an end: of its present period), so that nobody insures what they alone know.
    /// @dev What order that is, is not looked at before it is paid for, to spare the gas: `quote` does, so ask that for the premium.
    /// @param amount Most that it pays.
    /// @param maxPremium Most that may be taken.
    /// @custom:doing insure an order
    function cover(BondId bond, OrderId order, uint128 amount, uint256 maxPremium)
        external
        returns (uint256 premium);

    /// @notice Pays the caller, who holds the order's settled licence, what bonds did not, up to the cover, once. The bond is broken and
    /// nothing is left of it, and the holder has waived further compensation in favour of this pool.
    /// @custom:doing claim from a cover
    function claim(BondId bond, Offer calldata terms, Order calldata order)
        external
        returns (uint128 amount);

    /// @notice Frees what is locked behind a bond that ended: taken back, or broken and closed. Permissionless.
    /// @custom:doing release capital
    function release(BondId bond) external;

    /// @notice Takes the covers of a bond out of what a share is redeemed for, while the bond is held, contested or broken or its
    /// version was convicted. Permissionless, so that nobody leaves at the full price ahead of a claim that is known.
    /// @custom:doing mark a bond as in doubt
    function impair(BondId bond) external;

    /// @notice Undoes that once the bond is in doubt no more, or its covers have ended. Permissionless.
    /// @custom:doing mark a bond as in doubt no more
    function restore(BondId bond) external;

    /// @notice Asks to redeem so many of the caller's shares, from 7 to 14 days later; later the request has lapsed. It replaces
    /// an earlier one; zero takes it back.
    /// @custom:doing request a withdrawal
    function request(uint256 shares) external;

    /// @notice What a cover of the order costs now. It reverts where `cover` would, and where one would pay nothing: the order is of another
    /// version, is paid in another token, was made more than a week ago, or was refunded or never made.
    function quote(BondId bond, Offer calldata terms, Order calldata order, uint128 amount)
        external
        view
        returns (uint256);

    /// @notice What a cover of that amount costs now: amount * rate * time * (1 + 4 u^2), u being what is locked with it, of all
    /// assets; rounded up.
    function premiumOf(BondId bond, uint256 amount) external view returns (uint256);

    /// @notice How much more of a bond is insured now: by its limit, by a twentieth of the assets, by what is not locked.
    function roomFor(BondId bond) external view returns (uint256);

    /// @notice What a claim would pay, whoever holds the licence and whether they have waived or not; reverts where it is nothing.
    function payoutOf(BondId bond, Offer calldata terms, Order calldata order)
        external
        view
        returns (uint128);

    /// @notice Whether somebody may `impair` the bond, and whether somebody may `restore` it.
    function doubtOf(BondId bond) external view returns (bool impairable, bool restorable);

    /// @notice What insures a buyer's order against a bond, also once it has ended.
    /// @param buyer Who bought the cover: it pays them alone, as long as they hold the licence. So nobody insures an order for a
    /// trifle in order that its holder cannot.
    function coverOf(OrderId order, BondId bond, address buyer)
        external
        view
        returns (uint128 amount, uint40 start);

    /// @notice What the pool paid for an order: once is all, whatever bond it was insured against.
    function paidOf(OrderId order) external view returns (uint128);

    /// @notice What the pool insures of a bond.
    function termsOf(BondId bond) external view returns (Insured memory);

    /// @notice The one bond of a version that the pool stands behind; zero where it does behind none.
    function insuredBond(ModelId model, uint16 version) external view returns (BondId);

    /// @notice What an account asked to redeem, also once that has lapsed.
    function requestOf(address owner) external view returns (Request memory);

    /// @notice What the pool has now.
    function holdings() external view returns (PoolBooks memory);

    /// @notice Who says what is insured; for ever.
    function curator() external view returns (address);

    /// @notice Whose breach is insured.
    function bonds() external view returns (IBonds);
}
