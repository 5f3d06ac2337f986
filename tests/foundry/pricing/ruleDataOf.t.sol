// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMovingPrice} from "../../../interfaces/IMovingPrice.sol";
import {Bps} from "../../../interfaces/types/Ids.sol";
import {MovingTerms} from "../../../interfaces/types/Prices.sol";
import {MovingBase} from "../utils/MovingBase.sol";

/// @notice Terms as rule data, and what are none.
contract RuleDataOfTest is MovingBase {
    function test_HasTheFieldsInTheirOrder() public view {
        MovingTerms memory terms = _moving();
        terms.referral = Bps.wrap(250);
        assertEq(
            _data(terms),
            bytes32(
                abi.encodePacked(
                    START,
                    HALF_LIFE,
                    uint32(400_000),
                    uint32(30_000),
                    uint32(2_000_000),
                    uint16(250),
                    uint72(0)
                )
            )
        );
        assertEq(keccak256(abi.encode(rule.termsOf(_data(terms)))), keccak256(abi.encode(terms)));
    }

    function test_TakesWhatIsAtItsLimits() public view {
        _data(MovingTerms(0, 1, 999_999, 1, 1_000_000, Bps.wrap(5000)));
        _data(MovingTerms(type(uint40).max, type(uint32).max, 0, 1, type(uint32).max, Bps.wrap(0)));
        _data(MovingTerms(0, 0, 1_000_000, 0, 0, Bps.wrap(0)));
    }

    function test_RevertsWhereTermsContradictEachOther() public {
        MovingTerms memory terms = _moving();
        terms.floor = 1_000_001;
        _refused(terms);
        terms.floor = 1_000_000;
        _refused(terms);
        terms = _moving();
        terms.halfLife = 0;
        _refused(terms);
        terms = _moving();
        terms.cap = 999_999;
        _refused(terms);
        terms = _moving();
        terms.rise = 0;
        _refused(terms);
        terms = _moving();
        terms.referral = Bps.wrap(5001);
        _refused(terms);
    }

    function test_RevertsForDataThatAreNoTerms() public {
        bytes32[3] memory wrong = [bytes32(0), _data(_moving()) | bytes32(uint256(1) << 71), "data"];
        for (uint256 i; i < wrong.length; ++i) {
            bytes memory expected =
                abi.encodeWithSelector(IMovingPrice.MovingPrice_InvalidTerms.selector, wrong[i]);
            vm.expectRevert(expected);
            rule.termsOf(wrong[i]);
            vm.expectRevert(expected);
            rule.priceFor(OFFER, address(1), wrong[i], LISTED, address(2), "");
            vm.expectRevert(expected);
            rule.priceAt(address(this), OFFER, wrong[i], LISTED, START);
        }
    }

    function _refused(MovingTerms memory terms) private {
        bytes32 data = bytes32(
            abi.encodePacked(
                terms.startAt,
                terms.halfLife,
                terms.floor,
                terms.rise,
                terms.cap,
                Bps.unwrap(terms.referral),
                uint72(0)
            )
        );
        vm.expectRevert(
            abi.encodeWithSelector(IMovingPrice.MovingPrice_InvalidTerms.selector, data)
        );
        rule.ruleDataOf(terms);
    }
}
