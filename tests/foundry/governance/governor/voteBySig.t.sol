// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

import {GovernorUnderTest} from "../../utils/Deployed.sol";
import {GovernanceBase} from "../../utils/GovernanceBase.sol";

contract GovernorVoteBySigTest is GovernanceBase {
    uint256 internal constant WEIGHT = 5e18;

    address internal signer;
    uint256 internal secret;
    uint256 internal id;

    function setUp() public override {
        super.setUp();
        (signer, secret) = makeAddrAndKey("signer");
        _wrap(signer, WEIGHT);
        id = _proposeAndOpen(_resume("one"));
    }

    function _resume(string memory description) private view returns (Proposal memory made) {
        made = _proposal(address(market), abi.encodeCall(market.resumeNewBusiness, ()));
        made.description = description;
    }

    function _domain(GovernorUnderTest of_, uint256 chain) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("DaimmGovernor"),
                keccak256("1"),
                chain,
                of_
            )
        );
    }

    function _signed(bytes32 domain, bytes32 structHash) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(secret, keccak256(abi.encodePacked(hex"1901", domain, structHash)));
        return abi.encodePacked(r, s, v);
    }

    function _ballot(uint256 proposal, uint8 support, uint256 nonce)
        private
        view
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                keccak256("Ballot(uint256 proposalId,uint8 support,address voter,uint256 nonce)"),
                proposal,
                support,
                signer,
                nonce
            )
        );
    }

    function _extended(uint256 proposal, uint8 support, string memory reason, uint256 nonce)
        private
        view
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                keccak256(
                    "ExtendedBallot(uint256 proposalId,uint8 support,address voter,uint256 nonce,string reason,bytes params)"
                ),
                proposal,
                support,
                signer,
                nonce,
                keccak256(bytes(reason)),
                keccak256("")
            )
        );
    }

    function _sign(uint256 proposal, uint8 support) private view returns (bytes memory) {
        return _signed(
            _domain(governor, block.chainid), _ballot(proposal, support, governor.nonces(signer))
        );
    }

    function _expectInvalid() private {
        _expectRevert(abi.encodeWithSelector(IGovernor.GovernorInvalidSignature.selector, signer));
    }

    function test_AnybodyHandsInASignedVote() public {
        bytes memory signature = _sign(id, FOR);
        vm.expectEmit(address(governor));
        emit IGovernor.VoteCast(signer, id, FOR, WEIGHT, "");
        vm.prank(stranger);
        governor.castVoteBySig(id, FOR, signer, signature);
        assertTrue(governor.hasVoted(id, signer));
        assertFalse(governor.hasVoted(id, stranger));
        assertEq(governor.nonces(signer), 1);
    }

    function test_AnybodyHandsInASignedVoteWithItsReason() public {
        bytes memory signature =
            _signed(_domain(governor, block.chainid), _extended(id, AGAINST, "too early", 0));
        vm.expectEmit(address(governor));
        emit IGovernor.VoteCast(signer, id, AGAINST, WEIGHT, "too early");
        governor.castVoteWithReasonAndParamsBySig(id, AGAINST, signer, "too early", "", signature);
    }

    function test_AReasonIsPartOfWhatIsSigned() public {
        bytes memory signature =
            _signed(_domain(governor, block.chainid), _extended(id, FOR, "good", 0));
        _expectInvalid();
        governor.castVoteWithReasonAndParamsBySig(id, FOR, signer, "bad", "", signature);
    }

    function test_ASignatureCountsOnce() public {
        bytes memory signature = _sign(id, FOR);
        governor.castVoteBySig(id, FOR, signer, signature);
        _expectInvalid();
        governor.castVoteBySig(id, FOR, signer, signature);
    }

    /// @dev The first signature of two with the same number is the last that counts.
    function test_ASignatureIsOfOneProposalAndOneAnswer() public {
        uint256 other = _propose(_resume("other"));
        vm.warp(governor.proposalSnapshot(other) + 1);
        bytes memory signature = _sign(id, FOR);
        _expectInvalid();
        governor.castVoteBySig(other, FOR, signer, signature);
        _expectInvalid();
        governor.castVoteBySig(id, AGAINST, signer, signature);
        _expectRevert(abi.encodeWithSelector(IGovernor.GovernorInvalidSignature.selector, stranger));
        governor.castVoteBySig(id, FOR, stranger, signature);
        governor.castVoteBySig(id, FOR, signer, signature);
    }

    function test_ASignatureIsOfOneGovernorAndOneChain() public {
        GovernorUnderTest other = _deployGovernor(_governorTerms());
        bytes32 ballot = _ballot(id, FOR, 0);
        bytes memory signature = _signed(_domain(other, block.chainid), ballot);
        _expectInvalid();
        governor.castVoteBySig(id, FOR, signer, signature);
        signature = _signed(_domain(governor, block.chainid + 1), ballot);
        _expectInvalid();
        governor.castVoteBySig(id, FOR, signer, signature);
    }

    function test_ASignedVoteAfterAnotherVoteOfTheSameAccountIsRefused() public {
        bytes memory signature = _sign(id, FOR);
        _vote(signer, id, AGAINST);
        _expectRevert(abi.encodeWithSelector(IGovernor.GovernorAlreadyCastVote.selector, signer));
        governor.castVoteBySig(id, FOR, signer, signature);
    }

    function test_ASignatureHandedInTooEarlyIsNotSpent() public {
        Proposal memory made = _resume("next");
        uint256 next = _propose(made);
        bytes memory signature = _sign(next, FOR);
        _expectRevert(IGovernor.GovernorUnexpectedProposalState.selector);
        governor.castVoteBySig(next, FOR, signer, signature);
        vm.warp(governor.proposalSnapshot(next) + 1);
        governor.castVoteBySig(next, FOR, signer, signature);
    }

    function test_RevertsForAMalformedSignature() public {
        _expectInvalid();
        governor.castVoteBySig(id, FOR, signer, "short");
    }

    function test_AContractSignsByERC1271() public {
        address wallet = address(new Wallet());
        _wrap(wallet, WEIGHT);
        uint256 next = _proposeAndOpen(_resume("next"));
        governor.castVoteBySig(next, FOR, wallet, "yes");
        assertTrue(governor.hasVoted(next, wallet));
        _expectRevert(abi.encodeWithSelector(IGovernor.GovernorInvalidSignature.selector, wallet));
        governor.castVoteBySig(id, FOR, wallet, "no");
    }
}

/// @notice Whose every signature is "yes".
contract Wallet {
    function isValidSignature(bytes32, bytes calldata signature) external pure returns (bytes4) {
        return
            keccak256(signature) == keccak256("yes")
                ? IERC1271.isValidSignature.selector
                : bytes4(0);
    }

    function onTransferReceived(address, address, uint256, bytes calldata)
        external
        pure
        returns (bytes4)
    {
        return this.onTransferReceived.selector;
    }
}
