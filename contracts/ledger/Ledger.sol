// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";

import {ILedger} from "../../interfaces/ILedger.sol";

/// @notice Specified in ILedger.
/// @dev Withdrawing writes before it calls, so a token that calls back finds nothing more to take.
abstract contract Ledger is ILedger {
    using SafeTransferLib for address;

    /* STORAGE */

    /// @dev One more than is owed, once anything was: the slot is never cleared, and every later credit
    /// costs 5,000 gas, not 22,100.
    mapping(address payee => mapping(bytes32 account => mapping(address token => uint256))) private
        _balances;

    /* WITHDRAWAL */

    /// @inheritdoc ILedger
    function withdraw(bytes32 account, address token, address to) external returns (uint256) {
        return _owing(msg.sender, account, token, _withdraw(msg.sender, account, token, to));
    }

    /// @inheritdoc ILedger
    function withdrawFor(address payee, address token) external returns (uint256) {
        return _owing(payee, 0, token, _withdraw(payee, 0, token, payee));
    }

    /// @inheritdoc ILedger
    function withdrawIfOwed(bytes32 account, address token, address to) external returns (uint256) {
        return _withdraw(msg.sender, account, token, to);
    }

    /// @inheritdoc ILedger
    function withdrawForIfOwed(address payee, address token) external returns (uint256) {
        return _withdraw(payee, 0, token, payee);
    }

    /* ASSIGNMENT */

    /// @inheritdoc ILedger
    function assign(bytes32 account, address token, Part[] calldata parts) external {
        uint256 sum;
        for (uint256 i; i < parts.length; ++i) {
            sum += parts[i].amount;
        }
        mapping(address token => uint256) storage balances = _balances[msg.sender][account];
        uint256 owed = _owed(balances[token]);
        if (sum > owed) revert Ledger_TooLittleOwed(sum, owed);
        if (sum == 0) return;

        balances[token] -= sum;
        for (uint256 i; i < parts.length; ++i) {
            if (parts[i].payee == address(0)) revert Ledger_ZeroReceiver();
            _credit(parts[i].payee, parts[i].account, token, parts[i].amount);
        }
        emit Assigned(msg.sender, account, token, parts);
    }

    /* VIEWS */

    /// @inheritdoc ILedger
    function credit(address payee, bytes32 account, address token) external view returns (uint256) {
        return _owed(_balances[payee][account][token]);
    }

    /* INTERNAL */

    function _credit(address payee, bytes32 account, address token, uint256 amount) internal {
        if (amount == 0) return;
        mapping(address token => uint256) storage balances = _balances[payee][account];
        uint256 stored = balances[token];
        balances[token] = (stored == 0 ? 1 : stored) + amount;
    }

    /// @dev Does nothing where nothing is owed.
    function _withdraw(address payee, bytes32 account, address token, address to)
        private
        returns (uint256 amount)
    {
        if (to == address(0)) revert Ledger_ZeroReceiver();
        mapping(address token => uint256) storage balances = _balances[payee][account];
        amount = _owed(balances[token]);
        if (amount == 0) return 0;

        balances[token] = 1;
        emit Withdrawn(payee, account, token, amount, to);

        token.safeTransfer(to, amount);
    }

    function _owing(address payee, bytes32 account, address token, uint256 amount)
        private
        pure
        returns (uint256)
    {
        if (amount == 0) revert Ledger_NothingOwed(payee, account, token);
        return amount;
    }

    function _owed(uint256 balance) private pure returns (uint256) {
        return balance == 0 ? 0 : balance - 1;
    }
}
