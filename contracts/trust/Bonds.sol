// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";

import {IBonds} from "../../interfaces/IBonds.sol";
import {IMarket} from "../../interfaces/IMarket.sol";
import {IModelLicense} from "../../interfaces/IModelLicense.sol";
import {IModelRegistry} from "../../interfaces/IModelRegistry.sol";
import {Offer, Order} from "../../interfaces/types/Deals.sol";
import {LicenseId, ModelId, OrderId} from "../../interfaces/types/Ids.sol";
import {LicenseState} from "../../interfaces/types/Licenses.sol";
import {Bond, BondId, BondRecord, BondState} from "../../interfaces/types/Stakes.sol";
import {Ledger} from "../ledger/Ledger.sol";

/// @notice Specified in IBonds.
contract Bonds is IBonds, Ledger {
    using SafeTransferLib for address;

    /* CONSTANTS */

    /// @notice How long a stake stands after the end of its bond, in seconds.
    uint256 public constant AFTERMATH = 14 days;
    /// @notice How long buyers may ask for compensation, in seconds.
    uint256 public constant CLAIM_TIME = 90 days;
    /// @notice A stake divided by this goes to who proved the content wrong, and as much to the treasury.
    uint128 public constant REWARD_DIVISOR = 5;

    /* IMMUTABLES */

    /// @inheritdoc IBonds
    IMarket public immutable market;

    /// @notice The market's licences.
    IModelLicense public immutable license;

    /// @notice Who is credited with what a break takes from both sides.
    address public immutable treasury;

    /// @inheritdoc IBonds
    bytes32 public immutable domain = keccak256(abi.encode(block.chainid, address(this)));

    IModelRegistry private immutable _registry;

    /* STORAGE */

    mapping(BondId bond => BondRecord) private _bonds;

    /// @inheritdoc IBonds
    mapping(OrderId order => uint128) public compensationOf;

    /* CONSTRUCTOR */

    constructor(IMarket market_, IModelLicense license_, address treasury_) {
        (market, license, treasury) = (market_, license_, treasury_);
        _registry = license_.registry();
    }

    /* STAKE */

    /// @inheritdoc IBonds
    function post(Bond calldata bond, uint128 amount) external {
        BondId id = _requireGuarantor(bond);
        if (amount == 0) revert Bonds_NothingStaked();
        if (block.timestamp > bond.until) revert Bonds_BondOver(bond.until);
        (bool allowed,,) = market.tokenPolicy(bond.token);
        if (!allowed) revert Bonds_TokenNotAllowed(bond.token);
        if (bond.version == 0 || bond.version > _registry.versionCount(bond.model)) {
            revert Bonds_VersionUnknown();
        }
        if (_isConvicted(bond)) revert Bonds_VersionConvicted();

        BondRecord storage record = _bonds[id];
        record.state = BondState.Standing;
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
        if (_bonds[id].state != BondState.Standing) revert Bonds_NotStanding(id);
        uint256 end = bond.until + AFTERMATH;
        if (block.timestamp <= end) revert Bonds_StakeBound(end);
        if (_isConvicted(bond)) revert Bonds_VersionConvicted();

        _end(id, bond);
    }

    /* CONVICTION */

    /// @inheritdoc IBonds
    function breakByContent(Bond calldata bond) external {
        BondId id = bondIdOf(bond);
        BondRecord storage record = _bonds[id];
        if (record.state != BondState.Standing) revert Bonds_NotStanding(id);
        address claimant = _registry.convictorOf(bond.model, bond.version);
        if (claimant == address(0)) revert Bonds_VersionNotConvicted();

        uint128 reward = record.stake / REWARD_DIVISOR;
        record.state = BondState.Broken;
        record.brokenAt = uint40(block.timestamp);
        record.stake -= 2 * reward;
        _credit(claimant, 0, bond.token, reward);
        _credit(treasury, 0, bond.token, reward);
        emit BondBroken(id, claimant, reward);
    }

    /// @inheritdoc IBonds
    function compensate(Bond calldata bond, Offer calldata terms, Order calldata order) external {
        BondId id = bondIdOf(bond);
        BondRecord storage record = _bonds[id];
        if (record.state != BondState.Broken) revert Bonds_NotBroken(id);
        OrderId orderId = market.orderIdOf(market.offerIdOf(terms), order);
        if (
            ModelId.unwrap(terms.model) != ModelId.unwrap(bond.model)
                || terms.version != bond.version || terms.token != bond.token
        ) revert Bonds_OrderOfAnother(orderId);
        LicenseId bought = license.licenseIdOf(address(market), orderId);
        if (license.recordOf(bought).state != LicenseState.Settled) {
            revert Bonds_OrderNotSettled(orderId);
        }
        address holder = IERC721(address(license)).ownerOf(LicenseId.unwrap(bought));
        if (msg.sender != holder) revert Bonds_NotHolder(holder);
        uint128 amount = order.price - compensationOf[orderId];
        if (amount == 0) revert Bonds_AlreadyCompensated(orderId);
        uint128 left = record.stake;
        if (left == 0) revert Bonds_NothingLeft(id);

        if (left < amount) amount = left;
        compensationOf[orderId] += amount;
        record.stake = left - amount;
        _credit(holder, 0, bond.token, amount);
        emit OrderCompensated(id, orderId, holder, amount);
    }

    /// @inheritdoc IBonds
    function close(Bond calldata bond) external {
        BondId id = bondIdOf(bond);
        BondRecord memory record = _bonds[id];
        if (record.state != BondState.Broken) revert Bonds_NotBroken(id);
        uint256 end = record.brokenAt + CLAIM_TIME;
        if (block.timestamp <= end) revert Bonds_ClaimsOpen(end);

        _end(id, bond);
    }

    /* VIEWS */

    /// @inheritdoc IBonds
    function bondIdOf(Bond calldata bond) public view returns (BondId) {
        return BondId.wrap(keccak256(abi.encode(domain, bond)));
    }

    /// @inheritdoc IBonds
    function recordOf(BondId bond) external view returns (BondRecord memory) {
        return _bonds[bond];
    }

    /* INTERNAL */

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

    function _isConvicted(Bond calldata bond) private view returns (bool) {
        return _registry.isConvicted(bond.model, bond.version);
    }
}
