// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAdjudicated} from "./IAdjudicated.sol";
import {IOffers} from "./IOffers.sol";
import {Offer, Order, Purchase, Ruling} from "./types/Deals.sol";
import {Bps, LicenseId, ModelId, OfferId, OrderId} from "./types/Ids.sol";
import {Delivery, Point} from "./types/Keys.sol";

/// @title Sales, escrowed until the chain has verified the key
/// @notice docs/protocol.md has the state diagram. A delivery counts if and only if it is mined at
/// or before the end of grace, a refund if and only if it is mined later.
/// @dev The order itself is stored as the licence: pending means this contract holds `price +
/// deliveryFee` for it.
interface IMarket is IOffers, IAdjudicated {
    /// @notice A delivered order whose price is still in escrow.
    /// @param endsAt Last second of the inspection; of the arbitrator's time to rule while held.
    /// @param held Whether the arbitrator holds it.
    struct Inspection {
        uint40 endsAt;
        bool held;
    }

    /// @notice A purchase was paid into escrow: the order's fields, in its order, and the licence that
    /// was minted for it. What that gives access to is said by the offer.
    event Purchased(
        OrderId indexed order,
        OfferId indexed offer,
        address indexed buyer,
        address recipient,
        address referrer,
        uint128 referral,
        Point key,
        uint128 price,
        uint128 protocolFee,
        bytes32 salt,
        LicenseId license
    );

    /// @notice A key was verified on chain and its licence gives access. Whoever knows x computes the
    /// key: S = (1/x)*z.
    /// @dev The proof is here in full: with the order's id, A and X anybody can verify it again.
    /// @param deliverer Who handed the delivery in.
    /// @param receiver Whom the proof names for the delivery fee; zero: it went to `deliverer`.
    /// @param inspectionEndsAt Last second of the buyer's inspection; zero where the seller was
    /// paid at once.
    event Delivered(
        OrderId indexed order,
        address indexed deliverer,
        address receiver,
        Point z,
        uint256 c,
        uint256 w,
        uint40 inspectionEndsAt
    );

    /// @notice The seller, the protocol and the referrer were credited.
    /// @param accepted Whether the buyer agreed; else the inspection ran out, or a ruling ended it.
    event OrderSettled(OrderId indexed order, bool accepted);

    /// @notice The buyer was credited with what they paid; after a delivery without the delivery fee.
    /// @param declined Whether the seller gave it back; else the time to deliver or to rule ran out, a
    /// ruling said so, or the version was convicted.
    event OrderRefunded(OrderId indexed order, bool declined);

    /// @notice The arbitrator holds the price back for the buyer.
    /// @param endsAt Last second before anybody may refund the order without a ruling.
    event OrderHeld(OrderId indexed order, uint40 endsAt);

    /// @notice The arbitrator ruled. `OrderSettled` or `OrderRefunded` goes with it.
    event OrderResolved(OrderId indexed order, Ruling ruling);

    /// @notice Somebody paid for more time of a licence that was sold here.
    /// @param price What was paid in all; the protocol's fee is part of it.
    /// @param expiresAt The licence's new last second.
    event Renewed(
        OrderId indexed order,
        OfferId indexed offer,
        address indexed payer,
        uint128 price,
        uint128 protocolFee,
        uint40 expiresAt
    );

    /// @notice The purchase was not mined by {txDeadline:time}, so nothing was paid: buy again.
    error Market_DeadlinePassed(uint40 txDeadline);

    /// @notice The time to deliver ended at {graceEnd:time}: the buyer is to be refunded.
    error Market_DeliveryTooLate(uint256 graceEnd);

    /// @notice The seller may still deliver until {graceEnd:time}: ask for the refund after that.
    error Market_RefundTooEarly(uint256 graceEnd);

    /// @notice The buyer may inspect until {inspectionEndsAt:time}: settle after that, or let the
    /// buyer accept.
    error Market_InspectionOpen(uint256 inspectionEndsAt);

