// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title AIM with votes: a wrapper, one for one
/// @notice AIM itself counts no votes, so that payments stay cheap. Wrapped AIM counts for whom its holder delegates
/// to, also for the holder themselves, from that moment on; it can be unwrapped at any time.
/// @dev OpenZeppelin's ERC20Wrapper, ERC20Votes and ERC20Permit on a clock of seconds. A vote weighs what the voter
/// had at the proposal's snapshot: what is borrowed or moved after that weighs nothing. AIM that is sent here by
/// `transfer` is lost to its sender: `transferAndCall` wraps.
interface IAIMVotes {
    /// @notice Only payments in AIM are wrapped, and {caller} is another token: pay with AIM.
    error AIMVotes_NotAim(address caller);

    /// @notice The payment's data is not one word with the account to delegate to: give that, or none.
    error AIMVotes_WrongData();

    /// @notice {spender} may spend {holder}'s AIM, but not say whom it votes for: wrap without a delegate.
    error AIMVotes_NotHolder(address spender, address holder);

    /// @notice Wraps `amount` of the caller's AIM and delegates all that they have wrapped, in one transaction.
    /// @dev A permit that fails is passed over: somebody may have handed it in before, and an allowance will do.
    /// @param delegatee Whom the caller's votes count for; the caller themselves, or somebody else.
    /// @param deadline Last second of the permit for this contract; then its signature.
    /// @custom:doing wrap AIM by permit
    function wrapWithPermit(
        uint256 amount,
        address delegatee,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;
}
