// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IVouchers} from "../../../../interfaces/IVouchers.sol";
import {Bps, OfferId} from "../../../../interfaces/types/Ids.sol";
import {Voucher} from "../../../../interfaces/types/Vouchers.sol";
import {VouchersBase} from "../../utils/VouchersBase.sol";

/// @notice What a voucher makes of a price, for whom, until when and how often.
contract VoucherPriceTest is VouchersBase {
    /* WITHOUT ONE */

    function test_WithoutAVoucherItCostsTheOffersPrice() public {
        (uint128 price, uint128 referral) = rule.priceFor(OFFER, seller, 0, LISTED, buyer, "");
        assertEq(price, LISTED);
        assertEq(referral, 0);
    }

    function test_APrivateOfferIsSoldByVoucherAlone() public {
        bytes memory input = _signed(_voucher());
        (uint128 price,) = rule.priceFor(OFFER, seller, bytes32(PRIVATE), LISTED, buyer, input);
        assertEq(price, 7.5e18);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.Vouchers_VoucherNeeded.selector, OFFER));
        rule.priceFor(OFFER, seller, bytes32(PRIVATE), LISTED, buyer, "");
    }

    function testFuzz_RuleDataThatNameMoreThanASignerSellNothing(uint256 data) public {
        data = bound(data, 2 * PRIVATE, type(uint256).max);
        bytes memory reason =
            abi.encodeWithSelector(IVouchers.Vouchers_InvalidRuleData.selector, data);
        vm.expectRevert(reason);
        rule.priceFor(OFFER, seller, bytes32(data), LISTED, buyer, "");
        bytes memory input = _signed(_voucher());
        vm.expectRevert(reason);
        rule.priceFor(OFFER, seller, bytes32(data), LISTED, buyer, input);
    }

    /* THE PRICE */

    function test_ADiscountIsTakenOffTheOffersPrice() public {
        assertEq(_use(_voucher()), 7.5e18);
    }

    function test_APriceStandsInsteadOfTheOffers() public {
        Voucher memory voucher = _voucher();
        (voucher.discount, voucher.price) = (Bps.wrap(0), 4e18);
        assertEq(_use(voucher), 4e18);
        voucher.price = type(uint128).max;
        assertEq(_use(voucher), type(uint128).max);
    }

    function test_ATrialIsFree() public {
        Voucher memory voucher = _voucher();
        voucher.discount = Bps.wrap(0);
        assertEq(_use(voucher), 0);
        voucher.discount = Bps.wrap(10_000);
        assertEq(_use(voucher), 0);
    }

    function testFuzz_ADiscountNeverGivesAUnitTooMuch(uint128 listed, uint16 discount) public {
        Voucher memory voucher = _voucher();
        voucher.discount = Bps.wrap(uint16(bound(discount, 1, 10_000)));
        (uint128 price,) = rule.priceFor(OFFER, seller, 0, listed, buyer, _signed(voucher));
        uint256 left = 10_000 - Bps.unwrap(voucher.discount);
        assertEq(price, Math.ceilDiv(uint256(listed) * left, 10_000));
    }

    function testFuzz_AReferralIsAtMostHalfOfThePrice(uint128 price, uint16 share) public {
        Voucher memory voucher = _voucher();
        (voucher.discount, voucher.price) = (Bps.wrap(0), price);
        voucher.referral = Bps.wrap(uint16(bound(share, 0, 5000)));
        (uint128 paid, uint128 referral) =
            rule.priceFor(OFFER, seller, 0, LISTED, buyer, _signed(voucher));
        assertEq(paid, price);
        assertEq(referral, uint256(price) * Bps.unwrap(voucher.referral) / 10_000);
        assertLe(referral, price / 2);
    }

    function test_RevertsWhereItContradictsItself() public {
        bytes memory reason = abi.encodeWithSelector(IVouchers.Vouchers_InvalidVoucher.selector);
        Voucher memory voucher = _voucher();
        voucher.discount = Bps.wrap(10_001);
        _expectRefused(reason, voucher);
        voucher = _voucher();
        voucher.price = 1;
        _expectRefused(reason, voucher);
        voucher = _voucher();
        voucher.referral = Bps.wrap(5001);
        _expectRefused(reason, voucher);
    }

    /* FOR WHOM AND UNTIL WHEN */

    function test_IsForItsBuyerAlone() public {
        Voucher memory voucher = _voucher();
        voucher.buyer = friend;
        assertEq(_use(voucher, friend), 7.5e18);
        _expectRefused(
            abi.encodeWithSelector(IVouchers.Vouchers_OtherBuyer.selector, friend), voucher
        );
    }

    function test_IsGoodThroughItsLastSecond() public {
        Voucher memory voucher = _voucher();
        voucher.expiresAt = START + 1 days;
        vm.warp(START + 1 days);
        assertEq(_use(voucher), 7.5e18);
        vm.warp(START + 1 days + 1);
        _expectRefused(
            abi.encodeWithSelector(IVouchers.Vouchers_Expired.selector, START + 1 days), voucher
        );
    }

    function test_WithoutAnEndItIsGoodForever() public {
        vm.warp(type(uint40).max);
        assertEq(_use(_voucher()), 7.5e18);
    }

    function test_IsForItsOfferAlone() public {
        Voucher memory voucher = _voucher();
        voucher.offer = OfferId.wrap("another");
        _expectRefused(
            abi.encodeWithSelector(
                IVouchers.Vouchers_OtherOffer.selector, address(this), voucher.offer
            ),
            voucher
        );
    }

    function test_IsForItsMarketAlone() public {
        Voucher memory voucher = _voucher();
        voucher.uses = 1;
        bytes memory input = _signed(voucher);
        vm.prank(friend);
        vm.expectRevert(
            abi.encodeWithSelector(
                IVouchers.Vouchers_OtherOffer.selector, address(this), voucher.offer
            )
        );
        rule.priceFor(OFFER, seller, 0, LISTED, buyer, input);
        assertEq(_use(voucher), 7.5e18, "and a stranger uses up nothing");
    }

    /* HOW OFTEN */

    function test_IsGoodForAsManyUsesAsItSays() public {
        Voucher memory voucher = _voucher();
        voucher.uses = 2;
        _use(voucher, buyer);
        assertEq(_record(voucher).used, 1);
        _use(voucher, friend);
        assertEq(_record(voucher).used, 2);
        _expectRefused(abi.encodeWithSelector(IVouchers.Vouchers_UsedUp.selector, 2), voucher);
    }

    function test_IsGoodForAsManyUsesOfABuyerAsItSays() public {
        Voucher memory voucher = _voucher();
        voucher.usesEach = 1;
        _use(voucher);
        _expectRefused(abi.encodeWithSelector(IVouchers.Vouchers_UsedUp.selector, 1), voucher);
        _use(voucher, friend);
        assertEq(rule.usedBy(seller, rule.hashOf(voucher), buyer), 1);
        assertEq(_record(voucher).used, 0, "not counted");
    }

    function test_BothLimitsHold() public {
        Voucher memory voucher = _voucher();
        (voucher.uses, voucher.usesEach) = (3, 2);
        _use(voucher);
        _use(voucher);
        _expectRefused(abi.encodeWithSelector(IVouchers.Vouchers_UsedUp.selector, 2), voucher);
        _use(voucher, friend);
        bytes memory input = _signed(voucher);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.Vouchers_UsedUp.selector, 3));
        rule.priceFor(OFFER, seller, 0, LISTED, friend, input);
    }

    /// @dev No number of uses begins anew: the last one that fits is the last.
    function test_CountersEndWhereTheyAreFull() public {
        Voucher memory voucher = _voucher();
        (voucher.uses, voucher.usesEach) = (type(uint32).max, type(uint32).max);
        vm.record();
        _use(voucher);
        (, bytes32[] memory written) = vm.accesses(address(rule));
        assertEq(written.length, 2);
        for (uint256 i; i < 2; ++i) {
            vm.store(address(rule), written[i], bytes32(uint256(type(uint32).max - 1)));
        }
        _use(voucher);
        assertEq(_record(voucher).used, type(uint32).max);
        assertFalse(_record(voucher).revoked);
        _expectRefused(
            abi.encodeWithSelector(IVouchers.Vouchers_UsedUp.selector, type(uint32).max), voucher
        );
        vm.store(address(rule), written[0], 0);
        _expectRefused(
            abi.encodeWithSelector(IVouchers.Vouchers_UsedUp.selector, type(uint32).max), voucher
        );
    }

    function test_AFailedUseIsNotCounted() public {
        Voucher memory voucher = _voucher();
        voucher.uses = 1;
        bytes memory input = _shown(voucher, _sign(SIGNER_KEY, voucher));
        vm.expectRevert(abi.encodeWithSelector(IVouchers.Vouchers_WrongSignature.selector, seller));
        _show(input);
        assertEq(_use(voucher), 7.5e18);
    }

    function test_TwoThatSayTheSameAreTwo() public {
        Voucher memory voucher = _voucher();
        voucher.uses = 1;
        _use(voucher);
        voucher.salt = "another";
        _use(voucher);
    }
}
