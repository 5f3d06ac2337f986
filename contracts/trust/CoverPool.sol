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

    /* IMMUTABLES */

    /// @notice The market's licences.
    IModelLicense public immutable license;

    address private immutable _market;
    bytes32 private immutable _orders;

    /* STORAGE */

    /// @inheritdoc ICoverPool
    mapping(OrderId order => mapping(BondId bond => Cover)) public coverOf;

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
        premium = _price(insured, bond, order, amount);
        if (premium > maxPremium) revert CoverPool_PremiumTooHigh(premium, maxPremium);

        uint40 start = uint40(block.timestamp + QUIET);
        coverOf[order][bond] = Cover(amount, start);
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
        amount = payoutOf(bond, terms, order);
        OrderId id = _idOf(terms, order);
        address holder = IERC721(address(license)).ownerOf(LicenseId.unwrap(_bought(id)));
        if (msg.sender != holder) revert CoverPool_NotHolder(holder);
        if (bonds.insurerOf(id) != address(this)) revert CoverPool_NotWaived(id);

        uint96 covered = uint96(coverOf[id][bond].amount);
        coverOf[id][bond].amount = 0;
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
        Insured memory insured = _insured[bond];
        LicenseState state = license.recordOf(_bought(id)).state;
        bool alive = state != LicenseState.None && state != LicenseState.Burned;
        bool same = ModelId.unwrap(terms.model) == ModelId.unwrap(insured.model)
            && terms.version == insured.version && terms.token == asset();
        if (!alive || !same) revert CoverPool_OrderUnfit(id);
        if (amount > order.price) revert CoverPool_AmountUnfit(order.price);
        return _price(insured, bond, id, amount);
    }

    /// @inheritdoc ICoverPool
    function payoutOf(BondId bond, Offer calldata terms, Order calldata order)
        public
        view
        returns (uint128)
    {
        OrderId id = _idOf(terms, order);
        if (terms.token != asset()) revert CoverPool_OrderUnfit(id);
        Cover memory bought = coverOf[id][bond];
        if (bought.amount == 0 || paidOf[id] != 0) revert CoverPool_NotCovered(id);
        uint256 end = _insured[bond].end;
        if (block.timestamp >= end) revert CoverPool_CoverEnded(end);
        BondRecord memory record = bonds.recordOf(bond);
        if (record.state != BondState.Broken) revert CoverPool_NotBroken(bond);
        if (record.since < bought.start) revert CoverPool_KnownBefore(record.since, bought.start);
        LicenseRecord memory licence = license.recordOf(_bought(id));
        if (licence.state != LicenseState.Settled) revert CoverPool_OrderNotSettled(id);
        uint256 boughtAt =
            licence.time - (terms.duration == 0 ? PackedLicense.ENDLESS : terms.duration);
        if (boughtAt > record.since) revert CoverPool_BoughtTooLate(boughtAt);
        uint128 due = order.price - bonds.compensationOf(id);
        if (due == 0) revert CoverPool_NothingDue(id);
        if (record.stake != 0) revert CoverPool_StakeLeft(record.stake);
        return uint128(FixedPointMathLib.min(due, bought.amount));
    }

    /* PRIVATE */

    /// @dev What a cover costs, where it can be had.
    function _price(Insured memory insured, BondId bond, OrderId order, uint128 amount)
        private
        view
        returns (uint256)
    {
        if (block.timestamp > insured.until) revert CoverPool_BondOver(insured.until);
        if (insured.end > block.timestamp + HORIZON) revert CoverPool_TooEarly(insured.end);
        if (insured.impaired || !_isSound(bond, insured.model, insured.version)) {
            revert CoverPool_BondInDoubt(bond);
        }
        if (coverOf[order][bond].start != 0) revert CoverPool_AlreadyCovered(order);
        if (amount == 0) revert CoverPool_NothingInsured();
        (uint256 assets, uint256 locked) = _held();
        uint256 room = _room(insured, assets, locked);
        if (amount > room) revert CoverPool_LimitReached(room);
        return _premium(insured, amount, assets, locked);
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
