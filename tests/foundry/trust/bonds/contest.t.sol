// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBonds} from "../../../../interfaces/IBonds.sol";
import {Result, ResultId} from "../../../../interfaces/types/Attestations.sol";
import {Ruling} from "../../../../interfaces/types/Deals.sol";
import {BondState} from "../../../../interfaces/types/Stakes.sol";
import {BondsBase} from "../../utils/BondsBase.sol";

contract ContestTest is BondsBase {
    Result private result;
    ResultId private resultId;

    function setUp() public override {
        super.setUp();
        _promiseScore();
        _post(STAKE);
        result = _result();
        resultId = attestations.resultIdOf(result);
    }

    function _reclaim() private {
        vm.prank(guarantor);
        bonds.reclaim(bond);
    }

    function _expectContested(uint16 contests) private {
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_Contested.selector, contests));
    }

    /* CONTEST */

    function test_HoldsAResultAgainstTheBond() public {
        _attest(result);
        vm.expectEmit(address(bonds));
        emit IBonds.BondContested(bondId, resultId, evaluator);
        vm.prank(stranger);
        _contest(result);
        assertBond(BondState.Standing, STAKE);
        assertEq(bonds.recordOf(bondId).contests, 1);
        assertEq(bonds.contestedAt(bondId, resultId), block.timestamp);
    }

    /// A guarantor cannot wait out what they claim against a result of the last second.
    function test_TheStakeIsNotTakenBackBeforeItIsDecided() public {
        uint256 end = bonds.standsUntil(bond);
        vm.warp(end);
        _attest(result);
        _contest(result);
        vm.warp(end + 3 days);
        _claimAgainst(result);
        vm.warp(end + 60 days);
        _expectContested(1);
        _reclaim();
        _ruleOn(result, Ruling.Rejected);
        vm.warp(end + 200 days);
        _expectContested(1);
        _reclaim();
        _breakByScore(result);
        assertEq(bonds.recordOf(bondId).since, end);
    }

    function test_ContestsByAHeldResult() public {
        _attest(result);
        _claimAgainst(result);
        _contest(result);
        assertEq(bonds.recordOf(bondId).contests, 1);
    }

    function test_RevertsAfterTheStakesTime() public {
        uint256 end = bonds.standsUntil(bond);
        vm.warp(end + 1);
        _attest(result);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_ClaimTooLate.selector, end));
        _contest(result);
    }

    function test_RevertsForAResultThatIsDecidedOrUnknown() public {
        _expectRevert(IBonds.Bonds_ResultNotPending.selector);
        _contest(result);
        _stand(result);
        attestations.finish(result);
        _expectRevert(IBonds.Bonds_ResultNotPending.selector);
        _contest(result);
        result.salt = "another";
        _attest(result);
        _claimAgainst(result);
        _ruleOn(result, Ruling.Upheld);
        _expectRevert(IBonds.Bonds_ResultNotPending.selector);
        _contest(result);
    }

    function test_RevertsForAResultThatBreaksNothing() public {
        result.value = PROMISED;
        _attest(result);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_ScoreKept.selector, PROMISED, PROMISED));
        _contest(result);
        result.stake = EVIDENCE - 1;
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_ResultUnfit.selector, "stake"));
        _contest(result);
    }

    function test_RevertsASecondTime() public {
        _attest(result);
        _contest(result);
        _expectRevert(IBonds.Bonds_AlreadyContested.selector);
        _contest(result);
    }

    function test_RevertsWhereNothingStands() public {
        _attest(result);
        bond.salt = "another";
        _expectRevert(
            abi.encodeWithSelector(IBonds.Bonds_NotStanding.selector, bonds.bondIdOf(bond))
        );
        _contest(result);
    }

    /* DISMISS */

    function test_AVoidedResultIsDismissed() public {
        _attest(result);
        _contest(result);
        _claimAgainst(result);
        _ruleOn(result, Ruling.Upheld);
        vm.expectEmit(address(bonds));
        emit IBonds.ContestDismissed(bondId, resultId);
        vm.prank(stranger);
        bonds.dismiss(bond, result);
        assertEq(bonds.contestedAt(bondId, resultId), 0);
        vm.warp(bonds.standsUntil(bond) + 1);
        _reclaim();
        assertBond(BondState.Ended, 0);
    }

    function test_AnExpiredResultIsDismissed() public {
        result.expiresAt = uint40(block.timestamp + 5 days);
        _attest(result);
        _contest(result);
        vm.warp(result.expiresAt);
        _expectRevert(IBonds.Bonds_NothingToDismiss.selector);
        bonds.dismiss(bond, result);
        vm.warp(result.expiresAt + 1);
        bonds.dismiss(bond, result);
        assertEq(bonds.recordOf(bondId).contests, 0);
    }

    function test_RevertsWhileTheResultIsPendingOrStands() public {
        _attest(result);
        _contest(result);
        _expectRevert(IBonds.Bonds_NothingToDismiss.selector);
        bonds.dismiss(bond, result);
        vm.warp(block.timestamp + 3 days + 1);
        attestations.finish(result);
        _expectRevert(IBonds.Bonds_NothingToDismiss.selector);
        bonds.dismiss(bond, result);
    }

    function test_RevertsForAResultThatIsNotHeldAgainstIt() public {
        _attest(result);
        _claimAgainst(result);
        _ruleOn(result, Ruling.Upheld);
        _expectRevert(IBonds.Bonds_NothingToDismiss.selector);
        bonds.dismiss(bond, result);
    }

    /// One that is void frees nothing that another binds.
    function test_EachResultIsDecidedByItself() public {
        Result memory second = result;
        second.salt = "second";
        _attest(second);
        _contest(second);
        result.salt = 0;
        _attest(result);
        _contest(result);
        _claimAgainst(second);
        _ruleOn(second, Ruling.Upheld);
        bonds.dismiss(bond, second);
        vm.warp(bonds.standsUntil(bond) + 1);
        _expectContested(1);
        _reclaim();
        _breakByScore(result);
    }

    function test_WhatIsVoidIsForgottenWithTheStakesReturn() public {
        _attest(result);
        _contest(result);
        _claimAgainst(result);
        _ruleOn(result, Ruling.Upheld);
        vm.warp(bonds.standsUntil(bond) + 1);
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(IBonds.dismiss, (bond, result));
        calls[1] = abi.encodeCall(IBonds.reclaim, (bond));
        vm.prank(guarantor);
        bonds.multicall(calls);
        assertBond(BondState.Ended, 0);
        assertEq(_credit(guarantor), STAKE);
    }
}
