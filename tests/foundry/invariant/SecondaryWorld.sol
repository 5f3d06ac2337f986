// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LicenseId} from "../../../interfaces/types/Ids.sol";
import {Delivery, Passing} from "../../../interfaces/types/Keys.sol";
import {
    Deal,
    DealState,
    KeyRequest,
    Listing,
    RequestId
} from "../../../interfaces/types/Listings.sol";
import {SecondaryDeals} from "./SecondaryDeals.sol";

/// @notice Deals, key requests, and time.
contract SecondaryWorld is SecondaryDeals {
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

    /* THE END */

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
}
