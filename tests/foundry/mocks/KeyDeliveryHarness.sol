// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {KeyDelivery} from "../../../contracts/delivery/KeyDelivery.sol";
import {Secp256k1} from "../../../contracts/libraries/Secp256k1.sol";
import {Delivery, Point} from "../../../interfaces/types/Keys.sol";

/// @notice The libraries as a contract, so that tests can call them.
contract KeyDeliveryHarness {
    function verify(
        bytes32 requestId,
        Point calldata line,
        Point calldata requestKey,
        Delivery calldata delivery
    ) external pure {
        KeyDelivery.verify(requestId, line, requestKey, delivery);
    }

    function isOnCurve(Point calldata point) external pure returns (bool) {
        return Secp256k1.isOnCurve(point);
    }

    function requirePoint(Point calldata point) external pure {
        Secp256k1.requirePoint(point);
    }

    function addressOf(Point calldata point) external pure returns (address) {
        return Secp256k1.addressOf(point.x, point.y);
    }

    function mulAdd(Point calldata point, uint256 scalar, uint256 generatorScalar)
        external
        pure
        returns (address)
    {
        return Secp256k1.mulAdd(point.x, point.y, scalar, generatorScalar);
    }

    function add(Point calldata one, Point calldata two, uint256 slope)
        external
        pure
        returns (Point memory)
    {
        (uint256 x, uint256 y) = Secp256k1.add(one.x, one.y, two.x, two.y, slope);
        return Point(x, y);
    }
}
