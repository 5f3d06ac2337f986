// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ruling} from "./types/Deals.sol";

/// @title Deals that an adjudicator can hold and end
/// @notice Each deal names its own adjudicator: a court, a Safe, a person or nobody. The deal cannot tell
/// which. It listens to that one address alone, so an adjudicator reaches only the deals that named it.
/// @dev `what` is the deal itself, as its contract encodes it. None is held twice under the same `what`: a deal that can be
/// held again counts its holds in it. Else a ruling on an old claim could end a later one.
interface IAdjudicated {
    /// @notice Keeps the deal's money where it is until a ruling; for the deal's adjudicator.
    /// @param claimant For whom it is held: who the deal says may object.
    /// @custom:doing hold a deal
    function hold(bytes calldata what, address claimant) external;

    /// @notice Ends a held deal as ruled; for the deal's adjudicator.
    /// @custom:doing rule on a deal
    function resolve(bytes calldata what, Ruling ruling) external;
}
