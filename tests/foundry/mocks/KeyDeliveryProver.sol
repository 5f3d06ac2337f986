// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {KeyDelivery} from "../../../contracts/delivery/KeyDelivery.sol";
import {Secp256k1} from "../../../contracts/libraries/Secp256k1.sol";
import {Delivery, Point} from "../../../interfaces/types/Keys.sol";

/// @notice Makes deliveries inside tests, where the request id is known only then. Its arithmetic is textbook and
/// shares nothing with the verifier, so that the two check each other. Variable time: never for a real secret.
///
///     Delivery memory delivery = KeyDeliveryProver.prove(lineSecret, requestId, requestKey, "any salt");
library KeyDeliveryProver {
    uint256 internal constant P = Secp256k1.P;
    uint256 internal constant N = Secp256k1.N;

    /* PROVING */

    function prove(uint256 a, bytes32 requestId, Point memory requestKey, bytes memory salt)
        internal
        view
        returns (Delivery memory)
    {
        return proveWith(a, requestId, requestKey, address(0), draw(bytes.concat("k", salt)));
    }

    /// @notice An honest proof with the given k.
    function proveWith(
        uint256 a,
        bytes32 requestId,
        Point memory requestKey,
        address receiver,
        uint256 k
    ) internal view returns (Delivery memory) {
        return respond(a, requestId, mul(g(), a), requestKey, receiver, mul(requestKey, a), k, k);
    }

    /// @notice Answers the challenge for any statement, true or not, and for commitments k1*G and k2*X.
    function respond(
        uint256 a,
        bytes32 requestId,
        Point memory line,
        Point memory requestKey,
        address receiver,
        Point memory z,
        uint256 k1,
        uint256 k2
    ) internal view returns (Delivery memory delivery) {
        delivery.receiver = receiver;
        delivery.z = z;
        delivery.t2 = mul(requestKey, k2);
        delivery.c = challenge(
            requestId, receiver, line, requestKey, z, toAddress(mul(g(), k1)), delivery.t2
        );
        delivery.w = addmod(k1, mulmod(delivery.c, a, N), N);
        addHints(requestKey, delivery);
    }

    /// @notice Fills in the hints that follow from the response.
    function addHints(Point memory requestKey, Delivery memory delivery) internal view {
        delivery.u = mul(requestKey, delivery.w);
        delivery.slope = slope(delivery.u, negate(delivery.t2));
    }

    function challenge(
        bytes32 requestId,
        address receiver,
        Point memory line,
        Point memory requestKey,
        Point memory z,
        address t1,
        Point memory t2
    ) internal pure returns (uint256) {
        bytes memory head = abi.encodePacked(KeyDelivery.TAG, requestId, receiver);
        bytes memory points = abi.encodePacked(line.x, line.y, requestKey.x, requestKey.y, z.x, z.y);
        return uint256(keccak256(abi.encodePacked(head, points, t1, t2.x, t2.y))) % N;
    }

    /* ARITHMETIC */

    function g() internal pure returns (Point memory) {
        return Point(
            0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
            0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8
        );
    }

    function h() internal pure returns (Point memory) {
        return Point(KeyDelivery.H_X, KeyDelivery.H_Y);
    }

    /// @notice A scalar in [1, n - 1].
    function draw(bytes memory salt) internal pure returns (uint256) {
        return uint256(keccak256(salt)) % (N - 1) + 1;
    }

    /// @notice scalar*point by doubling and adding. Reverts where that is the identity.
    function mul(Point memory point, uint256 scalar) internal view returns (Point memory) {
        (uint256 x, uint256 y, uint256 z) = (0, 1, 0);
        for (uint256 bit = 1 << 255; bit != 0; bit >>= 1) {
            (x, y, z) = _double(x, y, z);
            if (scalar & bit != 0) (x, y, z) = _add(x, y, z, point.x, point.y);
        }
        require(z != 0, "identity");
        uint256 inverseZ = inverse(z);
        uint256 square = mulmod(inverseZ, inverseZ, P);
        return Point(mulmod(x, square, P), mulmod(y, mulmod(square, inverseZ, P), P));
    }

    function add(Point memory one, Point memory two) internal view returns (Point memory sum) {
        uint256 m = slope(one, two);
        sum.x = addmod(mulmod(m, m, P), P - addmod(one.x, two.x, P), P);
        sum.y = addmod(mulmod(m, addmod(one.x, P - sum.x, P), P), P - one.y, P);
    }

    /// @notice Slope of the line through two points, the tangent where they are one.
    function slope(Point memory one, Point memory two) internal view returns (uint256) {
        if (one.x == two.x) {
            require(one.y == two.y, "vertical");
            return
                mulmod(mulmod(3, mulmod(one.x, one.x, P), P), inverse(addmod(one.y, one.y, P)), P);
        }
        return mulmod(addmod(two.y, P - one.y, P), inverse(addmod(two.x, P - one.x, P)), P);
    }

    function negate(Point memory point) internal pure returns (Point memory) {
        return Point(point.x, P - point.y);
    }

    function toAddress(Point memory point) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(point.x, point.y)))));
    }

    /// @notice The inverse modulo p, by Fermat.
    function inverse(uint256 value) internal view returns (uint256 result) {
        (bool success, bytes memory output) = address(5)
            .staticcall(abi.encode(uint256(32), uint256(32), uint256(32), value, P - 2, P));
        require(success, "modexp");
        return abi.decode(output, (uint256));
    }

    /* JACOBIAN COORDINATES: (x / z^2, y / z^3); z = 0 is the identity */

    function _double(uint256 x, uint256 y, uint256 z)
        private
        pure
        returns (uint256, uint256, uint256)
    {
        if (z == 0) return (0, 1, 0);
        uint256 yy = mulmod(y, y, P);
        uint256 s = mulmod(4, mulmod(x, yy, P), P);
        uint256 m = mulmod(3, mulmod(x, x, P), P);
        uint256 x3 = addmod(mulmod(m, m, P), P - addmod(s, s, P), P);
        uint256 y3 =
            addmod(mulmod(m, addmod(s, P - x3, P), P), P - mulmod(8, mulmod(yy, yy, P), P), P);
        return (x3, y3, mulmod(addmod(y, y, P), z, P));
    }

    /// @dev (x, y, z) + (px, py), the second affine.
    function _add(uint256 x, uint256 y, uint256 z, uint256 px, uint256 py)
        private
        pure
        returns (uint256, uint256, uint256)
    {
        if (z == 0) return (px, py, 1);
        uint256 zz = mulmod(z, z, P);
        uint256 run = addmod(mulmod(px, zz, P), P - x, P);
        uint256 rise = addmod(mulmod(py, mulmod(zz, z, P), P), P - y, P);
        if (run == 0) return rise == 0 ? _double(x, y, z) : (0, 1, 0);
        uint256 run2 = mulmod(run, run, P);
        uint256 run3 = mulmod(run2, run, P);
        uint256 xRun2 = mulmod(x, run2, P);
        uint256 x3 = addmod(mulmod(rise, rise, P), P - addmod(run3, addmod(xRun2, xRun2, P), P), P);
        uint256 y3 = addmod(mulmod(rise, addmod(xRun2, P - x3, P), P), P - mulmod(y, run3, P), P);
        return (x3, y3, mulmod(z, run, P));
    }
}
