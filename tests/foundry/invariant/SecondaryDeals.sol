// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ruling} from "../../../interfaces/types/Deals.sol";
import {LicenseId} from "../../../interfaces/types/Ids.sol";
import {Delivery, Passing} from "../../../interfaces/types/Keys.sol";
import {Deal, DealId, DealState, Listing} from "../../../interfaces/types/Listings.sol";
import {SecondaryBooks} from "./SecondaryBooks.sol";

/// @notice What holders, takers, arbitrator and strangers do about listings and deals.
abstract contract SecondaryDeals is SecondaryBooks {
    /* ACTIONS: LISTINGS AND DEALS */

    function list(uint256 which, uint256 seed, uint256 price) external {
        if (listed.length == 24) return;
        Listing memory listing = seed % 3 == 0 ? _sale() : _rental();
        listing.license = licenses[which % 3];
        listing.holder = license.ownerOf(LicenseId.unwrap(listing.license));
        listing.price = uint128(bound(price, 0, seed % 3 == 0 ? 1000e18 : 1e16));
        if (seed % 5 == 0) listing.arbitrator = address(0);
        if (seed % 7 == 0) listing.deposit = 0;
        if (seed % 3 == 0) listing.arbitrator = address(0);
        listing.salt = bytes32(listed.length);
        _approve(listing.holder);
        vm.prank(listing.holder);
        try secondary.list(listing, _details(), 0) {
            listed.push(listing);
            done["list"] += 1;
        } catch {}
    }

    function unlist(uint256 which, uint256 seed) external {
        if (listed.length == 0 || seed % 4 != 0) return;
        Listing memory listing = listed[which % listed.length];
        vm.prank(listing.holder);
        try secondary.unlist(listing) {
            done["unlist"] += 1;
        } catch {}
    }

    function take(uint256 which, uint256 who, uint256 time) external {
        if (listed.length == 0 || stories.length == 64) return;
        Listing memory listing = listed[which % listed.length];
        Deal memory made = _deal(listing, takers[who % 3]);
        made.salt = bytes32(stories.length);
        if (listing.maxTime != 0) made.time = uint32(bound(time, MIN_TIME, 4 days));
        made.usedUntil = uint40(block.timestamp + 4 days);
        vm.prank(made.taker);
        try secondary.take(listing, made, uint40(block.timestamp)) {
            Story storage story = stories.push();
            (story.listing, story.deal, story.state) = (listing, made, DealState.Pending);
            story.rate = rateOf[address(aim)];
            story.since = block.timestamp;
            story.paid = uint256(listing.price) * (listing.maxTime == 0 ? 1 : made.time);
            done["take"] += 1;
        } catch {}
    }

    /// @dev By the holder or the seller; every fourth proof is another deal's.
    function deliver(uint256 which, uint256 seed) external {
        if (stories.length == 0) return;
        Story storage story = stories[which % stories.length];
        (Listing memory listing, Deal memory made) = (story.listing, story.deal);
        bool forged = seed % 4 == 3;
        bytes32 id = DealId.unwrap(_dealId(listing, made)) ^ bytes32(uint256(forged ? 1 : 0));
        bool success;
        if (seed % 2 == 0) {
            Delivery memory delivery = kit.prove(LINE_SECRET, id, made.key);
            vm.prank(keeper);
            try secondary.deliver(listing, made, delivery) {
                success = true;
            } catch {}
        } else {
            Passing memory passing =
                kit.pass(HOLDER_SECRET, id, line, held, made.passKey, address(0));
            vm.prank(keeper);
            try secondary.passOn(listing, made, held, passing) {
                success = true;
            } catch {}
        }
        if (!success) return;
        if (forged || story.state != DealState.Pending || block.timestamp > _graceEnd(story)) {
            wrong = true;
        }
        owed[keeper] += FEE;
        if (listing.maxTime != 0) {
            story.state = DealState.Running;
            (story.since, story.until) = (block.timestamp, block.timestamp + made.time);
            done["start"] += 1;
        } else {
            story.state = DealState.Closed;
            _share(story, story.paid);
            done["sell"] += 1;
        }
    }

    function refund(uint256 which, bool byHolder) external {
        if (stories.length == 0) return;
        Story storage story = stories[which % stories.length];
        bool due = byHolder || block.timestamp > _graceEnd(story);
        vm.prank(byHolder ? story.listing.holder : keeper);
        bytes memory call = byHolder
            ? abi.encodeCall(secondary.decline, (story.listing, story.deal))
            : abi.encodeCall(secondary.refund, (story.listing, story.deal));
        (bool success,) = address(secondary).call(call);
        if (success != (due && story.state == DealState.Pending)) wrong = true;
        if (!success) return;
        story.state = DealState.Refunded;
        owed[story.deal.taker] += story.paid + story.listing.deposit + FEE;
        done[byHolder ? "decline" : "refund"] += 1;
    }

    /* ACTIONS: RENT */

    function extend(uint256 which, uint256 time) external {
        if (stories.length == 0) return;
        Story storage story = stories[which % stories.length];
        uint32 more = uint32(bound(time, 0, 3 days));
        vm.prank(story.deal.taker);
        try secondary.extend(story.listing, story.deal, more, uint40(block.timestamp)) {
            if (story.state != DealState.Running || block.timestamp > story.until) wrong = true;
            story.until += more;
            story.paid += uint256(story.listing.price) * more;
            done["extend"] += 1;
        } catch {}
    }

    /// @dev Of the first that runs from `which` on; mostly ended at once.
    function giveUp(uint256 which, uint256 seed) external {
        if (stories.length == 0 || seed % 2 == 0) return;
        which %= stories.length;
        for (uint256 i; i < stories.length; ++i) {
            if (_inUse(stories[(which + i) % stories.length])) {
                which = (which + i) % stories.length;
                break;
            }
        }
        Story storage story = stories[which % stories.length];
        if (!_inUse(story)) return;
        vm.prank(story.deal.taker);
        license.setUser(LicenseId.unwrap(story.listing.license), address(0), 0);
        _given(story);
        done["giveUp"] += 1;
        if (seed % 8 == 3) this.end(which, seed);
    }

    /// @dev The owner makes who gave the use up its user again, so that nobody ends the deal for them.
    function bind(uint256 which) external {
        which %= 64;
        for (uint256 i; i < stories.length; ++i) {
            Story storage story = stories[(which + i) % stories.length];
            uint256 token = LicenseId.unwrap(story.listing.license);
            if (!story.given || story.state != DealState.Running) continue;
            if (block.timestamp >= story.until || license.userOf(token) != address(0)) continue;
            vm.prank(license.ownerOf(token));
            license.setUser(token, story.deal.taker, uint64(story.until));
            done["bind"] += 1;
            return this.end(which + i, which);
        }
    }

    /// @dev Holders try to take back, to shorten, and to give to somebody else what is paid for.
    function reset(uint256 which, uint256 seed) external {
        LicenseId id = licenses[which % 3];
        uint256 token = LicenseId.unwrap(id);
        address user = license.userOf(token);
        uint256 expires = license.userExpires(token);
        if (user == address(0) || user == license.ownerOf(token)) return;
        vm.prank(license.ownerOf(token));
        address to = seed % 3 == 0 ? user : (seed % 3 == 1 ? address(0) : keeper);
        try license.setUser(token, to, uint64(bound(seed, 0, expires - 1))) {
            wrong = true;
        } catch {}
        done["reset"] += 1;
    }

    /// @dev By the taker, who approved or not, or by anybody.
    function end(uint256 which, uint256 seed) external {
        if (stories.length == 0) return;
        Story storage story = stories[which % stories.length];
        address taker = story.deal.taker;
        uint256 stop = story.since + MIN_TIME;
        if (stop < block.timestamp) stop = block.timestamp;
        bool used = license.userOf(LicenseId.unwrap(story.listing.license)) == taker;
        address caller = seed % 3 == 0 ? keeper : taker;
        if (seed % 3 == 1) _approve(taker);
        bool may = caller == taker && license.isApprovedForAll(taker, address(secondary));
        bool expected = story.state == DealState.Running && stop < story.until && (!used || may);
        if (expected && used) _given(story);
        vm.prank(caller);
        (bool success,) =
            address(secondary).call(abi.encodeCall(secondary.end, (story.listing, story.deal)));
        if (success != expected) wrong = true;
        if (!success) return;
        if (!story.given) wrong = true;
        uint256 back = uint256(story.listing.price) * (story.until - stop);
        (story.back, story.until) = (story.back + back, stop);
        owed[taker] += back;
        done[used ? "end in one" : "end"] += 1;
    }

    function collect(uint256 which) external {
        if (stories.length == 0) return;
        Story storage story = stories[which % stories.length];
        uint256 amount = secondary.collectIfDue(story.listing, story.deal);
        if (amount == 0) return;
        uint256 until = block.timestamp < story.until ? block.timestamp : story.until;
        uint256 whole = _keeps(story, uint256(story.listing.price) * (until - story.since));
        if (whole != story.collected + amount) wrong = true;
        story.collected = whole;
        owed[story.listing.holder] += amount;
        done["collect"] += 1;
    }

    /// @dev Of the first that is due from `which` on, or where there is none of one that is not.
    function close(uint256 which) external {
        if (stories.length == 0) return;
        for (uint256 i; i < stories.length && !_due(stories[which % stories.length]); ++i) {
            which = which % stories.length + 1;
        }
        Story storage story = stories[which % stories.length];
        bool expected = _due(story);
        if (secondary.closeIfDue(story.listing, story.deal) != expected) wrong = true;
        if (!expected) return;
        done[story.state == DealState.Held ? "close held" : "close"] += 1;
        _closed(story, story.deal.taker);
    }

    function hold(uint256 which, bool byJudge) external {
        if (stories.length == 0) return;
        Story storage story = stories[which % stories.length];
        bool expected = byJudge && story.listing.arbitrator == judge
            && story.state == DealState.Running && block.timestamp > story.until
            && block.timestamp <= _claimsEnd(story);
        vm.prank(byJudge ? judge : story.listing.holder);
        try secondary.hold(_what(story.listing, story.deal), story.listing.holder) {
            if (!expected) wrong = true;
            story.state = DealState.Held;
            done["hold"] += 1;
        } catch {
            if (expected) wrong = true;
        }
    }

    function resolve(uint256 which, uint256 seed) external {
        if (stories.length == 0) return;
        Story storage story = stories[which % stories.length];
        Ruling ruling = Ruling(seed % 3);
        vm.prank(judge);
        try secondary.resolve(_what(story.listing, story.deal), ruling) {
            if (story.state != DealState.Held) wrong = true;
            _closed(story, ruling == Ruling.Upheld ? story.listing.holder : story.deal.taker);
            done["resolve"] += 1;
        } catch {
            if (story.state == DealState.Held && story.listing.arbitrator == judge) wrong = true;
        }
    }
}
