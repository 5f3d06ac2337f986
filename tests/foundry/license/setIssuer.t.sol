// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModelLicense} from "../../../interfaces/IModelLicense.sol";
import {LicenseBase} from "./LicenseBase.sol";

contract SetIssuerTest is LicenseBase {
    function test_AllowsAnIssuer() public {
        assertFalse(license.isIssuer(friend));
        vm.expectEmit(address(license));
        emit IModelLicense.IssuerSet(friend, true);
        _setIssuer(friend, true);
        assertTrue(license.isIssuer(friend));
        vm.prank(friend);
        license.mint(buyer, ORDER, _grant());
    }

    function test_EndsNewMints() public {
        vm.expectEmit(address(license));
        emit IModelLicense.IssuerSet(issuer, false);
        _setIssuer(issuer, false);
        _expectRevert(
            abi.encodeWithSelector(IModelLicense.ModelLicense_IssuerNotAllowed.selector, issuer)
        );
        _mint(_grant());
    }
}
