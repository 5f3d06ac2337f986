// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Makes prepared calls when it is called back, and remembers how each ended.
contract Reenterer {
    struct Call {
        address target;
        bytes data;
    }

    Call[] private _calls;
    bool[] public succeeded;
    bytes[] public answers;

    function prepare(address target, bytes calldata data) external {
        _calls.push(Call(target, data));
    }

    /// @notice Whatever the test lets it do in its own name.
    function execute(address target, bytes calldata data) external returns (bytes memory) {
        (bool success, bytes memory answer) = target.call(data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
        return answer;
    }

    /// @notice The token's callback. Each call is tried once.
    function run() external {
        Call[] memory calls = _calls;
        delete _calls;
        for (uint256 i; i < calls.length; ++i) {
            (bool success, bytes memory answer) = calls[i].target.call(calls[i].data);
            succeeded.push(success);
            answers.push(answer);
        }
    }
}
