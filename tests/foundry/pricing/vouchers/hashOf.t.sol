// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVouchers} from "../../../../interfaces/IVouchers.sol";
import {Voucher} from "../../../../interfaces/types/Vouchers.sol";
import {VouchersBase} from "../../utils/VouchersBase.sol";

contract HashOfTest is VouchersBase {
    /// @dev What wallets sign, by eth_account: tools/voucher_vectors.py.
    function test_IsWhatWalletsSign() public {
        string memory json = vm.readFile("tests/vectors/vouchers.json");
        vm.chainId(vm.parseJsonUint(json, ".chain"));
        address place = vm.parseJsonAddress(json, ".rule");
        deployCodeTo("Vouchers.sol:Vouchers", place);
        bytes32[] memory vouchers = vm.parseJsonBytes32Array(json, ".vouchers");
        bytes32[] memory hashes = vm.parseJsonBytes32Array(json, ".hashes");
        assertGt(hashes.length, 0);
        assertEq(vouchers.length, hashes.length * 11);
        for (uint256 i; i < hashes.length; ++i) {
            bytes memory encoded;
            for (uint256 word; word < 11; ++word) {
                encoded = bytes.concat(encoded, vouchers[i * 11 + word]);
            }
            assertEq(IVouchers(place).hashOf(abi.decode(encoded, (Voucher))), hashes[i]);
        }
    }

    /// @dev Written out, beside the vectors.
    function testFuzz_FollowsFromEveryField(Voucher calldata voucher) public view {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("DAIMM Vouchers"),
                keccak256("1"),
                block.chainid,
                address(rule)
            )
        );
        bytes32 kind = keccak256(
            "Voucher(address market,bytes32 offer,address buyer,uint128 price,uint16 discount,uint32 uses,"
            "uint32 usesEach,uint40 expiresAt,uint16 referral,uint256 epoch,bytes32 salt)"
        );
        bytes32 said = keccak256(abi.encode(kind, voucher));
        assertEq(rule.hashOf(voucher), keccak256(abi.encodePacked(hex"1901", domain, said)));
    }
}
