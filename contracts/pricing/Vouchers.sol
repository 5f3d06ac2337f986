// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "solady/utils/ECDSA.sol";
import {EIP712} from "solady/utils/EIP712.sol";
import {SignatureCheckerLib} from "solady/utils/SignatureCheckerLib.sol";

import {IPriceRule} from "../../interfaces/IPriceRule.sol";
import {IVouchers} from "../../interfaces/IVouchers.sol";
import {Bps, OfferId} from "../../interfaces/types/Ids.sol";
import {Voucher, VoucherRecord} from "../../interfaces/types/Vouchers.sol";

/// @notice Specified in IVouchers.
contract Vouchers is IVouchers, EIP712 {
    /* CONSTANTS */

    /// @notice The bit of an offer's rule data that asks every buyer for a voucher.
    uint256 public constant PRIVATE = 1 << 160;

    /// @notice The EIP-712 type of what is signed.
    bytes32 public constant VOUCHER_TYPEHASH = keccak256(
        "Voucher(address market,bytes32 offer,address buyer,uint128 price,uint16 discount,uint32 uses,"
        "uint32 usesEach,uint40 expiresAt,uint16 referral,uint256 epoch,bytes32 salt)"
    );

    uint256 private constant LENGTH = 11 * 32;
    uint256 private constant WHOLE = 10_000;
    uint256 private constant MAX_REFERRAL = 5000;

    /* STORAGE */

    mapping(address seller => mapping(bytes32 voucher => VoucherRecord)) private _records;

    /// @inheritdoc IVouchers
    mapping(address seller => mapping(bytes32 voucher => mapping(address buyer => uint32))) public
        usedBy;

    /// @inheritdoc IVouchers
    mapping(address seller => uint256) public epochOf;

    /* PRICE */

    /// @inheritdoc IPriceRule
    function priceFor(
        OfferId offer,
        address seller,
        bytes32 ruleData,
        uint128 listed,
        address buyer,
        bytes calldata input
    ) external returns (uint128 price, uint128 referral) {
        uint256 rule = uint256(ruleData);
        if (rule >= 2 * PRIVATE) revert Vouchers_InvalidRuleData(ruleData);
        if (input.length == 0) {
            if (rule >= PRIVATE) revert Vouchers_VoucherNeeded(offer);
            return (listed, 0);
        }

        Voucher calldata voucher = _read(input);
        _require(voucher, offer, buyer);
        bytes32 hash = hashOf(voucher);
        _count(voucher, hash, seller, buyer);
        (price, referral) = _quoted(voucher, listed);

        address signer = address(uint160(rule));
        if (signer == address(0)) signer = seller;
        if (!_signs(signer, hash, input[LENGTH:])) revert Vouchers_WrongSignature(signer);
    }

    /* REVOCATION */

    /// @inheritdoc IVouchers
    function revoke(bytes32 voucher) external {
        _records[msg.sender][voucher].revoked = true;
        emit VoucherRevoked(voucher, msg.sender);
    }

    /// @inheritdoc IVouchers
    function revokeAll() external returns (uint256 epoch) {
        epoch = epochOf[msg.sender] + 1 + (uint256(blockhash(block.number - 1)) >> 128);
        epochOf[msg.sender] = epoch;
        emit AllVouchersRevoked(msg.sender, epoch);
    }

    /* VIEWS */

    /// @inheritdoc IVouchers
    function hashOf(Voucher calldata voucher) public view returns (bytes32) {
        return _hashTypedData(keccak256(abi.encode(VOUCHER_TYPEHASH, voucher)));
    }

    /// @inheritdoc IVouchers
    function recordOf(address seller, bytes32 voucher)
        external
        view
        returns (VoucherRecord memory)
    {
        return _records[seller][voucher];
    }

    /* INTERNAL */

    /// @dev Fields are checked to fit their types where they are used.
    function _read(bytes calldata input) private pure returns (Voucher calldata voucher) {
        if (input.length < LENGTH) revert Vouchers_InvalidVoucher();
        assembly ("memory-safe") {
            voucher := input.offset
        }
    }

    /// @dev What can be told without a record.
    function _require(Voucher calldata voucher, OfferId offer, address buyer) private view {
        bool here =
            voucher.market == msg.sender && OfferId.unwrap(voucher.offer) == OfferId.unwrap(offer);
        if (!here) revert Vouchers_OtherOffer(voucher.market, voucher.offer);
        if (voucher.buyer != address(0) && voucher.buyer != buyer) {
            revert Vouchers_OtherBuyer(voucher.buyer);
        }
        if (voucher.expiresAt != 0 && block.timestamp > voucher.expiresAt) {
            revert Vouchers_Expired(voucher.expiresAt);
        }
        uint256 discount = Bps.unwrap(voucher.discount);
        if (
            discount > WHOLE || (discount != 0 && voucher.price != 0)
                || Bps.unwrap(voucher.referral) > MAX_REFERRAL
        ) revert Vouchers_InvalidVoucher();
    }

    function _count(Voucher calldata voucher, bytes32 hash, address seller, address buyer) private {
        VoucherRecord storage record = _records[seller][hash];
        (uint32 used, bool revoked) = (record.used, record.revoked);
        if (revoked || voucher.epoch != epochOf[seller]) revert Vouchers_Revoked();
        if (voucher.uses != 0) {
            if (used >= voucher.uses) revert Vouchers_UsedUp(voucher.uses);
            record.used = used + 1;
        }
        if (voucher.usesEach != 0) {
            used = usedBy[seller][hash][buyer];
            if (used >= voucher.usesEach) revert Vouchers_UsedUp(voucher.usesEach);
            usedBy[seller][hash][buyer] = used + 1;
        }
    }

    /// @dev A key is asked first: it has its account in its hand even where that has code (EIP-7702).
    function _signs(address signer, bytes32 hash, bytes calldata signature) private returns (bool) {
        address by = ECDSA.tryRecoverCalldata(hash, signature);
        return (by == signer && by != address(0))
            || SignatureCheckerLib.isValidERC6492SignatureNow(signer, hash, signature);
    }

    /// @dev The price is rounded up, the referral down.
    function _quoted(Voucher calldata voucher, uint128 listed)
        private
        pure
        returns (uint128 price, uint128 referral)
    {
        uint256 off = uint256(listed) * Bps.unwrap(voucher.discount) / WHOLE;
        price = Bps.unwrap(voucher.discount) == 0 ? voucher.price : listed - uint128(off);
        referral = uint128(uint256(price) * Bps.unwrap(voucher.referral) / WHOLE);
    }

    /// @inheritdoc EIP712
    function _domainNameAndVersion()
        internal
        pure
        override
        returns (string memory name, string memory version)
    {
        return ("DAIMM Vouchers", "1");
    }
}
