// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC721} from "solady/tokens/ERC721.sol";

import {IMarket} from "../../../interfaces/IMarket.sol";
import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {LicenseId, OrderId} from "../../../interfaces/types/Ids.sol";
import {LicenseState} from "../../../interfaces/types/Licenses.sol";
import {Base} from "../utils/Base.sol";

contract BuyForTest is Base {
    Offer internal terms;
    Order internal order;
    OrderId internal id;

    function setUp() public override {
        super.setUp();
        terms = _terms();
        _open(terms);
        order = _order(terms, buyer, friend);
        id = _idOf(terms, order);
    }

    function _buyForFriend() private {
        vm.prank(buyer);
        assertEq(market.buyFor(terms, _purchase(terms), friend, address(0), ""), id);
    }

    function test_TheRecipientGetsTheLicenceThatTheCallerPaid() public {
        uint256 before = aim.balanceOf(buyer);
        vm.expectEmit(address(market));
        emit IMarket.Purchased(
            id,
            market.offerIdOf(terms),
            buyer,
            friend,
            address(0),
            0,
            key,
            PRICE,
            PROTOCOL_FEE,
            order.salt,
            _licenseOf(id)
        );
        _buyForFriend();
        assertEq(before - aim.balanceOf(buyer), TOTAL);
        assertEq(license.ownerOf(LicenseId.unwrap(_licenseOf(id))), friend);
        _deliver(terms, order, id);
        assertTrue(license.hasAccess(_licenseOf(id), friend, 1));
        assertFalse(license.hasAccess(_licenseOf(id), buyer, 1));
    }

    function test_TheCallerPaysInAnotherTokenThanAim() public {
        terms.token = address(usd);
        _open(terms);
        order = _order(terms, buyer, friend);
        id = _idOf(terms, order);
        uint256 before = usd.balanceOf(buyer);
        _buyForFriend();
        assertEq(before - usd.balanceOf(buyer), TOTAL);
        assertEq(usd.balanceOf(address(market)), TOTAL);
        assertEq(license.ownerOf(LicenseId.unwrap(_licenseOf(id))), friend);
    }

    function test_TheCallerGetsTheRefund() public {
        _buyForFriend();
        vm.warp(_graceEnd(terms) + 1);
        market.refund(terms, order);
        assertEq(_owed(buyer, address(aim)), TOTAL);
        assertEq(_owed(friend, address(aim)), 0);
    }

    function test_OnlyTheCallerAcceptsNotTheRecipient() public {
        terms = _inspectedTerms();
        _open(terms);
        order = _order(terms, buyer, friend);
        id = _idOf(terms, order);
        _buyForFriend();
        _deliver(terms, order, id);
        vm.prank(friend);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_NotBuyer.selector, friend));
        market.accept(terms, order);
        vm.prank(buyer);
        market.accept(terms, order);
        assertState(id, LicenseState.Settled);
    }

    function test_RevertsForTheZeroAddress() public {
        vm.prank(buyer);
        _expectRevert(ERC721.TransferToZeroAddress.selector);
        market.buyFor(terms, _purchase(terms), address(0), address(0), "");
    }

    function test_TwoRecipientsAreTwoOrders() public {
        _buyForFriend();
        vm.prank(buyer);
        OrderId other = market.buyFor(terms, _purchase(terms), stranger, address(0), "");
        assertNotEq(OrderId.unwrap(other), OrderId.unwrap(id));
    }
}
