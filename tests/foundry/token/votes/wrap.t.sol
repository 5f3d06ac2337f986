// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {GovernanceBase} from "../../utils/GovernanceBase.sol";

contract VotesWrapTest is GovernanceBase {
    uint256 internal constant AMOUNT = 5e18;

    address internal holder = makeAddr("holder");

    function setUp() public override {
        super.setUp();
        aim.transfer(holder, AMOUNT);
        vm.startPrank(holder);
        aim.approve(address(votes), AMOUNT);
        vm.stopPrank();
    }

    function _deposit(address account) private {
        vm.prank(holder);
        votes.depositFor(account, AMOUNT);
    }

    function test_HasTheTokensNameDecimalsAndClock() public view {
        assertEq(votes.name(), "AIM Votes");
        assertEq(votes.symbol(), "AIMV");
        assertEq(votes.decimals(), 18);
        assertEq(votes.underlying(), address(aim));
        assertEq(votes.clock(), block.timestamp);
        assertEq(votes.CLOCK_MODE(), "mode=timestamp");
    }

    function test_WrapsOneForOneForAnybody() public {
        uint256 before = aim.balanceOf(address(votes));
        _deposit(friend);
        assertEq(votes.balanceOf(friend), AMOUNT);
        assertEq(votes.balanceOf(holder), 0);
        assertEq(aim.balanceOf(address(votes)), before + AMOUNT);
        assertEq(votes.totalSupply(), before + AMOUNT);
    }

    function test_UnwrapsOneForOneToAnybody() public {
        _deposit(holder);
        vm.prank(holder);
        votes.withdrawTo(friend, AMOUNT);
        assertEq(aim.balanceOf(friend), AMOUNT);
        assertEq(votes.balanceOf(holder), 0);
        assertEq(votes.totalSupply(), aim.balanceOf(address(votes)));
    }

    function test_UnwrappingTakesTheVotesAlong() public {
        _deposit(holder);
        vm.startPrank(holder);
        votes.delegate(friend);
        votes.withdrawTo(holder, 1);
        assertEq(votes.getVotes(friend), AMOUNT - 1);
    }

    function test_NobodyUnwrapsWhatTheyDoNotHave() public {
        _deposit(holder);
        vm.prank(stranger);
        _expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientBalance.selector, stranger, 0, AMOUNT
            )
        );
        votes.withdrawTo(stranger, AMOUNT);
    }

    function test_NothingIsWrappedForOrUnwrappedToTheWrapperItself() public {
        _expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(votes))
        );
        _deposit(address(votes));
        _deposit(holder);
        vm.prank(holder);
        _expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(votes))
        );
        votes.withdrawTo(address(votes), AMOUNT);
    }

    /// @dev There is no share price that a first wrapper could move: a gift changes nobody's part.
    function test_AGiftToTheWrapperIsNobodys() public {
        aim.transfer(address(votes), AMOUNT);
        uint256 wrapped = votes.totalSupply();
        _deposit(holder);
        assertEq(votes.totalSupply(), wrapped + AMOUNT);
        vm.prank(holder);
        votes.withdrawTo(holder, AMOUNT);
        assertEq(aim.balanceOf(holder), AMOUNT);
        assertEq(aim.balanceOf(address(votes)), wrapped + AMOUNT);
    }
}
