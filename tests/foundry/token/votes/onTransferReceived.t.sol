// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";

import {IAIMVotes} from "../../../../interfaces/IAIMVotes.sol";
import {GovernanceBase} from "../../utils/GovernanceBase.sol";

contract VotesOnTransferReceivedTest is GovernanceBase {
    uint256 internal constant AMOUNT = 5e18;

    address internal holder = makeAddr("holder");
    address internal spender = makeAddr("spender");

    function setUp() public override {
        super.setUp();
        aim.transfer(holder, 2 * AMOUNT);
    }

    function _pay(bytes memory data) private {
        vm.prank(holder);
        aim.transferAndCall(address(votes), AMOUNT, data);
    }

    function _allow() private {
        vm.prank(holder);
        aim.approve(spender, type(uint256).max);
        vm.prank(spender);
    }

    function test_WrapsForWhoPays() public {
        _pay("");
        assertEq(votes.balanceOf(holder), AMOUNT);
        assertEq(votes.delegates(holder), address(0));
        assertEq(votes.getVotes(holder), 0);
    }

    function test_WrapsAndDelegatesInOneTransaction() public {
        vm.expectEmit(address(votes));
        emit IVotes.DelegateChanged(holder, address(0), friend);
        _pay(abi.encode(friend));
        assertEq(votes.balanceOf(holder), AMOUNT);
        assertEq(votes.delegates(holder), friend);
        assertEq(votes.getVotes(friend), AMOUNT);
    }

    function test_APaymentWithoutADelegateLeavesTheDelegate() public {
        _pay(abi.encode(friend));
        _pay("");
        assertEq(votes.delegates(holder), friend);
        assertEq(votes.getVotes(friend), 2 * AMOUNT);
    }

    function test_ASpenderWrapsForTheHolderAndNotForThemselves() public {
        _pay(abi.encode(friend));
        _allow();
        aim.transferFromAndCall(holder, address(votes), AMOUNT);
        assertEq(votes.balanceOf(holder), 2 * AMOUNT);
        assertEq(votes.balanceOf(spender), 0);
        assertEq(votes.delegates(holder), friend);
    }

    function test_ASpenderDoesNotSayWhomTheHolderVotesFor() public {
        _allow();
        _expectRevert(
            abi.encodeWithSelector(IAIMVotes.AIMVotes_NotHolder.selector, spender, holder)
        );
        aim.transferFromAndCall(holder, address(votes), AMOUNT, abi.encode(spender));
    }

    function test_RevertsForDataThatIsNoAccount() public {
        bytes[4] memory wrong = [
            bytes("short"),
            abi.encode(friend, friend),
            abi.encode(uint256(type(uint160).max) + 1),
            abi.encodePacked(abi.encode(friend), hex"00")
        ];
        for (uint256 i; i < wrong.length; ++i) {
            _expectRevert(abi.encodeWithSelector(IAIMVotes.AIMVotes_WrongData.selector));
            _pay(wrong[i]);
        }
    }

    function test_AnotherTokenWrapsNothing() public {
        vm.prank(stranger);
        _expectRevert(abi.encodeWithSelector(IAIMVotes.AIMVotes_NotAim.selector, stranger));
        votes.onTransferReceived(stranger, stranger, AMOUNT, "");
    }
}
