// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import {Offer, Order, Purchase} from "../../../interfaces/types/Deals.sol";
import {Bps, ModelId, OrderId} from "../../../interfaces/types/Ids.sol";
import {RebateRates} from "../../../interfaces/types/Rewards.sol";
import {Version} from "../../../interfaces/types/Versions.sol";
import {RebatesUnderTest} from "./Deployed.sol";
import {WrongVersion} from "./WrongVersion.sol";

/// @notice A budget that governance filled, rates that give buyers a tenth and payees a twentieth of the fee, and
/// nothing for early or frequent ones.
abstract contract RebatesBase is WrongVersion {
    uint128 internal constant BUDGET = 1000e18;
    uint128 internal constant TO_BUYER = PROTOCOL_FEE / 10;
    uint128 internal constant TO_PAYEE = PROTOCOL_FEE / 20;

    struct Sale {
        Offer terms;
        Order order;
        OrderId id;
    }

    RebatesUnderTest internal rebates;
    uint256 private _sales;

    function setUp() public virtual override {
        super.setUp();
        rebates = _deployRebates();
        deal(address(aim), treasury, 2 * BUDGET);
        _fill(BUDGET);
        _setRates(_rates());
    }

    function _deployRebates() internal returns (RebatesUnderTest) {
        return RebatesUnderTest(
            vm.deployCode("Rebates.sol:Rebates", abi.encode(authority, market, license, aim))
        );
    }

    function _rates() internal pure returns (RebateRates memory rates) {
        (rates.buyer, rates.payee) = (Bps.wrap(1000), Bps.wrap(500));
    }

    function _setRates(RebateRates memory rates) internal {
        vm.prank(governance);
        rebates.setRates(rates);
    }

    function _fill(uint256 amount) internal virtual {
        vm.prank(treasury);
        aim.transferAndCall(address(rebates), amount);
    }

    /// @dev An order of `account` at the usual terms, told apart by a salt; delivered, so settled or inspected.
    function _sell(Offer memory terms, address account) internal returns (Sale memory sale) {
        terms.salt = bytes32(++_sales);
        Version memory details = _isWrong(terms) ? _wrongDetails() : _details();
        vm.prank(terms.seller);
        market.openOffer(terms, details, 0);
        sale.terms = terms;
        sale.order = _order(terms, account, account);
        Purchase memory purchase = _purchase(terms);
        purchase.maxTotal = type(uint128).max;
        vm.prank(account);
        sale.id = market.buy(terms, purchase);
        _deliver(terms, sale.order, sale.id);
    }

    function _sell() internal returns (Sale memory) {
        return _sell(_terms(), buyer);
    }

    /// @dev A sale whose protocol's fee is `fee`.
    function _sellFor(uint256 fee, address account) internal returns (Sale memory) {
        Offer memory terms = _terms();
        terms.price = uint128(fee * 10_000 / AIM_FEE);
        return _sell(terms, account);
    }

    function _isWrong(Offer memory terms) internal view returns (bool) {
        return ModelId.unwrap(terms.model) == ModelId.unwrap(wrong);
    }

    function _claim(Sale memory sale) internal {
        vm.prank(stranger);
        rebates.claim(sale.terms, sale.order);
    }

    function _credit(address payee) internal view returns (uint256) {
        return rebates.credit(payee, 0, address(aim));
    }

    function _expectUnauthorized(address caller) internal {
        _expectRevert(
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller)
        );
    }
}
