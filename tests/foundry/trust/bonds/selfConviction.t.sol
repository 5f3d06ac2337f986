// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Offer, Order, Purchase} from "../../../../interfaces/types/Deals.sol";
import {OrderId} from "../../../../interfaces/types/Ids.sol";
import {BondsBase} from "../../utils/BondsBase.sol";

/// Whoever convicts their own version loses, however they split the roles and however often they sell to themselves.
contract SelfConvictionTest is BondsBase {
    address[4] private ring;

    /// @dev `roles` says who of the ring proves the content wrong.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_NeverPays(uint8 roles, uint128 stake, uint8 sales, uint128 price, bool honest)
        public
    {
        stake = uint128(bound(stake, 5, 10 * STAKE));
        price = uint128(bound(price, 0, stake));
        sales = uint8(bound(sales, 0, 4));
        address claimant = roles & 1 == 0 ? guarantor : roles & 2 == 0 ? seller : friend;
        ring = [guarantor, seller, payout, friend];
        _fund(aim, friend);
        uint256 before = _wealth();

        Offer memory terms = _terms();
        terms.price = price;
        terms.deliveryFee = 0;
        _offer(terms);
        _post(stake);
        Order[] memory orders = new Order[](sales);
        for (uint256 i; i < sales; ++i) {
            orders[i] = _sham(terms, bytes32(i));
        }
        if (honest) _sell(terms);
        _convict(claimant);
        bonds.breakByContent(bond);
        for (uint256 i; i < sales; ++i) {
            if (price != 0 && bonds.recordOf(bondId).stake != 0) {
                _compensate(friend, terms, orders[i]);
            }
        }
        vm.warp(block.timestamp + 90 days + 1);
        bonds.close(bond);
        uint256 earned = honest ? price - uint256(price) * AIM_FEE / 10_000 : 0;
        assertLe(_wealth(), before + earned - stake / 5);
    }

    function _sham(Offer memory terms, bytes32 salt) private returns (Order memory order) {
        order = _order(terms, friend, friend);
        order.salt = salt;
        Purchase memory purchase = _purchase(salt);
        purchase.maxTotal = terms.price;
        vm.prank(friend);
        OrderId id = market.buy(terms, purchase);
        _deliver(terms, order, id);
    }

    function _sell(Offer memory terms) private {
        Purchase memory purchase = _purchase("honest");
        purchase.maxTotal = terms.price;
        Order memory order = _order(terms, buyer, buyer);
        order.salt = "honest";
        vm.prank(buyer);
        OrderId id = market.buy(terms, purchase);
        _deliver(terms, order, id);
    }

    /// @dev What the ring holds and is owed.
    function _wealth() private view returns (uint256 sum) {
        for (uint256 i; i < ring.length; ++i) {
            sum += aim.balanceOf(ring[i]) + _credit(ring[i]) + _owed(ring[i], address(aim));
        }
    }
}
