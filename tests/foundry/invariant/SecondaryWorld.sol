// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ruling} from "../../../interfaces/types/Deals.sol";
import {Bps, LicenseId} from "../../../interfaces/types/Ids.sol";
import {Delivery, Passing} from "../../../interfaces/types/Keys.sol";
import {
    Deal,
    DealId,
    DealRecord,
    DealState,
    KeyRequest,
    Listing,
    RequestId
} from "../../../interfaces/types/Listings.sol";
import {SecondaryBase} from "../utils/SecondaryBase.sol";

/// @notice Two holders who sell and rent out their licences, three takers, an arbitrator, strangers, time, and an account
/// of all money that is kept beside the contract's, from what was paid and which clock ran out.
contract SecondaryWorld is SecondaryBase {
    /// @dev What one deal was paid, and what of it went back. `given` is what its renter gave up.
    struct Story {
        Listing listing;
        Deal deal;
        uint16 rate;
        uint256 paid;
        uint256 back;
        uint256 since;
        uint256 until;
        uint256 collected;
        bool given;
        DealState state;
    }

    /* STORAGE */

    Story[] internal stories;
    Listing[] internal listed;
    KeyRequest[] internal asked;
    mapping(uint256 request => bool) internal open;

    mapping(address account => uint256) public owed;
    mapping(address account => uint256) public owedForKeys;
    uint256 public donated;
    bool public wrong;
    mapping(string action => uint256) public done;

    address[] internal accounts;
    address[3] internal takers;
    LicenseId[3] internal licenses;

    /* SET-UP */

    function setUp() public override {
        super.setUp();
        takers = [renter, stranger, friend];
        _endow(friend);
        _endow(holder);
        licenses = [owned, _license(holder, "the second", 0), _license(friend, "the third", 0)];
        _approve(friend);
        accounts = [holder, renter, stranger, friend, keeper, seller, treasury];
    }

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

    /* ACTIONS: KEY REQUESTS */

    function ask(uint256 which) external {
        if (asked.length == 16) return;
        KeyRequest memory request;
        request.license = licenses[which % 3];
        request.asker = license.userOf(LicenseId.unwrap(request.license));
        if (request.asker == address(0)) {
            request.asker = license.ownerOf(LicenseId.unwrap(request.license));
        }
        (request.model, request.version, request.line, request.key) = (model, 1, line, key);
        (request.held, request.passKey) = (heldId, kit.times(held.z, 3));
        (request.token, request.fee) = (address(aim), FEE);
        (request.deliveryTime, request.gracePeriod) = (1 hours, 1 hours);
        request.salt = bytes32(asked.length);
        vm.prank(request.asker);
        requests.requestKey(request, _details(), 0);
        open[asked.length] = true;
        asked.push(request);
        done["ask"] += 1;
    }

    function answer(uint256 which, uint256 seed) external {
        if (asked.length == 0) return;
        which %= asked.length;
        KeyRequest memory request = asked[which];
        bytes32 id = RequestId.unwrap(requests.requestIdOf(request));
        uint256 until = requests.requestOf(RequestId.wrap(id)).since + 2 hours;
        bool success;
        if (seed % 2 == 0) {
            Passing memory passing =
                kit.pass(HOLDER_SECRET, id, line, held, request.passKey, keeper);
            (success,) =
                address(requests).call(abi.encodeCall(requests.passKey, (request, held, passing)));
        } else {
            Delivery memory delivery = kit.proveFor(LINE_SECRET, id, key, keeper);
            (success,) =
                address(requests).call(abi.encodeCall(requests.deliverKey, (request, delivery)));
        }
        if (success != (open[which] && block.timestamp <= until)) wrong = true;
        if (!success) return;
        open[which] = false;
        owedForKeys[keeper] += FEE;
        done["answer"] += 1;
    }

    function refundKey(uint256 which) external {
        if (asked.length == 0) return;
        which %= asked.length;
        KeyRequest memory request = asked[which];
        uint256 until = requests.requestOf(requests.requestIdOf(request)).since + 2 hours;
        (bool success,) = address(requests).call(abi.encodeCall(requests.refundKey, (request)));
        if (success != (open[which] && block.timestamp > until)) wrong = true;
        if (!success) return;
        open[which] = false;
        owedForKeys[request.asker] += FEE;
        done["refundKey"] += 1;
    }

    /* ACTIONS: THE REST */

    function withdraw(uint256 who, bool ofKeys) external {
        address account = accounts[who % accounts.length];
        uint256 amount = ofKeys
            ? requests.withdrawForIfOwed(account, address(aim))
            : secondary.withdrawForIfOwed(account, address(aim));
        if (amount != (ofKeys ? owedForKeys[account] : owed[account])) wrong = true;
        if (ofKeys) owedForKeys[account] = 0;
        else owed[account] = 0;
        if (amount != 0) done["withdraw"] += 1;
    }

    function transferLicense(uint256 which, uint256 to, uint256 seed) external {
        if (seed % 3 != 0) return;
        uint256 token = LicenseId.unwrap(licenses[which % 3]);
        address from = license.ownerOf(token);
        vm.prank(from);
        license.transferFrom(from, seed % 2 == 0 ? holder : takers[to % 3], token);
        done["transfer"] += 1;
    }

    function setRate(uint256 rate) external {
        _setToken(address(aim), true, uint16(rate % 501));
        done["setRate"] += 1;
    }

    function donate(uint256 amount) external {
        amount %= 1e18;
        vm.prank(buyer);
        aim.transfer(address(secondary), amount);
        donated += amount;
        done["donate"] += 1;
    }

    /// @dev Often the last second of a clock or the next.
    function warp(uint256 seed, uint256 seconds_) external {
        uint256 to = block.timestamp + bound(seconds_, 1, seed % 8 == 1 ? 3 days : 4 hours);
        if (seed % 2 == 0 && stories.length != 0) {
            Story storage story = stories[seed / 4 % stories.length];
            uint256 clock;
            if (story.state == DealState.Pending) clock = _graceEnd(story);
            else if (story.state == DealState.Held) clock = _claimsEnd(story) + MAX_HOLD;
            else clock = seed % 4 == 0 ? story.until : _claimsEnd(story);
            if (clock > block.timestamp) to = clock + seconds_ % 2;
        }
        if (seed % 32 > 29) to = block.timestamp + 100 days;
        vm.warp(to);
        done["warp"] += 1;
    }

    /* CHECKS */

    /// @dev What the contract should hold beside what is owed: whatever is not yet anybody's.
    function escrowed() external view returns (uint256 sum) {
        for (uint256 i; i < stories.length; ++i) {
            Story storage story = stories[i];
            if (story.state == DealState.Pending) sum += FEE;
            if (story.state == DealState.Pending || _isRented(story)) {
                sum += story.paid - story.back - story.collected + story.listing.deposit;
            }
        }
    }

    function owedToAll() external view returns (uint256 sum, bool right) {
        right = true;
        for (uint256 i; i < accounts.length; ++i) {
            sum += owed[accounts[i]];
            if (_credit(accounts[i]) != owed[accounts[i]]) right = false;
            uint256 ofKeys = requests.credit(accounts[i], 0, address(aim));
            if (ofKeys != owedForKeys[accounts[i]]) right = false;
        }
    }

    function heldForKeys() external view returns (uint256 sum) {
        for (uint256 i; i < asked.length; ++i) {
            if (open[i]) sum += FEE;
        }
        for (uint256 i; i < accounts.length; ++i) {
            sum += owedForKeys[accounts[i]];
        }
    }

    /// @dev Rent paid and not given back is that of the seconds between start and end, and the record says the same.
    function rentIsRight() external view returns (bool) {
        for (uint256 i; i < stories.length; ++i) {
            Story storage story = stories[i];
            DealRecord memory record = _record(story.listing, story.deal);
            if (record.state != story.state) return false;
            if (!_isRented(story)) continue;
            uint256 rent = uint256(story.listing.price) * (story.until - story.since);
            if (story.paid - story.back != rent) return false;
            if (record.endsAt != story.until || story.collected > _keeps(story, rent)) {
                return false;
            }
            if (story.until < story.since + MIN_TIME) return false;
        }
        return true;
    }

    /// @dev Who paid for time has it, unless they gave it up.
    function usersAreRight() external view returns (bool) {
        for (uint256 i; i < stories.length; ++i) {
            Story storage story = stories[i];
            if (story.state != DealState.Running || story.given) continue;
            if (block.timestamp > story.until) continue;
            uint256 token = LicenseId.unwrap(story.listing.license);
            if (license.userOf(token) != story.deal.taker) return false;
            if (license.userExpires(token) < story.until) return false;
        }
        return true;
    }

    /// @notice Waits, ends everything as a stranger, and pays everybody out.
    function exit() external returns (uint256 left, uint256 leftOfKeys) {
        vm.warp(block.timestamp + 366 days);
        for (uint256 i; i < stories.length; ++i) {
            (Listing memory listing, Deal memory made) = (stories[i].listing, stories[i].deal);
            vm.startPrank(keeper);
            if (stories[i].state == DealState.Pending) secondary.refund(listing, made);
            else if (_isRented(stories[i])) secondary.close(listing, made);
            vm.stopPrank();
        }
        for (uint256 i; i < asked.length; ++i) {
            if (open[i]) requests.refundKey(asked[i]);
        }
        for (uint256 i; i < accounts.length; ++i) {
            secondary.withdrawForIfOwed(accounts[i], address(aim));
            requests.withdrawForIfOwed(accounts[i], address(aim));
        }
        return (aim.balanceOf(address(secondary)), aim.balanceOf(address(requests)));
    }

    function balances() external view returns (uint256 ofDeals, uint256 ofKeys) {
        return (aim.balanceOf(address(secondary)), aim.balanceOf(address(requests)));
    }

    /* INTERNAL */

    function _given(Story storage story) private {
        for (uint256 i; i < stories.length; ++i) {
            if (_sameUse(stories[i], story)) stories[i].given = true;
        }
    }

    function _closed(Story storage story, address depositTo) private {
        uint256 rent = story.paid - story.back;
        _share(story, rent);
        owed[depositTo] += story.listing.deposit;
        story.state = DealState.Closed;
    }

    /// @dev The protocol's share, the maker's, and to the holder the rest that they do not have yet.
    function _share(Story storage story, uint256 earned) private {
        uint256 kept = _keeps(story, earned);
        uint256 protocolFee = earned * story.rate / 10_000;
        owed[treasury] += protocolFee;
        owed[seller] += earned - kept - protocolFee;
        owed[story.listing.holder] += kept - story.collected;
    }

    function _keeps(Story storage story, uint256 earned) private view returns (uint256) {
        return earned - earned * (uint256(story.rate) + Bps.unwrap(story.listing.royalty)) / 10_000;
    }

    function _due(Story storage story) private view returns (bool) {
        uint256 due = _claimsEnd(story) + (story.state == DealState.Held ? MAX_HOLD : 0);
        return _isRented(story) && block.timestamp > due;
    }

    function _graceEnd(Story storage story) private view returns (uint256) {
        return story.since + story.listing.deliveryTime + story.listing.gracePeriod;
    }

    function _claimsEnd(Story storage story) private view returns (uint256) {
        bool claimable = story.listing.deposit != 0 && story.listing.arbitrator != address(0);
        return story.until + (claimable ? CLAIM_TIME : 0);
    }

    function _isRented(Story storage story) private view returns (bool) {
        return story.state == DealState.Running || story.state == DealState.Held;
    }

    function _inUse(Story storage story) private view returns (bool) {
        return story.state == DealState.Running && !story.given && block.timestamp <= story.until;
    }

    /// @dev One taker may rent one licence by two listings, and gives up both.
    function _sameUse(Story storage one, Story storage two) private view returns (bool) {
        return LicenseId.unwrap(one.listing.license) == LicenseId.unwrap(two.listing.license)
            && one.deal.taker == two.deal.taker && _inUse(one);
    }
}
