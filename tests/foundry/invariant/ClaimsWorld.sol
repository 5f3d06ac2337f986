// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitrator} from "../../../interfaces/IArbitrator.sol";
import {IClaims} from "../../../interfaces/IClaims.sol";
import {Claim, ClaimId, ClaimRecord, ClaimState} from "../../../interfaces/types/Claims.sol";
import {Ruling} from "../../../interfaces/types/Deals.sol";
import {HostileDeal} from "../mocks/HostileDeals.sol";
import {Jury} from "../mocks/Juries.sol";
import {Test} from "forge-std/Test.sol";

/// @notice Claimants, opposers and strangers before a jury whose price changes, about deals in every mood. A second account of
/// who is owed what.
contract ClaimsWorld is Test {
    struct Entry {
        Claim claim;
        ClaimId id;
        ClaimState state;
        Ruling ruling;
        uint256 deposit;
        uint256 deadline;
        address opposer;
        uint256 dispute;
        Ruling standing;
    }

    uint256 private constant MOST = 24;

    Jury public jury = new Jury();
    IClaims public claims;
    HostileDeal public target = new HostileDeal();
    address[3] public people = [makeAddr("one"), makeAddr("two"), makeAddr("three")];
    Entry[] public entries;
    mapping(address payee => uint256) public owed;
    mapping(string action => uint256) public done;
    bool public wrong;

    function setUp() public {
        vm.warp(1_800_000_000);
        bytes memory arguments = abi.encode(IArbitrator(jury), 0, 3, bytes32("question"));
        claims = IClaims(vm.deployCode("Claims.sol:Claims", arguments));
        for (uint256 i; i < people.length; ++i) {
            vm.deal(people[i], 1_000_000 ether);
        }
        this.open(0, 0);
    }

    /* ACTIONS */

    function open(uint256 who, uint256 more) external {
        if (entries.length == MOST) return;
        address by = people[who % 3];
        more = bound(more, 0, 1 ether);
        uint256 cost = claims.cost();
        Claim memory claim = Claim(address(target), by, abi.encode(by, entries.length));
        vm.prank(by);
        ClaimId id = claims.open{value: cost + more}(claim, bytes32(who));
        owed[by] += more;
        uint256 deadline = block.timestamp + 3 days;
        entries.push(
            Entry(
                claim, id, ClaimState.Open, Ruling.None, cost, deadline, address(0), 0, Ruling.None
            )
        );
        done["open"] += 1;
    }

    function oppose(uint256 which, uint256 who, uint256 more) external {
        Entry storage entry = _pick(which);
        address by = people[who % 3];
        more = bound(more, 0, 1 ether);
        uint256 cost = claims.cost();
        bool good = entry.state == ClaimState.Open && block.timestamp <= entry.deadline;
        vm.prank(by);
        try claims.oppose{value: cost + more}(entry.id, 0) {
            if (!good) wrong = true;
            owed[by] += more;
            (entry.state, entry.opposer) = (ClaimState.Opposed, by);
            entry.deadline = block.timestamp + 60 days;
            entry.dispute = done["oppose"];
            done["oppose"] += 1;
        } catch {
            if (good) wrong = true;
        }
    }

    /// @dev A vote, sometimes an appeal whose round does not vote, and no ruling.
    function vote(uint256 which, uint256 ruling, bool appeals) external {
        Entry storage entry = _pick(which);
        if (entry.state != ClaimState.Opposed || block.timestamp > entry.deadline) return;
        jury.vote(entry.dispute, ruling % 4);
        entry.standing = _ruling(ruling);
        done["vote"] += 1;
        if (!appeals) return;
        uint256 cost = jury.appealCost(entry.dispute, "");
        vm.prank(people[1]);
        claims.appeal{value: cost}(entry.dispute);
        entry.ruling = entry.standing;
    }

    /// @dev A vote, sometimes an appeal, and the ruling some days later.
    function rule(uint256 which, uint256 ruling, uint256 wait, bool appeals) external {
        Entry storage entry = _pick(which);
        if (entry.state != ClaimState.Opposed || block.timestamp > entry.deadline) return;
        jury.vote(entry.dispute, ruling % 4);
        if (appeals) {
            uint256 cost = jury.appealCost(entry.dispute, "");
            vm.prank(people[0]);
            claims.appeal{value: cost + 1}(entry.dispute);
            owed[people[0]] += 1;
            jury.vote(entry.dispute, ruling % 4);
            done["appeal"] += 1;
        }
        vm.warp(block.timestamp + 3 days + 1 + bound(wait, 0, 5 days));
        jury.executeRuling(entry.dispute);
        (entry.state, entry.ruling) = (ClaimState.Ruled, _ruling(ruling));
        done["rule"] += 1;
    }

    function conclude(uint256 which) external {
        Entry storage entry = _pick(which);
        bool good = _isOver(entry);
        try claims.conclude(entry.claim) {
            if (!good) wrong = true;
            _end(entry);
            done["conclude"] += 1;
        } catch {
            if (good) wrong = true;
        }
    }

    function execute(uint256 which, uint256 mood) external {
        Entry storage entry = _pick(which);
        HostileDeal.Mood[4] memory moods = [
            HostileDeal.Mood.Kind,
            HostileDeal.Mood.Reverting,
            HostileDeal.Mood.Reentering,
            HostileDeal.Mood.Bombing
        ];
        target.setMood(moods[mood % 4], claims);
        bool over = _isOver(entry);
        bool good = (over || entry.state == ClaimState.Concluded) && mood % 2 == 0;
        uint256 told = target.resolved();
        try claims.execute(entry.claim) {
            if (!good || target.resolved() != told + 1) wrong = true;
            if (over) _end(entry);
            if (target.last() != entry.ruling) wrong = true;
            entry.state = ClaimState.Executed;
            done["execute"] += 1;
        } catch {
            if (good) wrong = true;
        }
        target.setMood(HostileDeal.Mood.Kind, claims);
    }

    function withdraw(uint256 who) external {
        address by = people[who % 3];
        uint256 before = by.balance;
        vm.prank(by);
        try claims.withdraw(payable(by)) {
            if (by.balance - before != owed[by]) wrong = true;
            owed[by] = 0;
            done["withdraw"] += 1;
        } catch {
            if (owed[by] != 0) wrong = true;
        }
    }

    function change(uint256 fee, uint256 time) external {
        jury.setFee(bound(fee, 0, 1 ether));
        vm.warp(block.timestamp + bound(time, 0, 4 days));
        done["change"] += 1;
    }

    /* VIEWS */

    /// @dev What all open claims' deposits and all that is owed make.
    function held() external view returns (uint256 sum) {
        for (uint256 i; i < entries.length; ++i) {
            sum += entries[i].deposit;
        }
        for (uint256 i; i < people.length; ++i) {
            sum += owed[people[i]];
        }
    }

    function count() external view returns (uint256) {
        return entries.length;
    }

    function claimAt(uint256 i) external view returns (Claim memory) {
        return entries[i].claim;
    }

    /// @dev Whether each claim and each credit is as the second account has it.
    function agrees() external view returns (bool) {
        for (uint256 i; i < entries.length; ++i) {
            ClaimRecord memory record = claims.recordOf(entries[i].id);
            if (
                record.state != entries[i].state || record.ruling != entries[i].ruling
                    || record.deposit != entries[i].deposit || record.opposer != entries[i].opposer
            ) return false;
        }
        for (uint256 i; i < people.length; ++i) {
            if (claims.credit(people[i]) != owed[people[i]]) return false;
        }
        return !wrong;
    }

    /* INTERNAL */

    function _pick(uint256 which) private view returns (Entry storage) {
        return entries[which % entries.length];
    }

    function _isOver(Entry storage entry) private view returns (bool) {
        if (entry.state == ClaimState.Ruled) return true;
        bool waits = entry.state == ClaimState.Open || entry.state == ClaimState.Opposed;
        return waits && block.timestamp > entry.deadline;
    }

    function _ruling(uint256 ruling) private pure returns (Ruling) {
        return ruling % 4 == 3 ? Ruling.None : Ruling(ruling % 4);
    }

    function _end(Entry storage entry) private {
        if (entry.state == ClaimState.Open) entry.ruling = Ruling.Upheld;
        if (entry.state == ClaimState.Opposed) entry.ruling = entry.standing;
        address payee = entry.ruling == Ruling.Rejected ? entry.opposer : entry.claim.claimant;
        owed[payee] += entry.deposit;
        (entry.state, entry.deposit) = (ClaimState.Concluded, 0);
    }
}
