// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueSplitter} from "../../interfaces/IRevenueSplitter.sol";
import {Bps} from "../../interfaces/types/Ids.sol";
import {Share} from "../../interfaces/types/Splits.sol";

/// @title Tables by which revenue is shared
library Splits {
    /* CONSTANTS */

    /// @notice Most rows of a table.
    uint256 internal constant MAX_SHARES = 16;
    uint256 internal constant WHOLE = 10_000;

    /* TABLES */

    /// @notice The table's id; reverts unless its shares make the whole.
    function idOf(Share[] calldata table) internal pure returns (bytes32) {
        uint256 count = table.length;
        if (count == 0 || count > MAX_SHARES) {
            revert IRevenueSplitter.Splits_WrongCount(count, MAX_SHARES);
        }
        uint256 sum;
        for (uint256 i; i < count; ++i) {
            if (table[i].payee == address(0)) revert IRevenueSplitter.Splits_ZeroPayee();
            sum += Bps.unwrap(table[i].share);
        }
        if (sum != WHOLE) revert IRevenueSplitter.Splits_WrongSum(sum);
        return keccak256(abi.encode(table));
    }
}
