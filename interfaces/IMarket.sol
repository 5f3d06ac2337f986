// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Delivery, Point} from "./IKeyDelivery.sol";
import {Parent, Version} from "./IModelRegistry.sol";
import {Bps, ModelId, OfferId, OrderId} from "./Types.sol";

/// @notice The terms of a sale. Immutable: its id is their hash.
/// @param seller Who owned the model when it opened; it sells only while they
/// still do.
/// @param model Whose version is sold.
/// @param version The version whose key is delivered and the first that a licence reaches.
/// @param lastVersion The last that a licence reaches; `MAX_VERSION` for all that follow on the key
/// line.
/// @param transferable Whether a settled licence can be transferred.
/// @param scheme Delivery scheme of the version.
/// @param line Key line A of the version.
/// @param token Payment token, allowed by governance.
/// @param price In the token's smallest unit.
/// @param deliveryFee Paid by the buyer on top, to whoever delivers; in the token's smallest unit.
/// @param payout Who is credited, under `payoutAccount`.
/// @param payoutAccount Tells apart what one payee is owed: a split's id, or zero for the payee's
/// own.
/// @param deliveryTime Seconds from purchase within which the seller should deliver.
/// @param gracePeriod Seconds after that in which a delivery still counts. A refund is possible
/// only afterwards.
/// @param inspection Seconds after delivery in which the buyer holds the money back; zero pays at
/// delivery.
/// @param arbitrator ERC-792 arbitrator of the inspection window; frozen with the order.
/// @param duration Seconds of access from delivery; zero is perpetual.
/// @param expiresAt Last second of the offer; zero is none.
/// @param supply How many licences it sells at most; zero is unlimited.
/// @param salt Tells apart offers with the same terms.
struct Offer {
    address seller;
    ModelId model;
    uint16 version;
    uint16 lastVersion;
    bool transferable;
    uint16 scheme;
    Point line;
    address token;
    uint128 price;
    uint128 deliveryFee;
    address payout;
    bytes32 payoutAccount;
    uint32 deliveryTime;
    uint32 gracePeriod;
    uint32 inspection;
    address arbitrator;
    uint32 duration;
    uint40 expiresAt;
    uint32 supply;
    bytes32 salt;
}

/// @notice What a buyer signs up to.
/// @param key The buyer's encryption key B = b*G, made for this order alone.
/// @param maxTotal Most that may be taken: price and delivery fee, in the token's smallest unit.
/// @param txDeadline Last second at which the purchase may be mined.
/// @param salt Tells apart purchases that are otherwise the same; each is used once.
struct Purchase {
    Point key;
    uint128 maxTotal;
    uint40 txDeadline;
    bytes32 salt;
}

/// @notice A purchase as frozen. Its id commits to it and to the offer, and stands across re-orgs.
/// @param buyer Who paid and is refunded.
/// @param recipient Who receives the licence.
/// @param key The encryption key B of the purchase.
/// @param price What the seller is owed before the protocol's fee; in the token's smallest unit.
/// @param protocolFee Share of `price` that is the protocol's, by the rate at the time of purchase.
/// @param salt The buyer's.
struct Order {
    address buyer;
    address recipient;
    Point key;
    uint128 price;
    uint128 protocolFee;
    bytes32 salt;
}

/// @title Sales at a fixed price, escrowed until the chain has verified the key
/// @notice docs/protocol.md has the state diagram. A delivery counts if and only if it is mined at
/// or before the end of grace, a refund if and only if it is mined later.
/// @dev The order itself is stored as the licence: pending means this contract holds `price +
/// deliveryFee` for it.
interface IMarket {
    /// @notice An offer was opened, with all its terms; its id is their hash.
    event OfferOpened(
        OfferId indexed offer, address indexed seller, ModelId indexed model, Offer terms
    );

    /// @notice An offer takes no more purchases. Its open orders go on.
    event OfferClosed(OfferId indexed offer);

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

    /// @notice A key was verified on chain and its licence gives access. Whoever holds b computes
    /// the key: S = d - b*r.
    /// @param inspectionEndsAt Last second of the buyer's inspection; zero where the seller was
    /// paid at once.
    event Delivered(
        OrderId indexed order, address indexed deliverer, Point r, Point d, uint40 inspectionEndsAt
    );

    /// @notice The seller and the protocol were credited.
    /// @param accepted Whether the buyer ended the inspection; else its time ran out.
    event OrderSettled(OrderId indexed order, bool accepted);

    /// @notice The buyer was credited with all that they paid.
    /// @param declined Whether the seller gave it back; else the time to deliver ran out.
    event OrderRefunded(OrderId indexed order, bool declined);

    /// @notice A payment token was allowed or refused for new purchases, and its protocol fee set.
    event TokenSet(address indexed token, bool allowed, Bps fee);

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

    /// @notice Only the seller of this offer may do that, not {caller}: choose the seller's
    /// account.
    error Market_NotSeller(address caller);

    /// @notice An offer with exactly these terms was made before: change a term or its salt.
    error Market_OfferExists(OfferId offer);

    /// @notice The offer ended at {expiresAt:time}: ask the seller for a new one.
    error Market_OfferExpired(uint40 expiresAt);

    /// @notice The offer is not open, it was closed or never made: look for another.
    error Market_OfferNotOpen(OfferId offer);

