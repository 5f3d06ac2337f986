// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Result} from "../../../../interfaces/types/Attestations.sol";
import {Ruling} from "../../../../interfaces/types/Deals.sol";
import {BondsBase} from "../../utils/BondsBase.sol";

contract BondStandsTest is BondsBase {
    function test_ABondStandsFromItsFirstStakeToItsEnd() public {
        assertFalse(bonds.stands(bondId));
        _post(STAKE);
        assertTrue(bonds.stands(bondId));
        vm.warp(bonds.standsUntil(bond) + 1);
        assertTrue(bonds.stands(bondId));
        vm.prank(guarantor);
        bonds.reclaim(bond);
        assertFalse(bonds.stands(bondId));
    }

    function test_ABrokenBondDoesNotStand() public {
        _break(stranger);
        assertFalse(bonds.stands(bondId));
    }

    function test_AHeldBondStandsAgainOnceItsHoldIsOver() public {
        _promiseRights();
        _post(STAKE);
        _hold(0);
        assertFalse(bonds.stands(bondId));
        vm.warp(block.timestamp + 90 days);
        assertFalse(bonds.stands(bondId));
        vm.warp(block.timestamp + 1);
        assertTrue(bonds.stands(bondId));
    }

    function test_AContestedBondStandsAgainOnceItIsDismissed() public {
        _promiseScore();
        _post(STAKE);
        Result memory result = _result();
        _attest(result);
        _contest(result);
        assertFalse(bonds.stands(bondId));
        _claimAgainst(result);
        _ruleOn(result, Ruling.Upheld);
        bonds.dismiss(bond, result);
        assertTrue(bonds.stands(bondId));
    }
}
