// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Offer} from "../../../interfaces/types/Deals.sol";
import {LicenseId} from "../../../interfaces/types/Ids.sol";
import {MarketHandler} from "./MarketHandler.sol";

/// @notice What happens to a licence after its sale: renewed, passed on, used by somebody else.
abstract contract UseHandler is MarketHandler {
    /// @dev Who approved the keeper for all of their licences.
    mapping(address person => bool) internal operated;

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

    function setOperator(uint256 who, uint256 seed) external {
        (address person, bool allowed) = (_pick(people, who), seed % 2 == 0);
        vm.prank(person);
        license.setApprovalForAll(keeper, allowed);
        operated[person] = allowed;
    }

    /// @dev By its holder, its user, whom they approved or anybody; for the same user or another, longer or shorter.
    function setUser(uint256 i, uint256 who, uint256 whom, uint256 seconds_) external {
        if (deals.length == 0) return;
        Deal storage d = _pickDeal(i, Stage.Settled);
        bool used = _isUsed(d);
        address caller = who % 4 == 0 ? d.holder : who % 4 == 1 ? d.user : _pick(people, who);
        if (who % 4 == 2) caller = keeper;
        if (caller == address(0)) caller = stranger;
        address user = whom % 3 == 0 ? d.user : whom % 3 == 1 ? address(0) : _pick(people, whom);
        uint64 end = user == address(0) && seconds_ % 2 == 0
            ? 0
            : uint64(block.timestamp + bound(seconds_, 0, 2 days));
        bool approved = caller == d.holder || (caller == keeper && operated[d.holder]);
        bool prolongs = approved && user == d.user && end >= d.useEnd;
        bool speaks = caller == d.user || (caller == keeper && operated[d.user]);
        bool own = caller == d.user && approved || speaks && user == address(0);
        bool expected = d.stage == Stage.Settled && _termsOf(d).transferable
            && (used ? prolongs || own : approved);
        vm.prank(caller);
        (bool success,) = address(license)
            .call(abi.encodeCall(license.setUser, (LicenseId.unwrap(d.license), user, end)));
        _foretold("setUser", success, expected);
        if (!success) return;
        if (used && !speaks) {
            assertEq(user, d.user, "USER_1");
            assertGe(end, d.useEnd, "USER_1");
        }
        if (used && caller != d.user && user != d.user) assertEq(user, address(0), "USER_1");
        (d.user, d.useEnd) = (user, user == address(0) ? uint64(block.timestamp) - 1 : end);
    }
}
