// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IAttestations} from "../../../../interfaces/IAttestations.sol";
import {
    JobId,
    Result,
    ResultId,
    ResultRecord,
    ResultState
} from "../../../../interfaces/types/Attestations.sol";
import {Ruling} from "../../../../interfaces/types/Deals.sol";
import {FeeToken} from "../../mocks/Tokens.sol";
import {AttestationsBase} from "../../utils/AttestationsBase.sol";

contract ResultsTest is AttestationsBase {
    /* ATTEST */

    function test_AResultIsPostedWithItsStake() public {
        Result memory result = _result();
        ResultId id = attestations.resultIdOf(result);
        vm.expectEmit(address(attestations));
        emit IAttestations.ResultPosted(id, result.root, result);
        _attest(result);
        assertEq(aim.balanceOf(address(attestations)), STAKE);
        ResultRecord memory record = attestations.resultOf(id);
        assertEq(uint8(record.state), uint8(ResultState.Posted));
        assertEq(record.since, block.timestamp);
        assertEq(record.claimant, address(0));
    }

    function test_IdsAreHashesThatNoJobShares() public view {
        bytes32 domain = keccak256(abi.encode(block.chainid, address(attestations)));
        assertEq(attestations.domain(), domain);
        assertEq(
            JobId.unwrap(attestations.jobIdOf(_job())),
            keccak256(abi.encode(domain, bytes32("Job"), _job()))
        );
        Result memory result = _result();
        assertEq(
            ResultId.unwrap(attestations.resultIdOf(result)),
            keccak256(abi.encode(domain, bytes32("Result"), result))
        );
    }

    function test_TheSmallestStakeIsTakenToo() public {
        Result memory result = _result();
        result.stake = 1;
        _attest(result);
        assertEq(aim.balanceOf(address(attestations)), 1);
    }

    function test_OnlyItsEvaluatorStatesIt() public {
        Result memory result = _result();
        vm.prank(payer);
        _expectRevert(
            abi.encodeWithSelector(IAttestations.Attestations_NotEvaluator.selector, evaluator)
        );
        attestations.attest(result);
    }

    function test_EachResultOnce() public {
        Result memory result = _result();
        ResultId id = _attest(result);
        _expectRevert(abi.encodeWithSelector(IAttestations.Attestations_ResultExists.selector, id));
        _attest(result);
    }

    function test_AnAnswerIsHandedInAsOne() public {
        Result memory result = _result(_job());
        vm.prank(evaluator);
        _expectRevert(IAttestations.Attestations_IsAnswer.selector);
        attestations.attest(result);
    }

    function test_InTheLastSecondThatItStandsAndNotAfter() public {
        Result memory result = _result();
        vm.warp(result.expiresAt);
        _attest(result);
        result.salt = "late";
        vm.warp(uint256(result.expiresAt) + 1);
        _expectRevert(
            abi.encodeWithSelector(IAttestations.Attestations_TermsInvalid.selector, "expiresAt")
        );
        _attest(result);
    }

    function test_ATokenThatTakesACutIsNotStaked() public {
        FeeToken cutting = new FeeToken();
        deal(address(cutting), evaluator, 1000e18);
        vm.prank(evaluator);
        cutting.approve(address(attestations), type(uint256).max);
        Result memory result = _result();
        result.token = address(cutting);
        _expectRevert(
            abi.encodeWithSelector(IAttestations.Attestations_TokenShort.selector, STAKE, 99e18)
        );
        _attest(result);
    }

    function test_ItIsWorthItsEvaluatorsWordWithoutAStake() public {
        Result memory result = _result();
        result.stake = 0;
        _attest(result);
        vm.warp(block.timestamp + CLAIM_TIME + 1);
        attestations.finish(result);
        assertEq(_credit(evaluator), 0);
        assertTrue(_stands(result));
    }

    /* STANDING */

    function test_ItStandsAfterThreeDaysUntilItExpires() public {
        Result memory result = _result();
        _attest(result);
        uint40 since = uint40(block.timestamp);
        vm.warp(since + CLAIM_TIME);
        assertFalse(_stands(result));
        vm.warp(since + CLAIM_TIME + 1);
        (bool whether, uint40 told) = attestations.stands(result);
        assertTrue(whether);
        assertEq(told, since);
        vm.warp(result.expiresAt);
        assertTrue(_stands(result));
        vm.warp(uint256(result.expiresAt) + 1);
        assertFalse(_stands(result));
    }

    function test_OneWithoutAnEndStandsForEver() public {
        Result memory result = _result();
        result.expiresAt = 0;
        _attest(result);
        vm.warp(block.timestamp + 36_500 days);
        assertTrue(_stands(result));
    }

    /// @dev A bond that is broken by a score asks for the very result: one changed word makes another.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_NoOtherResultStands(uint256 word, uint256 bit) public {
        Result memory result = _result();
        result.expiresAt = 0;
        _attest(result);
        vm.warp(block.timestamp + CLAIM_TIME + 1);
        uint256[11] memory bits = [uint256(160), 256, 256, 127, 256, 160, 128, 160, 40, 256, 256];
        word = bound(word, 0, 10);
        bytes memory other = _flip(abi.encode(result), word, bound(bit, 0, bits[word] - 1));
        assertFalse(_stands(abi.decode(other, (Result))));
        assertTrue(_stands(result));
    }

    function test_WhatNobodyStatedStandsNever() public {
        vm.warp(block.timestamp + 1000 days);
        (bool whether, uint40 since) = attestations.stands(_result());
        assertFalse(whether);
        assertEq(since, 0);
    }

    /* FINISH */

    function test_AnybodyGivesTheStakeBackAfterThreeDays() public {
        Result memory result = _result();
        ResultId id = _attest(result);
        uint256 end = block.timestamp + CLAIM_TIME;
        vm.warp(end);
        _expectRevert(abi.encodeWithSelector(IAttestations.Attestations_ClaimsOpen.selector, end));
        attestations.finish(result);
        vm.warp(end + 1);
        vm.expectEmit(address(attestations));
        emit IAttestations.ResultStood(id, STAKE);
        vm.prank(stranger);
        attestations.finish(result);
        assertEq(_credit(evaluator), STAKE);
        assertTrue(_stands(result));
        _expectRevert(abi.encodeWithSelector(IAttestations.Attestations_NotPosted.selector, id));
        attestations.finish(result);
    }

    /* CLAIMS */

    function test_TheArbitratorHoldsItForAnybodyInTheLastSecond() public {
        Result memory result = _result();
        ResultId id = _attest(result);
        uint256 end = block.timestamp + CLAIM_TIME;
        vm.warp(end);
        vm.expectEmit(address(attestations));
        emit IAttestations.ResultHeld(id, claimant, end + MAX_HOLD);
        _hold(result);
        assertResult(result, ResultState.Held);
        vm.warp(end + 1);
        assertFalse(_stands(result));
    }

    function test_NotAfterThreeDaysNorTwice() public {
        Result memory result = _result();
        ResultId id = _attest(result);
        uint256 end = block.timestamp + CLAIM_TIME;
        vm.warp(end + 1);
        _expectRevert(abi.encodeWithSelector(IAttestations.Attestations_ClaimTooLate.selector, end));
        _hold(result);
        vm.warp(end);
        _hold(result);
        _expectRevert(abi.encodeWithSelector(IAttestations.Attestations_NotPosted.selector, id));
        _hold(result);
    }

    function test_OnlyItsArbitratorHoldsAndRules() public {
        Result memory result = _result();
        _attest(result);
        bytes memory what = _what(result);
        bytes memory failure =
            abi.encodeWithSelector(IAttestations.Attestations_NotArbitrator.selector, evaluator);
        vm.startPrank(evaluator);
        _expectRevert(failure);
        attestations.hold(what, claimant);
        _expectRevert(failure);
        attestations.resolve(what, Ruling.Rejected);
        result.arbitrator = evaluator;
        _expectRevert(IAttestations.Attestations_NotPosted.selector);
        attestations.hold(abi.encode(result, 0), claimant);
    }

    function test_OnlyWhatIsAResult() public {
        bytes memory failure =
            abi.encodeWithSelector(IAttestations.Attestations_TermsInvalid.selector, "data");
        bytes memory shorter = abi.encode(_result());
        bytes memory longer = bytes.concat(abi.encode(_result(), 0), hex"00");
        vm.startPrank(court);
        _expectRevert(failure);
        attestations.hold("", claimant);
        _expectRevert(failure);
        attestations.hold(shorter, claimant);
        _expectRevert(failure);
        attestations.resolve(longer, Ruling.None);
    }

    /// forge-config: default.fuzz.runs = 32
    function testFuzz_UpheldHalfIsTheClaimantsAndTheRestTheTreasurys(uint128 stake) public {
        Result memory result = _result();
        result.stake = uint128(bound(stake, 1, 1_000_000e18));
        ResultId id = _attest(result);
        _hold(result);
        vm.expectEmit(address(attestations));
        emit IAttestations.ResultVoided(id, claimant, result.stake / 2);
        _resolve(result, Ruling.Upheld);
        assertResult(result, ResultState.Voided);
        assertEq(_credit(claimant), result.stake / 2);
        assertEq(_credit(claimant) + _credit(treasury), result.stake);
        assertEq(_credit(evaluator), 0);
        vm.warp(block.timestamp + CLAIM_TIME + 1);
        assertFalse(_stands(result));
    }

    function test_NoRulingLetsItStand() public {
        Result memory result = _result();
        _attest(result);
        _hold(result);
        _resolve(result, Ruling.None);
        assertResult(result, ResultState.Stood);
        assertEq(_credit(evaluator), STAKE);
        _expectRevert(IAttestations.Attestations_NotHeld.selector);
        _resolve(result, Ruling.Upheld);
        _expectRevert(IAttestations.Attestations_NotPosted.selector);
        _hold(result);
    }

    /* LOST CLAIMS */

    function test_ALostClaimLeavesADayForAnother() public {
        Result memory result = _result();
        ResultId id = _attest(result);
        _hold(result);
        vm.warp(block.timestamp + 40 days);
        uint256 end = block.timestamp + 1 days;
        vm.expectEmit(address(attestations));
        emit IAttestations.ResultReopened(id, 1, uint40(end));
        _lose(result);
        ResultRecord memory record = attestations.resultOf(id);
        assertEq(uint8(record.state), uint8(ResultState.Posted));
        assertEq(record.lost, 1);
        assertEq(record.claimant, address(0));
        vm.warp(end);
        assertFalse(_stands(result));
        _expectRevert(abi.encodeWithSelector(IAttestations.Attestations_ClaimsOpen.selector, end));
        attestations.finish(result);
        uint256 snapshot = vm.snapshotState();
        _hold(result);
        assertEq(attestations.resultOf(id).claimant, claimant);
        vm.revertToState(snapshot);
        vm.warp(end + 1);
        assertTrue(_stands(result));
        _expectRevert(abi.encodeWithSelector(IAttestations.Attestations_ClaimTooLate.selector, end));
        _hold(result);
        attestations.finish(result);
        assertEq(_credit(evaluator), STAKE);
    }

    function test_ALostClaimTakesNothingOfTheThreeDays() public {
        Result memory result = _result();
        ResultId id = _attest(result);
        uint256 end = block.timestamp + CLAIM_TIME;
        _hold(result);
        vm.warp(end - 1 days);
        vm.expectEmit(address(attestations));
        emit IAttestations.ResultReopened(id, 1, uint40(end));
        _lose(result);
        _hold(result);
        vm.warp(end - 1 days + 1);
        vm.expectEmit(address(attestations));
        emit IAttestations.ResultReopened(id, 2, uint40(end + 1));
        _lose(result);
        assertEq(attestations.resultOf(id).since, end - CLAIM_TIME, "posted when it was");
    }

    /// @dev Ninety days from the last second in which it could be claimed against, which moves.
    function test_ALaterClaimHasNinetyDaysOfItsOwn() public {
        Result memory result = _result();
        ResultId id = _attest(result);
        _hold(result);
        vm.warp(block.timestamp + 63 days);
        _lose(result);
        uint256 end = block.timestamp + 1 days + MAX_HOLD;
        vm.expectEmit(address(attestations));
        emit IAttestations.ResultHeld(id, claimant, end);
        _hold(result);
        vm.warp(end);
        _expectRevert(abi.encodeWithSelector(IAttestations.Attestations_RulingOpen.selector, end));
        attestations.finish(result);
        vm.warp(end + 1);
        attestations.finish(result);
        assertTrue(_stands(result));
    }

    function test_ALaterClaimThatIsUpheldVoidsIt() public {
        Result memory result = _result();
        _attest(result);
        _hold(result);
        _lose(result);
        _hold(result);
        _resolve(result, Ruling.Upheld);
        assertResult(result, ResultState.Voided);
        assertEq(_credit(claimant), STAKE / 2);
        assertEq(_credit(evaluator), 0);
    }

    /// @dev Each claim has its number: what was ruled on one ends no other.
    function test_ARulingOnALostClaimEndsNoLaterOne() public {
        Result memory result = _result();
        _attest(result);
        bytes memory first = _what(result);
        _hold(result);
        _lose(result);
        vm.startPrank(court);
        _expectRevert(abi.encodeWithSelector(IAttestations.Attestations_ClaimsLost.selector, 1));
        attestations.hold(first, claimant);
        _expectRevert(abi.encodeWithSelector(IAttestations.Attestations_ClaimsLost.selector, 1));
        attestations.hold(abi.encode(result, 1 + 2 ** 16), claimant);
        attestations.hold(abi.encode(result, 1), claimant);
        _expectRevert(IAttestations.Attestations_NotHeld.selector);
        attestations.resolve(first, Ruling.Upheld);
        _expectRevert(IAttestations.Attestations_NotHeld.selector);
        attestations.resolve(abi.encode(result, 2), Ruling.Upheld);
        attestations.resolve(abi.encode(result, 1), Ruling.Upheld);
    }

    function test_WithoutARulingItStandsAfterNinetyDays() public {
        Result memory result = _result();
        _attest(result);
        uint256 end = block.timestamp + CLAIM_TIME + MAX_HOLD;
        _hold(result);
        vm.warp(end);
        _expectRevert(abi.encodeWithSelector(IAttestations.Attestations_RulingOpen.selector, end));
        attestations.finish(result);
        vm.warp(end + 1);
        attestations.finish(result);
        assertEq(_credit(evaluator), STAKE);
        assertTrue(_stands(result));
    }

    function test_NeedsATreasury() public {
        bytes memory code =
            bytes.concat(vm.getCode("Attestations.sol:Attestations"), abi.encode(address(0)));
        _expectRevert(
            abi.encodeWithSelector(IAttestations.Attestations_TermsInvalid.selector, "treasury")
        );
        assembly ("memory-safe") {
            pop(create(0, add(code, 32), mload(code)))
        }
    }

    function test_EachTokensMoneyIsItsOwn() public {
        Result memory result = _result();
        _attest(result);
        result.token = address(usd);
        _attest(result);
        vm.warp(block.timestamp + CLAIM_TIME + 1);
        attestations.finish(result);
        assertEq(attestations.credit(evaluator, 0, address(usd)), STAKE);
        assertEq(_credit(evaluator), 0);
        vm.prank(evaluator);
        attestations.withdraw(0, address(usd), evaluator);
        assertEq(IERC20(aim).balanceOf(address(attestations)), STAKE);
    }
}
