// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Offer} from "../../../interfaces/types/Deals.sol";
import {LicenseId} from "../../../interfaces/types/Ids.sol";
import {MarketHandler} from "./MarketHandler.sol";

/// @notice What happens to a licence after its sale: renewed, passed on, used by somebody else.
abstract contract UseHandler is MarketHandler {
    function renew(uint256 i, uint256 who, uint256 periods) external {
        if (deals.length == 0) return;
        Deal storage d = _pickDeal(i, Stage.Settled);
        Offer memory terms = _termsOf(d);
        address payer = _pick(people, who);
        periods = bound(periods, 0, 3);
        uint256 total = terms.price * periods;
        bool expected = _renews(listings[d.listing]) && terms.duration != 0 && periods != 0
            && terms.price != 0 && d.stage == Stage.Settled;
        paying = true;
        lastWho = who;
        bool success = _call(
            payer,
            abi.encodeCall(
                market.renew,
                (terms, d.id, uint16(periods), type(uint128).max, uint40(block.timestamp))
            )
        );
        paying = false;
        _foretold("renew", success, expected);
        if (!success) return;
        wallet[payer][terms.token] -= total;
        uint256 fee = total * rate[terms.token] / 10_000;
        _owe(terms.payout, terms.payoutAccount, terms.token, total - fee);
        _owe(treasury, 0, terms.token, fee);
        uint256 start = d.accessEnd < block.timestamp ? block.timestamp : d.accessEnd;
        d.accessEnd = start + terms.duration * periods;
    }

    function transferLicense(uint256 i, uint256 whom) external {
        if (deals.length == 0) return;
        Deal storage d = _pickDeal(i, Stage.Settled);
        address to = _pick(people, whom);
        bool expected = d.stage == Stage.Settled && _termsOf(d).transferable;
        vm.prank(d.holder);
        (bool success,) = address(license)
            .call(abi.encodeCall(license.transferFrom, (d.holder, to, LicenseId.unwrap(d.license))));
        _foretold("transfer", success, expected);
        if (success) d.holder = to;
    }

    /// @dev By its holder, its user or anybody; for the same user or another, longer or shorter.
    function setUser(uint256 i, uint256 who, uint256 whom, uint256 seconds_) external {
        if (deals.length == 0) return;
        Deal storage d = _pickDeal(i, Stage.Settled);
        bool used = _isUsed(d);
        address caller = who % 3 == 0 ? d.holder : who % 3 == 1 ? d.user : _pick(people, who);
        if (caller == address(0)) caller = stranger;
        address user = whom % 3 == 0 ? d.user : whom % 3 == 1 ? address(0) : _pick(people, whom);
        uint64 end = user == address(0) && seconds_ % 2 == 0
            ? 0
            : uint64(block.timestamp + bound(seconds_, 0, 2 days));
        bool approved = caller == d.holder;
        bool prolongs = approved && user == d.user && end >= d.useEnd;
        bool own = caller == d.user && (approved || (user == address(0) && end == 0));
        bool expected = d.stage == Stage.Settled && _termsOf(d).transferable
            && (used ? prolongs || own : approved);
        vm.prank(caller);
        (bool success,) = address(license)
            .call(abi.encodeCall(license.setUser, (LicenseId.unwrap(d.license), user, end)));
        _foretold("setUser", success, expected);
        if (!success) return;
        if (used && caller != d.user) {
            assertEq(user, d.user, "USER_1");
            assertGe(end, d.useEnd, "USER_1");
        }
        (d.user, d.useEnd) = (user, end);
    }
}
