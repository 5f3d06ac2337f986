// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title What a deal contract owes, by (payee, account, token)
/// @notice Payment is by pull. One payee may keep several accounts: a split's account is its split
/// id, anybody's own is zero.
interface ILedger {
    /// @notice What is assigned to one payee.
    /// @param payee Who is credited.
    /// @param account Which of the payee's accounts.
    /// @param amount In the token's smallest unit.
    struct Part {
        address payee;
        bytes32 account;
        uint256 amount;
    }

    /// @notice A payee's whole credit in an account was paid out to `to`.
    /// @param amount In the token's smallest unit.
    event Withdrawn(
        address indexed payee,
        bytes32 indexed account,
        address indexed token,
        uint256 amount,
        address to
    );

    /// @notice A payee passed on what it was owed. No token moved.
    event Assigned(
        address indexed payee, bytes32 indexed account, address indexed token, Part[] parts
    );

    /// @notice {asked:amount} cannot be assigned, only {owed:amount} is owed: assign less.
    error Ledger_TooLittleOwed(uint256 asked, uint256 owed);

    /// @notice Nothing is owed to {payee} in this token: there is nothing to withdraw.
    error Ledger_NothingOwed(address payee, bytes32 account, address token);

    /// @notice The receiver is the zero address: give the account that is to have the money.
    error Ledger_ZeroReceiver();

    /// @notice Pays the caller's whole credit in `account` to `to`.
    /// @dev Anybody may have pushed the caller's own account to the caller before, and this reverts
    /// then: a contract that is owed money must not rely on this call to receive it. It calls
    /// `withdrawIfOwed`, and counts what it holds.
    /// @custom:doing withdraw
    function withdraw(bytes32 account, address token, address to) external returns (uint256 amount);

    /// @notice Pays `payee`'s own account to `payee`; anybody may push it.
    /// @dev The money reaches the payee itself, even one that would have withdrawn it to another
    /// address: a payee that cannot hold or pass on a token must not be owed it in its own account.
    /// Other accounts stay with the payee: a splitter must know which account a payment came from.
    /// @custom:doing withdraw for a payee
    function withdrawFor(address payee, address token) external returns (uint256 amount);

    /// @notice As `withdraw`, for a `multicall` of several: where nothing is owed, nothing is done, so
    /// who pushes one of the credits first cannot undo the others.
    /// @return amount What was paid; zero where nothing was owed.
    /// @custom:doing withdraw what is owed
    function withdrawIfOwed(bytes32 account, address token, address to)
        external
        returns (uint256 amount);

    /// @notice As `withdrawFor`, for a `multicall` of several.
    /// @return amount What was paid; zero where nothing was owed.
    /// @custom:doing withdraw for a payee what is owed
    function withdrawForIfOwed(address payee, address token) external returns (uint256 amount);

    /// @notice Credits others out of the caller's own account: a split pays its shares so.
    /// @dev Nothing is called and no token moves, so no payee can stop another. The loop is as long as
    /// the caller makes it.
    /// @custom:doing pass on what is owed
    function assign(bytes32 account, address token, Part[] calldata parts) external;

    /// @notice What is owed, in the token's smallest unit.
    function credit(address payee, bytes32 account, address token) external view returns (uint256);
}
