// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Offer} from "../../../interfaces/types/Deals.sol";
import {Bps, ModelId} from "../../../interfaces/types/Ids.sol";
import {UseHandler} from "./UseHandler.sol";

/// @notice Time, listings, and whatever governance and guardian may do.
contract Handler is UseHandler {
    /* TIME */

    /// @dev Often lands on the last second of a clock or on the next, sometimes far away.
    function warp(uint256 seed, uint256 seconds_) external {
        uint256 to = block.timestamp + bound(seconds_, 1, seed % 8 == 1 ? 3 days : 2 hours);
        if (seed % 4 == 0 && deals.length != 0) {
            Deal storage d = deals[seed / 4 % deals.length];
            uint256 end = _clockOf(d);
            if (end > block.timestamp && end < block.timestamp + 30 days) to = end + seconds_ % 2;
        }
        vm.warp(to);
    }

    /* INSIDE A PAYMENT */

    function arm(uint256 seed) external {
        armed = seed;
    }

    /// @notice Called by a token before it leaves one of the people and after it reached one. During a
    /// payment nothing is withdrawn in that token: it would be short (reentrancy.t.sol).
    function run() external {
        if (armed == 0 || deals.length == 0) return;
        uint256 seed = armed;
        armed = 0;
        done["run"] += 1;
        if (seed % 8 < 3) this.withdraw(lastWho, paying ? seed % 3 : 3, false, seed % 16 < 3);
        else if (seed % 8 == 3) this.deliver(seed / 8, seed, seed % 16 == 3);
        else if (seed % 8 == 4) this.decline(seed / 8, seed, true);
        else if (seed % 8 == 5) this.accept(seed / 8, seed, true);
        else if (seed % 8 == 6) this.settle(seed / 8, seed, seed % 16 == 6);
        else this.refund(seed / 8, seed);
    }

    /* LISTINGS */

    function openOffer(uint256 seed, uint256 price, uint256 deliveryFee, uint256 inspection)
        external
    {
        if (listings.length == MAX_LISTINGS) return;
        Offer memory terms = _terms();
        terms.model = models[seed % models.length];
        terms.seller = ownerOf[terms.model];
        terms.line = lineOf[terms.model];
        terms.token = address(tokens[seed % tokens.length]);
        terms.price = uint128(bound(price, 0, 1000e18));
        terms.deliveryFee = uint128(bound(deliveryFee, 0, 1e18));
        terms.inspection = uint32(bound(inspection, 0, 7 days));
        terms.arbitrator = address(0xA4B1);
        terms.supply = uint32(seed % 3);
        terms.duration = seed % 5 == 0 ? 1 days : 0;
        terms.transferable = seed % 2 == 0;
        terms.salt = bytes32(listings.length);
        bool expected =
            block.timestamp > stopEnd && allowed[terms.token] && !_retired(terms.model, 1);
        bool success = _call(
            terms.seller,
            abi.encodeCall(market.openOffer, (terms, _versionOf(terms.model), bytes32(0)))
        );
        _foretold("openOffer", success, expected);
        if (success) listings.push(Listing(terms, true, 0));
    }

    /// @dev Rarely by the seller: most listings should go on selling.
    function closeOffer(uint256 i, uint256 who) external {
        Listing storage listing = listings[i % listings.length];
        address caller = who % 4 == 0 ? listing.terms.seller : stranger;
        bool expected = listing.open && caller == listing.terms.seller;
        bool success = _call(caller, abi.encodeCall(market.closeOffer, (listing.terms)));
        _foretold("closeOffer", success, expected);
        if (success) listing.open = false;
    }

    /* MODELS */

    function addVersion(uint256 i) external {
        if (recorded.length == MAX_VERSIONS) return;
        ModelId model_ = models[i % models.length];
        vm.prank(ownerOf[model_]);
        uint16 version = registry.addVersion(model_, _versionOf(model_), _noParents());
        recorded.push(Recorded(model_, version, registry.versionDigest(model_, version), false));
        done["addVersion"] += 1;
    }

    function retire(uint256 i, uint256 seed) external {
        if (seed % 2 != 0 || deals.length < 4) return;
        Recorded storage record = recorded[i % recorded.length];
        vm.prank(ownerOf[record.model]);
        (bool success,) =
            address(registry).call(abi.encodeCall(registry.retire, (record.model, record.version)));
        _foretold("retire", success, !record.retired);
        record.retired = true;
    }

    /// @dev Mostly back to the first owner, whose offers sell again.
    function transferModel(uint256 i, uint256 whom) external {
        i %= models.length;
        ModelId model_ = models[i];
        address to = whom % 4 == 0 ? _pick(people, whom / 4) : listings[i * 2].terms.seller;
        vm.prank(ownerOf[model_]);
        registry.transferFrom(ownerOf[model_], to, ModelId.unwrap(model_));
        ownerOf[model_] = to;
    }

    /* GOVERNANCE */

    function setToken(uint256 which, uint256 seed, uint256 points) external {
        address token = address(tokens[which % tokens.length]);
        uint16 fee = uint16(bound(points, 0, 600));
        bool allow = seed % 8 != 0;
        bool expected = fee <= 500 && (allow || token != address(aim));
        bool success = _call(
            governance,
            abi.encodeCall(market.setToken, (token, allow, Bps.wrap(fee), MAX_DELIVERY_FEE))
        );
        _foretold("setToken", success, expected);
        if (success) (allowed[token], rate[token]) = (allow, fee);
    }

    function setIssuer(uint256 seed) external {
        mayIssue = seed % 8 != 0;
        _setIssuer(address(market), mayIssue);
    }

    function stop(uint256 seconds_, uint256 who) external {
        uint40 duration = uint40(bound(seconds_, 0, who % 8 == 1 ? 15 days : 1 days));
        bool byGuardian = who % 4 != 0;
        bool expected = byGuardian && duration <= 14 days && block.timestamp >= nextStopAt;
        bool success = _call(
            byGuardian ? guardian : stranger, abi.encodeCall(market.stopNewBusiness, (duration))
        );
        _foretold("stop", success, expected);
        if (!success) return;
        stopEnd = block.timestamp + duration;
        nextStopAt = stopEnd + 30 days;
    }

    function resume() external {
        _foretold("resume", _call(governance, abi.encodeCall(market.resumeNewBusiness, ())), true);
        stopEnd = block.timestamp - 1;
    }
}
