// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModelLicense} from "../../../interfaces/IModelLicense.sol";
import {Grant, LicenseState} from "../../../interfaces/types/Licenses.sol";
import {LicenseBase} from "./LicenseBase.sol";

contract ExtendTest is LicenseBase {
    uint40 internal end;

    function setUp() public override {
        super.setUp();
        end = uint40(block.timestamp) + 1 days;
        _mint(_grant());
    }

    function _extend(Grant memory grant, uint256 duration) private returns (uint40) {
        vm.prank(issuer);
        return license.extend(ORDER, grant, duration);
    }

    function _expectNotRenewable() private {
        _expectRevert(
            abi.encodeWithSelector(IModelLicense.ModelLicense_NotRenewable.selector, licenseId)
        );
    }

    function test_MovesTheEndOfARunningLicence() public {
        _activate(end, true);
        vm.warp(end);
        vm.expectEmit(address(license));
        emit IModelLicense.SubscriptionUpdate(tokenId, end + 7);
        assertEq(_extend(_grant(), 7), end + 7);
        assertEq(license.expiresAt(tokenId), end + 7);
        assertTrue(license.hasAccess(licenseId, buyer, 2));
        assertEq(license.ownerOf(tokenId), buyer);
    }

    function test_StartsALicenceThatRanOutFromNow() public {
        _activate(end, true);
        vm.warp(end + 1);
        assertEq(_extend(_grant(), 7), end + 8);
    }

    function test_WorksAfterTheIssuerWasRefused() public {
        _activate(end, true);
        _setIssuer(issuer, false);
        assertEq(_extend(_grant(), 7), end + 7);
    }

    function test_RevertsInEveryStateButSettled() public {
        _expectState(LicenseState.Pending);
        _extend(_grant(), 7);
        _activate(end, false);
        _expectState(LicenseState.Active);
        _extend(_grant(), 7);
        _burn();
        _expectState(LicenseState.Burned);
        _extend(_grant(), 7);
    }

    function test_RevertsForALicenceWithoutAnEnd() public {
        _activate(0, true);
        _expectNotRenewable();
        _extend(_grant(), 7);
    }

    function test_RevertsWhereTheGrantDiffersInAnything() public {
        _activate(end, true);
        bytes memory encoded = abi.encode(_grant());
        for (uint256 word; word < 4; ++word) {
            Grant memory other = abi.decode(_flip(encoded, word, 0), (Grant));
            _expectNotRenewable();
            _extend(other, 7);
        }
        _extend(_grant(), 7);
    }

    function test_RevertsForAnybodyButTheIssuer() public {
        _activate(end, true);
        _expectUnissued(stranger);
        vm.prank(stranger);
        license.extend(ORDER, _grant(), 7);
    }

    function test_RevertsWhereTheEndCannotBeStored() public {
        _activate(end, true);
        uint256 last = (1 << 35) - 1;
        _expectRevert(
            abi.encodeWithSelector(IModelLicense.ModelLicense_EndTooFar.selector, last + 1)
        );
        _extend(_grant(), last + 1 - end);
        assertEq(_extend(_grant(), last - end), last);
    }
}
