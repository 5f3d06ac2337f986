// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICourt} from "../../../../interfaces/ICourt.sol";
import {Phase} from "../../../../interfaces/types/Courts.sol";
import {Headers} from "../../mocks/Headers.sol";
import {Litigant} from "../../mocks/Litigants.sol";
import {CourtBase} from "../../utils/CourtBase.sol";

contract CourtAttacksTest is CourtBase {
    Litigant private litigant;

    function setUp() public override {
        super.setUp();
        litigant = new Litigant(court);
    }

    function _ruled() private returns (uint256 id) {
        _fill(10);
        id = litigant.dispute{value: 3 * FEE}();
        _draw("value");
        _all(id, 0, 3, 1);
        _end(id);
    }

    function test_WhoIsToldARulingFindsNothingToDoFromInside() public {
        uint256 id = _ruled();
        court.execute(id);
        assertEq(litigant.told(), 1);
        assertEq(litigant.entered(), 0);
        assertPhase(id, Phase.Executed);
    }

    /// @dev Jurors are paid and their seats come back, whatever becomes of who made the dispute.
    function test_WhoRevertsKeepsNobodysMoney() public {
        uint256 id = _ruled();
        litigant.setReverting(true);
        vm.expectRevert(bytes("no"));
        court.execute(id);
        for (uint256 seat; seat < 3; ++seat) {
            court.collect(id, seat);
        }
        assertEq(court.seats(), 10);
        litigant.setReverting(false);
        court.execute(id);
        assertEq(litigant.told(), 1);
    }

    /// @dev A drawn seat is not among those that are given back, drawn or counted until its dispute is over.
    function test_ADrawnSeatStaysWithItsDispute() public {
        _fill(5);
        uint256 id = _dispute();
        _draw("value");
        address juror = _juror(id, 0);
        for (uint256 i; i < 2; ++i) {
            uint256[] memory index = new uint256[](1);
            index[0] = i;
            vm.prank(juror);
            _expectRevert(ICourt.Court_NotYourSeat.selector);
            court.resign(index);
        }
        uint256 other = _dispute();
        _draw("other");
        assertPhase(other, Phase.Draw); // two seats are fewer than three
    }

    /// @dev Who sees who would be drawn, and could leave, join or have a seat come back then, would draw again.
    function test_NobodyDrawsAgainByLeavingJoiningOrCollecting() public {
        uint256 id = _ruled();
        _fill(3);
        uint256 next = _dispute();
        uint64 tick = court.disputeOf(next).tick;
        bytes memory header = Headers.rlp(tick, "value");
        vm.roll(tick + 1);
        Headers.mine(tick, header);

        uint256 before = vm.snapshotState();
        court.draw(header);
        address[3] memory drawn = [_juror(next, 0), _juror(next, 1), _juror(next, 2)];
        vm.revertToState(before);

        uint256 seats = court.seats();
        bytes memory frozen = abi.encodeWithSelector(ICourt.Court_SeatsFrozen.selector, next);
        for (uint256 i; i < seats; ++i) {
            uint256[] memory index = new uint256[](1);
            index[0] = i;
            vm.prank(court.jurors(i, 1)[0]);
            _expectRevert(frozen);
            court.resign(index);
        }
        _expectRevert(frozen);
        vm.prank(jurors[20]);
        court.join(1);
        for (uint256 seat; seat < 3; ++seat) {
            _expectRevert(frozen);
            court.collect(id, seat);
        }
        vm.roll(tick + PROVABLE);
        court.draw(header);
        for (uint256 seat; seat < 3; ++seat) {
            assertEq(_juror(next, seat), drawn[seat]);
        }
    }

    /// @dev A draw that is reverted, in whatever contract, comes out the same.
    function test_ADrawThatIsUndoneComesOutTheSame() public {
        _fill(9);
        uint256 id = _dispute();
        bytes memory header = _proof("value");
        uint256 before = vm.snapshotState();
        court.draw(header);
        address first = _juror(id, 0);
        vm.revertToState(before);
        vm.roll(block.number + 99);
        vm.warp(block.timestamp + 1 days);
        vm.prevrandao(uint256(7));
        vm.prank(stranger);
        court.draw(header);
        assertEq(_juror(id, 0), first);
    }

    /// @dev More disputes than the seats can serve: the later ones wait, and no seat is in two.
    function test_AFloodOfDisputesTakesNoSeatTwice() public {
        _fill(7);
        uint256[3] memory ids = [_dispute(), _dispute(), _dispute()];
        for (uint256 i; i < 3; ++i) {
            _draw("value");
        }
        assertPhase(ids[0], Phase.Commit);
        assertPhase(ids[1], Phase.Commit);
        assertPhase(ids[2], Phase.Draw);
        for (uint256 seat; seat < 3; ++seat) {
            for (uint256 other; other < 3; ++other) {
                assertNotEq(_juror(ids[0], seat), _juror(ids[1], other));
            }
        }
    }

    /// @dev Whoever has disputes wait for seats, each imminent when the one before is not, would else keep all seats out until
    /// there is no ruling.
    function test_DisputesThatWaitForSeatsKeepNobodyOut() public {
        uint256[4] memory ids;
        for (uint256 i; i < 4; ++i) {
            ids[i] = _dispute();
            vm.roll(block.number + IMMINENT);
        }
        uint256 draws;
        for (
            uint64 tick = court.disputeOf(ids[3]).tick;
            court.disputeOf(court.front()).tick <= tick;

        ) {
            _draw("value");
            draws += 1;
        }
        assertGe(draws, 4);
        _fill(12);
        for (uint256 i; i < 4; ++i) {
            _draw("value");
            assertPhase(ids[i], Phase.Commit);
        }
    }

    /// @dev Each of several calls in one transaction would find the same ether.
    function test_OneFeeOpensNoTwoDisputes() public {
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(court.createDispute, (2, ""));
        calls[1] = calls[0];
        bytes memory both = abi.encodeWithSignature("multicall(bytes[])", calls);
        _dispute();
        vm.deal(address(this), 3 * FEE);
        (bool done,) = address(court).call{value: 3 * FEE}(both);
        assertFalse(done);
        assertEq(court.disputes(), 1);
    }

    /// @dev Nothing that anybody may call sets anything: what it was made with is what a dispute ends with.
    function test_FeeAndStakeAreThoseOfTheBeginning() public {
        uint256 id = _ruled();
        assertEq(court.fee(), FEE);
        assertEq(court.stake(), STAKE);
        court.collect(id, 0);
        assertEq(court.arbitrationCost(""), 3 * FEE);
    }

    /// @dev Without votes, jurors or randomness the ruling is 0, each within its time.
    function test_TheDefaultRulingComesInTime() public {
        uint256 nobody = _dispute();
        _drawAtLast();
        court.execute(nobody);
        _fill(9);
        uint256 silent = _dispute();
        uint256 start = block.timestamp;
        _draw("value");
        _pass(silent, COMMIT);
        court.advance(silent); // nobody committed: nobody has to reveal
        _end(silent);
        court.execute(silent);
        assertLe(block.timestamp - start, COMMIT + APPEAL + 2);
        uint256 undrawn = _dispute();
        vm.roll(block.number + 2 * APART + PROVABLE + 1);
        vm.warp(block.timestamp + DRAW + 1);
        court.draw("");
        court.execute(undrawn);
        assertEq(told, 3);
        assertEq(lastRuling, 0);
    }
}
