// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bond, BondId, BondState} from "../../../interfaces/types/Stakes.sol";
import {BondsBase} from "../utils/BondsBase.sol";
import {Foretold} from "./Foretold.sol";

/// @notice A second account of what is staked in bonds, and of whom they owe.
abstract contract BondBooks is BondsBase, Foretold {
    /// @dev version: which of the world's versions it is about, where there are several.
    struct Stake {
        Bond terms;
        BondId id;
        uint256 version;
        BondState state;
        uint256 posted;
        uint256 paid;
        uint256 left;
        uint256 heldAt;
        uint256 holds;
        uint256 contests;
        uint256 since;
        uint256 brokenAt;
    }

    Stake[] internal stakes;
    mapping(address payee => uint256) internal owed;
    address[] internal people;

    function _by(address caller, bytes memory data) internal returns (bool) {
        return _by(caller, address(bonds), data);
    }

    function _stateOf(Stake storage stake) internal view returns (BondState) {
        bool over = stake.state == BondState.Held && block.timestamp > stake.heldAt + 90 days;
        return over ? BondState.Standing : stake.state;
    }

    function _broken(Stake storage stake, address who, uint256 since) internal {
        uint256 fifth = stake.left / 5;
        _paid(stake, who, fifth);
        _paid(stake, NOBODY, fifth);
        (stake.state, stake.since, stake.brokenAt) = (BondState.Broken, since, block.timestamp);
    }

    function _ended(Stake storage stake) internal {
        _paid(stake, guarantor, stake.left);
        stake.state = BondState.Ended;
    }

    function _paid(Stake storage stake, address payee, uint256 amount) internal {
        (stake.paid, stake.left) = (stake.paid + amount, stake.left - amount);
        owed[payee] += amount;
    }

    function _checkStakes(string memory invariant) internal view {
        uint256 sum;
        for (uint256 i; i < stakes.length; ++i) {
            Stake storage stake = stakes[i];
            assertEq(stake.paid + stake.left, stake.posted, invariant);
            assertEq(bonds.recordOf(stake.id).stake, stake.left, invariant);
            assertEq(uint8(bonds.recordOf(stake.id).state), uint8(_stateOf(stake)), invariant);
            assertEq(bonds.recordOf(stake.id).brokenAt, stake.brokenAt, invariant);
            sum += stake.left;
        }
        for (uint256 i; i < people.length; ++i) {
            assertEq(_credit(people[i]), owed[people[i]], invariant);
            sum += owed[people[i]];
        }
        assertEq(aim.balanceOf(address(bonds)), sum, invariant);
    }
}
