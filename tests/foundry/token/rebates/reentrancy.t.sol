// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ILedger} from "../../../../interfaces/ILedger.sol";
import {IRebates} from "../../../../interfaces/IRebates.sol";
import {Reenterer} from "../../mocks/Reenterer.sol";
import {Callback, HookToken} from "../../mocks/Tokens.sol";
import {RebatesBase} from "../../utils/RebatesBase.sol";

/// @notice AIM calls nobody when it moves. Were it a token that does, a claim within a withdrawal would gain nothing.
contract RebatesReentrancyTest is RebatesBase {
    Reenterer private attacker;
    Sale private one;
    Sale private two;

    function setUp() public override {
        super.setUp();
        attacker = new Reenterer();
        _fund(aim, address(attacker));
        one = _sell(_terms(), address(attacker));
        two = _sell(_terms(), address(attacker));
        attacker.execute(
            address(aim), abi.encodeCall(HookToken.setCallback, (Callback(address(attacker))))
        );
    }

    function _deployAim() internal override returns (address) {
        return address(new HookToken());
    }

    function _fill(uint256 amount) internal override {
        vm.prank(treasury);
        aim.transfer(address(rebates), amount);
        vm.prank(address(aim));
        rebates.onTransferReceived(treasury, treasury, amount, "");
    }

    function _withdrawal() private view returns (bytes memory) {
        return abi.encodeCall(ILedger.withdraw, (bytes32(0), address(aim), address(attacker)));
    }

    function test_ClaimsAndWithdrawalsWithinAWithdrawalPayOnce() public {
        _claim(one);
        bytes memory again = abi.encodeCall(rebates.claim, (one.terms, one.order));
        bytes memory other = abi.encodeCall(rebates.claim, (two.terms, two.order));
        attacker.prepare(address(rebates), _withdrawal());
        attacker.prepare(address(rebates), again);
        attacker.prepare(address(rebates), other);
        attacker.prepare(address(rebates), other);
        attacker.prepare(address(rebates), _withdrawal());
        uint256 before = aim.balanceOf(address(attacker));
        attacker.execute(address(rebates), _withdrawal());

        assertFalse(attacker.succeeded(0));
        assertEq(bytes4(attacker.answers(0)), ILedger.Ledger_NothingOwed.selector);
        assertFalse(attacker.succeeded(1));
        assertEq(bytes4(attacker.answers(1)), IRebates.Rebates_AlreadyClaimed.selector);
        assertTrue(attacker.succeeded(2));
        assertFalse(attacker.succeeded(3));
        assertTrue(attacker.succeeded(4));
        assertEq(aim.balanceOf(address(attacker)) - before, 2 * TO_BUYER);
        assertEq(_credit(payout), 2 * TO_PAYEE);
        assertEq(aim.balanceOf(address(rebates)), rebates.budget() + 2 * TO_PAYEE);
    }
}
