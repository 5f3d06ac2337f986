// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Offer} from "./types/Deals.sol";
import {Bps, ModelId, OfferId} from "./types/Ids.sol";
import {Version} from "./types/Versions.sol";

/// @title Offers, and the tokens that they may ask for
/// @notice The listing side of the market. An offer is immutable: changing it is closing it and
/// opening another.
interface IOffers {
    /// @notice An offer was opened, with all its terms; its id is their hash.
    event OfferOpened(OfferId indexed offer, address indexed seller, Offer terms);

    /// @notice An offer takes no more purchases. Its open orders go on.
    event OfferClosed(OfferId indexed offer);

    /// @notice A payment token was allowed or refused for new purchases, its protocol fee set, and
    /// what its offers may ask for a delivery.
    event TokenSet(address indexed token, bool allowed, Bps fee, uint128 maxDeliveryFee);

    /// @notice Only the seller of this offer may do that, not {caller}: choose the seller's
    /// account.
    error Market_NotSeller(address caller);

    /// @notice An offer with exactly these terms was made before: change a term or its salt.
    error Market_OfferExists(OfferId offer);

    /// @notice The offer ended at {expiresAt:time}: ask the seller for a new one.
    error Market_OfferExpired(uint40 expiresAt);

    /// @notice The offer is not open, it was closed or never made: look for another.
    error Market_OfferNotOpen(OfferId offer);

    /// @notice What the version earns is bound to another payee than {payout}: offer it with the one
    /// that its record names.
    error Market_PayeeMismatch(address payout, bytes32 payoutAccount);

    /// @notice All {supply} licences of the offer are sold: look for another.
    error Market_SoldOut(uint32 supply);

    /// @notice The offer's terms are not allowed, see '{field}': the limits are the
    /// market's constants.
    error Market_TermsInvalid(string field);

    /// @notice The token {token} is not allowed for payment: choose AIM or one that governance
    /// allowed.
    error Market_TokenNotAllowed(address token);

    /// @notice A delivery fee of {fee:amount} is above the token's cap of {cap:amount}: ask for less.
    error Market_DeliveryFeeTooHigh(uint128 fee, uint128 cap);

    /// @notice A protocol fee of {fee:percent} is above the cap of {cap:percent}: choose less.
    error Market_FeeTooHigh(Bps fee, Bps cap);

    /// @notice The offer does not fit what is registered as version {version} of model {model}:
    /// read it anew.
    error Market_VersionMismatch(ModelId model, uint16 version);

    /// @notice The market was given the zero address: name the real one.
    error Market_ZeroAddress();

    /// @notice The market was given contracts of different registries: name those of one.
    error Market_RegistryMismatch();

    /// @notice AIM is always a payment token: only its fees can be set.
    error Market_AimStaysAllowed();

    /// @notice Registers a model for the caller and opens its first offer, in one transaction.
    /// @dev The version has no parents: one that has is registered, cleared, then offered.
    /// @param terms With `seller`, `model`, `version` and `line` zero: they are filled in.
    /// @custom:doing publish a model with an offer
    function publish(Bps royalty, Version calldata details, Offer calldata terms)
        external
        returns (ModelId model, OfferId offer);

    /// @notice Opens an offer for a registered version; `details` proves its key line, delivery
    /// scheme and payee. A version with parents must be cleared (ILineage).
    /// @param parentsHash As in `IModelRegistry.matches`.
    /// @custom:doing open an offer
    function openOffer(Offer calldata terms, Version calldata details, bytes32 parentsHash)
        external
        returns (OfferId offer);

    /// @notice Ends new purchases; open orders go on. An offer with the same terms can't be opened
    /// again.
    /// @custom:doing close an offer
    function closeOffer(Offer calldata terms) external;

    /// @notice Allows or refuses a payment token for new purchases and sets its protocol fee, at
    /// most `MAX_FEE`, and what offers in it may ask for a delivery. AIM stays allowed. Restricted to
    /// governance.
    /// @dev Whatever is allowed here is called with the market's money at stake. A token that takes
    /// a cut of transfers makes every purchase in it revert. One that rebases, or whose issuer can
    /// lower balances, leaves less here than is owed, and whoever withdraws last gets nothing. One
    /// that can block accounts or pause locks what it owes them. An upgradeable one can become any
    /// of these. Harm stays within the token: each is owed and paid apart. Refusing a token ends no
    /// order: what was paid in it is delivered, refunded and withdrawn as before.
    /// @param token An ERC-20 token. At an address without code every purchase reverts.
    /// @param allowed Whether new purchases may pay in it.
    /// @param fee The protocol's share of the price of later purchases; earlier ones keep theirs.
    /// @param maxDeliveryFee Most that an offer opened from now on may ask for a delivery, in the
    /// token's smallest unit. A delivery fee pays for a transaction: no protocol fee is taken of it, it
    /// is paid before an inspection ends, and it is no price that reputation may count.
    /// @custom:doing set a payment token's policy
    function setToken(address token, bool allowed, Bps fee, uint128 maxDeliveryFee) external;

    /// @notice keccak256(abi.encode(chain id at deployment, this contract)): part of every id.
    function domain() external view returns (bytes32);

    /// @notice keccak256(abi.encode(domain, terms)).
    function offerIdOf(Offer calldata terms) external view returns (OfferId);

    /// @notice Whether the offer was opened and not closed. Expiry, supply and the seller's right
    /// are checked at the purchase.
    function isOpen(OfferId offer) external view returns (bool);

    /// @notice Licences sold under an offer with a limited supply; not counted where the supply is
    /// unlimited.
    function soldOf(OfferId offer) external view returns (uint32);

    /// @notice AIM: always allowed, and the only token whose ERC-1363 callback is believed.
    function aim() external view returns (address);

    /// @notice Whether new purchases may pay in the token, the protocol's share of their price, and
    /// the most that a new offer may ask for a delivery.
    function tokenPolicy(address token)
        external
        view
        returns (bool allowed, Bps fee, uint128 maxDeliveryFee);
}
