// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {VestingWallet} from "@openzeppelin/contracts/finance/VestingWallet.sol";
import {VestingWalletCliff} from "@openzeppelin/contracts/finance/VestingWalletCliff.sol";

import {IVesting} from "../../interfaces/IVesting.sol";

/// @notice Specified in IVesting.
contract Vesting is IVesting, VestingWalletCliff {
    /* CONSTRUCTOR */

    /// @dev `start` is a time; `duration` and `cliff` are seconds from there.
    constructor(address beneficiary, uint64 start, uint64 duration, uint64 cliff)
        VestingWallet(beneficiary, start, duration)
        VestingWalletCliff(cliff)
    {}

    /* BENEFICIARY */

    /// @inheritdoc Ownable
    function renounceOwnership() public pure override {
        revert Vesting_BeneficiaryNeeded();
    }
}
