// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPriceRule} from "./IPriceRule.sol";
import {OfferId} from "./types/Ids.sol";
import {Voucher, VoucherRecord} from "./types/Vouchers.sol";

/// @title Prices that a seller signs: coupons, private sales, trials, quotes
/// @notice An offer that names this rule is sold at its own price to who shows nothing, and at a voucher's to who shows
/// one. The voucher is signed by the seller, or by the key that the offer names, so that the seller's own can stay
/// cold.
/// @dev It holds no money, has no allowances and no owner. An offer's rule data is the signer's address, zero for
/// the seller's own, plus 2^160 (`PRIVATE`) where nobody buys without a voucher. What a buyer shows is
/// abi.encode(voucher) and the signature right after it.
///
/// Signatures are those of ECDSA, ERC-1271 and ERC-6492. A contract whose code is not there yet is asked only where the
/// reverting verifier of ERC-6492 is deployed: who does anything through it does it as the verifier, and it is undone.
/// A voucher names its offer, which names its seller, so accounts with one owner need no other hash. It is counted
/// and revoked by its hash, so another signature of the same voucher is the same voucher. The market that asks is the
/// one that the hash names, so markets share nothing; the seller, whom the market tells, keeps revocations apart.
///
/// A use has no event: the market's tells what a sale took and from whom, its input which voucher it was.
///
/// The seller alone revokes. A signer's key that leaked signs anew after `revokeAll`: close the offer.
///
/// The referrer is the buyer's word and nobody signs it: they may name themselves, so a referral is at most a
/// discount of as much.
interface IVouchers is IPriceRule {
    /// @notice A seller revoked a voucher for their offers.
    event VoucherRevoked(bytes32 indexed voucher, address indexed seller);

    /// @notice A seller revoked every voucher that was signed for their offers before.
    /// @param epoch The one that vouchers have to name from now on.
    event AllVouchersRevoked(address indexed seller, uint256 epoch);

    /// @notice The offer is sold to holders of a voucher alone: ask its seller for one.
    error Vouchers_VoucherNeeded(OfferId offer);

    /// @notice The offer's rule data {ruleData} name no signer: buy another offer.
    error Vouchers_InvalidRuleData(bytes32 ruleData);

    /// @notice The voucher contradicts itself: ask its seller for another.
    error Vouchers_InvalidVoucher();

    /// @notice The voucher is for another offer or market: use it there.
    error Vouchers_OtherOffer(address market, OfferId offer);

    /// @notice The voucher is for {buyer} alone: buy with that account.
    error Vouchers_OtherBuyer(address buyer);

    /// @notice The voucher ended at {expiresAt:time}: ask its seller for another.
    error Vouchers_Expired(uint40 expiresAt);

    /// @notice The voucher was revoked: ask its seller for another.
    error Vouchers_Revoked();

    /// @notice The voucher was used {uses} times, as often as it is good for: ask its seller for another.
    error Vouchers_UsedUp(uint32 uses);

    /// @notice The voucher is not signed by {signer}, who signs for this offer: ask its seller for another.
    error Vouchers_WrongSignature(address signer);

    /// @notice Revokes a voucher for an offer of the caller; nothing that was bought with it changes.
    /// @dev Where the caller is not the offer's seller, it has no effect.
    /// @param voucher Its hash.
    /// @custom:doing revoke a voucher
    function revoke(bytes32 voucher) external;

    /// @notice Revokes all vouchers that were signed for offers of the caller so far, at every market.
    /// @dev Nobody knows the next epoch before, so none can have been signed for it.
    /// @return epoch The one that vouchers have to name from now on.
    /// @custom:doing revoke all vouchers
    function revokeAll() external returns (uint256 epoch);

    /// @notice The EIP-712 hash that is signed.
    function hashOf(Voucher calldata voucher) external view returns (bytes32);

    /// @notice What became of a voucher by its hash, for offers of this seller.
    function recordOf(address seller, bytes32 voucher) external view returns (VoucherRecord memory);

    /// @notice How many purchases a buyer made with a voucher that limits them.
    function usedBy(address seller, bytes32 voucher, address buyer) external view returns (uint32);

    /// @notice What vouchers for this seller's offers have to name as `epoch`.
    function epochOf(address seller) external view returns (uint256);
}
