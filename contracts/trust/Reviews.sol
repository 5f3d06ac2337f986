// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

import {IMarket} from "../../interfaces/IMarket.sol";
import {IModelLicense} from "../../interfaces/IModelLicense.sol";
import {IReviews} from "../../interfaces/IReviews.sol";
import {LicenseId, ModelId, OrderId} from "../../interfaces/types/Ids.sol";
import {LicenseRecord, LicenseState} from "../../interfaces/types/Licenses.sol";

/// @notice Specified in IReviews.
contract Reviews is IReviews {
    /* CONSTANTS */

    /// @notice The most stars that a word gives.
    uint8 public constant MAX_STARS = 5;

    /* IMMUTABLES */

    /// @inheritdoc IReviews
    IMarket public immutable market;

    /// @inheritdoc IReviews
    IModelLicense public immutable license;

    IERC721 private immutable _models;

    /* CONSTRUCTOR */

    constructor(IMarket market_, IModelLicense license_) {
        (market, license) = (market_, license_);
        _models = IERC721(address(license_.registry()));
    }

    /* WORDS */

    /// @inheritdoc IReviews
    function review(OrderId order, uint8 stars, bytes32 text) external {
        if (stars > MAX_STARS) revert Reviews_TooManyStars(stars);
        (LicenseId id, ModelId model) = _settled(order);
        if (msg.sender != IERC721(address(license)).ownerOf(LicenseId.unwrap(id))) {
            revert Reviews_NotHolder(id, msg.sender);
        }

        emit Reviewed(order, model, msg.sender, stars, text);
    }

    /// @inheritdoc IReviews
    function answer(OrderId order, bytes32 text) external {
        (, ModelId model) = _settled(order);
        if (msg.sender != _models.ownerOf(ModelId.unwrap(model))) {
            revert Reviews_NotModelOwner(model, msg.sender);
        }

        emit ReviewAnswered(order, model, msg.sender, text);
    }

    /* INTERNAL */

    function _settled(OrderId order) private view returns (LicenseId id, ModelId model) {
        id = license.licenseIdOf(address(market), order);
        LicenseRecord memory record = license.recordOf(id);
        if (record.state != LicenseState.Settled) revert Reviews_OrderNotSettled(order);
        model = record.grant.model;
    }
}
