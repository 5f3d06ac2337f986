// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LibString} from "solady/utils/LibString.sol";

import {IAdjudicated} from "../../interfaces/IAdjudicated.sol";
import {IAttestations} from "../../interfaces/IAttestations.sol";
import {IBonds} from "../../interfaces/IBonds.sol";
import {IModelRegistry} from "../../interfaces/IModelRegistry.sol";
import {Result, ResultId, ResultState} from "../../interfaces/types/Attestations.sol";
import {Ruling} from "../../interfaces/types/Deals.sol";
import {Bond, BondId, BondRecord, BondState, Breach} from "../../interfaces/types/Stakes.sol";
import {Version} from "../../interfaces/types/Versions.sol";
import {Ledger} from "../ledger/Ledger.sol";

/// @title What bonds promise, and what breaks that
/// @notice Specified in IBonds.
abstract contract Promises is IBonds, Ledger {
    /* CONSTANTS */

    /// @dev abi.encode(Bond, holds): 11 words and one, all static.
    uint256 private constant COUNT_AT = 11 * 32;

    /// @notice How long a stake stands after the end of its bond, in seconds.
    uint256 public constant AFTERMATH = 14 days;
    /// @notice Longest time in which a held bond waits for a ruling, in seconds.
    uint256 public constant MAX_HOLD = 90 days;
    /// @notice How long before the break a result counts as known that was not held against the bond, in seconds. So nobody
    /// excludes buyers by one that they keep to themselves.
    uint256 public constant NOTICE = 7 days;
    /// @notice A stake divided by this goes to who showed the breach, and as much is burned.
    uint128 public constant REWARD_DIVISOR = 5;
    /// @notice Whose credit in AIM is nobody's.
    address public constant NOBODY = 0x000000000000000000000000000000000000dEaD;

    /* IMMUTABLES */

    /// @inheritdoc IBonds
    IAttestations public immutable attestations;

    /// @notice The token of which a breach burns a fifth.
    address public immutable aim;

    /// @notice Who is credited with that fifth of other tokens.
    address public immutable treasury;

    /// @inheritdoc IBonds
    bytes32 public immutable domain = keccak256(abi.encode(block.chainid, address(this)));

    IModelRegistry internal immutable _registry;

    /* STORAGE */

    mapping(BondId bond => BondRecord) internal _bonds;

    /// @inheritdoc IBonds
    mapping(BondId bond => mapping(ResultId result => uint40)) public contestedAt;

    /* CONSTRUCTOR */

    constructor(
        IModelRegistry registry,
        IAttestations attestations_,
        address aim_,
        address treasury_
    ) {
        (_registry, attestations) = (registry, attestations_);
        (aim, treasury) = (aim_, treasury_);
    }

    /* BREACH */

    /// @inheritdoc IBonds
    function breakByContent(Bond calldata bond) external {
        address claimant = _registry.convictorOf(bond.model, bond.version);
        if (claimant == address(0)) revert Bonds_VersionNotConvicted();
        _break(bond, Breach.Content, claimant, block.timestamp);
    }

    /// @inheritdoc IBonds
    function contest(
        Bond calldata bond,
        Version calldata details,
        bytes32 parentsHash,
        Result calldata result
    ) external {
        (BondId id, ResultId resultId) = _requireWorse(bond, details, parentsHash, result);
        BondRecord storage record = _requireStanding(id);
        _requireBound(bond);
        if (contestedAt[id][resultId] != 0) revert Bonds_AlreadyContested();
        ResultState state = attestations.resultOf(resultId).state;
        if (state != ResultState.Posted && state != ResultState.Held) {
            revert Bonds_ResultNotPending();
        }

        contestedAt[id][resultId] = uint40(block.timestamp);
        record.contests += 1;
        emit BondContested(id, resultId, result.evaluator);
    }

    /// @inheritdoc IBonds
    function dismiss(Bond calldata bond, Result calldata result) external {
        BondId id = bondIdOf(bond);
        ResultId resultId = attestations.resultIdOf(result);
        bool expired = result.expiresAt != 0 && block.timestamp > result.expiresAt;
        bool over = expired || attestations.resultOf(resultId).state == ResultState.Voided;
        if (!over || contestedAt[id][resultId] == 0) revert Bonds_NothingToDismiss();

        delete contestedAt[id][resultId];
        _bonds[id].contests -= 1;
        emit ContestDismissed(id, resultId);
    }

    /// @inheritdoc IBonds
    function breakByScore(
        Bond calldata bond,
        Version calldata details,
        bytes32 parentsHash,
        Result calldata result
    ) external {
        (BondId id, ResultId resultId) = _requireWorse(bond, details, parentsHash, result);
        (bool shown, uint256 since) = attestations.stands(result);
        if (!shown) revert Bonds_ResultNotStanding();

        uint256 contested = contestedAt[id][resultId];
        uint256 notice = block.timestamp - NOTICE;
        if (contested != 0) since = contested;
        else if (since < notice) since = notice;
        _break(bond, Breach.Score, result.evaluator, since);
    }

    /* ADJUDICATION */

    /// @inheritdoc IAdjudicated
    function hold(bytes calldata what, address claimant) external {
        (Bond calldata bond, uint256 count) = _adjudicated(what);
        BondId id = bondIdOf(bond);
        BondRecord storage record = _requireStanding(id);
        if (count != record.holds) revert Bonds_HoldsDiffer(record.holds);
        _requireBound(bond);

        (record.state, record.since) = (BondState.Held, uint40(block.timestamp));
        (record.holds, record.claimant) = (record.holds + 1, claimant);
        emit BondHeld(id, claimant, block.timestamp + MAX_HOLD);
    }

    /// @inheritdoc IAdjudicated
    function resolve(bytes calldata what, Ruling ruling) external {
        (Bond calldata bond, uint256 count) = _adjudicated(what);
        BondId id = bondIdOf(bond);
        BondRecord storage record = _bonds[id];
        if (_stateOf(record) != BondState.Held || count + 1 != record.holds) {
            revert Bonds_NotHeld(id);
        }
        if (ruling == Ruling.Upheld) {
            return _break(bond, Breach.Rights, record.claimant, record.since);
        }
        record.state = BondState.Standing;
        emit BondReleased(id, ruling);
    }

    /* VIEWS */

    /// @inheritdoc IBonds
    function standsUntil(Bond calldata bond) public pure returns (uint256) {
        return bond.until + AFTERMATH;
    }

    /// @inheritdoc IBonds
    function bondIdOf(Bond calldata bond) public view returns (BondId) {
        return BondId.wrap(keccak256(abi.encode(domain, bond)));
    }

    /// @inheritdoc IBonds
    function recordOf(BondId bond) external view returns (BondRecord memory record) {
        record = _bonds[bond];
        record.state = _stateOf(_bonds[bond]);
    }

    /// @inheritdoc IBonds
    function stands(BondId bond) external view returns (bool) {
        BondRecord storage record = _bonds[bond];
        return record.contests == 0 && _stateOf(record) == BondState.Standing;
    }

    /* INTERNAL */

    function _requireStanding(BondId id) internal view returns (BondRecord storage record) {
        record = _bonds[id];
        if (_stateOf(record) != BondState.Standing) revert Bonds_NotStanding(id);
    }

    function _isConvicted(Bond calldata bond) internal view returns (bool) {
        return _registry.isConvicted(bond.model, bond.version);
    }

    function _invalid(bytes32 field) internal pure {
        revert Bonds_TermsInvalid(LibString.fromSmallString(field));
    }

    /* PRIVATE */

    function _break(Bond calldata bond, Breach how, address claimant, uint256 since) private {
        BondId id = bondIdOf(bond);
        BondRecord storage record = _bonds[id];
        if (record.state != BondState.Standing && record.state != BondState.Held) {
            revert Bonds_NotStanding(id);
        }

        uint128 reward = record.stake / REWARD_DIVISOR;
        record.state = BondState.Broken;
        (record.since, record.brokenAt) = (uint40(since), uint40(block.timestamp));
        record.stake -= 2 * reward;
        _credit(claimant, 0, bond.token, reward);
        _credit(bond.token == aim ? NOBODY : treasury, 0, bond.token, reward);
        emit BondBroken(id, claimant, how, reward, uint40(since));
    }

    /// @dev The result is what the bond counts, and worse than it promises, whether it stands or not.
    function _requireWorse(
        Bond calldata bond,
        Version calldata details,
        bytes32 parentsHash,
        Result calldata result
    ) private view returns (BondId, ResultId) {
        if (!_registry.matches(bond.model, bond.version, details, parentsHash)) {
            revert Bonds_VersionDiffers();
        }
        if (bond.suite == 0 || result.suite != bond.suite) _unfit("suite");
        if (result.root != details.plaintextRoot) _unfit("root");
        if (result.token != bond.token) _unfit("token");
        if (result.stake < bond.minStake) _unfit("stake");
        if (result.arbitrator != bond.arbitrator) _unfit("arbitrator");
        bool kept = bond.atMost ? result.value <= bond.threshold : result.value >= bond.threshold;
        if (kept) revert Bonds_ScoreKept(result.value, bond.threshold);
        return (bondIdOf(bond), attestations.resultIdOf(result));
    }

    function _requireBound(Bond calldata bond) private view {
        uint256 end = standsUntil(bond);
        if (block.timestamp > end) revert Bonds_ClaimTooLate(end);
    }

    /// @dev The bond of an adjudicator, which must be the bond's own, and what it counts.
    function _adjudicated(bytes calldata what)
        private
        view
        returns (Bond calldata bond, uint256 count)
    {
        if (what.length != COUNT_AT + 32) _invalid("data");
        assembly ("memory-safe") {
            bond := what.offset
        }
        count = uint256(bytes32(what[COUNT_AT:]));
        if (bond.suite != 0 || msg.sender != bond.arbitrator) {
            revert Bonds_NotArbitrator(msg.sender);
        }
    }

    /// @dev A hold runs out by itself.
    function _stateOf(BondRecord storage record) private view returns (BondState state) {
        state = record.state;
        if (state == BondState.Held && block.timestamp > record.since + MAX_HOLD) {
            return BondState.Standing;
        }
    }

    function _unfit(bytes32 field) private pure {
        revert Bonds_ResultUnfit(LibString.fromSmallString(field));
    }
}
