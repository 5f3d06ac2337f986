// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModelLicense} from "../../../../interfaces/IModelLicense.sol";
import {Offer, Order} from "../../../../interfaces/types/Deals.sol";
import {LicenseId, OrderId} from "../../../../interfaces/types/Ids.sol";
import {Grant, LicenseState} from "../../../../interfaces/types/Licenses.sol";
import {GovernanceBase} from "../../utils/GovernanceBase.sol";

/// @notice What a majority lets in.
contract GovernorIssuerTest is GovernanceBase {
    function test_AnIssuerOfTheMajorityReachesNoLicenceOfTheMarket() public {
        Offer memory terms = _inspectedTerms();
        (Order memory order, OrderId id) = _openAndBuy(terms);
        _deliver(terms, order, id);
        address evil = makeAddr("evil");
        // Straight from governance: the time of a vote would end the inspection.
        vm.prank(address(timelock));
        license.setIssuer(evil, true);

        vm.startPrank(evil);
        Grant memory grant = Grant(terms.model, terms.version, terms.lastVersion, true);
        LicenseId given = license.mint(stranger, id, grant);
        license.burn(id);
        LicenseId own = license.licenseIdOf(address(market), id);
        assertNotEq(LicenseId.unwrap(given), LicenseId.unwrap(own));
        _expectRevert(
            abi.encodeWithSelector(
                IModelLicense.ModelLicense_WrongState.selector, given, LicenseState.Burned
            )
        );
        license.settle(id);
        vm.stopPrank();

        assertState(id, LicenseState.Active);
        assertEq(license.ownerOf(LicenseId.unwrap(own)), buyer);
        vm.prank(buyer);
        market.accept(terms, order);
        assertState(id, LicenseState.Settled);
    }
}
