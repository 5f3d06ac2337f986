// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ModelId} from "./Ids.sol";

/// @dev keccak256 of the chain id, this contract and the bond.
type BondId is bytes32;

/// @notice A stake on a version's artifact being what it was promised to be. Immutable: its id is its hash.
/// @param guarantor Who stakes, and who has what is left.
/// @param model Whose version it speaks of; the guarantor need not be its owner.
/// @param version The version whose conviction breaks it.
/// @param token What is staked. Only orders paid in it are compensated.
/// @param until Last second of the bond; the stake stands for 14 days more at least.
/// @param salt Tells apart bonds that are otherwise the same.
struct Bond {
    address guarantor;
    ModelId model;
    uint16 version;
    address token;
    uint40 until;
    bytes32 salt;
}

/// @notice Standing: staked. Broken: the version was convicted, buyers are compensated. Ended: withdrawn or closed.
enum BondState {
    None,
    Standing,
    Broken,
    Ended
}

/// @notice A bond as stored.
/// @param state Where it stands; None where there is no such bond.
/// @param brokenAt When it was broken; zero before.
/// @param stake What is there: the stake, or once broken what is left for buyers.
struct BondRecord {
    BondState state;
    uint40 brokenAt;
    uint128 stake;
}
