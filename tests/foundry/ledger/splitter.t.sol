// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueSplitter} from "../../../interfaces/IRevenueSplitter.sol";
import {Offer, Order, Purchase} from "../../../interfaces/types/Deals.sol";
import {Bps, OrderId} from "../../../interfaces/types/Ids.sol";
import {Share} from "../../../interfaces/types/Splits.sol";
import {Base} from "../utils/Base.sol";

contract SplitterTest is Base {
    uint256 internal constant NET = PRICE - PROTOCOL_FEE;

    Share[] internal table;

    function setUp() public override {
        super.setUp();
        table.push(Share(friend, 0, Bps.wrap(3333)));
        table.push(Share(stranger, "account", Bps.wrap(6667)));
    }

    function _sell() private {
        Offer memory terms = _terms();
        (terms.payout, terms.payoutAccount) = (address(splitter), splitter.splitIdOf(table));
        (Order memory order, OrderId id) = _openAndBuy(terms);
        _deliver(terms, order, id);
    }

    function test_AnybodyDistributesWhatTheTableEarned() public {
        _sell();
        assertEq(market.credit(address(splitter), splitter.splitIdOf(table), address(aim)), NET);
        vm.prank(keeper);
        assertEq(splitter.distribute(market, table, address(aim)), NET);
        assertEq(_owed(friend, address(aim)), NET * 3333 / 10_000);
        assertEq(market.credit(stranger, "account", address(aim)), NET * 6667 / 10_000);
        assertEq(splitter.distribute(market, table, address(aim)), 0);
    }

    function test_TheIdHashesTheTable() public view {
        assertEq(splitter.splitIdOf(table), keccak256(abi.encode(table)));
    }

    function testFuzz_WhatIsRoundedAwayStaysForTheNextTime(uint128 price) public {
        Offer memory terms = _terms();
        terms.price = uint128(bound(price, 0, 1e23));
        (terms.payout, terms.payoutAccount) = (address(splitter), splitter.splitIdOf(table));
        _open(terms);
        Order memory order = _order(terms, buyer, buyer);
        Purchase memory purchase = _purchase();
        purchase.maxTotal = type(uint128).max;
        vm.startPrank(buyer);
        aim.transferAndCall(
            address(market),
            uint256(terms.price) + terms.deliveryFee,
            abi.encode(terms, purchase, buyer, address(0), bytes(""))
        );
        vm.stopPrank();
        _deliver(terms, order, _idOf(terms, order));
        uint256 net = terms.price - order.protocolFee;
        uint256 paid = splitter.distribute(market, table, address(aim));
        uint256 rest = market.credit(address(splitter), splitter.splitIdOf(table), address(aim));
        assertEq(paid + rest, net);
        assertLt(rest, 2);
    }

    /// @dev A row may be another table of the same splitter: it is distributed in its turn.
    function test_ATableCanBeARowOfAnother() public {
        bytes32 inner = splitter.splitIdOf(table);
        Share[] memory rows = table;
        delete table;
        table.push(Share(address(splitter), inner, Bps.wrap(10_000)));
        _sell();
        splitter.distribute(market, table, address(aim));
        assertEq(splitter.distribute(market, rows, address(aim)), NET);
        assertEq(_owed(friend, address(aim)), NET * 3333 / 10_000);
    }

    /// @dev A push reaches own accounts only, and a table's is none.
    function test_NobodyPushesASplitsMoneyOut() public {
        _sell();
        vm.expectRevert();
        market.withdrawFor(address(splitter), address(aim));
        assertEq(splitter.distribute(market, table, address(aim)), NET);
    }

    function test_RevertsForWhatIsNoTable() public {
        table[1].share = Bps.wrap(6666);
        _expectRevert(abi.encodeWithSelector(IRevenueSplitter.Splits_WrongSum.selector, 9999));
        splitter.splitIdOf(table);
        table[1].share = Bps.wrap(6668);
        _expectRevert(abi.encodeWithSelector(IRevenueSplitter.Splits_WrongSum.selector, 10_001));
        splitter.distribute(market, table, address(aim));
        table[1].share = Bps.wrap(6667);
        table[1].payee = address(0);
        _expectRevert(IRevenueSplitter.Splits_ZeroPayee.selector);
        splitter.splitIdOf(table);
        delete table;
        _expectRevert(abi.encodeWithSelector(IRevenueSplitter.Splits_WrongCount.selector, 0, 16));
        splitter.splitIdOf(table);
        for (uint256 i; i < 16; ++i) {
            table.push(Share(friend, bytes32(i), Bps.wrap(625)));
        }
        splitter.splitIdOf(table);
        table.push(Share(friend, 0, Bps.wrap(0)));
        _expectRevert(abi.encodeWithSelector(IRevenueSplitter.Splits_WrongCount.selector, 17, 16));
        splitter.splitIdOf(table);
    }
}
