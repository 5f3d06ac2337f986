// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {IFaucet} from "../../../interfaces/IFaucet.sol";
import {Base} from "../utils/Base.sol";

contract FaucetTest is Base {
    uint256 internal constant AMOUNT = 100e18;

    IFaucet internal faucet;

    function setUp() public override {
        super.setUp();
        faucet =
            IFaucet(vm.deployCode("Faucet.sol:Faucet", abi.encode(aim, AMOUNT, uint256(1 days))));
        aim.transfer(address(faucet), 3 * AMOUNT);
    }

    function _drip(address account) private {
        vm.prank(account);
        faucet.drip();
    }

    function test_GivesItsAmountToWhoeverAsks() public {
        vm.expectEmit(address(faucet));
        emit IFaucet.Dripped(stranger, AMOUNT);
        _drip(stranger);
        assertEq(aim.balanceOf(stranger), AMOUNT);
        assertEq(faucet.nextAt(stranger), block.timestamp + 1 days);
        assertEq(faucet.amount(), AMOUNT);
        assertEq(faucet.interval(), 1 days);
    }

    function test_RevertsBeforeTheIntervalIsOver() public {
        _drip(stranger);
        uint256 next = faucet.nextAt(stranger);
        vm.warp(next - 1);
        _expectRevert(abi.encodeWithSelector(IFaucet.Faucet_TooSoon.selector, next));
        _drip(stranger);
    }

    function test_GivesAgainOnceTheIntervalIsOver() public {
        _drip(stranger);
        vm.warp(faucet.nextAt(stranger));
        _drip(stranger);
        assertEq(aim.balanceOf(stranger), 2 * AMOUNT);
    }

    function test_AccountsWaitApart() public {
        _drip(stranger);
        _drip(friend);
        assertEq(aim.balanceOf(friend), AMOUNT);
    }

    function test_RevertsWhereItIsEmptyAndLosesNobodysTurn() public {
        deal(address(aim), address(faucet), AMOUNT - 1);
        _expectRevert(IERC20Errors.ERC20InsufficientBalance.selector);
        _drip(stranger);
        assertEq(faucet.nextAt(stranger), 0);
    }
}
