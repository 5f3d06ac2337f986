// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC5192} from "../../../interfaces/IERC5192.sol";
import {IModelLicense} from "../../../interfaces/IModelLicense.sol";
import {Grant, LicenseState} from "../../../interfaces/types/Licenses.sol";
import {LicenseBase} from "./LicenseBase.sol";

contract SettleLicenseTest is LicenseBase {
    function test_MakesAnActiveLicenceFinalAndUnlocksIt() public {
        _mint(_grant());
        _activate(7, false);
        vm.expectEmit(address(license));
        emit IModelLicense.LicenseSettled(licenseId);
        vm.expectEmit(address(license));
        emit IERC5192.Unlocked(tokenId);
        _settle();
        assertState(LicenseState.Settled);
        assertFalse(license.locked(tokenId));
        assertEq(license.expiresAt(tokenId), 7, "the end stays");
    }

    function test_ALicenceThatIsNotTransferableStaysLocked() public {
        Grant memory grant = _grant();
        grant.transferable = false;
        _mint(grant);
        _activate(0, false);
        vm.recordLogs();
        _settle();
        assertEq(vm.getRecordedLogs().length, 1, "LicenseSettled alone");
        assertTrue(license.locked(tokenId));
    }

    function test_RevertsInEveryStateButActive() public {
        _expectState(LicenseState.None);
        _settle();
        _mint(_grant());
        _expectState(LicenseState.Pending);
        _settle();
        _activate(0, true);
        _expectState(LicenseState.Settled);
        _settle();
    }

    function test_RevertsForWhoeverDidNotIssueIt() public {
        _mint(_grant());
        _activate(0, false);
        _expectUnissued(stranger);
        vm.prank(stranger);
        license.settle(ORDER);
    }

    function test_AnIssuerThatMayNoLongerMintStillSettles() public {
        _mint(_grant());
        _activate(0, false);
        _setIssuer(issuer, false);
        _settle();
        assertState(LicenseState.Settled);
    }
}
