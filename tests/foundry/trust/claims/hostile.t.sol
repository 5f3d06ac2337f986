// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClaims} from "../../../../interfaces/IClaims.sol";
import {Claim, ClaimId, ClaimRecord, ClaimState} from "../../../../interfaces/types/Claims.sol";
import {Ruling} from "../../../../interfaces/types/Deals.sol";
import {HostileArbitrator, HostileDeal, NoEther} from "../../mocks/HostileDeals.sol";
import {ClaimsBase} from "../../utils/ClaimsBase.sol";

contract HostileTest is ClaimsBase {
    HostileDeal.Mood[4] internal moods = [
        HostileDeal.Mood.Reverting,
        HostileDeal.Mood.Greedy,
        HostileDeal.Mood.Bombing,
        HostileDeal.Mood.Reentering
    ];

    /// @dev However the deal takes it, the deposit is paid out.
    function test_NoDealLocksADeposit() public {
        for (uint256 i; i < moods.length; ++i) {
            target.setMood(HostileDeal.Mood.Kind, claims);
            Claim memory claim = _claim(bytes32(i));
            ClaimId id = _open(claim);
            vm.warp(block.timestamp + OPPOSITION + 1);
            target.setMood(moods[i], claims);
            if (moods[i] != HostileDeal.Mood.Reentering) {
                vm.expectRevert();
                claims.execute{gas: 1_000_000}(claim);
            }
            claims.conclude{gas: 1_000_000}(claim);
            assertClaim(id, ClaimState.Concluded, Ruling.Upheld);
            uint256 before = claimant.balance;
            vm.prank(claimant);
            claims.withdraw(payable(claimant));
            assertEq(claimant.balance, before + COST);
        }
    }

    function test_ADealThatRevertedIsToldLater() public {
        Claim memory claim = _claim();
        ClaimId id = _open(claim);
        vm.warp(block.timestamp + OPPOSITION + 1);
        target.setMood(HostileDeal.Mood.Reverting, claims);
        vm.expectRevert(bytes("no"));
        claims.execute(claim);
        assertClaim(id, ClaimState.Open, Ruling.None);
        target.setMood(HostileDeal.Mood.Kind, claims);
        claims.execute(claim);
        assertEq(uint8(target.last()), uint8(Ruling.Upheld));
    }

    /// @dev From inside `hold` and `resolve` it opens, concludes, executes and withdraws, with ether of its own.
    function test_ADealThatCallsBackGainsNothing() public {
        vm.deal(address(target), 10 ether);
        target.setMood(HostileDeal.Mood.Reentering, claims);
        Claim memory claim = _claim();
        _open(claim);
        assertEq(target.entered(), 0);
        vm.warp(block.timestamp + OPPOSITION + 1);
        claims.execute(claim);
        assertEq(target.entered(), 0);
        assertEq(claims.credit(claimant), COST);
        assertEq(address(claims).balance, COST);
        assertEq(address(target).balance, 10 ether);
    }

    function test_AClaimThatTheDealRefusesIsNone() public {
        target.setMood(HostileDeal.Mood.Reverting, claims);
        vm.prank(claimant);
        vm.expectRevert(bytes("no"));
        claims.open{value: COST}(_claim(), EVIDENCE);
        assertEq(address(claims).balance, 0);
    }

    /// @dev Of a code-less address nothing can be held.
    function test_NobodyIsNoDeal() public {
        Claim memory claim = _claim();
        claim.target = stranger;
        vm.prank(claimant);
        vm.expectRevert();
        claims.open{value: COST}(claim, EVIDENCE);
    }

    function test_WhoTakesNoEtherNamesAnotherAccount() public {
        NoEther account = new NoEther();
        vm.deal(address(account), 1 ether);
        Claim memory claim = Claim(address(target), address(account), abi.encode(account));
        account.run(address(claims), 1 ether, abi.encodeCall(IClaims.open, (claim, EVIDENCE)));
        bytes memory self = abi.encodeCall(IClaims.withdraw, (payable(address(account))));
        vm.expectRevert();
        account.run(address(claims), 0, self);
        assertEq(claims.credit(address(account)), 1 ether - COST);
        account.run(address(claims), 0, abi.encodeCall(IClaims.withdraw, (payable(friend))));
        assertEq(friend.balance, 1 ether - COST);
    }

    /// @dev An arbitrator that is dead, or says other numbers: those who named it wait, and then it is over.
    function test_ADeadArbitratorLocksNothing() public {
        (Claim memory claim, ClaimId id) = _opposed();
        vm.etch(address(arbiter), hex"fe");
        Claim memory other = _claim("other");
        vm.prank(claimant);
        vm.expectRevert();
        claims.open{value: COST}(other, EVIDENCE);
        vm.warp(block.timestamp + RULING + 1);
        claims.conclude(claim);
        assertClaim(id, ClaimState.Concluded, Ruling.None);
        vm.prank(claimant);
        claims.withdraw(payable(claimant));
        assertEq(address(claims).balance, 0);
    }

    /// @dev From inside `createDispute` it rules, opposes, appeals, concludes and executes: the claim is nobody's yet.
    function test_AnArbitratorThatCallsBackGainsNothing() public {
        HostileArbitrator arbitrator = new HostileArbitrator();
        IClaims its = _claims(arbitrator);
        Claim memory claim = _claim();
        ClaimId id = _open(its, claim);
        arbitrator.enter(its, claim);
        vm.deal(address(arbitrator), 1 ether);
        _oppose(its, id);
        assertEq(arbitrator.entered(), 0);
        ClaimRecord memory record = its.recordOf(id);
        assertEq(uint8(record.state), uint8(ClaimState.Opposed));
        assertEq(record.opposer, opposer);
        assertEq(address(its).balance, COST);
        assertEq(target.resolved(), 0);
    }

    /// @dev It gives one number to two disputes: the first is without a ruling then.
    function test_AnArbitratorThatRepeatsItselfHarmsItsOwnDisputes() public {
        (Claim memory first, ClaimId id) = _opposed();
        Claim memory second = _claim("second");
        ClaimId other = _open(second);
        vm.mockCall(
            address(arbiter), abi.encodeWithSelector(arbiter.createDispute.selector), abi.encode(0)
        );
        _oppose(other);
        vm.clearMockedCalls();
        _rule(2);
        assertClaim(id, ClaimState.Opposed, Ruling.None);
        assertClaim(other, ClaimState.Ruled, Ruling.Rejected);
        vm.warp(block.timestamp + RULING + 1);
        claims.conclude(first);
        claims.conclude(second);
        assertEq(claims.credit(claimant), COST);
        assertEq(claims.credit(opposer), COST);
    }
}
