// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBonds} from "../../../interfaces/IBonds.sol";
import {ICoverPool} from "../../../interfaces/ICoverPool.sol";
import {PoolBooks} from "../../../interfaces/types/Covers.sol";
import {Offer, Order, Ruling} from "../../../interfaces/types/Deals.sol";
import {Bps, OrderId} from "../../../interfaces/types/Ids.sol";
import {Bond, BondId, BondState} from "../../../interfaces/types/Stakes.sol";
import {PoolBase} from "../utils/PoolBase.sol";
import {Foretold} from "./Foretold.sol";

/// @notice Depositors come and go, a curator changes their mind, promises about rights of three models are claimed against, broken and
/// kept, and holders take what bonds and the pool owe. Foretells of each call whether it succeeds.
contract PoolWorld is PoolBase, Foretold {
    uint256 private constant MODELS = 3;
    uint256 private constant MOST = 24;

    /// @dev One bond of one model, and what the pool sold on it. since: of its breach; zero before.
    struct Promise {
        Bond terms;
        BondId id;
        uint256 holds;
        uint256 heldAt;
        uint256 since;
        uint256 end;
        uint256 locked;
        bool impaired;
    }

    struct Sale {
        uint256 about;
        Offer terms;
        Order order;
        OrderId id;
        uint256 amount;
        uint256 start;
        uint256 boughtAt;
        uint256 premium;
        uint256 paid;
        bool waived;
    }

    Promise[] private promises;
    Sale[] private sales;
    mapping(address who => uint256) private asked;
    mapping(address who => uint256) private openFrom;
    uint256 private came;
    uint256 private left;
    uint256 private given;

    function setUp() public override {
        super.setUp();
        _promiseRights();
        deal(address(aim), guarantor, 1_000_000e18);
        deal(address(aim), buyer, 1_000_000_000e18);
        for (uint256 i; i < MODELS; ++i) {
            bond.model = i == 0
                ? wrong
                : registry.register(seller, Bps.wrap(0), _wrongDetails(), _noParents());
            bond.until = uint40(block.timestamp + (60 + 50 * i) * 1 days);
            bondId = bonds.bondIdOf(bond);
            _post(SMALL);
            Promise storage made = promises.push();
            (made.terms, made.id) = (bond, bondId);
            limit(i, LIMIT, RATE);
            made.end = pool.termsOf(bondId).end;
        }
        deposit(0, ASSETS);
        vm.warp(block.timestamp + NOTICE);
        sell(0);
    }

    /* DEPOSITORS */

    function deposit(uint256 who, uint256 amount) public {
        amount = bound(amount, 1e18, 10_000e18);
        address by = _depositor(who);
        _foretold("deposit", _call(by, abi.encodeCall(pool.deposit, (amount, by))), true);
        came += amount;
    }

    function request(uint256 who, uint256 shares) external {
        address by = _depositor(who);
        shares = bound(shares, 0, pool.balanceOf(by) * 5 / 4);
        bool can = shares <= pool.balanceOf(by);
        _foretold("request", _call(by, abi.encodeCall(ICoverPool.request, (shares))), can);
        if (can) (asked[by], openFrom[by]) = (shares, block.timestamp + WAIT);
    }

    function redeem(uint256 who, uint256 shares) external {
        address by = _depositor(who);
        shares = bound(shares, 0, asked[by]);
        PoolBooks memory had = pool.holdings();
        bool open = block.timestamp >= openFrom[by] && block.timestamp <= openFrom[by] + WINDOW;
        uint256 worth = pool.previewRedeem(shares);
        bool can = shares == 0 || (open && shares <= pool.maxRedeem(by));
        if (open && shares != 0) {
            // No more and no less than what is not locked.
            assertLe(can ? worth : 0, had.assets - had.locked, "POOL_1");
            if (!can) assertGe(worth + 1, had.assets - had.locked, "POOL_1");
        }
        _foretold("redeem", _call(by, abi.encodeCall(pool.redeem, (shares, by, by))), can);
        if (can) (asked[by], left) = (asked[by] - shares, left + worth);
    }

    function pass(uint256 who, uint256 shares) external {
        (address from, address to) = (_depositor(who), _depositor(who % 2 + 1));
        shares = bound(shares, 0, pool.balanceOf(from));
        bool over = block.timestamp > openFrom[from] + WINDOW;
        bool can = over || pool.balanceOf(from) >= shares + asked[from];
        _foretold("pass", _call(from, abi.encodeCall(pool.transfer, (to, shares))), can);
    }

    function donate(uint256 amount) external {
        amount = bound(amount, 0, 1000e18);
        vm.prank(buyer);
        aim.transfer(address(pool), amount);
        given += amount;
    }

    /* COVERS */

    function limit(uint256 seed, uint256 amount, uint256 rate) public {
        bytes memory data = abi.encodeCall(
            ICoverPool.setLimit,
            (
                promises[seed % MODELS].terms,
                uint96(bound(amount, 0, 2 * LIMIT)),
                Bps.wrap(uint16(rate % 5000))
            )
        );
        _foretold("limit", _call(curator, data), true);
    }

    function sell(uint256 seed) public {
        if (sales.length == MOST) return;
        Sale storage sale = sales.push();
        sale.about = seed % MODELS;
        (model, wrong) = (promises[sale.about].terms.model, promises[sale.about].terms.model);
        Offer memory terms = _terms();
        terms.salt = bytes32(sales.length);
        (Order memory order, OrderId id) = _offerAndBuy(terms);
        _deliver(terms, order, id);
        (sale.terms, sale.order, sale.id) = (terms, order, id);
        sale.boughtAt = block.timestamp;
        wrong = promises[0].terms.model;
    }

    function cover(uint256 seed, uint256 amount) external {
        Sale storage sale = sales[seed % sales.length];
        Promise storage made = promises[sale.about];
        amount = bound(amount, 0, PRICE);
        bool can = sale.start == 0 && amount != 0 && amount <= pool.roomFor(made.id)
            && block.timestamp <= made.terms.until && _stands(made) && !made.impaired;
        uint256 premium = pool.premiumOf(made.id, amount);
        bytes memory data =
            abi.encodeCall(ICoverPool.cover, (made.id, sale.id, uint128(amount), premium));
        _foretold("cover", _call(buyer, data), can);
        if (!can) return;
        (sale.amount, sale.start, sale.premium) = (amount, block.timestamp + QUIET, premium);
        made.locked += amount;
        came += premium;
    }

    /// @dev What the bond gives first, and the waiver.
    function compensate(uint256 seed, uint256 waive) external {
        Sale storage sale = sales[seed % sales.length];
        bytes memory data =
            abi.encodeCall(IBonds.compensate, (promises[sale.about].terms, sale.terms, sale.order));
        if (_by(buyer, address(bonds), data)) done["compensate"] += 1;
        if (waive % 4 == 0 || sale.waived) return;
        data = abi.encodeCall(IBonds.waive, (sale.terms, sale.order, address(pool)));
        _foretold("waive", _by(buyer, address(bonds), data), true);
        sale.waived = true;
    }

    function claim(uint256 seed) external {
        Sale storage sale = sales[seed % sales.length];
        Promise storage made = promises[sale.about];
        uint256 due = PRICE - bonds.compensationOf(sale.id);
        bool broken = bonds.recordOf(made.id).state == BondState.Broken;
        bool can = sale.amount != 0 && sale.paid == 0 && block.timestamp < made.end && broken
            && bonds.recordOf(made.id).stake == 0 && made.since >= sale.start && due != 0
            && sale.waived && sale.start <= sale.boughtAt + QUIET + WEEK;
        uint256 before = aim.balanceOf(buyer);
        bytes memory data = abi.encodeCall(ICoverPool.claim, (made.id, sale.terms, sale.order));
        _foretold("claim", _call(buyer, data), can);
        if (!can) return;
        sale.paid = aim.balanceOf(buyer) - before;
        assertEq(sale.paid, due < sale.amount ? due : sale.amount, "POOL_1");
        made.locked -= sale.amount;
        left += sale.paid;
    }

    /* BONDS */

    function hold(uint256 seed) external {
        Promise storage made = promises[seed % MODELS];
        bool can = _standing(made) && block.timestamp <= bonds.standsUntil(made.terms);
        bytes memory what = abi.encode(made.terms, made.holds);
        vm.prank(court);
        (bool success,) =
            address(bonds).call(abi.encodeWithSignature("hold(bytes,address)", what, accuser));
        _foretold("hold", success, can);
        if (can) (made.heldAt, made.holds) = (block.timestamp, made.holds + 1);
    }

    function resolve(uint256 seed, uint256 upheld) external {
        Promise storage made = promises[seed % MODELS];
        if (bonds.recordOf(made.id).state != BondState.Held) return;
        Ruling ruling = upheld % 3 == 0 ? Ruling.Upheld : Ruling.Rejected;
        vm.prank(court);
        bonds.resolve(abi.encode(made.terms, made.holds - 1), ruling);
        if (ruling == Ruling.Upheld) made.since = made.heldAt;
        done["resolve"] += 1;
    }

    /// @dev Whoever can end a bond does.
    function end(uint256 seed) external {
        Promise storage made = promises[seed % MODELS];
        bytes memory reclaim = abi.encodeCall(IBonds.reclaim, (made.terms));
        if (_by(guarantor, address(bonds), reclaim)) done["reclaim"] += 1;
        if (_by(stranger, address(bonds), abi.encodeCall(IBonds.close, (made.terms)))) {
            done["close"] += 1;
        }
    }

    /* ANYBODY */

    function impair(uint256 seed) external {
        Promise storage made = promises[seed % MODELS];
        bool can = !made.impaired && _lockedOf(made) != 0 && _isInDoubt(made);
        _foretold("impair", _call(stranger, abi.encodeCall(ICoverPool.impair, (made.id))), can);
        if (can) made.impaired = true;
    }

    function restore(uint256 seed) external {
        Promise storage made = promises[seed % MODELS];
        bool can = made.impaired && (_lockedOf(made) == 0 || !_isInDoubt(made));
        _foretold("restore", _call(stranger, abi.encodeCall(ICoverPool.restore, (made.id))), can);
        if (can) made.impaired = false;
    }

    function release(uint256 seed) external {
        Promise storage made = promises[seed % MODELS];
        bool can = _lockedOf(made) != 0 && bonds.recordOf(made.id).state == BondState.Ended;
        _foretold("release", _call(stranger, abi.encodeCall(ICoverPool.release, (made.id))), can);
        if (can) made.locked = 0;
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 0, 9 days));
    }

    /* CHECKS */

    function checkPool() external view {
        PoolBooks memory had = pool.holdings();
        assertGe(had.assets, had.locked, "POOL_1");
        assertLe(had.impaired, had.locked, "POOL_1");
        uint256 locked;
        for (uint256 i; i < MODELS; ++i) {
            locked += _lockedOf(promises[i]);
        }
        assertEq(had.locked, locked, "POOL_1");
        uint256 unearned;
        for (uint256 i; i < sales.length; ++i) {
            unearned += _unearned(sales[i]);
            assertLe(sales[i].paid + bonds.compensationOf(sales[i].id), PRICE, "POOL_1");
            assertLe(sales[i].paid, sales[i].amount, "POOL_1");
        }
        assertEq(aim.balanceOf(address(pool)), came + given - left, "POOL_1");
        assertApproxEqAbs(had.assets + unearned, came - left, sales.length + 1, "POOL_1");
        assertLe(had.assets, came - left, "POOL_1");
    }

    /// @dev Time alone, and depositors leave with all but what rounding gave to nobody.
    function exit() external returns (uint256 shares, uint256 assets) {
        vm.warp(block.timestamp + 700 days);
        for (uint256 i; i < MODELS; ++i) {
            if (promises[i].impaired) pool.restore(promises[i].id);
        }
        for (uint256 i; i < 2; ++i) {
            uint256 had = pool.balanceOf(_depositor(i));
            _call(_depositor(i), abi.encodeCall(ICoverPool.request, (had)));
        }
        vm.warp(block.timestamp + WAIT);
        for (uint256 i; i < 2; ++i) {
            address by = _depositor(i);
            _call(by, abi.encodeCall(pool.redeem, (pool.balanceOf(by), by, by)));
        }
        return (pool.totalSupply(), pool.totalAssets());
    }

    /* INTERNAL */

    function _depositor(uint256 who) private view returns (address) {
        return who % 2 == 0 ? depositor : other;
    }

    function _call(address by, bytes memory data) private returns (bool) {
        return _by(by, address(pool), data);
    }

    function _standing(Promise storage made) private view returns (bool) {
        return bonds.recordOf(made.id).state == BondState.Standing;
    }

    function _stands(Promise storage made) private view returns (bool) {
        return _standing(made);
    }

    function _isInDoubt(Promise storage made) private view returns (bool) {
        BondState state = bonds.recordOf(made.id).state;
        return state == BondState.Held || state == BondState.Broken;
    }

    function _lockedOf(Promise storage made) private view returns (uint256) {
        return block.timestamp < made.end ? made.locked : 0;
    }

    function _unearned(Sale storage sale) private view returns (uint256) {
        uint256 last = promises[sale.about].end;
        if (sale.start == 0 || block.timestamp >= last) return 0;
        uint256 boughtAt = sale.start - QUIET;
        return sale.premium * (last - block.timestamp) / (last - boughtAt);
    }
}
