// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC5192} from "../../../interfaces/IERC5192.sol";
import {IModelLicense} from "../../../interfaces/IModelLicense.sol";
import {OrderId} from "../../../interfaces/types/Ids.sol";
import {Grant, LicenseState} from "../../../interfaces/types/Licenses.sol";
import {LicenseBase} from "./LicenseBase.sol";

contract ActivateTest is LicenseBase {
    OrderId internal constant BOUND = OrderId.wrap("bound");

    function setUp() public override {
        super.setUp();
        _mint(_grant());
    }

    function test_GivesAccess() public {
        vm.expectEmit(address(license));
        emit IModelLicense.LicenseActivated(licenseId, 0, false);
        _activate(0, false);
        assertState(LicenseState.Active);
        assertTrue(license.hasAccess(licenseId, buyer, 2));
        assertTrue(license.locked(tokenId), "not yet transferable");
        vm.prank(issuer);
        assertEq(license.pendingSince(ORDER), 0);
    }

    function test_UnlocksAtOnceWhereTheDealIsFinal() public {
        vm.expectEmit(address(license));
        emit IModelLicense.LicenseActivated(licenseId, 0, true);
        vm.expectEmit(address(license));
        emit IERC5192.Unlocked(tokenId);
        _activate(0, true);
        assertState(LicenseState.Settled);
        assertFalse(license.locked(tokenId));
    }

    function test_UnlocksNothingBeforeTheDealIsFinal() public {
        vm.recordLogs();
        _activate(0, false);
        assertEq(vm.getRecordedLogs().length, 1, "LicenseActivated alone");
    }

    function test_ALicenceThatIsNotTransferableStaysLocked() public {
        _burn();
        Grant memory grant = _grant();
        grant.transferable = false;
        vm.startPrank(issuer);
        license.mint(buyer, BOUND, grant);
        vm.recordLogs();
        license.activate(BOUND, 0, true);
        assertEq(vm.getRecordedLogs().length, 1, "LicenseActivated alone");
        assertTrue(license.locked(uint256(keccak256(abi.encode(issuer, BOUND)))));
    }

    function test_KeepsAnEndThatFits35Bits() public {
        _activate(uint40(1 << 35) - 1, true);
        assertEq(license.expiresAt(tokenId), (1 << 35) - 1);
    }

    function test_AnEndBeyond35BitsIsTheLastThatFits() public {
        _activate(1 << 35, true);
        assertEq(license.expiresAt(tokenId), (1 << 35) - 1);
        assertEq(
            keccak256(abi.encode(license.recordOf(licenseId).grant)),
            keccak256(abi.encode(_grant()))
        );
    }

    function test_RevertsInEveryStateButPending() public {
        _activate(0, false);
        _expectState(LicenseState.Active);
        _activate(0, false);
        _settle();
        _expectState(LicenseState.Settled);
        _activate(0, false);
    }

    function test_RevertsForABurnedLicence() public {
        _burn();
        _expectState(LicenseState.Burned);
        _activate(0, true);
    }

    function test_RevertsForWhoeverDidNotIssueIt() public {
        _expectUnissued(stranger);
        vm.prank(stranger);
        license.activate(ORDER, 0, true);
    }

    function test_AnIssuerThatMayNoLongerMintStillActivates() public {
        _setIssuer(issuer, false);
        _activate(0, true);
        assertState(LicenseState.Settled);
    }

    /* WHEN IT WAS BOUGHT */

    uint40 internal constant ENDLESS = 1 << 35;

    function test_RemembersWhenItWasBoughtUntilItHasAnEnd() public {
        uint40 bought = uint40(block.timestamp);
        assertEq(license.recordOf(licenseId).time, bought);
        vm.warp(bought + 1 days);
        uint256 snapshot = vm.snapshotState();
        _activate(uint40(block.timestamp) + 7, true);
        assertEq(license.recordOf(licenseId).time, block.timestamp + 7);
        assertEq(license.expiresAt(tokenId), block.timestamp + 7);
        vm.revertToState(snapshot);
        _activate(0, true);
        assertEq(license.recordOf(licenseId).time, ENDLESS + bought);
        assertEq(license.expiresAt(tokenId), 0);
        vm.warp(ENDLESS - 1);
        assertTrue(license.hasAccess(licenseId, buyer, 2));
    }

    function test_RemembersItThroughTheSettlement() public {
        uint40 bought = uint40(block.timestamp);
        vm.warp(bought + 1 days);
        _activate(0, false);
        assertState(LicenseState.Active);
        assertEq(license.recordOf(licenseId).time, ENDLESS + bought);
        _settle();
        assertState(LicenseState.Settled);
        assertEq(license.recordOf(licenseId).time, ENDLESS + bought);
        assertEq(license.expiresAt(tokenId), 0);
    }
}
