// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";

import {GovernanceBase} from "../../utils/GovernanceBase.sol";

contract VotesDelegateTest is GovernanceBase {
    uint256 internal constant AMOUNT = 5e18;

    address internal holder;
    uint256 internal secret;

    function setUp() public override {
        super.setUp();
        (holder, secret) = makeAddrAndKey("holder");
        _wrap(holder, AMOUNT);
    }

    function _sign(address delegatee, uint256 nonce, uint256 expiry)
        private
        view
        returns (uint8 v, bytes32 r, bytes32 s)
    {
        bytes32 delegation = keccak256(
            abi.encode(
                keccak256("Delegation(address delegatee,uint256 nonce,uint256 expiry)"),
                delegatee,
                nonce,
                expiry
            )
        );
        return vm.sign(
            secret, keccak256(abi.encodePacked(hex"1901", votes.DOMAIN_SEPARATOR(), delegation))
        );
    }

    function test_AllVotesOfAnAccountCountForOne() public {
        vm.prank(holder);
        votes.delegate(friend);
        assertEq(votes.getVotes(holder), 0);
        assertEq(votes.getVotes(friend), AMOUNT);
        _pass(1);
        assertEq(votes.getPastVotes(friend, block.timestamp - 1), AMOUNT);
    }

    function test_VotesAreNotDelegatedOn() public {
        vm.prank(holder);
        votes.delegate(friend);
        vm.prank(friend);
        votes.delegate(stranger);
        assertEq(votes.getVotes(friend), AMOUNT);
        assertEq(votes.getVotes(stranger), 0);
    }

    function test_WhatIsTransferredCountsForWhomTheReceiverChose() public {
        vm.prank(friend);
        votes.delegate(stranger);
        vm.prank(holder);
        votes.transfer(friend, 2);
        assertEq(votes.getVotes(holder), AMOUNT - 2);
        assertEq(votes.getVotes(stranger), 2);
    }

    function test_ASignatureDelegatesUntilItsLastSecond() public {
        (uint8 v, bytes32 r, bytes32 s) = _sign(friend, 0, block.timestamp);
        votes.delegateBySig(friend, 0, block.timestamp, v, r, s);
        assertEq(votes.delegates(holder), friend);
    }

    function test_RevertsAfterTheSignaturesLastSecond() public {
        uint256 expiry = block.timestamp;
        (uint8 v, bytes32 r, bytes32 s) = _sign(friend, 0, expiry);
        _pass(1);
        _expectRevert(abi.encodeWithSelector(IVotes.VotesExpiredSignature.selector, expiry));
        votes.delegateBySig(friend, 0, expiry, v, r, s);
    }

    function test_ASignatureDelegatesOnce() public {
        (uint8 v, bytes32 r, bytes32 s) = _sign(friend, 0, block.timestamp);
        votes.delegateBySig(friend, 0, block.timestamp, v, r, s);
        vm.prank(holder);
        votes.delegate(holder);
        _expectRevert(abi.encodeWithSignature("InvalidAccountNonce(address,uint256)", holder, 1));
        votes.delegateBySig(friend, 0, block.timestamp, v, r, s);
        assertEq(votes.delegates(holder), holder);
        assertEq(votes.nonces(holder), 1);
    }

    /// @dev A delegation names no signer: whoever else it turns out to be has nothing to delegate.
    function test_AChangedSignatureIsSomebodyElses() public {
        (uint8 v, bytes32 r, bytes32 s) = _sign(friend, 0, block.timestamp);
        votes.delegateBySig(stranger, 0, block.timestamp, v, r, s);
        assertEq(votes.delegates(holder), holder);
        assertEq(votes.getVotes(stranger), 0);
    }

    function test_TheSecondItselfIsNotKnownYet() public {
        _expectRevert(
            abi.encodeWithSignature(
                "ERC5805FutureLookup(uint256,uint48)", block.timestamp, block.timestamp
            )
        );
        votes.getPastVotes(holder, block.timestamp);
    }
}
