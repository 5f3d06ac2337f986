// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CourtBase} from "../../utils/CourtBase.sol";

/// What the court costs as whole transactions, once it has seats and disputes.
/// forge-config: default.isolate = true
contract CourtGasTest is CourtBase {
    uint256 private id;

    function setUp() public override {
        super.setUp();
        _drawn();
        vm.roll(block.number + 1);
        id = _dispute();
    }

    function _atMost(string memory what, uint256 ceiling) private {
        uint256 used = vm.lastCallGas().gasTotalUsed;
        emit log_named_uint(what, used);
        assertLe(used, ceiling, what);
    }

    function test_DrawOfThree() public {
        bytes memory proof = _proof("value");
        court.draw(proof);
        _atMost("draw of three", 170_000);
    }

    /// @dev Through EIP-2935.
    function test_DrawOfThreeMuchLater() public {
        bytes memory proof = _proof("value");
        vm.roll(block.number + 1000);
        court.draw(proof);
        _atMost("draw of three much later", 175_000);
    }

    function test_DrawOfFifteen() public {
        _draw("value");
        _all(id, 0, 3, 1);
        _appeal(id, 7);
        _draw("again");
        _all(id, 3, 7, 1);
        _fill(15);
        _appeal(id, 15);
        bytes memory proof = _proof("and again");
        court.draw(proof);
        _atMost("draw of fifteen", 600_000);
    }

    function test_CommitAndReveal() public {
        _draw("value");
        for (uint256 seat; seat < 3; ++seat) {
            address juror = _juror(id, seat);
            bytes32 commitment = court.commitmentOf(id, seat, juror, 1, _salt(seat));
            vm.prank(juror);
            court.commit(id, seat, commitment);
            _atMost("commit", 55_000);
        }
        court.advance(id);
        _atMost("advance", 45_000);
        for (uint256 seat; seat < 3; ++seat) {
            court.reveal(id, seat, 1, _salt(seat));
            _atMost("reveal", 45_000);
        }
        court.advance(id);
        _atMost("tally", 50_000);
        vm.warp(block.timestamp + APPEAL + 1);
        court.advance(id);
        _atMost("end", 70_000);
        court.collect(id, 0);
        _atMost("collect", 90_000);
    }
}
