// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {Bps, OfferId} from "../../../interfaces/types/Ids.sol";
import {MovingTerms} from "../../../interfaces/types/Prices.sol";
import {MovingBase} from "../utils/MovingBase.sol";

/// @notice Two markets with the same offers, and a stranger who asks for prices of theirs with terms of his own. Notes
/// whenever a price does what it should not.
contract MovingWorld is MovingBase {
    uint256 private constant OFFERS = 4;
    uint256 private constant WHOLE = 1_000_000;

    address[2] private markets = [makeAddr("market"), makeAddr("another market")];
    mapping(address market => mapping(uint256 offer => uint128)) private known;
    bool public wrong;

    mapping(string action => uint256) public done;

    function setUp() public override {
        super.setUp();
        for (uint256 i; i < OFFERS; ++i) {
            (known[markets[0]][i], known[markets[1]][i]) = (_listed(i), _listed(i));
        }
    }

    /* ACTIONS */

    function buy(uint256 market, uint256 offer) external {
        address asker = markets[market % 2];
        offer %= OFFERS;
        MovingTerms memory terms = _terms(offer);
        uint128 before = _now(asker, offer);
        uint128 paid = _ask(asker, offer, _data(terms), _listed(offer));
        uint256 most = Math.ceilDiv(uint256(before) * (WHOLE + terms.rise), WHOLE);
        if (terms.cap != 0) most = Math.min(most, uint256(_listed(offer)) * terms.cap / WHOLE);
        uint128 then = _now(asker, offer);
        if (paid != before || then < before || then > most) wrong = true;
        known[asker][offer] = then;
        _look();
        done["buy"] += 1;
    }

    function meddle(uint256 offer, uint128 listed, uint256 like) external {
        _ask(makeAddr("stranger"), offer % OFFERS, _data(_terms(like % OFFERS)), listed);
        _look();
        done["meddle"] += 1;
    }

    function warp(uint256 time) external {
        vm.warp(block.timestamp + (time % 8 == 0 ? time % 3650 days : time % 3 days));
        _look();
        done["warp"] += 1;
    }

    /* INTERNAL */

    /// @dev No price is below its floor, or above what it was when it was last looked at.
    function _look() private {
        for (uint256 i; i < OFFERS * 2; ++i) {
            (address market, uint256 offer) = (markets[i % 2], i / 2);
            uint128 price = _now(market, offer);
            uint256 floor = Math.ceilDiv(uint256(_listed(offer)) * _terms(offer).floor, WHOLE);
            if (price > known[market][offer] || price < floor) wrong = true;
            known[market][offer] = price;
        }
    }

    function _ask(address asker, uint256 offer, bytes32 data, uint128 listed)
        private
        returns (uint128 price)
    {
        vm.prank(asker);
        (price,) =
            rule.priceFor(OfferId.wrap(bytes32(offer)), address(1), data, listed, address(2), "");
    }

    function _now(address market, uint256 offer) private view returns (uint128) {
        return rule.priceAt(
            market,
            OfferId.wrap(bytes32(offer)),
            _data(_terms(offer)),
            _listed(offer),
            uint40(block.timestamp)
        );
    }

    function _listed(uint256 offer) private pure returns (uint128) {
        return offer == 3 ? 7 : uint128(10e18 + offer);
    }

    function _terms(uint256 offer) private pure returns (MovingTerms memory terms) {
        terms = _moving();
        if (offer == 1) (terms.rise, terms.cap, terms.halfLife) = (0, 0, 1 hours);
        if (offer == 2) (terms.halfLife, terms.floor, terms.rise) = (0, 1_000_000, 77_777);
        if (offer == 3) (terms.floor, terms.cap, terms.referral) = (0, 0, Bps.wrap(500));
    }
}
