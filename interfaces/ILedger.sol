// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title What a deal contract owes, by (payee, account, token)
/// @notice Payment is by pull. One payee may keep several accounts: a split's account is its split
/// id, anybody's own is zero.
interface ILedger {
    /// @param amount In the token's smallest unit.
    event Withdrawn(
        address indexed payee,
        bytes32 indexed account,
        address indexed token,
        uint256 amount,
        address to
    );

    error Ledger_NothingOwed(address payee, bytes32 account, address token);
    error Ledger_ZeroReceiver();

    /// @notice Pays the caller's whole credit in `account` to `to`.
    function withdraw(bytes32 account, address token, address to) external returns (uint256 amount);

    /// @notice Pays `payee`'s own account to `payee`; anybody may push it.
    /// @dev Other accounts stay with the payee: a splitter must know which account a payment came
    /// from.
    function withdrawFor(address payee, address token) external returns (uint256 amount);

    /// @notice What is owed, in the token's smallest unit.
    function credit(address payee, bytes32 account, address token) external view returns (uint256);
}
