// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice Like USDT: an allowance that is not zero has to be set to zero before it is changed.
contract StubbornToken is ERC20("Stubborn", "STUB") {
    error AllowanceInUse();

    function approve(address spender, uint256 value) public override returns (bool) {
        if (value != 0 && allowance(msg.sender, spender) != 0) revert AllowanceInUse();
        return super.approve(spender, value);
    }
}
