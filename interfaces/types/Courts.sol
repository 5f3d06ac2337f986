// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice Draw: its jurors are not drawn yet. Commit: they commit to their rulings. Reveal: they say them. Appeal: who made
/// the dispute may have it decided again. Over: its ruling is final. Executed: who made it was told, too.
enum Phase {
    None,
    Draw,
    Commit,
    Reveal,
    Appeal,
    Over,
    Executed
}

/// @notice A dispute as stored.
/// @param arbitrable Who made it, and is told its ruling.
/// @param phase Where it stands; None where there is no such dispute.
/// @param round The round it is in, or that was its last: 1 to 3; zero where none came about.
/// @param choices How many rulings there are beside 0.
/// @param ruling What its last finished round came to; 0 where none is finished.
/// @param committed How many jurors of this round have committed.
/// @param phaseEnd Draw: last second to be given another tick. Commit, Reveal, Appeal: the last second of that.
/// @param tick Whose value draws, or has drawn, the jurors of this round.
/// @param votes Of each round, how many jurors revealed each ruling: 4 bits a ruling, 64 a round, the first round lowest.
struct DisputeRecord {
    address arbitrable;
    Phase phase;
    uint8 round;
    uint8 choices;
    uint8 ruling;
    uint8 committed;
    uint40 phaseEnd;
    uint64 tick;
    uint192 votes;
}

/// @notice A drawn seat as stored. The seats of a dispute are 0 to 2 in its first round, 3 to 9 in its second, 10 to 24 in
/// its third.
/// @param juror Whose it is; nobody where it was not drawn, or has been collected.
/// @param vote One more than the ruling that was revealed; 0 where none was.
/// @param commitment What the juror committed to; zero where they did not.
struct SeatRecord {
    address juror;
    uint8 vote;
    bytes32 commitment;
}
