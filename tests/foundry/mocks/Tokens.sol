// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice A stablecoin without extensions: no permit, no ERC-1363.
contract PlainToken is ERC20("US Dollar", "USD") {
    function decimals() public pure override returns (uint8) {
        return 6;
    }
}

/// @notice Takes a hundredth of what is sent.
contract FeeToken is ERC20("Fee", "FEE") {
    function _update(address from, address to, uint256 value) internal override {
        uint256 fee = from == address(0) || to == address(0) ? 0 : value / 100;
        super._update(from, to, value - fee);
        if (fee != 0) super._update(from, address(0), fee);
    }
}

/// @notice Fails by answering false.
contract FalseToken is ERC20("False", "NO") {
    bool public failing;

    function setFailing(bool failing_) external {
        failing = failing_;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        return !failing && super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        return !failing && super.transferFrom(from, to, value);
    }
}

/// @notice Refuses to move nothing.
contract NonzeroToken is ERC20("Nonzero", "NZ") {
    function _update(address from, address to, uint256 value) internal override {
        require(value != 0, "nothing");
        super._update(from, to, value);
    }
}

/// @notice Says yes and moves nothing.
contract IdleToken is ERC20("Idle", "IDLE") {
    function transferFrom(address, address, uint256) public pure override returns (bool) {
        return true;
    }
}

/// @notice Answers nothing, as the first stablecoins do.
contract SilentToken is ERC20("Silent", "HUSH") {
    function transfer(address to, uint256 value) public override returns (bool) {
        _transfer(msg.sender, to, value);
        assembly ("memory-safe") {
            return(0, 0)
        }
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        _spendAllowance(from, msg.sender, value);
        _transfer(from, to, value);
        assembly ("memory-safe") {
            return(0, 0)
        }
    }
}

/// @notice Its issuer refuses some accounts.
contract BlacklistToken is ERC20("Blacklist", "BAN") {
    error Blacklisted(address account);

    mapping(address account => bool) public blacklisted;

    function setBlacklisted(address account, bool blacklisted_) external {
        blacklisted[account] = blacklisted_;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (blacklisted[from]) revert Blacklisted(from);
        if (blacklisted[to]) revert Blacklisted(to);
        super._update(from, to, value);
    }
}

/// @notice Reports more or less than there is.
contract LyingToken is ERC20("Lying", "LIE") {
    int256 public perTransfer;
    int256 private _lie;

    function setLie(int256 perTransfer_) external {
        perTransfer = perTransfer_;
    }

    function balanceOf(address account) public view override returns (uint256) {
        return uint256(int256(super.balanceOf(account)) + _lie);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        _lie += perTransfer;
    }
}

/// @notice Calls sender and receiver, as ERC-777 does.
contract HookToken is ERC20("Hook", "HOOK") {
    mapping(address account => Callback) public callbacks;

    function setCallback(Callback callback) external {
        callbacks[msg.sender] = callback;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (address(callbacks[from]) != address(0)) callbacks[from].run();
        super._update(from, to, value);
        if (address(callbacks[to]) != address(0)) callbacks[to].run();
    }
}

/// @notice Whoever is called while his tokens move.
interface Callback {
    function run() external;
}
