// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClaims} from "../../../../interfaces/IClaims.sol";
import {Claim, ClaimId, ClaimState} from "../../../../interfaces/types/Claims.sol";
import {Phase} from "../../../../interfaces/types/Courts.sol";
import {Ruling as Verdict} from "../../../../interfaces/types/Deals.sol";
import {HostileDeal} from "../../mocks/HostileDeals.sol";
import {CourtBase} from "../../utils/CourtBase.sol";

/// @notice Claims before the court, as they are deployed.
contract CourtClaimsTest is CourtBase {
    uint256 private constant COST = 3 * FEE;

    IClaims private claims;
    HostileDeal private target = new HostileDeal();
    address private claimant = makeAddr("claimant");
    address private opposer = makeAddr("opposer");
    Claim private claim;
    ClaimId private id;

    function setUp() public override {
        super.setUp();
        bytes memory arguments = abi.encode(court, 0, 1, bytes32("question"));
        claims = IClaims(vm.deployCode("Claims.sol:Claims", arguments));
        vm.deal(claimant, 10 ether);
        vm.deal(opposer, 10 ether);
        claim = Claim(address(target), claimant, abi.encode(claimant));
        vm.prank(claimant);
        id = claims.open{value: COST}(claim, 0);
        vm.prank(opposer);
        claims.oppose{value: COST}(id, 0);
    }

    function _round(uint256 first, uint256 count, uint256 ruling) private {
        _draw(bytes32(first));
        _all(1, first, count, ruling);
    }

    function test_ThreeRoundsDecideAClaimWithinItsTime() public {
        _fill(25);
        uint256 opposed = block.timestamp;
        _round(0, 3, 1);
        vm.prank(opposer);
        claims.appeal{value: 7 * FEE}(1);
        _round(3, 7, 2);
        vm.prank(claimant);
        claims.appeal{value: 15 * FEE}(1);
        _round(10, 15, 2);
        assertPhase(1, Phase.Over);
        court.execute(1);
        assertLt(block.timestamp, opposed + 60 days);
        claims.execute(claim);
        assertEq(uint8(target.last()), uint8(Verdict.Rejected));
        assertEq(claims.credit(opposer), COST);
        for (uint256 seat; seat < 25; ++seat) {
            court.collect(1, seat);
        }
        assertEq(court.seats(), 22, "the first three were overruled");
        assertEq(_aimOf(treasury), 3 * (STAKE / 2));
    }

    /// @dev As long as three rounds can take: each is drawn in its last second, and each phase lasts to its end.
    function test_TheSlowestThreeRoundsAreOverInTime() public {
        _fill(25);
        uint256 deadline = claims.recordOf(id).deadline;
        uint256[3] memory counts = [uint256(3), 7, 15];
        uint256 first;
        for (uint256 round; round < 3; ++round) {
            bytes memory proof = _proof(bytes32(round));
            vm.warp(block.timestamp + DRAW);
            court.draw(proof);
            _commit(1, first, 1);
            vm.warp(block.timestamp + COMMIT + 1);
            court.advance(1);
            vm.warp(block.timestamp + REVEAL);
            _reveal(1, first, 1);
            vm.warp(block.timestamp + 1);
            if (court.disputeOf(1).phase == Phase.Reveal) court.advance(1);
            first += counts[round];
            if (round == 2) continue;
            vm.warp(block.timestamp + APPEAL);
            uint256 cost = counts[round + 1] * FEE;
            vm.prank(opposer);
            claims.appeal{value: cost}(1);
        }
        assertPhase(1, Phase.Over);
        assertLt(block.timestamp, deadline);
        court.execute(1);
        claims.execute(claim);
        assertEq(uint8(target.last()), uint8(Verdict.Upheld));
        assertEq(claims.credit(claimant), COST);
    }

    /// @dev Where a round is running at the claim's deadline, what stood before it is what the claim ends with.
    function test_AClaimEndsAsItStoodWhileAnAppealWaits() public {
        _fill(3);
        _round(0, 3, 2);
        vm.prank(claimant);
        claims.appeal{value: 7 * FEE}(1);
        vm.warp(claims.recordOf(id).deadline + 1);
        claims.execute(claim);
        assertEq(uint8(target.last()), uint8(Verdict.Rejected));
    }

    function test_NobodyRulesWhereThereAreNoJurors() public {
        _drawAtLast();
        court.execute(1);
        claims.execute(claim);
        assertEq(uint8(target.last()), uint8(Verdict.None));
        assertEq(uint8(claims.recordOf(id).state), uint8(ClaimState.Executed));
        assertEq(court.etherOwed(treasury), COST);
    }

    /// @dev A ruling that a claim does not wait for any more ends the dispute all the same.
    function test_ALateRulingIsPassedOver() public {
        _fill(3);
        _round(0, 3, 1);
        _end(1);
        vm.warp(claims.recordOf(id).deadline + 1);
        claims.execute(claim);
        court.execute(1);
        assertPhase(1, Phase.Executed);
        court.collect(1, 0);
    }
}
