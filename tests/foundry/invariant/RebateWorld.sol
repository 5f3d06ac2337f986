// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMarket} from "../../../interfaces/IMarket.sol";
import {IRebates} from "../../../interfaces/IRebates.sol";
import {Offer} from "../../../interfaces/types/Deals.sol";
import {Bps} from "../../../interfaces/types/Ids.sol";
import {RebateRates} from "../../../interfaces/types/Rewards.sol";
import {RebatesBase} from "../utils/RebatesBase.sol";
import {Foretold} from "./Foretold.sol";

/// @notice People who buy from each other and from themselves, in two tokens, of a version that is right and one
/// that is not; a governance that sets whatever it may; and anybody who claims. Foretells of each call whether it
/// succeeds.
contract RebateWorld is RebatesBase, Foretold {
    struct Trade {
        Sale sale;
        bool settled;
        bool ended;
        bool claimed;
        uint256 back;
    }

    Trade[] private trades;
    address[] private people;
    mapping(address payee => uint256) private owed;
    uint256 private filled;
    uint256 private takenBack;
    uint256 private spent;
    bool private convicted;
    uint256[] private clocks;

    function setUp() public override {
        super.setUp();
        people = [buyer, payout, friend, stranger, governance];
        for (uint256 i; i < people.length; ++i) {
            _fund(aim, people[i]);
            _fund(usd, people[i]);
        }
        filled = BUDGET;
        clocks.push(block.timestamp);
    }

    /* ACTIONS */

    function sell(uint256 price, uint256 who, uint256 payee, uint256 kind) external {
        Offer memory terms = kind % 4 == 0 ? _inspectedTerms() : _terms();
        terms.price = uint128(kind % 16 == 3 ? price % 20_000 : bound(price, 0, 10 * PRICE));
        terms.payout = payee % 3 == 0 ? _person(who) : _person(payee);
        if (kind % 8 == 5) terms.token = address(usd);
        if (kind % 8 > 5 && !convicted) terms.model = wrong;
        Trade storage trade = trades.push();
        trade.sale = _sell(terms, _person(who));
        trade.settled = terms.inspection == 0;
        trade.ended = trade.settled;
        done["sell"] += 1;
    }

    /// @dev An inspected order is accepted, or else declined.
    function end(uint256 i, uint256 how) external {
        if (trades.length == 0) return;
        Trade storage trade = trades[i % trades.length];
        Sale memory sale = trade.sale;
        (uint40 endsAt,) = market.inspectionOf(sale.id);
        bool well = how % 2 == 0 && block.timestamp <= endsAt;
        vm.prank(well ? sale.order.buyer : seller);
        (bool success,) = address(market)
            .call(
                well
                    ? abi.encodeCall(IMarket.accept, (sale.terms, sale.order))
                    : abi.encodeCall(IMarket.decline, (sale.terms, sale.order))
            );
        _foretold("end", success, !trade.ended);
        if (success) (trade.ended, trade.settled) = (true, well);
    }

    function convict(uint256 seed) external {
        if (convicted || seed % 8 != 0) return;
        _convict(stranger);
        convicted = true;
        done["convict"] += 1;
    }

    function claim(uint256 i, uint256 who, bool ifDue) external {
        if (trades.length == 0) return;
        Trade storage trade = trades[i % trades.length];
        Sale memory sale = trade.sale;
        (uint256 toBuyer, uint256 toPayee) = _rebateOf(trade);
        uint256 due = toBuyer + toPayee;
        bool expected = due != 0 && due <= rebates.budget();
        bytes memory data = ifDue
            ? abi.encodeCall(IRebates.claimIfDue, (sale.terms, sale.order))
            : abi.encodeCall(IRebates.claim, (sale.terms, sale.order));
        vm.prank(_person(who));
        (bool success, bytes memory answer) = address(rebates).call(data);
        if (ifDue && success) success = abi.decode(answer, (bool));
        _foretold("claim", success, expected);
        if (!success) return;
        trade.claimed = true;
        trade.back += due;
        spent += due;
        owed[sale.order.buyer] += toBuyer;
        owed[sale.terms.payout] += toPayee;
    }

    function setRates(uint256 seed, uint16 buyer_, uint16 payee, uint16 early) external {
        RebateRates memory rates;
        // Half of them without a limit, half where the cap may be.
        uint16 most = seed % 2 == 0 ? type(uint16).max : 5000;
        (rates.buyer, rates.payee) = (Bps.wrap(buyer_ % most), Bps.wrap(payee % most));
        rates.early = Bps.wrap(seed % 4 == 1 ? early : early % 10_000);
        rates.frequent = Bps.wrap(uint16(seed >> 8) % most);
        rates.frequentAt = seed % 8 == 1 ? 0 : uint96(seed >> 32) % 50e18;
        rates.earlyFrom = uint40(block.timestamp + uint16(seed >> 16));
        rates.earlyUntil = rates.earlyFrom + uint24(seed >> 128);
        uint256 shared = uint256(Bps.unwrap(rates.buyer)) + Bps.unwrap(rates.payee);
        bool expected =
            shared * (uint256(10_000) + Bps.unwrap(rates.early))
                    + uint256(Bps.unwrap(rates.frequent)) * 10_000 <= 80_000_000;
        bool success = _by(governance, address(rebates), abi.encodeCall(IRebates.setRates, (rates)));
        _foretold("setRates", success, expected);
        if (!success) return;
        clocks.push(rates.earlyFrom);
        clocks.push(rates.earlyUntil);
    }

    function setFee(uint256 fee) external {
        _setToken(address(aim), true, uint16(fee % 501));
    }

    function fill(uint256 amount) external {
        amount %= 50e18;
        deal(address(aim), treasury, amount);
        _fill(amount);
        filled += amount;
        done["fill"] += 1;
    }

    /// @dev Often all but a little, so that budgets run out.
    function takeBack(uint256 seed, uint256 who) external {
        uint256 left = rebates.budget();
        uint256 amount = seed % 2 == 0 ? left - left % (seed / 2 % 1e18 + 1) : seed % 2000e18;
        address caller = who % 2 == 0 ? governance : _person(who);
        bool success =
            _by(caller, address(rebates), abi.encodeCall(IRebates.takeBack, (uint128(amount))));
        _foretold("takeBack", success, caller == governance && amount <= left);
        if (!success) return;
        takenBack += amount;
        owed[governance] += amount;
    }

    function withdraw(uint256 who) external {
        address payee = _person(who);
        bool success = _by(
            payee,
            address(rebates),
            abi.encodeCall(rebates.withdraw, (bytes32(0), address(aim), payee))
        );
        _foretold("withdraw", success, owed[payee] != 0);
        if (success) owed[payee] = 0;
    }

    /// @dev Often lands beside a clock of the rates.
    function warp(uint256 seed) external {
        uint256 to = block.timestamp + seed % 20 days;
        uint256 clock = clocks[seed / 4 % clocks.length];
        if (seed % 2 == 0 && clock >= block.timestamp) to = clock + seed / 2 % 2;
        vm.warp(to);
    }

    /* CHECKS */

    function checkRebates() external view {
        for (uint256 i; i < trades.length; ++i) {
            uint256 most = uint256(trades[i].sale.order.protocolFee) * 8000 / 10_000;
            assertLe(trades[i].back, trades[i].settled ? most : 0, "REBATE_1");
            assertEq(rebates.isClaimed(trades[i].sale.id), trades[i].claimed, "REBATE_1");
        }
        uint256 sum = rebates.budget();
        assertEq(sum + spent + takenBack, filled, "REBATE_1");
        for (uint256 i; i < people.length; ++i) {
            assertEq(_credit(people[i]), owed[people[i]], "REBATE_1");
            sum += owed[people[i]];
        }
        assertEq(aim.balanceOf(address(rebates)), sum, "REBATE_1");
    }

    /* INTERNAL */

    /// @dev What the contract says is due, which it says of settled orders in AIM alone.
    function _rebateOf(Trade storage trade)
        private
        view
        returns (uint256 toBuyer, uint256 toPayee)
    {
        Sale memory sale = trade.sale;
        try rebates.rebateOf(sale.terms, sale.order) returns (uint256 one, uint256 two) {
            assertTrue(trade.settled && sale.terms.token == address(aim), "REBATE_1");
            if (trade.claimed) assertEq(one + two, 0, "REBATE_1");
            return (one, two);
        } catch {
            assertFalse(trade.settled && sale.terms.token == address(aim), "REBATE_1");
        }
    }

    function _person(uint256 who) private view returns (address) {
        return people[who % people.length];
    }
}
