// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReviews} from "../../../interfaces/IReviews.sol";
import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {OrderId} from "../../../interfaces/types/Ids.sol";
import {Grant} from "../../../interfaces/types/Licenses.sol";
import {Base} from "./Base.sol";

/// @notice Orders that were settled at once, and short ways to speak about them.
abstract contract ReviewsBase is Base {
    bytes32 internal constant TEXT = "the digest of a text";
    OrderId internal constant ORDER = OrderId.wrap("an order of another issuer");

    IReviews internal reviews;

    function setUp() public virtual override {
        super.setUp();
        reviews = IReviews(vm.deployCode("Reviews.sol:Reviews", abi.encode(market, license)));
    }

    function _sell(Offer memory terms) internal returns (OrderId id) {
        Order memory order;
        (order, id) = _openAndBuy(terms);
        _deliver(terms, order, id);
    }

    function _give(address recipient) internal returns (OrderId id) {
        Offer memory terms = _terms();
        _open(terms);
        Order memory order = _order(terms, buyer, recipient);
        vm.prank(buyer);
        id = market.buyFor(terms, _purchase(terms), recipient, address(0), "");
        _deliver(terms, order, id);
    }

    function _grant() internal view returns (Grant memory) {
        return Grant(model, 1, 4095, true);
    }

    function _review(address caller, OrderId id, uint8 stars, bytes32 text) internal {
        vm.prank(caller);
        reviews.review(id, stars, text);
    }

    function _expectReview(OrderId id, address reviewer, uint8 stars, bytes32 text) internal {
        vm.expectEmit(address(reviews));
        emit IReviews.Reviewed(id, model, reviewer, stars, text);
    }

    function _expectNotSettled(OrderId id) internal {
        _expectRevert(abi.encodeWithSelector(IReviews.Reviews_OrderNotSettled.selector, id));
    }

    function _expectNotHolder(OrderId id, address caller) internal {
        _expectRevert(
            abi.encodeWithSelector(IReviews.Reviews_NotHolder.selector, _licenseOf(id), caller)
        );
    }
}
