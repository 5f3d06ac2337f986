// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The stream cipher ChaCha20 (RFC 8439)
/// @dev Seven blocks at a time: each of the cipher's sixteen words is one EVM word with a lane of 36 bits for each
/// block. The spare bits of a lane take the carries of a quarter round, so that a sum is masked once, when it is stored.
library ChaCha20 {
    /* CONSTANTS */

    /// @dev 1 in each lane: a 32-bit word times this is that word in each lane.
    uint256 private constant ONES =
        0x0000000001000000001000000001000000001000000001000000001000000001;
    /// @dev 0 in the lowest lane to 6 in the highest.
    uint256 private constant STEPS =
        0x0000000006000000005000000004000000003000000002000000001000000000;

    /// @dev Of each lane the low 32 bits, and what rotations to the left by 16, 12, 8 and 7 leave above and below.
    uint256 private constant LOW =
        0x00ffffffff0ffffffff0ffffffff0ffffffff0ffffffff0ffffffff0ffffffff;
    uint256 private constant ABOVE_16 =
        0x00ffff00000ffff00000ffff00000ffff00000ffff00000ffff00000ffff0000;
    uint256 private constant BELOW_16 =
        0x000000ffff00000ffff00000ffff00000ffff00000ffff00000ffff00000ffff;
    uint256 private constant ABOVE_12 =
        0x00fffff0000fffff0000fffff0000fffff0000fffff0000fffff0000fffff000;
    uint256 private constant BELOW_12 =
        0x0000000fff000000fff000000fff000000fff000000fff000000fff000000fff;
    uint256 private constant ABOVE_8 =
        0x00ffffff000ffffff000ffffff000ffffff000ffffff000ffffff000ffffff00;
    uint256 private constant BELOW_8 =
        0x00000000ff0000000ff0000000ff0000000ff0000000ff0000000ff0000000ff;
    uint256 private constant ABOVE_7 =
        0x00ffffff800ffffff800ffffff800ffffff800ffffff800ffffff800ffffff80;
    uint256 private constant BELOW_7 =
        0x000000007f00000007f00000007f00000007f00000007f00000007f00000007f;

    /// @dev Every other byte, every other two bytes.
    uint256 private constant BYTES =
        0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    uint256 private constant PAIRS =
        0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;

    /* CIPHER */

    /// @notice `data` encrypted or decrypted, which is the same.
    /// @param counter Number of the first block of key stream; that of the last must be below 2^32.
    // One function, because functions of Yul can stand only inside the block that calls them.
    // solhint-disable-next-line function-max-lines
    function crypt(bytes32 key, bytes12 nonce, uint256 counter, bytes calldata data)
        internal
        pure
        returns (bytes memory result)
    {
        assembly ("memory-safe") {
            function quarterRound(atA, atB, atC, atD) {
                let b := mload(atB)
                let a := add(mload(atA), b)
                let d := xor(mload(atD), a)
                d := or(and(shl(16, d), ABOVE_16), and(shr(16, d), BELOW_16))
                let c := add(mload(atC), d)
                b := xor(b, c)
                b := or(and(shl(12, b), ABOVE_12), and(shr(20, b), BELOW_12))
                a := add(a, b)
                mstore(atA, and(a, LOW))
                d := xor(d, a)
                d := or(and(shl(8, d), ABOVE_8), and(shr(24, d), BELOW_8))
                mstore(atD, d)
                c := add(c, d)
                mstore(atC, and(c, LOW))
                b := xor(b, c)
                mstore(atB, or(and(shl(7, b), ABOVE_7), and(shr(25, b), BELOW_7)))
            }

            // The bytes of each 32-bit word in the opposite order.
            function reversed(word) -> out {
                out := or(shl(8, and(word, BYTES)), and(shr(8, word), BYTES))
                out := or(shl(16, and(out, PAIRS)), and(shr(16, out), PAIRS))
            }

            // The 32-bit words of `packed`, each in all lanes of one of `count` words.
            function spread(to, packed, count) {
                packed := reversed(packed)
                for { let end := add(to, shl(5, count)) } lt(to, end) { to := add(to, 0x20) } {
                    mstore(to, mul(shr(224, packed), ONES))
                    packed := shl(32, packed)
                }
            }

            function lane(at, shift) -> word {
                word := and(shr(shift, mload(at)), 0xffffffff)
            }

            // Key stream: one lane of the eight words from `at`.
            function stream(at, shift) -> out {
                out := or(shl(32, lane(at, shift)), lane(add(at, 0x20), shift))
                out := or(shl(32, out), lane(add(at, 0x40), shift))
                out := or(shl(32, out), lane(add(at, 0x60), shift))
                out := or(shl(32, out), lane(add(at, 0x80), shift))
                out := or(shl(32, out), lane(add(at, 0xa0), shift))
                out := or(shl(32, out), lane(add(at, 0xc0), shift))
                out := reversed(or(shl(32, out), lane(add(at, 0xe0), shift)))
            }

            // The words as they start, behind them the words at work, behind those the result.
            let start := mload(0x40)
            let work := add(start, 0x200)
            result := add(work, 0x200)
            mstore(result, data.length)
            let out := add(result, 0x20)
            let end := add(out, and(add(data.length, 63), not(63)))
            mstore(0x40, end)
            calldatacopy(out, data.offset, data.length)

            // "expand 32-byte k"
            spread(start, shl(128, 0x657870616e642033322d62797465206b), 4)
            spread(add(start, 0x80), key, 8)
            spread(add(start, 0x1a0), nonce, 3)

            for { counter := add(mul(counter, ONES), STEPS) } lt(out, end) {
                counter := add(counter, mul(7, ONES))
            } {
                mstore(add(start, 0x180), counter)
                mcopy(work, start, 0x200)
                for { let round := 0 } lt(round, 10) { round := add(round, 1) } {
                    quarterRound(work, add(work, 0x80), add(work, 0x100), add(work, 0x180))
                    quarterRound(
                        add(work, 0x20),
                        add(work, 0xa0),
                        add(work, 0x120),
                        add(work, 0x1a0)
                    )
                    quarterRound(
                        add(work, 0x40),
                        add(work, 0xc0),
                        add(work, 0x140),
                        add(work, 0x1c0)
                    )
                    quarterRound(
                        add(work, 0x60),
                        add(work, 0xe0),
                        add(work, 0x160),
                        add(work, 0x1e0)
                    )
                    quarterRound(work, add(work, 0xa0), add(work, 0x140), add(work, 0x1e0))
                    quarterRound(
                        add(work, 0x20),
                        add(work, 0xc0),
                        add(work, 0x160),
                        add(work, 0x180)
                    )
                    quarterRound(
                        add(work, 0x40),
                        add(work, 0xe0),
                        add(work, 0x100),
                        add(work, 0x1a0)
                    )
                    quarterRound(
                        add(work, 0x60),
                        add(work, 0x80),
                        add(work, 0x120),
                        add(work, 0x1c0)
                    )
                }
                for { let i := 0 } lt(i, 0x200) { i := add(i, 0x20) } {
                    mstore(add(work, i), add(mload(add(work, i)), mload(add(start, i))))
                }
                for { let shift := 0 } and(lt(shift, 252), lt(out, end)) {
                    shift := add(shift, 36)
                    out := add(out, 0x40)
                } {
                    mstore(out, xor(mload(out), stream(work, shift)))
                    let second := add(out, 0x20)
                    mstore(second, xor(mload(second), stream(add(work, 0x100), shift)))
                }
            }
        }
    }
}
