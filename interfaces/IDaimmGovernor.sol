// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {GovernorTerms} from "./types/Governance.sol";

/// @title Governance by wrapped AIM: OpenZeppelin's Governor within bounds, on code that cannot change unseen
/// @notice Holders propose calls, vote, and have the timelock make them. Every setting has bounds in code, and a
/// target whose code is not what it was at the proposal is never called.
/// @dev What is pinned is the code of the targets, by its hash. A target that forwards calls, or a proxy, can do
/// something else with the same code: who votes looks at what it is. A proposal runs out 30 days after it could
/// have been queued or executed.
interface IDaimmGovernor {
    /// @notice A proposal calls a target with this code, and no other.
    event TargetPinned(uint256 indexed proposal, address indexed target, bytes32 codeHash);

    /// @notice {value} is out of bounds: choose from {lowest} to {highest}.
    error DaimmGovernor_OutOfBounds(uint256 value, uint256 lowest, uint256 highest);

    /// @notice There is no contract at {target}, so nothing can be called there: check the address.
    error DaimmGovernor_NoCode(address target);

    /// @notice The code at {target} is not the one that was voted on, so it is not called: propose anew.
    error DaimmGovernor_CodeChanged(address target);

    /// @notice This governor keeps its timelock and relays nothing: deploy another governor beside it.
    error DaimmGovernor_Fixed();

    /// @notice What it was deployed with: the least of each setting.
    function terms() external view returns (GovernorTerms memory);

    /// @notice Hash of the code that the target of a proposal had when it was made; zero where there was none.
    function pinnedCode(uint256 proposal, address target) external view returns (bytes32);
}
