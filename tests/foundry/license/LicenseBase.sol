// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModelLicense} from "../../../interfaces/IModelLicense.sol";
import {LicenseId, OrderId} from "../../../interfaces/types/Ids.sol";
import {Grant, LicenseState} from "../../../interfaces/types/Licenses.sol";
import {Base} from "../utils/Base.sol";

/// @notice An issuer beside the market, so that every state can be reached directly.
abstract contract LicenseBase is Base {
    OrderId internal constant ORDER = OrderId.wrap("order");

    address internal issuer = makeAddr("issuer");
    LicenseId internal licenseId;
    uint256 internal tokenId;

    function setUp() public virtual override {
        super.setUp();
        _setIssuer(issuer, true);
        licenseId = license.licenseIdOf(issuer, ORDER);
        tokenId = LicenseId.unwrap(licenseId);
    }

    function _grant() internal view returns (Grant memory) {
        return Grant({model: model, firstVersion: 2, lastVersion: 9, transferable: true});
    }

    function _mint(Grant memory grant) internal {
        vm.prank(issuer);
        license.mint(buyer, ORDER, grant);
    }

    function _activate(uint40 expiresAt, bool settled) internal {
        vm.prank(issuer);
        license.activate(ORDER, expiresAt, settled);
    }

    function _settle() internal {
        vm.prank(issuer);
        license.settle(ORDER);
    }

    function _burn() internal {
        vm.prank(issuer);
        license.burn(ORDER);
    }

    function _expectState(LicenseState state) internal {
        _expectRevert(
            abi.encodeWithSelector(IModelLicense.ModelLicense_WrongState.selector, licenseId, state)
        );
    }

    function _expectUnissued(address caller) internal {
        _expectRevert(
            abi.encodeWithSelector(
                IModelLicense.ModelLicense_WrongState.selector,
                license.licenseIdOf(caller, ORDER),
                LicenseState.None
            )
        );
    }

    function assertState(LicenseState expected) internal view {
        assertEq(uint8(license.recordOf(licenseId).state), uint8(expected), "state");
    }
}
