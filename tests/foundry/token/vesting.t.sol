// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

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

    function test_ReleasesNothingBeforeTheCliffAndItsPartAtIt() public {
        vm.warp(start + CLIFF - 1);
        assertEq(vesting.releasable(address(aim)), 0);
        vesting.release(address(aim));
        assertEq(aim.balanceOf(beneficiary), 0);
        vm.warp(start + CLIFF);
        vesting.release(address(aim));
        assertEq(aim.balanceOf(beneficiary), 100e18);
    }
}
