// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPriceRule} from "../../../interfaces/IPriceRule.sol";
import {OfferId} from "../../../interfaces/types/Ids.sol";

/// @notice A rule that quotes what it is told beforehand, remembers what it was asked, and may call back.
contract TestRule is IPriceRule {
    uint128 public price;
    uint128 public referral;
    bytes32 public asked;
    address private _target;
    bytes private _data;
    bool public succeeded;
    bytes public answer;

    function quote(uint128 price_, uint128 referral_) external {
        (price, referral) = (price_, referral_);
    }

    function callBack(address target, bytes calldata data) external {
        (_target, _data) = (target, data);
    }

    function priceFor(
        OfferId offer,
        address seller,
        bytes32 ruleData,
        uint128 listed,
        address buyer,
        bytes calldata input
    ) external returns (uint128, uint128) {
        asked = keccak256(abi.encode(msg.sender, offer, seller, ruleData, listed, buyer, input));
        if (_target != address(0)) (succeeded, answer) = _target.call(_data);
        return (price, referral);
    }
}

/// @notice A rule for private sales: a buyer shows the word that the offer names.
contract WordRule is IPriceRule {
    error WrongWord();

    function priceFor(
        OfferId,
        address,
        bytes32 ruleData,
        uint128 listed,
        address,
        bytes calldata input
    ) external pure returns (uint128, uint128) {
        if (keccak256(input) != ruleData) revert WrongWord();
        return (listed / 2, 0);
    }
}
