// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Multicallable} from "solady/utils/Multicallable.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";

import {IArbitrable} from "../../interfaces/IArbitrable.sol";
import {IArbitrator} from "../../interfaces/IArbitrator.sol";
import {ICourt} from "../../interfaces/ICourt.sol";
import {IRandomness} from "../../interfaces/IRandomness.sol";
import {DisputeRecord, Phase, SeatRecord} from "../../interfaces/types/Courts.sol";
import {Ballots} from "./Ballots.sol";
import {Jurors} from "./Jurors.sol";

/// @notice Specified in ICourt.
contract Court is Ballots, Multicallable {
    using SafeTransferLib for address payable;

    /* CONSTANTS */

    /// @notice How long jurors may reveal, in seconds.
    uint40 public constant REVEAL_TIME = 2 days;
    /// @notice How long a ruling that is not the last round's may be appealed, in seconds.
    uint40 public constant APPEAL_TIME = 2 days;

    /// @notice What a juror loses of the stake who is not coherent: one part of so many.
    uint256 public constant LOST_PART = 2;

    /* STORAGE */

    /// @inheritdoc ICourt
    uint256 public disputes;

    /* CONSTRUCTOR */

    constructor(
        address aim_,
        IRandomness randomness_,
        address treasury_,
        uint256 stake_,
        uint256 fee_
    ) Jurors(aim_, randomness_, treasury_, stake_, fee_) {}

    /* DISPUTES */

    /// @inheritdoc IArbitrator
    /// @dev Also where there are no seats: who could not open a dispute could not oppose a claim.
    function createDispute(uint256 choices, bytes calldata)
        external
        payable
        returns (uint256 disputeId)
    {
        _requireFee(_jurorsOf(1) * fee);
        if (choices > MOST_CHOICES) choices = MOST_CHOICES;

        disputeId = ++disputes;
        DisputeRecord storage record = _dockets[disputeId].record;
        (record.arbitrable, record.choices, record.round) = (msg.sender, uint8(choices), 1);
        emit DisputeCreation(disputeId, msg.sender);
        _enqueue(disputeId, record);
    }

    /// @inheritdoc IArbitrator
    function appeal(uint256 disputeId, bytes calldata) external payable {
        DisputeRecord storage record = _dockets[disputeId].record;
        uint256 cost = _appealCost(record);
        if (cost == type(uint256).max) revert Court_NotAppealable(disputeId);
        if (msg.sender != record.arbitrable) revert Court_NotArbitrable(record.arbitrable);
        _requireFee(cost);

        uint8 round = ++record.round;
        emit RulingAppealed(disputeId, round);
        _enqueue(disputeId, record);
    }

    /// @inheritdoc ICourt
    function execute(uint256 disputeId) external {
        DisputeRecord storage record = _dockets[disputeId].record;
        if (record.phase != Phase.Over) revert Court_OtherPhase(disputeId, record.phase);
        record.phase = Phase.Executed;
        emit DisputeExecuted(disputeId, record.ruling);

        IArbitrable(record.arbitrable).rule(disputeId, record.ruling);
    }

    /* END */

    /// @inheritdoc ICourt
    function advance(uint256 disputeId) external {
        DisputeRecord storage record = _dockets[disputeId].record;
        Phase phase = record.phase;
        uint8 round = record.round;
        bool done;
        if (phase == Phase.Commit) done = record.committed == _jurorsOf(round);
        else if (phase == Phase.Reveal) done = record.committed == _revealed(record, round);
        else if (phase != Phase.Appeal) revert Court_OtherPhase(disputeId, phase);
        if (!done && block.timestamp <= record.phaseEnd) revert Court_TooEarly(record.phaseEnd);

        if (phase == Phase.Commit) return _begin(disputeId, record, Phase.Reveal, REVEAL_TIME);
        if (phase == Phase.Reveal) record.ruling = _outcome(record);
        if (phase == Phase.Reveal && round < ROUNDS) {
            return _begin(disputeId, record, Phase.Appeal, APPEAL_TIME);
        }
        _finish(disputeId, record);
    }

    /// @inheritdoc ICourt
    function collect(uint256 disputeId, uint256 seat) external {
        DisputeRecord storage record = _dockets[disputeId].record;
        if (record.phase < Phase.Over) revert Court_OtherPhase(disputeId, record.phase);
        SeatRecord memory drawn = _dockets[disputeId].seats[seat];
        if (drawn.juror == address(0)) revert Court_NothingToCollect(seat);
        delete _dockets[disputeId].seats[seat];

        uint256 ruling = record.ruling;
        bool coherent = drawn.vote != 0 && (ruling == 0 || drawn.vote == ruling + 1);
        uint256 toJuror = stake - stake / LOST_PART;
        uint256 fees;
        if (coherent) {
            (uint256 sharers, uint256 lost, uint256 paid) = _sharedIn(record, _roundOf(seat));
            (toJuror, fees) = (lost / sharers, paid / sharers);
            etherOwed[drawn.juror] += fees;
            _seat(drawn.juror);
        }
        _credit(drawn.juror, 0, aim, toJuror);
        emit SeatCollected(disputeId, drawn.juror, seat, toJuror, fees, coherent);
    }

    /// @inheritdoc ICourt
    function withdrawEther(address payable to) external returns (uint256 amount) {
        if (to == address(0)) revert Ledger_ZeroReceiver();
        amount = etherOwed[msg.sender];
        if (amount == 0) revert Court_NothingOwed(msg.sender);

        etherOwed[msg.sender] = 0;
        emit EtherWithdrawn(msg.sender, to, amount);

        to.safeTransferETH(amount);
    }

    /* VIEWS */

    /// @inheritdoc IArbitrator
    function arbitrationCost(bytes calldata) external view returns (uint256) {
        return _jurorsOf(1) * fee;
    }

    /// @inheritdoc IArbitrator
    function appealCost(uint256 disputeId, bytes calldata) external view returns (uint256) {
        return _appealCost(_dockets[disputeId].record);
    }

    /// @inheritdoc IArbitrator
    function appealPeriod(uint256 disputeId) external view returns (uint256 start, uint256 end) {
        DisputeRecord storage record = _dockets[disputeId].record;
        if (record.phase != Phase.Appeal) return (0, 0);
        return (record.phaseEnd - APPEAL_TIME, record.phaseEnd);
    }

    /// @inheritdoc IArbitrator
    function disputeStatus(uint256 disputeId) external view returns (DisputeStatus) {
        DisputeRecord storage record = _dockets[disputeId].record;
        if (record.phase < Phase.Appeal) return DisputeStatus.Waiting;
        bool open = record.phase == Phase.Appeal && block.timestamp <= record.phaseEnd;
        return open ? DisputeStatus.Appealable : DisputeStatus.Solved;
    }

    /// @inheritdoc IArbitrator
    function currentRuling(uint256 disputeId) external view returns (uint256) {
        return _dockets[disputeId].record.ruling;
    }

    /// @inheritdoc ICourt
    function disputeOf(uint256 disputeId) external view returns (DisputeRecord memory) {
        return _dockets[disputeId].record;
    }

    /// @inheritdoc ICourt
    function seatOf(uint256 disputeId, uint256 seat) external view returns (SeatRecord memory) {
        return _dockets[disputeId].seats[seat];
    }

    /* INTERNAL */

    /// @inheritdoc Jurors
    function _finish(uint256 disputeId, DisputeRecord storage record) internal override {
        uint256 lost;
        uint256 fees;
        for (uint8 round = 1; round <= record.round; ++round) {
            (uint256 sharers, uint256 stakes, uint256 paid) = _sharedIn(record, round);
            lost += sharers == 0 ? stakes : stakes % sharers;
            fees += sharers == 0 ? paid : paid % sharers;
        }
        _credit(treasury, 0, aim, lost);
        etherOwed[treasury] += fees;
        _begin(disputeId, record, Phase.Over, 0);
    }

    /* PRIVATE */

    /// @dev How many share what of a round, once the ruling is final: what others lost, and what was paid for all.
    function _sharedIn(DisputeRecord storage record, uint8 round)
        private
        view
        returns (uint256 sharers, uint256 stakes, uint256 paid)
    {
        uint8 ruling = record.ruling;
        uint256 all = _jurorsOf(round);
        sharers = ruling == 0 ? _revealed(record, round) : _votesFor(record, round, ruling);
        (stakes, paid) = ((all - sharers) * (stake / LOST_PART), all * fee);
    }

    /// @dev More than there is where no appeal is possible.
    function _appealCost(DisputeRecord storage record) private view returns (uint256) {
        bool open = record.phase == Phase.Appeal && block.timestamp <= record.phaseEnd;
        return open ? _jurorsOf(record.round + 1) * fee : type(uint256).max;
    }

    function _requireFee(uint256 cost) private view {
        if (msg.value != cost) revert Court_NotTheFee(cost, msg.value);
    }
}
