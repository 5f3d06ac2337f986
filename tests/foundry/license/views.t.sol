// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC721} from "solady/tokens/ERC721.sol";

import {IModelLicense} from "../../../interfaces/IModelLicense.sol";
import {LicenseId} from "../../../interfaces/types/Ids.sol";
import {LicenseState} from "../../../interfaces/types/Licenses.sol";
import {LicenseBase} from "./LicenseBase.sol";

contract LicenseViewsTest is LicenseBase {
    /* ACCESS */

    function test_AccessHoldsInsideTheVersionRangeAlone() public {
        _mint(_grant());
        _activate(0, true);
        assertFalse(license.hasAccess(licenseId, buyer, 1));
        assertTrue(license.hasAccess(licenseId, buyer, 2));
        assertTrue(license.hasAccess(licenseId, buyer, 9));
        assertFalse(license.hasAccess(licenseId, buyer, 10));
        assertFalse(license.hasAccess(licenseId, buyer, type(uint16).max));
    }

    function test_AccessHoldsThroughItsLastSecond() public {
        uint40 end = uint40(block.timestamp) + 1 days;
        _mint(_grant());
        _activate(end, true);
        vm.warp(end);
        assertTrue(license.hasAccess(licenseId, buyer, 2));
        vm.warp(end + 1);
        assertFalse(license.hasAccess(licenseId, buyer, 2));
        assertEq(license.expiresAt(tokenId), end);
    }

    function test_AccessWithoutAnEndLasts() public {
        _mint(_grant());
        _activate(0, true);
        vm.warp(block.timestamp + 1000 * 365 days);
        assertTrue(license.hasAccess(licenseId, buyer, 2));
    }

    function test_NobodyElseHasAccess() public {
        _mint(_grant());
        _activate(0, true);
        assertFalse(license.hasAccess(licenseId, stranger, 2));
        assertFalse(license.hasAccess(licenseId, address(0), 2));
    }

    function test_ALicenceThatWasNeverIssuedGivesNobodyAccess() public view {
        assertFalse(license.hasAccess(LicenseId.wrap(1), address(0), 0));
        assertFalse(license.hasAccess(LicenseId.wrap(1), buyer, 0));
        assertEq(uint8(license.recordOf(LicenseId.wrap(1)).state), uint8(LicenseState.None));
    }

    /* ERC-5192 */

    function test_LockedRevertsForALicenceThatNobodyOwns() public {
        _expectRevert(ERC721.TokenDoesNotExist.selector);
        license.locked(tokenId);
        _mint(_grant());
        _burn();
        _expectRevert(ERC721.TokenDoesNotExist.selector);
        license.locked(tokenId);
    }

    /* ERC-2981 */

    function test_RoyaltyGoesToTheModelsOwner() public {
        _mint(_grant());
        (address receiver, uint256 amount) = license.royaltyInfo(tokenId, 10_000);
        assertEq(receiver, seller);
        assertEq(amount, 500);
        _transferModel(seller, friend);
        (receiver,) = license.royaltyInfo(tokenId, 10_000);
        assertEq(receiver, friend);
    }

    function test_RoyaltyOfAnyPriceIsRoundedDown() public {
        _mint(_grant());
        (, uint256 amount) = license.royaltyInfo(tokenId, 1e18);
        assertEq(amount, 0.05e18);
        (, amount) = license.royaltyInfo(tokenId, 19);
        assertEq(amount, 0);
        (, amount) = license.royaltyInfo(tokenId, 20);
        assertEq(amount, 1);
    }

    function test_RoyaltyRevertsForALicenceThatNobodyOwns() public {
        _expectRevert(ERC721.TokenDoesNotExist.selector);
        license.royaltyInfo(tokenId, 10_000);
        _mint(_grant());
        _burn();
        _expectRevert(ERC721.TokenDoesNotExist.selector);
        license.royaltyInfo(tokenId, 10_000);
    }

    /* ERC-721 */

    function test_NamesItself() public view {
        assertEq(license.name(), "DAIMM Licences");
        assertEq(license.symbol(), "DAIMM-L");
    }

    function test_TokenUriIsJson() public {
        _mint(_grant());
        assertEq(
            license.tokenURI(tokenId),
            'data:application/json,{"name":"Licence for DAIMM model 1","description":"Access to versions 2 to 9."}'
        );
    }

    function test_TokenUriRevertsForALicenceThatNobodyOwns() public {
        _expectRevert(ERC721.TokenDoesNotExist.selector);
        license.tokenURI(tokenId);
    }

    function test_SpeaksErc165_721_2981_4907_5192() public view {
        assertTrue(license.supportsInterface(0x01ffc9a7), "165");
        assertTrue(license.supportsInterface(0x80ac58cd), "721");
        assertTrue(license.supportsInterface(0x5b5e139f), "721 metadata");
        assertTrue(license.supportsInterface(0x2a55205a), "2981");
        assertTrue(license.supportsInterface(0xad092b5c), "4907");
        assertTrue(license.supportsInterface(0xb45a3c0e), "5192");
        assertTrue(license.supportsInterface(type(IModelLicense).interfaceId), "own");
        assertFalse(license.supportsInterface(0xffffffff));
    }
}
