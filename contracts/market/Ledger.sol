// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";

import {ILedger} from "../../interfaces/ILedger.sol";

/// @notice Specified in ILedger.
/// @dev Withdrawing writes before it calls, so a token that calls back finds nothing more to take.
abstract contract Ledger is ILedger {
    using SafeTransferLib for address;

    /// @dev `used` stays once set: the slot is never cleared, and every later credit costs 5,000
    /// gas, not 22,100.
    struct Balance {
        uint248 amount;
        bool used;
    }

    /* STORAGE */

    mapping(address payee => mapping(bytes32 account => mapping(address token => Balance))) private
        _balances;

    /* WITHDRAWAL */

    /// @inheritdoc ILedger
    function withdraw(bytes32 account, address token, address to) external returns (uint256) {
        if (to == address(0)) revert Ledger_ZeroReceiver();
        return _withdraw(msg.sender, account, token, to);
    }

    /// @inheritdoc ILedger
    function withdrawFor(address payee, address token) external returns (uint256) {
        return _withdraw(payee, 0, token, payee);
    }

    /* VIEWS */

    /// @inheritdoc ILedger
    function credit(address payee, bytes32 account, address token) external view returns (uint256) {
        return _balances[payee][account][token].amount;
    }

    /* INTERNAL */

    function _credit(address payee, bytes32 account, address token, uint256 amount) internal {
        if (amount == 0) return;
        Balance storage balance = _balances[payee][account][token];
        // Safe: what an allowed token can hold is far below 2^248; see `_pull` in the deal contract.
        (balance.amount, balance.used) = (balance.amount + uint248(amount), true);
    }

    function _withdraw(address payee, bytes32 account, address token, address to)
        private
        returns (uint256 amount)
    {
        Balance storage balance = _balances[payee][account][token];
        amount = balance.amount;
        if (amount == 0) revert Ledger_NothingOwed(payee, account, token);

        balance.amount = 0;
        emit Withdrawn(payee, account, token, amount, to);

        token.safeTransfer(to, amount);
    }
}
