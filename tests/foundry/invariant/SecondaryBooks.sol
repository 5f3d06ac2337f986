// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bps, LicenseId} from "../../../interfaces/types/Ids.sol";
import {
    Deal,
    DealRecord,
    DealState,
    KeyRequest,
    Listing
} from "../../../interfaces/types/Listings.sol";
import {SecondaryBase} from "../utils/SecondaryBase.sol";

/// @notice Two holders, three takers and an arbitrator, and an account of all money that is kept beside the contract's, from
/// what was paid and which clock ran out.
abstract contract SecondaryBooks is SecondaryBase {
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

    function balances() external view returns (uint256 ofDeals, uint256 ofKeys) {
        return (aim.balanceOf(address(secondary)), aim.balanceOf(address(requests)));
    }

    /* INTERNAL */

    function _given(Story storage story) internal {
        for (uint256 i; i < stories.length; ++i) {
            if (_sameUse(stories[i], story)) stories[i].given = true;
        }
    }

    function _closed(Story storage story, address depositTo) internal {
        uint256 rent = story.paid - story.back;
        _share(story, rent);
        owed[depositTo] += story.listing.deposit;
        story.state = DealState.Closed;
    }

    /// @dev The protocol's share, the maker's, and to the holder the rest that they do not have yet.
    function _share(Story storage story, uint256 earned) internal {
        uint256 kept = _keeps(story, earned);
        uint256 protocolFee = earned * story.rate / 10_000;
        owed[treasury] += protocolFee;
        owed[seller] += earned - kept - protocolFee;
        owed[story.listing.holder] += kept - story.collected;
    }

    function _keeps(Story storage story, uint256 earned) internal view returns (uint256) {
        return earned - earned * (uint256(story.rate) + Bps.unwrap(story.listing.royalty)) / 10_000;
    }

    function _due(Story storage story) internal view returns (bool) {
        uint256 due = _claimsEnd(story) + (story.state == DealState.Held ? MAX_HOLD : 0);
        return _isRented(story) && block.timestamp > due;
    }

    function _graceEnd(Story storage story) internal view returns (uint256) {
        return story.since + story.listing.deliveryTime + story.listing.gracePeriod;
    }

    function _claimsEnd(Story storage story) internal view returns (uint256) {
        bool claimable = story.listing.deposit != 0 && story.listing.arbitrator != address(0);
        return story.until + (claimable ? CLAIM_TIME : 0);
    }

    function _isRented(Story storage story) internal view returns (bool) {
        return story.state == DealState.Running || story.state == DealState.Held;
    }

    function _inUse(Story storage story) internal view returns (bool) {
        return story.state == DealState.Running && !story.given && block.timestamp <= story.until;
    }

    /// @dev One taker may rent one licence by two listings, and gives up both.
    function _sameUse(Story storage one, Story storage two) internal view returns (bool) {
        return LicenseId.unwrap(one.listing.license) == LicenseId.unwrap(two.listing.license)
            && one.deal.taker == two.deal.taker && _inUse(one);
    }
}
