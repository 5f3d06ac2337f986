// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IArbitrable} from "../../../interfaces/IArbitrable.sol";
import {DisputeRecord, Phase} from "../../../interfaces/types/Courts.sol";
import {Dice} from "../mocks/Dice.sol";
import {PlainToken} from "../mocks/Tokens.sol";
import {CourtUnderTest} from "../utils/Deployed.sol";
import {CourtBooks} from "./CourtBooks.sol";

/// @notice Jurors who come, go, rule and are silent; disputes that are appealed or not; strangers who draw and advance. It
/// foretells of each call whether it succeeds.
contract CourtWorld is CourtBooks, IArbitrable {
    uint256 private constant MOST = 30;

    CourtUnderTest public court;
    IERC20 public aim = new PlainToken();
    Dice public dice = new Dice();
    address[4] private _people = [makeAddr("a"), makeAddr("b"), makeAddr("c"), makeAddr("d")];
    mapping(string action => uint256) public done;
    bool public wrong;
    bool private _refuses;
    uint256 private _told;

    function setUp() public {
        vm.warp(1_800_000_000);
        vm.roll(1_000_000);
        bytes memory arguments = abi.encode(aim, dice, treasury, STAKE, FEE);
        court = CourtUnderTest(vm.deployCode("Court.sol:Court", arguments));
        vm.deal(address(this), 1_000_000 ether);
        for (uint256 i; i < 4; ++i) {
            deal(address(aim), _people[i], 1_000_000_000e18);
            vm.prank(_people[i]);
            aim.approve(address(court), type(uint256).max);
            this.join(i, 6);
        }
    }

    function rule(uint256 id, uint256 ruling) external {
        require(!_refuses, "no");
        _told += 1;
        if (ruling != cases[id - 1].ruling) wrong = true;
    }

    /* SEATS */

    function join(uint256 who, uint256 count) external {
        address by = _people[who % 4];
        count = free.length > 80 ? 0 : bound(count, 0, 6);
        vm.prank(by);
        try court.join(count) {
            _foretold("join", !_frozen());
            for (uint256 i; i < count; ++i) {
                free.push(by);
            }
        } catch {
            _foretold("frozen", _frozen());
        }
    }

    function resign(uint256 which, uint256 who) external {
        uint256[] memory indices = new uint256[](1);
        indices[0] = which % (free.length + 1);
        bool there = indices[0] < free.length;
        address by = there && who % 8 != 0 ? free[indices[0]] : _people[who / 8 % 4];
        bool good = there && by == free[there ? indices[0] : 0] && !_frozen();
        vm.prank(by);
        try court.resign(indices) {
            _foretold("resign", good);
            _take(indices[0]);
            aimOwed[by] += STAKE;
        } catch {
            _foretold("not resign", !good);
        }
    }

    /* DISPUTES */

    function dispute(uint256 choices) external {
        if (cases.length == MOST) return;
        choices = bound(choices, 0, 4);
        uint256 id = court.createDispute{value: 3 * FEE}(choices, "");
        Case storage c = cases.push();
        (c.round, c.choices, c.fees) = (1, choices, 3 * FEE);
        _enqueue(c, id);
        _foretold("dispute", id == cases.length);
    }

    function draw(uint256 seed) external {
        bytes memory proof = seed % 16 == 0 ? bytes("x") : bytes("");
        if (line.length == 0) return;
        uint256 id = line[0];
        Case storage c = cases[id - 1];
        bool expired = dice.expired(uint64(c.tick));
        bool good = expired || (block.number > c.tick && proof.length == 0);
        try court.draw(proof) {
            _foretold("draw", good);
            _unline();
            if (!expired && free.length >= _size(c.round)) return _drawn(c, id);
            done[expired ? "expire" : "too few"] += 1;
            if (block.timestamp > c.phaseEnd) {
                done["fail"] += 1;
                return _fail(c);
            }
            c.tick = _next();
            line.push(id);
        } catch {
            _foretold("not draw", !good);
        }
    }

    function appeal(uint256 which) external {
        (Case storage c, uint256 id) = _pick(which);
        uint256 cost = c.round < 3 ? _size(c.round + 1) * FEE : 0;
        bool good = c.phase == Phase.Appeal && block.timestamp <= c.phaseEnd;
        try court.appeal{value: cost}(id, "") {
            _foretold("appeal", good);
            c.round += 1;
            c.fees += cost;
            _enqueue(c, id);
            if (c.round == 3) done["third round"] += 1;
        } catch {
            _foretold("not appeal", !good);
        }
    }

    /// @dev Everybody in a round does what it is time for, or is silent.
    function vote(uint256 which, uint256 seed) external {
        (Case storage c, uint256 id) = _pick(which);
        if (c.phase != Phase.Commit && c.phase != Phase.Reveal) return;
        for (uint256 i = _start(c.round); i < _start(c.round) + _size(c.round); ++i) {
            uint256 chance = uint256(keccak256(abi.encode(seed, i)));
            if (chance % 6 == 0) continue;
            if (c.phase == Phase.Commit) _commit(c, id, i, chance / 8 % 2 * (chance / 16));
            else _reveal(c, id, i);
        }
    }

    function advance(uint256 which) external {
        (Case storage c, uint256 id) = _pick(which);
        bool late = block.timestamp > c.phaseEnd;
        bool good = c.phase == Phase.Appeal && late;
        if (c.phase == Phase.Commit) good = late || _committed(c) == _size(c.round);
        if (c.phase == Phase.Reveal) {
            uint256 silent = _count(c, c.round, 0);
            good = late || _committed(c) == _size(c.round) - silent;
        }
        try court.advance(id) {
            _foretold("advance", good);
            if (c.phase == Phase.Commit) return _begin(c, Phase.Reveal);
            if (c.phase == Phase.Reveal) c.ruling = _winner(c);
            if (c.phase == Phase.Reveal && c.round < 3) return _begin(c, Phase.Appeal);
            _finish(c);
        } catch {
            _foretold("not advance", !good);
        }
    }

    function execute(uint256 which, uint256 seed) external {
        bool refuses = seed % 4 == 0;
        (Case storage c, uint256 id) = _pick(which);
        bool good = c.phase == Phase.Over && !refuses;
        _refuses = refuses;
        uint256 told = _told;
        try court.execute(id) {
            _foretold("execute", good && _told == told + 1);
            c.phase = Phase.Executed;
        } catch {
            _foretold("not execute", !good);
        }
        _refuses = false;
    }

    function collect(uint256 which, uint256 seat) external {
        (Case storage c, uint256 id) = _pick(which);
        for (uint256 i; i < 26; ++i) {
            if (seat % 3 == 0 && i != seat / 3 % 26) continue;
            _collect(c, id, i);
        }
    }

    function withdraw(uint256 who) external {
        address by = who % 5 == 4 ? treasury : _people[who % 5];
        uint256 had = aim.balanceOf(by);
        court.withdrawForIfOwed(by, address(aim));
        _foretold("withdraw AIM", aim.balanceOf(by) - had == aimOwed[by]);
        aimOwed[by] = 0;
        vm.prank(by);
        try court.withdrawEther(payable(by)) returns (uint256 amount) {
            _foretold("withdraw ether", amount == etherOwed[by] && amount != 0);
            etherOwed[by] = 0;
        } catch {
            if (etherOwed[by] != 0) wrong = true;
        }
    }

    function pass(uint256 blocks, uint256 time, uint256 seed) external {
        bool far = seed % 16 == 0;
        blocks = far ? bound(blocks, 8100, 8500) : bound(blocks, 1, 150);
        time = bound(time, 0, far ? 5 days : 12 hours);
        vm.roll(block.number + blocks);
        vm.warp(block.timestamp + time);
        done["pass"] += 1;
    }

    /* VIEWS */

    function people(uint256 i) external view returns (address) {
        return i == 4 ? treasury : _people[i];
    }

    function conserves() external view returns (bool) {
        (uint256 inAim, uint256 inEther) = held(_people);
        return aim.balanceOf(address(court)) == inAim && address(court).balance == inEther;
    }

    /// @dev Whether the court's books are this one's.
    function agrees() external view returns (bool) {
        if (wrong || keccak256(abi.encode(free)) != keccak256(abi.encode(court.jurors(0, 999)))) {
            return false;
        }
        if (court.front() != (line.length == 0 ? 0 : line[0])) return false;
        for (uint256 i; i < 5; ++i) {
            address who = i == 4 ? treasury : _people[i];
            if (court.credit(who, 0, address(aim)) != aimOwed[who]) return false;
            if (court.etherOwed(who) != etherOwed[who]) return false;
        }
        for (uint256 i; i < cases.length; ++i) {
            DisputeRecord memory record = court.disputeOf(i + 1);
            Case storage c = cases[i];
            if (
                record.phase != c.phase || record.round != c.round || record.ruling != c.ruling
                    || record.phaseEnd != c.phaseEnd || record.tick != c.tick
            ) return false;
        }
        return true;
    }

    /* INTERNAL */

    function _foretold(string memory action, bool right) private {
        done[action] += 1;
        if (!right) wrong = true;
    }

    function _frozen() private view returns (bool) {
        return line.length != 0 && dice.imminent(uint64(cases[line[0] - 1].tick));
    }

    function _drawn(Case storage c, uint256 id) private {
        bytes32 value = keccak256(abi.encode(uint64(c.tick)));
        _begin(c, Phase.Commit);
        for (uint256 i = _start(c.round); i < _start(c.round) + _size(c.round); ++i) {
            c.seats[i].juror = _take(uint256(keccak256(abi.encode(value, id, i))) % free.length);
            if (court.seatOf(id, i).juror != c.seats[i].juror) wrong = true;
        }
    }

    function _commit(Case storage c, uint256 id, uint256 seat, uint256 secret) private {
        Sitting storage s = c.seats[seat];
        bool good = !s.committed && block.timestamp <= c.phaseEnd;
        secret %= c.choices + 1;
        bytes32 commitment = court.commitmentOf(id, seat, s.juror, secret, bytes32(seat));
        vm.prank(s.juror);
        try court.commit(id, seat, commitment) {
            _foretold("commit", good);
            (s.committed, s.secret) = (true, secret);
        } catch {
            _foretold("not commit", !good);
        }
    }

    function _reveal(Case storage c, uint256 id, uint256 seat) private {
        Sitting storage s = c.seats[seat];
        bool good = s.committed && s.vote == 0 && block.timestamp <= c.phaseEnd;
        try court.reveal(id, seat, s.secret, bytes32(seat)) {
            _foretold("reveal", good);
            s.vote = s.secret + 1;
        } catch {
            _foretold("not reveal", !good);
        }
    }

    function _collect(Case storage c, uint256 id, uint256 seat) private {
        bool there = seat < 25 && c.seats[seat].juror != address(0) && !c.seats[seat].collected;
        bool good = there && c.phase >= Phase.Over;
        (uint256 aim_, uint256 fees, bool back) =
            good ? _due(c, seat) : (uint256(0), uint256(0), false);
        if (back && _frozen()) good = false;
        try court.collect(id, seat) {
            _foretold("collect", good);
            c.seats[seat].collected = true;
            aimOwed[c.seats[seat].juror] += aim_;
            etherOwed[c.seats[seat].juror] += fees;
            if (back) free.push(c.seats[seat].juror);
        } catch {
            _foretold("not collect", !good);
        }
    }
}