    /// @notice The inspection ended at {inspectionEndsAt:time}: anybody can settle the order now.
    error Market_InspectionOver(uint256 inspectionEndsAt);

    /// @notice Only the buyer of this order may do that, not {caller}: choose the buyer's account.
    error Market_NotBuyer(address caller);

    /// @notice The order has no open inspection, it is undelivered, settled or refunded: look at
    /// its state.
    error Market_OrderNotInspected(OrderId order);

    /// @notice Only the arbitrator of this order may do that, not {caller}: choose its account.
    error Market_NotArbitrator(address caller);

    /// @notice This offer sells no renewals: they need a duration, a price above zero without a rule, and
    /// one period at least.
    error Market_NotRenewable(OfferId offer);

    /// @notice The arbitrator may rule until {endsAt:time}: ask for the refund after that.
    error Market_RulingOpen(uint256 endsAt);

    /// @notice The order was settled or refunded, or is unknown: look at its state.
    error Market_OrderEnded(OrderId order);

    /// @notice The arbitrator holds the order: its ruling ends it, or the buyer's or seller's word.
    error Market_OrderIsHeld(OrderId order);

    /// @notice The arbitrator does not hold the order: there is nothing to rule on.
    error Market_OrderNotHeld(OrderId order);

    /// @notice Version {version} of model {model} was convicted of wrong content: refund the order.
    error Market_VersionConvicted(ModelId model, uint16 version);

    /// @notice The order does not wait for delivery, it is delivered, refunded or unknown: look at
    /// its state.
    error Market_OrderNotPending(OrderId order);

    /// @notice The offer costs {total:amount}, above your maximum of {maxTotal:amount}: raise it if
    /// you agree.
    error Market_PriceMoved(uint256 maxTotal, uint256 total);

    /// @notice The protocol's share went from {expected:percent} to {actual:percent} meanwhile: nothing
    /// was paid, buy again.
    error Market_RateMoved(Bps expected, Bps actual);

    /// @notice The token delivered {received:amount} of {expected:amount}: tokens that take a cut
    /// of transfers cannot pay here.
    error Market_TokenShort(uint256 expected, uint256 received);

    /// @notice The payment was {received:amount} and should be {expected:amount}: nothing was paid,
    /// send exactly that.
    error Market_WrongAmount(uint256 expected, uint256 received);

    /// @notice The market takes direct payments in AIM only, not in {token}: approve and buy
    /// instead.
    error Market_UnexpectedToken(address token);

    /// @notice Pays into escrow and mints a pending licence to the caller.
    /// @custom:doing buy a licence
    function buy(Offer calldata terms, Purchase calldata purchase) external returns (OrderId order);

    /// @notice As `buy`, for somebody else, and with what the offer's rule wants to see; a refund goes
    /// to the caller.
    /// @param referrer Who sent the buyer: credited what the offer's rule grants. May be zero.
    /// @param input For the offer's rule; without a rule it is not looked at.
    /// @custom:doing buy a licence
    function buyFor(
        Offer calldata terms,
        Purchase calldata purchase,
        address recipient,
        address referrer,
        bytes calldata input
    ) external returns (OrderId order);

