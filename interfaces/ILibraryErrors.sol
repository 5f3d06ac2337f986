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

    /// @notice The signature was used already: sign a new one.
    error InvalidAccountNonce(address account, uint256 currentNonce);

    /// @notice The token {token} refused the payment: check balance and allowance.
    error SafeERC20FailedOperation(address token);

    // solady, which reverts with these in assembly, so that no ABI of a contract lists them

    /// @notice The token refused the transfer: check the receiver.
    error TransferFailed();

    /// @notice The token refused the payment: check balance and allowance.
    error TransferFromFailed();

    // solady, ERC-20 and ERC-4626

    /// @notice The allowance is too large to be counted: approve less.
    error AllowanceOverflow();

    /// @notice The allowance is smaller than what it is lowered by: lower it by less.
    error AllowanceUnderflow();

    /// @notice The holder has allowed less than that: have them approve more.
    error InsufficientAllowance();

    /// @notice The permit was not signed like this by the holder: sign it again.
    error InvalidPermit();

    /// @notice The permit ran out: sign a new one.
    error PermitExpired();

    /// @notice There cannot be so many shares: give less.
    error TotalSupplyOverflow();

    /// @notice The allowance of Permit2 is fixed: choose another spender.
    error Permit2AllowanceIsFixedAtInfinity();

    /// @notice That is more than can be deposited at once: deposit less.
    error DepositMoreThanMax();

    /// @notice That is more than can be deposited at once: deposit less.
    error MintMoreThanMax();

    /// @notice Not so many shares may be redeemed now: request a withdrawal, wait for its seven days, or ask for what is not locked.
    error RedeemMoreThanMax();

    /// @notice Not so much may be withdrawn now: request a withdrawal, wait for its seven days, or ask for what is not locked.
    error WithdrawMoreThanMax();

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

    // OpenZeppelin, votes and vesting

    /// @notice So many tokens cannot be counted as votes: wrap less.
    error ERC20ExceededSafeSupply(uint256 increasedSupply, uint256 cap);

    /// @notice {token} cannot be wrapped: give another token.
    error ERC20InvalidUnderlying(address token);

    /// @notice Votes are known for times before {clock:time}: ask for an earlier one than {timepoint:time}.
    error ERC5805FutureLookup(uint256 timepoint, uint48 clock);

    /// @notice The signed delegation ran out at {expiry:time}: sign a new one.
    error VotesExpiredSignature(uint256 expiry);

    /// @notice A cliff of {cliffSeconds} seconds is longer than the whole vesting of {durationSeconds}: choose a
    /// shorter one.
    error InvalidCliffDuration(uint64 cliffSeconds, uint64 durationSeconds);

    /// @notice {owner} cannot be the beneficiary: give a real address.
    error OwnableInvalidOwner(address owner);

    /// @notice {account} is not the beneficiary: choose the beneficiary's account.
    error OwnableUnauthorizedAccount(address account);

    // OpenZeppelin, proposals

    /// @notice {voter} has voted on this proposal: once is all.
    error GovernorAlreadyCastVote(address voter);

    /// @notice This proposal is queued already: execute it once its delay is over.
    error GovernorAlreadyQueuedProposal(uint256 proposalId);

    /// @notice The governor keeps no money: send it to the timelock.
    error GovernorDisabledDeposit();

    /// @notice {proposer} had {votes:amount} votes a second ago, and proposing takes {threshold:amount}: wrap more
    /// AIM and delegate it to that account first.
    error GovernorInsufficientProposerVotes(address proposer, uint256 votes, uint256 threshold);

    /// @notice A proposal has {targets} targets, {values} values and {calldatas} calldatas: give one of each for
    /// every call, and one call at least.
    error GovernorInvalidProposalLength(uint256 targets, uint256 calldatas, uint256 values);

    /// @notice A quorum of {quorumNumerator} parts in {quorumDenominator} cannot be reached: choose a lower one.
    error GovernorInvalidQuorumFraction(uint256 quorumNumerator, uint256 quorumDenominator);

    /// @notice The vote was not signed like this by {voter}, or was cast already: sign it again.
    error GovernorInvalidSignature(address voter);

    /// @notice This governor takes votes without parameters: vote without.
    error GovernorInvalidVoteParams();

    /// @notice A vote is for, against or abstain: choose one of them.
    error GovernorInvalidVoteType();

    /// @notice A voting period of {votingPeriod} seconds is no time to vote: choose a longer one.
    error GovernorInvalidVotingPeriod(uint256 votingPeriod);

    /// @notice There is no such proposal here: check its number.
    error GovernorNonexistentProposal(uint256 proposalId);

    /// @notice Only the timelock may do this, once it was voted: make a proposal of it.
    error GovernorOnlyExecutor(address account);

    /// @notice An extension of {newVoteExtension} seconds is longer than a vote, {maxVoteExtension}: choose a
    /// shorter one.
    error GovernorPreventLateQuorumVoteExtensionTooLarge(
        uint256 newVoteExtension, uint256 maxVoteExtension
    );

    /// @notice This proposal could not be queued: look at its state.
    error GovernorProposalQueueingFailed(uint256 proposalId);

    /// @notice This proposal needs no queue: execute it.
    error GovernorProposalQueueingNotRequired(uint256 proposalId);

    /// @notice {proposer} may not make this proposal, which names another proposer: use that account.
    error GovernorRestrictedProposer(address proposer);

    /// @notice {account} cannot cancel this proposal: only who made it can, and only before its vote begins.
    error GovernorUnableToCancel(uint256 proposalId, address account);

    /// @notice The proposal is not where this can be done to it: look at its state for the next step.
    error GovernorUnexpectedProposalState(
        uint256 proposalId, uint8 current, bytes32 expectedStates
    );

    // OpenZeppelin, the timelock

    /// @notice {account} may not do this to the timelock: the governor does what was voted.
    error AccessControlUnauthorizedAccount(address account, bytes32 neededRole);

    /// @notice A role is given back for one's own account alone: give its address.
    error AccessControlBadConfirmation();

    /// @notice Only the timelock itself may do this, once it was voted: make a proposal of it.
    error TimelockUnauthorizedCaller(address caller);

    /// @notice A delay of {delay} seconds is too short for the timelock: give {minDelay} at least.
    error TimelockInsufficientDelay(uint256 delay, uint256 minDelay);

    /// @notice A batch has {targets} targets, {values} values and {payloads} calldatas: give one of each for every
    /// call.
    error TimelockInvalidOperationLength(uint256 targets, uint256 payloads, uint256 values);

    /// @notice The timelock's delay for this is not over, or the same calls were queued before: look at the
    /// proposal's state.
    error TimelockUnexpectedOperationState(bytes32 operationId, bytes32 expectedStates);

    /// @notice This was to be done after something that is not done yet: execute that first.
    error TimelockUnexecutedPredecessor(bytes32 predecessorId);

    // OpenZeppelin, the rest

    /// @notice This call was made wrongly, please report it as a fault: CheckpointUnorderedInsertion.
    error CheckpointUnorderedInsertion();

    /// @notice The token counts its votes by another clock: give the governor one that counts seconds.
    error ERC6372InconsistentClock();

    /// @notice The token called back into the market, which refuses that: use another token.
    error ReentrancyGuardReentrantCall();

    /// @notice There is no contract at {target}: check the address.
    error AddressEmptyCode(address target);

    /// @notice A contract that this call needs failed without saying why: check the token and its
    /// receiver.
    error FailedCall();

    /// @notice There is less than that: add to it first, or give less.
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
