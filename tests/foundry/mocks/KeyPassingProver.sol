// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {KeyPassing} from "../../../contracts/delivery/KeyPassing.sol";
import {HeldKey, Passing, Point, Term} from "../../../interfaces/types/Keys.sol";
import {KeyDeliveryProver as Prover} from "./KeyDeliveryProver.sol";

/// @notice Passes keys on inside tests, with the textbook arithmetic of `KeyDeliveryProver`. Never for a real secret.
///
///     HeldKey memory held = KeyPassingProver.held(Prover.h(), x, s);
///     Passing memory passing = KeyPassingProver.prove(x, requestId, line, held, requestKey, receiver, "salt");
library KeyPassingProver {
    /// @notice What somebody holds who knows x: S blinded by it.
    function held(Point memory base, uint256 x, Point memory s)
        internal
        view
        returns (HeldKey memory)
    {
        return HeldKey(base, Prover.mul(base, x), Prover.mul(s, x));
    }

    function prove(
        uint256 x,
        bytes32 requestId,
        Point memory line,
        HeldKey memory holds,
        Point memory requestKey,
        address receiver,
        bytes memory salt
    ) internal view returns (Passing memory passing) {
        uint256 k = Prover.draw(bytes.concat("k", salt));
        passing.receiver = receiver;
        passing.z = Prover.mul(requestKey, inverse(x));
        respond(passing, x, requestId, line, holds, requestKey, k, k);
    }

    /// @notice Answers the challenge for any statement, true or not, and for commitments k1*B and k2*Z'.
    function respond(
        Passing memory passing,
        uint256 x,
        bytes32 requestId,
        Point memory line,
        HeldKey memory holds,
        Point memory requestKey,
        uint256 k1,
        uint256 k2
    ) internal view {
        passing.held.t = Prover.mul(holds.base, k1);
        passing.passed.t = Prover.mul(passing.z, k2);
        passing.c = challenge(requestId, line, holds, requestKey, passing);
        passing.w = addmod(k1, mulmod(passing.c, x, Prover.N), Prover.N);
        addHints(holds, passing);
    }

    /// @notice Fills in the hints that follow from the response.
    function addHints(HeldKey memory holds, Passing memory passing) internal view {
        passing.held.u = Prover.mul(holds.base, passing.w);
        passing.passed.u = Prover.mul(passing.z, passing.w);
        addSlope(passing.held);
        addSlope(passing.passed);
    }

    function addSlope(Term memory term) internal view {
        term.slope = Prover.slope(term.u, Prover.negate(term.t));
    }

    function challenge(
        bytes32 requestId,
        Point memory line,
        HeldKey memory holds,
        Point memory requestKey,
        Passing memory passing
    ) internal pure returns (uint256) {
        bytes memory head = bytes.concat(
            KeyPassing.TAG, requestId, abi.encode(passing.receiver), abi.encode(line)
        );
        bytes memory points = abi.encode(holds, requestKey, passing.z);
        bytes memory commitments = abi.encode(passing.held.t, passing.passed.t);
        return uint256(keccak256(bytes.concat(head, points, commitments))) % Prover.N;
    }

    /// @notice The inverse modulo n, by Fermat.
    function inverse(uint256 value) internal view returns (uint256) {
        (bool success, bytes memory output) = address(5)
            .staticcall(
                abi.encode(uint256(32), uint256(32), uint256(32), value, Prover.N - 2, Prover.N)
            );
        require(success, "modexp");
        return abi.decode(output, (uint256));
    }
}
