// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Errors of the libraries that the contracts are built with
/// @notice Declared here so that each has its sentence and its ABI entry: calls of DAIMM's
/// contracts revert with them, and they come from OpenZeppelin and solady.
interface ILibraryErrors {
    // OpenZeppelin, tokens

    /// @notice {spender} may take {allowance:amount} of the {needed:amount} needed: approve more.
    error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed);

    /// @notice {sender} has {balance:amount} of the {needed:amount} needed: add funds, or choose
    /// another account.
    error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed);

    /// @notice The token refused a zero address as approver: give a real one.
    error ERC20InvalidApprover(address approver);

    /// @notice The token refused a zero address as receiver: give a real one.
    error ERC20InvalidReceiver(address receiver);

    /// @notice The token refused a zero address as sender: give a real one.
    error ERC20InvalidSender(address sender);

    /// @notice The token refused a zero address as spender: give a real one.
    error ERC20InvalidSpender(address spender);

    /// @notice The token refused the approval: use another token.
    error ERC1363ApproveFailed(address spender, uint256 value);

    /// @notice {receiver} does not take AIM by direct payment: check the address.
    error ERC1363InvalidReceiver(address receiver);

    /// @notice {spender} does not take AIM by approval: check the address.
    error ERC1363InvalidSpender(address spender);

    /// @notice The token refused the transfer: check the balance.
    error ERC1363TransferFailed(address receiver, uint256 value);

    /// @notice The token refused the transfer: check balance and allowance.
    error ERC1363TransferFromFailed(address sender, address receiver, uint256 value);

    /// @notice The permit ran out at {deadline:time}: sign a new one.
    error ERC2612ExpiredSignature(uint256 deadline);

    /// @notice The permit was signed by {signer}, not by {owner}: sign it with the owner's account.
    error ERC2612InvalidSigner(address signer, address owner);

    /// @notice The signed transfer counts after {validAfter:time} and before {validBefore:time} only: have
    /// another signed.
    error ERC3009InvalidAuthorizationTime(uint256 validAfter, uint256 validBefore);

    /// @notice The transfer was not signed like this by its sender: sign it again.
    error ERC3009InvalidSignature();

    /// @notice {authorizer} signed this transfer once, and it was made or cancelled: have another signed.
    error ERC3009UsedAuthorization(address authorizer, bytes32 nonce);

    /// @notice The permit was used already: sign a new one.
    error InvalidAccountNonce(address account, uint256 currentNonce);

    /// @notice The token {token} refused the payment: check balance and allowance.
    error SafeERC20FailedOperation(address token);

    // solady, which reverts with these in assembly, so that no ABI of a contract lists them

    /// @notice The token refused the transfer: check the receiver.
    error TransferFailed();

    /// @notice The token refused the payment: check balance and allowance.
    error TransferFromFailed();

    // solady, ERC-721

    /// @notice The account neither owns this token nor was approved for it: choose the owner's
    /// account.
    error NotOwnerNorApproved();

    /// @notice There is no such model or licence on this chain: check the number.
    error TokenDoesNotExist();

    /// @notice The token belongs to somebody else: check its owner.
    error TransferFromIncorrectOwner();

    /// @notice The receiver is a contract that takes no such token: choose another.
    error TransferToNonERC721ReceiverImplementer();

    /// @notice The receiver is the zero address: give a real one.
    error TransferToZeroAddress();

    /// @notice The zero address has no balance to ask for: give a real one.
    error BalanceQueryForZeroAddress();

    /// @notice The account cannot hold more of these tokens: choose another.
    error AccountBalanceOverflow();

    /// @notice A token with this number exists already: choose another number.
    error TokenAlreadyExists();

    // OpenZeppelin, who may do what

    /// @notice Only the accounts that governance named may do this: choose one of them.
    error AccessManagedUnauthorized(address caller);

    /// @notice Only the accounts that governance named may do this: choose one of them.
    error AccessManagedRequiredDelay(address caller, uint32 delay);

    /// @notice Only the accounts that governance named may do this: choose one of them.
    error AccessManagerUnauthorizedAccount(address msgsender, uint64 roleId);

    /// @notice Only the accounts that governance named may do this: choose one of them.
    error AccessManagerUnauthorizedCall(address caller, address target, bytes4 selector);

    /// @notice Only the accounts that governance named may do this: choose one of them.
    error AccessManagerUnauthorizedCancel(
        address msgsender, address caller, address target, bytes4 selector
    );

    /// @notice Only the accounts that governance named may do this: choose one of them.
    error AccessManagerUnauthorizedConsume(address target);

    /// @notice A role is given back for one's own account alone: give its address.
    error AccessManagerBadConfirmation();

    /// @notice This function's role cannot be changed.
    error AccessManagerLockedFunction(bytes4 selector);

    /// @notice This role cannot be changed.
    error AccessManagerLockedRole(uint64 roleId);

    /// @notice This operation is scheduled already: execute or cancel that one first.
    error AccessManagerAlreadyScheduled(bytes32 operationId);

    /// @notice This operation ran out: schedule it again.
    error AccessManagerExpired(bytes32 operationId);

    /// @notice This operation is scheduled for later: execute it then.
    error AccessManagerNotReady(bytes32 operationId);

    /// @notice This operation was not scheduled: schedule it first.
    error AccessManagerNotScheduled(bytes32 operationId);

    /// @notice The access manager needs a first administrator: give a real address.
    error AccessManagerInvalidInitialAdmin(address initialAdmin);

    /// @notice The access manager's address has no contract: check it.
    error AccessManagedInvalidAuthority(address authority);

    // OpenZeppelin, the rest

    /// @notice The token called back into the market, which refuses that: use another token.
    error ReentrancyGuardReentrantCall();

    /// @notice There is no contract at {target}: check the address.
    error AddressEmptyCode(address target);

    /// @notice A contract that this call needs failed without saying why: check the token and its
    /// receiver.
    error FailedCall();

    /// @notice The contract has {balance:amount} of the {needed:amount} needed: send it more first.
    error InsufficientBalance(uint256 balance, uint256 needed);

    /// @notice The signature is malformed: sign again.
    error ECDSAInvalidSignature();

    /// @notice The signature is malformed: sign again.
    error ECDSAInvalidSignatureLength(uint256 length);

    /// @notice The signature is malformed: sign again.
    error ECDSAInvalidSignatureS(bytes32 s);

    /// @notice A number is too large for this contract: give a smaller one.
    error SafeCastOverflowedUintDowncast(uint8 bits, uint256 value);

    /// @notice This call was made wrongly, please report it as a fault: InvalidShortString.
    error InvalidShortString();

    /// @notice This call was made wrongly, please report it as a fault: StringTooLong.
    error StringTooLong(string str);

    /// @notice This call was made wrongly, please report it as a fault:
    /// StringsInsufficientHexLength.
    error StringsInsufficientHexLength(uint256 value, uint256 length);
}
