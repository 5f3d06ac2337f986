// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ILedger} from "../../../interfaces/ILedger.sol";
import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {OrderId} from "../../../interfaces/types/Ids.sol";
import {Base} from "../utils/Base.sol";

contract AssignTest is Base {
    uint256 internal constant NET = PRICE - PROTOCOL_FEE;
    bytes32 internal constant SPLIT = keccak256("split");

    ILedger.Part[] internal parts;

    function setUp() public override {
        super.setUp();
        Offer memory terms = _terms();
        terms.payoutAccount = SPLIT;
        (Order memory order, OrderId id) = _openAndBuy(terms);
        _deliver(terms, order, id);
    }

    function _assign() private {
        vm.prank(payout);
        market.assign(SPLIT, address(aim), parts);
    }

    function test_CreditsEachPartAndKeepsTheRest() public {
        parts.push(ILedger.Part(friend, 0, 1));
        parts.push(ILedger.Part(stranger, SPLIT, 2));
        parts.push(ILedger.Part(friend, 0, 4));
        uint256 held = aim.balanceOf(address(market));
        vm.expectEmit(address(market));
        emit ILedger.Assigned(payout, SPLIT, address(aim), parts);
        _assign();
        assertEq(_owed(friend, address(aim)), 5);
        assertEq(market.credit(stranger, SPLIT, address(aim)), 2);
        assertEq(market.credit(payout, SPLIT, address(aim)), NET - 7);
        assertEq(aim.balanceOf(address(market)), held);
        market.withdrawFor(friend, address(aim));
        assertEq(aim.balanceOf(friend), 5);
    }

    function test_PassesOnAllOfItAndNoMore() public {
        parts.push(ILedger.Part(friend, 0, NET));
        parts.push(ILedger.Part(stranger, 0, 1));
        _expectRevert(abi.encodeWithSelector(ILedger.Ledger_TooLittleOwed.selector, NET + 1, NET));
        _assign();
        parts[1].amount = 0;
        _assign();
        assertEq(_owed(friend, address(aim)), NET);
        assertEq(market.credit(payout, SPLIT, address(aim)), 0);
        _expectRevert(abi.encodeWithSelector(ILedger.Ledger_TooLittleOwed.selector, NET, 0));
        _assign();
    }

    /// @dev A slot that was emptied stays in use, as after a withdrawal.
    function test_AnEmptiedAccountEarnsAgain() public {
        parts.push(ILedger.Part(payout, SPLIT, NET));
        _assign();
        assertEq(market.credit(payout, SPLIT, address(aim)), NET, "to itself");
        parts[0].payee = friend;
        _assign();
        vm.prank(friend);
        market.withdraw(SPLIT, address(aim), friend);
        assertEq(aim.balanceOf(friend), NET);
    }

    function test_NothingIsAssignedForNothing() public {
        vm.recordLogs();
        _assign();
        parts.push(ILedger.Part(friend, 0, 0));
        _assign();
        assertEq(vm.getRecordedLogs().length, 0);
    }

    function test_NobodyAssignsAnothersCredit() public {
        parts.push(ILedger.Part(stranger, 0, 1));
        vm.prank(stranger);
        _expectRevert(abi.encodeWithSelector(ILedger.Ledger_TooLittleOwed.selector, 1, 0));
        market.assign(SPLIT, address(aim), parts);
    }

    function test_RevertsForTheZeroAddress() public {
        parts.push(ILedger.Part(friend, 0, 1));
        parts.push(ILedger.Part(address(0), 0, 1));
        _expectRevert(ILedger.Ledger_ZeroReceiver.selector);
        _assign();
    }

    function test_RevertsWhereTheSumOverflows() public {
        parts.push(ILedger.Part(friend, 0, type(uint256).max));
        parts.push(ILedger.Part(friend, 0, 2));
        vm.expectRevert();
        _assign();
        assertEq(_owed(friend, address(aim)), 0);
    }
}
