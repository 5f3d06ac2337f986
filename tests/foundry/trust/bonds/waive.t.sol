// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBonds} from "../../../../interfaces/IBonds.sol";
import {Offer, Order} from "../../../../interfaces/types/Deals.sol";
import {LicenseId, OrderId} from "../../../../interfaces/types/Ids.sol";
import {BondState} from "../../../../interfaces/types/Stakes.sol";
import {BondsBase} from "../../utils/BondsBase.sol";

contract WaiveTest is BondsBase {
    address private insurer = makeAddr("insurer");

    function _waive(address caller, Offer memory terms, Order memory order) private {
        vm.prank(caller);
        bonds.waive(terms, order, insurer);
    }

    function test_LeavesAnOrderToItsInsurer() public {
        (Offer memory terms, Order memory order, OrderId id) = _sale();
        assertEq(bonds.insurerOf(id), address(0));
        vm.expectEmit(address(bonds));
        emit IBonds.CompensationWaived(id, buyer, insurer);
        _waive(buyer, terms, order);
        assertEq(bonds.insurerOf(id), insurer);
        assertEq(bonds.compensationOf(id), 0);
    }

    function test_NoBondCompensatesItAnyMore() public {
        (Offer memory terms, Order memory order, OrderId id) = _sale();
        _waive(buyer, terms, order);
        _break(stranger);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_Waived.selector, id, insurer));
        _compensate(buyer, terms, order);
        assertBond(BondState.Broken, STAKE - 2 * (STAKE / 5));
    }

    /// What was given stays given, and is what an insurer need not pay.
    function test_KeepsWhatBondsGaveBefore() public {
        (Offer memory terms, Order memory order, OrderId id) = _sale();
        _post(uint128(PRICE));
        bond.salt = "another";
        _post(STAKE);
        _convict(stranger);
        bonds.breakByContent(bond);
        bond.salt = 0;
        bonds.breakByContent(bond);
        _compensate(buyer, terms, order);
        _waive(buyer, terms, order);
        uint256 given = PRICE - 2 * (PRICE / 5);
        bond.salt = "another";
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_Waived.selector, id, insurer));
        _compensate(buyer, terms, order);
        assertEq(bonds.compensationOf(id), given);
        assertEq(_credit(buyer), given);
    }

    function test_WaivesOneOrderAlone() public {
        (Offer memory terms, Order memory order,) = _sale();
        Order memory second = _order(terms, buyer, buyer);
        second.salt = "2";
        vm.prank(buyer);
        OrderId id = market.buy(terms, _purchase("2"));
        _deliver(terms, second, id);
        _waive(buyer, terms, order);
        _break(stranger);
        _compensate(buyer, terms, second);
        assertEq(_credit(buyer), PRICE);
    }

    function test_RevertsTheSecondTime() public {
        (Offer memory terms, Order memory order, OrderId id) = _sale();
        _waive(buyer, terms, order);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_Waived.selector, id, insurer));
        vm.prank(buyer);
        bonds.waive(terms, order, friend);
        assertEq(bonds.insurerOf(id), insurer);
    }

    function test_RevertsForNobodyAsInsurer() public {
        (Offer memory terms, Order memory order,) = _sale();
        insurer = address(0);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_TermsInvalid.selector, "insurer"));
        _waive(buyer, terms, order);
    }

    function test_RevertsForWhoDoesNotHoldTheLicence() public {
        (Offer memory terms, Order memory order, OrderId id) = _sale();
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NotHolder.selector, buyer));
        _waive(stranger, terms, order);
        uint256 bought = LicenseId.unwrap(_licenseOf(id));
        vm.prank(buyer);
        license.transferFrom(buyer, friend, bought);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NotHolder.selector, friend));
        _waive(buyer, terms, order);
        _waive(friend, terms, order);
    }

    function test_RevertsForAnOrderThatIsNotSettled() public {
        Offer memory terms = _terms();
        (Order memory order, OrderId id) = _offerAndBuy(terms);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_OrderNotSettled.selector, id));
        _waive(buyer, terms, order);
    }
}
