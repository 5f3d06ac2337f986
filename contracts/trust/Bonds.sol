// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Multicallable} from "solady/utils/Multicallable.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";

import {IAttestations} from "../../interfaces/IAttestations.sol";
import {IBonds} from "../../interfaces/IBonds.sol";
import {IMarket} from "../../interfaces/IMarket.sol";
import {IModelLicense} from "../../interfaces/IModelLicense.sol";
import {Offer, Order} from "../../interfaces/types/Deals.sol";
import {LicenseId, ModelId, OrderId} from "../../interfaces/types/Ids.sol";
import {LicenseRecord, LicenseState} from "../../interfaces/types/Licenses.sol";
import {Bond, BondId, BondRecord, BondState} from "../../interfaces/types/Stakes.sol";
import {PackedLicense} from "../license/PackedLicense.sol";
import {MarketIds} from "../market/MarketIds.sol";
import {Promises} from "./Promises.sol";

/// @notice Specified in IBonds.
contract Bonds is Promises, Multicallable {
    using SafeTransferLib for address;

    /* CONSTANTS */

    /// @notice How long buyers may ask for compensation, in seconds.
    uint256 public constant CLAIM_TIME = 90 days;

    /* IMMUTABLES */

    /// @inheritdoc IBonds
    IMarket public immutable market;

    /// @notice The market's licences.
    IModelLicense public immutable license;

    bytes32 private immutable _orders;

    /* STORAGE */

    struct Compensation {
        uint128 given;
        bool waived;
    }

    mapping(OrderId order => Compensation) private _compensations;

    /// @inheritdoc IBonds
    mapping(OrderId order => address) public insurerOf;

    /* CONSTRUCTOR */

    constructor(
        IMarket market_,
        IModelLicense license_,
        IAttestations attestations_,
        address aim_,
        address treasury_
    ) Promises(license_.registry(), attestations_, aim_, treasury_) {
        (market, license) = (market_, license_);
        _orders = market_.domain();
    }

    /* STAKE */

    /// @inheritdoc IBonds
    function post(Bond calldata bond, uint128 amount) external {
        BondId id = _requireGuarantor(bond);
        if (amount == 0) revert Bonds_NothingStaked();
        if (block.timestamp > bond.until) revert Bonds_BondOver(bond.until);
        (bool allowed,,) = market.tokenPolicy(bond.token);
        if (!allowed) revert Bonds_TokenNotAllowed(bond.token);
        if (_isConvicted(bond)) revert Bonds_VersionConvicted();

        BondRecord storage record = _bonds[id];
        if (record.state == BondState.None) {
            _requirePossible(bond, amount);
            record.state = BondState.Standing;
        } else if (record.brokenAt != 0) {
            revert Bonds_NotStanding(id);
        }
        record.stake += amount;
        emit BondPosted(id, msg.sender, bond, amount);

        uint256 before = IERC20(bond.token).balanceOf(address(this));
        bond.token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(bond.token).balanceOf(address(this)) - before;
        if (received != amount) revert Bonds_TokenShort(amount, received);
    }

    /// @inheritdoc IBonds
    function reclaim(Bond calldata bond) external {
        BondId id = _requireGuarantor(bond);
        uint16 contests = _requireStanding(id).contests;
        if (contests != 0) revert Bonds_Contested(contests);
        uint256 end = standsUntil(bond);
        if (block.timestamp <= end) revert Bonds_StakeBound(end);
        if (_isConvicted(bond)) revert Bonds_VersionConvicted();

        _end(id, bond);
    }

    /* COMPENSATION */

    /// @inheritdoc IBonds
    function compensate(Bond calldata bond, Offer calldata terms, Order calldata order) external {
        BondId id = bondIdOf(bond);
        BondRecord storage record = _bonds[id];
        if (record.state != BondState.Broken) revert Bonds_NotBroken(id);
        OrderId orderId = _orderIdOf(terms, order);
        if (
            ModelId.unwrap(terms.model) != ModelId.unwrap(bond.model)
                || terms.version != bond.version || terms.token != bond.token
        ) revert Bonds_OrderOfAnother(orderId);
        uint256 boughtAt = _requireHolder(orderId)
            - (terms.duration == 0 ? PackedLicense.ENDLESS : terms.duration);
        if (boughtAt > record.since) revert Bonds_BoughtTooLate(boughtAt, record.since);
        Compensation storage compensation = _compensations[orderId];
        if (compensation.waived) revert Bonds_Waived(orderId, insurerOf[orderId]);
        uint128 given = compensation.given;
        uint128 amount = order.price - given;
        if (amount == 0) revert Bonds_AlreadyCompensated(orderId);
        uint128 left = record.stake;
        if (left == 0) revert Bonds_NothingLeft(id);

        if (left < amount) amount = left;
        compensation.given = given + amount;
        record.stake = left - amount;
        _credit(msg.sender, 0, bond.token, amount);
        emit OrderCompensated(id, orderId, msg.sender, amount);
    }

    /// @inheritdoc IBonds
    function waive(Offer calldata terms, Order calldata order, address insurer) external {
        OrderId orderId = _orderIdOf(terms, order);
        _requireHolder(orderId);
        if (insurer == address(0)) _invalid("insurer");
        if (_compensations[orderId].waived) revert Bonds_Waived(orderId, insurerOf[orderId]);

        _compensations[orderId].waived = true;
        insurerOf[orderId] = insurer;
        emit CompensationWaived(orderId, msg.sender, insurer);
    }

    /// @inheritdoc IBonds
    function close(Bond calldata bond) external {
        BondId id = bondIdOf(bond);
        BondRecord storage record = _bonds[id];
        if (record.state != BondState.Broken) revert Bonds_NotBroken(id);
        uint256 end = record.brokenAt + CLAIM_TIME;
        if (block.timestamp <= end) revert Bonds_ClaimsOpen(end);

        _end(id, bond);
    }

    /* VIEWS */

    /// @inheritdoc IBonds
    function compensationOf(OrderId order) external view returns (uint128) {
        return _compensations[order].given;
    }

    /* PRIVATE */

    function _end(BondId id, Bond calldata bond) private {
        BondRecord storage record = _bonds[id];
        uint128 left = record.stake;
        record.state = BondState.Ended;
        record.stake = 0;
        _credit(bond.guarantor, 0, bond.token, left);
        emit BondEnded(id, left);
    }

    function _requireGuarantor(Bond calldata bond) private view returns (BondId) {
        if (msg.sender != bond.guarantor) revert Bonds_NotGuarantor(bond.guarantor);
        return bondIdOf(bond);
    }

    function _requirePossible(Bond calldata bond, uint128 amount) private view {
        if (_registry.versionDigest(bond.model, bond.version) == 0) revert Bonds_VersionUnknown();
        if (bond.suite == 0) {
            if (bond.threshold != 0 || bond.atMost || bond.minStake != 0) _invalid("suite");
        } else {
            if (bond.arbitrator == address(0)) _invalid("arbitrator");
            if (bond.minStake == 0 || bond.minStake > amount) _invalid("minStake");
        }
    }

    function _orderIdOf(Offer calldata terms, Order calldata order) private view returns (OrderId) {
        return MarketIds.orderId(_orders, MarketIds.offerId(_orders, terms), order);
    }

    /// @dev The caller holds the order's settled licence, of this last second.
    function _requireHolder(OrderId order) private view returns (uint256 time) {
        LicenseId bought = license.licenseIdOf(address(market), order);
        LicenseRecord memory record = license.recordOf(bought);
        if (record.state != LicenseState.Settled) revert Bonds_OrderNotSettled(order);
        address holder = IERC721(address(license)).ownerOf(LicenseId.unwrap(bought));
        if (msg.sender != holder) revert Bonds_NotHolder(holder);
        return record.time;
    }
}
