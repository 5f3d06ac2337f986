// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICourt} from "../../../../interfaces/ICourt.sol";
import {IRandomness} from "../../../../interfaces/IRandomness.sol";
import {CourtBase} from "../../utils/CourtBase.sol";

contract CourtSeatsTest is CourtBase {
    function _indices(uint256 one) private pure returns (uint256[] memory list) {
        list = new uint256[](1);
        list[0] = one;
    }

    function _resign(address juror, uint256[] memory indices) private {
        vm.prank(juror);
        court.resign(indices);
    }

    function test_IsMadeOfWhatItWasGiven() public view {
        assertEq(court.aim(), address(aim));
        assertEq(address(court.randomness()), address(headers));
        assertEq(court.treasury(), treasury);
        assertEq(court.stake(), STAKE);
        assertEq(court.fee(), FEE);
        assertEq(court.domain(), keccak256(abi.encode(block.chainid, court)));
    }

    function test_RevertsWithoutRandomnessOrTreasury() public {
        _expectRevert(abi.encodeWithSelector(ICourt.Court_ArgumentInvalid.selector, "randomness"));
        headers = IRandomness(makeAddr("nothing"));
        this.create();
        setUpAgain();
        _expectRevert(abi.encodeWithSelector(ICourt.Court_ArgumentInvalid.selector, "treasury"));
        treasury = address(0);
        this.create();
    }

    function setUpAgain() private {
        headers = court.randomness();
    }

    function create() external {
        _court(STAKE, FEE);
    }

    function test_ASeatTakesItsStake() public {
        deal(address(aim), jurors[0], 3 * STAKE);
        vm.startPrank(jurors[0]);
        aim.approve(address(court), 3 * STAKE);
        vm.expectEmit(address(court));
        emit ICourt.SeatsTaken(jurors[0], 3);
        court.join(3);
        assertEq(aim.balanceOf(address(court)), 3 * STAKE);
        assertEq(court.seats(), 3);
        assertEq(court.jurors(0, 9).length, 3);
    }

    function test_RevertsForWhoCannotPayTheStake() public {
        vm.prank(jurors[0]);
        vm.expectRevert();
        court.join(1);
    }

    function test_JurorsAreListedByPages() public {
        _fill(5);
        address[] memory page = court.jurors(1, 3);
        assertEq(page.length, 3);
        assertEq(page[0], jurors[1]);
        assertEq(page[2], jurors[3]);
        page = court.jurors(4, type(uint256).max);
        assertEq(page.length, 1);
        assertEq(page[0], jurors[4]);
        assertEq(court.jurors(5, 1).length, 0);
    }

    function test_ResigningCreditsTheStake() public {
        _fill(2);
        _join(jurors[0], 2);
        uint256[] memory mine = new uint256[](3);
        (mine[0], mine[1], mine[2]) = (3, 2, 0);
        vm.expectEmit(address(court));
        emit ICourt.SeatsLeft(jurors[0], 3);
        _resign(jurors[0], mine);
        assertEq(court.seats(), 1);
        assertEq(court.jurors(0, 1)[0], jurors[1]);
        assertEq(_aimOf(jurors[0]), 3 * STAKE);
        court.withdrawFor(jurors[0], address(aim));
        assertEq(aim.balanceOf(jurors[0]), 3 * STAKE);
    }

    function test_TheLastSeatTakesThePlaceOfOneThatGoes() public {
        _fill(4);
        _resign(jurors[1], _indices(1));
        address[] memory left = court.jurors(0, 4);
        assertEq(left[0], jurors[0]);
        assertEq(left[1], jurors[3]);
        assertEq(left[2], jurors[2]);
    }

    function test_RevertsForAnothersSeatAndForNone() public {
        _fill(2);
        _expectRevert(abi.encodeWithSelector(ICourt.Court_NotYourSeat.selector, 1, jurors[1]));
        _resign(jurors[0], _indices(1));
        _expectRevert(abi.encodeWithSelector(ICourt.Court_NotYourSeat.selector, 2, address(0)));
        _resign(jurors[0], _indices(2));
        uint256[] memory twice = new uint256[](2);
        _expectRevert(abi.encodeWithSelector(ICourt.Court_NotYourSeat.selector, 0, jurors[1]));
        _resign(jurors[0], twice);
    }

    /* FROZEN */

    /// @dev The last block in which nobody can know the value, and the first in which somebody may.
    function test_SeatsComeAndGoUntilADrawIsImminent() public {
        _fill(5);
        uint256 id = _dispute();
        uint64 tick = court.disputeOf(id).tick;
        assertEq(tick, headers.next());
        vm.roll(tick - IMMINENT - 1);
        _join(jurors[5], 1);
        _resign(jurors[0], _indices(0));
        vm.roll(tick - IMMINENT);
        bytes memory frozen = abi.encodeWithSelector(ICourt.Court_SeatsFrozen.selector, id);
        _expectRevert(frozen);
        vm.prank(jurors[6]);
        court.join(1);
        _expectRevert(frozen);
        _resign(jurors[1], _indices(1));
    }

    function test_TheyAreFrozenUntilItIsDrawn() public {
        _fill(5);
        _dispute();
        bytes memory header = _proof("value");
        _expectRevert(ICourt.Court_SeatsFrozen.selector);
        _resign(jurors[1], _indices(1));
        court.draw(header);
        address first = court.jurors(0, 1)[0];
        _resign(first, _indices(0));
        assertEq(court.seats(), 1);
    }

    /// @dev The second dispute's value is known while the first one is drawn.
    function test_TheyStayFrozenForTheNextInLine() public {
        _fill(10);
        _dispute();
        vm.roll(block.number + 5);
        uint256 second = _dispute();
        vm.roll(court.disputeOf(second).tick + 1);
        _draw("first");
        bytes memory frozen = abi.encodeWithSelector(ICourt.Court_SeatsFrozen.selector, second);
        _expectRevert(frozen);
        _resign(jurors[1], _indices(1));
        _draw("second");
        _join(jurors[11], 1);
    }
}
