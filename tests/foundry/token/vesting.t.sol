// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVesting} from "../../../interfaces/IVesting.sol";
import {Base} from "../utils/Base.sol";
import {VestingUnderTest} from "../utils/Deployed.sol";

contract VestingTest is Base {
    uint64 internal constant DURATION = 400 days;
    uint64 internal constant CLIFF = 100 days;
    uint256 internal constant AMOUNT = 400e18;

    VestingUnderTest internal vesting;
    address internal beneficiary = makeAddr("beneficiary");
    uint64 internal start;

    function setUp() public override {
        super.setUp();
        start = uint64(block.timestamp) + 1 days;
        vesting = VestingUnderTest(
            payable(vm.deployCode(
                    "Vesting.sol:Vesting", abi.encode(beneficiary, start, DURATION, CLIFF)
                ))
        );
        aim.transfer(address(vesting), AMOUNT);
    }

    function _release() private {
        vesting.release(address(aim));
    }

    function test_StartsWithItsSchedule() public view {
        assertEq(vesting.owner(), beneficiary);
        assertEq(vesting.start(), start);
        assertEq(vesting.duration(), DURATION);
        assertEq(vesting.cliff(), start + CLIFF);
        assertEq(vesting.end(), start + DURATION);
    }

    function test_ReleasesNothingBeforeTheCliffAndItsPartAtIt() public {
        vm.warp(start + CLIFF - 1);
        assertEq(vesting.releasable(address(aim)), 0);
        _release();
        assertEq(aim.balanceOf(beneficiary), 0);
        vm.warp(start + CLIFF);
        _release();
        assertEq(aim.balanceOf(beneficiary), 100e18);
    }

    function test_ReleasesEvenlyAndAllAtTheEnd() public {
        vm.warp(start + DURATION / 2);
        _release();
        assertEq(aim.balanceOf(beneficiary), AMOUNT / 2);
        _release();
        assertEq(aim.balanceOf(beneficiary), AMOUNT / 2, "nothing twice");
        vm.warp(start + DURATION - 1);
        assertLt(vesting.vestedAmount(address(aim), uint64(block.timestamp)), AMOUNT);
        vm.warp(start + DURATION);
        vm.prank(stranger);
        _release();
        assertEq(aim.balanceOf(beneficiary), AMOUNT);
        assertEq(vesting.released(address(aim)), AMOUNT);
    }

    function test_WhatComesLaterVestsAsIfItHadBeenThere() public {
        vm.warp(start + DURATION / 2);
        _release();
        aim.transfer(address(vesting), AMOUNT);
        assertEq(vesting.releasable(address(aim)), AMOUNT / 2);
    }

    function test_ReleasesEtherToo() public {
        vm.deal(address(vesting), 4 ether);
        vm.warp(start + CLIFF);
        vesting.release();
        assertEq(beneficiary.balance, 1 ether);
    }

    function test_TheBeneficiaryNamesAnother() public {
        vm.prank(beneficiary);
        vesting.transferOwnership(friend);
        vm.warp(start + DURATION);
        _release();
        assertEq(aim.balanceOf(friend), AMOUNT);
    }

    function test_NobodyElseNamesABeneficiary() public {
        _expectRevert(abi.encodeWithSignature("OwnableUnauthorizedAccount(address)", stranger));
        vm.prank(stranger);
        vesting.transferOwnership(stranger);
    }

    function test_TheBeneficiaryIsNotGivenUp() public {
        _expectRevert(abi.encodeWithSelector(IVesting.Vesting_BeneficiaryNeeded.selector));
        vm.prank(beneficiary);
        vesting.renounceOwnership();
        _expectRevert(abi.encodeWithSignature("OwnableInvalidOwner(address)", address(0)));
        vm.prank(beneficiary);
        vesting.transferOwnership(address(0));
    }

    function test_RevertsWhereTheCliffIsAfterTheEnd() public {
        _expectRevert(
            abi.encodeWithSignature("InvalidCliffDuration(uint64,uint64)", DURATION + 1, DURATION)
        );
        vm.deployCode("Vesting.sol:Vesting", abi.encode(beneficiary, start, DURATION, DURATION + 1));
    }
}
