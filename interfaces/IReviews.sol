// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarket} from "./IMarket.sol";
import {IModelLicense} from "./IModelLicense.sol";
import {LicenseId, ModelId, OrderId} from "./types/Ids.sol";

/// @title Words about models, by those who paid for them
/// @notice Whoever holds the settled licence of an order of the market says how good its model is, and may say so
/// again; the model's owner may answer. Nothing is stored, takes money or can be governed: the events are all there is.
/// @dev What a word weighs is for its readers (docs/reputation.md): the fee that its order paid and the time that its
/// author held the licence. Neither is on chain any more once an order is settled, and nobody on chain asks.
interface IReviews {
    /// @notice The licence's holder had their word. Of one licence's words by one holder the last counts.
    /// @param reviewer Who held the licence at that moment.
    /// @param stars 1 to 5; 0 takes the word back.
    /// @param text SHA-256 of what they say, in UTF-8; zero where they say nothing.
    event Reviewed(
        OrderId indexed order,
        ModelId indexed model,
        address indexed reviewer,
        uint8 stars,
        bytes32 text
    );

    /// @notice The model's owner answered what had been said of the order until then; the last answer counts.
    /// @param text SHA-256 of the answer, in UTF-8; zero takes it back.
    event ReviewAnswered(
        OrderId indexed order, ModelId indexed model, address indexed owner, bytes32 text
    );

    /// @notice {stars} stars are too many: give 1 to 5, or 0 to take a word back.
    error Reviews_TooManyStars(uint8 stars);

    /// @notice The order is not settled: where it waits, review it after its settlement; what was refunded has no
    /// licence to speak for.
    error Reviews_OrderNotSettled(OrderId order);

    /// @notice {caller} does not hold the order's licence: choose the account that does.
    error Reviews_NotHolder(LicenseId license, address caller);

    /// @notice {caller} does not own model {model}: only its owner answers.
    error Reviews_NotModelOwner(ModelId model, address caller);

    /// @notice Says how good the order's model is, in place of what the caller said of this order before.
    /// @dev A licence that came as a gift or by resale speaks, too; readers weigh by what its holder's own acquisition
    /// paid. One that ran out still speaks. A user (ERC-4907) does not.
    /// @param stars 1 to 5; 0 to take the word back.
    /// @param text SHA-256 of the text, which is kept elsewhere; zero for none.
    /// @custom:doing review a model
    function review(OrderId order, uint8 stars, bytes32 text) external;

    /// @notice Answers what was said of the order, as the owner of its model.
    /// @dev Also where nobody said anything: readers show an answer beside a word alone.
    /// @param text SHA-256 of the answer; zero to take it back.
    /// @custom:doing answer a review
    function answer(OrderId order, bytes32 text) external;

    /// @notice Whose orders these are.
    function market() external view returns (IMarket);

    /// @notice The licences that its orders are.
    function license() external view returns (IModelLicense);
}
