// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBonds} from "../../../../interfaces/IBonds.sol";
import {Result} from "../../../../interfaces/types/Attestations.sol";
import {Offer, Order, Purchase, Ruling} from "../../../../interfaces/types/Deals.sol";
import {OrderId} from "../../../../interfaces/types/Ids.sol";
import {BondState, Breach} from "../../../../interfaces/types/Stakes.sol";
import {BondsBase} from "../../utils/BondsBase.sol";

/// Whoever breaks their own promise loses the burned fifth at least, whatever they are besides guarantor, under one
/// name or several, and however often they sell to themselves, before it is known or after.
contract OwnPromiseTest is BondsBase {
    uint256 private constant SELLER = 1;
    uint256 private constant CLAIMANT = 2;
    uint256 private constant BUYER = 4;

    struct Play {
        uint128 stake;
        uint128 price;
        uint8 sales;
        bool late;
        bool merged;
    }

    /// @dev Who plays each part, and whose gains are counted.
    address private taker;
    address private shower;
    address[] private ring;

    /// forge-config: default.fuzz.runs = 12
    function testFuzz_BreakingItNeverPays(Play memory play) public {
        play.stake = uint128(bound(play.stake, EVIDENCE, 10 * STAKE));
        play.price = uint128(bound(play.price, 0, play.stake));
        play.sales = uint8(bound(play.sales, 0, 3));
        for (uint256 how; how < 3; ++how) {
            for (uint256 roles; roles < 8; ++roles) {
                uint256 snapshot = vm.snapshotState();
                _act(play, Breach(how), roles);
                vm.revertToState(snapshot);
            }
        }
    }

    function _act(Play memory play, Breach how, uint256 roles) private {
        _cast(play.merged, roles);
        if (how == Breach.Score) _promiseScore();
        if (how == Breach.Rights) _promiseRights();
        uint256 before = _wealth();
        Offer memory terms = _terms();
        (terms.price, terms.deliveryFee) = (play.price, 0);
        _offer(terms);
        _post(play.stake);
        Order[] memory orders = new Order[](play.sales);
        if (!play.late) _sell(terms, orders);
        Order[] memory honest = new Order[](1);
        (address sham, address other) = (taker, buyer);
        taker = other;
        _sell(terms, honest);
        taker = sham;

        Result memory result = _result();
        result.evaluator = shower;
        if (how == Breach.Score) _attest(result);
        if (how == Breach.Rights) {
            vm.prank(court);
            bonds.hold(_what(0), shower);
        }
        vm.warp(block.timestamp + 3 days + 1);
        if (play.late) _sell(terms, orders);
        if (how == Breach.Content) {
            _convict(shower);
            bonds.breakByContent(bond);
        }
        if (how == Breach.Score) {
            _breakByScore(result);
            attestations.finish(result);
        }
        if (how == Breach.Rights) _resolve(0, Ruling.Upheld);
        assertEq(uint8(bonds.recordOf(bondId).state), uint8(BondState.Broken));
        for (uint256 i; i < play.sales; ++i) {
            bytes memory data = abi.encodeCall(IBonds.compensate, (bond, terms, orders[i]));
            vm.prank(taker);
            (bool paid,) = address(bonds).call(data);
            if (play.late && how != Breach.Content) assertFalse(paid, "bought too late");
        }
        vm.warp(block.timestamp + 90 days + 1);
        bonds.close(bond);

        uint256 sold = roles & SELLER == 0 ? 0 : roles & BUYER == 0 ? play.sales + 1 : 1;
        uint256 earned = sold * (play.price - uint256(play.price) * AIM_FEE / 10_000);
        assertLe(_wealth(), before + earned - play.stake / 5);
    }

    /// @dev The guarantor and whom `roles` names; merged: all of these are one account.
    function _cast(bool merged, uint256 roles) private {
        address one = roles & SELLER == 0 ? guarantor : seller;
        if (merged) guarantor = one;
        shower = merged && roles & CLAIMANT != 0 ? one : accuser;
        taker = merged && roles & BUYER != 0 ? one : friend;
        bond.guarantor = guarantor;
        bondId = bonds.bondIdOf(bond);
        address[4] memory parts = [guarantor, seller, shower, taker];
        for (uint256 i; i < parts.length; ++i) {
            deal(address(aim), parts[i], 10_000_000e18);
            vm.startPrank(parts[i]);
            aim.approve(address(market), type(uint256).max);
            aim.approve(address(bonds), type(uint256).max);
            aim.approve(address(attestations), type(uint256).max);
            vm.stopPrank();
        }
        _join(guarantor);
        if (roles & SELLER != 0) _join(seller);
        if (roles & SELLER != 0) _join(payout);
        if (roles & CLAIMANT != 0) _join(shower);
        if (roles & BUYER != 0) _join(taker);
    }

    function _join(address member) private {
        for (uint256 i; i < ring.length; ++i) {
            if (ring[i] == member) return;
        }
        ring.push(member);
    }

    /// @dev To the taker.
    function _sell(Offer memory terms, Order[] memory orders) private {
        for (uint256 i; i < orders.length; ++i) {
            orders[i] = _order(terms, taker, taker);
            orders[i].salt = keccak256(abi.encode(taker, i));
            Purchase memory purchase = _purchase(orders[i].salt);
            purchase.maxTotal = terms.price;
            vm.prank(taker);
            OrderId id = market.buy(terms, purchase);
            _deliver(terms, orders[i], id);
        }
    }

    /// @dev What the ring holds and is owed.
    function _wealth() private view returns (uint256 sum) {
        for (uint256 i; i < ring.length; ++i) {
            address one = ring[i];
            sum += aim.balanceOf(one) + _credit(one) + _owed(one, address(aim))
            + attestations.credit(one, 0, address(aim));
        }
    }
}
