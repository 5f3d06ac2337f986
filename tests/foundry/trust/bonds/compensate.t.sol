// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBonds} from "../../../../interfaces/IBonds.sol";
import {Result} from "../../../../interfaces/types/Attestations.sol";
import {Offer, Order} from "../../../../interfaces/types/Deals.sol";
import {LicenseId, ModelId, OrderId} from "../../../../interfaces/types/Ids.sol";
import {BondState} from "../../../../interfaces/types/Stakes.sol";
import {BondsBase} from "../../utils/BondsBase.sol";

contract CompensateTest is BondsBase {
    uint128 private constant LEFT = STAKE - 2 * (STAKE / 5);

    function _expectNotSettled(OrderId id) private {
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_OrderNotSettled.selector, id));
    }

    function test_PaysThePriceToWhoHoldsTheLicence() public {
        (Offer memory terms, Order memory order, OrderId id) = _sale();
        _break(stranger);
        vm.expectEmit(address(bonds));
        emit IBonds.OrderCompensated(bondId, id, buyer, PRICE);
        _compensate(buyer, terms, order);
        assertEq(_credit(buyer), PRICE);
        assertEq(bonds.compensationOf(id), PRICE);
        assertBond(BondState.Broken, LEFT - PRICE);
    }

    function test_PaysWhoBoughtTheLicenceLater() public {
        (Offer memory terms, Order memory order, OrderId id) = _sale();
        uint256 bought = LicenseId.unwrap(_licenseOf(id));
        vm.prank(buyer);
        license.transferFrom(buyer, friend, bought);
        _break(stranger);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NotHolder.selector, friend));
        _compensate(buyer, terms, order);
        _compensate(friend, terms, order);
        assertEq(_credit(friend), PRICE);
        assertEq(_credit(buyer), 0);
    }

    function test_PaysWhatIsLeftToTheLast() public {
        (Offer memory terms, Order memory order,) = _sale();
        _post(uint128(PRICE));
        _convict(stranger);
        bonds.breakByContent(bond);
        _compensate(buyer, terms, order);
        assertEq(_credit(buyer), PRICE - 2 * (PRICE / 5));
        assertBond(BondState.Broken, 0);
    }

    function test_RevertsASecondTime() public {
        (Offer memory terms, Order memory order, OrderId id) = _sale();
        _break(stranger);
        _compensate(buyer, terms, order);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_AlreadyCompensated.selector, id));
        _compensate(buyer, terms, order);
    }

    /// @dev Several bonds are more to take from, not more to get.
    function test_SeveralBondsTogetherPayThePrice() public {
        (Offer memory terms, Order memory order, OrderId id) = _sale();
        _post(uint128(PRICE));
        bond.salt = "another";
        _post(STAKE);
        _convict(stranger);
        bonds.breakByContent(bond);
        bond.salt = 0;
        bonds.breakByContent(bond);
        _compensate(buyer, terms, order);
        uint256 first = PRICE - 2 * (PRICE / 5);
        assertEq(bonds.compensationOf(id), first);
        bond.salt = "another";
        _compensate(buyer, terms, order);
        assertEq(_credit(buyer), PRICE);
        bondId = bonds.bondIdOf(bond);
        assertBond(BondState.Broken, LEFT - (PRICE - first));
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_AlreadyCompensated.selector, id));
        _compensate(buyer, terms, order);
    }

    function test_RevertsWhereNothingWasPaid() public {
        Offer memory terms = _terms();
        terms.price = 0;
        (Order memory order, OrderId id) = _offerAndBuy(terms);
        _deliver(terms, order, id);
        _break(stranger);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_AlreadyCompensated.selector, id));
        _compensate(buyer, terms, order);
    }

    function test_RevertsOnceNothingIsLeft() public {
        (Offer memory terms, Order memory order,) = _sale();
        vm.prank(buyer);
        OrderId id = market.buy(terms, _purchase("2"));
        Order memory second = _order(terms, buyer, buyer);
        second.salt = "2";
        _deliver(terms, second, id);
        _post(uint128(PRICE));
        _convict(stranger);
        bonds.breakByContent(bond);
        _compensate(buyer, terms, order);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NothingLeft.selector, bondId));
        _compensate(buyer, terms, second);
    }

    function test_RevertsForAPendingOrder() public {
        Offer memory terms = _terms();
        (Order memory order, OrderId id) = _offerAndBuy(terms);
        _break(stranger);
        _expectNotSettled(id);
        _compensate(buyer, terms, order);
    }

    function test_RevertsForAnInspectedOrder() public {
        Offer memory terms = _inspectedTerms();
        (Order memory order, OrderId id) = _offerAndBuy(terms);
        _deliver(terms, order, id);
        _break(stranger);
        _expectNotSettled(id);
        _compensate(buyer, terms, order);
    }

    function test_RevertsForARefundedOrder() public {
        Offer memory terms = _terms();
        (Order memory order, OrderId id) = _offerAndBuy(terms);
        vm.prank(seller);
        market.decline(terms, order);
        _break(stranger);
        _expectNotSettled(id);
        _compensate(buyer, terms, order);
    }

    function test_RevertsForAnOrderThatWasNeverMade() public {
        (Offer memory terms, Order memory order,) = _sale();
        _break(stranger);
        order.price += 1;
        OrderId id = market.orderIdOf(market.offerIdOf(terms), order);
        _expectNotSettled(id);
        _compensate(buyer, terms, order);
    }

    function test_RevertsForAnotherVersionModelOrToken() public {
        (Offer memory terms, Order memory order,) = _sale();
        _break(stranger);
        _expectRevert(IBonds.Bonds_OrderOfAnother.selector);
        terms.version = 2;
        _compensate(buyer, terms, order);
        terms = _terms();
        terms.token = address(usd);
        _expectRevert(IBonds.Bonds_OrderOfAnother.selector);
        _compensate(buyer, terms, order);
        terms = _terms();
        terms.model = ModelId.wrap(1);
        _expectRevert(IBonds.Bonds_OrderOfAnother.selector);
        _compensate(buyer, terms, order);
    }

    function test_RevertsWhileTheBondStands() public {
        (Offer memory terms, Order memory order,) = _sale();
        _post(STAKE);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NotBroken.selector, bondId));
        _compensate(buyer, terms, order);
    }

    function test_PaysUntilItIsClosed() public {
        (Offer memory terms, Order memory order,) = _sale();
        _break(stranger);
        vm.warp(block.timestamp + 1000 days);
        _compensate(buyer, terms, order);
        bonds.close(bond);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NotBroken.selector, bondId));
        _compensate(buyer, terms, order);
    }

    /* KNOWN BEFORE */

    /// @dev Broken by a result of this second, once it stands.
    function _breakByScore() private returns (uint40 known) {
        _promiseScore();
        _post(STAKE);
        Result memory result = _result();
        known = uint40(block.timestamp);
        _stand(result);
        _breakByScore(result);
    }

    function _saleAt(uint256 time, Offer memory terms) private returns (Order memory order) {
        vm.warp(time);
        OrderId id;
        (order, id) = _offerAndBuy(terms);
        vm.warp(time + 1 hours);
        _deliver(terms, order, id);
    }

    function test_PaysForAPurchaseOfTheSecondInWhichItBecameKnown() public {
        Offer memory terms = _terms();
        uint256 start = block.timestamp;
        Order memory order = _saleAt(start, terms);
        vm.warp(start);
        assertEq(_breakByScore(), start);
        _compensate(buyer, terms, order);
        assertEq(_credit(buyer), PRICE);
    }

    function test_RevertsForAPurchaseOfTheNextSecond() public {
        Offer memory terms = _terms();
        uint256 start = block.timestamp;
        uint40 known = _breakByScore();
        uint256 broken = block.timestamp;
        Order memory order = _saleAt(start + 1, terms);
        vm.warp(broken);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_BoughtTooLate.selector, start + 1, known));
        _compensate(buyer, terms, order);
    }

    function test_RevertsForAPurchaseAfterTheBreak() public {
        uint40 known = _breakByScore();
        Offer memory terms = _terms();
        Order memory order = _saleAt(block.timestamp, terms);
        _expectRevert(IBonds.Bonds_BoughtTooLate.selector);
        _compensate(buyer, terms, order);
        assertLt(known, block.timestamp);
    }

    /// What its last period began with is when a licence with an end was bought.
    function test_APeriodThatBeganInTimeIsCompensated() public {
        Offer memory terms = _terms();
        terms.duration = 30 days;
        uint256 start = block.timestamp;
        Order memory order = _saleAt(start - 1 hours, terms);
        vm.warp(start);
        _breakByScore();
        _compensate(buyer, terms, order);
        assertEq(_credit(buyer), PRICE);
    }

    function test_RevertsForAPeriodThatBeganLater() public {
        Offer memory terms = _terms();
        terms.duration = 30 days;
        uint256 start = block.timestamp;
        Order memory order = _saleAt(start - 1 hours + 1, terms);
        vm.warp(start);
        uint40 known = _breakByScore();
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_BoughtTooLate.selector, start + 1, known));
        _compensate(buyer, terms, order);
    }
}
