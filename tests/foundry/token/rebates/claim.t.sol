// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRebates} from "../../../../interfaces/IRebates.sol";
import {Offer, Order} from "../../../../interfaces/types/Deals.sol";
import {Bps, OrderId} from "../../../../interfaces/types/Ids.sol";
import {RebateRates} from "../../../../interfaces/types/Rewards.sol";
import {MarketUnderTest} from "../../utils/Deployed.sol";
import {RebatesBase} from "../../utils/RebatesBase.sol";

contract ClaimTest is RebatesBase {
    function _expectNotSettled(OrderId id) private {
        _expectRevert(abi.encodeWithSelector(IRebates.Rebates_OrderNotSettled.selector, id));
    }

    function _expectNothingDue(OrderId id) private {
        _expectRevert(abi.encodeWithSelector(IRebates.Rebates_NothingDue.selector, id));
    }

    function test_CreditsBuyerAndPayeeOutOfTheBudget() public {
        Sale memory sale = _sell();
        vm.expectEmit(address(rebates));
        emit IRebates.RebateClaimed(sale.id, TO_BUYER, TO_PAYEE);
        _claim(sale);
        assertEq(_credit(buyer), TO_BUYER);
        assertEq(_credit(payout), TO_PAYEE);
        assertEq(rebates.budget(), BUDGET - TO_BUYER - TO_PAYEE);
        assertTrue(rebates.isClaimed(sale.id));
        assertEq(rebates.feesOf(1, buyer), PROTOCOL_FEE);
    }

    function test_SaysBeforeWhatItCreditsAndThenNothing() public {
        Sale memory sale = _sell();
        (uint256 toBuyer, uint256 toPayee) = rebates.rebateOf(sale.terms, sale.order);
        assertEq(toBuyer, TO_BUYER);
        assertEq(toPayee, TO_PAYEE);
        _claim(sale);
        (toBuyer, toPayee) = rebates.rebateOf(sale.terms, sale.order);
        assertEq(toBuyer + toPayee, 0);
    }

    function test_IsWithdrawnAsAnyCredit() public {
        _claim(_sell());
        uint256 before = aim.balanceOf(buyer);
        rebates.withdrawFor(buyer, address(aim));
        vm.prank(payout);
        rebates.withdraw(0, address(aim), friend);
        assertEq(aim.balanceOf(buyer) - before, TO_BUYER);
        assertEq(aim.balanceOf(friend), TO_PAYEE);
        assertEq(aim.balanceOf(address(rebates)), rebates.budget());
    }

    function test_CreditsASplitInItsAccount() public {
        Offer memory terms = _terms();
        (terms.payout, terms.payoutAccount) = (address(splitter), keccak256("table"));
        _claim(_sell(terms, buyer));
        assertEq(rebates.credit(address(splitter), keccak256("table"), address(aim)), TO_PAYEE);
    }

    /// Who paid the fee, not who was given the licence, holds it now, or sent the buyer.
    function test_CreditsWhoPaidForAGift() public {
        Offer memory terms = _terms();
        _open(terms);
        vm.prank(buyer);
        OrderId id = market.buyFor(terms, _purchase(terms), friend, stranger, "");
        Order memory order = _order(terms, buyer, friend);
        _deliver(terms, order, id);
        rebates.claim(terms, order);
        assertEq(_credit(buyer), TO_BUYER);
        assertEq(_credit(friend), 0);
        assertEq(_credit(stranger), 0);
    }

    function test_CreditsOneWhoIsBothWithBoth() public {
        Offer memory terms = _terms();
        terms.payout = buyer;
        _claim(_sell(terms, buyer));
        assertEq(_credit(buyer), TO_BUYER + TO_PAYEE);
    }

    function test_RevertsASecondTime() public {
        Sale memory sale = _sell();
        _claim(sale);
        _expectRevert(abi.encodeWithSelector(IRebates.Rebates_AlreadyClaimed.selector, sale.id));
        _claim(sale);
    }

    function test_RevertsForAPendingOrder() public {
        Offer memory terms = _terms();
        (Order memory order, OrderId id) = _openAndBuy(terms);
        _expectNotSettled(id);
        rebates.claim(terms, order);
    }

    function test_RevertsUntilAnInspectedOrderIsSettled() public {
        Sale memory sale = _sell(_inspectedTerms(), buyer);
        _expectNotSettled(sale.id);
        _claim(sale);
        vm.prank(buyer);
        market.accept(sale.terms, sale.order);
        _claim(sale);
        assertEq(_credit(buyer), TO_BUYER);
    }

    function test_RevertsForARefundedOrder() public {
        Sale memory sale = _sell(_inspectedTerms(), buyer);
        vm.prank(seller);
        market.decline(sale.terms, sale.order);
        _expectNotSettled(sale.id);
        _claim(sale);
    }

    function test_RevertsForAnOrderThatWasRefundedAfterAConviction() public {
        Offer memory terms = _inspectedTerms();
        terms.model = wrong;
        Sale memory sale = _sell(terms, buyer);
        _convict(stranger);
        market.refund(terms, sale.order);
        _expectNotSettled(sale.id);
        _claim(sale);
    }

    /// The fee stays paid. To refuse the payee then would only stop a cheat who did not claim at once.
    function test_AConvictionAfterTheSettlementChangesNothing() public {
        Offer memory terms = _terms();
        terms.model = wrong;
        Sale memory sale = _sell(terms, buyer);
        _convict(stranger);
        _claim(sale);
        assertEq(_credit(buyer), TO_BUYER);
        assertEq(_credit(payout), TO_PAYEE);
    }

    function test_RevertsForAnOrderThatWasNeverMade() public {
        Sale memory sale = _sell();
        sale.order.protocolFee += 1;
        _expectNotSettled(_idOf(sale.terms, sale.order));
        _claim(sale);
    }

    function test_RevertsForAnOrderOfAnotherMarket() public {
        MarketUnderTest first = market;
        market = MarketUnderTest(_deployMarket());
        _setIssuer(address(market), true);
        vm.prank(governance);
        market.setToken(address(aim), true, Bps.wrap(AIM_FEE), MAX_DELIVERY_FEE);
        _fund(aim, buyer);
        Sale memory sale = _sell();
        _expectNotSettled(first.orderIdOf(first.offerIdOf(sale.terms), sale.order));
        _claim(sale);
    }

    function test_RevertsForASaleInAnotherToken() public {
        Offer memory terms = _terms();
        terms.token = address(usd);
        Sale memory sale = _sell(terms, buyer);
        _expectRevert(abi.encodeWithSelector(IRebates.Rebates_OrderNotInAim.selector, address(usd)));
        _claim(sale);
    }

    function test_RevertsWithoutAFee() public {
        _setToken(address(aim), true, 0);
        Sale memory sale = _sell();
        _expectNothingDue(sale.id);
        _claim(sale);
    }

    function test_RevertsForAFeeOfWhichNoWholeUnitComesBack() public {
        Sale memory sale = _sellFor(9, buyer);
        _expectNothingDue(sale.id);
        _claim(sale);
        sale = _sellFor(10, buyer);
        _claim(sale);
        assertEq(_credit(buyer), 1);
    }

    function test_AnOrderWaitsForRatesThatGiveSomething() public {
        RebateRates memory none;
        _setRates(none);
        Sale memory sale = _sell();
        _expectNothingDue(sale.id);
        _claim(sale);
        _setRates(_rates());
        _claim(sale);
        assertEq(_credit(buyer), TO_BUYER);
    }

    function test_TheRatesAtTheClaimCount() public {
        Sale memory sale = _sell();
        RebateRates memory rates = _rates();
        rates.buyer = Bps.wrap(2000);
        _setRates(rates);
        _claim(sale);
        assertEq(_credit(buyer), 2 * TO_BUYER);
    }

    /// The fee that the order paid counts, whatever the market takes by now.
    function test_TheFeeOfThePurchaseCounts() public {
        Sale memory sale = _sell();
        _setToken(address(aim), true, 5 * AIM_FEE);
        _claim(sale);
        assertEq(_credit(buyer), TO_BUYER);
    }

    function test_PaysTheBudgetsLastUnit() public {
        vm.prank(governance);
        rebates.takeBack(BUDGET - TO_BUYER - TO_PAYEE);
        _claim(_sell());
        assertEq(rebates.budget(), 0);
    }

    function test_AnOrderWaitsForABudgetThatReachesIt() public {
        uint256 due = TO_BUYER + TO_PAYEE;
        vm.prank(governance);
        rebates.takeBack(uint128(BUDGET - due + 1));
        Sale memory sale = _sell();
        _expectRevert(
            abi.encodeWithSelector(IRebates.Rebates_BudgetTooSmall.selector, due, due - 1)
        );
        _claim(sale);
        _fill(1);
        _claim(sale);
        assertEq(rebates.budget(), 0);
    }

    function test_ARenewalGetsNothingBack() public {
        Offer memory terms = _terms();
        terms.duration = 30 days;
        Sale memory sale = _sell(terms, buyer);
        _claim(sale);
        vm.prank(buyer);
        market.renew(terms, sale.id, 1, PRICE, uint40(block.timestamp));
        _expectRevert(abi.encodeWithSelector(IRebates.Rebates_AlreadyClaimed.selector, sale.id));
        _claim(sale);
        assertEq(_credit(buyer), TO_BUYER);
    }

    function test_ABatchPassesOverWhatSomebodyClaimed() public {
        Sale memory one = _sell();
        Sale memory two = _sell();
        _claim(one);
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(rebates.claimIfDue, (one.terms, one.order));
        calls[1] = abi.encodeCall(rebates.claimIfDue, (two.terms, two.order));
        bytes[] memory answers = rebates.multicall(calls);
        assertFalse(abi.decode(answers[0], (bool)));
        assertTrue(abi.decode(answers[1], (bool)));
        assertEq(_credit(buyer), 2 * TO_BUYER);
    }

    function test_ABatchPassesOverWhatTheBudgetDoesNotReach() public {
        Sale memory large = _sell();
        Sale memory small = _sellFor(PROTOCOL_FEE / 2, buyer);
        vm.prank(governance);
        rebates.takeBack(BUDGET - (TO_BUYER + TO_PAYEE) / 2);
        assertFalse(rebates.claimIfDue(large.terms, large.order));
        assertEq(_credit(buyer), 0);
        assertFalse(rebates.isClaimed(large.id));
        assertTrue(rebates.claimIfDue(small.terms, small.order));
        assertEq(rebates.budget(), 0);
    }

    function test_ABatchPassesOverWhatIsNothing() public {
        _setToken(address(aim), true, 0);
        Sale memory sale = _sell();
        assertFalse(rebates.claimIfDue(sale.terms, sale.order));
        assertFalse(rebates.isClaimed(sale.id));
    }

    function test_ABatchWithAnOrderThatIsNotSettledReverts() public {
        Sale memory sale = _sell(_inspectedTerms(), buyer);
        _expectNotSettled(sale.id);
        rebates.claimIfDue(sale.terms, sale.order);
    }
}
