// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarket} from "./IMarket.sol";
import {IModelLicense} from "./IModelLicense.sol";
import {ModelId} from "./types/Ids.sol";
import {Point} from "./types/Keys.sol";

/// @title What every handing over of a key to a licence's holder has in common
/// @notice Somebody leaves money and names points of their own; whoever delivers the key of the line, the seller or a
/// holder who passes theirs on, gets the fee.
interface IHandover {
    /// @notice A key was verified on chain, for a key request or a deal. Whoever knows x computes it: S = (1/x)*z.
    /// @dev The proof is here in full: with the id, A and X anybody can verify it again.
    /// @param request The id of the key request or of the deal.
    /// @param deliverer Who handed the delivery in.
    /// @param receiver Whom the proof names for the delivery fee; zero: it went to `deliverer`.
    event KeyDelivered(
        bytes32 indexed request,
        address indexed deliverer,
        address receiver,
        Point z,
        uint256 c,
        uint256 w
    );

    /// @notice A holder's key was verified on chain, for a key request or a deal. Whoever knows x' computes it:
    /// S = (1/x')*z.
    /// @dev The proof is here in full: with the id, A, the held key and x'*Z anybody can verify it again.
    /// @param request The id of the key request or of the deal.
    /// @param deliverer Who handed it in.
    /// @param receiver Whom the proof names for the delivery fee; zero: it went to `deliverer`.
    event KeyPassed(
        bytes32 indexed request,
        address indexed deliverer,
        address receiver,
        Point z,
        uint256 c,
        uint256 w
    );

    /// @notice An address that must be set was zero: check the deployment's parameters.
    error Handover_ZeroAddress();

    /// @notice The terms are not allowed, see '{field}': the limits are the contract's constants.
    error Handover_TermsInvalid(string field);

    /// @notice The terms do not fit what is registered as version {version} of model {model}: read it anew.
    error Handover_VersionMismatch(ModelId model, uint16 version);

    /// @notice Version {version} of model {model} was convicted of wrong content: nobody should buy it.
    error Handover_VersionConvicted(ModelId model, uint16 version);

    /// @notice The market takes no payments in {token}: choose AIM or one that governance allowed.
    error Handover_TokenNotAllowed(address token);

    /// @notice A delivery fee of {fee:amount} is above the token's cap of {cap:amount}: ask for less.
    error Handover_DeliveryFeeTooHigh(uint128 fee, uint128 cap);

    /// @notice The token delivered {received:amount} of {expected:amount}: tokens that take a cut of transfers cannot pay
    /// here.
    error Handover_TokenShort(uint256 expected, uint256 received);

    /// @notice New business is stopped until {until:time}; deliveries, refunds, ends and withdrawals go on.
    error Handover_Stopped(uint40 until);

    /// @notice The time to deliver ended at {graceEnd:time}: who paid is to be refunded.
    error Handover_DeliveryTooLate(uint256 graceEnd);

    /// @notice The key may still be delivered until {graceEnd:time}: ask for the refund after that.
    error Handover_RefundTooEarly(uint256 graceEnd);

    /// @notice That held key was never shown to be the line's: show the delivery that it came by first.
    error Handover_KeyNotProven(bytes32 held);

    /// @notice The terms name another held key than {held:id}: pass on the one that they name.
    error Handover_AnotherKey(bytes32 held);

    /// @notice Whose payment tokens, fees and stop hold here, too.
    function market() external view returns (IMarket);

    /// @notice Whose licences these are.
    function license() external view returns (IModelLicense);

    /// @notice Who is credited with the protocol's fees.
    function treasury() external view returns (address);

    /// @notice keccak256(abi.encode(chain id at deployment, this contract)): part of every id.
    function domain() external view returns (bytes32);
}
