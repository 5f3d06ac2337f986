// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMarket} from "../../interfaces/IMarket.sol";
import {IModelLicense} from "../../interfaces/IModelLicense.sol";
import {Offer, Order, Ruling} from "../../interfaces/types/Deals.sol";
import {OfferId, OrderId} from "../../interfaces/types/Ids.sol";
import {Delivery} from "../../interfaces/types/Keys.sol";
import {KeyDelivery} from "../delivery/KeyDelivery.sol";
import {Ledger} from "../ledger/Ledger.sol";
import {MarketIds} from "./MarketIds.sol";
import {Offers} from "./Offers.sol";

/// @title What becomes of an order: its delivery and its ends
/// @notice Specified in IMarket.
abstract contract Escrow is IMarket, Offers, Ledger {
    /* CONSTANTS */

    /// @dev abi.encode(Offer, Order): 22 and 9 words, all static.
    uint256 private constant ORDER_AT = 22 * 32;
    uint256 private constant DEAL_LENGTH = 31 * 32;

    /// @notice Longest time after an inspection that an arbitrator may hold an order without a ruling, in
    /// seconds.
    uint40 public constant MAX_HOLD = 90 days;

    /* IMMUTABLES */

    /// @notice Where licences are minted, which are the orders themselves.
    IModelLicense public immutable license;

    /// @notice Who is credited with the protocol fee.
    address public immutable treasury;

    /* STORAGE */

    /// @inheritdoc IMarket
    mapping(OrderId order => Inspection) public inspectionOf;

    /* CONSTRUCTOR */

    constructor(IModelLicense license_, address treasury_) {
        if (treasury_ == address(0)) revert Market_ZeroAddress();
        license = license_;
        treasury = treasury_;
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
        (OrderId id, Inspection memory inspection) = _inspected(terms, order);
        if (!inspection.held && block.timestamp > inspection.endsAt) {
            revert Market_InspectionOver(inspection.endsAt);
        }
        _settle(id, terms, order, true);
    }

    /// @inheritdoc IMarket
    function settle(Offer calldata terms, Order calldata order) external {
        (OrderId id, Inspection memory inspection) = _inspected(terms, order);
        if (inspection.held) revert Market_OrderIsHeld(id);
        if (block.timestamp <= inspection.endsAt) revert Market_InspectionOpen(inspection.endsAt);
        if (_isConvicted(terms)) revert Market_VersionConvicted(terms.model, terms.version);
        _settle(id, terms, order, false);
    }

    /// @inheritdoc IMarket
    function settleIfDue(Offer calldata terms, Order calldata order) external returns (bool) {
        OrderId id = _idOf(terms, order);
        Inspection memory inspection = inspectionOf[id];
        if (
            inspection.endsAt == 0 || inspection.held || block.timestamp <= inspection.endsAt
                || _isConvicted(terms)
        ) return false;
        _settle(id, terms, order, false);
        return true;
    }

    /// @inheritdoc IMarket
    function refund(Offer calldata terms, Order calldata order) external {
        (OrderId id, uint256 graceEnd) = _find(terms, order);
        Inspection memory inspection = inspectionOf[id];
        if (!_isConvicted(terms)) {
            if (graceEnd == 0 && !inspection.held) revert Market_OrderNotPending(id);
            if (block.timestamp <= graceEnd) revert Market_RefundTooEarly(graceEnd);
            if (block.timestamp <= inspection.endsAt) revert Market_RulingOpen(inspection.endsAt);
        } else if (graceEnd == 0 && inspection.endsAt == 0) {
            revert Market_OrderEnded(id);
        }
        _refund(id, terms, order, false);
    }

    /// @inheritdoc IMarket
    function decline(Offer calldata terms, Order calldata order) external {
        if (msg.sender != terms.seller) revert Market_NotSeller(msg.sender);
        (OrderId id, uint256 graceEnd) = _find(terms, order);
        if (graceEnd == 0 && inspectionOf[id].endsAt == 0) revert Market_OrderEnded(id);
        _refund(id, terms, order, true);
    }

    /* ADJUDICATION */

    /// @inheritdoc IMarket
    function hold(bytes calldata what, address claimant) external {
        (Offer calldata terms, Order calldata order) = _deal(what);
        if (claimant != order.buyer) revert Market_NotBuyer(claimant);
        (OrderId id, Inspection memory inspection) = _inspected(terms, order);
        if (inspection.held) revert Market_OrderIsHeld(id);
        if (block.timestamp > inspection.endsAt) revert Market_InspectionOver(inspection.endsAt);

        uint40 endsAt = inspection.endsAt + MAX_HOLD;
        inspectionOf[id] = Inspection(endsAt, true);
        emit OrderHeld(id, endsAt);
    }

    /// @inheritdoc IMarket
    function resolve(bytes calldata what, Ruling ruling) external {
        (Offer calldata terms, Order calldata order) = _deal(what);
        (OrderId id, Inspection memory inspection) = _inspected(terms, order);
        if (!inspection.held) revert Market_OrderNotHeld(id);

        emit OrderResolved(id, ruling);
        if (ruling != Ruling.Rejected || _isConvicted(terms)) {
            return _refund(id, terms, order, false);
        }
        uint256 inspectionEnd = inspection.endsAt - MAX_HOLD;
        if (block.timestamp <= inspectionEnd) revert Market_InspectionOpen(inspectionEnd);
        _settle(id, terms, order, false);
    }

    /* VIEWS */

    /// @inheritdoc IMarket
    function orderIdOf(OfferId offer, Order calldata order) external view returns (OrderId) {
        return MarketIds.orderId(domain, offer, order);
    }

    /* INTERNAL */

    function _idOf(Offer calldata terms, Order calldata order) private view returns (OrderId) {
        return MarketIds.orderId(domain, MarketIds.offerId(domain, terms), order);
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
        id = _idOf(terms, order);
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
            inspectionOf[id] = Inspection(inspectionEnd, false);
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
        returns (OrderId id, Inspection memory inspection)
    {
        id = _idOf(terms, order);
        inspection = inspectionOf[id];
        if (inspection.endsAt == 0) revert Market_OrderNotInspected(id);
    }

    /// @dev The deal that an adjudicator names, which must be the deal's own.
    function _deal(bytes calldata what)
        private
        view
        returns (Offer calldata terms, Order calldata order)
    {
        if (what.length != DEAL_LENGTH) _invalid("data");
        assembly ("memory-safe") {
            terms := what.offset
            order := add(what.offset, ORDER_AT)
        }
        if (msg.sender != terms.arbitrator) revert Market_NotArbitrator(msg.sender);
    }

    function _isConvicted(Offer calldata terms) private view returns (bool) {
        return registry.isConvicted(terms.model, terms.version);
    }

    function _settle(OrderId id, Offer calldata terms, Order calldata order, bool accepted)
        private
    {
        delete inspectionOf[id];
        _pay(terms, order);
        emit OrderSettled(id, accepted);

        license.settle(id);
    }

    function _pay(Offer calldata terms, Order calldata order) private {
        _share(terms, order.price - order.protocolFee - order.referral, order.protocolFee);
        if (order.referral != 0) _credit(order.referrer, 0, terms.token, order.referral);
    }

    /// @dev What a sale or a renewal brings: the seller's part, and the treasury's.
    function _share(Offer calldata terms, uint256 sold, uint256 protocolFee) internal {
        _credit(terms.payout, terms.payoutAccount, terms.token, sold);
        _credit(treasury, 0, terms.token, protocolFee);
    }

    /// @dev Assumes that the order is pending or under inspection: a delivery fee that was paid out
    /// is gone.
    function _refund(OrderId id, Offer calldata terms, Order calldata order, bool declined)
        private
    {
        uint256 amount = order.price;
        if (inspectionOf[id].endsAt == 0) amount += terms.deliveryFee;
        else delete inspectionOf[id];
        _credit(order.buyer, 0, terms.token, amount);
        emit OrderRefunded(id, declined);

        license.burn(id);
    }
}
