// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC1363Receiver} from "@openzeppelin/contracts/interfaces/IERC1363Receiver.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";

import {IMarket} from "../../interfaces/IMarket.sol";
import {IModelLicense} from "../../interfaces/IModelLicense.sol";
import {IModelRegistry} from "../../interfaces/IModelRegistry.sol";
import {Offer, Order, Purchase} from "../../interfaces/types/Deals.sol";
import {OfferId, OrderId} from "../../interfaces/types/Ids.sol";
import {Delivery} from "../../interfaces/types/Keys.sol";
import {Grant} from "../../interfaces/types/Licenses.sol";
import {KeyDelivery} from "../delivery/KeyDelivery.sol";
import {Secp256k1} from "../libraries/Secp256k1.sol";
import {Ledger} from "./Ledger.sol";
import {MarketIds} from "./MarketIds.sol";
import {Offers} from "./Offers.sol";

/// @notice Specified in IMarket.
contract Market is IMarket, Offers, Ledger, IERC1363Receiver, Multicall, ReentrancyGuardTransient {
    using SafeTransferLib for address;

    /* CONSTANTS */

    /// @dev abi.encode(Offer, Purchase, address): 21 + 5 + 1 words, all static.
    uint256 private constant CALLBACK_LENGTH = 27 * 32;
    uint256 private constant PURCHASE_OFFSET = 21 * 32;
    uint256 private constant RECIPIENT_OFFSET = 26 * 32;

    /* IMMUTABLES */

    /// @notice Where licences are minted, which are the orders themselves.
    IModelLicense public immutable license;

    /// @notice Who is credited with the protocol fee.
    address public immutable treasury;

    /* STORAGE */

    /// @inheritdoc IMarket
    mapping(OrderId order => uint40) public inspectionEndsAt;

    /* CONSTRUCTOR */

    constructor(
        address authority,
        IModelRegistry registry_,
        IModelLicense license_,
        address aim_,
        address treasury_
    ) AccessManaged(authority) Offers(registry_, aim_) {
        if (treasury_ == address(0)) revert Market_ZeroAddress();
        if (address(license_.registry()) != address(registry_)) {
            revert Market_RegistryMismatch();
        }
        license = license_;
        treasury = treasury_;
    }

    /* PURCHASE */

    /// @inheritdoc IMarket
    function buy(Offer calldata terms, Purchase calldata purchase)
        external
        nonReentrant
        returns (OrderId order)
    {
        uint256 total;
        (order, total) = _order(terms, purchase, msg.sender, msg.sender);
        _pull(terms.token, msg.sender, total);
    }

    /// @inheritdoc IMarket
    function buyFor(Offer calldata terms, Purchase calldata purchase, address recipient)
        external
        nonReentrant
        returns (OrderId order)
    {
        uint256 total;
        (order, total) = _order(terms, purchase, msg.sender, recipient);
        _pull(terms.token, msg.sender, total);
    }

    /// @inheritdoc IERC1363Receiver
    /// @dev `data` is abi.encode(Offer, Purchase, recipient). The tokens' holder must have sent them
    /// themselves: nobody buys in another's name, not even for nothing.
    function onTransferReceived(address operator, address from, uint256 value, bytes calldata data)
        external
        nonReentrant
        returns (bytes4)
    {
        if (msg.sender != aim) revert Market_UnexpectedToken(msg.sender);
        if (operator != from) revert Market_NotBuyer(operator);
        if (data.length != CALLBACK_LENGTH) revert Market_TermsInvalid("data");
        Offer calldata terms;
        Purchase calldata purchase;
        assembly ("memory-safe") {
            terms := data.offset
            purchase := add(data.offset, PURCHASE_OFFSET)
        }
        if (terms.token != aim) revert Market_UnexpectedToken(terms.token);

        (, uint256 total) =
            _order(terms, purchase, from, abi.decode(data[RECIPIENT_OFFSET:], (address)));
        if (value != total) revert Market_WrongAmount(total, value);
        return IERC1363Receiver.onTransferReceived.selector;
    }

    /// @inheritdoc IMarket
    function permit(address token, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
    {
        _allowed(token);
        try IERC20Permit(token).permit(msg.sender, address(this), value, deadline, v, r, s) {}
            catch {}
    }

    /* DELIVERY */

    /// @inheritdoc IMarket
    function deliver(Offer calldata terms, Order calldata order, Delivery calldata delivery)
        external
    {
        (OrderId id, uint256 graceEnd) = _pending(terms, order);
        if (block.timestamp > graceEnd) revert Market_DeliveryTooLate(graceEnd);
        _deliver(id, terms, order, delivery);
    }

    /// @inheritdoc IMarket
    function deliverIfPending(
        Offer calldata terms,
        Order calldata order,
        Delivery calldata delivery
    ) external returns (bool) {
        (OrderId id, uint256 graceEnd) = _find(terms, order);
        if (block.timestamp > graceEnd) return false;
        _deliver(id, terms, order, delivery);
        return true;
    }

    /* ENDS */

    /// @inheritdoc IMarket
    function accept(Offer calldata terms, Order calldata order) external {
        if (msg.sender != order.buyer) revert Market_NotBuyer(msg.sender);
        (OrderId id, uint256 end) = _inspected(terms, order);
        if (block.timestamp > end) revert Market_InspectionOver(end);
        _settle(id, terms, order, true);
    }

    /// @inheritdoc IMarket
    function settle(Offer calldata terms, Order calldata order) external {
        (OrderId id, uint256 end) = _inspected(terms, order);
        if (block.timestamp <= end) revert Market_InspectionOpen(end);
        _settle(id, terms, order, false);
    }

    /// @inheritdoc IMarket
    function settleIfDue(Offer calldata terms, Order calldata order) external returns (bool) {
        OrderId id = MarketIds.orderId(domain, MarketIds.offerId(domain, terms), order);
        uint256 end = inspectionEndsAt[id];
        if (end == 0 || block.timestamp <= end) return false;
        _settle(id, terms, order, false);
        return true;
    }

    /// @inheritdoc IMarket
    function refund(Offer calldata terms, Order calldata order) external {
        (OrderId id, uint256 graceEnd) = _pending(terms, order);
        if (block.timestamp <= graceEnd) revert Market_RefundTooEarly(graceEnd);
        _refund(id, terms, order, false);
    }

    /// @inheritdoc IMarket
    function decline(Offer calldata terms, Order calldata order) external {
        if (msg.sender != terms.seller) revert Market_NotSeller(msg.sender);
        (OrderId id,) = _pending(terms, order);
        _refund(id, terms, order, true);
    }

    /* VIEWS */

    /// @inheritdoc IMarket
    function orderIdOf(OfferId offer, Order calldata order) external view returns (OrderId) {
        return MarketIds.orderId(domain, offer, order);
    }

    /* INTERNAL */

    /// @dev Everything of a purchase but the payment, which the callers see to in the same
    /// transaction.
    function _order(
        Offer calldata terms,
        Purchase calldata purchase,
        address buyer,
        address recipient
    ) private returns (OrderId id, uint256 total) {
        if (block.timestamp > purchase.txDeadline) {
            revert Market_DeadlinePassed(purchase.txDeadline);
        }
        total = uint256(terms.price) + terms.deliveryFee;
        if (total > purchase.maxTotal) revert Market_PriceMoved(purchase.maxTotal, total);
        Secp256k1.requirePoint(purchase.key);

        OfferId offer = MarketIds.offerId(domain, terms);
        uint128 protocolFee = _sell(offer, terms);
        id = MarketIds.newOrderId(
            domain, offer, buyer, recipient, purchase.key, terms.price, protocolFee, purchase.salt
        );
        emit Purchased(
            id, offer, buyer, recipient, purchase.key, terms.price, protocolFee, purchase.salt
        );

        license.mint(
            recipient, id, Grant(terms.model, terms.version, terms.lastVersion, terms.transferable)
        );
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

    /// @dev Shows that `terms` are the order's and that its money is held here.
    function _pending(Offer calldata terms, Order calldata order)
        private
        view
        returns (OrderId id, uint256 graceEnd)
    {
        (id, graceEnd) = _find(terms, order);
        if (graceEnd == 0) revert Market_OrderNotPending(id);
    }

    /// @dev `graceEnd` is zero, so always over, unless the order is pending.
    function _find(Offer calldata terms, Order calldata order)
        private
        view
        returns (OrderId id, uint256 graceEnd)
    {
        id = MarketIds.orderId(domain, MarketIds.offerId(domain, terms), order);
        uint256 since = license.pendingSince(id);
        if (since != 0) graceEnd = since + terms.deliveryTime + terms.gracePeriod;
    }

    /// @dev Assumes that the order is pending and in time.
    function _deliver(
        OrderId id,
        Offer calldata terms,
        Order calldata order,
        Delivery calldata delivery
    ) private {
        KeyDelivery.verify(OrderId.unwrap(id), terms.line, order.key, delivery);

        uint40 inspectionEnd;
        if (terms.inspection == 0) {
            _pay(terms, order);
        } else {
            inspectionEnd = uint40(block.timestamp) + terms.inspection;
            inspectionEndsAt[id] = inspectionEnd;
        }
        address receiver = delivery.receiver;
        _credit(receiver == address(0) ? msg.sender : receiver, 0, terms.token, terms.deliveryFee);
        emit Delivered(id, msg.sender, receiver, delivery.z, delivery.c, delivery.w, inspectionEnd);

        uint40 expiresAt = terms.duration == 0 ? 0 : uint40(block.timestamp) + terms.duration;
        license.activate(id, expiresAt, terms.inspection == 0);
    }

    function _inspected(Offer calldata terms, Order calldata order)
        private
        view
        returns (OrderId id, uint256 end)
    {
        id = MarketIds.orderId(domain, MarketIds.offerId(domain, terms), order);
        end = inspectionEndsAt[id];
        if (end == 0) revert Market_OrderNotInspected(id);
    }

    function _settle(OrderId id, Offer calldata terms, Order calldata order, bool accepted)
        private
    {
        delete inspectionEndsAt[id];
        _pay(terms, order);
        emit OrderSettled(id, accepted);

        license.settle(id);
    }

    function _pay(Offer calldata terms, Order calldata order) private {
        _credit(terms.payout, terms.payoutAccount, terms.token, order.price - order.protocolFee);
        _credit(treasury, 0, terms.token, order.protocolFee);
    }

    function _refund(OrderId id, Offer calldata terms, Order calldata order, bool declined)
        private
    {
        _credit(order.buyer, 0, terms.token, uint256(order.price) + terms.deliveryFee);
        emit OrderRefunded(id, declined);

        license.burn(id);
    }
}
