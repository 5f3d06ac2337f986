// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {IDrandRandomness} from "../../../interfaces/IDrandRandomness.sol";
import {IRandomness} from "../../../interfaces/IRandomness.sol";

contract DrandRandomnessTest is Test {
    /// In the order of their names, as forge decodes JSON.
    struct Beacon {
        bytes32 randomness;
        uint64 round;
        bytes signature;
    }

    uint256 internal constant GENESIS = 1_727_521_075;
    uint256 internal constant P =
        0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47;
    uint256 internal constant LAG = 1 hours;
    uint64 internal constant APART = 2400;

    IDrandRandomness internal source;
    Beacon[] internal beacons;

    function setUp() public {
        source =
            IDrandRandomness(vm.deployCode("DrandRandomness.sol:DrandRandomness", abi.encode(LAG)));
        Beacon[] memory published = abi.decode(
            vm.parseJson(vm.readFile("tests/vectors/drand.json"), ".beacons"), (Beacon[])
        );
        for (uint256 i; i < published.length; ++i) {
            beacons.push(published[i]);
        }
        vm.warp(source.timeOf(20_000_000));
    }

    /* VALUES */

    /// Among them all three places to which a number is mapped, and both signs.
    function test_WhatWasPublished() public view {
        assertEq(beacons.length, 7);
        for (uint256 i; i < beacons.length; ++i) {
            assertEq(source.valueOf(beacons[i].round, beacons[i].signature), beacons[i].randomness);
        }
    }

    function test_GasIsBounded() public {
        for (uint256 i; i < beacons.length; ++i) {
            source.valueOf(beacons[i].round, beacons[i].signature);
            assertLt(vm.lastCallGas().gasTotalUsed, 160_000);
        }
    }

    function test_RevertWhen_TheSignatureIsOfAnotherRound() public {
        for (uint256 i; i < beacons.length; ++i) {
            uint64 other = beacons[(i + 1) % beacons.length].round;
            _refused(other, beacons[i].signature);
        }
    }

    function test_RevertWhen_TheSignatureIsMirrored() public {
        (uint256 x, uint256 y) = _point();
        _refused(beacons[0].round, abi.encode(x, P - y));
    }

    /// What is not below the modulus is the same point to who reduces it: a second proof, with another hash.
    function test_RevertWhen_ACoordinateIsNotReduced() public {
        (uint256 x, uint256 y) = _point();
        _refused(beacons[0].round, abi.encode(x + P, y));
        _refused(beacons[0].round, abi.encode(x, y + P));
    }

    /// Infinity would be a signature of everything.
    function test_RevertWhen_ThePointIsNone() public {
        _refused(beacons[0].round, abi.encode(0, 0));
        _refused(beacons[0].round, abi.encode(1, 1));
    }

    function test_RevertWhen_TheProofHasAnotherLength() public {
        bytes memory signature = beacons[0].signature;
        _refused(beacons[0].round, "");
        _refused(beacons[0].round, bytes.concat(signature, hex"00"));
        (uint256 x,) = _point();
        _refused(beacons[0].round, abi.encode(x));
    }

    /// Each round is hashed to the curve, or the precompile that adds would not answer.
    function testFuzz_RevertWhen_AnybodySigns(uint256 secret, uint64 round) public {
        secret = bound(secret, 1, P / 2);
        (, bytes memory point) = address(7).staticcall(abi.encode(1, 2, secret));
        _refused(uint64(bound(round, 1, 20_000_000)), point);
    }

    /// The precompile would burn all gas for a point that is none.
    function test_NoGasIsBurnedForWhatIsNoPoint() public {
        (uint256 x, uint256 y) = _point();
        uint256 before = gasleft();
        _refused(beacons[0].round, abi.encode(x + P, y));
        _refused(beacons[0].round, abi.encode(x, y + P));
        _refused(beacons[0].round, abi.encode(1, 1));
        assertLt(before - gasleft(), 60_000);
    }

    /* CLOCKS */

    function test_ARoundEveryThreeSeconds() public view {
        assertEq(source.timeOf(1), GENESIS);
        assertEq(source.timeOf(1000), GENESIS + 2997);
    }

    function test_ARoundIsKnownFromItsSecond() public {
        Beacon memory beacon = beacons[3];
        uint256 time = source.timeOf(beacon.round);
        vm.warp(time - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IRandomness.Randomness_TooEarly.selector, beacon.round)
        );
        source.valueOf(beacon.round, beacon.signature);
        vm.warp(time);
        assertEq(source.valueOf(beacon.round, beacon.signature), beacon.randomness);
    }

    /// Whatever the chain's clock says, the world's is ahead of it by no more than the lag.
    function testFuzz_TheNextTickIsTheFirstThatNobodyKnows(uint256 time) public {
        time = bound(time, GENESIS + 1 days, GENESIS + 100 * 365 days);
        vm.warp(time);
        uint64 tick = source.next();
        assertGt(source.timeOf(tick), time + LAG);
        assertLe(source.timeOf(tick - APART), time + LAG);
        assertFalse(source.imminent(tick));
    }

    /// Else seats would be frozen as long as any dispute waits for another tick.
    function testFuzz_AfterATickNoneIsImminentForAnHour(uint256 time) public {
        vm.warp(bound(time, GENESIS + 1 days, GENESIS + 100 * 365 days));
        uint256 last = source.timeOf(source.next());
        vm.warp(last);
        uint64 tick = source.next();
        vm.warp(last + 1 hours - 3);
        assertFalse(source.imminent(tick));
        vm.warp(last + 1 hours);
        assertTrue(source.imminent(tick));
    }

    function test_ARoundIsImminentFromTheLagBeforeIt() public {
        uint64 tick = source.next();
        vm.warp(source.timeOf(tick) - LAG - 1);
        assertFalse(source.imminent(tick));
        vm.warp(source.timeOf(tick) - LAG);
        assertTrue(source.imminent(tick));
        vm.warp(source.timeOf(tick) + 365 days);
        assertTrue(source.imminent(tick));
    }

    function test_ARoundExpiresAfterADay() public {
        uint64 tick = source.next();
        vm.warp(source.timeOf(tick) + 1 days);
        assertFalse(source.expired(tick));
        vm.warp(source.timeOf(tick) + 1 days + 1);
        assertTrue(source.expired(tick));
    }

    /* HELPERS */

    function _refused(uint64 round, bytes memory proof) internal {
        vm.expectRevert(abi.encodeWithSelector(IRandomness.Randomness_NotProven.selector, round));
        source.valueOf(round, proof);
    }

    function _point() internal view returns (uint256 x, uint256 y) {
        return abi.decode(beacons[0].signature, (uint256, uint256));
    }
}
