// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModelRegistry} from "../../interfaces/IModelRegistry.sol";
import {IOffers} from "../../interfaces/IOffers.sol";
import {Offer} from "../../interfaces/types/Deals.sol";
import {Bps, ModelId, OfferId} from "../../interfaces/types/Ids.sol";
import {Parent, Version} from "../../interfaces/types/Versions.sol";
import {KeyDelivery} from "../delivery/KeyDelivery.sol";
import {NewBusinessStop} from "../governance/NewBusinessStop.sol";
import {MarketIds} from "./MarketIds.sol";

/// @title The listing side of the market: offers and the tokens they may ask for
abstract contract Offers is IOffers, NewBusinessStop {
    enum OfferState {
        Unknown,
        Open,
        Closed
    }

    struct OfferRecord {
        OfferState state;
        uint32 sold;
    }

    struct TokenPolicy {
        bool allowed;
        Bps fee;
        uint128 maxDeliveryFee;
    }

    /* CONSTANTS */

    /// @notice Most that the protocol takes of a price.
    Bps public constant MAX_FEE = Bps.wrap(500);
    /// @notice As an offer's `lastVersion`: all that follow on the key line.
    uint16 public constant MAX_VERSION = 4095;
    /// @notice The delivery scheme that is sold here: docs/protocol.md.
    uint16 public constant SCHEME = KeyDelivery.SCHEME;
    /// @notice Least time to deliver that an offer may have, in seconds.
    uint32 public constant MIN_DELIVERY_TIME = 1 minutes;
    /// @notice Most time to deliver, in seconds.
    uint32 public constant MAX_DELIVERY_TIME = 30 days;
    /// @notice Least grace after the time to deliver, in seconds.
    uint32 public constant MIN_GRACE = 10 minutes;
    /// @notice Most grace, in seconds.
    uint32 public constant MAX_GRACE = 7 days;
    /// @notice Longest inspection, in seconds.
    uint32 public constant MAX_INSPECTION = 7 days;

    /* IMMUTABLES */

    /// @notice Says what exists and who may sell it.
    IModelRegistry public immutable registry;

    /// @inheritdoc IOffers
    bytes32 public immutable domain = MarketIds.domain();

    /// @notice Always allowed, and the only token whose ERC-1363 callback is believed.
    address public immutable aim;

    /* STORAGE */

    /// @dev Both share a slot with `stoppedUntil`, so a purchase in AIM reads all at once.
    Bps private _aimFee;
    uint128 private _aimMaxDeliveryFee;

    mapping(OfferId offer => OfferRecord) private _offers;

    mapping(address token => TokenPolicy) private _policies;

    /* CONSTRUCTOR */

    constructor(IModelRegistry registry_, address aim_) {
        if (aim_ == address(0)) revert Market_ZeroAddress();
        registry = registry_;
        aim = aim_;
    }

    /* GOVERNANCE */

    /// @inheritdoc IOffers
    function setToken(address token, bool allowed, Bps fee, uint128 maxDeliveryFee)
        external
        restricted
    {
        if (Bps.unwrap(fee) > Bps.unwrap(MAX_FEE)) revert Market_FeeTooHigh(fee, MAX_FEE);

        if (token == aim) {
            if (!allowed) revert Market_AimStaysAllowed();
            (_aimFee, _aimMaxDeliveryFee) = (fee, maxDeliveryFee);
        } else {
            _policies[token] = TokenPolicy(allowed, fee, maxDeliveryFee);
        }
        emit TokenSet(token, allowed, fee, maxDeliveryFee);
    }

    /* OFFERS */

    /// @inheritdoc IOffers
    function publish(
        Bps royalty,
        Version calldata details,
        Parent[] calldata parents,
        Offer calldata terms
    ) external returns (ModelId model, OfferId offer) {
        if (
            terms.seller != address(0) || ModelId.unwrap(terms.model) != 0 || terms.version != 0
                || terms.scheme != 0 || terms.line.x != 0 || terms.line.y != 0
        ) revert Market_TermsInvalid("filled in by publish");

        model = registry.register(msg.sender, royalty, details, parents);
        Offer memory filled = terms;
        filled.seller = msg.sender;
        filled.model = model;
        filled.version = 1;
        filled.scheme = details.scheme;
        filled.line = details.line;
        offer = _open(filled);
    }

    /// @inheritdoc IOffers
    function openOffer(Offer calldata terms, Version calldata details, bytes32 parentsHash)
        external
        returns (OfferId)
    {
        if (msg.sender != terms.seller) revert Market_NotSeller(msg.sender);
        registry.requireSellable(terms.model, terms.version, msg.sender);
        if (
            !registry.matches(terms.model, terms.version, details, parentsHash)
                || terms.line.x != details.line.x || terms.line.y != details.line.y
                || terms.scheme != details.scheme
        ) revert Market_VersionMismatch(terms.model, terms.version);

        return _open(terms);
    }

    /// @inheritdoc IOffers
    function closeOffer(Offer calldata terms) external {
        if (msg.sender != terms.seller) revert Market_NotSeller(msg.sender);
        OfferId offer = MarketIds.offerId(domain, terms);
        if (_offers[offer].state != OfferState.Open) revert Market_OfferNotOpen(offer);

        _offers[offer].state = OfferState.Closed;
        emit OfferClosed(offer);
    }

    /* VIEWS */

    /// @inheritdoc IOffers
    function offerIdOf(Offer calldata terms) external view returns (OfferId) {
        return MarketIds.offerId(domain, terms);
    }

    /// @inheritdoc IOffers
    function tokenPolicy(address token)
        external
        view
        returns (bool allowed, Bps fee, uint128 maxDeliveryFee)
    {
        TokenPolicy memory policy = _policyOf(token);
        return (policy.allowed, policy.fee, policy.maxDeliveryFee);
    }

    /// @inheritdoc IOffers
    function isOpen(OfferId offer) external view returns (bool) {
        return _offers[offer].state == OfferState.Open;
    }

    /// @inheritdoc IOffers
    function soldOf(OfferId offer) external view returns (uint32) {
        return _offers[offer].sold;
    }

    /* INTERNAL */

    /// @dev Reverts unless one more licence can be sold under `offer` now, and counts it where the
    /// supply is limited.
    function _sell(OfferId offer, Offer calldata terms) internal returns (uint128 protocolFee) {
        _requireNewBusiness();
        OfferRecord memory record = _offers[offer];
        if (record.state != OfferState.Open) revert Market_OfferNotOpen(offer);
        if (terms.expiresAt != 0 && block.timestamp > terms.expiresAt) {
            revert Market_OfferExpired(terms.expiresAt);
        }
        uint256 fee = Bps.unwrap(_allowed(terms.token).fee);
        registry.requireSellable(terms.model, terms.version, terms.seller);

        if (terms.supply != 0) {
            if (record.sold >= terms.supply) revert Market_SoldOut(terms.supply);
            _offers[offer].sold = record.sold + 1;
        }
        protocolFee = uint128(uint256(terms.price) * fee / 10_000);
    }

    /// @dev Reverts unless new business may be done in the token.
    function _allowed(address token) internal view returns (TokenPolicy memory policy) {
        policy = _policyOf(token);
        if (!policy.allowed) revert Market_TokenNotAllowed(token);
    }

    function _policyOf(address token) private view returns (TokenPolicy memory) {
        if (token == aim) return TokenPolicy(true, _aimFee, _aimMaxDeliveryFee);
        return _policies[token];
    }

    function _open(Offer memory terms) private returns (OfferId offer) {
        _requireNewBusiness();
        _checkTerms(terms);
        offer = MarketIds.newOfferId(domain, terms);
        if (_offers[offer].state != OfferState.Unknown) revert Market_OfferExists(offer);

        _offers[offer].state = OfferState.Open;
        emit OfferOpened(offer, terms.seller, terms.model, terms);
    }

    function _checkTerms(Offer memory terms) private view {
        uint128 cap = _allowed(terms.token).maxDeliveryFee;
        if (terms.deliveryFee > cap) revert Market_DeliveryFeeTooHigh(terms.deliveryFee, cap);
        if (terms.scheme != SCHEME) revert Market_TermsInvalid("scheme");
        if (terms.version > terms.lastVersion || terms.lastVersion > MAX_VERSION) {
            revert Market_TermsInvalid("lastVersion");
        }
        if (terms.payout == address(0)) revert Market_TermsInvalid("payout");
        if (terms.deliveryTime < MIN_DELIVERY_TIME || terms.deliveryTime > MAX_DELIVERY_TIME) {
            revert Market_TermsInvalid("deliveryTime");
        }
        if (terms.gracePeriod < MIN_GRACE || terms.gracePeriod > MAX_GRACE) {
            revert Market_TermsInvalid("gracePeriod");
        }
        if (terms.inspection > MAX_INSPECTION) revert Market_TermsInvalid("inspection");
        if (terms.expiresAt != 0 && terms.expiresAt < block.timestamp) {
            revert Market_TermsInvalid("expiresAt");
        }
    }
}
