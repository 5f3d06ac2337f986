// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC1363Receiver} from "@openzeppelin/contracts/interfaces/IERC1363Receiver.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Multicallable} from "solady/utils/Multicallable.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";

import {ILineage} from "../../interfaces/ILineage.sol";
import {IMarket} from "../../interfaces/IMarket.sol";
import {IModelLicense} from "../../interfaces/IModelLicense.sol";
import {IModelRegistry} from "../../interfaces/IModelRegistry.sol";
import {IPriceRule} from "../../interfaces/IPriceRule.sol";
import {Offer, Purchase} from "../../interfaces/types/Deals.sol";
import {Bps, LicenseId, OfferId, OrderId} from "../../interfaces/types/Ids.sol";
import {Grant} from "../../interfaces/types/Licenses.sol";
import {Secp256k1} from "../libraries/Secp256k1.sol";
import {Escrow} from "./Escrow.sol";
import {MarketIds} from "./MarketIds.sol";
import {Offers} from "./Offers.sol";

/// @notice Specified in IMarket. Here is what is paid in; what becomes of it is in Escrow.
contract Market is Escrow, IERC1363Receiver, Multicallable, ReentrancyGuardTransient {
    using SafeTransferLib for address;

    /* CONSTANTS */

    /// @dev What `buyFor` takes, as abi.encode makes it: 22 words of offer, 6 of
    /// purchase, recipient and referrer, then the input behind its place and its length.
    uint256 private constant PURCHASE_AT = 22 * 32;
    uint256 private constant RECIPIENT_AT = 28 * 32;
    uint256 private constant INPUT_LENGTH_AT = 31 * 32;
    uint256 private constant INPUT_AT = 32 * 32;

    /// @dev abi.encode(Offer, OrderId, uint16): a renewal paid by one transfer.
    uint256 private constant RENEWAL_LENGTH = 24 * 32;

    /* CONSTRUCTOR */

    constructor(
        address authority,
        IModelRegistry registry_,
        IModelLicense license_,
        ILineage lineage_,
        address aim_,
        address treasury_
    ) AccessManaged(authority) Offers(registry_, lineage_, aim_) Escrow(license_, treasury_) {
        if (address(license_.registry()) != address(registry_)) revert Market_RegistryMismatch();
    }

    /* PURCHASE */

    /// @inheritdoc IMarket
    function buy(Offer calldata terms, Purchase calldata purchase)
        external
        nonReentrant
        returns (OrderId)
    {
        return _buy(terms, purchase, msg.sender, address(0), msg.data[:0]);
    }

    /// @inheritdoc IMarket
    function buyFor(
        Offer calldata terms,
        Purchase calldata purchase,
        address recipient,
        address referrer,
        bytes calldata input
    ) external nonReentrant returns (OrderId) {
        return _buy(terms, purchase, recipient, referrer, input);
    }

    /// @inheritdoc IMarket
    function renew(
        Offer calldata terms,
        OrderId order,
        uint16 periods,
        uint128 maxTotal,
        uint40 txDeadline
    ) external nonReentrant returns (uint40 expiresAt) {
        _requireInTime(txDeadline);
        uint256 total;
        (expiresAt, total) = _renew(terms, order, periods, maxTotal, msg.sender);
        _pull(terms.token, msg.sender, total);
    }

    /// @inheritdoc IERC1363Receiver
    /// @dev `data` is what `buyFor` takes, or of `renew` the first three. The tokens' holder must have
    /// sent them themselves: nobody buys in another's name, not even for nothing.
    function onTransferReceived(address operator, address from, uint256 value, bytes calldata data)
        external
        nonReentrant
        returns (bytes4)
    {
        if (msg.sender != aim) revert Market_UnexpectedToken(msg.sender);
        if (operator != from) revert Market_NotBuyer(operator);
        uint256 total =
            data.length == RENEWAL_LENGTH ? _renewBy(from, value, data) : _orderBy(from, data);
        if (value != total) revert Market_WrongAmount(total, value);
        return IERC1363Receiver.onTransferReceived.selector;
    }

    /// @inheritdoc IMarket
    function permit(address token, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
    {
        _rateOf(token);
        try IERC20Permit(token).permit(msg.sender, address(this), value, deadline, v, r, s) {}
            catch {}
    }

    /* INTERNAL */

    function _buy(
        Offer calldata terms,
        Purchase calldata purchase,
        address recipient,
        address referrer,
        bytes calldata input
    ) private returns (OrderId order) {
        uint256 total;
        (order, total) = _order(terms, purchase, msg.sender, recipient, referrer, input);
        _pull(terms.token, msg.sender, total);
    }

    /// @dev A purchase out of the bytes that came with its payment in AIM.
    function _orderBy(address buyer, bytes calldata data) private returns (uint256 total) {
        if (data.length < INPUT_AT) _invalid("data");
        (address recipient, address referrer, uint256 place, uint256 length) =
            abi.decode(data[RECIPIENT_AT:], (address, address, uint256, uint256));
        if (place != INPUT_LENGTH_AT || length > data.length - INPUT_AT) {
            _invalid("data");
        }
        Purchase calldata purchase;
        assembly ("memory-safe") {
            purchase := add(data.offset, PURCHASE_AT)
        }
        Offer calldata terms = _termsIn(data);
        (, total) =
            _order(terms, purchase, buyer, recipient, referrer, data[INPUT_AT:INPUT_AT + length]);
    }

    function _renewBy(address payer, uint256 value, bytes calldata data)
        private
        returns (uint256 total)
    {
        Offer calldata terms = _termsIn(data);
        (OrderId order, uint16 periods) = abi.decode(data[PURCHASE_AT:], (OrderId, uint16));
        (, total) = _renew(terms, order, periods, value, payer);
    }

    /// @dev The offer that `data` begins with, which must be one in AIM.
    function _termsIn(bytes calldata data) private view returns (Offer calldata terms) {
        assembly ("memory-safe") {
            terms := data.offset
        }
        if (terms.token != aim) revert Market_UnexpectedToken(terms.token);
    }

    function _requireInTime(uint40 txDeadline) private view {
        if (block.timestamp > txDeadline) revert Market_DeadlinePassed(txDeadline);
    }

    /// @dev Everything of a renewal but the payment. The seller is credited at once: what is paid for
    /// is time, and it is given in the same transaction.
    function _renew(
        Offer calldata terms,
        OrderId order,
        uint256 periods,
        uint256 maxTotal,
        address payer
    ) private returns (uint40 expiresAt, uint256 total) {
        OfferId offer = MarketIds.offerId(domain, terms);
        (, Bps rate) = _selling(offer, terms);
        if (terms.price == 0 || terms.rule != address(0) || terms.duration == 0 || periods == 0) {
            revert Market_NotRenewable(offer);
        }
        total = terms.price * periods;
        if (total > maxTotal) revert Market_PriceMoved(maxTotal, total);

        uint128 protocolFee = _feeOf(total, rate);
        _share(terms, total - protocolFee, protocolFee);
        expiresAt = license.extend(order, _grantOf(terms), terms.duration * periods);
        emit Renewed(order, offer, payer, uint128(total), protocolFee, expiresAt);
    }

    function _grantOf(Offer calldata terms) private pure returns (Grant memory) {
        return Grant(terms.model, terms.version, terms.lastVersion, terms.transferable);
    }

    /// @dev Everything of a purchase but the payment, which the callers see to in the same
    /// transaction.
    function _order(
        Offer calldata terms,
        Purchase calldata purchase,
        address buyer,
        address recipient,
        address referrer,
        bytes calldata input
    ) private returns (OrderId id, uint256 total) {
        _requireInTime(purchase.txDeadline);
        Secp256k1.requirePoint(purchase.key);

        OfferId offer = MarketIds.offerId(domain, terms);
        Bps rate = _sell(offer, terms);
        if (Bps.unwrap(rate) != Bps.unwrap(purchase.protocolRate)) {
            revert Market_RateMoved(purchase.protocolRate, rate);
        }
        (uint128 price, uint128 referral) = _priceOf(offer, terms, buyer, input);
        total = uint256(price) + terms.deliveryFee;
        if (total > purchase.maxTotal) revert Market_PriceMoved(purchase.maxTotal, total);
        if (referrer == address(0)) referral = 0;
        else if (referral == 0) referrer = address(0);

        uint128 protocolFee = _feeOf(price, rate);
        id = MarketIds.newOrderId(
            abi.encode(
                domain,
                offer,
                buyer,
                recipient,
                referrer,
                referral,
                purchase.key,
                price,
                protocolFee,
                purchase.salt
            )
        );
        LicenseId minted = license.mint(recipient, id, _grantOf(terms));
        emit Purchased(
            id,
            offer,
            buyer,
            recipient,
            referrer,
            referral,
            purchase.key,
            price,
            protocolFee,
            purchase.salt,
            minted
        );
    }

    /// @dev A rule is the seller's own and may be anything: what it does before it answers finds the
    /// market as it was but for the supply, and no way into another purchase.
    function _priceOf(OfferId offer, Offer calldata terms, address buyer, bytes calldata input)
        private
        returns (uint128 price, uint128 referral)
    {
        if (terms.rule == address(0)) return (terms.price, 0);
        (price, referral) = IPriceRule(terms.rule)
            .priceFor(offer, terms.seller, terms.ruleData, terms.price, buyer, input);
        if (referral > price / 2) referral = price / 2;
    }

    /// @dev AIM is known to deliver what was sent; another token has to show it.
    function _pull(address token, address from, uint256 total) private {
        if (total == 0) return;
        if (token == aim) return token.safeTransferFrom(from, address(this), total);
        uint256 before = IERC20(token).balanceOf(address(this));
        token.safeTransferFrom(from, address(this), total);
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        if (received != total) revert Market_TokenShort(total, received);
    }
}
