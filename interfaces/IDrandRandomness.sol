// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRandomness} from "./IRandomness.sol";

/// @title Randomness from drand's network evmnet
/// @notice For chains whose own randomness is chosen by who orders their transactions. A tick is a round of evmnet, of
/// which there is one every 3 seconds (ticks are an hour and the lag apart); its proof is the signature of 64 bytes that the network publishes for it, and its
/// value the SHA-256 of that, as drand has it. It can be proven for a day.
/// @dev Assumes that fewer of the network's nodes than its threshold collude: as many would know every value beforehand,
/// but not even they could choose one, for a round has one signature.
interface IDrandRandomness is IRandomness {
    /// @notice How many seconds this chain's clock is behind the world's, at most.
    /// @dev Who orders a chain's transactions sets its clock, within the limits of its kind. Whoever holds it back by more
    /// than this sees a round's value before what it decides is fixed.
    function lag() external view returns (uint256);

    /// @notice When a round is published.
    function timeOf(uint64 tick) external pure returns (uint256);
}
