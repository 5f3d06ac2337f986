// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBonds} from "../../../../interfaces/IBonds.sol";
import {Result} from "../../../../interfaces/types/Attestations.sol";
import {Ruling} from "../../../../interfaces/types/Deals.sol";
import {BondState, Breach} from "../../../../interfaces/types/Stakes.sol";
import {Version} from "../../../../interfaces/types/Versions.sol";
import {BondsBase} from "../../utils/BondsBase.sol";

contract BreakByScoreTest is BondsBase {
    Result private result;

    function setUp() public override {
        super.setUp();
        _promiseScore();
        _post(STAKE);
        result = _result();
    }

    function _expectUnfit(string memory field) private {
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_ResultUnfit.selector, field));
    }

    function test_PaysAFifthToTheEvaluatorAndBurnsAFifth() public {
        uint40 known = uint40(block.timestamp);
        _stand(result);
        vm.expectEmit(address(bonds));
        emit IBonds.BondBroken(bondId, evaluator, Breach.Score, STAKE / 5, known);
        vm.prank(stranger);
        _breakByScore(result);
        assertBond(BondState.Broken, STAKE - 2 * (STAKE / 5));
        assertEq(bonds.recordOf(bondId).since, known);
        assertEq(bonds.recordOf(bondId).brokenAt, block.timestamp);
        assertEq(_credit(evaluator), STAKE / 5);
        assertEq(_credit(NOBODY), STAKE / 5);
        assertEq(_credit(stranger), 0);
    }

    /* SCORE */

    function test_RevertsForTheScoreThatWasPromised() public {
        result.value = PROMISED;
        _stand(result);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_ScoreKept.selector, PROMISED, PROMISED));
        _breakByScore(result);
    }

    function test_WhereLessIsBetterMoreBreaks() public {
        bond.atMost = true;
        bondId = bonds.bondIdOf(bond);
        _post(STAKE);
        result.value = PROMISED;
        _attest(result);
        Result memory worse = result;
        worse.value = PROMISED + 1;
        _stand(worse);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_ScoreKept.selector, PROMISED, PROMISED));
        result.value = PROMISED;
        _breakByScore(result);
        _breakByScore(worse);
        assertBond(BondState.Broken, STAKE - 2 * (STAKE / 5));
    }

    function test_ANegativeScoreIsLess() public {
        bond.threshold = -5;
        _post(STAKE);
        result.value = -6;
        _stand(result);
        _breakByScore(result);
    }

    /* EVIDENCE */

    function test_RevertsForAResultOfAnotherSuite() public {
        result.suite = keccak256("easy");
        _stand(result);
        _expectUnfit("suite");
        _breakByScore(result);
    }

    function test_RevertsForAResultOfOtherContent() public {
        result.root = keccak256("other");
        _stand(result);
        _expectUnfit("root");
        _breakByScore(result);
    }

    function test_RevertsForAResultStakedOnInAnotherToken() public {
        result.token = address(usd);
        deal(address(usd), evaluator, STAKE);
        vm.prank(evaluator);
        usd.approve(address(attestations), STAKE);
        _stand(result);
        _expectUnfit("token");
        _breakByScore(result);
    }

    function test_RevertsForAResultWithTooSmallAStake() public {
        result.stake = EVIDENCE - 1;
        _stand(result);
        _expectUnfit("stake");
        _breakByScore(result);
    }

    /// Nobody is their own judge.
    function test_RevertsForAResultThatAnotherJudges() public {
        result.arbitrator = evaluator;
        _stand(result);
        _expectUnfit("arbitrator");
        _breakByScore(result);
    }

    function test_RevertsWhereNoScoreWasPromised() public {
        bond.suite = 0;
        result.suite = 0;
        _stand(result);
        _expectUnfit("suite");
        _breakByScore(result);
    }

    function test_RevertsForOtherDetails() public {
        _stand(result);
        Version memory details = registered;
        details.plaintextRoot = keccak256("other");
        _expectRevert(IBonds.Bonds_VersionDiffers.selector);
        bonds.breakByScore(bond, details, 0, result);
        _expectRevert(IBonds.Bonds_VersionDiffers.selector);
        bonds.breakByScore(bond, registered, "parents", result);
    }

    /* STANDING */

    function test_RevertsUntilTheResultStands() public {
        _attest(result);
        vm.warp(block.timestamp + 3 days);
        _expectRevert(IBonds.Bonds_ResultNotStanding.selector);
        _breakByScore(result);
        vm.warp(block.timestamp + 1);
        _breakByScore(result);
    }

    function test_RevertsForAResultThatNobodyStated() public {
        _expectRevert(IBonds.Bonds_ResultNotStanding.selector);
        _breakByScore(result);
    }

    function test_RevertsForAVoidedResult() public {
        _attest(result);
        _claimAgainst(result);
        _ruleOn(result, Ruling.Upheld);
        _expectRevert(IBonds.Bonds_ResultNotStanding.selector);
        _breakByScore(result);
    }

    function test_RevertsOnceTheResultHasExpired() public {
        result.expiresAt = uint40(block.timestamp + 4 days);
        _stand(result);
        vm.warp(result.expiresAt + 1);
        _expectRevert(IBonds.Bonds_ResultNotStanding.selector);
        _breakByScore(result);
        vm.warp(result.expiresAt);
        _breakByScore(result);
    }

    /* KNOWN */

    function test_AResultCountsAsKnownForAWeekAtMost() public {
        uint256 known = block.timestamp;
        _attest(result);
        vm.warp(known + 7 days);
        uint256 snapshot = vm.snapshotState();
        _breakByScore(result);
        assertEq(bonds.recordOf(bondId).since, known);
        vm.revertToState(snapshot);
        vm.warp(known + 7 days + 1);
        _breakByScore(result);
        assertEq(bonds.recordOf(bondId).since, known + 1);
    }

    function test_AContestedOneSinceItWasContested() public {
        _attest(result);
        vm.warp(block.timestamp + 1 hours);
        uint256 known = block.timestamp;
        _contest(result);
        vm.warp(known + 60 days);
        _breakByScore(result);
        assertEq(bonds.recordOf(bondId).since, known);
    }

    /* STATES */

    function test_RevertsASecondTime() public {
        _stand(result);
        _breakByScore(result);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NotStanding.selector, bondId));
        _breakByScore(result);
    }

    function test_RevertsOnceTheStakeWasTakenBack() public {
        vm.warp(bonds.standsUntil(bond) + 1);
        vm.prank(guarantor);
        bonds.reclaim(bond);
        _stand(result);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NotStanding.selector, bondId));
        _breakByScore(result);
    }

    function test_RevertsWhereNothingIsStaked() public {
        bond.salt = "another";
        _stand(result);
        _expectRevert(
            abi.encodeWithSelector(IBonds.Bonds_NotStanding.selector, bonds.bondIdOf(bond))
        );
        _breakByScore(result);
    }
}
