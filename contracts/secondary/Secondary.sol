// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISecondary} from "../../interfaces/ISecondary.sol";
import {Ledger} from "../ledger/Ledger.sol";

/// @notice Specified in ISecondary.
abstract contract Secondary is ISecondary, Ledger {}
