// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReviews} from "../../../../interfaces/IReviews.sol";
import {OrderId} from "../../../../interfaces/types/Ids.sol";
import {ReviewsBase} from "../../utils/ReviewsBase.sol";

contract AnswerTest is ReviewsBase {
    OrderId private id;

    function setUp() public override {
        super.setUp();
        id = _sell(_terms());
        _review(buyer, id, 1, TEXT);
    }

    function _answer(address caller) private {
        vm.prank(caller);
        reviews.answer(id, "answer");
    }

    function _expectNotOwner(address caller) private {
        _expectRevert(
            abi.encodeWithSelector(IReviews.Reviews_NotModelOwner.selector, model, caller)
        );
    }

    function test_TheModelsOwnerAnswersAndAnswersAgain() public {
        for (uint256 i; i < 2; i++) {
            vm.expectEmit(address(reviews));
            emit IReviews.ReviewAnswered(id, model, seller, "answer");
            _answer(seller);
        }
    }

    function testFuzz_RevertsForAnybodyElse(address caller) public {
        vm.assume(caller != seller);
        _expectNotOwner(caller);
        _answer(caller);
    }

    function test_WhoTookTheModelOverAnswersAndWhoSoldItDoesNot() public {
        _transferModel(seller, friend);
        _expectNotOwner(seller);
        _answer(seller);
        vm.expectEmit(address(reviews));
        emit IReviews.ReviewAnswered(id, model, friend, "answer");
        _answer(friend);
    }

    function test_WhoIsApprovedForTheModelDoesNot() public {
        vm.prank(seller);
        registry.setApprovalForAll(friend, true);
        _expectNotOwner(friend);
        _answer(friend);
    }

    function test_RevertsForAnOrderThatIsNotSettled() public {
        id = OrderId.wrap("no such order");
        _expectNotSettled(id);
        _answer(seller);
    }

    function test_HoldsNothingAndTakesNothing() public {
        assertEq(address(reviews.market()), address(market));
        assertEq(address(reviews.license()), address(license));
        vm.deal(buyer, 1);
        vm.prank(buyer);
        (bool taken,) = address(reviews).call{value: 1}("");
        assertFalse(taken);
    }
}
