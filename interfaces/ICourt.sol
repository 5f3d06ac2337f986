// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IArbitrator} from "./IArbitrator.sol";
import {ILedger} from "./ILedger.sol";
import {IRandomness} from "./IRandomness.sol";
import {DisputeRecord, Phase, SeatRecord} from "./types/Courts.sol";

/// @title A court of drawn jurors, by ERC-792
/// @notice Whoever stakes AIM has seats. Three of them are drawn for a dispute, seven where its ruling is appealed, fifteen
/// where that one is, too. Jurors commit to a ruling before they say it; who ends up with the final one shares the fees and
/// what the others lose. Every phase ends by its clock and anybody's call.
/// @dev Nothing here can be changed, by anybody. Seats neither come nor go from when the randomness of the next draw may be
/// known until it was drawn: who could leave then would choose the jurors by leaving. A dispute never waits for who made it.
interface ICourt is IArbitrator, ILedger {
    /// @notice Somebody staked on seats.
    /// @param count How many.
    event SeatsTaken(address indexed juror, uint256 count);

    /// @notice Seats were given back, and their stake credited.
    /// @param count How many.
    event SeatsLeft(address indexed juror, uint256 count);

    /// @notice A round waits for its draw, or waits again: nobody drew while it could be proven, or there were too few seats.
    /// @param tick Whose value will draw its jurors.
    event DrawScheduled(uint256 indexed disputeId, uint8 round, uint64 tick);

    /// @notice A seat was drawn.
    /// @param seat Which of the dispute's seats it is now.
    event JurorDrawn(uint256 indexed disputeId, address indexed juror, uint256 seat);

    /// @notice A round did not come about: for ten days there were too few seats, or nobody drew. Its fees are the treasury's.
    /// @param fees In wei.
    event RoundFailed(uint256 indexed disputeId, uint8 round, uint256 fees);

    /// @notice A dispute is in its next phase.
    /// @param ruling What its last finished round came to.
    /// @param phaseEnd Last second of the phase; zero where it has none.
    event PhaseBegan(uint256 indexed disputeId, Phase indexed phase, uint8 ruling, uint40 phaseEnd);

    /// @notice A juror committed to a ruling.
    event RulingCommitted(
        uint256 indexed disputeId, address indexed juror, uint256 seat, bytes32 commitment
    );

    /// @notice A juror's ruling was revealed.
    event RulingRevealed(
        uint256 indexed disputeId, address indexed juror, uint256 seat, uint256 ruling
    );

    /// @notice The dispute was appealed.
    event RulingAppealed(uint256 indexed disputeId, uint8 round);

    /// @notice Who made the dispute was told its ruling.
    event DisputeExecuted(uint256 indexed disputeId, uint256 ruling);

    /// @notice A seat's part in a dispute is over: its juror was credited.
    /// @param aim What they were credited in AIM, in wei of it.
    /// @param fees What they were credited in ether, in wei.
    /// @param returned Whether the seat is among those that are drawn again.
    event SeatCollected(
        uint256 indexed disputeId,
        address indexed juror,
        uint256 seat,
        uint256 aim,
        uint256 fees,
        bool returned
    );

    /// @notice Ether was paid out.
    /// @param amount In wei.
    event EtherWithdrawn(address indexed payee, address indexed to, uint256 amount);

    /// @notice The constructor's {argument} is not possible: give another.
    error Court_ArgumentInvalid(string argument);

    /// @notice The randomness of dispute {disputeId} may be known by now, and seats neither come nor go until it is drawn:
    /// draw it first.
    error Court_SeatsFrozen(uint256 disputeId);

    /// @notice Seat {index} is not yours, it is that of {juror}: seats move when others leave, look again.
    error Court_NotYourSeat(uint256 index, address juror);

    /// @notice This takes {cost} wei, and {sent} came along: send exactly that.
    error Court_NotTheFee(uint256 cost, uint256 sent);

    /// @notice No dispute waits for its draw: look at the dispute's phase.
    error Court_NothingToDraw();

    /// @notice Only who made the dispute appeals it: {arbitrable} does that.
    error Court_NotArbitrable(address arbitrable);

    /// @notice Dispute {disputeId} cannot be appealed: it has no ruling yet, its time for that is over, or that was its last
    /// round. Look at its phase.
    error Court_NotAppealable(uint256 disputeId);

    /// @notice Dispute {disputeId} is in another phase, or there is none: look at its phase.
    error Court_OtherPhase(uint256 disputeId, Phase phase);

    /// @notice This was possible until {end:time}: advance the dispute to its next phase.
    error Court_TooLate(uint40 end);

    /// @notice The phase lasts until {end:time} as long as somebody has something to do in it: advance the dispute after that.
    error Court_TooEarly(uint40 end);

    /// @notice This seat of the dispute is that of {juror}: choose that account.
    error Court_NotJuror(address juror);

