// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMarket} from "../../../../interfaces/IMarket.sol";
import {IVouchers} from "../../../../interfaces/IVouchers.sol";
import {Offer, Order} from "../../../../interfaces/types/Deals.sol";
import {Bps, OrderId} from "../../../../interfaces/types/Ids.sol";
import {LicenseState} from "../../../../interfaces/types/Licenses.sol";
import {Voucher} from "../../../../interfaces/types/Vouchers.sol";
import {Base} from "../../utils/Base.sol";

/// @notice Vouchers at a market, in whole purchases.
contract VouchersAtMarketTest is Base {
    uint256 private constant SELLER_KEY = 0x5E11;

    IVouchers private rule;
    Offer private terms;

    function setUp() public override {
        super.setUp();
        rule = IVouchers(vm.deployCode("Vouchers.sol:Vouchers"));
        _transferModel(seller, vm.addr(SELLER_KEY));
        seller = vm.addr(SELLER_KEY);
        terms = _terms();
        terms.rule = address(rule);
        _open(terms);
    }

    function _voucher() private view returns (Voucher memory voucher) {
        voucher.market = address(market);
        voucher.offer = market.offerIdOf(terms);
        voucher.discount = Bps.wrap(4000);
        voucher.uses = 1;
    }

    function _signed(Voucher memory voucher) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(SELLER_KEY, rule.hashOf(voucher));
        return bytes.concat(abi.encode(voucher), abi.encodePacked(r, s, v));
    }

    function _buying(bytes32 salt, address referrer, bytes memory input)
        private
        view
        returns (bytes memory)
    {
        return abi.encodeCall(market.buyFor, (terms, _purchase(salt), buyer, referrer, input));
    }

    function test_ABuyerPaysTheVouchersPrice() public {
        uint256 before = aim.balanceOf(buyer);
        bytes memory input = _signed(_voucher());
        vm.prank(buyer);
        OrderId id = market.buyFor(terms, _purchase(), buyer, address(0), input);
        assertState(id, LicenseState.Pending);
        assertEq(before - aim.balanceOf(buyer), 60e18 + DELIVERY_FEE);
        Order memory order = _order(terms, buyer, buyer);
        (order.price, order.protocolFee) = (60e18, 0.6e18);
        _deliver(terms, order, id);
        assertEq(_owed(payout, address(aim)), 59.4e18);
    }

    function test_ABuyerWithoutOnePaysTheOffersPrice() public {
        uint256 before = aim.balanceOf(buyer);
        vm.prank(buyer);
        market.buy(terms, _purchase());
        assertEq(before - aim.balanceOf(buyer), TOTAL);
    }

    /// @dev Twice in a batch: neither is bought, nor is the voucher used.
    function test_OneVoucherIsNotUsedTwiceInABatch() public {
        bytes memory input = _signed(_voucher());
        bytes[] memory calls = new bytes[](2);
        for (uint256 i; i < 2; ++i) {
            calls[i] = _buying(bytes32(i), address(0), input);
        }
        vm.prank(buyer);
        _expectRevert(abi.encodeWithSelector(IVouchers.Vouchers_UsedUp.selector, 1));
        market.multicall(calls);
        vm.prank(buyer);
        market.buyFor(terms, _purchase(), buyer, address(0), input);
    }

    /// @dev Nobody signs the referrer: whom a buyer names, or another who hands the same call in, is paid.
    function test_TheBuyerNamesWhoIsPaidForTheReferral() public {
        Voucher memory voucher = _voucher();
        (voucher.referral, voucher.uses) = (Bps.wrap(1000), 0);
        bytes memory input = _signed(voucher);
        address[2] memory named = [friend, buyer];
        for (uint256 i; i < 2; ++i) {
            Order memory order = _order(terms, buyer, buyer);
            (order.price, order.protocolFee, order.salt) = (60e18, 0.6e18, bytes32(i));
            (order.referrer, order.referral) = (named[i], 6e18);
            vm.prank(buyer);
            OrderId id = market.buyFor(terms, _purchase(bytes32(i)), buyer, named[i], input);
            assertEq(id, _idOf(terms, order));
            _deliver(terms, order, id);
            assertEq(_owed(named[i], address(aim)), 6e18);
        }
    }

    function test_TheBuyersMaximumBindsWhateverAVoucherSays() public {
        Voucher memory voucher = _voucher();
        (voucher.discount, voucher.price) = (Bps.wrap(0), PRICE + 1);
        bytes memory input = _signed(voucher);
        vm.prank(buyer);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_PriceMoved.selector, TOTAL, TOTAL + 1));
        market.buyFor(terms, _purchase(), buyer, address(0), input);
    }

    function test_AnotherOfferOfTheSameSellerTakesNone() public {
        bytes memory input = _signed(_voucher());
        terms.salt = "another";
        _open(terms);
        vm.prank(buyer);
        vm.expectPartialRevert(IVouchers.Vouchers_OtherOffer.selector);
        market.buyFor(terms, _purchase(), buyer, address(0), input);
    }

    function test_AnotherMarketTakesNone() public {
        bytes memory input = _signed(_voucher());
        Voucher memory voucher = _voucher();
        address another = _deployMarket();
        vm.prank(another);
        vm.expectRevert(
            abi.encodeWithSelector(IVouchers.Vouchers_OtherOffer.selector, market, voucher.offer)
        );
        rule.priceFor(voucher.offer, seller, 0, PRICE, buyer, input);
    }
}
