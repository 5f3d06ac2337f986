// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {GovernanceBase} from "../../utils/GovernanceBase.sol";

contract VotesWrapWithPermitTest is GovernanceBase {
    uint256 internal constant AMOUNT = 5e18;

    address internal holder;
    uint256 internal secret;

    function setUp() public override {
        super.setUp();
        (holder, secret) = makeAddrAndKey("holder");
        aim.transfer(holder, AMOUNT);
    }

    function _sign(uint256 deadline) private view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 permit = keccak256(
            abi.encode(
                keccak256(
                    "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
                ),
                holder,
                address(votes),
                AMOUNT,
                aim.nonces(holder),
                deadline
            )
        );
        return
            vm.sign(secret, keccak256(abi.encodePacked(hex"1901", aim.DOMAIN_SEPARATOR(), permit)));
    }

    function test_WrapsAndDelegatesInOneTransaction() public {
        (uint8 v, bytes32 r, bytes32 s) = _sign(block.timestamp);
        vm.prank(holder);
        votes.wrapWithPermit(AMOUNT, friend, block.timestamp, v, r, s);
        assertEq(votes.balanceOf(holder), AMOUNT);
        assertEq(votes.getVotes(friend), AMOUNT);
        assertEq(aim.balanceOf(holder), 0);
        assertEq(aim.allowance(holder, address(votes)), 0);
    }

    function test_WrapsWhereSomebodyElseSubmittedThePermitFirst() public {
        (uint8 v, bytes32 r, bytes32 s) = _sign(block.timestamp);
        vm.prank(stranger);
        aim.permit(holder, address(votes), AMOUNT, block.timestamp, v, r, s);
        vm.prank(holder);
        votes.wrapWithPermit(AMOUNT, friend, block.timestamp, v, r, s);
        assertEq(votes.getVotes(friend), AMOUNT);
    }

    function test_AnAllowanceWillDo() public {
        vm.startPrank(holder);
        aim.approve(address(votes), AMOUNT);
        votes.wrapWithPermit(AMOUNT, friend, 0, 0, 0, 0);
        assertEq(votes.getVotes(friend), AMOUNT);
    }

    function test_RevertsWhereThePermitIsTooLate() public {
        uint256 deadline = block.timestamp - 1;
        (uint8 v, bytes32 r, bytes32 s) = _sign(deadline);
        vm.prank(holder);
        _expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(votes), 0, AMOUNT
            )
        );
        votes.wrapWithPermit(AMOUNT, friend, deadline, v, r, s);
    }

    function test_APermitOfAnotherAccountWrapsNothing() public {
        (uint8 v, bytes32 r, bytes32 s) = _sign(block.timestamp);
        vm.prank(stranger);
        _expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(votes), 0, AMOUNT
            )
        );
        votes.wrapWithPermit(AMOUNT, stranger, block.timestamp, v, r, s);
    }
}
