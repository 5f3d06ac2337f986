// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Order} from "../../../interfaces/types/Deals.sol";
import {Bps, LicenseId} from "../../../interfaces/types/Ids.sol";
import {LicenseState} from "../../../interfaces/types/Licenses.sol";
import {Handler} from "./Handler.sol";

/// @notice The invariants of docs/invariants.md, each by its ID, over the handlers' account and the contracts' state.
contract Checks is Handler {
    /* MONEY */

    function LEDGER_1() external view {
        for (uint256 t; t < tokens.length; ++t) {
            address token = address(tokens[t]);
            uint256 held = donated[token];
            for (uint256 i; i < deals.length; ++i) {
                Deal storage d = deals[i];
                if (_termsOf(d).token != token) continue;
                if (d.stage == Stage.Pending) held += _total(d);
                if (d.stage == Stage.Inspected || d.stage == Stage.Held) held += d.order.price;
            }
            for (uint256 i; i < payees.length; ++i) {
                held += market.credit(payees[i], 0, token) + market.credit(payees[i], SPLIT, token);
            }
            assertEq(tokens[t].balanceOf(address(market)), held, "LEDGER_1");
        }
    }

    function LEDGER_2() external view {
        for (uint256 i; i < payees.length; ++i) {
            for (uint256 t; t < tokens.length; ++t) {
                address token = address(tokens[t]);
                uint256 own = owed[payees[i]][0][token];
                uint256 split = owed[payees[i]][SPLIT][token];
                assertEq(market.credit(payees[i], 0, token), own, "LEDGER_2");
                assertEq(market.credit(payees[i], SPLIT, token), split, "LEDGER_2");
            }
        }
    }

    /// @dev Whoever has it by now: passing credit on makes none and loses none.
    function LEDGER_3() external view {
        for (uint256 t; t < tokens.length; ++t) {
            address token = address(tokens[t]);
            uint256 sum;
            for (uint256 i; i < payees.length; ++i) {
                sum += market.credit(payees[i], 0, token) + market.credit(payees[i], SPLIT, token);
            }
            assertEq(sum, credited[token], "LEDGER_3");
        }
    }

    /// @dev All people have allowed the market everything: nobody may spend that but they.
    function WALLET_1() external view {
        for (uint256 i; i < payees.length; ++i) {
            for (uint256 t; t < tokens.length; ++t) {
                uint256 held = wallet[payees[i]][address(tokens[t])];
                assertEq(tokens[t].balanceOf(payees[i]), held, "WALLET_1");
            }
        }
    }

    function FEE_1() external view {
        for (uint256 t; t < tokens.length; ++t) {
            (, Bps fee,) = market.tokenPolicy(address(tokens[t]));
            assertLe(Bps.unwrap(fee), 500, "FEE_1");
        }
        for (uint256 i; i < deals.length; ++i) {
            Order storage order = deals[i].order;
            assertLe(order.protocolFee, uint256(order.price) * 500 / 10_000, "FEE_1");
        }
    }

    function TOKEN_1() external view {
        assertEq(aim.totalSupply(), AIM_SUPPLY, "TOKEN_1");
    }

    /* ORDERS */

    function ORDER_1() external view {
        for (uint256 i; i < deals.length; ++i) {
            Deal storage d = deals[i];
            (uint40 end,) = market.inspectionOf(d.id);
            if (d.stage == Stage.Inspected) assertEq(end, _inspectionEndOf(d), "ORDER_1");
            else if (d.stage != Stage.Held) assertEq(end, 0, "ORDER_1");
            bool refunded = license.recordOf(d.license).state == LicenseState.Burned;
            assertEq(refunded, d.stage == Stage.Refunded, "ORDER_1");
        }
    }

    /// @dev What ends a held order is foretold by the handlers; here is that nothing else does.
    function HOLD_1() external view {
        for (uint256 i; i < deals.length; ++i) {
            Deal storage d = deals[i];
            (uint40 end, bool held) = market.inspectionOf(d.id);
            assertEq(held, d.stage == Stage.Held, "HOLD_1");
            if (held) assertEq(end, d.heldUntil, "HOLD_1");
        }
    }

    function DELIVERY_1() external view {
        uint256[] memory proven = new uint256[](tokens.length);
        for (uint256 i; i < deals.length; ++i) {
            Deal storage d = deals[i];
            if (d.stage == Stage.Refunded) continue;
            LicenseState state = license.recordOf(d.license).state;
            bool delivered = state == LicenseState.Active || state == LicenseState.Settled;
            assertEq(delivered, d.deliveredAt != 0, "DELIVERY_1");
            if (d.stage != Stage.Settled) continue;
            assertTrue(delivered, "DELIVERY_1");
            for (uint256 t; t < tokens.length; ++t) {
                if (_termsOf(d).token == address(tokens[t])) proven[t] += d.order.price;
            }
        }
        for (uint256 t; t < tokens.length; ++t) {
            assertEq(earned[address(tokens[t])], proven[t], "DELIVERY_1");
        }
    }

    function SUPPLY_1() external view {
        for (uint256 i; i < listings.length; ++i) {
            uint32 supply = listings[i].terms.supply;
            uint256 sold = market.soldOf(market.offerIdOf(listings[i].terms));
            assertEq(sold, supply == 0 ? 0 : listings[i].sold, "SUPPLY_1");
            if (supply != 0) assertLe(sold, supply, "SUPPLY_1");
        }
    }

    function OFFER_1() external view {
        for (uint256 i; i < listings.length; ++i) {
            bool open = market.isOpen(market.offerIdOf(listings[i].terms));
            assertEq(open, listings[i].open, "OFFER_1");
        }
    }

    /* ACCESS */

    function ACCESS_1() external view {
        for (uint256 i; i < deals.length; ++i) {
            Deal storage d = deals[i];
            for (uint16 version; version <= 2; ++version) {
                bool has = license.hasAccess(d.license, d.holder, version);
                assertEq(has, _opens(d, d.holder, version), "ACCESS_1");
            }
            for (uint256 j; j < people.length; ++j) {
                bool has = license.hasAccess(d.license, people[j], 1);
                assertEq(has, _opens(d, people[j], 1), "ACCESS_1");
            }
        }
    }

    function USER_1() external view {
        for (uint256 i; i < deals.length; ++i) {
            Deal storage d = deals[i];
            uint256 id = LicenseId.unwrap(d.license);
            assertEq(license.userOf(id), _isUsed(d) ? d.user : address(0), "USER_1");
            assertEq(license.userExpires(id), d.useEnd, "USER_1");
        }
    }

    function LICENSE_1() external view {
        LicenseState[5] memory states = [
            LicenseState.Pending,
            LicenseState.Active,
            LicenseState.Active,
            LicenseState.Settled,
            LicenseState.Burned
        ];
        for (uint256 i; i < deals.length; ++i) {
            Deal storage d = deals[i];
            LicenseState state = license.recordOf(d.license).state;
            assertEq(uint8(state), uint8(states[uint8(d.stage)]), "LICENSE_1");
            (bool owned, bytes memory owner) = address(license)
                .staticcall(abi.encodeCall(license.ownerOf, (LicenseId.unwrap(d.license))));
            assertEq(owned, d.stage != Stage.Refunded, "LICENSE_1");
            if (owned) assertEq(abi.decode(owner, (address)), d.holder, "LICENSE_1");
        }
    }

    /* REGISTRY */

    function REGISTRY_1() external view {
        for (uint256 i; i < recorded.length; ++i) {
            Recorded storage r = recorded[i];
            assertEq(registry.versionDigest(r.model, r.version), r.digest, "REGISTRY_1");
            assertEq(registry.isRetired(r.model, r.version), r.retired, "REGISTRY_1");
            assertNotEq(r.digest, 0, "REGISTRY_1");
            assertGe(registry.versionCount(r.model), r.version, "REGISTRY_1");
        }
    }

    /* GOVERNANCE */

    function STOP_1() external view {
        assertEq(market.stoppedUntil(), stopEnd, "STOP_1");
        assertLe(stopEnd, block.timestamp + 14 days, "STOP_1");
    }

    /// @dev Ends what can be ended by anybody, pays out everything, and looks at what remains.
    function EXIT_1() external {
        armed = 0;
        vm.warp(block.timestamp + 365 days);
        for (uint256 i; i < deals.length; ++i) {
            Deal storage d = deals[i];
            if (d.stage == Stage.Pending || d.stage == Stage.Held) {
                market.refund(_termsOf(d), d.order);
            }
            if (d.stage == Stage.Inspected) market.settle(_termsOf(d), d.order);
        }
        for (uint256 t; t < tokens.length; ++t) {
            address token = address(tokens[t]);
            for (uint256 i; i < payees.length; ++i) {
                if (market.credit(payees[i], 0, token) != 0) market.withdrawFor(payees[i], token);
                if (market.credit(payees[i], SPLIT, token) == 0) continue;
                vm.prank(payees[i]);
                market.withdraw(SPLIT, token, payees[i]);
            }
            assertEq(tokens[t].balanceOf(address(market)), donated[token], "EXIT_1");
        }
    }
}
