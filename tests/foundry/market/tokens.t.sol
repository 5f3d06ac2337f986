// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";

import {IMarket} from "../../../interfaces/IMarket.sol";
import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {OrderId} from "../../../interfaces/types/Ids.sol";
import {LicenseState} from "../../../interfaces/types/Licenses.sol";
import {
    BlacklistToken,
    FalseToken,
    FeeToken,
    IdleToken,
    LyingToken,
    NonzeroToken,
    SilentToken
} from "../mocks/Tokens.sol";
import {Base} from "../utils/Base.sol";

/// @notice Tokens that are not what they should be. Governance would have to allow them first.
contract TokensTest is Base {
    uint256 internal constant FEE = uint256(PRICE) * USD_FEE / 10_000;

    Offer internal terms;

    function _use(ERC20 token) private {
        _setToken(address(token), true, USD_FEE);
        _fund(token, buyer);
        terms = _terms();
        terms.token = address(token);
        _open(terms);
    }

    function _expectBuy(bytes memory failure) private {
        vm.prank(buyer);
        _expectRevert(failure);
        market.buy(terms, _purchase(terms));
    }

    function _expectShort(uint256 received) private {
        _expectBuy(abi.encodeWithSelector(IMarket.Market_TokenShort.selector, TOTAL, received));
    }

    function _sell() private {
        (Order memory order, OrderId id) = _buy(terms);
        _deliver(terms, order, id);
    }

    /* LESS THAN WAS SENT */

    function test_ATokenThatTakesAFeeIsRefused() public {
        _use(new FeeToken());
        _expectShort(TOTAL - TOTAL / 100);
    }

    function test_ATokenThatMovesNothingIsRefused() public {
        _use(new IdleToken());
        _expectShort(0);
    }

    function test_ATokenThatReportsLessIsRefused() public {
        LyingToken token = new LyingToken();
        _use(token);
        token.setLie(-1);
        _expectShort(TOTAL - 1);
    }

    function test_ATokenThatReportsMoreIsRefused() public {
        LyingToken token = new LyingToken();
        _use(token);
        token.setLie(1);
        _expectShort(TOTAL + 1);
    }

    function test_ATokenWhoseReportShrinksIsRefused() public {
        LyingToken token = new LyingToken();
        _use(token);
        deal(address(token), address(market), TOTAL);
        token.setLie(-2 * int256(uint256(TOTAL)));
        vm.prank(buyer);
        vm.expectRevert();
        market.buy(terms, _purchase(terms));
    }

    /* ANSWERS */

    function test_ATokenThatAnswersFalseIsRefused() public {
        FalseToken token = new FalseToken();
        _use(token);
        token.setFailing(true);
        _expectBuy(abi.encodeWithSelector(SafeTransferLib.TransferFromFailed.selector));
    }

    function test_ACreditStaysWhereATransferAnswersFalse() public {
        FalseToken token = new FalseToken();
        _use(token);
        _sell();
        token.setFailing(true);
        vm.prank(payout);
        _expectRevert(SafeTransferLib.TransferFailed.selector);
        market.withdraw(0, address(token), payout);
        assertEq(_owed(payout, address(token)), PRICE - FEE);
        token.setFailing(false);
        market.withdrawFor(payout, address(token));
        assertEq(token.balanceOf(payout), PRICE - FEE);
    }

    function test_ATokenThatAnswersNothingWorks() public {
        SilentToken token = new SilentToken();
        _use(token);
        _sell();
        market.withdrawFor(payout, address(token));
        assertEq(token.balanceOf(payout), PRICE - FEE);
    }

    function test_AnAddressWithoutCodeIsRefused() public {
        address token = makeAddr("empty");
        _setToken(token, true, 0);
        terms = _terms();
        terms.token = token;
        _open(terms);
        vm.prank(buyer);
        vm.expectRevert();
        market.buy(terms, _purchase(terms));
    }

    function test_AFreeOfferMovesNothing() public {
        NonzeroToken token = new NonzeroToken();
        _use(token);
        terms.price = 0;
        terms.deliveryFee = 0;
        _open(terms);
        _sell();
        assertEq(market.credit(payout, 0, address(token)), 0);
    }

    /* BLACKLISTS */

    function test_ABlacklistedPayeeHoldsUpNobodyElse() public {
        BlacklistToken token = new BlacklistToken();
        _use(token);
        token.setBlacklisted(payout, true);
        token.setBlacklisted(treasury, true);
        _sell();
        vm.startPrank(payout);
        _expectRevert(SafeTransferLib.TransferFailed.selector);
        market.withdraw(0, address(token), payout);
        market.withdraw(0, address(token), friend);
        vm.stopPrank();
        market.withdrawFor(keeper, address(token));
        assertEq(token.balanceOf(friend), PRICE - FEE);
        assertEq(token.balanceOf(keeper), DELIVERY_FEE);
        assertEq(_owed(treasury, address(token)), FEE);
    }

    function test_ABlacklistedBuyerIsRefundedToAnotherAddress() public {
        BlacklistToken token = new BlacklistToken();
        _use(token);
        (Order memory order,) = _buy(terms);
        token.setBlacklisted(buyer, true);
        vm.warp(_graceEnd(terms) + 1);
        market.refund(terms, order);
        vm.prank(buyer);
        market.withdraw(0, address(token), friend);
        assertEq(token.balanceOf(friend), TOTAL);
    }

    function test_ABlacklistedMarketStillDeliversAndRefunds() public {
        BlacklistToken token = new BlacklistToken();
        _use(token);
        (Order memory order, OrderId id) = _buy(terms);
        token.setBlacklisted(address(market), true);
        _deliver(terms, order, id);
        assertState(id, LicenseState.Settled);
        _expectRevert(SafeTransferLib.TransferFailed.selector);
        market.withdrawFor(payout, address(token));
        token.setBlacklisted(address(market), false);
        market.withdrawFor(payout, address(token));
        assertEq(token.balanceOf(payout), PRICE - FEE);
    }

    /* DONATIONS */

    function test_ADonationIsNobodysAndDisturbsNothing() public {
        deal(address(usd), address(market), 5);
        terms = _terms();
        terms.token = address(usd);
        _open(terms);
        _sell();
        assertEq(usd.balanceOf(address(market)), TOTAL + 5);
        assertEq(
            _owed(payout, address(usd)) + _owed(treasury, address(usd))
                + _owed(keeper, address(usd)),
            TOTAL
        );
    }
}
