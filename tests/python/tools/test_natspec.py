"""The NatSpec check finds what is left unsaid, and sentences that cannot be filled in."""

from __future__ import annotations

import pytest

from tools import check_natspec

WHOLE = """// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice A thing.
/// @param size In bytes.
struct Thing {
    uint32 size; // at most 4 GB
}

/// @title Keeps things
interface IThings {
    /// @notice A thing was kept.
    /// @param thing Its number.
    event Kept(uint256 indexed thing);

    /// @notice There is no room before {until:time}: come again.
    error Things_Full(uint256 size, uint256 until);

    /// @notice Keeps it.
    /// @custom:doing keep a thing
    function keep(Thing calldata thing)
        external
        returns (uint256);

    /// @notice How many there are.
    function count() external view returns (uint256);
}
"""


def test_a_whole_interface_is_let_through() -> None:
    assert list(check_natspec.missing(WHOLE)) == []


@pytest.mark.parametrize(
    ("there", "instead", "said"),
    [
        ("/// @param size In bytes.\n", "", "struct Thing has no @param for its field size"),
        ("/// @notice A thing.\n", "", "struct Thing has no notice"),
        ("    /// @notice A thing was kept.\n", "", "event Kept has no notice"),
        ("@param thing Its", "@param other Its", "event Kept has no parameter other"),
        ("    /// @notice Keeps it.\n", "", "function keep has no notice"),
        ("    /// @custom:doing keep a thing\n", "", "function keep has no @custom:doing"),
        ("    /// @notice How many there are.\n", "", "function count has no notice"),
        ("{until:time}", "{soon:time}", "error Things_Full has no argument soon"),
        ("{until:time}", "{until:date}", "error Things_Full: there is no format date"),
        ("come again.", "come again", "error Things_Full: its notice is no sentence"),
    ],
)
def test_what_is_left_out_is_found(there: str, instead: str, said: str) -> None:
    assert WHOLE.count(there) == 1
    [found] = check_natspec.missing(WHOLE.replace(there, instead))
    assert found.startswith(said)


def test_the_interfaces_leave_nothing_unsaid() -> None:
    assert check_natspec.main() == 0
