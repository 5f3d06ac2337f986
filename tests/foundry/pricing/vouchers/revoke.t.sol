// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVouchers} from "../../../../interfaces/IVouchers.sol";
import {Voucher} from "../../../../interfaces/types/Vouchers.sol";
import {VouchersBase} from "../../utils/VouchersBase.sol";

contract RevokeTest is VouchersBase {
    function test_ARevokedVoucherIsNoneFromThenOn() public {
        Voucher memory voucher = _voucher();
        (voucher.uses, voucher.usesEach) = (5, 5);
        _use(voucher);
        _revoke(voucher);
        assertTrue(_record(voucher).revoked);
        assertEq(_record(voucher).used, 1);
        _expectRefused(abi.encodeWithSelector(IVouchers.Vouchers_Revoked.selector), voucher);
    }

    function test_IsRevokedBeforeItWasUsed() public {
        Voucher memory voucher = _voucher();
        _revoke(voucher);
        _expectRefused(abi.encodeWithSelector(IVouchers.Vouchers_Revoked.selector), voucher);
    }

    function test_OthersStay() public {
        Voucher memory voucher = _voucher();
        _revoke(voucher);
        voucher.salt = "another";
        assertEq(_use(voucher), 7.5e18);
    }

    function test_NobodyButTheSellerRevokes() public {
        Voucher memory voucher = _voucher();
        bytes32 hash = rule.hashOf(voucher);
        address[3] memory others = [signer, buyer, friend];
        for (uint256 i; i < others.length; ++i) {
            vm.prank(others[i]);
            rule.revoke(hash);
        }
        assertEq(_use(voucher), 7.5e18);
    }

    function test_ASecondTimeChangesNothing() public {
        Voucher memory voucher = _voucher();
        _revoke(voucher);
        _revoke(voucher);
        _expectRefused(abi.encodeWithSelector(IVouchers.Vouchers_Revoked.selector), voucher);
    }

    function test_TellsWhatWasRevoked() public {
        bytes32 hash = rule.hashOf(_voucher());
        vm.expectEmit(address(rule));
        emit IVouchers.VoucherRevoked(hash, seller);
        vm.prank(seller);
        rule.revoke(hash);
    }
}
