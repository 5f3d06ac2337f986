// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ILedger} from "./ILedger.sol";
import {IMarket} from "./IMarket.sol";
import {Offer, Order} from "./types/Deals.sol";
import {Bps, OrderId} from "./types/Ids.sol";
import {RebateRates} from "./types/Rewards.sol";

/// @title A part of the protocol fee, given back
/// @notice Once a sale in AIM is settled, its buyer and its payee each get a share of the protocol fee that it paid:
/// more while the market is young, more for buyers who buy much. It is paid out of a budget, as long as that lasts,
/// and never more than 80% of the fee, whatever governance chooses: who trades with themselves loses
/// (docs/rebates.md).
/// @dev A renewal has no order, and nothing of its fee comes back. The rates are those of the time of the claim: no
/// contract stores when a settled order was bought.
interface IRebates is ILedger {
    /// @notice New rates, and with them a new season: what buyers paid counts from zero.
    event RatesSet(uint32 indexed season, RebateRates rates);

    /// @notice Somebody paid into the budget.
    /// @param amount In wei of AIM, as everywhere here.
    event BudgetFunded(address indexed from, uint256 amount);

    /// @notice Governance was credited with budget that nobody had claimed.
    event BudgetTakenBack(address indexed to, uint128 amount);

    /// @notice The order's buyer and its offer's payee were credited.
    event RebateClaimed(OrderId indexed order, uint256 toBuyer, uint256 toPayee);

    /// @notice The shares at their highest are {most:percent} of the fee together, above the cap of {cap:percent}:
    /// lower them.
    error Rebates_RatesTooHigh(uint256 most, Bps cap);

    /// @notice The budget is paid in AIM alone, not in {token}: send AIM.
    error Rebates_UnexpectedToken(address token);

    /// @notice The order was paid in {token}: only sales in AIM get a part of the fee back.
    error Rebates_OrderNotInAim(address token);

    /// @notice The order is not settled: where it waits, claim after its settlement; where it was refunded, the fee
    /// was paid back already.
    error Rebates_OrderNotSettled(OrderId order);

    /// @notice The rebate of this order was claimed already: once is all.
    error Rebates_AlreadyClaimed(OrderId order);

    /// @notice The order paid no fee, or the present rates give nothing of it back: claim when they do.
    error Rebates_NothingDue(OrderId order);

    /// @notice The budget has {left:amount} of the {needed:amount} needed: wait until it is filled up.
    error Rebates_BudgetTooSmall(uint256 needed, uint256 left);

    /// @notice Sets the rates and begins a season. Restricted to governance.
    /// @dev Whatever is set here, all parties of a sale get back at most `MAX_SHARE` of its fee. Orders that are not
    /// claimed yet get the new rates.
    /// @custom:doing set the rebate's rates
    function setRates(RebateRates calldata rates) external;

    /// @notice Credits the caller with budget that nobody has claimed. Restricted to governance.
    /// @dev What was credited to others is not the budget's any more.
    /// @custom:doing take rebate budget back
    function takeBack(uint128 amount) external;

    /// @notice Credits the order's buyer and the payee of its offer, in the account that the offer names. Once an
    /// order; permissionless, because it pays nobody else.
    /// @dev All or nothing: were it paid in part, anybody could use an order up for the budget's last wei. A conviction
    /// after the settlement changes nothing: the fee stays paid, and whoever cheats claims before.
    /// @custom:doing claim a rebate
    function claim(Offer calldata terms, Order calldata order) external;

    /// @notice As `claim`, for a `multicall` of several: an order that was claimed, or that the budget does not
    /// reach, is passed over, so who claims one of them first cannot undo the others.
    /// @return claimed Whether this call claimed.
    /// @custom:doing claim a rebate, unless somebody has
    function claimIfDue(Offer calldata terms, Order calldata order) external returns (bool claimed);

    /// @notice What a claim would credit now, whether or not the budget has it; nothing once it was claimed.
    function rebateOf(Offer calldata terms, Order calldata order)
        external
        view
        returns (uint256 toBuyer, uint256 toPayee);

    /// @notice The present rates.
    function rates() external view returns (RebateRates memory);

    /// @notice How often rates were set: what buyers paid counts for one season.
    function season() external view returns (uint32);

    /// @notice What is left to be claimed, in wei of AIM.
    function budget() external view returns (uint128);

    /// @notice The fees of the orders that were claimed for this buyer in a season, in wei of AIM.
    function feesOf(uint32 season, address buyer) external view returns (uint256);

    /// @notice Whether the order's rebate was claimed.
    function isClaimed(OrderId order) external view returns (bool);

    /// @notice Whose orders these are.
    function market() external view returns (IMarket);
}
