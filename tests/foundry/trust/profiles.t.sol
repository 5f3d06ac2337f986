// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {Secp256k1_PointInvalid} from "../../../interfaces/IKeyDelivery.sol";
import {IProfiles} from "../../../interfaces/IProfiles.sol";
import {Point} from "../../../interfaces/types/Keys.sol";
import {IKit} from "../utils/Deployed.sol";

contract ProfilesTest is Test {
    IProfiles private profiles;
    Point private key;
    Point private none;

    function setUp() public {
        profiles = IProfiles(vm.deployCode("Profiles.sol:Profiles"));
        key = IKit(vm.deployCode("Kit.sol:Kit")).point(7);
    }

    function _expectProfile(bytes32 handle, bytes32 metadata, Point memory encryption) private {
        vm.expectEmit(address(profiles));
        emit IProfiles.ProfileSet(address(this), handle, metadata, encryption);
    }

    function test_SaysWhoTheCallerIs() public {
        _expectProfile("plain-labs-42", "metadata", key);
        profiles.setProfile("plain-labs-42", "metadata", key);
    }

    function test_NothingHasToBeSaid() public {
        _expectProfile(0, 0, none);
        profiles.setProfile(0, 0, none);
    }

    function test_AHandleIsWhoseverLikes() public {
        profiles.setProfile("plain", 0, none);
        vm.prank(address(7));
        profiles.setProfile("plain", 0, none);
    }

    function test_AHandleHasUpToThirtyTwoLetters() public {
        _expectProfile("abcdefghijklmnopqrstuvwxyz012345", 0, none);
        profiles.setProfile("abcdefghijklmnopqrstuvwxyz012345", 0, none);
    }

    function testFuzz_AHandleIsMadeOfPlainLetters(uint8 place, bytes1 letter) public {
        bytes32 handle = "abcdefghijklmnopqrstuvwxyz543210";
        uint256 shift = 248 - uint256(place % 32) * 8;
        handle =
            handle & ~bytes32(uint256(0xff) << shift) | bytes32(uint256(uint8(letter)) << shift);
        bool isPlain = (letter >= "a" && letter <= "z") || (letter >= "0" && letter <= "9")
            || letter == "-" || (letter == 0 && place % 32 == 31);
        if (isPlain) {
            _expectProfile(handle, 0, none);
        } else {
            vm.expectRevert(
                abi.encodeWithSelector(IProfiles.Profiles_HandleInvalid.selector, handle)
            );
        }
        profiles.setProfile(handle, 0, none);
    }

    function test_RevertsForTheLettersNextToThem() public {
        bytes32[6] memory handles = [bytes32("a`"), "{", "/1", "1:", "A", "\x00a"];
        for (uint256 i; i < handles.length; i++) {
            vm.expectRevert(
                abi.encodeWithSelector(IProfiles.Profiles_HandleInvalid.selector, handles[i])
            );
            profiles.setProfile(handles[i], 0, none);
        }
    }

    function test_RevertsForAnEncryptionKeyThatIsNoPoint() public {
        Point[3] memory points = [Point(key.x, key.y + 1), Point(key.x, 0), Point(0, key.y)];
        for (uint256 i; i < points.length; i++) {
            vm.expectRevert(
                abi.encodeWithSelector(Secp256k1_PointInvalid.selector, points[i].x, points[i].y)
            );
            profiles.setProfile("plain", 0, points[i]);
        }
    }
}
