// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IBonds} from "../../../../interfaces/IBonds.sol";
import {Result} from "../../../../interfaces/types/Attestations.sol";
import {BondId, BondState} from "../../../../interfaces/types/Stakes.sol";
import {FeeToken} from "../../mocks/Tokens.sol";
import {BondsBase} from "../../utils/BondsBase.sol";

contract PostTest is BondsBase {
    function test_TakesTheStake() public {
        vm.expectEmit(address(bonds));
        emit IBonds.BondPosted(bondId, guarantor, bond, STAKE);
        _post(STAKE);
        assertBond(BondState.Standing, STAKE);
        assertEq(aim.balanceOf(address(bonds)), STAKE);
        assertEq(aim.balanceOf(guarantor), 9 * STAKE);
    }

    function test_AddsToTheStake() public {
        _post(STAKE);
        _post(1);
        assertBond(BondState.Standing, STAKE + 1);
    }

    function test_EveryTermMakesAnotherBond() public {
        bond.salt = bytes32(uint256(1));
        assertNotEq(BondId.unwrap(bonds.bondIdOf(bond)), BondId.unwrap(bondId));
        _post(STAKE);
        assertBond(BondState.None, 0);
    }

    function test_TheIdHashesDomainAndBond() public view {
        bytes32 domain = keccak256(abi.encode(block.chainid, address(bonds)));
        assertEq(bonds.domain(), domain);
        assertEq(BondId.unwrap(bondId), keccak256(abi.encode(domain, bond)));
    }

    function test_PostsInTheLastSecondOfTheBond() public {
        vm.warp(bond.until);
        _post(STAKE);
        assertBond(BondState.Standing, STAKE);
    }

    function test_RevertsAfterTheBondsEnd() public {
        vm.warp(uint256(bond.until) + 1);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_BondOver.selector, bond.until));
        _post(STAKE);
    }

    function test_RevertsForAnybodyElse() public {
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NotGuarantor.selector, guarantor));
        bonds.post(bond, STAKE);
    }

    function test_RevertsWithoutAStake() public {
        _expectRevert(IBonds.Bonds_NothingStaked.selector);
        _post(0);
    }

    function test_RevertsForATokenThatTheMarketRefuses() public {
        _setToken(address(usd), false, 0);
        bond.token = address(usd);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_TokenNotAllowed.selector, address(usd)));
        _post(STAKE);
    }

    function test_RevertsForATokenThatTakesACut() public {
        FeeToken token = new FeeToken();
        _setToken(address(token), true, 0);
        deal(address(token), guarantor, STAKE);
        bond.token = address(token);
        vm.startPrank(guarantor);
        IERC20(address(token)).approve(address(bonds), STAKE);
        _expectRevert(IBonds.Bonds_TokenShort.selector);
        bonds.post(bond, STAKE);
    }

    function test_RevertsForAVersionThatIsUnknown() public {
        for (uint16 version; version < 3; version += 2) {
            bond.version = version;
            _expectRevert(IBonds.Bonds_VersionUnknown.selector);
            _post(STAKE);
        }
    }

    function test_RevertsOnceTheVersionIsConvicted() public {
        _post(STAKE);
        _convict(buyer);
        _expectRevert(IBonds.Bonds_VersionConvicted.selector);
        _post(STAKE);
    }

    /* PROMISES */

    function _expectInvalid(string memory field) private {
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_TermsInvalid.selector, field));
    }

    function test_PromisesAScoreForAsMuchAsIsStaked() public {
        _promiseScore();
        _post(EVIDENCE);
        assertBond(BondState.Standing, EVIDENCE);
    }

    function test_RevertsForEvidenceThatCostsMoreThanTheStake() public {
        _promiseScore();
        _expectInvalid("minStake");
        _post(EVIDENCE - 1);
    }

    function test_AddsLessThanEvidenceCosts() public {
        _promiseScore();
        _post(EVIDENCE);
        _post(1);
        assertBond(BondState.Standing, EVIDENCE + 1);
    }

    function test_RevertsForAScoreThatNobodyJudgesOrStakesOn() public {
        _promiseScore();
        bond.minStake = 0;
        _expectInvalid("minStake");
        _post(STAKE);
        bond.arbitrator = address(0);
        _expectInvalid("arbitrator");
        _post(STAKE);
    }

    function test_RevertsForWhatMeansNothingWithoutASuite() public {
        bond.threshold = 1;
        _expectInvalid("suite");
        _post(STAKE);
        (bond.threshold, bond.atMost) = (0, true);
        _expectInvalid("suite");
        _post(STAKE);
        (bond.atMost, bond.minStake) = (false, 1);
        _expectInvalid("suite");
        _post(STAKE);
    }

    function test_AddsWhileItIsHeld() public {
        _promiseRights();
        _post(STAKE);
        _hold(0);
        _post(1);
        assertBond(BondState.Held, STAKE + 1);
    }

    function test_RevertsOnceItIsBrokenOrOver() public {
        _promiseScore();
        bond.until += 365 days;
        bondId = bonds.bondIdOf(bond);
        _post(STAKE);
        Result memory result = _result();
        _stand(result);
        _breakByScore(result);
        bytes memory over = abi.encodeWithSelector(IBonds.Bonds_NotStanding.selector, bondId);
        _expectRevert(over);
        _post(STAKE);
        vm.warp(block.timestamp + 90 days + 1);
        bonds.close(bond);
        _expectRevert(over);
        _post(STAKE);
    }
}
