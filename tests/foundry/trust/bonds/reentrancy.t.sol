// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBonds} from "../../../../interfaces/IBonds.sol";
import {ILedger} from "../../../../interfaces/ILedger.sol";
import {ModelId} from "../../../../interfaces/types/Ids.sol";
import {Bond} from "../../../../interfaces/types/Stakes.sol";
import {Reenterer} from "../../mocks/Reenterer.sol";
import {Callback, HookToken} from "../../mocks/Tokens.sol";
import {BondsBase} from "../../utils/BondsBase.sol";

/// @notice A token that calls its sender before it moves. The bonds hold others' money.
contract BondsReentrancyTest is BondsBase {
    HookToken internal token;
    Reenterer internal attacker;
    Bond internal own;

    function setUp() public override {
        super.setUp();
        token = new HookToken();
        attacker = new Reenterer();
        _setToken(address(token), true, USD_FEE);
        deal(address(token), guarantor, STAKE);
        deal(address(token), address(attacker), STAKE);
        bond.token = address(token);
        vm.startPrank(guarantor);
        token.approve(address(bonds), STAKE);
        bonds.post(bond, STAKE);
        vm.stopPrank();
        own = bond;
        own.guarantor = address(attacker);
        _as(address(token), abi.encodeCall(token.approve, (address(bonds), STAKE)));
        _as(address(token), abi.encodeCall(token.setCallback, (Callback(address(attacker)))));
    }

    function _as(address target, bytes memory data) private {
        attacker.execute(target, data);
    }

    function _post(Bond memory made, uint128 amount) private pure returns (bytes memory) {
        return abi.encodeCall(IBonds.post, (made, amount));
    }

    function test_AStakeWithinAStakeUndoesBoth() public {
        attacker.prepare(address(bonds), _post(own, 1));
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_TokenShort.selector, 5, 6));
        _as(address(bonds), _post(own, 5));
        assertEq(token.balanceOf(address(bonds)), STAKE);
    }

    /// The reward that was withdrawn meanwhile is missing in what was received.
    function test_AWithdrawalWithinAStakeUndoesBoth() public {
        bonds.breakByContent(_convicted());
        uint256 reward = bonds.credit(address(attacker), 0, address(token));
        assertEq(reward, STAKE / 5);
        bytes memory take =
            abi.encodeCall(ILedger.withdraw, (bytes32(0), address(token), address(attacker)));
        attacker.prepare(address(bonds), take);
        own.model = ModelId.wrap(1);
        _expectRevert(
            abi.encodeWithSelector(IBonds.Bonds_TokenShort.selector, STAKE, 4 * (STAKE / 5))
        );
        _as(address(bonds), _post(own, uint128(STAKE)));
        assertEq(bonds.credit(address(attacker), 0, address(token)), reward);
    }

    function _convicted() private returns (Bond memory) {
        _convict(address(attacker));
        return bond;
    }
}
