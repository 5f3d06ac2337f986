// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

import {IBonds} from "../../interfaces/IBonds.sol";
import {ICoverPool} from "../../interfaces/ICoverPool.sol";
import {IModelRegistry} from "../../interfaces/IModelRegistry.sol";
import {Insured} from "../../interfaces/types/Covers.sol";
import {Bps, ModelId} from "../../interfaces/types/Ids.sol";
import {Bond, BondId, BondState} from "../../interfaces/types/Stakes.sol";
import {PoolVault} from "./PoolVault.sol";

/// @title What a pool insures: how much of which bonds, at what rate, and which of them are in doubt
/// @notice Specified in ICoverPool.
abstract contract Underwriting is PoolVault {
    using FixedPointMathLib for uint256;

    /* CONSTANTS */

    /// @notice How long depositors know of a higher limit or a lower rate before it holds, in seconds.
    uint256 public constant NOTICE_TIME = 10 days;
    /// @notice How long after a bond stands for certain its covers last at least, in seconds.
    uint256 public constant TAIL = 90 days;
    /// @notice The assets divided by this are the most that one bond's covers may come to.
    uint256 public constant SPREAD = 20;

    uint256 private constant WHOLE = 1e18;

    /* IMMUTABLES */

    /// @inheritdoc ICoverPool
    IBonds public immutable bonds;

    /// @inheritdoc ICoverPool
    address public immutable curator;

    IModelRegistry private immutable _registry;

    /* STORAGE */

    mapping(BondId bond => Insured) internal _insured;

    /// @inheritdoc ICoverPool
    mapping(ModelId model => mapping(uint16 version => BondId)) public insuredBond;

    /* CONSTRUCTOR */

    constructor(IBonds bonds_, IModelRegistry registry, address curator_) {
        (bonds, _registry, curator) = (bonds_, registry, curator_);
    }

    /* CURATOR */

    /// @inheritdoc ICoverPool
    function setLimit(Bond calldata bond, uint96 limit, Bps rate) external {
        if (msg.sender != curator) revert CoverPool_NotCurator(curator);
        if (bond.token != asset()) revert CoverPool_OtherAsset(asset());
        BondId id = bonds.bondIdOf(bond);
        _requireAlone(id, insuredBond[bond.model][bond.version]);

        Insured storage insured = _insured[id];
        (uint256 before, Bps rateBefore) = _inForce(insured);
        insured.limitBefore = uint96(FixedPointMathLib.min(before, limit));
        insured.rateBefore = Bps.unwrap(rate) > Bps.unwrap(rateBefore) ? rate : rateBefore;
        (insured.limit, insured.rate) = (limit, rate);
        insured.raisedAt = uint40(block.timestamp + NOTICE_TIME);
        (insured.model, insured.version, insured.until) = (bond.model, bond.version, bond.until);
        insured.end = uint40((bonds.standsUntil(bond) + TAIL).divUp(1 weeks) * 1 weeks);
        insuredBond[bond.model][bond.version] = id;
        emit LimitSet(id, limit, rate, insured.raisedAt, insured.end);
    }

    /* DOUBT */

    /// @inheritdoc ICoverPool
    function impair(BondId bond) external {
        (bool impairable,) = doubtOf(bond);
        if (!impairable) revert CoverPool_NothingInDoubt(bond);

        Insured storage insured = _insured[bond];
        insured.impaired = true;
        _impaired += insured.exposure;
        emit BondImpaired(bond, insured.exposure);
    }

    /// @inheritdoc ICoverPool
    function restore(BondId bond) external {
        (, bool restorable) = doubtOf(bond);
        if (!restorable) revert CoverPool_NothingToRestore(bond);

        Insured storage insured = _insured[bond];
        insured.impaired = false;
        _impaired -= insured.exposure;
        emit BondRestored(bond, insured.exposure);
    }

    /* VIEWS */

    /// @inheritdoc ICoverPool
    function doubtOf(BondId bond) public view returns (bool impairable, bool restorable) {
        Insured memory insured = _insured[bond];
        bool locked = insured.exposure != 0 && block.timestamp < insured.end;
        // An ended bond takes nothing more, whatever is found of its version.
        bool doubtful = locked && !_isSound(bond, insured.model, insured.version)
            && bonds.recordOf(bond).state != BondState.Ended;
        return (doubtful && !insured.impaired, !doubtful && insured.impaired);
    }

    /// @inheritdoc ICoverPool
    function premiumOf(BondId bond, uint256 amount) external view returns (uint256) {
        (uint256 assets, uint256 locked) = _held();
        Insured memory insured = _insured[bond];
        return _premium(insured, amount, assets, locked);
    }

    /// @inheritdoc ICoverPool
    function roomFor(BondId bond) external view returns (uint256) {
        (uint256 assets, uint256 locked) = _held();
        Insured memory insured = _insured[bond];
        return _room(insured, assets, locked);
    }

    /// @inheritdoc ICoverPool
    function termsOf(BondId bond) external view returns (Insured memory) {
        return _insured[bond];
    }

    /* INTERNAL */

    /// @dev Whether the bond stands and nothing is known that would break it.
    function _isSound(BondId bond, ModelId model, uint16 version) internal view returns (bool) {
        return bonds.stands(bond) && !_registry.isConvicted(model, version);
    }

    function _room(Insured memory insured, uint256 assets, uint256 locked)
        internal
        view
        returns (uint256)
    {
        (uint256 limit,) = _inForce(insured);
        uint256 most = limit.min(assets / SPREAD);
        return most.zeroFloorSub(insured.exposure).min(assets - locked);
    }

    function _premium(Insured memory insured, uint256 amount, uint256 assets, uint256 locked)
        internal
        view
        returns (uint256)
    {
        (, Bps rate) = _inForce(insured);
        uint256 used = (locked + amount).fullMulDivUp(WHOLE, assets.max(1));
        uint256 simple =
            amount * Bps.unwrap(rate) * uint256(insured.end).zeroFloorSub(block.timestamp);
        return simple.fullMulDivUp(WHOLE + 4 * used * used / WHOLE, WHOLE * 10_000 * 365 days);
    }

    /* PRIVATE */

    /// @dev Limit and rate that hold now.
    function _inForce(Insured memory insured) private view returns (uint256, Bps) {
        bool raised = block.timestamp >= insured.raisedAt;
        return raised ? (insured.limit, insured.rate) : (insured.limitBefore, insured.rateBefore);
    }

    /// @dev The pool stands behind no other bond of the version.
    function _requireAlone(BondId bond, BondId other) private view {
        if (BondId.unwrap(bond) == BondId.unwrap(other)) return;
        Insured memory insured = _insured[other];
        bool locked = insured.exposure != 0 && block.timestamp < insured.end;
        if (locked || insured.limit != 0) revert CoverPool_OtherBond(other);
    }
}
