// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Voucher} from "../../../interfaces/types/Vouchers.sol";
import {VouchersBase} from "../utils/VouchersBase.sol";

/// @notice Two markets, a seller who signs, revokes and revokes all, buyers with few vouchers, and a stranger who calls
/// in every role but theirs. Counts what succeeded, and notes a use that should not have.
contract VouchersWorld is VouchersBase {
    uint256 private constant VOUCHERS = 6;

    address[2] private markets = [makeAddr("market"), makeAddr("another market")];
    address[3] private buyers = [makeAddr("one"), makeAddr("two"), makeAddr("three")];
    mapping(bytes32 voucher => uint256) private used;
    mapping(bytes32 voucher => mapping(address buyer => uint256)) private usedBy;
    mapping(bytes32 voucher => bool) private revoked;
    uint256 private epoch;
    bool public wrong;

    mapping(string action => uint256) public done;

    /* ACTIONS */

    /// @dev Of this epoch or the first, by one signature or its other root.
    function buy(uint256 market, uint256 index, uint256 who, bool old, bool other) external {
        Voucher memory voucher = _oneOf(market, index);
        if (old) voucher.epoch = 0;
        (bytes32 hash, address by) = (rule.hashOf(voucher), buyers[who % 3]);
        bytes memory signature = _sign(SELLER_KEY, voucher);
        if (other) signature = _malleable(signature);

        bool good = voucher.epoch == epoch && !revoked[hash];
        if (voucher.uses != 0 && used[hash] >= voucher.uses) good = false;
        if (voucher.usesEach != 0 && usedBy[hash][by] >= voucher.usesEach) good = false;
        vm.prank(voucher.market);
        try rule.priceFor(OFFER, seller, 0, LISTED, by, _shown(voucher, signature)) returns (
            uint128, uint128
        ) {
            if (!good) wrong = true;
            (used[hash], usedBy[hash][by]) = (used[hash] + 1, usedBy[hash][by] + 1);
            done["buy"] += 1;
        } catch {
            if (good) wrong = true;
            done["refused"] += 1;
        }
    }

    function revoke(uint256 market, uint256 index) external {
        Voucher memory voucher = _oneOf(market, index);
        bytes32 hash = rule.hashOf(voucher);
        vm.prank(seller);
        rule.revoke(hash);
        revoked[hash] = true;
        done["revoke"] += 1;
    }

    function revokeAll(bytes32 mined) external {
        vm.roll(block.number + 1);
        vm.setBlockhash(block.number - 1, mined);
        vm.prank(seller);
        epoch = rule.revokeAll();
        done["revokeAll"] += 1;
    }

    /// @dev Everything that is not a stranger's to do leaves the seller's vouchers as they are.
    function meddle(uint256 market, uint256 index) external {
        Voucher memory voucher = _oneOf(market, index);
        bytes32 hash = rule.hashOf(voucher);
        vm.startPrank(friend);
        rule.revoke(hash);
        rule.revokeAll();
        try rule.priceFor(OFFER, seller, 0, LISTED, friend, _signed(voucher)) {
            wrong = true;
        } catch {}
        vm.stopPrank();
        done["meddle"] += 1;
    }

    /* INTERNAL */

    function _oneOf(uint256 market, uint256 index) private view returns (Voucher memory voucher) {
        voucher = _voucher();
        voucher.market = markets[market % 2];
        voucher.salt = bytes32(index % VOUCHERS);
        voucher.uses = uint32(index % VOUCHERS % 3);
        voucher.usesEach = uint32(index % VOUCHERS / 3);
        voucher.epoch = epoch;
    }
}
