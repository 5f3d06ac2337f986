// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {Bps, OrderId} from "../../../interfaces/types/Ids.sol";
import {BondsBase} from "./BondsBase.sol";
import {PoolUnderTest} from "./Deployed.sol";

/// @notice A pool of a curator, a depositor, and a bond of the guarantor that is insured.
abstract contract PoolBase is BondsBase {
    uint256 internal constant ASSETS = 10_000e18;
    /// @dev Of which a break leaves 60 for buyers: less than the price.
    uint128 internal constant SMALL = PRICE;
    uint128 internal constant OPEN = PRICE - SMALL * 3 / 5;
    uint96 internal constant LIMIT = 500e18;
    uint16 internal constant RATE = 500;
    uint128 internal constant AMOUNT = PRICE;
    uint256 internal constant YEAR = 365 days;
    uint256 internal constant WAIT = 7 days;
    uint256 internal constant WINDOW = 7 days;
    uint256 internal constant NOTICE = 10 days;
    uint256 internal constant QUIET = 3 days;
    uint256 internal constant WEEK = 7 days;

    PoolUnderTest internal pool;
    address internal curator = makeAddr("curator");
    address internal depositor = makeAddr("depositor");
    address internal other = makeAddr("other");

    function setUp() public virtual override {
        super.setUp();
        bytes memory arguments =
            abi.encode(bonds, license, aim, curator, "DAIMM cover of tests", "COVER");
        pool = PoolUnderTest(vm.deployCode("CoverPool.sol:CoverPool", arguments));
        address[4] memory people = [depositor, other, buyer, friend];
        for (uint256 i; i < people.length; ++i) {
            deal(address(aim), people[i], 1_000_000e18);
            vm.prank(people[i]);
            aim.approve(address(pool), type(uint256).max);
        }
        bond.until = uint40(block.timestamp + 60 days);
        bondId = bonds.bondIdOf(bond);
    }

    /* SHORT WAYS */

    /// @dev Deposits, a bond that is staked, and its limit in force.
    function _insure() internal {
        _deposit(depositor, ASSETS);
        _post(SMALL);
        _limit(LIMIT, RATE);
        vm.warp(block.timestamp + NOTICE);
    }

    function _deposit(address who, uint256 assets) internal returns (uint256) {
        vm.prank(who);
        return pool.deposit(assets, who);
    }

    function _limit(uint96 limit, uint16 rate) internal {
        vm.prank(curator);
        pool.setLimit(bond, limit, Bps.wrap(rate));
    }

    function _cover(OrderId order, uint128 amount) internal returns (uint256) {
        vm.prank(buyer);
        return pool.cover(bondId, order, amount, type(uint256).max);
    }

    /// @dev A settled sale that is insured, and the cover counts.
    function _insuredSale() internal returns (Offer memory terms, Order memory order, OrderId id) {
        _insure();
        (terms, order, id) = _sale();
        _cover(id, AMOUNT);
        vm.warp(block.timestamp + QUIET);
    }

    /// @dev The bond is broken by its content.
    function _breach() internal {
        _convict(stranger);
        bonds.breakByContent(bond);
    }

    /// @dev The bond gives the holder what it has, which leaves a part of the price open; the rest is left to the pool.
    function _waive(address holder, Offer memory terms, Order memory order) internal {
        _compensate(holder, terms, order);
        vm.prank(holder);
        bonds.waive(terms, order, address(pool));
    }

    function _request(address who, uint256 shares) internal {
        vm.prank(who);
        pool.request(shares);
    }

    function _claim(address who, Offer memory terms, Order memory order)
        internal
        returns (uint128)
    {
        vm.prank(who);
        return pool.claim(bondId, terms, order);
    }

    /// @dev Another order of the buyer under the same terms, delivered and settled.
    function _anotherSale(Offer memory terms, bytes32 salt)
        internal
        returns (Order memory order, OrderId id)
    {
        order = _order(terms, buyer, buyer);
        order.salt = salt;
        vm.prank(buyer);
        id = market.buy(terms, _purchase(salt));
        _deliver(terms, order, id);
    }
}
