// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {Bps, OrderId} from "../../../interfaces/types/Ids.sol";
import {LicenseState} from "../../../interfaces/types/Licenses.sol";
import {Base} from "../utils/Base.sol";

/// @notice Who may call the few restricted functions, and that no right of governance reaches an exit.
contract RolesTest is Base {
    struct Restricted {
        address target;
        bytes call;
        address allowed;
    }

    function _restricted() private view returns (Restricted[5] memory calls) {
        calls[0] = Restricted(
            address(market),
            abi.encodeCall(market.setToken, (address(usd), true, Bps.wrap(1), 1)),
            governance
        );
        calls[1] =
            Restricted(address(market), abi.encodeCall(market.stopNewBusiness, (1)), guardian);
        calls[2] =
            Restricted(address(market), abi.encodeCall(market.resumeNewBusiness, ()), governance);
        calls[3] = Restricted(
            address(license), abi.encodeCall(license.setIssuer, (address(1), true)), governance
        );
        calls[4] = Restricted(
            address(license),
            abi.encodeCall(license.setIssuer, (address(market), false)),
            governance
        );
    }

    function test_EachRestrictedFunctionHasOneCaller() public {
        Restricted[5] memory calls = _restricted();
        address[6] memory callers = [governance, guardian, seller, buyer, treasury, stranger];
        for (uint256 i; i < calls.length; ++i) {
            for (uint256 j; j < callers.length; ++j) {
                vm.prank(callers[j]);
                (bool success, bytes memory answer) = calls[i].target.call(calls[i].call);
                assertEq(success, callers[j] == calls[i].allowed);
                if (!success) {
                    assertEq(
                        answer,
                        abi.encodeWithSelector(
                            IAccessManaged.AccessManagedUnauthorized.selector, callers[j]
                        )
                    );
                }
            }
        }
    }

    function test_OnlyTheAuthorityChangesTheAuthority() public {
        address[2] memory targets = [address(market), address(license)];
        for (uint256 i; i < targets.length; ++i) {
            vm.prank(governance);
            _expectRevert(
                abi.encodeWithSelector(
                    IAccessManaged.AccessManagedUnauthorized.selector, governance
                )
            );
            IAccessManaged(targets[i]).setAuthority(stranger);
        }
    }

    function test_ARevokedGuardianStopsNothing() public {
        vm.prank(governance);
        authority.revokeRole(GUARDIAN, guardian);
        vm.prank(guardian);
        _expectRevert(
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, guardian)
        );
        market.stopNewBusiness(1);
    }

    /// @dev Everything at once that governance can do against a market.
    function test_EveryExitWorksWhateverGovernanceDoes() public {
        Offer memory terms = _inspectedTerms();
        terms.token = address(usd);
        (Order memory order, OrderId id) = _openAndBuy(terms);
        vm.prank(buyer);
        market.buy(terms, _purchase(terms, "refunded"));

        _stop();
        _setToken(address(usd), false, 500);
        _setIssuer(address(market), false);
        vm.startPrank(governance);
        authority.setTargetClosed(address(market), true);
        authority.setTargetClosed(address(license), true);
        authority.updateAuthority(address(market), address(registry));
        authority.updateAuthority(address(license), address(registry));
        vm.stopPrank();

        _deliver(terms, order, id);
        vm.warp(_graceEnd(terms) + terms.inspection + 1);
        market.settle(terms, order);
        order.salt = "refunded";
        market.refund(terms, order);
        market.withdrawFor(payout, address(usd));
        market.withdrawFor(treasury, address(usd));
        market.withdrawFor(keeper, address(usd));
        market.withdrawFor(buyer, address(usd));
        assertEq(usd.balanceOf(address(market)), 0, "everything left");
        assertState(id, LicenseState.Settled);
    }
}
