// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ILedger} from "../../../interfaces/ILedger.sol";
import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {OrderId} from "../../../interfaces/types/Ids.sol";
import {Base} from "../utils/Base.sol";

contract WithdrawTest is Base {
    uint256 internal constant NET = PRICE - PROTOCOL_FEE;
    bytes32 internal constant SPLIT = keccak256("split");

    function setUp() public override {
        super.setUp();
        _sell(_terms());
    }

    function _sell(Offer memory terms) private {
        (Order memory order, OrderId id) = _openAndBuy(terms);
        _deliver(terms, order, id);
    }

    function _sellForSplit() private {
        Offer memory terms = _terms();
        terms.payoutAccount = SPLIT;
        _sell(terms);
    }

    function _expectNothingOwed(address payee, bytes32 account, address token) private {
        _expectRevert(
            abi.encodeWithSelector(ILedger.Ledger_NothingOwed.selector, payee, account, token)
        );
    }

    /* WITHDRAW */

    function test_PaysTheWholeCreditToWhomThePayeeNames() public {
        vm.expectEmit(address(market));
        emit ILedger.Withdrawn(payout, 0, address(aim), NET, friend);
        vm.prank(payout);
        assertEq(market.withdraw(0, address(aim), friend), NET);
        assertEq(aim.balanceOf(friend), NET);
        assertEq(_owed(payout, address(aim)), 0);
    }

    function test_CreditsAddUp() public {
        Offer memory terms = _terms();
        terms.salt = "second";
        _sell(terms);
        vm.prank(payout);
        assertEq(market.withdraw(0, address(aim), payout), 2 * NET);
    }

    function test_CreditsAddUpAfterAWithdrawal() public {
        vm.prank(payout);
        market.withdraw(0, address(aim), payout);
        Offer memory terms = _terms();
        terms.salt = "second";
        _sell(terms);
        assertEq(_owed(payout, address(aim)), NET);
    }

    /// @dev A slot that was cleared would cost the next sale 17,100 gas more.
    function test_AWithdrawalLeavesItsSlotInUse() public {
        vm.record();
        vm.prank(payout);
        market.withdraw(0, address(aim), payout);
        (, bytes32[] memory written) = vm.accesses(address(market));
        assertEq(written.length, 1);
        assertNotEq(vm.load(address(market), written[0]), 0);
    }

    function test_RevertsASecondTime() public {
        vm.startPrank(payout);
        market.withdraw(0, address(aim), payout);
        _expectNothingOwed(payout, 0, address(aim));
        market.withdraw(0, address(aim), payout);
    }

    function test_RevertsForTheZeroAddress() public {
        vm.prank(payout);
        _expectRevert(ILedger.Ledger_ZeroReceiver.selector);
        market.withdraw(0, address(aim), address(0));
    }

    function test_RevertsInAnotherToken() public {
        vm.prank(payout);
        _expectNothingOwed(payout, 0, address(usd));
        market.withdraw(0, address(usd), payout);
    }

    function test_NobodyWithdrawsAnothersCredit() public {
        vm.prank(stranger);
        _expectNothingOwed(stranger, 0, address(aim));
        market.withdraw(0, address(aim), stranger);
    }

    function test_AnAccountIsWithdrawnApart() public {
        _sellForSplit();
        vm.startPrank(payout);
        vm.expectEmit(address(market));
        emit ILedger.Withdrawn(payout, SPLIT, address(aim), NET, payout);
        assertEq(market.withdraw(SPLIT, address(aim), payout), NET);
        assertEq(_owed(payout, address(aim)), NET, "own account untouched");
    }

    function test_WithdrawsDuringAStopAndAfterTheTokenWasRefused() public {
        Offer memory terms = _terms();
        terms.token = address(usd);
        _sell(terms);
        _setToken(address(usd), false, 0);
        _stop();
        uint256 owed = _owed(payout, address(usd));
        vm.prank(payout);
        market.withdraw(0, address(usd), payout);
        assertEq(usd.balanceOf(payout), owed);
        assertGt(owed, 0);
    }

    function test_SeveralTokensInOneMulticall() public {
        Offer memory terms = _terms();
        terms.token = address(usd);
        _sell(terms);
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(market.withdraw, (bytes32(0), address(aim), payout));
        calls[1] = abi.encodeCall(market.withdraw, (bytes32(0), address(usd), payout));
        vm.prank(payout);
        market.multicall(calls);
        assertGt(aim.balanceOf(payout), 0);
        assertGt(usd.balanceOf(payout), 0);
    }

    /* IN A BATCH */

    function test_APushLeavesTheBatchItsOthers() public {
        Offer memory terms = _terms();
        terms.token = address(usd);
        _sell(terms);
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(market.withdrawIfOwed, (bytes32(0), address(aim), friend));
        calls[1] = abi.encodeCall(market.withdrawIfOwed, (bytes32(0), address(usd), friend));
        vm.prank(stranger);
        market.withdrawFor(payout, address(aim));
        uint256 owed = _owed(payout, address(usd));
        vm.prank(payout);
        bytes[] memory answers = market.multicall(calls);
        assertEq(abi.decode(answers[0], (uint256)), 0);
        assertEq(abi.decode(answers[1], (uint256)), owed);
        assertEq(usd.balanceOf(friend), owed);
        assertEq(aim.balanceOf(payout), NET, "a push pays the payee itself");
    }

    function test_ACopiedPushLeavesTheBatchItsOthers() public {
        bytes[] memory calls = new bytes[](3);
        calls[0] = abi.encodeCall(market.withdrawForIfOwed, (payout, address(aim)));
        calls[1] = calls[0];
        calls[2] = abi.encodeCall(market.withdrawForIfOwed, (treasury, address(aim)));
        bytes[] memory answers = market.multicall(calls);
        assertEq(abi.decode(answers[0], (uint256)), NET);
        assertEq(abi.decode(answers[1], (uint256)), 0);
        assertEq(aim.balanceOf(treasury), PROTOCOL_FEE);
    }

    function test_PassingOverWritesAndEmitsNothing() public {
        vm.recordLogs();
        vm.record();
        vm.prank(stranger);
        market.withdrawIfOwed(0, address(aim), friend);
        market.withdrawForIfOwed(stranger, address(aim));
        (, bytes32[] memory written) = vm.accesses(address(market));
        assertEq(written.length, 0);
        assertEq(vm.getRecordedLogs().length, 0);
    }

    function test_RevertsForTheZeroAddressInABatchToo() public {
        vm.prank(payout);
        _expectRevert(ILedger.Ledger_ZeroReceiver.selector);
        market.withdrawIfOwed(0, address(aim), address(0));
    }

    function test_ACreditOfExactlyOneIsPaid() public {
        Offer memory terms = _terms();
        terms.price = 1;
        terms.deliveryFee = 0;
        terms.payout = friend;
        _sell(terms);
        assertEq(_owed(friend, address(aim)), 1);
        vm.prank(friend);
        assertEq(market.withdraw(0, address(aim), friend), 1);
        assertEq(aim.balanceOf(friend), 1);
    }

    function test_TheErrorNamesPayeeAccountAndToken() public {
        vm.prank(friend);
        _expectNothingOwed(friend, SPLIT, address(usd));
        market.withdraw(SPLIT, address(usd), friend);
    }

    /* WITHDRAW FOR */

    function test_AnybodyPushesAPayeesOwnAccountToThePayee() public {
        vm.expectEmit(address(market));
        emit ILedger.Withdrawn(payout, 0, address(aim), NET, payout);
        vm.prank(stranger);
        assertEq(market.withdrawFor(payout, address(aim)), NET);
        assertEq(aim.balanceOf(payout), NET);
        assertEq(aim.balanceOf(stranger), 0);
    }

    function test_OtherAccountsAreNotPushed() public {
        _sellForSplit();
        market.withdrawFor(payout, address(aim));
        _expectNothingOwed(payout, 0, address(aim));
        market.withdrawFor(payout, address(aim));
        assertEq(market.credit(payout, SPLIT, address(aim)), NET);
    }

    function test_PushRevertsWhereNothingIsOwed() public {
        _expectNothingOwed(stranger, 0, address(aim));
        market.withdrawFor(stranger, address(aim));
    }
}
