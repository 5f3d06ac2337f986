// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OrderId} from "../../../interfaces/types/Ids.sol";
import {Delivery, HeldKey, Passing, Point} from "../../../interfaces/types/Keys.sol";
import {KeyDeliveryProver as Prover} from "./KeyDeliveryProver.sol";
import {KeyPassingProver} from "./KeyPassingProver.sol";

/// @notice The prover as a contract of its own, so that it is compiled once and not into every test.
/// Its secrets are small numbers, which multiply fast.
contract Kit {
    function point(uint256 scalar) external view returns (Point memory) {
        return Prover.mul(Prover.g(), scalar);
    }

    function prove(uint256 lineSecret, bytes32 requestId, Point calldata key)
        external
        view
        returns (Delivery memory)
    {
        return Prover.proveWith(lineSecret, requestId, key, address(0), 5);
    }

    /// @notice As `prove`, naming who is to have the delivery fee.
    function proveFor(uint256 lineSecret, bytes32 requestId, Point calldata key, address receiver)
        external
        view
        returns (Delivery memory)
    {
        return Prover.proveWith(lineSecret, requestId, key, receiver, 5);
    }

    function times(Point calldata point_, uint256 scalar) external view returns (Point memory) {
        return Prover.mul(point_, scalar);
    }

    /// @notice What a delivery for x*H brings who knows x.
    function held(uint256 lineSecret, uint256 x) external view returns (HeldKey memory) {
        return KeyPassingProver.held(Prover.h(), x, Prover.mul(Prover.h(), lineSecret));
    }

    function pass(
        uint256 x,
        bytes32 requestId,
        Point calldata line,
        HeldKey calldata from,
        Point calldata key,
        address receiver
    ) external view returns (Passing memory) {
        return KeyPassingProver.prove(x, requestId, line, from, key, receiver, "kit");
    }

    /// @notice Whether (receiver, z, c, w) is a proof, by the equations of docs/protocol.md.
    function holds(
        OrderId requestId,
        Point calldata line,
        Point calldata key,
        address receiver,
        Point calldata z,
        uint256 c,
        uint256 w
    ) external view returns (bool) {
        Point memory t1 = _difference(Prover.mul(Prover.g(), w), Prover.mul(line, c));
        Point memory t2 = _difference(Prover.mul(key, w), Prover.mul(z, c));
        return c
            == Prover.challenge(
            OrderId.unwrap(requestId), receiver, line, key, z, Prover.toAddress(t1), t2
        );
    }

    function _difference(Point memory one, Point memory two) private view returns (Point memory) {
        return Prover.add(one, Prover.negate(two));
    }
}
