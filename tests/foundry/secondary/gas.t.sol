// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Delivery, Passing} from "../../../interfaces/types/Keys.sol";
import {Deal, DealId, KeyRequest, Listing, RequestId} from "../../../interfaces/types/Listings.sol";
import {SecondaryBase} from "../utils/SecondaryBase.sol";

/// What each operation costs as a whole transaction once its accounts have had the token and the licence its first use.
/// forge-config: default.isolate = true
contract SecondaryGasTest is SecondaryBase {
    Listing internal listing;
    Deal internal made;

    /// @dev Everybody was credited before, and the licence was rented before.
    function setUp() public override {
        super.setUp();
        (listing, made) = _rent();
        vm.warp(block.timestamp + TIME + CLAIM_TIME + 1);
        secondary.close(listing, made);
        made.salt = "another";
    }

    function test_Rent() public {
        vm.prank(renter);
        secondary.take(listing, made, uint40(block.timestamp));
        _atMost("rent", 111_500);
    }

    function test_Delivery() public {
        _take(listing, made);
        Delivery memory delivery =
            kit.prove(LINE_SECRET, DealId.unwrap(_dealId(listing, made)), made.key);
        vm.prank(holder);
        secondary.deliver(listing, made, delivery);
        _atMost("rental delivered by the seller", 100_000);
    }

    function test_PassedOn() public {
        _take(listing, made);
        Passing memory passing = _passing(listing, made);
        vm.prank(holder);
        secondary.passOn(listing, made, held, passing);
        _atMost("rental delivered by its holder", 100_000);
    }

    function test_Extend() public {
        _take(listing, made);
        _passOn(listing, made);
        vm.prank(renter);
        secondary.extend(listing, made, 1 days, uint40(block.timestamp));
        _atMost("extend", 80_000);
    }

    function test_Collect() public {
        _take(listing, made);
        _passOn(listing, made);
        vm.warp(block.timestamp + 1 days);
        vm.prank(holder);
        secondary.collect(listing, made);
        _atMost("collect", 50_000);
    }

    function test_End() public {
        _take(listing, made);
        _passOn(listing, made);
        _approve(renter);
        vm.prank(renter);
        secondary.end(listing, made);
        _atMost("end", 70_000);
    }

    /// What was given up leaves its slot in use.
    function test_AfterAnEnd() public {
        _take(listing, made);
        _passOn(listing, made);
        _approve(renter);
        vm.prank(renter);
        secondary.end(listing, made);
        made.salt = "after an end";
        _take(listing, made);
        Passing memory passing = _passing(listing, made);
        vm.prank(holder);
        secondary.passOn(listing, made, held, passing);
        _atMost("rental delivered after an early end", 100_000);
    }

    function test_Close() public {
        _take(listing, made);
        _passOn(listing, made);
        vm.warp(block.timestamp + TIME + CLAIM_TIME + 1);
        vm.prank(holder);
        secondary.close(listing, made);
        _atMost("close", 75_000);
    }

    function test_Resale() public {
        _license(renter, "the buyer's first", 0);
        Listing memory sale = _sale();
        _list(sale);
        Deal memory bought = _deal(sale, renter);
        vm.prank(renter);
        secondary.take(sale, bought, uint40(block.timestamp));
        _atMost("resale", 106_000);
        Passing memory passing = _passing(sale, bought);
        vm.prank(holder);
        secondary.passOn(sale, bought, held, passing);
        _atMost("resale delivered", 130_000);
    }

    function test_KeyRequest() public {
        KeyRequest memory asked;
        (asked.asker, asked.license, asked.model, asked.version) = (holder, owned, model, 1);
        (asked.line, asked.key, asked.token, asked.fee) = (line, key, address(aim), FEE);
        (asked.deliveryTime, asked.gracePeriod) = (1 days, 1 hours);
        _endow(holder);
        _requestAndDeliver(asked);
        asked.salt = "again";
        vm.prank(holder);
        RequestId id = requests.requestKey(asked, _details(), 0);
        _atMost("key request", 112_000);
        Delivery memory delivery = kit.prove(LINE_SECRET, RequestId.unwrap(id), key);
        vm.prank(keeper);
        requests.deliverKey(asked, delivery);
        _atMost("key request delivered", 75_000);
    }

    function _requestAndDeliver(KeyRequest memory asked) private {
        vm.prank(holder);
        RequestId id = requests.requestKey(asked, _details(), 0);
        Delivery memory delivery = kit.prove(LINE_SECRET, RequestId.unwrap(id), key);
        vm.prank(keeper);
        requests.deliverKey(asked, delivery);
    }

    function _atMost(string memory what, uint256 ceiling) private {
        uint256 used = vm.lastCallGas().gasTotalUsed;
        emit log_named_uint(what, used);
        assertGt(used, 21_000, "a transaction");
        assertLe(used, ceiling, what);
    }
}
