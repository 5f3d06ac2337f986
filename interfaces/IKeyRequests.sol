// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IHandover} from "./IHandover.sol";
import {ModelId} from "./types/Ids.sol";
import {Delivery, HeldKey, Passing, Point} from "./types/Keys.sol";
import {KeyRequest, RequestId, RequestRecord} from "./types/Listings.sol";
import {Version} from "./types/Versions.sol";

/// @title Keys for those who have access already, and keys that holders pass on
/// @notice Who has access to a version by a licence asks for its key and leaves a fee, which goes to whoever delivers:
/// the seller, or a holder who passes theirs on. Nobody has to; what is not answered is refunded.
/// @dev An answer counts if and only if it is mined at or before the end of grace, a refund if and only if later.
interface IKeyRequests is IHandover {
    /// @notice A key was asked for, with all that an answer needs; its id is their hash.
    event KeyRequested(
        RequestId indexed request, ModelId indexed model, address indexed asker, KeyRequest terms
    );

    /// @notice A held key was shown to be the line's: whoever knows its x can pass it on here.
    /// @param id keccak256(abi.encode(line, held)).
    event KeyProven(bytes32 indexed id, Point line, HeldKey held);

    /// @notice A key request was not answered in time: the asker was credited the fee.
    event KeyRequestRefunded(RequestId indexed request);

    /// @notice Only the asker of this request may do that, not {caller}: choose the asker's account.
    error KeyRequests_NotAsker(address caller);

    /// @notice {asker} has no access to version {version} by that licence: choose the account that holds or uses it, and
    /// a version that it reaches.
    error KeyRequests_NoAccess(address asker, uint16 version);

    /// @notice This exact key request was made before: ask again with another salt.
    error KeyRequests_RequestExists(RequestId request);

    /// @notice The key request is not open, it is answered, refunded or unknown: look at its state.
    error KeyRequests_RequestNotPending(RequestId request);

    /// @notice Asks for the key of a version that the caller has access to, and leaves the fee.
    /// @param details Proves the version's key line.
    /// @param parentsHash As in `IModelRegistry.matches`.
    /// @custom:doing ask for a key
    function requestKey(KeyRequest calldata request, Version calldata details, bytes32 parentsHash)
        external
        returns (RequestId id);

    /// @notice Answers a key request with the seller's key. Permissionless: the fee goes to whom the proof names, else to
    /// the caller.
    /// @custom:doing answer a key request
    function deliverKey(KeyRequest calldata request, Delivery calldata delivery) external;

    /// @notice As `deliverKey`, for a `multicall` of several: a request that is not open or whose grace is over is passed
    /// over, so who copies one answer cannot undo the others.
    /// @dev Passing over writes, emits and credits nothing. A wrong key still reverts.
    /// @return delivered Whether this call answered it.
    /// @custom:doing answer a key request, unless somebody has
    function deliverKeyIfPending(KeyRequest calldata request, Delivery calldata delivery)
        external
        returns (bool delivered);

    /// @notice Answers a key request with the held key that it names. Permissionless, as `deliverKey`.
    /// @custom:doing pass on a key
    function passKey(KeyRequest calldata request, HeldKey calldata held, Passing calldata passing)
        external;

    /// @notice Credits the asker what they left, after grace. Permissionless.
    /// @custom:doing refund a key request
    function refundKey(KeyRequest calldata request) external;

    /// @notice Remembers what a delivery brought as a held key, so that it can be passed on. Permissionless: what it says
    /// is true whoever shows it, and whichever request it answered.
    /// @param requestId The request that the delivery answered: an order's id, for one.
    /// @param key X of that request.
    /// @custom:doing prove a held key
    function prove(
        bytes32 requestId,
        Point calldata line,
        Point calldata key,
        Delivery calldata delivery
    ) external returns (bytes32 id);

    /// @notice As `prove`, of a key that was passed on from one that is proven.
    /// @param requestId The request that was answered: the id of a deal or of a key request.
    /// @param from What it was passed on from.
    /// @param key x'*Z of that request.
    /// @custom:doing prove a held key
    function provePassed(
        bytes32 requestId,
        Point calldata line,
        HeldKey calldata from,
        Point calldata key,
        Passing calldata passing
    ) external returns (bytes32 id);

    /// @notice keccak256(abi.encode(domain, request)).
    function requestIdOf(KeyRequest calldata request) external view returns (RequestId);

    /// @notice The key request as stored.
    function requestOf(RequestId request) external view returns (RequestRecord memory);

    /// @notice Whether a held key was shown to be its line's: keccak256(abi.encode(line, held)).
    function isProven(bytes32 held) external view returns (bool);
}
