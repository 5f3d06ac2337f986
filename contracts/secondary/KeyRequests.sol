// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Multicallable} from "solady/utils/Multicallable.sol";

import {IKeyRequests} from "../../interfaces/IKeyRequests.sol";
import {IMarket} from "../../interfaces/IMarket.sol";
import {IModelLicense} from "../../interfaces/IModelLicense.sol";
import {ModelId} from "../../interfaces/types/Ids.sol";
import {Delivery, HeldKey, Passing, Point} from "../../interfaces/types/Keys.sol";
import {
    KeyRequest,
    RequestId,
    RequestRecord,
    RequestState
} from "../../interfaces/types/Listings.sol";
import {Version} from "../../interfaces/types/Versions.sol";
import {KeyDelivery} from "../delivery/KeyDelivery.sol";
import {KeyPassing} from "../delivery/KeyPassing.sol";
import {Handover} from "./Handover.sol";
import {SecondaryIds} from "./SecondaryIds.sol";

/// @notice Specified in IKeyRequests.
contract KeyRequests is IKeyRequests, Handover, Multicallable {
    /* STORAGE */

    /// @inheritdoc IKeyRequests
    mapping(bytes32 held => bool) public isProven;

    mapping(RequestId request => RequestRecord) private _requests;

    /* CONSTRUCTOR */

    constructor(IMarket market_, IModelLicense license_, address treasury_)
        Handover(market_, license_, treasury_)
    {}

    /* KEY REQUESTS */

    /// @inheritdoc IKeyRequests
    function requestKey(KeyRequest calldata request, Version calldata details, bytes32 parentsHash)
        external
        nonReentrant
        returns (RequestId id)
    {
        if (msg.sender != request.asker) revert KeyRequests_NotAsker(msg.sender);
        _requireNewBusiness();
        _policy(request.token, request.fee);
        _checkTimes(request.deliveryTime, request.gracePeriod);
        _checkPoints(request.held, request.key, request.passKey);
        if (request.held != 0) _requireProven(request.held);
        _checkVersion(request.model, request.version, request.line, details, parentsHash);
        if (
            ModelId.unwrap(license.recordOf(request.license).grant.model)
                    != ModelId.unwrap(request.model)
                || !license.hasAccess(request.license, msg.sender, request.version)
        ) revert KeyRequests_NoAccess(msg.sender, request.version);
        id = SecondaryIds.requestId(domain, request);
        if (_requests[id].state != RequestState.None) revert KeyRequests_RequestExists(id);

        _requests[id] = RequestRecord(RequestState.Pending, uint40(block.timestamp));
        emit KeyRequested(id, request.model, msg.sender, request);

        _pull(request.token, request.fee);
    }

    /// @inheritdoc IKeyRequests
    function deliverKey(KeyRequest calldata request, Delivery calldata delivery) external {
        _deliverKey(_answerable(request), request, delivery);
    }

    /// @inheritdoc IKeyRequests
    function deliverKeyIfPending(KeyRequest calldata request, Delivery calldata delivery)
        external
        returns (bool)
    {
        (RequestId id, uint256 graceEnd) = _find(request);
        if (block.timestamp > graceEnd) return false;
        _deliverKey(id, request, delivery);
        return true;
    }

    /// @inheritdoc IKeyRequests
    function passKey(KeyRequest calldata request, HeldKey calldata held, Passing calldata passing)
        external
    {
        RequestId id = _answerable(request);
        bytes32 name = RequestId.unwrap(id);
        _verifyPassing(name, request.line, request.held, held, request.passKey, passing);
        _requests[id].state = RequestState.Answered;
        _reward(passing.receiver, request.token, request.fee);
    }

    /// @inheritdoc IKeyRequests
    function refundKey(KeyRequest calldata request) external {
        (RequestId id, uint256 graceEnd) = _find(request);
        if (graceEnd == 0) revert KeyRequests_RequestNotPending(id);
        if (block.timestamp <= graceEnd) revert Handover_RefundTooEarly(graceEnd);

        _requests[id].state = RequestState.Refunded;
        _credit(request.asker, 0, request.token, request.fee);
        emit KeyRequestRefunded(id);
    }

    /* HELD KEYS */

    /// @inheritdoc IKeyRequests
    function prove(
        bytes32 requestId,
        Point calldata line,
        Point calldata key,
        Delivery calldata delivery
    ) external returns (bytes32) {
        KeyDelivery.verify(requestId, line, key, delivery);
        return _remember(line, KeyPassing.delivered(key, delivery.z));
    }

    /// @inheritdoc IKeyRequests
    function provePassed(
        bytes32 requestId,
        Point calldata line,
        HeldKey calldata from,
        Point calldata key,
        Passing calldata passing
    ) external returns (bytes32) {
        _requireProven(KeyPassing.idOf(line, from));
        KeyPassing.verify(requestId, line, from, key, passing);
        return _remember(line, KeyPassing.passed(from, key, passing.z));
    }

    /* VIEWS */

    /// @inheritdoc IKeyRequests
    function requestIdOf(KeyRequest calldata request) external view returns (RequestId) {
        return SecondaryIds.requestId(domain, request);
    }

    /// @inheritdoc IKeyRequests
    function requestOf(RequestId request) external view returns (RequestRecord memory) {
        return _requests[request];
    }

    /* PRIVATE */

    /// @dev `graceEnd` is zero, so always over, unless the request is pending.
    function _find(KeyRequest calldata request)
        private
        view
        returns (RequestId id, uint256 graceEnd)
    {
        id = SecondaryIds.requestId(domain, request);
        RequestRecord memory record = _requests[id];
        if (record.state == RequestState.Pending) {
            graceEnd = uint256(record.since) + request.deliveryTime + request.gracePeriod;
        }
    }

    function _answerable(KeyRequest calldata request) private view returns (RequestId id) {
        uint256 graceEnd;
        (id, graceEnd) = _find(request);
        if (graceEnd == 0) revert KeyRequests_RequestNotPending(id);
        if (block.timestamp > graceEnd) revert Handover_DeliveryTooLate(graceEnd);
    }

    function _deliverKey(RequestId id, KeyRequest calldata request, Delivery calldata delivery)
        private
    {
        _verifyDelivery(RequestId.unwrap(id), request.line, request.key, delivery);
        _requests[id].state = RequestState.Answered;
        _reward(delivery.receiver, request.token, request.fee);
    }

    function _remember(Point calldata line, HeldKey memory held) private returns (bytes32 id) {
        id = keccak256(abi.encode(line, held));
        isProven[id] = true;
        emit KeyProven(id, line, held);
    }

    function _requireProven(bytes32 held) private view {
        if (!isProven[held]) revert Handover_KeyNotProven(held);
    }
}
