// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC721} from "solady/tokens/ERC721.sol";

import {IModelLicense} from "../../../interfaces/IModelLicense.sol";
import {Grant, LicenseState} from "../../../interfaces/types/Licenses.sol";
import {LicenseBase} from "./LicenseBase.sol";

contract TransferTest is LicenseBase {
    function _transfer(address to) private {
        vm.prank(buyer);
        license.transferFrom(buyer, to, tokenId);
    }

    function _expectLocked(LicenseState state) private {
        _expectRevert(
            abi.encodeWithSelector(IModelLicense.ModelLicense_Locked.selector, licenseId, state)
        );
    }

    function test_ASettledLicenceTakesItsAccessAlong() public {
        _mint(_grant());
        _activate(0, true);
        _transfer(friend);
        assertEq(license.ownerOf(tokenId), friend);
        assertTrue(license.hasAccess(licenseId, friend, 2));
        assertFalse(license.hasAccess(licenseId, buyer, 2));
        assertState(LicenseState.Settled);
    }

    function test_RevertsBeforeTheDealIsFinal() public {
        _mint(_grant());
        _expectLocked(LicenseState.Pending);
        _transfer(friend);
        _activate(0, false);
        _expectLocked(LicenseState.Active);
        _transfer(friend);
    }

    function test_RevertsForAnApprovedAccountBeforeTheDealIsFinal() public {
        _mint(_grant());
        vm.prank(buyer);
        license.approve(friend, tokenId);
        _expectLocked(LicenseState.Pending);
        vm.prank(friend);
        license.transferFrom(buyer, friend, tokenId);
        _expectLocked(LicenseState.Pending);
        vm.prank(friend);
        license.safeTransferFrom(buyer, friend, tokenId);
    }

    function test_RevertsWhereTheGrantIsNotTransferable() public {
        Grant memory grant = _grant();
        grant.transferable = false;
        _mint(grant);
        _activate(0, true);
        _expectLocked(LicenseState.Settled);
        _transfer(friend);
    }

    function test_RevertsAfterABurn() public {
        _mint(_grant());
        _burn();
        _expectLocked(LicenseState.Burned);
        _transfer(friend);
    }

    function test_RevertsForALicenceThatWasNeverIssued() public {
        _expectLocked(LicenseState.None);
        _transfer(friend);
    }

    function test_NobodyMovesAnothersLicence() public {
        _mint(_grant());
        _activate(0, true);
        vm.prank(stranger);
        _expectRevert(ERC721.NotOwnerNorApproved.selector);
        license.transferFrom(buyer, stranger, tokenId);
        vm.prank(issuer);
        _expectRevert(ERC721.NotOwnerNorApproved.selector);
        license.transferFrom(buyer, issuer, tokenId);
    }

    function test_RevertsToTheZeroAddress() public {
        _mint(_grant());
        _activate(0, true);
        _expectRevert(ERC721.TransferToZeroAddress.selector);
        _transfer(address(0));
    }
}
