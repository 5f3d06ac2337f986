// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ERC721} from "solady/tokens/ERC721.sol";

import {IERC5192} from "../../../interfaces/IERC5192.sol";
import {IModelLicense} from "../../../interfaces/IModelLicense.sol";
import {LicenseId, OrderId} from "../../../interfaces/types/Ids.sol";
import {Grant, LicenseRecord, LicenseState} from "../../../interfaces/types/Licenses.sol";
import {LicenseBase} from "./LicenseBase.sol";

contract MintTest is LicenseBase {
    function test_MintsAPendingLockedLicence() public {
        vm.expectEmit(address(license));
        emit IERC721.Transfer(address(0), buyer, tokenId);
        vm.recordLogs();
        _mint(_grant());
        assertEq(vm.getRecordedLogs().length, 1, "Transfer alone");

        LicenseRecord memory record = license.recordOf(licenseId);
        assertEq(uint8(record.state), uint8(LicenseState.Pending));
        assertEq(keccak256(abi.encode(record.grant)), keccak256(abi.encode(_grant())));
        assertEq(record.time, block.timestamp);
        assertEq(license.ownerOf(tokenId), buyer);
        assertTrue(license.locked(tokenId));
        assertFalse(license.hasAccess(licenseId, buyer, 2));
        assertEq(license.expiresAt(tokenId), 0, "no end before delivery");
    }

    function test_ALicenceThatNeverUnlocksSaysSo() public {
        Grant memory grant = _grant();
        grant.transferable = false;
        vm.expectEmit(address(license));
        emit IERC5192.Locked(tokenId);
        _mint(grant);
        assertTrue(license.locked(tokenId));
    }

    function testFuzz_KeepsEveryGrantAsItIs(Grant memory grant) public {
        grant.lastVersion = uint16(bound(grant.lastVersion, 0, 4095));
        grant.firstVersion = uint16(bound(grant.firstVersion, 0, grant.lastVersion));
        _mint(grant);
        LicenseRecord memory record = license.recordOf(licenseId);
        assertEq(keccak256(abi.encode(record.grant)), keccak256(abi.encode(grant)));
        assertEq(record.time, block.timestamp);
    }

    function test_TheIdHashesIssuerAndOrder() public view {
        assertEq(tokenId, uint256(keccak256(abi.encode(issuer, ORDER))));
        assertNotEq(LicenseId.unwrap(license.licenseIdOf(stranger, ORDER)), tokenId);
        assertNotEq(LicenseId.unwrap(license.licenseIdOf(issuer, OrderId.wrap("x"))), tokenId);
    }

    function test_TwoIssuersMayUseOneOrderId() public {
        _mint(_grant());
        _setIssuer(stranger, true);
        vm.prank(stranger);
        license.mint(friend, ORDER, _grant());
        assertEq(license.ownerOf(tokenId), buyer);
    }

    function test_PendingSinceTellsOnlyTheIssuer() public {
        _mint(_grant());
        vm.prank(issuer);
        assertEq(license.pendingSince(ORDER), block.timestamp);
        assertEq(license.pendingSince(ORDER), 0);
    }

    function test_RevertsForWhoeverIsNoIssuer() public {
        vm.prank(stranger);
        _expectRevert(
            abi.encodeWithSelector(IModelLicense.ModelLicense_IssuerNotAllowed.selector, stranger)
        );
        license.mint(buyer, ORDER, _grant());
    }

    function test_RevertsWhereTheOrderHasALicence() public {
        _mint(_grant());
        _expectIssued();
        _mint(_grant());
    }

    function test_RevertsWhereTheOrderHadALicence() public {
        _mint(_grant());
        vm.prank(issuer);
        license.burn(ORDER);
        _expectIssued();
        _mint(_grant());
    }

    function _expectIssued() private {
        _expectRevert(
            abi.encodeWithSelector(IModelLicense.ModelLicense_AlreadyIssued.selector, licenseId)
        );
    }

    function test_RevertsWhereTheVersionRangeIsEmptyOrTooFar() public {
        Grant memory grant = _grant();
        grant.firstVersion = 10;
        _expectRange(grant);
        grant.lastVersion = 4096;
        _expectRange(grant);
    }

    function _expectRange(Grant memory grant) private {
        _expectRevert(
            abi.encodeWithSelector(
                IModelLicense.ModelLicense_VersionRange.selector,
                grant.firstVersion,
                grant.lastVersion
            )
        );
        _mint(grant);
    }

    function test_RevertsForTheZeroAddress() public {
        vm.prank(issuer);
        _expectRevert(ERC721.TransferToZeroAddress.selector);
        license.mint(address(0), ORDER, _grant());
    }
}
