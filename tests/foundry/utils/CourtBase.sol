// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitrable} from "../../../interfaces/IArbitrable.sol";
import {ICourt} from "../../../interfaces/ICourt.sol";
import {IRandomness} from "../../../interfaces/IRandomness.sol";
import {Phase} from "../../../interfaces/types/Courts.sol";
import {Headers} from "../mocks/Headers.sol";
import {AimUnderTest, CourtUnderTest} from "./Deployed.sol";
import {Test} from "forge-std/Test.sol";

/// @notice A court whose randomness comes from headers, jurors with a seat each, and disputes that the test itself makes.
abstract contract CourtBase is Test, IArbitrable {
    /// @dev As AIMToken's constructor takes it.
    struct Holding {
        address holder;
        uint256 amount;
    }

    uint256 internal constant STAKE = 1000e18 + 7;
    uint256 internal constant FEE = 0.01 ether + 1;
    uint64 internal constant APART = 128;
    uint64 internal constant IMMINENT = 32;
    uint64 internal constant PROVABLE = 8191;
    uint40 internal constant DRAW = 10 days;
    uint40 internal constant COMMIT = 2 days;
    uint40 internal constant REVEAL = 2 days;
    uint40 internal constant APPEAL = 2 days;

    uint256 internal constant SILENT = 99;

    address internal treasury = makeAddr("treasury");
    address internal stranger = makeAddr("stranger");
    address internal friend = makeAddr("friend");
    AimUnderTest internal aim;
    CourtUnderTest internal court;
    IRandomness internal headers;
    address[] internal jurors;

    /// @dev What the court told the test, and how often.
    uint256 internal told;
    uint256 internal lastRuling;

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        vm.roll(1_000_064); // a multiple of APART
        Holding[] memory holdings = new Holding[](1);
        holdings[0] = Holding(address(this), 1_000_000_000e18);
        aim = AimUnderTest(vm.deployCode("AIMToken.sol:AIMToken", abi.encode(holdings)));
        headers = IRandomness(vm.deployCode("HeaderRandomness.sol:HeaderRandomness"));
        court = _court(STAKE, FEE);
        vm.deal(address(this), 1000 ether);
        for (uint256 i; i < 25; ++i) {
            jurors.push(makeAddr(string.concat("juror", vm.toString(i))));
        }
    }

    function rule(uint256, uint256 ruling) external virtual {
        (told, lastRuling) = (told + 1, ruling);
    }

    function _court(uint256 stake, uint256 fee) internal returns (CourtUnderTest) {
        bytes memory arguments = abi.encode(aim, headers, treasury, stake, fee);
        return CourtUnderTest(vm.deployCode("Court.sol:Court", arguments));
    }

    /* SHORT WAYS */

    function _join(address juror, uint256 count) internal {
        deal(address(aim), juror, count * STAKE);
        vm.startPrank(juror);
        aim.approve(address(court), count * STAKE);
        court.join(count);
        vm.stopPrank();
    }

    /// @dev The first `count` of `jurors`, a seat each.
    function _fill(uint256 count) internal {
        for (uint256 i; i < count; ++i) {
            _join(jurors[i], 1);
        }
    }

    function _dispute() internal returns (uint256) {
        return court.createDispute{value: 3 * FEE}(2, "");
    }

    /// @dev The header of the front's block, once there are as many blocks.
    function _proof(bytes32 mixed) internal returns (bytes memory header) {
        uint64 tick = court.disputeOf(court.front()).tick;
        header = Headers.rlp(tick, mixed);
        if (block.number <= tick) vm.roll(tick + 1);
        Headers.mine(tick, header);
    }

    /// @dev The first draw after a round's time for draws.
    function _drawAtLast() internal {
        vm.warp(court.disputeOf(court.front()).phaseEnd + 1);
        _draw("at last");
    }

    function _draw(bytes32 mixed) internal {
        court.draw(_proof(mixed));
    }

    /// @dev A dispute whose first jurors are drawn.
    function _drawn() internal returns (uint256 id) {
        _fill(25);
        id = _dispute();
        _draw("value");
    }

    function _juror(uint256 id, uint256 seat) internal view returns (address) {
        return court.seatOf(id, seat).juror;
    }

    function _salt(uint256 seat) internal pure returns (bytes32) {
        return keccak256(abi.encode("salt", seat));
    }

    function _commit(uint256 id, uint256 seat, uint256 ruling) internal {
        address juror = _juror(id, seat);
        bytes32 commitment = court.commitmentOf(id, seat, juror, ruling, _salt(seat));
        vm.prank(juror);
        court.commit(id, seat, commitment);
    }

    function _reveal(uint256 id, uint256 seat, uint256 ruling) internal {
        court.reveal(id, seat, ruling, _salt(seat));
    }

    /// @dev A round of votes from its first seat on, until its end; `SILENT` says nothing.
    function _vote(uint256 id, uint256 first, uint256[] memory rulings) internal {
        for (uint256 i; i < rulings.length; ++i) {
            if (rulings[i] != SILENT) _commit(id, first + i, rulings[i]);
        }
        _pass(id, COMMIT);
        for (uint256 i; i < rulings.length; ++i) {
            if (rulings[i] != SILENT) _reveal(id, first + i, rulings[i]);
        }
        _pass(id, REVEAL);
    }

    function _vote(uint256 id, uint256 one, uint256 two, uint256 three) internal {
        uint256[] memory rulings = new uint256[](3);
        (rulings[0], rulings[1], rulings[2]) = (one, two, three);
        _vote(id, 0, rulings);
    }

    /// @dev `count` times the same.
    function _all(uint256 id, uint256 first, uint256 count, uint256 ruling) internal {
        uint256[] memory rulings = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            rulings[i] = ruling;
        }
        _vote(id, first, rulings);
    }

    /// @dev The next phase: at once where that is possible, else after the clock.
    function _pass(uint256 id, uint40 time) internal {
        try court.advance(id) {}
        catch {
            vm.warp(block.timestamp + time + 1);
            court.advance(id);
        }
    }

    function _end(uint256 id) internal {
        _pass(id, APPEAL);
    }

    function _appeal(uint256 id, uint256 jurors_) internal {
        court.appeal{value: jurors_ * FEE}(id, "");
    }

    /* LOOKS */

    function _aimOf(address juror) internal view returns (uint256) {
        return court.credit(juror, 0, address(aim));
    }

    function assertPhase(uint256 id, Phase phase) internal view {
        assertEq(uint8(court.disputeOf(id).phase), uint8(phase), "phase");
    }

    function _expectRevert(bytes4 selector) internal {
        vm.expectPartialRevert(selector);
    }

    function _expectRevert(bytes memory data) internal {
        vm.expectRevert(data);
    }

    /// @dev A revert of the next call because the dispute is in `phase`.
    function _expectPhase(uint256 id, Phase phase) internal {
        _expectRevert(abi.encodeWithSelector(ICourt.Court_OtherPhase.selector, id, phase));
    }
}
