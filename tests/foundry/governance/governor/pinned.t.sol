// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";

import {IDaimmGovernor} from "../../../../interfaces/IDaimmGovernor.sol";
import {GovernanceBase} from "../../utils/GovernanceBase.sol";

/// @notice What a proposal calls is the code that was voted on, or nothing.
contract GovernorPinnedTest is GovernanceBase {
    /// @dev Of code that succeeds whatever it is called with: STOP, and as long as one pleases.
    bytes internal constant ANOTHER = hex"0000";

    address internal target;
    Proposal internal made;

    function setUp() public override {
        super.setUp();
        target = makeAddr("target");
        vm.etch(target, hex"00");
        made = _proposal(target, hex"12345678");
    }

    function _expectChanged(address changed) private {
        _expectRevert(
            abi.encodeWithSelector(IDaimmGovernor.DaimmGovernor_CodeChanged.selector, changed)
        );
    }

    function test_RevertsAtTheQueueWhereTheCodeChangedDuringTheVote() public {
        uint256 id = _proposeAndOpen(made);
        _vote(voter, id, FOR);
        vm.etch(target, ANOTHER);
        vm.warp(governor.proposalDeadline(id) + 1);
        _expectChanged(target);
        _queue(made);
        assertState(id, IGovernor.ProposalState.Succeeded);
    }

    function test_RevertsAtTheExecutionWhereTheCodeChangedInTheTimelock() public {
        uint256 id = _winAndQueue(made);
        vm.etch(target, ANOTHER);
        vm.expectCall(target, hex"12345678", 0);
        _expectChanged(target);
        _execute(made);
        assertState(id, IGovernor.ProposalState.Queued);
    }

    function test_RevertsWhereTheCodeIsGone() public {
        _winAndQueue(made);
        vm.etch(target, "");
        _expectChanged(target);
        _execute(made);
    }

    function test_ExecutesOnceTheCodeIsBack() public {
        _winAndQueue(made);
        vm.etch(target, ANOTHER);
        _expectChanged(target);
        _execute(made);
        vm.etch(target, hex"00");
        vm.expectCall(target, hex"12345678", 1);
        _execute(made);
    }

    function test_NamesTheTargetThatChangedAmongSeveral() public {
        address second = makeAddr("second");
        vm.etch(second, hex"00");
        made = _and(made, _proposal(second, hex"12345678"));
        _winAndQueue(made);
        vm.etch(second, ANOTHER);
        vm.expectCall(target, hex"12345678", 0);
        _expectChanged(second);
        _execute(made);
    }

    function test_RevertsWhereAnAccountWithoutCodeGotSome() public {
        address receiver = makeAddr("receiver");
        vm.deal(address(timelock), 1 ether);
        made = _proposal(receiver, 1 ether, "");
        _winAndQueue(made);
        vm.etch(receiver, ANOTHER);
        _expectChanged(receiver);
        _execute(made);
        assertEq(receiver.balance, 0);
    }

    /// @dev As an account does that signs an EIP-7702 delegation.
    function test_RevertsWhereAnAccountDelegatedItsCode() public {
        address receiver = makeAddr("receiver");
        vm.deal(address(timelock), 1 ether);
        made = _proposal(receiver, 1 ether, "");
        _winAndQueue(made);
        vm.etch(receiver, abi.encodePacked(hex"ef0100", target));
        _expectChanged(receiver);
        _execute(made);
    }

    function test_RevertsWhereADelegationMovedToOtherCode() public {
        address receiver = makeAddr("receiver");
        vm.etch(receiver, abi.encodePacked(hex"ef0100", target));
        made = _proposal(receiver, hex"12345678");
        _winAndQueue(made);
        vm.etch(receiver, abi.encodePacked(hex"ef0100", address(market)));
        _expectChanged(receiver);
        _execute(made);
    }

    /// @dev The first wei makes an account, whose code hash is then that of no code instead of zero.
    function test_AWeiSentToAnAccountWithoutCodeBlocksNothing() public {
        address receiver = makeAddr("receiver");
        vm.deal(address(timelock), 1 ether);
        made = _proposal(receiver, 1 ether, "");
        assertEq(receiver.codehash, bytes32(0));
        _winAndQueue(made);
        vm.deal(receiver, 1);
        assertEq(receiver.codehash, keccak256(""));
        _execute(made);
        assertEq(receiver.balance, 1 ether + 1);
    }

    /// @dev What CREATE2 puts at an address that was known before is code that nobody saw at the vote.
    function test_RevertsWhereADeploymentCameAfterTheVote() public {
        bytes32 salt = "salt";
        bytes memory creation = hex"6001600c60003960016000f300";
        address place = vm.computeCreate2Address(salt, keccak256(creation), address(this));
        vm.deal(address(timelock), 1 ether);
        made = _proposal(place, 1 ether, "");
        _winAndQueue(made);
        address deployed;
        assembly {
            deployed := create2(0, add(creation, 32), mload(creation), salt)
        }
        assertEq(deployed, place);
        assertEq(place.code.length, 1);
        _expectChanged(place);
        _execute(made);
    }

    /// @dev Pinned is what each proposal saw, not what the newest saw.
    function test_TwoProposalsOfOneTargetArePinnedApart() public {
        uint256 id = _propose(made);
        vm.etch(target, ANOTHER);
        Proposal memory later = _proposal(target, hex"12345678");
        later.description = "later";
        uint256 next = _propose(later);
        assertEq(governor.pinnedCode(id, target), keccak256(hex"00"));
        assertEq(governor.pinnedCode(next, target), keccak256(ANOTHER));
        vm.warp(governor.proposalSnapshot(id) + 1);
        _vote(voter, id, FOR);
        _vote(voter, next, FOR);
        vm.warp(governor.proposalDeadline(id) + 1);
        _expectChanged(target);
        _queue(made);
        _queue(later);
    }
}
