// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {LibString} from "solady/utils/LibString.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";

import {IHandover} from "../../interfaces/IHandover.sol";
import {IMarket} from "../../interfaces/IMarket.sol";
import {IModelLicense} from "../../interfaces/IModelLicense.sol";
import {IModelRegistry} from "../../interfaces/IModelRegistry.sol";
import {INewBusinessStop} from "../../interfaces/INewBusinessStop.sol";
import {Bps, ModelId} from "../../interfaces/types/Ids.sol";
import {Delivery, HeldKey, Passing, Point} from "../../interfaces/types/Keys.sol";
import {Version} from "../../interfaces/types/Versions.sol";
import {KeyDelivery} from "../delivery/KeyDelivery.sol";
import {KeyPassing} from "../delivery/KeyPassing.sol";
import {Ledger} from "../ledger/Ledger.sol";
import {Secp256k1} from "../libraries/Secp256k1.sol";

/// @title Keys handed over for a fee, and what is checked before money comes in
/// @notice Specified in IHandover.
abstract contract Handover is IHandover, Ledger, ReentrancyGuardTransient {
    using SafeTransferLib for address;
    using Secp256k1 for Point;

    /* CONSTANTS */

    /// @notice Least time to deliver, in seconds; as in an offer.
    uint32 public constant MIN_DELIVERY_TIME = 1 minutes;
    /// @notice Most time to deliver, in seconds.
    uint32 public constant MAX_DELIVERY_TIME = 30 days;
    /// @notice Least grace after the time to deliver, in seconds.
    uint32 public constant MIN_GRACE = 10 minutes;
    /// @notice Most grace, in seconds.
    uint32 public constant MAX_GRACE = 7 days;

    /* IMMUTABLES */

    /// @inheritdoc IHandover
    IMarket public immutable market;

    /// @inheritdoc IHandover
    IModelLicense public immutable license;

    /// @notice Says what exists, and whose royalty it is.
    IModelRegistry public immutable registry;

    /// @inheritdoc IHandover
    address public immutable treasury;

    /// @inheritdoc IHandover
    bytes32 public immutable domain = keccak256(abi.encode(block.chainid, address(this)));

    address private immutable _aim;

    /* CONSTRUCTOR */

    constructor(IMarket market_, IModelLicense license_, address treasury_) {
        if (treasury_ == address(0)) revert Handover_ZeroAddress();
        market = market_;
        license = license_;
        registry = license_.registry();
        treasury = treasury_;
        _aim = market_.aim();
    }

    /* INTERNAL: KEYS */

    /// @dev Every delivery of Secondary by a seller.
    function _verifyDelivery(
        bytes32 id,
        Point calldata line,
        Point calldata key,
        Delivery calldata delivery
    ) internal {
        KeyDelivery.verify(id, line, key, delivery);
        emit KeyDelivered(id, msg.sender, delivery.receiver, delivery.z, delivery.c, delivery.w);
    }

    /// @dev Every delivery by a holder. What terms name was proven when they were made.
    function _verifyPassing(
        bytes32 id,
        Point calldata line,
        bytes32 named,
        HeldKey calldata held,
        Point calldata key,
        Passing calldata passing
    ) internal {
        bytes32 given = KeyPassing.idOf(line, held);
        if (given != named) revert Handover_AnotherKey(given);
        KeyPassing.verify(id, line, held, key, passing);
        emit KeyPassed(id, msg.sender, passing.receiver, passing.z, passing.c, passing.w);
    }

    function _reward(address receiver, address token, uint256 fee) internal {
        _credit(receiver == address(0) ? msg.sender : receiver, 0, token, fee);
    }

    /* INTERNAL: WHAT IS CHECKED BEFORE MONEY COMES IN */

    function _requireNewBusiness() internal view {
        uint40 until = INewBusinessStop(address(market)).stoppedUntil();
        if (block.timestamp <= until) revert Handover_Stopped(until);
    }

    /// @return rate The protocol's share, by the market's policy of now.
    function _policy(address token, uint128 deliveryFee) internal view returns (Bps rate) {
        bool allowed;
        uint128 cap;
        (allowed, rate, cap) = market.tokenPolicy(token);
        if (!allowed) revert Handover_TokenNotAllowed(token);
        if (deliveryFee > cap) revert Handover_DeliveryFeeTooHigh(deliveryFee, cap);
    }

    function _checkTimes(uint32 deliveryTime, uint32 gracePeriod) internal pure {
        if (deliveryTime < MIN_DELIVERY_TIME || deliveryTime > MAX_DELIVERY_TIME) {
            _invalid("deliveryTime");
        }
        if (gracePeriod < MIN_GRACE || gracePeriod > MAX_GRACE) _invalid("gracePeriod");
    }

    /// @dev Reverts unless somebody can deliver: the seller for `key`, and for `passKey` who holds `held`, if anybody.
    function _checkPoints(bytes32 held, Point calldata key, Point calldata passed) internal pure {
        key.requirePoint();
        if (held != 0) passed.requirePoint();
        else if (passed.x | passed.y != 0) _invalid("passKey");
    }

    function _checkVersion(
        ModelId model,
        uint16 version,
        Point calldata line,
        Version calldata details,
        bytes32 parentsHash
    ) internal view {
        if (
            !registry.matches(model, version, details, parentsHash) || line.x != details.line.x
                || line.y != details.line.y
        ) revert Handover_VersionMismatch(model, version);
        if (details.scheme != KeyDelivery.SCHEME) _invalid("scheme");
        _requireNotConvicted(model, version);
    }

    function _requireNotConvicted(ModelId model, uint16 version) internal view {
        if (registry.isConvicted(model, version)) {
            revert Handover_VersionConvicted(model, version);
        }
    }

    /// @dev One place for all of them: each revert with a text takes 80 bytes of code.
    function _invalid(bytes32 field) internal pure {
        revert Handover_TermsInvalid(LibString.fromSmallString(field));
    }

    /// @dev From the caller, who shows by it that they pay. AIM is known to deliver what was sent; another token has to
    /// show it.
    function _pull(address token, uint256 total) internal {
        if (total == 0) return;
        if (token == _aim) return token.safeTransferFrom(msg.sender, address(this), total);
        uint256 before = IERC20(token).balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), total);
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        if (received != total) revert Handover_TokenShort(total, received);
    }
}
