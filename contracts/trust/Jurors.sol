// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";

import {ICourt} from "../../interfaces/ICourt.sol";
import {IRandomness} from "../../interfaces/IRandomness.sol";
import {DisputeRecord, Phase, SeatRecord} from "../../interfaces/types/Courts.sol";
import {Ledger} from "../ledger/Ledger.sol";

/// @notice Who may be drawn, who waits for a draw, and the draw. Specified in ICourt.
abstract contract Jurors is ICourt, Ledger {
    using SafeTransferLib for address;

    /// @dev All that belongs to a dispute.
    struct Docket {
        DisputeRecord record;
        mapping(uint256 seat => SeatRecord) seats;
    }

    /* CONSTANTS */

    /// @notice How many rounds a dispute has at most.
    uint8 public constant ROUNDS = 3;
    /// @notice How long a round that nobody draws, or for which there are too few seats, is given new ticks, in seconds.
    uint40 public constant DRAW_TIME = 10 days;
    /// @notice How long jurors may commit, in seconds.
    uint40 public constant COMMIT_TIME = 2 days;

    /* IMMUTABLES */

    /// @inheritdoc ICourt
    address public immutable aim;

    /// @inheritdoc ICourt
    IRandomness public immutable randomness;

    /// @inheritdoc ICourt
    address public immutable treasury;

    /// @inheritdoc ICourt
    uint256 public immutable stake;

    /// @inheritdoc ICourt
    uint256 public immutable fee;

    /* STORAGE */

    mapping(uint256 disputeId => Docket) internal _dockets;

    /// @inheritdoc ICourt
    mapping(address payee => uint256) public etherOwed;

    address[] private _seats;

    mapping(uint256 place => uint256 disputeId) private _line;
    uint128 private _first;
    uint128 private _end;

    /* CONSTRUCTOR */

    constructor(
        address aim_,
        IRandomness randomness_,
        address treasury_,
        uint256 stake_,
        uint256 fee_
    ) {
        if (address(randomness_).code.length == 0) {
            revert Court_ArgumentInvalid("randomness");
        }
        if (treasury_ == address(0)) revert Court_ArgumentInvalid("treasury");
        (aim, randomness, treasury, stake, fee) = (aim_, randomness_, treasury_, stake_, fee_);
    }

    /* SEATS */

    /// @inheritdoc ICourt
    function join(uint256 count) external {
        _requireThawed();
        for (uint256 i; i < count; ++i) {
            _seats.push(msg.sender);
        }
        emit SeatsTaken(msg.sender, count);

        aim.safeTransferFrom(msg.sender, address(this), count * stake);
    }

    /// @inheritdoc ICourt
    function resign(uint256[] calldata indices) external {
        _requireThawed();
        for (uint256 i; i < indices.length; ++i) {
            address juror = indices[i] < _seats.length ? _take(indices[i]) : address(0);
            if (juror != msg.sender) revert Court_NotYourSeat(indices[i], juror);
        }
        _credit(msg.sender, 0, aim, indices.length * stake);
        emit SeatsLeft(msg.sender, indices.length);
    }

    /* DRAW */

    /// @inheritdoc ICourt
    /// @dev In the order of opening, so that nobody chooses which dispute meets which seats.
    function draw(bytes calldata proof) external {
        uint256 disputeId = front();
        if (disputeId == 0) revert Court_NothingToDraw();
        delete _line[_first++];
        DisputeRecord storage record = _dockets[disputeId].record;
        if (randomness.expired(record.tick)) return _postpone(disputeId, record);
        bytes32 value = randomness.valueOf(record.tick, proof);
        uint256 count = _jurorsOf(record.round);
        if (count > _seats.length) return _postpone(disputeId, record);

        _begin(disputeId, record, Phase.Commit, COMMIT_TIME);
        uint256 seat = _firstSeatOf(record.round);
        for (uint256 end = seat + count; seat < end; ++seat) {
            uint256 index = uint256(keccak256(abi.encode(value, disputeId, seat))) % _seats.length;
            address juror = _take(index);
            _dockets[disputeId].seats[seat].juror = juror;
            emit JurorDrawn(disputeId, juror, seat);
        }
    }

    /* VIEWS */

    /// @inheritdoc ICourt
    function front() public view returns (uint256) {
        return _line[_first];
    }

    /// @inheritdoc ICourt
    function seats() external view returns (uint256) {
        return _seats.length;
    }

    /// @inheritdoc ICourt
    function jurors(uint256 from, uint256 count) external view returns (address[] memory list) {
        uint256 there = _seats.length;
        if (from >= there) return list;
        if (count > there - from) count = there - from;
        list = new address[](count);
        for (uint256 i; i < count; ++i) {
            list[i] = _seats[from + i];
        }
    }

    /* INTERNAL */

    /// @dev A dispute that waits for a draw, at the end of the line: its tick is no lower than any before it.
    function _enqueue(uint256 disputeId, DisputeRecord storage record) internal {
        (record.phase, record.committed) = (Phase.Draw, 0);
        record.phaseEnd = uint40(block.timestamp) + DRAW_TIME;
        _schedule(disputeId, record);
    }

    /// @dev A seat is drawn again; where another came of it, it would choose jurors: not while a draw is imminent.
    function _seat(address juror) internal {
        _requireThawed();
        _seats.push(juror);
    }

    function _begin(uint256 disputeId, DisputeRecord storage record, Phase phase, uint40 time)
        internal
    {
        uint40 phaseEnd = time == 0 ? 0 : uint40(block.timestamp) + time;
        (record.phase, record.phaseEnd) = (phase, phaseEnd);
        emit PhaseBegan(disputeId, phase, record.ruling, phaseEnd);
    }

    /// @dev To the end of the line, as long as there is time: seats come back, and who keeps them busy has to do it for days.
    /// After that what stood before is final: an appeal that nobody can hear changes nothing.
    function _postpone(uint256 disputeId, DisputeRecord storage record) private {
        if (block.timestamp <= record.phaseEnd) return _schedule(disputeId, record);
        uint8 round = record.round;
        uint256 fees = _jurorsOf(round) * fee;
        record.round = round - 1;
        etherOwed[treasury] += fees;
        emit RoundFailed(disputeId, round, fees);
        _finish(disputeId, record);
    }

    /// @dev The ruling is final: what nobody of a round earned is the treasury's.
    function _finish(uint256 disputeId, DisputeRecord storage record) internal virtual;

    /// @dev 3, 7, 15.
    function _jurorsOf(uint8 round) internal pure returns (uint256) {
        return (2 << round) - 1;
    }

    /// @dev 0, 3, 10.
    function _firstSeatOf(uint8 round) internal pure returns (uint256) {
        return (2 << round) - 3 - round;
    }

    /// @dev Beyond the third round there is none.
    function _roundOf(uint256 seat) internal pure returns (uint8) {
        if (seat < _firstSeatOf(2)) return 1;
        if (seat < _firstSeatOf(3)) return 2;
        return seat < _firstSeatOf(4) ? 3 : 0;
    }

    /* PRIVATE */

    function _schedule(uint256 disputeId, DisputeRecord storage record) private {
        uint64 tick = randomness.next();
        record.tick = tick;
        _line[_end++] = disputeId;
        emit DrawScheduled(disputeId, record.round, tick);
    }

    /// @dev The last seat comes in its place.
    function _take(uint256 index) private returns (address juror) {
        uint256 last = _seats.length - 1;
        juror = _seats[index];
        if (index != last) _seats[index] = _seats[last];
        _seats.pop();
    }

    function _requireThawed() private view {
        uint256 disputeId = front();
        if (disputeId == 0 || !randomness.imminent(_dockets[disputeId].record.tick)) return;
        revert Court_SeatsFrozen(disputeId);
    }
}
