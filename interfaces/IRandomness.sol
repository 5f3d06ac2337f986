// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Where a court's randomness comes from
/// @notice Each tick has one value, which nobody knows when the tick is named and which anybody can prove later. Whoever
/// uses a value fixes everything that it decides before it is imminent.
/// @dev Ticks only rise, and are far apart: whoever asks meanwhile is given the same one, so that there is a time in which
/// none is imminent, however many wait. What a value costs to bias is said by each source.
interface IRandomness {
    /// @notice There is no value for {tick} yet: wait until it is there.
    error Randomness_TooEarly(uint64 tick);

    /// @notice This does not prove the value of {tick}: take its proof from the source itself.
    error Randomness_NotProven(uint64 tick);

    /// @notice A tick whose value nobody can know or choose by now.
    function next() external view returns (uint64 tick);

    /// @notice Whether somebody may know or influence the value of `tick` by now. Once it is, it stays so.
    function imminent(uint64 tick) external view returns (bool);

    /// @notice Whether the value of `tick` cannot be proven any more. Each tick comes to that, also where the source fails.
    function expired(uint64 tick) external view returns (bool);

    /// @notice The value of `tick`; reverts where it is not there yet or the proof is another's.
    /// @param proof As the source has it.
    function valueOf(uint64 tick, bytes calldata proof) external view returns (bytes32 value);
}
