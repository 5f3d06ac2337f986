// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice What is left of an amount of which half goes in each half-life, in integers.
library Decay {
    /* CONSTANTS */

    uint256 private constant ONE = 1 << 128;

    /// @dev ln 2, times ONE, rounded down.
    uint256 private constant LN2 = 0xb17217f7d1cf79abc9e3b39803f2f6af;

    /// @dev The next term of the series is below 2^-139.
    uint256 private constant TERMS = 32;

    /* INTERNAL */

    /// @notice amount / 2^(elapsed / halfLife), rounded up; zero once not a whole unit was left at the beginning of
    /// a half-life. `halfLife` is not zero.
    /// @dev Never below the exact value otherwise, and above it by less than 1 + amount * 2^-125. It does not grow
    /// with `elapsed`: in one second the factor falls by 2^-33 at least, its error is below 2^-125.
    function left(uint128 amount, uint256 elapsed, uint256 halfLife)
        internal
        pure
        returns (uint256)
    {
        uint256 halvings = elapsed / halfLife;
        if (amount >> halvings == 0) return 0;
        uint256 product = amount * _factor(elapsed % halfLife, halfLife);
        return Math.ceilDiv(product, 1 << (128 + halvings));
    }

    /// @dev 2^-(part / whole), times ONE, for part < whole: the series of e^-y by Horner's rule. Each division drops
    /// less than a unit, and the signs alternate: before the one that is added, the result is above
    /// the exact value less 1, and below it plus 4.
    function _factor(uint256 part, uint256 whole) private pure returns (uint256 factor) {
        if (part == 0) return ONE;
        (uint256 one, uint256 y) = (ONE, part * LN2 / whole);
        factor = one;
        assembly ("memory-safe") {
            for { let k := TERMS } k { k := sub(k, 1) } {
                factor := sub(one, div(shr(128, mul(y, factor)), k))
            }
            factor := add(factor, 1)
        }
    }
}
