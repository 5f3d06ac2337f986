// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC1363Receiver} from "@openzeppelin/contracts/interfaces/IERC1363Receiver.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Multicallable} from "solady/utils/Multicallable.sol";

import {IMarket} from "../../interfaces/IMarket.sol";
import {IModelLicense} from "../../interfaces/IModelLicense.sol";
import {IRebates} from "../../interfaces/IRebates.sol";
import {Offer, Order} from "../../interfaces/types/Deals.sol";
import {Bps, OrderId} from "../../interfaces/types/Ids.sol";
import {LicenseState} from "../../interfaces/types/Licenses.sol";
import {RebateRates} from "../../interfaces/types/Rewards.sol";
import {Ledger} from "../ledger/Ledger.sol";
import {MarketIds} from "../market/MarketIds.sol";

/// @notice Specified in IRebates.
contract Rebates is IRebates, AccessManaged, IERC1363Receiver, Multicallable, Ledger {
    /* CONSTANTS */

    /// @notice Most of a sale's protocol fee that all its parties get back together.
    Bps public constant MAX_SHARE = Bps.wrap(8000);

    uint256 private constant WHOLE = 10_000;

    /* IMMUTABLES */

    /// @inheritdoc IRebates
    IMarket public immutable market;

    /// @notice The market's licences.
    IModelLicense public immutable license;

    /// @notice The token of the budget and of the orders.
    address public immutable aim;

    bytes32 private immutable _domain;

    /* STORAGE */

    RebateRates private _rates;

    /// @inheritdoc IRebates
    uint128 public budget;

    /// @inheritdoc IRebates
    uint32 public season;

    /// @inheritdoc IRebates
    mapping(OrderId order => bool) public isClaimed;

    /// @inheritdoc IRebates
    mapping(uint32 season => mapping(address buyer => uint256)) public feesOf;

    /* CONSTRUCTOR */

    constructor(address authority, IMarket market_, IModelLicense license_, address aim_)
        AccessManaged(authority)
    {
        (market, license, aim) = (market_, license_, aim_);
        _domain = market_.domain();
    }

    /* GOVERNANCE */

    /// @inheritdoc IRebates
    function setRates(RebateRates calldata rates_) external restricted {
        uint256 shared = uint256(Bps.unwrap(rates_.buyer)) + Bps.unwrap(rates_.payee);
        uint256 most =
            shared * (WHOLE + Bps.unwrap(rates_.early)) + Bps.unwrap(rates_.frequent) * WHOLE;
        if (most > Bps.unwrap(MAX_SHARE) * WHOLE) {
            revert Rebates_RatesTooHigh((most + WHOLE - 1) / WHOLE, MAX_SHARE);
        }

        _rates = rates_;
        emit RatesSet(++season, rates_);
    }

    /// @inheritdoc IRebates
    function takeBack(uint128 amount) external restricted {
        uint128 left = budget;
        if (amount > left) revert Rebates_BudgetTooSmall(amount, left);

        budget = left - amount;
        _credit(msg.sender, 0, aim, amount);
        emit BudgetTakenBack(msg.sender, amount);
    }

    /* BUDGET */

    /// @inheritdoc IERC1363Receiver
    /// @dev Anybody may pay into the budget: AIM's `transferAndCall` to here, whatever its data.
    function onTransferReceived(address, address from, uint256 value, bytes calldata)
        external
        returns (bytes4)
    {
        if (msg.sender != aim) revert Rebates_UnexpectedToken(msg.sender);

        budget = SafeCast.toUint128(budget + value);
        emit BudgetFunded(from, value);
        return IERC1363Receiver.onTransferReceived.selector;
    }

    /* CLAIM */

    /// @inheritdoc IRebates
    function claim(Offer calldata terms, Order calldata order) external {
        OrderId id = _idOf(terms, order);
        if (isClaimed[id]) revert Rebates_AlreadyClaimed(id);
        (uint256 toBuyer, uint256 toPayee) = _rebateOf(id, terms, order);
        uint256 total = toBuyer + toPayee;
        if (total == 0) revert Rebates_NothingDue(id);
        if (total > budget) revert Rebates_BudgetTooSmall(total, budget);
        _claim(id, terms, order, toBuyer, toPayee);
    }

    /// @inheritdoc IRebates
    function claimIfDue(Offer calldata terms, Order calldata order) external returns (bool) {
        OrderId id = _idOf(terms, order);
        if (isClaimed[id]) return false;
        (uint256 toBuyer, uint256 toPayee) = _rebateOf(id, terms, order);
        uint256 total = toBuyer + toPayee;
        if (total == 0 || total > budget) return false;
        _claim(id, terms, order, toBuyer, toPayee);
        return true;
    }

    /* VIEWS */

    /// @inheritdoc IRebates
    function rebateOf(Offer calldata terms, Order calldata order)
        external
        view
        returns (uint256 toBuyer, uint256 toPayee)
    {
        OrderId id = _idOf(terms, order);
        if (isClaimed[id]) return (0, 0);
        return _rebateOf(id, terms, order);
    }

    /// @inheritdoc IRebates
    function rates() external view returns (RebateRates memory) {
        return _rates;
    }

    /* INTERNAL */

    function _claim(
        OrderId id,
        Offer calldata terms,
        Order calldata order,
        uint256 toBuyer,
        uint256 toPayee
    ) private {
        isClaimed[id] = true;
        budget -= uint128(toBuyer + toPayee);
        feesOf[season][order.buyer] += order.protocolFee;
        _credit(order.buyer, 0, aim, toBuyer);
        _credit(terms.payout, terms.payoutAccount, aim, toPayee);
        emit RebateClaimed(id, toBuyer, toPayee);
    }

    function _idOf(Offer calldata terms, Order calldata order) private view returns (OrderId) {
        return MarketIds.orderId(_domain, MarketIds.offerId(_domain, terms), order);
    }

    /// @dev Assumes that it was not claimed. Every part is rounded down, so that their sum keeps the cap.
    function _rebateOf(OrderId id, Offer calldata terms, Order calldata order)
        private
        view
        returns (uint256 toBuyer, uint256 toPayee)
    {
        if (terms.token != aim) revert Rebates_OrderNotInAim(terms.token);
        LicenseState state = license.recordOf(license.licenseIdOf(address(market), id)).state;
        if (state != LicenseState.Settled) revert Rebates_OrderNotSettled(id);

        RebateRates memory rate = _rates;
        uint256 raised = uint256(order.protocolFee) * (WHOLE + _earlyNow(rate));
        toBuyer = raised * Bps.unwrap(rate.buyer) / (WHOLE * WHOLE)
            + _forFrequent(rate, feesOf[season][order.buyer], order.protocolFee);
        toPayee = raised * Bps.unwrap(rate.payee) / (WHOLE * WHOLE);
    }

    /// @dev By how much of themselves the shares are higher now, in hundredths of a percent.
    function _earlyNow(RebateRates memory rate) private view returns (uint256) {
        if (block.timestamp >= rate.earlyUntil) return 0;
        if (block.timestamp <= rate.earlyFrom) return Bps.unwrap(rate.early);
        return Bps.unwrap(rate.early) * (rate.earlyUntil - block.timestamp)
            / (rate.earlyUntil - rate.earlyFrom);
    }

    /// @dev The share grows evenly from nothing to `frequent` while what was paid grows to `frequentAt`. Each
    /// wei of a fee counts where it lies between the two, so that it is the same whether a fee is paid in one
    /// sale or in many: no sale is worth making for the share of the next.
    function _forFrequent(RebateRates memory rate, uint256 paid, uint256 fee)
        private
        pure
        returns (uint256)
    {
        uint256 share = Bps.unwrap(rate.frequent);
        uint256 whole = rate.frequentAt;
        if (paid >= whole) return fee * share / WHOLE;
        uint256 end = paid + fee < whole ? paid + fee : whole;
        uint256 twiceArea = end * end - paid * paid + 2 * whole * (paid + fee - end);
        return twiceArea * share / (2 * whole * WHOLE);
    }
}
