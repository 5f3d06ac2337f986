// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClaims} from "../../../../interfaces/IClaims.sol";
import {IEvidence} from "../../../../interfaces/IEvidence.sol";
import {Claim, ClaimId, ClaimRecord, ClaimState} from "../../../../interfaces/types/Claims.sol";
import {Ruling} from "../../../../interfaces/types/Deals.sol";
import {ClaimsBase} from "../../utils/ClaimsBase.sol";

contract OpenTest is ClaimsBase {
    function test_HoldsTheDealAndTakesTheCost() public {
        Claim memory claim = _claim();
        ClaimId id = claims.claimIdOf(claim);
        uint40 deadline = uint40(block.timestamp) + OPPOSITION;
        vm.expectEmit(address(claims));
        emit IClaims.ClaimOpened(
            id, address(target), claimant, COST, deadline, EVIDENCE, claim.what
        );
        _open(claim);
        ClaimRecord memory record = claims.recordOf(id);
        assertClaim(id, ClaimState.Open, Ruling.None);
        assertEq(record.deadline, deadline);
        assertEq(record.deposit, COST);
        assertEq(record.opposer, address(0));
        assertEq(target.held(), 1);
        assertEq(address(claims).balance, COST);
    }

    function test_AnIdIsTheHashOfChainContractAndClaim() public view {
        Claim memory claim = _claim();
        bytes32 domain = keccak256(abi.encode(block.chainid, address(claims)));
        assertEq(ClaimId.unwrap(claims.claimIdOf(claim)), keccak256(abi.encode(domain, claim)));
        assertEq(claims.domain(), domain);
        assertTrue(
            ClaimId.unwrap(juryClaims.claimIdOf(claim)) != ClaimId.unwrap(claims.claimIdOf(claim))
        );
    }

    function test_NamesTheArbitratorCourtAndJurors() public view {
        assertEq(address(claims.arbitrator()), address(arbiter));
        assertEq(claims.extraData(), abi.encode(4, 3));
        assertEq(claims.cost(), COST);
    }

    function test_SaysWhatIsAsked() public {
        vm.expectEmit();
        emit IEvidence.MetaEvidence(0, _path(QUESTION));
        _claims(arbiter);
    }

    function test_NeedsAnArbitrator() public {
        bytes memory code =
            bytes.concat(vm.getCode("Claims.sol:Claims"), abi.encode(stranger, 4, 3, QUESTION));
        _expectRevert(abi.encodeWithSelector(IClaims.Claims_NoArbitrator.selector, stranger));
        assembly ("memory-safe") {
            pop(create(0, add(code, 32), mload(code)))
        }
    }

    /* EVIDENCE */

    function test_EvidenceIsFoundByItsDigest() public {
        Claim memory claim = _claim();
        uint256 group = uint256(ClaimId.unwrap(claims.claimIdOf(claim)));
        vm.prank(claimant);
        vm.expectEmit(address(claims));
        emit IEvidence.Evidence(address(arbiter), group, claimant, _path(bytes32(uint256(0xab))));
        claims.open{value: COST}(claim, bytes32(uint256(0xab)));
    }

    function test_NoEvidenceIsToldAsNone() public {
        vm.recordLogs();
        vm.prank(claimant);
        claims.open{value: COST}(_claim(), 0);
        assertEq(vm.getRecordedLogs().length, 1);
    }

    function test_AnybodyAddsEvidenceUntilItIsOver() public {
        ClaimId id = _open(_claim());
        vm.expectEmit(address(claims));
        emit IClaims.EvidenceAdded(id, stranger, EVIDENCE);
        vm.expectEmit(address(claims));
        emit IEvidence.Evidence(
            address(arbiter), uint256(ClaimId.unwrap(id)), stranger, _path(EVIDENCE)
        );
        vm.prank(stranger);
        claims.addEvidence(id, EVIDENCE);
        _oppose(id);
        claims.addEvidence(id, EVIDENCE);
        _rule(1);
        _expectRevert(abi.encodeWithSelector(IClaims.Claims_ClaimOver.selector, id));
        claims.addEvidence(id, EVIDENCE);
    }

    function test_NothingIsAddedToNoClaim() public {
        _expectRevert(IClaims.Claims_ClaimOver.selector);
        claims.addEvidence(ClaimId.wrap(0), EVIDENCE);
    }

    /* MONEY */

    /// forge-config: default.fuzz.runs = 32
    function testFuzz_WhatIsSentBeyondTheCostIsCredited(uint256 more) public {
        more = bound(more, 0, 10 ether);
        vm.prank(claimant);
        claims.open{value: COST + more}(_claim(), EVIDENCE);
        assertEq(claims.credit(claimant), more);
        assertEq(claims.recordOf(claims.claimIdOf(_claim())).deposit, COST);
    }

    function test_RevertsForLessThanTheCost() public {
        vm.prank(claimant);
        _expectRevert(abi.encodeWithSelector(IClaims.Claims_TooLittleSent.selector, COST, COST - 1));
        claims.open{value: COST - 1}(_claim(), EVIDENCE);
    }

    /* WHO AND HOW OFTEN */

    function test_RevertsForAnybodyButTheClaimant() public {
        vm.deal(stranger, COST);
        vm.prank(stranger);
        _expectRevert(abi.encodeWithSelector(IClaims.Claims_NotClaimant.selector, claimant));
        claims.open{value: COST}(_claim(), EVIDENCE);
    }

    function test_RevertsASecondTimeWhateverBecameOfIt() public {
        Claim memory claim = _claim();
        ClaimId id = _open(claim);
        bytes memory failure = abi.encodeWithSelector(IClaims.Claims_ClaimExists.selector, id);
        vm.prank(claimant);
        _expectRevert(failure);
        claims.open{value: COST}(claim, EVIDENCE);
        vm.warp(block.timestamp + OPPOSITION + 1);
        claims.execute(claim);
        vm.prank(claimant);
        _expectRevert(failure);
        claims.open{value: COST}(claim, EVIDENCE);
    }

    function _path(bytes32 digest) private pure returns (string memory) {
        bytes memory hexed = bytes(vm.toString(digest));
        bytes memory plain = new bytes(64);
        for (uint256 i; i < 64; ++i) {
            plain[i] = hexed[i + 2];
        }
        return string.concat("/ipfs/f01551220", string(plain));
    }
}
