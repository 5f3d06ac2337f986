// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {KeyPassing} from "../../../contracts/delivery/KeyPassing.sol";
import {HeldKey, Passing, Point} from "../../../interfaces/types/Keys.sol";

/// @notice The library as a contract, so that tests can call it.
contract KeyPassingHarness {
    function verify(
        bytes32 requestId,
        Point calldata line,
        HeldKey calldata held,
        Point calldata requestKey,
        Passing calldata passing
    ) external pure {
        KeyPassing.verify(requestId, line, held, requestKey, passing);
    }

    function idOf(Point calldata line, HeldKey calldata held) external pure returns (bytes32) {
        return KeyPassing.idOf(line, held);
    }

    function delivered(Point calldata requestKey, Point calldata z)
        external
        pure
        returns (HeldKey memory)
    {
        return KeyPassing.delivered(requestKey, z);
    }

    function passed(HeldKey calldata held, Point calldata requestKey, Point calldata z)
        external
        pure
        returns (HeldKey memory)
    {
        return KeyPassing.passed(held, requestKey, z);
    }
}
