// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {ILedger} from "../../../interfaces/ILedger.sol";
import {IMarket} from "../../../interfaces/IMarket.sol";
import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {ModelId, OrderId} from "../../../interfaces/types/Ids.sol";
import {Delivery} from "../../../interfaces/types/Keys.sol";
import {LicenseState} from "../../../interfaces/types/Licenses.sol";
import {Reenterer} from "../mocks/Reenterer.sol";
import {Callback, HookToken} from "../mocks/Tokens.sol";
import {Base} from "../utils/Base.sol";

/// @notice A token that calls sender and receiver, between whom one is an attacker. The market holds others' money.
contract ReentrancyTest is Base {
    HookToken internal token;
    Reenterer internal attacker;
    Offer internal terms;
    Order internal order;
    OrderId internal id;

    function setUp() public override {
        super.setUp();
        token = new HookToken();
        attacker = new Reenterer();
        _setToken(address(token), true, USD_FEE);
        _fund(token, buyer);
        _fund(token, address(attacker));
        terms = _terms();
        terms.token = address(token);
        _open(terms);
        _buy(terms);
        order = _order(terms, address(attacker), address(attacker));
        id = _idOf(terms, order);
        attacker.execute(
            address(token), abi.encodeCall(token.setCallback, (Callback(address(attacker))))
        );
    }

    function _prepare(bytes memory call) private {
        attacker.prepare(address(market), call);
    }

    function _attack() private {
        attacker.execute(address(market), abi.encodeCall(market.buy, (terms, _purchase(terms))));
    }

    function _expectGuarded(bytes memory call) private {
        _prepare(call);
        _attack();
        assertFalse(attacker.succeeded(0));
        assertEq(
            bytes4(attacker.answers(0)),
            ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector
        );
        assertEq(token.balanceOf(address(market)), 2 * TOTAL);
    }

    function test_BuyInsideBuyReverts() public {
        _expectGuarded(abi.encodeCall(market.buy, (terms, _purchase(terms, "inner"))));
    }

    function test_BuyForInsideBuyReverts() public {
        _expectGuarded(
            abi.encodeCall(
                market.buyFor, (terms, _purchase(terms, "inner"), friend, address(0), "")
            )
        );
    }

    function test_BuyInsideAMulticallInsideBuyReverts() public {
        bytes[] memory inner = new bytes[](1);
        inner[0] = abi.encodeCall(market.buy, (terms, _purchase(terms, "inner")));
        _expectGuarded(abi.encodeCall(market.multicall, (inner)));
    }

    function test_AimsCallbackInsideBuyReverts() public {
        Offer memory aimTerms = _terms();
        _open(aimTerms);
        deal(address(aim), address(attacker), TOTAL);
        bytes memory call = abi.encodeWithSignature(
            "transferAndCall(address,uint256,bytes)",
            market,
            TOTAL,
            abi.encode(aimTerms, _purchase(), attacker, address(0), bytes(""))
        );
        attacker.prepare(address(aim), call);
        _attack();
        assertFalse(attacker.succeeded(0));
        assertEq(aim.balanceOf(address(attacker)), TOTAL);
    }

    /// @dev The order exists before its money has come. A seller in league declines it, and the refund leaves first.
    function test_WithdrawingARefundBeforeThePaymentCameReverts() public {
        vm.prank(seller);
        registry.transferFrom(seller, address(attacker), ModelId.unwrap(model));
        terms.seller = address(attacker);
        attacker.execute(
            address(market), abi.encodeCall(market.openOffer, (terms, _details(), bytes32(0)))
        );
        order = _order(terms, address(attacker), address(attacker));
        _prepare(abi.encodeCall(market.decline, (terms, order)));
        _prepare(abi.encodeCall(market.withdraw, (bytes32(0), address(token), address(attacker))));
        _expectRevert(abi.encodeWithSelector(IMarket.Market_TokenShort.selector, TOTAL, 0));
        _attack();
        assertEq(token.balanceOf(address(market)), TOTAL, "the other's escrow");
    }

    function test_DeliveringBeforeThePaymentCameOwesNoMoreThanIsHeld() public {
        _prepare(abi.encodeCall(market.deliver, (terms, order, _prove(id))));
        _attack();
        assertTrue(attacker.succeeded(0));
        assertState(id, LicenseState.Settled);
        assertEq(token.balanceOf(address(market)), 2 * TOTAL);
        assertEq(
            _owed(payout, address(token)) + _owed(treasury, address(token))
                + _owed(address(attacker), address(token)),
            TOTAL
        );
    }

    function test_WithdrawingInsideAWithdrawalFindsNothing() public {
        _attack();
        vm.prank(seller);
        market.decline(terms, order);
        bytes memory call =
            abi.encodeCall(market.withdraw, (bytes32(0), address(token), address(attacker)));
        _prepare(call);
        uint256 before = token.balanceOf(address(attacker));
        attacker.execute(address(market), call);
        assertFalse(attacker.succeeded(0));
        assertEq(bytes4(attacker.answers(0)), ILedger.Ledger_NothingOwed.selector);
        assertEq(token.balanceOf(address(attacker)) - before, TOTAL);
        assertEq(token.balanceOf(address(market)), TOTAL, "the other's escrow");
    }

    /// @dev The seller's side of it: the price leaves before it came.
    function test_WithdrawingADeliveredPriceBeforeThePaymentCameReverts() public {
        terms.payout = address(attacker);
        _open(terms);
        order = _order(terms, address(attacker), address(attacker));
        Delivery memory delivery = _prove(_idOf(terms, order));
        _prepare(abi.encodeCall(market.deliverIfPending, (terms, order, delivery)));
        _prepare(abi.encodeCall(market.withdraw, (bytes32(0), address(token), address(attacker))));
        uint128 fee = PRICE * USD_FEE / 10_000;
        _expectRevert(abi.encodeWithSelector(IMarket.Market_TokenShort.selector, TOTAL, fee));
        _attack();
        assertEq(token.balanceOf(address(market)), TOTAL, "the other's escrow");
    }

    function test_WhoWithdrawsInsideAPaymentAndPutsItBackHasGivenItAway() public {
        _attack();
        vm.prank(seller);
        market.decline(terms, order);
        uint256 before = token.balanceOf(address(attacker));
        _prepare(abi.encodeCall(market.withdraw, (bytes32(0), address(token), address(attacker))));
        attacker.prepare(address(token), abi.encodeCall(token.transfer, (address(market), TOTAL)));
        attacker.execute(
            address(market), abi.encodeCall(market.buy, (terms, _purchase(terms, "next")))
        );
        assertTrue(attacker.succeeded(0) && attacker.succeeded(1));
        assertEq(_owed(address(attacker), address(token)), 0);
        assertEq(before - token.balanceOf(address(attacker)), TOTAL, "the price of the next");
        assertEq(token.balanceOf(address(market)), 3 * TOTAL, "two orders and a gift");
    }

    function test_BuyingInsideAWithdrawalPaysInFull() public {
        _attack();
        vm.prank(seller);
        market.decline(terms, order);
        _prepare(abi.encodeCall(market.buy, (terms, _purchase(terms, "inner"))));
        attacker.execute(
            address(market),
            abi.encodeCall(market.withdraw, (bytes32(0), address(token), address(attacker)))
        );
        assertTrue(attacker.succeeded(0));
        assertEq(_owed(address(attacker), address(token)), 0);
        assertEq(token.balanceOf(address(market)), 2 * TOTAL, "two orders");
    }
}
