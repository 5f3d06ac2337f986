// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ILedger} from "./ILedger.sol";
import {IMarket} from "./IMarket.sol";
import {Offer, Order} from "./types/Deals.sol";
import {OrderId} from "./types/Ids.sol";
import {Bond, BondId, BondRecord} from "./types/Stakes.sol";

/// @title Stakes that a version's artifact is what was promised
/// @notice Whoever guarantees a version stakes on it. The proof that its content is wrong (`IModelRegistry.convict`)
/// takes the stake: a fifth goes to who proved it, a fifth to the protocol's treasury, the rest to the holders of
/// settled licences, first come, each up to the price that was paid, whatever number of bonds there is. What is left after 90 days returns.
/// @dev A guarantor who convicts their own version always loses the treasury's fifth. Sham orders of the seller may
/// take the buyers' part before real buyers come: what a bond is worth to a buyer is "first come".
interface IBonds is ILedger {
    /// @notice Was staked, at first or on top.
    /// @param amount What was added, in the token's smallest unit.
    event BondPosted(BondId indexed bond, address indexed guarantor, Bond terms, uint128 amount);

    /// @notice The version was convicted: its convictor and the treasury were credited.
    /// @param reward What each of the two was credited.
    event BondBroken(BondId indexed bond, address indexed claimant, uint128 reward);

    /// @notice The holder of a settled licence was credited.
    event OrderCompensated(
        BondId indexed bond, OrderId indexed order, address indexed holder, uint128 amount
    );

    /// @notice What was left was credited to the guarantor.
    event BondEnded(BondId indexed bond, uint128 amount);

    /// @notice Only {guarantor} may do that, who made it: choose that account.
    error Bonds_NotGuarantor(address guarantor);

    /// @notice Only {holder} is compensated for this order, who holds its licence: choose that account.
    error Bonds_NotHolder(address holder);

    /// @notice A bond needs a stake: give an amount.
    error Bonds_NothingStaked();

    /// @notice The market takes no payments in {token}, so nothing is staked in it: choose another token.
    error Bonds_TokenNotAllowed(address token);

    /// @notice The token delivered {received:amount} of {expected:amount}: tokens that take a cut of
    /// transfers cannot be staked.
    error Bonds_TokenShort(uint256 expected, uint256 received);

    /// @notice There is no such version: look at the model's versions.
    error Bonds_VersionUnknown();

    /// @notice The version's content was proven wrong: nothing is staked on it or taken back.
    error Bonds_VersionConvicted();

    /// @notice The version's content was not proven wrong: prove it first.
    error Bonds_VersionNotConvicted();

    /// @notice The bond ended at {until:time}: make a new one with a later end.
    error Bonds_BondOver(uint40 until);

    /// @notice The stake stands until {end:time}: take it back after that.
    error Bonds_StakeBound(uint256 end);

    /// @notice Buyers may be compensated until {end:time}: close the bond after that.
    error Bonds_ClaimsOpen(uint256 end);

    /// @notice The bond does not stand, it is broken, ended or unknown: look at its state.
    error Bonds_NotStanding(BondId bond);

    /// @notice The bond is not broken, it stands, has ended or is unknown: look at its state.
    error Bonds_NotBroken(BondId bond);

    /// @notice Nothing is left of the stake: others came first.
    error Bonds_NothingLeft(BondId bond);

    /// @notice All that was paid for the order was compensated already: no bond owes it more.
    error Bonds_AlreadyCompensated(OrderId order);

    /// @notice The order is of another version, or paid in another token, than the bond: name one that fits.
    error Bonds_OrderOfAnother(OrderId order);

    /// @notice The order is not settled: where the money is still held, or was paid back, ask the market for it.
    error Bonds_OrderNotSettled(OrderId order);

    /// @notice Stakes `amount` on the bond; the guarantor may call again and add.
    /// @custom:doing stake on a version
    function post(Bond calldata bond, uint128 amount) external;

    /// @notice Credits the guarantor with the whole stake, more than 14 days after the bond's end, unless the
    /// version was convicted. For the guarantor.
    /// @custom:doing take a stake back
    function reclaim(Bond calldata bond) external;

    /// @notice Breaks the bond of a convicted version. Permissionless.
    /// @custom:doing break a bond
    function breakByContent(Bond calldata bond) external;

    /// @notice Credits the caller, who holds the order's settled licence. What all bonds together give an order
    /// is its price at most.
    /// @dev The holder, not who paid: whoever holds the licence holds the wrong file.
    /// @custom:doing claim from a broken bond
    function compensate(Bond calldata bond, Offer calldata terms, Order calldata order) external;

    /// @notice Credits the guarantor with what is left, more than 90 days after the break. Permissionless.
    /// @custom:doing close a broken bond
    function close(Bond calldata bond) external;

    /// @notice keccak256(abi.encode(domain, bond)).
    function bondIdOf(Bond calldata bond) external view returns (BondId);

    /// @notice The bond as stored; its state is None where there is no such bond.
    function recordOf(BondId bond) external view returns (BondRecord memory);

    /// @notice What bonds gave for an order so far, in the token's smallest unit.
    function compensationOf(OrderId order) external view returns (uint128);

    /// @notice Whose orders are compensated.
    function market() external view returns (IMarket);

    /// @notice keccak256(abi.encode(chain id, this contract)), at deployment.
    function domain() external view returns (bytes32);
}
