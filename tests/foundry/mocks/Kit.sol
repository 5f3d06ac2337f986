// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Delivery, Point} from "../../../interfaces/types/Keys.sol";
import {KeyDeliveryProver as Prover} from "./KeyDeliveryProver.sol";

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
        return Prover.proveWith(lineSecret, requestId, key, 3, 5, 7);
    }
}
