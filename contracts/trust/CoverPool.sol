// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";

import {IBonds} from "../../interfaces/IBonds.sol";
import {ICoverPool} from "../../interfaces/ICoverPool.sol";
import {IModelLicense} from "../../interfaces/IModelLicense.sol";
import {Cover, Insured} from "../../interfaces/types/Covers.sol";
import {Offer, Order} from "../../interfaces/types/Deals.sol";
import {LicenseId, ModelId, OrderId} from "../../interfaces/types/Ids.sol";
import {LicenseRecord, LicenseState} from "../../interfaces/types/Licenses.sol";
import {BondId, BondRecord, BondState} from "../../interfaces/types/Stakes.sol";
import {PackedLicense} from "../license/PackedLicense.sol";
import {MarketIds} from "../market/MarketIds.sol";
import {PoolVault} from "./PoolVault.sol";
import {Underwriting} from "./Underwriting.sol";

/// @notice Specified in ICoverPool.
contract CoverPool is Underwriting {
    using SafeTransferLib for address;

    /* CONSTANTS */

    /// @notice How long after its purchase a cover begins to count, in seconds.
    uint256 public constant QUIET = 3 days;
    /// @notice How long after its purchase an order may be insured, in seconds: later its holder may know what nobody else does.
    uint256 public constant ENTRY_TIME = 7 days;

    /* IMMUTABLES */

    /// @notice The market's licences.
    IModelLicense public immutable license;

    address private immutable _market;
    bytes32 private immutable _orders;

    /* STORAGE */

    /// @inheritdoc ICoverPool
    mapping(OrderId order => mapping(BondId bond => mapping(address buyer => Cover))) public
        coverOf;

    /// @inheritdoc ICoverPool
    mapping(OrderId order => uint128) public paidOf;

    /* CONSTRUCTOR */

    constructor(
        IBonds bonds_,
        IModelLicense license_,
        address asset_,
        address curator_,
        string memory name_,
        string memory symbol_
    )
        PoolVault(asset_, asset_ != bonds_.market().aim(), name_, symbol_)
        Underwriting(bonds_, license_.registry(), curator_)
    {
        license = license_;
        (_market, _orders) = (address(bonds_.market()), bonds_.market().domain());
    }

    /* COVER */

    /// @inheritdoc ICoverPool
    function cover(BondId bond, OrderId order, uint128 amount, uint256 maxPremium)
        external
        returns (uint256 premium)
    {
        Insured memory insured = _insured[bond];
        if (coverOf[order][bond][msg.sender].start != 0) revert CoverPool_AlreadyCovered(order);
        premium = _price(insured, bond, amount);
        if (premium > maxPremium) revert CoverPool_PremiumTooHigh(premium, maxPremium);

        uint40 start = uint40(block.timestamp + QUIET);
        coverOf[order][bond][msg.sender] = Cover(amount, start);
        _insured[bond].exposure = insured.exposure + uint96(amount);
        _lock(insured.end, amount, premium);
        emit CoverBought(order, bond, msg.sender, amount, premium, start);

        _take(msg.sender, premium);
    }

    /// @inheritdoc ICoverPool
    function claim(BondId bond, Offer calldata terms, Order calldata order)
        external
        returns (uint128 amount)
    {
        OrderId id;
        address holder;
        (id, holder, amount) = _payout(bond, terms, order);
        if (msg.sender != holder) revert CoverPool_NotHolder(holder);
        if (bonds.insurerOf(id) != address(this)) revert CoverPool_NotWaived(id);

        Cover storage bought = coverOf[id][bond][holder];
        uint96 covered = uint96(bought.amount);
        bought.amount = 0;
        paidOf[id] = amount;
        _free(bond, covered, amount);
        emit CoverPaid(id, bond, holder, amount);

        asset().safeTransfer(holder, amount);
    }

    /// @inheritdoc ICoverPool
    function release(BondId bond) external {
        Insured storage insured = _insured[bond];
        uint96 exposure = insured.exposure;
        bool locked = exposure != 0 && block.timestamp < insured.end;
        if (!locked || bonds.recordOf(bond).state != BondState.Ended) {
            revert CoverPool_NothingToRelease(bond);
        }

        _free(bond, exposure, 0);
        emit CapitalReleased(bond, exposure);
    }

    /* VIEWS */

    /// @inheritdoc ICoverPool
    function quote(BondId bond, Offer calldata terms, Order calldata order, uint128 amount)
        external
        view
        returns (uint256)
    {
        OrderId id = _idOf(terms, order);
        Insured storage insured = _insured[bond];
        _requireOf(insured, terms, id);
        LicenseRecord memory licence = license.recordOf(_bought(id));
        if (licence.state == LicenseState.None || licence.state == LicenseState.Burned) {
            revert CoverPool_OrderUnfit(id);
        }
        uint256 boughtAt = _boughtAt(licence, terms.duration);
        if (block.timestamp > boughtAt + ENTRY_TIME) revert CoverPool_InsuredTooLate(boughtAt);
        if (amount > order.price) revert CoverPool_AmountUnfit(order.price);
        return _price(insured, bond, amount);
    }

    /// @inheritdoc ICoverPool
    function payoutOf(BondId bond, Offer calldata terms, Order calldata order)
        external
        view
        returns (uint128 amount)
    {
        (,, amount) = _payout(bond, terms, order);
    }

    /* PRIVATE */

    /// @dev Whom a cover of the order pays now, and how much.
    function _payout(BondId bond, Offer calldata terms, Order calldata order)
        private
        view
        returns (OrderId id, address holder, uint128 amount)
    {
        id = _idOf(terms, order);
        Insured storage insured = _insured[bond];
        _requireOf(insured, terms, id);
        LicenseRecord memory licence = license.recordOf(_bought(id));
        if (licence.state != LicenseState.Settled) revert CoverPool_OrderNotSettled(id);
        holder = IERC721(address(license)).ownerOf(LicenseId.unwrap(_bought(id)));
        Cover memory bought = coverOf[id][bond][holder];
        if (bought.amount == 0 || paidOf[id] != 0) revert CoverPool_NotCovered(id);
        if (block.timestamp >= insured.end) revert CoverPool_CoverEnded(insured.end);
        BondRecord memory record = bonds.recordOf(bond);
        if (record.state != BondState.Broken) revert CoverPool_NotBroken(bond);
        if (record.since < bought.start) revert CoverPool_KnownBefore(record.since, bought.start);
        uint256 boughtAt = _boughtAt(licence, terms.duration);
        if (boughtAt > record.since) revert CoverPool_BoughtTooLate(boughtAt);
        if (bought.start > boughtAt + QUIET + ENTRY_TIME) {
            revert CoverPool_InsuredTooLate(boughtAt);
        }
        uint128 due = order.price - bonds.compensationOf(id);
        if (due == 0) revert CoverPool_NothingDue(id);
        if (record.stake != 0) revert CoverPool_StakeLeft(record.stake);
        amount = uint128(FixedPointMathLib.min(due, bought.amount));
    }

    /// @dev What a cover costs, where it can be had.
    function _price(Insured memory insured, BondId bond, uint128 amount)
        private
        view
        returns (uint256)
    {
        if (block.timestamp > insured.until) revert CoverPool_BondOver(insured.until);
        if (insured.end > block.timestamp + HORIZON) revert CoverPool_TooEarly(insured.end);
        if (insured.impaired || !_isSound(bond, insured.model, insured.version)) {
            revert CoverPool_BondInDoubt(bond);
        }
        if (amount == 0) revert CoverPool_NothingInsured();
        (uint256 assets, uint256 locked) = _held();
        uint256 room = _room(insured, assets, locked);
        if (amount > room) revert CoverPool_LimitReached(room);
        return _premium(insured, amount, assets, locked);
    }

    /// @dev The order is of the version that is insured, and paid in the pool's asset.
    function _requireOf(Insured storage insured, Offer calldata terms, OrderId order) private view {
        bool same = ModelId.unwrap(terms.model) == ModelId.unwrap(insured.model)
            && terms.version == insured.version && terms.token == asset();
        if (!same) revert CoverPool_OrderUnfit(order);
    }

    /// @dev Of a licence with an end, when its present period began.
    function _boughtAt(LicenseRecord memory licence, uint32 duration)
        private
        pure
        returns (uint256)
    {
        if (licence.state == LicenseState.Pending) return licence.time;
        return licence.time - (duration == 0 ? PackedLicense.ENDLESS : duration);
    }

    /// @dev So much less is insured of the bond, of which `paid` was paid.
    function _free(BondId bond, uint96 amount, uint256 paid) private {
        Insured storage insured = _insured[bond];
        insured.exposure -= amount;
        if (insured.impaired) _impaired -= amount;
        _unlock(insured.end, amount, paid);
    }

    function _idOf(Offer calldata terms, Order calldata order) private view returns (OrderId) {
        return MarketIds.orderId(_orders, MarketIds.offerId(_orders, terms), order);
    }

    /// @dev As the licence contract names it.
    function _bought(OrderId order) private view returns (LicenseId) {
        return LicenseId.wrap(uint256(keccak256(abi.encode(_market, order))));
    }
}