    /// @notice There is no seat {seat} in this round of the dispute: look at which were drawn.
    error Court_NoSuchSeat(uint256 seat);

    /// @notice A ruling was committed for this seat: that happens once, reveal it when it is time.
    error Court_AlreadyCommitted(uint256 seat);

    /// @notice A commitment of zero is none: make it of a ruling and a salt.
    error Court_NoCommitment();

    /// @notice That is not what was committed for this seat: give the same ruling and salt.
    error Court_OtherCommitment(uint256 seat);

    /// @notice There are only {choices} rulings, and 0 for none: give one of them.
    error Court_NoSuchRuling(uint256 choices);

    /// @notice There is nothing to collect for this seat: it was not drawn, or was collected before.
    error Court_NothingToCollect(uint256 seat);

    /// @notice No ether is owed to {payee}: there is nothing to withdraw.
    error Court_NothingOwed(address payee);

    /// @notice Takes seats: `stake` of the caller's AIM for each.
    /// @custom:doing take seats in the court
    function join(uint256 count) external;

    /// @notice Gives seats back and credits the caller with their stake.
    /// @dev The last seat takes the place of one that goes: give the indices from the highest to the lowest.
    /// @param indices Where the seats are now.
    /// @custom:doing leave the court
    function resign(uint256[] calldata indices) external;

    /// @notice Draws the jurors of the dispute that has waited longest. Permissionless.
    /// @dev Where nobody drew while its randomness could be proven (the proof is not read then), or where there are fewer
    /// seats than the round takes, it is given another tick instead and goes to the end of the line; after ten days of
    /// that the round's fees are the treasury's, and what stood before is final.
    /// @param proof Of the value of the dispute's tick, as its source has it.
    /// @custom:doing draw jurors
    function draw(bytes calldata proof) external;

    /// @notice Commits to a ruling, once; for the seat's juror.
    /// @param seat Which of the dispute's seats.
    /// @param commitment What `commitmentOf` says.
    /// @custom:doing commit to a ruling
    function commit(uint256 disputeId, uint256 seat, bytes32 commitment) external;

    /// @notice Says what was committed. Permissionless, for whoever knows the salt.
    /// @custom:doing reveal a ruling
    function reveal(uint256 disputeId, uint256 seat, uint256 ruling, bytes32 salt) external;

    /// @notice Ends a phase: after its clock, or as soon as all have committed, or all who did have revealed. Permissionless.
    /// @custom:doing advance a dispute
    function advance(uint256 disputeId) external;

    /// @notice Tells who made a dispute its final ruling. Permissionless, once; where they revert, it can be tried again.
    /// @custom:doing execute a ruling
    function execute(uint256 disputeId) external;

    /// @notice Ends a seat's part in a dispute that is over. Permissionless.
    /// @dev Who revealed the final ruling, or anything where that is 0, is coherent: the seat can be drawn again, and its
    /// round's fees and lost stakes are shared evenly. Everybody else loses half the stake, and the seat is given back.
    /// @custom:doing collect a seat
    function collect(uint256 disputeId, uint256 seat) external;

    /// @notice Pays all the ether that the caller is owed to `to`.
    /// @custom:doing withdraw ether
    function withdrawEther(address payable to) external returns (uint256 amount);

    /// @notice A dispute as stored.
    function disputeOf(uint256 disputeId) external view returns (DisputeRecord memory);

    /// @notice A drawn seat as stored.
    function seatOf(uint256 disputeId, uint256 seat) external view returns (SeatRecord memory);

    /// @notice How many disputes there were; their numbers begin at 1.
    function disputes() external view returns (uint256);

    /// @notice The dispute that is drawn next; zero: none.
    function front() external view returns (uint256 disputeId);

    /// @notice How many seats can be drawn now.
    function seats() external view returns (uint256);

    /// @notice Whose the seats are that can be drawn now, in their order; fewer where there are not as many.
    /// @param from Index of the first.
    /// @param count How many at most.
    function jurors(uint256 from, uint256 count) external view returns (address[] memory);

    /// @notice What a juror commits to, so that nobody else's commitment, round or court can be the same.
    function commitmentOf(
        uint256 disputeId,
        uint256 seat,
        address juror,
        uint256 ruling,
        bytes32 salt
    ) external view returns (bytes32);

    /// @notice What is owed in ether, in wei.
    function etherOwed(address payee) external view returns (uint256);

    /// @notice What a seat takes, in wei of AIM.
    function stake() external view returns (uint256);

    /// @notice What each juror of a round is paid for, in wei.
    function fee() external view returns (uint256);

    /// @notice What seats are paid in.
    function aim() external view returns (address);

    /// @notice Where the randomness comes from.
    function randomness() external view returns (IRandomness);

    /// @notice Who has what nobody earned.
    function treasury() external view returns (address);

    /// @notice keccak256(abi.encode(chain id, this contract)), at deployment.
    function domain() external view returns (bytes32);
}
