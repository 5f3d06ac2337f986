// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {IVouchers} from "../../../interfaces/IVouchers.sol";
import {Bps, OfferId} from "../../../interfaces/types/Ids.sol";
import {Voucher, VoucherRecord} from "../../../interfaces/types/Vouchers.sol";

/// @notice Vouchers without a market: the test is the market that asks for prices.
abstract contract VouchersBase is Test {
    uint128 internal constant LISTED = 10e18;
    uint40 internal constant START = 1_800_000_000;
    uint256 internal constant PRIVATE = 1 << 160;
    uint256 internal constant SELLER_KEY = 0x5E11;
    uint256 internal constant SIGNER_KEY = 0x516E;
    uint256 internal constant ORDER =
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    OfferId internal constant OFFER = OfferId.wrap("offer");

    address internal seller = vm.addr(SELLER_KEY);
    address internal signer = vm.addr(SIGNER_KEY);
    address internal buyer = makeAddr("buyer");
    address internal friend = makeAddr("friend");

    IVouchers internal rule;

    function setUp() public virtual {
        rule = IVouchers(vm.deployCode("Vouchers.sol:Vouchers"));
        vm.warp(START);
        vm.roll(1000);
    }

    /// @dev A quarter off, for anybody, as often as they like.
    function _voucher() internal view returns (Voucher memory voucher) {
        voucher.market = address(this);
        voucher.offer = OFFER;
        voucher.discount = Bps.wrap(2500);
        voucher.salt = "salt";
    }

    function _sign(uint256 key, Voucher memory voucher) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, rule.hashOf(voucher));
        return abi.encodePacked(r, s, v);
    }

    function _shown(Voucher memory voucher, bytes memory signature)
        internal
        pure
        returns (bytes memory)
    {
        return bytes.concat(abi.encode(voucher), signature);
    }

    function _signed(Voucher memory voucher) internal view returns (bytes memory) {
        return _shown(voucher, _sign(SELLER_KEY, voucher));
    }

    /// @dev By who buys, at an offer whose seller signs.
    function _use(Voucher memory voucher, address by) internal returns (uint128 price) {
        (price,) = rule.priceFor(OFFER, seller, 0, LISTED, by, _signed(voucher));
    }

    function _use(Voucher memory voucher) internal returns (uint128) {
        return _use(voucher, buyer);
    }

    function _show(bytes memory input) internal returns (uint128 price) {
        (price,) = rule.priceFor(OFFER, seller, 0, LISTED, buyer, input);
    }

    /// @dev The next call, which is the voucher's use.
    function _expectRefused(bytes memory reason, Voucher memory voucher) internal {
        bytes memory input = _signed(voucher);
        vm.expectRevert(reason);
        rule.priceFor(OFFER, seller, 0, LISTED, buyer, input);
    }

    function _record(Voucher memory voucher) internal view returns (VoucherRecord memory) {
        return rule.recordOf(seller, rule.hashOf(voucher));
    }

    function _revoke(Voucher memory voucher) internal {
        bytes32 hash = rule.hashOf(voucher);
        vm.prank(seller);
        rule.revoke(hash);
    }

    /// @dev The other signature that follows from one without the key.
    function _malleable(bytes memory signature) internal pure returns (bytes memory) {
        (bytes32 r, uint256 s) = abi.decode(signature, (bytes32, uint256));
        return abi.encodePacked(r, ORDER - s, uint8(signature[64]) == 27 ? uint8(28) : uint8(27));
    }
}
