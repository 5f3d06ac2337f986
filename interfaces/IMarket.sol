// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IOffers} from "./IOffers.sol";
import {Offer, Order, Purchase} from "./types/Deals.sol";
import {OfferId, OrderId} from "./types/Ids.sol";
import {Delivery, Point} from "./types/Keys.sol";

/// @title Sales at a fixed price, escrowed until the chain has verified the key
/// @notice docs/protocol.md has the state diagram. A delivery counts if and only if it is mined at
/// or before the end of grace, a refund if and only if it is mined later.
/// @dev The order itself is stored as the licence: pending means this contract holds `price +
/// deliveryFee` for it.
interface IMarket is IOffers {
    /// @notice A purchase was paid into escrow: the order's fields, in its order. The licence's id
    /// follows: `IModelLicense.licenseIdOf`.
    event Purchased(
        OrderId indexed order,
        OfferId indexed offer,
        address indexed buyer,
        address recipient,
        Point key,
        uint128 price,
        uint128 protocolFee,
        bytes32 salt
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

    /// @notice The seller and the protocol were credited.
    /// @param accepted Whether the buyer ended the inspection; else its time ran out.
    event OrderSettled(OrderId indexed order, bool accepted);

    /// @notice The buyer was credited with all that they paid.
    /// @param declined Whether the seller gave it back; else the time to deliver ran out.
    event OrderRefunded(OrderId indexed order, bool declined);

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

    /// @notice The order does not wait for delivery, it is delivered, refunded or unknown: look at
    /// its state.
    error Market_OrderNotPending(OrderId order);

    /// @notice The offer costs {total:amount}, above your maximum of {maxTotal:amount}: raise it if
    /// you agree.
    error Market_PriceMoved(uint256 maxTotal, uint256 total);

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

    /// @notice As `buy`, for somebody else; a refund goes to the caller.
    /// @custom:doing buy a licence
    function buyFor(Offer calldata terms, Purchase calldata purchase, address recipient)
        external
        returns (OrderId order);

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

    /// @notice Ends the inspection early and pays the seller; for the buyer.
    /// @custom:doing accept a delivery
    function accept(Offer calldata terms, Order calldata order) external;

    /// @notice Pays the seller after an inspection that nobody disputed. Permissionless.
    /// @custom:doing settle an order
    function settle(Offer calldata terms, Order calldata order) external;

    /// @notice As `settle`, for a `multicall` of several: an order that is not due is passed over, so
    /// who settles one of them first cannot undo the others.
    /// @dev Passing over writes, emits and credits nothing.
    /// @return settled Whether this call settled.
    /// @custom:doing settle an order, unless somebody has
    function settleIfDue(Offer calldata terms, Order calldata order) external returns (bool settled);

    /// @notice Gives the buyer the money back after grace. Permissionless.
    /// @custom:doing refund an order
    function refund(Offer calldata terms, Order calldata order) external;

    /// @notice Gives the buyer the money back at once; for the seller, before delivery.
    /// @custom:doing decline an order
    function decline(Offer calldata terms, Order calldata order) external;

    /// @notice keccak256(abi.encode(domain, offer, order)).
    function orderIdOf(OfferId offer, Order calldata order) external view returns (OrderId);

    /// @notice Last second of the buyer's inspection; zero where none is open.
    function inspectionEndsAt(OrderId order) external view returns (uint40);
}
