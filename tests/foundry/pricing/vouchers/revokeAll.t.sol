// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVouchers} from "../../../../interfaces/IVouchers.sol";
import {Voucher} from "../../../../interfaces/types/Vouchers.sol";
import {VouchersBase} from "../../utils/VouchersBase.sol";

contract RevokeAllTest is VouchersBase {
    function _revokeAll(address by) private returns (uint256) {
        vm.prank(by);
        return rule.revokeAll();
    }

    function test_AllThatWereSignedBeforeAreNoneFromThenOn() public {
        Voucher memory voucher = _voucher();
        _use(voucher);
        uint256 epoch = _revokeAll(seller);
        assertEq(rule.epochOf(seller), epoch);
        _expectRefused(abi.encodeWithSelector(IVouchers.Vouchers_Revoked.selector), voucher);
        voucher.salt = "another";
        _expectRefused(abi.encodeWithSelector(IVouchers.Vouchers_Revoked.selector), voucher);
    }

    function test_OnesThatNameTheNewEpochAreGood() public {
        Voucher memory voucher = _voucher();
        voucher.epoch = _revokeAll(seller);
        assertEq(_use(voucher), 7.5e18);
    }

    function test_OneRevokedAloneStaysSo() public {
        Voucher memory voucher = _voucher();
        voucher.epoch = _revokeAll(seller);
        _revoke(voucher);
        _expectRefused(abi.encodeWithSelector(IVouchers.Vouchers_Revoked.selector), voucher);
    }

    function test_OthersVouchersStay() public {
        _revokeAll(friend);
        _revokeAll(signer);
        assertEq(_use(_voucher()), 7.5e18);
    }

    /// @dev What a thief had signed for epochs to come is good in none of them.
    function test_NobodyKnowsTheNextEpochBefore() public {
        uint256 before = vm.snapshotState();
        vm.setBlockhash(block.number - 1, keccak256("one"));
        uint256 one = _revokeAll(seller);
        vm.revertToState(before);
        vm.setBlockhash(block.number - 1, keccak256("two"));
        uint256 two = _revokeAll(seller);
        assertNotEq(one, two);
        assertGt(one, 2 ** 64);
        assertGt(two, 2 ** 64);
    }

    function testFuzz_NoEpochComesBack(bytes32[4] memory hashes) public {
        uint256 last;
        for (uint256 i; i < hashes.length; ++i) {
            vm.roll(block.number + 1);
            vm.setBlockhash(block.number - 1, hashes[i]);
            uint256 epoch = _revokeAll(seller);
            assertGt(epoch, last);
            last = epoch;
        }
    }

    function test_TellsTheEpoch() public {
        vm.setBlockhash(block.number - 1, bytes32(uint256(7) << 128));
        vm.expectEmit(address(rule));
        emit IVouchers.AllVouchersRevoked(seller, 8);
        assertEq(_revokeAll(seller), 8);
    }
}
