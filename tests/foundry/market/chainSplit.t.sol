// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {KeyDelivery_WrongChallenge} from "../../../interfaces/IKeyDelivery.sol";
import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {Bps, OfferId, OrderId} from "../../../interfaces/types/Ids.sol";
import {Delivery} from "../../../interfaces/types/Keys.sol";
import {LicenseState} from "../../../interfaces/types/Licenses.sol";
import {Base} from "../utils/Base.sol";
import {MarketUnderTest} from "../utils/Deployed.sol";

/// @notice A chain that splits, and a transaction that is mined again after a re-org.
contract ChainSplitTest is Base {
    Offer internal terms;

    function setUp() public override {
        super.setUp();
        terms = _terms();
        _open(terms);
    }

    function _redeploy() private returns (MarketUnderTest) {
        return MarketUnderTest(_deployMarket());
    }

    function test_OpenOrdersEndAfterTheChainIdChanged() public {
        (Order memory order, OrderId id) = _buy(terms);
        vm.prank(buyer);
        market.buy(terms, _purchase("second"));
        vm.chainId(block.chainid + 1);
        _deliver(terms, order, id);
        assertState(id, LicenseState.Settled);
        vm.warp(_graceEnd(terms) + 1);
        order.salt = "second";
        market.refund(terms, order);
        assertEq(_owed(buyer, address(aim)), TOTAL);
    }

    function test_IdsBelongToTheChainOfDeployment() public {
        MarketUnderTest here = _redeploy();
        assertEq(here.domain(), keccak256(abi.encode(block.chainid, address(here))));
        vm.chainId(block.chainid + 1);
        MarketUnderTest there = _redeploy();
        assertEq(there.domain(), keccak256(abi.encode(block.chainid, address(there))));
        assertEq(here.domain(), keccak256(abi.encode(block.chainid - 1, address(here))));
    }

    function test_MarketsOnOneChainHaveIdsOfTheirOwn() public {
        MarketUnderTest other = _redeploy();
        OfferId offer = market.offerIdOf(terms);
        Order memory order = _order(terms, buyer, buyer);
        assertNotEq(OfferId.unwrap(other.offerIdOf(terms)), OfferId.unwrap(offer));
        assertNotEq(
            OrderId.unwrap(other.orderIdOf(offer, order)),
            OrderId.unwrap(market.orderIdOf(offer, order))
        );
    }

    function test_APurchaseMinedAgainAfterAReorgIsTheSameOrder() public {
        uint256 before = vm.snapshotState();
        (Order memory order, OrderId id) = _buy(terms);
        Delivery memory delivery = _prove(id);
        vm.revertToState(before);
        vm.prank(stranger);
        registry.register(stranger, Bps.wrap(0), _details(), _noParents());
        (, OrderId again) = _buy(terms);
        assertEq(again, id);
        market.deliver(terms, order, delivery);
        assertState(id, LicenseState.Settled);
    }

    function test_ADeliveryOpensNoOtherPurchaseThatAReorgPutInItsPlace() public {
        uint256 before = vm.snapshotState();
        (Order memory order, OrderId id) = _buy(terms);
        Delivery memory delivery = _prove(id);
        vm.revertToState(before);
        _fund(aim, stranger);
        order.buyer = order.recipient = stranger;
        vm.prank(stranger);
        market.buy(terms, _purchase());
        _expectRevert(KeyDelivery_WrongChallenge.selector);
        market.deliver(terms, order, delivery);
    }
}
