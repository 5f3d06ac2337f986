// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ERC721} from "solady/tokens/ERC721.sol";

import {LicenseState} from "../../../interfaces/types/Licenses.sol";
import {LicenseBase} from "./LicenseBase.sol";

contract BurnTest is LicenseBase {
    function setUp() public override {
        super.setUp();
        _mint(_grant());
    }

    function _assertGone() private {
        assertState(LicenseState.Burned);
        assertFalse(license.hasAccess(licenseId, buyer, 2));
        assertFalse(license.hasAccess(licenseId, address(0), 2));
        assertEq(license.balanceOf(buyer), 0);
        assertEq(license.expiresAt(tokenId), 0);
        _expectRevert(ERC721.TokenDoesNotExist.selector);
        license.ownerOf(tokenId);
    }

    function test_EndsAPendingLicence() public {
        vm.expectEmit(address(license));
        emit IERC721.Transfer(buyer, address(0), tokenId);
        _burn();
        _assertGone();
    }

    function test_EndsAnActiveLicence() public {
        _activate(0, false);
        _burn();
        _assertGone();
    }

    function test_RevertsForASettledLicence() public {
        _activate(0, true);
        _expectState(LicenseState.Settled);
        _burn();
    }

    function test_RevertsASecondTime() public {
        _burn();
        _expectState(LicenseState.Burned);
        _burn();
    }

    function test_RevertsForWhoeverDidNotIssueIt() public {
        _expectUnissued(buyer);
        vm.prank(buyer);
        license.burn(ORDER);
    }

    function test_AnIssuerThatMayNoLongerMintStillBurns() public {
        _setIssuer(issuer, false);
        _burn();
        _assertGone();
    }
}
