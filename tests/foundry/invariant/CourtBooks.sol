// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Phase} from "../../../interfaces/types/Courts.sol";
import {Test} from "forge-std/Test.sol";

/// @notice A second, simple account of a court: who sits where, who ruled what, and who is owed what for it.
abstract contract CourtBooks is Test {
    uint256 internal constant STAKE = 1000e18 + 7;
    uint256 internal constant FEE = 0.01 ether + 1;

    /// @dev A seat of a dispute. vote: one more than what was revealed.
    struct Sitting {
        address juror;
        bool committed;
        uint256 secret;
        uint256 vote;
        bool collected;
    }

    struct Case {
        Phase phase;
        uint256 round;
        uint256 choices;
        uint256 ruling;
        uint256 phaseEnd;
        uint256 tick;
        uint256 fees;
        Sitting[25] seats;
    }

    address internal treasury = makeAddr("treasury");
    address[] internal free;
    uint256[] internal line;
    Case[] internal cases;
    mapping(address who => uint256) internal aimOwed;
    mapping(address who => uint256) internal etherOwed;
    /// @dev Stands for a dispute that there is not.
    Case private _none;

    /* SUMS */

    /// @dev What the court holds in AIM and in ether, by this account.
    function held(address[4] memory people) internal view returns (uint256 inAim, uint256 inEther) {
        inAim = free.length * STAKE + aimOwed[treasury];
        inEther = etherOwed[treasury];
        for (uint256 i; i < people.length; ++i) {
            inAim += aimOwed[people[i]];
            inEther += etherOwed[people[i]];
        }
        for (uint256 i; i < cases.length; ++i) {
            bool over = cases[i].phase >= Phase.Over;
            if (!over) inEther += cases[i].fees;
            for (uint256 seat; seat < 25; ++seat) {
                Sitting storage s = cases[i].seats[seat];
                if (s.juror == address(0) || s.collected) continue;
                (uint256 aim_, uint256 fees, bool back) = _due(cases[i], seat);
                inAim += over ? aim_ + (back ? STAKE : 0) : STAKE;
                if (over) inEther += fees;
            }
        }
    }

    /* ROUNDS */

    function _size(uint256 round) internal pure returns (uint256) {
        return round == 1 ? 3 : round == 2 ? 7 : 15;
    }

    function _start(uint256 round) internal pure returns (uint256) {
        return round == 1 ? 0 : round == 2 ? 3 : 10;
    }

    function _count(Case storage c, uint256 round, uint256 vote) internal view returns (uint256 n) {
        for (uint256 i = _start(round); i < _start(round) + _size(round); ++i) {
            if (c.seats[i].vote == vote) n += 1;
        }
    }

    function _committed(Case storage c) internal view returns (uint256 n) {
        for (uint256 i = _start(c.round); i < _start(c.round) + _size(c.round); ++i) {
            if (c.seats[i].committed) n += 1;
        }
    }

    /// @dev The ruling with more votes than each other, else 0.
    function _winner(Case storage c) internal view returns (uint256) {
        for (uint256 one; one <= c.choices; ++one) {
            uint256 votes = _count(c, c.round, one + 1);
            bool first = votes != 0;
            for (uint256 two; two <= c.choices; ++two) {
                if (two != one && _count(c, c.round, two + 1) >= votes) first = false;
            }
            if (first) return one;
        }
        return 0;
    }

    /* MONEY */

    function _coherent(Case storage c, uint256 seat) internal view returns (bool) {
        uint256 vote = c.seats[seat].vote;
        return vote != 0 && (c.ruling == 0 || vote == c.ruling + 1);
    }

    function _shares(Case storage c, uint256 round)
        internal
        view
        returns (uint256 sharers, uint256 lost)
    {
        for (uint256 i = _start(round); i < _start(round) + _size(round); ++i) {
            if (_coherent(c, i)) sharers += 1;
            else lost += STAKE / 2;
        }
    }

    /// @dev What a seat brings once its dispute is over, beside its stake where it is back.
    function _due(Case storage c, uint256 seat)
        internal
        view
        returns (uint256 aim_, uint256 fees, bool back)
    {
        if (!_coherent(c, seat)) return (STAKE - STAKE / 2, 0, false);
        uint256 round = seat < 3 ? 1 : seat < 10 ? 2 : 3;
        (uint256 sharers, uint256 lost) = _shares(c, round);
        return (lost / sharers, _size(round) * FEE / sharers, true);
    }

    function _finish(Case storage c) internal {
        (c.phase, c.phaseEnd) = (Phase.Over, 0);
        for (uint256 round = 1; round <= c.round; ++round) {
            (uint256 sharers, uint256 lost) = _shares(c, round);
            uint256 paid = _size(round) * FEE;
            aimOwed[treasury] += sharers == 0 ? lost : lost % sharers;
            etherOwed[treasury] += sharers == 0 ? paid : paid % sharers;
        }
    }

    function _fail(Case storage c) internal {
        uint256 paid = _size(c.round) * FEE;
        etherOwed[treasury] += paid;
        c.fees -= paid;
        c.round -= 1;
        _finish(c);
    }

    /* SEATS */

    function _take(uint256 index) internal returns (address juror) {
        juror = free[index];
        free[index] = free[free.length - 1];
        free.pop();
    }

    /* DISPUTES */

    function _pick(uint256 which) internal view returns (Case storage c, uint256 id) {
        if (cases.length == 0) return (_none, 99);
        id = which % cases.length + 1;
        c = cases[id - 1];
    }

    /// @dev The first multiple of 128 that is as far ahead.
    function _next() internal view returns (uint256 tick) {
        tick = block.number + 128;
        while (tick % 128 != 0) tick += 1;
    }

    function _enqueue(Case storage c, uint256 id) internal {
        (c.phase, c.tick) = (Phase.Draw, _next());
        c.phaseEnd = block.timestamp + 10 days;
        line.push(id);
    }

    function _unline() internal {
        for (uint256 i = 1; i < line.length; ++i) {
            line[i - 1] = line[i];
        }
        line.pop();
    }

    function _begin(Case storage c, Phase phase) internal {
        (c.phase, c.phaseEnd) = (phase, block.timestamp + 2 days);
    }
}
