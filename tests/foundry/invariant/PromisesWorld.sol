// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBonds} from "../../../interfaces/IBonds.sol";
import {Result, ResultId, ResultState} from "../../../interfaces/types/Attestations.sol";
import {Offer, Order, Ruling} from "../../../interfaces/types/Deals.sol";
import {OrderId} from "../../../interfaces/types/Ids.sol";
import {Bond, BondState} from "../../../interfaces/types/Stakes.sol";
import {BondBooks} from "./BondBooks.sol";

/// @notice Promises of scores and of rights, evaluators and a court that are right or wrong, and sales before and after it is
/// known. Foretells of each call whether it succeeds.
contract PromisesWorld is BondBooks {
    uint256 private constant MOST = 16;

    struct Measure {
        Result result;
        ResultId id;
        ResultState state;
        uint256 since;
    }

    struct Sale {
        Offer terms;
        Order order;
        uint256 boughtAt;
        uint256 given;
        bool waived;
    }

    Measure[] private measures;
    Sale[] private sales;
    mapping(uint256 stake => mapping(uint256 measure => uint256)) private contested;

    function setUp() public override {
        super.setUp();
        people = [guarantor, evaluator, accuser, buyer, NOBODY];
        _promiseScore();
        deal(address(aim), guarantor, 1_000_000e18);
        post(0, STAKE, 1);
        measure(0);
        sell();
    }

    /* ACTIONS */

    function post(uint256 seed, uint256 amount, uint256 again) public {
        uint256 at_ = stakes.length;
        if (at_ == MOST || (at_ != 0 && again % 2 == 0)) {
            at_ = again / 2 % at_;
        } else {
            Stake storage added = stakes.push();
            added.terms = bond;
            added.terms.until = uint40(block.timestamp + 1 + seed % 200 days);
            added.terms.salt = bytes32(at_);
            if (seed % 3 == 1) {
                (added.terms.suite, added.terms.threshold, added.terms.minStake) = (0, 0, 0);
            }
            added.terms.atMost = seed % 6 == 3;
            added.id = bonds.bondIdOf(added.terms);
        }
        Stake storage stake = stakes[at_];
        uint128 sum = uint128(bound(amount, 0, STAKE));
        bool first = stake.state == BondState.None;
        bool success = _by(guarantor, abi.encodeCall(IBonds.post, (stake.terms, sum)));
        _foretold(
            "post",
            success,
            sum != 0 && block.timestamp <= stake.terms.until && stake.brokenAt == 0
                && (!first || sum >= stake.terms.minStake)
        );
        if (!success) return;
        if (first) stake.state = BondState.Standing;
        (stake.posted, stake.left) = (stake.posted + sum, stake.left + sum);
    }

    /// @dev Below, at or above what is promised, staked on or hardly, and some expire.
    function measure(uint256 seed) public {
        if (measures.length == MOST) return;
        Result memory result = _result();
        result.suite = keccak256("suite");
        result.value = PROMISED + int128(int256(seed % 4)) - 2;
        result.stake = seed % 7 == 6 ? EVIDENCE - 1 : EVIDENCE;
        if (seed % 5 == 4) result.expiresAt = uint40(block.timestamp + seed % 20 days);
        result.salt = bytes32(measures.length);
        _attest(result);
        measures.push(
            Measure(result, attestations.resultIdOf(result), ResultState.Posted, block.timestamp)
        );
    }

    function judge(uint256 i, uint256 seed) external {
        Measure storage it = measures[i % measures.length];
        if (it.state == ResultState.Posted && block.timestamp <= it.since + 3 days) {
            _claimAgainst(it.result);
            it.state = ResultState.Held;
        } else if (it.state == ResultState.Held && seed % 2 == 0) {
            _ruleOn(it.result, Ruling.Upheld);
            it.state = ResultState.Voided;
        }
    }

    function contest(uint256 i, uint256 j) external {
        (i, j) = (i % stakes.length, j % measures.length);
        (Stake storage stake, Measure storage it) = (stakes[i], measures[j]);
        bytes memory data = abi.encodeCall(IBonds.contest, (stake.terms, registered, 0, it.result));
        bool success = _by(stranger, data);
        _foretold(
            "contest",
            success,
            _worse(stake, it) && _stateOf(stake) == BondState.Standing
                && block.timestamp <= stake.terms.until + 14 days && contested[i][j] == 0
                && (it.state == ResultState.Posted || it.state == ResultState.Held)
        );
        if (!success) return;
        contested[i][j] = block.timestamp;
        stake.contests += 1;
    }

    /// @dev Mostly of one that is held against the bond.
    function dismiss(uint256 i, uint256 j) external {
        (i, j) = (i % stakes.length, j % measures.length);
        for (uint256 k; k < measures.length && contested[i][j] == 0; ++k) {
            j = (j + 1) % measures.length;
        }
        (Stake storage stake, Measure storage it) = (stakes[i], measures[j]);
        bool success = _by(stranger, abi.encodeCall(IBonds.dismiss, (stake.terms, it.result)));
        _foretold(
            "dismiss",
            success,
            contested[i][j] != 0 && (_expired(it) || it.state == ResultState.Voided)
        );
        if (!success) return;
        contested[i][j] = 0;
        stake.contests -= 1;
    }

    function breakByScore(uint256 i, uint256 j) external {
        (i, j) = (i % stakes.length, j % measures.length);
        (Stake storage stake, Measure storage it) = (stakes[i], measures[j]);
        bytes memory data =
            abi.encodeCall(IBonds.breakByScore, (stake.terms, registered, 0, it.result));
        bool success = _by(stranger, data);
        bool stands = it.state == ResultState.Posted && block.timestamp > it.since + 3 days;
        BondState state = _stateOf(stake);
        _foretold(
            "breakByScore",
            success,
            _worse(stake, it) && stands && !_expired(it) && state == BondState.Standing
        );
        if (!success) return;
        uint256 notice = block.timestamp - 7 days;
        _broken(stake, evaluator, it.since > notice ? it.since : notice);
        if (contested[i][j] != 0) stake.since = contested[i][j];
    }

    function hold(uint256 i, uint256 count) external {
        Stake storage stake = stakes[i % stakes.length];
        if (count % 4 != 0) count = stake.holds;
        bytes memory what = abi.encode(stake.terms, count);
        bool success = _by(court, abi.encodeCall(bonds.hold, (what, accuser)));
        _foretold(
            "hold",
            success,
            stake.terms.suite == 0 && _stateOf(stake) == BondState.Standing && count == stake.holds
                && block.timestamp <= stake.terms.until + 14 days
        );
        if (!success) return;
        (stake.state, stake.heldAt, stake.holds) = (BondState.Held, block.timestamp, count + 1);
    }

    function resolve(uint256 i, uint256 count, uint256 ruling) external {
        Stake storage stake = stakes[i % stakes.length];
        count = count % 4 == 0 || stake.holds == 0 ? count % 8 : stake.holds - 1;
        bytes memory what = abi.encode(stake.terms, count);
        bool success = _by(court, abi.encodeCall(bonds.resolve, (what, Ruling(ruling % 3))));
        _foretold("resolve", success, _stateOf(stake) == BondState.Held && count + 1 == stake.holds);
        if (!success) return;
        if (ruling % 3 == 1) _broken(stake, accuser, stake.heldAt);
        else stake.state = BondState.Standing;
    }

    function reclaim(uint256 i) external {
        Stake storage stake = stakes[i % stakes.length];
        bool success = _by(guarantor, abi.encodeCall(IBonds.reclaim, (stake.terms)));
        _foretold(
            "reclaim",
            success,
            _stateOf(stake) == BondState.Standing && stake.contests == 0
                && block.timestamp > stake.terms.until + 14 days
        );
        if (success) _ended(stake);
    }

    function sell() public {
        if (sales.length == MOST) return;
        Offer memory terms = _terms();
        terms.salt = bytes32(sales.length);
        (Order memory order, OrderId id) = _offerAndBuy(terms);
        _deliver(terms, order, id);
        sales.push(Sale(terms, order, block.timestamp, 0, false));
    }

    function compensate(uint256 i, uint256 j) external {
        Stake storage stake = stakes[i % stakes.length];
        Sale storage sale = sales[j % sales.length];
        bool success =
            _by(buyer, abi.encodeCall(IBonds.compensate, (stake.terms, sale.terms, sale.order)));
        _foretold(
            "compensate",
            success,
            stake.state == BondState.Broken && stake.left != 0 && sale.given < PRICE
                && sale.boughtAt <= stake.since && !sale.waived
        );
        if (!success) return;
        uint256 open = PRICE - sale.given;
        if (stake.left < open) open = stake.left;
        sale.given += open;
        _paid(stake, buyer, open);
    }

    /// @dev Seldom: of all actions it alone leaves nothing to do with a sale.
    function waive(uint256 j, uint256 seed) external {
        Sale storage sale = sales[j % sales.length];
        if (seed % 8 != 0) return;
        bytes memory data = abi.encodeCall(IBonds.waive, (sale.terms, sale.order, stranger));
        bool success = _by(buyer, data);
        _foretold("waive", success, !sale.waived);
        sale.waived = true;
    }

    function close(uint256 i) external {
        Stake storage stake = stakes[i % stakes.length];
        bool success = _by(stranger, abi.encodeCall(IBonds.close, (stake.terms)));
        _foretold(
            "close",
            success,
            stake.state == BondState.Broken && block.timestamp > stake.brokenAt + 90 days
        );
        if (success) _ended(stake);
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + time % 4 days);
    }

    /* CHECKS */

    function checkBonds() external view {
        _checkStakes("BOND_2");
        for (uint256 i; i < sales.length; ++i) {
            OrderId id = _idOf(sales[i].terms, sales[i].order);
            assertEq(bonds.compensationOf(id), sales[i].given, "BOND_2");
            assertLe(sales[i].given, PRICE, "BOND_2");
        }
    }

    /// @dev All that waiting and what is decided allow; nothing is left but what nobody may have.
    function exit() external returns (uint256 left) {
        vm.warp(block.timestamp + 200 days);
        for (uint256 j; j < measures.length; ++j) {
            Measure storage it = measures[j];
            if (it.state != ResultState.Voided) try attestations.finish(it.result) {} catch {}
            for (uint256 i; i < stakes.length; ++i) {
                Bond memory terms = stakes[i].terms;
                try bonds.breakByScore(terms, registered, 0, it.result) {} catch {}
                try bonds.dismiss(terms, it.result) {} catch {}
            }
        }
        vm.warp(block.timestamp + 100 days);
        for (uint256 i; i < stakes.length; ++i) {
            _by(guarantor, abi.encodeCall(IBonds.reclaim, (stakes[i].terms)));
            _by(stranger, abi.encodeCall(IBonds.close, (stakes[i].terms)));
        }
        for (uint256 i; i < people.length; ++i) {
            bonds.withdrawForIfOwed(people[i], address(aim));
        }
        return aim.balanceOf(address(bonds));
    }

    /* INTERNAL */

    function _worse(Stake storage stake, Measure storage it) private view returns (bool) {
        bool kept = stake.terms.atMost
            ? it.result.value <= stake.terms.threshold
            : it.result.value >= stake.terms.threshold;
        return stake.terms.suite != 0 && it.result.stake >= EVIDENCE && !kept;
    }

    function _expired(Measure storage it) private view returns (bool) {
        return it.result.expiresAt != 0 && block.timestamp > it.result.expiresAt;
    }
}
