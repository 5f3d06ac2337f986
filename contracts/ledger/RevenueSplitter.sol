// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ILedger} from "../../interfaces/ILedger.sol";
import {IRevenueSplitter} from "../../interfaces/IRevenueSplitter.sol";
import {Bps} from "../../interfaces/types/Ids.sol";
import {Share} from "../../interfaces/types/Splits.sol";
import {Splits} from "../libraries/Splits.sol";

/// @notice Specified in IRevenueSplitter.
contract RevenueSplitter is IRevenueSplitter {
    /* DISTRIBUTION */

    /// @inheritdoc IRevenueSplitter
    function distribute(ILedger source, Share[] calldata table, address token)
        external
        returns (uint256 paid)
    {
        bytes32 split = Splits.idOf(table);
        uint256 owed = source.credit(address(this), split, token);
        ILedger.Part[] memory parts = new ILedger.Part[](table.length);
        for (uint256 i; i < parts.length; ++i) {
            uint256 amount = owed * Bps.unwrap(table[i].share) / Splits.WHOLE;
            parts[i] = ILedger.Part(table[i].payee, table[i].account, amount);
            paid += amount;
        }
        source.assign(split, token, parts);
    }

    /* VIEWS */

    /// @inheritdoc IRevenueSplitter
    function splitIdOf(Share[] calldata table) external pure returns (bytes32) {
        return Splits.idOf(table);
    }
}
