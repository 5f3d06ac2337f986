// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Bps} from "./Ids.sol";

/// @notice A row of a table by which revenue is shared. The table's id is keccak256(abi.encode(Share[])).
/// @param payee Who is credited.
/// @param account Which of the payee's accounts: another table's id where the payee is the splitter.
/// @param share The row's part of the whole.
struct Share {
    address payee;
    bytes32 account;
    Bps share;
}
