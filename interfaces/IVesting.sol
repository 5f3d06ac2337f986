// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title OpenZeppelin's VestingWallet with a cliff
/// @notice What it holds unlocks evenly from start to end, but nothing before the cliff. Anybody may release what
/// has unlocked, to the beneficiary alone; nobody can take it back. What is in here has no vote.
interface IVesting {
    /// @notice Without a beneficiary all would be lost: transfer to another account instead.
    error Vesting_BeneficiaryNeeded();
}
