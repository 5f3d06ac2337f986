// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ILedger} from "./ILedger.sol";
import {Share} from "./types/Splits.sol";

/// @title Passes on what a ledger owes to a table of shares
/// @notice Revenue is paid to (splitter, table's id) in a ledger and stays there until anybody asks for it to be
/// distributed. A table is named by its content: it has no owner, cannot change, and cannot name itself.
/// @dev It holds no token and has no storage. A hostile `source` can lie about its own ledger only.
interface IRevenueSplitter {
    /// @notice {count} shares are too many, or none: a table has 1 to {cap}.
    error Splits_WrongCount(uint256 count, uint256 cap);

    /// @notice A share names no payee: give the account that is to have it.
    error Splits_ZeroPayee();

    /// @notice The shares make {sum:percent}: they have to make 100%.
    error Splits_WrongSum(uint256 sum);

    /// @notice Credits each row of the table with its share of what `source` owes to the table; anybody may
    /// ask for it. What is lost to rounding stays for the next time.
    /// @param source The ledger.
    /// @return paid In the token's smallest unit.
    /// @custom:doing distribute what a split earned
    function distribute(ILedger source, Share[] calldata table, address token)
        external
        returns (uint256 paid);

    /// @notice The table's id: the account under which the splitter is owed its revenue. Reverts for what
    /// is no table.
    function splitIdOf(Share[] calldata table) external pure returns (bytes32);
}
