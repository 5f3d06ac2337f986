// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAttestations} from "../../../../interfaces/IAttestations.sol";
import {Result, ResultId, ResultState} from "../../../../interfaces/types/Attestations.sol";
import {Claim, ClaimId} from "../../../../interfaces/types/Claims.sol";
import {ClaimsBase} from "../../utils/ClaimsBase.sol";

/// @notice Results before a real contract of claims: nobody makes a false one stand by losing, nor takes a right one down
/// by claiming without end.
contract AccompliceTest is ClaimsBase {
    uint128 private constant STAKE = 100e18;

    IAttestations private attestations;
    address private evaluator = makeAddr("evaluator");
    address private honest = makeAddr("honest");
    Result private result;
    ResultId private id;
    uint256 private rounds;

    function setUp() public override {
        super.setUp();
        attestations =
            IAttestations(vm.deployCode("Attestations.sol:Attestations", abi.encode(treasury)));
        result.evaluator = evaluator;
        (result.root, result.suite) = (keccak256("root"), keccak256("suite"));
        (result.token, result.stake) = (address(aim), STAKE);
        result.arbitrator = address(claims);
        deal(address(aim), evaluator, STAKE);
        vm.deal(honest, 1 ether);
        vm.deal(evaluator, 1 ether);
        vm.startPrank(evaluator);
        aim.approve(address(attestations), STAKE);
        id = attestations.attest(result);
        vm.stopPrank();
    }

    function _against(address who) private view returns (Claim memory) {
        uint256 lost = attestations.resultOf(id).lost;
        return Claim(address(attestations), who, abi.encode(result, lost));
    }

    /// @dev Opposed by `by`, and rejected.
    function _lose(Claim memory claim, address by) private {
        ClaimId made = _open(claim);
        vm.prank(by);
        claims.oppose{value: COST}(made, EVIDENCE);
        _judge(2);
    }

    function _judge(uint256 ruling) private {
        uint256 dispute = rounds++;
        vm.prank(judge);
        arbiter.giveRuling(dispute, ruling);
    }

    function _stands() private view returns (bool whether) {
        (whether,) = attestations.stands(result);
    }

    function assertVoided() private view {
        assertEq(uint8(attestations.resultOf(id).state), uint8(ResultState.Voided));
        assertEq(attestations.credit(evaluator, 0, address(aim)), 0);
        assertEq(attestations.credit(honest, 0, address(aim)), STAKE / 2);
    }

    function test_AClaimThatWasMadeToLoseMakesNoResultStand() public {
        Claim memory sham = _against(claimant);
        _lose(sham, opposer);
        vm.warp(block.timestamp + 30 days);
        claims.execute(sham);
        vm.warp(block.timestamp + 1 days);
        assertFalse(_stands());
        Claim memory claim = _against(honest);
        _open(claim);
        vm.warp(block.timestamp + OPPOSITION + 1);
        claims.execute(claim);
        assertVoided();
        assertEq(claims.credit(honest), COST);
    }

    /// @dev The accomplice claims anew in the second in which the last claim ends: nobody else comes in between, and nothing
    /// ever stands. Each round costs the two of them what the judge takes.
    function test_WhoKeepsAResultHeldPaysForEachRoundAndItNeverStands() public {
        uint256 purses = claimant.balance + opposer.balance;
        for (uint256 i; i < 8; ++i) {
            Claim memory sham = _against(claimant);
            _lose(sham, opposer);
            vm.warp(block.timestamp + 20 days);
            claims.execute(sham);
            assertFalse(_stands());
        }
        vm.prank(opposer);
        claims.withdraw(payable(opposer));
        assertEq(purses - claimant.balance - opposer.balance, 8 * COST);
        Claim memory claim = _against(honest);
        ClaimId made = _open(claim);
        vm.prank(evaluator);
        claims.oppose{value: COST}(made, EVIDENCE);
        _judge(1);
        claims.execute(claim);
        assertVoided();
    }

    /// @dev The deposit is whole with whoever opposes, so it is the claimant alone who pays, and for time alone.
    function test_EndlessClaimsTakeNothingFromARightResult() public {
        uint256 purse = claimant.balance;
        uint256 before = evaluator.balance;
        for (uint256 i = 1; i <= 8; ++i) {
            Claim memory claim = _against(claimant);
            _lose(claim, evaluator);
            claims.execute(claim);
            vm.prank(evaluator);
            claims.withdraw(payable(evaluator));
            assertEq(evaluator.balance, before);
            assertEq(claimant.balance, purse - i * COST);
            vm.warp(block.timestamp + 1 days);
        }
        assertFalse(_stands());
        vm.warp(block.timestamp + 2 days + 1);
        assertTrue(_stands());
        attestations.finish(result);
        assertEq(attestations.credit(evaluator, 0, address(aim)), STAKE);
    }

    function test_NoTwoClaimsAreMadeUnderOneNumber() public {
        Claim memory claim = _against(claimant);
        _open(claim);
        Claim memory other = _against(honest);
        vm.prank(honest);
        _expectRevert(abi.encodeWithSelector(IAttestations.Attestations_NotPosted.selector, id));
        claims.open{value: COST}(other, EVIDENCE);
    }
}
