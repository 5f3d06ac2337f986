// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC4907} from "../../../interfaces/IERC4907.sol";
import {IModelLicense} from "../../../interfaces/IModelLicense.sol";
import {LicenseId, OrderId} from "../../../interfaces/types/Ids.sol";
import {Grant, LicenseState} from "../../../interfaces/types/Licenses.sol";
import {LicenseBase} from "./LicenseBase.sol";

contract SetUserTest is LicenseBase {
    OrderId internal constant OTHER = OrderId.wrap("other");

    uint64 internal end;

    function setUp() public override {
        super.setUp();
        _mint(_grant());
        _activate(0, true);
        end = uint64(block.timestamp) + 1 days;
    }

    function _setUser(address caller, address user, uint64 expires) private {
        vm.prank(caller);
        license.setUser(tokenId, user, expires);
    }

    function _otherId() private view returns (LicenseId) {
        return license.licenseIdOf(issuer, OTHER);
    }

    function _activateOther(uint40 expiresAt) private returns (uint256) {
        vm.prank(issuer);
        license.activate(OTHER, expiresAt, true);
        return LicenseId.unwrap(_otherId());
    }

    function _expectInUse() private {
        _expectRevert(
            abi.encodeWithSelector(
                IModelLicense.ModelLicense_InUse.selector, licenseId, friend, end
            )
        );
    }

    function assertUse(address user, uint64 expires) private view {
        assertEq(license.userOf(tokenId), user, "user");
        assertEq(license.userExpires(tokenId), expires, "end");
    }

    /* A USE */

    function test_TheUserHasAccessAndTheOwnerHasNotThroughItsLastSecond() public {
        vm.expectEmit(address(license));
        emit IERC4907.UpdateUser(tokenId, friend, end);
        _setUser(buyer, friend, end);
        assertUse(friend, end);
        assertTrue(license.hasAccess(licenseId, friend, 2));
        assertFalse(license.hasAccess(licenseId, friend, 1), "outside of the grant");
        assertFalse(license.hasAccess(licenseId, buyer, 2));
        assertFalse(license.hasAccess(licenseId, address(0), 2));
        vm.warp(end);
        assertTrue(license.hasAccess(licenseId, friend, 2));
        vm.warp(end + 1);
        assertEq(license.userOf(tokenId), address(0));
        assertFalse(license.hasAccess(licenseId, friend, 2));
        assertTrue(license.hasAccess(licenseId, buyer, 2));
    }

    function test_AnApprovedAccountSetsTheUser() public {
        vm.prank(buyer);
        license.setApprovalForAll(keeper, true);
        _setUser(keeper, friend, end);
        assertUse(friend, end);
    }

    function test_ATransferKeepsTheUse() public {
        _setUser(buyer, friend, end);
        vm.prank(buyer);
        license.transferFrom(buyer, stranger, tokenId);
        assertUse(friend, end);
        assertFalse(license.hasAccess(licenseId, stranger, 2));
        vm.prank(stranger);
        _expectInUse();
        license.setUser(tokenId, stranger, end);
    }

    function test_AUserHasNoMoreThanTheLicence() public {
        uint40 last = uint40(block.timestamp) + 1 hours;
        vm.prank(issuer);
        license.mint(buyer, OTHER, _grant());
        tokenId = _activateOther(last);
        _setUser(buyer, friend, end);
        vm.warp(last + 1);
        assertEq(license.userOf(tokenId), friend);
        assertFalse(license.hasAccess(_otherId(), friend, 2));
    }

    /* PAID TIME */

    function test_TheOwnerCannotResetWhatRuns() public {
        _setUser(buyer, friend, end);
        _expectInUse();
        _setUser(buyer, address(0), 0);
        _expectInUse();
        _setUser(buyer, buyer, end);
        _expectInUse();
        _setUser(buyer, stranger, end + 1);
        _expectInUse();
        _setUser(buyer, friend, end - 1);
        _setUser(buyer, friend, end);
        _setUser(buyer, friend, end + 5);
        assertUse(friend, end + 5);
    }

    function test_TheOwnerResetsOnceItIsOver() public {
        _setUser(buyer, friend, end);
        vm.warp(end);
        _expectInUse();
        _setUser(buyer, stranger, end + 1);
        vm.warp(end + 1);
        _setUser(buyer, stranger, end + 2);
        assertUse(stranger, end + 2);
    }

    function test_TheUserGivesUpAndNothingElse() public {
        _setUser(buyer, friend, end);
        _expectInUse();
        _setUser(friend, stranger, end);
        _expectInUse();
        _setUser(friend, friend, end + 1);
        _expectInUse();
        _setUser(friend, stranger, 0);
        _setUser(friend, address(0), 0);
        assertUse(address(0), uint64(block.timestamp) - 1);
        assertTrue(license.hasAccess(licenseId, buyer, 2));
    }

    function test_NobodyIsTheUserFromNowOnWhateverTimeIsNamed() public {
        _setUser(buyer, friend, end);
        vm.expectEmit(address(license));
        emit IERC4907.UpdateUser(tokenId, address(0), uint64(block.timestamp) - 1);
        _setUser(friend, address(0), end);
        assertUse(address(0), uint64(block.timestamp) - 1);
        _setUser(buyer, stranger, end);
        assertUse(stranger, end);
    }

    function test_WhomTheUserApprovedForAllGivesUpAndNothingElse() public {
        _setUser(buyer, friend, end);
        _expectInUse();
        _setUser(keeper, address(0), 0);
        vm.prank(friend);
        license.setApprovalForAll(keeper, true);
        _expectInUse();
        _setUser(keeper, keeper, end);
        _expectInUse();
        _setUser(keeper, friend, end + 1);
        _expectInUse();
        _setUser(keeper, friend, end - 1);
        _setUser(keeper, address(0), 0);
        assertUse(address(0), uint64(block.timestamp) - 1);
        _expectRevert(
            abi.encodeWithSelector(IModelLicense.ModelLicense_NotOwner.selector, licenseId, keeper)
        );
        _setUser(keeper, keeper, end);
    }

    function test_WhomTheUserApprovedOnceGivesNothingUp() public {
        _setUser(buyer, friend, end);
        vm.startPrank(friend);
        license.setApprovalForAll(keeper, true);
        license.setApprovalForAll(keeper, false);
        vm.stopPrank();
        _expectInUse();
        _setUser(keeper, address(0), 0);
    }

    /// Of the owner and of the user: still nobody but the user puts another in their place.
    function test_WhomBothApprovedProlongsOrGivesUp() public {
        _setUser(buyer, friend, end);
        vm.prank(buyer);
        license.setApprovalForAll(keeper, true);
        vm.prank(friend);
        license.setApprovalForAll(keeper, true);
        _expectInUse();
        _setUser(keeper, stranger, end + 1);
        _setUser(keeper, friend, end + 1);
        _setUser(keeper, address(0), 0);
        assertUse(address(0), uint64(block.timestamp) - 1);
    }

    function testFuzz_OnlyTheUserOrWhomTheyApprovedEndsAUse(
        address caller,
        address user,
        uint64 expires
    ) public {
        vm.assume(caller != friend && caller != address(0));
        _setUser(buyer, friend, end);
        vm.prank(caller);
        try license.setUser(tokenId, user, expires) {
            assertEq(caller, buyer);
            assertEq(user, friend);
            assertGe(expires, end);
        } catch {}
        assertEq(license.userOf(tokenId), friend);
        assertGe(license.userExpires(tokenId), end);
        vm.prank(friend);
        license.setApprovalForAll(caller, true);
        _setUser(caller, address(0), expires);
        assertUse(address(0), uint64(block.timestamp) - 1);
    }

    function test_AnApprovedUserPassesTheirUseOn() public {
        _setUser(buyer, friend, end);
        vm.prank(buyer);
        license.approve(friend, tokenId);
        _setUser(friend, stranger, end - 1);
        assertUse(stranger, end - 1);
    }

    function test_AUserWhoOwnsTheLicenceDoesAsTheyLike() public {
        _setUser(buyer, buyer, end);
        _setUser(buyer, friend, end);
        assertUse(friend, end);
    }

    /* WHAT IS REFUSED */

    function test_RevertsForWhoeverIsNothingToTheLicence() public {
        _expectRevert(
            abi.encodeWithSelector(
                IModelLicense.ModelLicense_NotOwner.selector, licenseId, stranger
            )
        );
        _setUser(stranger, stranger, end);
        _setUser(buyer, friend, end);
        _expectInUse();
        _setUser(stranger, friend, end + 1);
        vm.warp(end + 1);
        _expectRevert(
            abi.encodeWithSelector(IModelLicense.ModelLicense_NotOwner.selector, licenseId, friend)
        );
        _setUser(friend, address(0), 0);
    }

    function test_RevertsForALicenceThatCannotBeTransferred() public {
        Grant memory grant = _grant();
        grant.transferable = false;
        vm.prank(issuer);
        license.mint(buyer, OTHER, grant);
        tokenId = _activateOther(0);
        _expectRevert(
            abi.encodeWithSelector(
                IModelLicense.ModelLicense_Locked.selector, _otherId(), LicenseState.Settled
            )
        );
        _setUser(buyer, friend, end);
    }
}
