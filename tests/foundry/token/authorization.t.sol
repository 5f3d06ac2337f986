// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";

import {Base} from "../utils/Base.sol";

/// @notice Transfers of AIM that their sender signed and anybody hands in (ERC-3009).
contract AuthorizationTest is Base {
    string internal constant FIELDS =
        "(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)";
    bytes32 internal constant TRANSFER =
        keccak256(abi.encodePacked("TransferWithAuthorization", FIELDS));
    bytes32 internal constant RECEIVE =
        keccak256(abi.encodePacked("ReceiveWithAuthorization", FIELDS));
    bytes32 internal constant CANCEL =
        keccak256("CancelAuthorization(address authorizer,bytes32 nonce)");
    bytes32 internal constant NONCE = "nonce";

    address internal owner;
    uint256 internal signer;
    uint256 internal from;
    uint256 internal until;
    uint8 internal v;
    bytes32 internal r;
    bytes32 internal s;

    function setUp() public override {
        super.setUp();
        (owner, signer) = makeAddrAndKey("owner");
        deal(address(aim), owner, 10);
        (from, until) = (block.timestamp, block.timestamp + 10);
    }

    function _sign(bytes memory content) private {
        bytes32 hash = keccak256(content);
        (v, r, s) =
            vm.sign(signer, keccak256(abi.encodePacked(hex"1901", aim.DOMAIN_SEPARATOR(), hash)));
    }

    function _authorise(bytes32 kind) private {
        _sign(abi.encode(kind, owner, friend, 5, from, until, NONCE));
    }

    function _transfer(uint256 value) private {
        aim.transferWithAuthorization(owner, friend, value, from, until, NONCE, v, r, s);
    }

    function test_AnybodyHandsInASignedTransferOnce() public {
        _authorise(TRANSFER);
        vm.warp(from + 1);
        vm.expectEmit(address(aim));
        emit IERC3009.AuthorizationUsed(owner, NONCE);
        vm.prank(stranger);
        _transfer(5);
        assertEq(aim.balanceOf(friend), 5);
        assertTrue(aim.authorizationState(owner, NONCE));
        _expectRevert(
            abi.encodeWithSelector(ERC3009.ERC3009UsedAuthorization.selector, owner, NONCE)
        );
        _transfer(5);
    }

    function test_ItCountsAfterItsBeginningAndBeforeItsEnd() public {
        _authorise(TRANSFER);
        bytes memory failure =
            abi.encodeWithSelector(ERC3009.ERC3009InvalidAuthorizationTime.selector, from, until);
        _expectRevert(failure);
        _transfer(5);
        vm.warp(until);
        _expectRevert(failure);
        _transfer(5);
        vm.warp(until - 1);
        _transfer(5);
    }

    function test_NothingOfItCanBeChanged() public {
        _authorise(TRANSFER);
        vm.warp(from + 1);
        _expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        _transfer(6);
        _expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        aim.transferWithAuthorization(owner, stranger, 5, from, until, NONCE, v, r, s);
        _expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        aim.transferWithAuthorization(owner, friend, 5, from, until, "other", v, r, s);
        vm.chainId(block.chainid + 1);
        _expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        _transfer(5);
    }

    function test_WhatOnlyTheReceiverMayHandInIsTheirs() public {
        _authorise(RECEIVE);
        vm.warp(from + 1);
        _expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        _transfer(5);
        vm.prank(stranger);
        _expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, friend));
        aim.receiveWithAuthorization(owner, friend, 5, from, until, NONCE, v, r, s);
        vm.prank(friend);
        aim.receiveWithAuthorization(owner, friend, 5, from, until, NONCE, v, r, s);
        assertEq(aim.balanceOf(friend), 5);
    }

    function test_ACancelledAuthorisationIsUsedUp() public {
        _sign(abi.encode(CANCEL, owner, NONCE));
        aim.cancelAuthorization(owner, NONCE, v, r, s);
        _authorise(TRANSFER);
        vm.warp(from + 1);
        _expectRevert(
            abi.encodeWithSelector(ERC3009.ERC3009UsedAuthorization.selector, owner, NONCE)
        );
        _transfer(5);
    }
}
