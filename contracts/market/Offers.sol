// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LibString} from "solady/utils/LibString.sol";

import {ILineage} from "../../interfaces/ILineage.sol";
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

    /// @notice Says which versions that were made from others may be sold.
    ILineage public immutable lineage;

    /// @inheritdoc IOffers
    bytes32 public immutable domain = MarketIds.domain();

    /// @inheritdoc IOffers
    address public immutable aim;

    /* STORAGE */

    /// @dev Both share a slot with `stoppedUntil`, so a purchase in AIM reads all at once.
    Bps private _aimFee;
    uint128 private _aimMaxDeliveryFee;

    mapping(OfferId offer => OfferRecord) private _offers;

    mapping(address token => TokenPolicy) private _policies;

    /* CONSTRUCTOR */

    constructor(IModelRegistry registry_, ILineage lineage_, address aim_) {
        if (aim_ == address(0)) revert Market_ZeroAddress();
        if (address(lineage_.registry()) != address(registry_)) revert Market_RegistryMismatch();
        registry = registry_;
        lineage = lineage_;
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
    function publish(Bps royalty, Version calldata details, Offer calldata terms)
        external
        returns (ModelId model, OfferId offer)
    {
        uint256 given = uint160(terms.seller) | ModelId.unwrap(terms.model) | terms.version;
        if (given | terms.line.x | terms.line.y != 0) _invalid("filled in by publish");

        model = registry.register(msg.sender, royalty, details, new Parent[](0));
        Offer memory filled = terms;
        filled.seller = msg.sender;
        filled.model = model;
        filled.version = 1;
        filled.line = details.line;
        offer = _open(filled, details);
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
        ) revert Market_VersionMismatch(terms.model, terms.version);
        if (parentsHash != 0) lineage.requireCleared(terms.model, terms.version);

        return _open(terms, details);
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
        if (token == aim) return (true, _aimFee, _aimMaxDeliveryFee);
        TokenPolicy memory policy = _policies[token];
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
    /// @return rate The protocol's share of its price.
    function _sell(OfferId offer, Offer calldata terms) internal returns (Bps rate) {
        uint32 sold;
        (sold, rate) = _selling(offer, terms);
        if (terms.supply != 0) {
            if (sold >= terms.supply) revert Market_SoldOut(terms.supply);
            _offers[offer].sold = sold + 1;
        }
    }

    /// @dev Reverts unless `offer` does business now, whatever its supply.
    function _selling(OfferId offer, Offer calldata terms)
        internal
        view
        returns (uint32 sold, Bps rate)
    {
        _requireNewBusiness();
        rate = _rateOf(terms.token);
        OfferRecord memory record = _offers[offer];
        if (record.state != OfferState.Open) revert Market_OfferNotOpen(offer);
        if (terms.expiresAt != 0 && block.timestamp > terms.expiresAt) {
            revert Market_OfferExpired(terms.expiresAt);
        }
        registry.requireSellable(terms.model, terms.version, terms.seller);
        return (record.sold, rate);
    }

    /// @dev Assumes that no more than a uint128 is paid, as everywhere here.
    function _feeOf(uint256 price, Bps rate) internal pure returns (uint128) {
        return uint128(price * Bps.unwrap(rate) / 10_000);
    }

    /// @dev The protocol's share of a price in a token that is allowed.
    function _rateOf(address token) internal view returns (Bps) {
        if (token == aim) return _aimFee;
        TokenPolicy storage policy = _policies[token];
        if (!policy.allowed) revert Market_TokenNotAllowed(token);
        return policy.fee;
    }

    function _open(Offer memory terms, Version calldata details) private returns (OfferId offer) {
        _requireNewBusiness();
        _checkTerms(terms);
        if (details.scheme != SCHEME) _invalid("scheme");
        if (
            details.payee != 0
                && details.payee != keccak256(abi.encode(terms.payout, terms.payoutAccount))
        ) revert Market_PayeeMismatch(terms.payout, terms.payoutAccount);
        offer = MarketIds.newOfferId(domain, terms);
        if (_offers[offer].state != OfferState.Unknown) revert Market_OfferExists(offer);

        _offers[offer].state = OfferState.Open;
        emit OfferOpened(offer, terms.seller, terms);
    }

    /// @dev One place for all of them: each revert with a text takes 80 bytes of code.
    function _invalid(bytes32 field) internal pure {
        revert Market_TermsInvalid(LibString.fromSmallString(field));
    }

    function _checkTerms(Offer memory terms) private view {
        uint128 cap = _aimMaxDeliveryFee;
        if (terms.token != aim) {
            _rateOf(terms.token);
            cap = _policies[terms.token].maxDeliveryFee;
        }
        if (terms.deliveryFee > cap) revert Market_DeliveryFeeTooHigh(terms.deliveryFee, cap);
        if (terms.version > terms.lastVersion || terms.lastVersion > MAX_VERSION) {
            _invalid("lastVersion");
        }
        if (terms.payout == address(0)) _invalid("payout");
        if (terms.deliveryTime < MIN_DELIVERY_TIME || terms.deliveryTime > MAX_DELIVERY_TIME) {
            _invalid("deliveryTime");
        }
        if (terms.gracePeriod < MIN_GRACE || terms.gracePeriod > MAX_GRACE) {
            _invalid("gracePeriod");
        }
        if (terms.inspection > MAX_INSPECTION) _invalid("inspection");
        if (terms.expiresAt != 0 && terms.expiresAt < block.timestamp) {
            _invalid("expiresAt");
        }
    }
}