    /// @notice ERC-2612 permit for this contract, to go before `buy` in a `multicall`.
    /// @dev A permit that fails is passed over: somebody else may have submitted it first. Without
    /// an allowance `buy` then reverts.
    /// @custom:doing permit a payment
    function permit(address token, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external;

    /// @notice Verifies the key on chain and gives access; pays the seller unless the offer has an
    /// inspection. Permissionless: the delivery fee goes to whom the proof names, else to the
    /// caller.
    /// @custom:doing deliver a key
    function deliver(Offer calldata terms, Order calldata order, Delivery calldata delivery)
        external;

    /// @notice As `deliver`, for a `multicall` of several: an order that has ended, whose grace is
    /// over or that is unknown is passed over, so who copies one delivery cannot undo the others.
    /// @dev Passing over writes, emits and credits nothing. A wrong key still reverts.
    /// @return delivered Whether this call delivered.
    /// @custom:doing deliver a key, unless somebody has
    function deliverIfPending(
        Offer calldata terms,
        Order calldata order,
        Delivery calldata delivery
    ) external returns (bool delivered);

    /// @notice Ends the inspection early and pays the seller; for the buyer, also while it is held.
    /// @custom:doing accept a delivery
    function accept(Offer calldata terms, Order calldata order) external;

    /// @notice Pays the seller after an inspection that was not held, unless the version was convicted.
    /// Permissionless.
    /// @custom:doing settle an order
    function settle(Offer calldata terms, Order calldata order) external;

    /// @notice As `settle`, for a `multicall` of several: an order that is not due is passed over, so
    /// who settles one of them first cannot undo the others.
    /// @dev Passing over writes, emits and credits nothing.
    /// @return settled Whether this call settled.
    /// @custom:doing settle an order, unless somebody has
    function settleIfDue(Offer calldata terms, Order calldata order) external returns (bool settled);

    /// @notice Gives the buyer the money back after grace, or when an arbitrator has not ruled in time;
    /// at once where the version was convicted of wrong content. Permissionless.
    /// @dev After a delivery the delivery fee is spent: the price comes back, and the licence ends.
    /// @custom:doing refund an order
    function refund(Offer calldata terms, Order calldata order) external;

    /// @notice Gives the buyer the money back at once; for the seller, until the order is settled. After
    /// a delivery without the delivery fee.
    /// @custom:doing decline an order
    function decline(Offer calldata terms, Order calldata order) external;

    /// @notice Pays for more time of a licence that was sold here and has an end: `periods` times the
    /// offer's duration, from now or from its end, whichever is later. Whoever pays, its holder gains.
    /// @dev Paid at once, as the key is out. Any open offer will do that grants exactly what the licence
    /// does, also one that is sold out; a closed one, a retired or convicted version or a model
    /// that changed hands end renewals. By `transferAndCall` of AIM with
    /// abi.encode(terms, order, periods), too.
    /// @param order The order of the licence.
    /// @param maxTotal Most that may be taken, in the token's smallest unit.
    /// @param txDeadline Last second at which it may be mined.
    /// @return expiresAt The licence's new last second.
    /// @custom:doing renew a licence
    function renew(
        Offer calldata terms,
        OrderId order,
        uint16 periods,
        uint128 maxTotal,
        uint40 txDeadline
    ) external returns (uint40 expiresAt);

    /// @notice Keeps the price of an inspected order where it is until a ruling; for its arbitrator, on
    /// behalf of the buyer, until the end of the inspection.
    /// @dev If the arbitrator has not ruled `MAX_HOLD` after the end of the inspection, anybody can refund
    /// the order: the seller chose the arbitrator, so silence is for the buyer.
    /// @param what abi.encode(Offer, Order).
    /// @param claimant The order's buyer.
    /// @custom:doing hold an order
    function hold(bytes calldata what, address claimant) external;

    /// @notice Ends a held order as ruled, for its arbitrator: Rejected pays the seller, Upheld and None
    /// refund the price, as does any ruling on a version that was convicted.
    /// @dev Rejected reverts until the inspection is over: an arbitrator who is the seller's friend cannot
    /// take the time away in which the buyer may prove the content wrong.
    /// @param what abi.encode(Offer, Order).
    /// @custom:doing rule on an order
    function resolve(bytes calldata what, Ruling ruling) external;

    /// @notice keccak256(abi.encode(domain, offer, order)).
    function orderIdOf(OfferId offer, Order calldata order) external view returns (OrderId);

    /// @notice Where a delivered order stands; zero where no inspection is open.
    function inspectionOf(OrderId order) external view returns (uint40 endsAt, bool held);
}
