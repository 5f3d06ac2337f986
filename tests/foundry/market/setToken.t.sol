// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOffers} from "../../../interfaces/IOffers.sol";
import {Bps} from "../../../interfaces/types/Ids.sol";
import {Base} from "../utils/Base.sol";

contract SetTokenTest is Base {
    function _policy(address token) private view returns (bool allowed, uint16 fee) {
        Bps rate;
        (allowed, rate,) = market.tokenPolicy(token);
        fee = Bps.unwrap(rate);
    }

    function test_AllowsATokenWithItsFee() public {
        address token = makeAddr("token");
        (bool allowed, uint16 fee) = _policy(token);
        assertFalse(allowed);
        vm.expectEmit(address(market));
        emit IOffers.TokenSet(token, true, Bps.wrap(500), MAX_DELIVERY_FEE);
        _setToken(token, true, 500);
        (allowed, fee) = _policy(token);
        assertTrue(allowed);
        assertEq(fee, 500);
    }

    function test_RefusesATokenThatWasAllowed() public {
        vm.expectEmit(address(market));
        emit IOffers.TokenSet(address(usd), false, Bps.wrap(0), MAX_DELIVERY_FEE);
        _setToken(address(usd), false, 0);
        (bool allowed,) = _policy(address(usd));
        assertFalse(allowed);
    }

    function test_SetsTheFeeOfAim() public {
        vm.expectEmit(address(market));
        emit IOffers.TokenSet(address(aim), true, Bps.wrap(7), MAX_DELIVERY_FEE);
        _setToken(address(aim), true, 7);
        (bool allowed, uint16 fee) = _policy(address(aim));
        assertTrue(allowed);
        assertEq(fee, 7);
    }

    function test_RevertsOverTheCap() public {
        address[2] memory tokens = [address(aim), address(usd)];
        for (uint256 i; i < tokens.length; ++i) {
            vm.prank(governance);
            _expectRevert(abi.encodeWithSelector(IOffers.Market_FeeTooHigh.selector, 501, 500));
            market.setToken(tokens[i], true, Bps.wrap(501), MAX_DELIVERY_FEE);
        }
    }

    function test_RevertsWhereAimWouldBeRefused() public {
        vm.prank(governance);
        _expectRevert(IOffers.Market_AimStaysAllowed.selector);
        market.setToken(address(aim), false, Bps.wrap(0), MAX_DELIVERY_FEE);
    }

    function test_SetsTheCapOfTheDeliveryFeeForEachToken() public {
        address[2] memory tokens = [address(aim), address(usd)];
        for (uint256 i; i < tokens.length; ++i) {
            vm.expectEmit(address(market));
            emit IOffers.TokenSet(tokens[i], true, Bps.wrap(9), uint128(7 + i));
            vm.prank(governance);
            market.setToken(tokens[i], true, Bps.wrap(9), uint128(7 + i));
        }
        (,, uint128 cap) = market.tokenPolicy(address(aim));
        assertEq(cap, 7);
        (,, cap) = market.tokenPolicy(address(usd));
        assertEq(cap, 8);
    }

    function test_AimIsAllowedFromTheStart() public {
        (bool allowed, uint16 fee) = _policy(address(aim));
        assertTrue(allowed);
        assertEq(fee, AIM_FEE);
    }
}
