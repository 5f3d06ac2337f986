// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBonds} from "../../../interfaces/IBonds.sol";
import {IModelRegistry} from "../../../interfaces/IModelRegistry.sol";
import {WrongContent} from "../../../interfaces/types/Contents.sol";
import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {Bps, ModelId, OrderId} from "../../../interfaces/types/Ids.sol";
import {Bond, BondState} from "../../../interfaces/types/Stakes.sol";
import {Version} from "../../../interfaces/types/Versions.sol";
import {BondBooks} from "./BondBooks.sol";

/// @notice Versions that are what they promise and versions that are not, stakes on both, and people who prove, forge,
/// stake, sell and claim. Foretells of each call whether it succeeds.
contract ContentWorld is BondBooks {
    uint256 private constant TRUE = type(uint256).max;
    uint256 private constant MOST = 6;

    struct Sale {
        Offer terms;
        Order order;
        OrderId id;
        uint256 version;
    }

    /// @dev Of each version: which leaf is wrong, or TRUE; its details; whether it was convicted, and by whom.
    uint256[] private wrongLeaf;
    ModelId[] private models;
    address[] private convictor;
    Sale[] private sales;
    mapping(uint256 sale => uint256) private compensated;

    function setUp() public override {
        super.setUp();
        people = [guarantor, seller, buyer, friend, stranger, NOBODY];
        models.push(ModelId.wrap(0));
        wrongLeaf.push(TRUE);
        convictor.push(address(0));
        register(1);
        register(0);
    }

    /* ACTIONS */

    function register(uint256 seed) public {
        if (models.length > MOST) return;
        uint256 leaf = seed % 2 == 0 ? TRUE : seed / 2 % 3;
        uint256 i = models.length;
        wrongLeaf.push(leaf);
        models.push(registry.register(seller, Bps.wrap(0), _detailsOf(i), _noParents()));
        convictor.push(address(0));
    }

    function convict(uint256 i, uint256 who, uint256 slot, uint256 forgery) external {
        i = _version(i);
        address claimant = _person(who);
        slot %= 3;
        WrongContent memory proof = contents.prove(
            LINE_SECRET,
            REQUEST_SECRET,
            _context(models[i], 1, claimant),
            _plaintext(i),
            promised,
            slot
        );
        bool expected = slot == wrongLeaf[i] && convictor[i] == address(0);
        if (forgery % 4 == 1) {
            // Below the curve's order, and not zero.
            uint256 scalar = forgery >> 2 | 1;
            proof.opening = contents.open(
                LINE_SECRET, REQUEST_SECRET, _context(models[i], 1, claimant), kit.point(scalar)
            );
            expected = false;
        }
        bytes memory data =
            abi.encodeCall(IModelRegistry.convict, (models[i], 1, _detailsOf(i), 0, proof));
        // A bit of a wrong leaf's proof may be padding.
        if (forgery % 4 == 2 && !expected) {
            data[388 + forgery / 32 % (data.length - 388)] ^= bytes1(uint8(1 << forgery / 4 % 8));
        }
        if (forgery % 4 == 3) {
            claimant = _person(who % people.length + 1);
            expected = false;
        }
        vm.prank(claimant);
        (bool success,) = address(registry).call(data);
        _foretold("convict", success, expected);
        if (success) convictor[i] = claimant;
    }

    function sell(uint256 i, uint256 price) external {
        i = _version(i);
        Offer memory terms = _terms();
        terms.model = models[i];
        terms.price = uint128(bound(price, 0, PRICE));
        terms.salt = bytes32(sales.length);
        Version memory details = _detailsOf(i);
        vm.prank(seller);
        (bool success,) =
            address(market).call(abi.encodeCall(market.openOffer, (terms, details, bytes32(0))));
        _foretold("sell", success, convictor[i] == address(0));
        if (!success) return;
        (Order memory order, OrderId id) = _buy(terms);
        _deliver(terms, order, id);
        sales.push(Sale(terms, order, id, i));
    }

    function post(uint256 i, uint256 amount, uint256 again) external {
        uint256 at_ = stakes.length;
        if (at_ != 0 && again % 2 == 0) {
            at_ = again / 2 % at_;
        } else {
            i = _version(i);
            uint40 until = uint40(block.timestamp + bound(amount, 1, 60 days));
            Bond memory terms = bond;
            (terms.model, terms.until, terms.salt) = (models[i], until, bytes32(stakes.length));
            Stake storage added = stakes.push();
            (added.terms, added.id, added.version) = (terms, bonds.bondIdOf(terms), i);
        }
        Stake storage stake = stakes[at_];
        uint128 sum = uint128(bound(amount, 0, 50e18));
        bool success = _by(guarantor, abi.encodeCall(IBonds.post, (stake.terms, sum)));
        _foretold(
            "post",
            success,
            sum != 0 && block.timestamp <= stake.terms.until
                && convictor[stake.version] == address(0)
        );
        if (!success) return;
        (stake.posted, stake.left) = (stake.posted + sum, stake.left + sum);
        stake.state = BondState.Standing;
    }

    function reclaim(uint256 i, uint256 who) external {
        if (stakes.length == 0) return;
        Stake storage stake = stakes[i % stakes.length];
        address caller = who % 4 == 0 ? _person(who) : guarantor;
        bool success = _by(caller, abi.encodeCall(IBonds.reclaim, (stake.terms)));
        _foretold(
            "reclaim",
            success,
            caller == guarantor && stake.state == BondState.Standing
                && block.timestamp > uint256(stake.terms.until) + 14 days
                && convictor[stake.version] == address(0)
        );
        if (success) _ended(stake);
    }

    function breakByContent(uint256 i, uint256 who) external {
        if (stakes.length == 0) return;
        Stake storage stake = stakes[i % stakes.length];
        address claimant = convictor[stake.version];
        bool success = _by(_person(who), abi.encodeCall(IBonds.breakByContent, (stake.terms)));
        _foretold(
            "breakByContent", success, stake.state == BondState.Standing && claimant != address(0)
        );
        if (!success) return;
        _broken(stake, claimant, block.timestamp);
    }

    function compensate(uint256 i, uint256 j, uint256 who) external {
        if (stakes.length == 0 || sales.length == 0) return;
        (i, j) = (i % stakes.length, j % sales.length);
        Stake storage stake = stakes[i];
        Sale storage sale = sales[j];
        address caller = who % 4 == 0 ? _person(who) : buyer;
        bool success =
            _by(caller, abi.encodeCall(IBonds.compensate, (stake.terms, sale.terms, sale.order)));
        _foretold(
            "compensate",
            success,
            caller == buyer && stake.state == BondState.Broken && sale.version == stake.version
                && stake.left != 0 && compensated[j] < sale.order.price
        );
        if (!success) return;
        uint256 open = sale.order.price - compensated[j];
        if (stake.left < open) open = stake.left;
        compensated[j] += open;
        _paid(stake, buyer, open);
    }

    function close(uint256 i, uint256 who) external {
        if (stakes.length == 0) return;
        Stake storage stake = stakes[i % stakes.length];
        bool success = _by(_person(who), abi.encodeCall(IBonds.close, (stake.terms)));
        _foretold(
            "close",
            success,
            stake.state == BondState.Broken && block.timestamp > stake.brokenAt + 90 days
        );
        if (success) _ended(stake);
    }

    function withdraw(uint256 who) external {
        address payee = _person(who);
        bool success = _by(payee, abi.encodeCall(bonds.withdraw, (bytes32(0), address(aim), payee)));
        _foretold("withdraw", success, owed[payee] != 0);
        if (success) owed[payee] = 0;
    }

    /// @dev Often lands on the last second of a clock or on the next.
    function warp(uint256 seed) external {
        uint256 to = block.timestamp + seed % 20 days;
        if (seed % 2 == 0 && stakes.length != 0) {
            Stake storage stake = stakes[seed / 2 % stakes.length];
            uint256 end = stake.state == BondState.Broken
                ? stake.brokenAt + 90 days
                : stake.terms.until + (seed % 4 == 0 ? 14 days : 0);
            if (end >= block.timestamp) to = end + seed / 4 % 2;
        }
        vm.warp(to);
    }

    /* CHECKS */

    function checkConvictions() external view {
        for (uint256 i = 1; i < models.length; ++i) {
            bool convicted = registry.isConvicted(models[i], 1);
            assertEq(convicted, convictor[i] != address(0), "CONVICT_1");
            assertEq(registry.convictorOf(models[i], 1), convictor[i], "CONVICT_1");
            if (convicted) assertLt(wrongLeaf[i], TRUE, "CONVICT_1");
        }
    }

    function checkBonds() external view {
        _checkStakes("BOND_1");
        for (uint256 i; i < sales.length; ++i) {
            assertEq(bonds.compensationOf(sales[i].id), compensated[i], "BOND_1");
            assertLe(compensated[i], sales[i].order.price, "BOND_1");
        }
    }

    /* INTERNAL */

    function _version(uint256 i) private view returns (uint256) {
        return 1 + i % (models.length - 1);
    }

    function _person(uint256 who) private view returns (address) {
        return people[who % people.length];
    }

    /// @dev What the version's file holds.
    function _plaintext(uint256 i) private view returns (bytes memory data) {
        data = promised;
        if (wrongLeaf[i] != TRUE) data[wrongLeaf[i] * 256 + i] = 0x01;
    }

    function _detailsOf(uint256 i) private view returns (Version memory details) {
        details = _details();
        details.artifact = contents.artifact(LINE_SECRET, _plaintext(i), promised);
    }
}
