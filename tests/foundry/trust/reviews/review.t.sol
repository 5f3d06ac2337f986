// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReviews} from "../../../../interfaces/IReviews.sol";
import {Offer, Order} from "../../../../interfaces/types/Deals.sol";
import {LicenseId, OrderId} from "../../../../interfaces/types/Ids.sol";
import {ReviewsBase} from "../../utils/ReviewsBase.sol";

contract ReviewTest is ReviewsBase {
    function test_WhoHoldsTheSettledLicenceHasTheirWord() public {
        OrderId id = _sell(_terms());
        _expectReview(id, buyer, 4, TEXT);
        _review(buyer, id, 4, TEXT);
    }

    function test_HasItAgain() public {
        OrderId id = _sell(_terms());
        for (uint8 stars; stars <= 5; stars++) {
            _expectReview(id, buyer, stars, bytes32(uint256(stars)));
            _review(buyer, id, stars, bytes32(uint256(stars)));
        }
    }

    function test_RevertsForASixthStar() public {
        OrderId id = _sell(_terms());
        _expectRevert(abi.encodeWithSelector(IReviews.Reviews_TooManyStars.selector, 6));
        _review(buyer, id, 6, TEXT);
    }

    function test_RevertsForAPendingOrder() public {
        (, OrderId id) = _openAndBuy(_terms());
        _expectNotSettled(id);
        _review(buyer, id, 1, TEXT);
    }

    function test_WaitsForTheSettlementOfAnInspectedOrder() public {
        Offer memory terms = _inspectedTerms();
        (Order memory order, OrderId id) = _openAndBuy(terms);
        _deliver(terms, order, id);
        vm.warp(block.timestamp + terms.inspection);
        _expectNotSettled(id);
        _review(buyer, id, 1, TEXT);

        vm.warp(block.timestamp + 1);
        market.settle(terms, order);
        _expectReview(id, buyer, 1, TEXT);
        _review(buyer, id, 1, TEXT);
    }

    function test_RevertsForARefundedOrder() public {
        (Order memory order, OrderId id) = _openAndBuy(_terms());
        vm.prank(seller);
        market.decline(_terms(), order);
        _expectNotSettled(id);
        _review(buyer, id, 1, TEXT);
    }

    function testFuzz_RevertsForAnOrderThatWasNeverMade(OrderId id) public {
        _expectNotSettled(id);
        _review(buyer, id, 5, TEXT);
    }

    function testFuzz_RevertsForWhoDoesNotHoldTheLicence(address caller) public {
        vm.assume(caller != buyer);
        OrderId id = _sell(_terms());
        _expectNotHolder(id, caller);
        _review(caller, id, 5, TEXT);
    }

    function test_WhoWasGivenTheLicenceSpeaksAndWhoPaidDoesNot() public {
        OrderId id = _give(friend);
        _expectNotHolder(id, buyer);
        _review(buyer, id, 5, TEXT);
        _expectReview(id, friend, 5, TEXT);
        _review(friend, id, 5, TEXT);
    }

    function test_WhoSoldTheLicenceOnHasNoWordMore() public {
        OrderId id = _sell(_terms());
        _review(buyer, id, 1, TEXT);
        uint256 token = LicenseId.unwrap(_licenseOf(id));
        vm.prank(buyer);
        license.transferFrom(buyer, friend, token);
        _expectNotHolder(id, buyer);
        _review(buyer, id, 5, TEXT);
        _expectReview(id, friend, 2, 0);
        _review(friend, id, 2, 0);
    }

    function test_WhoIsApprovedOrUsesTheLicenceHasNone() public {
        OrderId id = _sell(_terms());
        uint256 token = LicenseId.unwrap(_licenseOf(id));
        vm.startPrank(buyer);
        license.approve(friend, token);
        license.setUser(token, friend, type(uint64).max);
        vm.stopPrank();
        _expectNotHolder(id, friend);
        _review(friend, id, 5, TEXT);
    }

    function test_ALicenceThatRanOutStillSpeaks() public {
        Offer memory terms = _terms();
        terms.duration = 1 days;
        OrderId id = _sell(terms);
        vm.warp(block.timestamp + 365 days);
        _expectReview(id, buyer, 3, TEXT);
        _review(buyer, id, 3, TEXT);
    }

    function test_NeitherStopNorRetirementSilenceAnybody() public {
        OrderId id = _sell(_terms());
        _stop();
        vm.prank(seller);
        registry.retire(model, 1);
        _expectReview(id, buyer, 2, TEXT);
        _review(buyer, id, 2, TEXT);
    }

    function test_ALicenceOfAnotherIssuerSaysNothing() public {
        _setIssuer(stranger, true);
        vm.startPrank(stranger);
        license.mint(buyer, ORDER, _grant());
        license.activate(ORDER, 0, true);
        vm.stopPrank();
        _expectNotSettled(ORDER);
        _review(buyer, ORDER, 5, TEXT);
    }
}
