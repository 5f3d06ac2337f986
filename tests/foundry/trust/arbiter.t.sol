// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbiter} from "../../../interfaces/IArbiter.sol";
import {IArbitrator} from "../../../interfaces/IArbitrator.sol";
import {CallingBack} from "../mocks/Juries.sol";
import {ClaimsBase} from "../utils/ClaimsBase.sol";

contract ArbiterTest is ClaimsBase {
    function test_ADisputeCostsItsFee() public {
        assertEq(arbiter.arbitrationCost(""), COST);
        assertEq(arbiter.fee(), COST);
        assertEq(arbiter.judge(), judge);
        vm.deal(address(this), 1 ether);
        for (uint256 sent = COST - 1; sent <= COST + 1; sent += 2) {
            _expectRevert(abi.encodeWithSelector(IArbiter.Arbiter_NotTheFee.selector, COST, sent));
            arbiter.createDispute{value: sent}(2, "");
        }
        arbiter.createDispute{value: COST}(2, "");
        assertEq(address(arbiter).balance, COST);
    }

    function test_TheJudgeRulesOnceAndIsPaid() public {
        _opposed();
        assertEq(uint8(arbiter.disputeStatus(0)), uint8(IArbitrator.DisputeStatus.Waiting));
        _expectRevert(abi.encodeWithSelector(IArbiter.Arbiter_NotJudge.selector, judge));
        arbiter.giveRuling(0, 1);
        vm.expectEmit(address(arbiter));
        emit IArbiter.DisputeRuled(0, 2);
        _rule(2);
        assertEq(uint8(arbiter.disputeStatus(0)), uint8(IArbitrator.DisputeStatus.Solved));
        assertEq(arbiter.currentRuling(0), 2);
        assertEq(judge.balance, COST);
        _expectRevert(abi.encodeWithSelector(IArbiter.Arbiter_NotWaiting.selector, 0));
        _rule(1);
    }

    function test_OnlyTheDisputesOwnRulings() public {
        _opposed();
        _expectRevert(abi.encodeWithSelector(IArbiter.Arbiter_NoSuchRuling.selector, 2));
        _rule(3);
        _rule(0);
    }

    function test_NoSuchDispute() public {
        _expectRevert(abi.encodeWithSelector(IArbiter.Arbiter_NotWaiting.selector, 0));
        arbiter.disputeStatus(0);
        _expectRevert(abi.encodeWithSelector(IArbiter.Arbiter_NotWaiting.selector, 0));
        _rule(1);
    }

    /// @dev A judge that is a contract, and a party to what it rules on: from inside `rule` it rules again.
    function test_AnArbitrableThatCallsBackIsRuledOnOnceAndPaysOnce() public {
        vm.deal(address(this), 2 * COST);
        CallingBack party = new CallingBack();
        IArbiter its = IArbiter(vm.deployCode("Arbiter.sol:Arbiter", abi.encode(party, COST)));
        party.dispute{value: 2 * COST}(its);
        party.judge(its);
        assertEq(party.told(), 1);
        assertEq(its.currentRuling(0), 1);
        assertEq(uint8(its.disputeStatus(1)), uint8(IArbitrator.DisputeStatus.Waiting));
        assertEq(address(party).balance, COST);
        assertEq(address(its).balance, COST, "the other dispute's fee");
    }

    function test_ANumberOfChoicesThatIsTooLongIsCut() public {
        vm.deal(address(this), COST);
        vm.expectEmit(address(arbiter));
        emit IArbitrator.DisputeCreation(0, address(this));
        uint256 id = arbiter.createDispute{value: COST}(type(uint256).max, "");
        vm.startPrank(judge);
        _expectRevert(
            abi.encodeWithSelector(IArbiter.Arbiter_NoSuchRuling.selector, type(uint88).max)
        );
        arbiter.giveRuling(id, uint256(type(uint88).max) + 1);
    }

    function test_ThereIsNoAppeal() public {
        _opposed();
        assertEq(arbiter.appealCost(0, ""), type(uint256).max);
        (uint256 start, uint256 end) = arbiter.appealPeriod(0);
        assertEq(start + end, 0);
        _expectRevert(IArbiter.Arbiter_NoAppeal.selector);
        arbiter.appeal(0, "");
    }
}