    /// @notice The order has no open inspection, it is undelivered, settled or refunded: look at
    /// its state.
    error Market_OrderNotInspected(OrderId order);

    /// @notice The order does not wait for delivery, it is delivered, refunded or unknown: look at
    /// its state.
    error Market_OrderNotPending(OrderId order);

    /// @notice The offer costs {total:amount}, above your maximum of {maxTotal:amount}: raise it if
    /// you agree.
    error Market_PriceMoved(uint256 maxTotal, uint256 total);

    /// @notice All {supply} licences of the offer are sold: look for another.
    error Market_SoldOut(uint32 supply);

    /// @notice The offer's terms are not allowed, see '{field}': the limits are in
    /// interfaces/IMarket.sol.
    error Market_TermsInvalid(string field);

    /// @notice The token {token} is not allowed for payment: choose AIM or one that governance
    /// allowed.
    error Market_TokenNotAllowed(address token);

    /// @notice The token delivered {received:amount} of {expected:amount}: tokens that take a cut
    /// of transfers cannot pay here.
    error Market_TokenShort(uint256 expected, uint256 received);

    /// @notice A protocol fee of {fee:percent} is above the cap of {cap:percent}: choose less.
    error Market_FeeTooHigh(Bps fee, Bps cap);

    /// @notice The offer does not fit what is registered as version {version} of model {model}:
    /// read it anew.
    error Market_VersionMismatch(ModelId model, uint16 version);

    /// @notice The payment was {received:amount} and should be {expected:amount}: nothing was paid,
    /// send exactly that.
    error Market_WrongAmount(uint256 expected, uint256 received);

    /// @notice The market takes direct payments in AIM only, not in {token}: approve and buy
    /// instead.
    error Market_UnexpectedToken(address token);

    /// @notice The market was given the zero address: name the real one.
    error Market_ZeroAddress();

    /// @notice AIM is always a payment token: only its fee can be set.
    error Market_AimStaysAllowed();

    /// @notice Registers a model for the caller and opens its first offer, in one transaction.
    /// @param terms With `seller`, `model`, `version`, `scheme` and `line` zero: they are filled
    /// in.
    /// @custom:doing publish a model with an offer
    function publish(
        Bps royalty,
        Version calldata details,
        Parent[] calldata parents,
        Offer calldata terms
    ) external returns (ModelId model, OfferId offer);

    /// @notice Opens an offer for a registered version; `details` proves its key line.
    /// @param parentsHash As in `IModelRegistry.matches`.
    /// @custom:doing open an offer
    function openOffer(Offer calldata terms, Version calldata details, bytes32 parentsHash)
        external
        returns (OfferId offer);

    /// @notice Ends new purchases; open orders go on. An offer with the same terms can't be opened
    /// again.
    /// @custom:doing close an offer
    function closeOffer(Offer calldata terms) external;

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
    /// inspection. Permissionless: the delivery fee goes to the caller.
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

    /// @notice Gives the buyer the money back after grace. Permissionless.
    /// @custom:doing refund an order
    function refund(Offer calldata terms, Order calldata order) external;

    /// @notice Gives the buyer the money back at once; for the seller, before delivery.
    /// @custom:doing decline an order
    function decline(Offer calldata terms, Order calldata order) external;

    /// @notice Allows or refuses a payment token for new purchases and sets its protocol fee, at
    /// most `MAX_FEE`. AIM stays allowed. Restricted to governance.
    /// @dev Whatever is allowed here is called with the market's money at stake. A token that takes
    /// a cut of transfers makes every purchase in it revert. One that rebases, or whose issuer can
    /// lower balances, leaves less here than is owed, and whoever withdraws last gets nothing. One
    /// that can block accounts or pause locks what it owes them. An upgradeable one can become any
    /// of these. Harm stays within the token: each is owed and paid apart. Refusing a token ends no
    /// order: what was paid in it is delivered, refunded and withdrawn as before.
    /// @param token An ERC-20 token. At an address without code every purchase reverts.
    /// @param allowed Whether new purchases may pay in it.
    /// @param fee The protocol's share of the price of later purchases; earlier ones keep theirs.
    /// @custom:doing set a payment token's policy
    function setToken(address token, bool allowed, Bps fee) external;

    /// @notice keccak256(abi.encode(chain id at deployment, this contract)): part of every id.
    function domain() external view returns (bytes32);

    /// @notice keccak256(abi.encode(domain, terms)).
    function offerIdOf(Offer calldata terms) external view returns (OfferId);

    /// @notice keccak256(abi.encode(domain, offer, order)).
    function orderIdOf(OfferId offer, Order calldata order) external view returns (OrderId);

    /// @notice Whether the offer was opened and not closed. Expiry, supply and the seller's right
    /// are checked at the purchase.
    function isOpen(OfferId offer) external view returns (bool);

    /// @notice Licences sold under an offer with a limited supply; not counted where the supply is
    /// unlimited.
    function soldOf(OfferId offer) external view returns (uint32);

    /// @notice Whether new purchases may pay in the token, and the protocol's share of their price.
    function tokenPolicy(address token) external view returns (bool allowed, Bps fee);

    /// @notice Last second of the buyer's inspection; zero where none is open.
    function inspectionEndsAt(OrderId order) external view returns (uint40);
}
