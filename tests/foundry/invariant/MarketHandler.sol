// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ILedger} from "../../../interfaces/ILedger.sol";
import {Offer, Order, Purchase, Ruling} from "../../../interfaces/types/Deals.sol";
import {Bps, OrderId} from "../../../interfaces/types/Ids.sol";
import {Delivery} from "../../../interfaces/types/Keys.sol";
import {World} from "./World.sol";

/// @notice Trade: every verb by anybody at any time. The model says beforehand whether it must succeed.
abstract contract MarketHandler is World {
    /* CALLING */

    function _call(address caller, bytes memory data) internal returns (bool success) {
        vm.prank(caller);
        (success,) = address(market).call(data);
    }

    /// @dev Forward only, and no way from one end to the other.
    function _move(Deal storage d, Stage to) private {
        assertGt(uint8(to), uint8(d.stage), "LICENSE_1");
        assertLt(uint8(d.stage), uint8(Stage.Settled), "ORDER_1");
        d.stage = to;
    }

    /* PURCHASE */

    function buy(uint256 listing, uint256 who, uint256 whom, uint256 seed) external {
        if (deals.length == MAX_DEALS) return;
        listing = _pickListing(listing);
        Offer memory terms = listings[listing].terms;
        Deal storage d = deals.push();
        d.listing = listing;
        d.order = Order({
            buyer: _pick(people, who),
            recipient: _pick(people, whom),
            referrer: address(0),
            referral: 0,
            key: keys[seed % keys.length],
            price: terms.price,
            protocolFee: uint128(terms.price * rate[terms.token] / 10_000),
            salt: bytes32(deals.length)
        });
        d.id = _idOf(terms, d.order);
        d.license = _licenseOf(d.id);
        d.boughtAt = block.timestamp;
        d.holder = d.order.recipient;
        bool expected = _sells(listings[listing]);
        paying = true;
        bool success = _pay(d, terms, seed);
        paying = false;
        _foretold("buy", success, expected);
        if (!success) return deals.pop();

        wallet[d.order.buyer][terms.token] -= _total(d);
        listings[listing].sold += 1;
    }

    /// @dev By allowance, or in AIM at times by one transfer.
    function _pay(Deal storage d, Offer memory terms, uint256 seed) private returns (bool success) {
        Purchase memory purchase = Purchase({
            key: d.order.key,
            maxTotal: terms.price + terms.deliveryFee,
            protocolRate: Bps.wrap(uint16(rate[terms.token])),
            txDeadline: uint40(block.timestamp),
            salt: d.order.salt
        });
        if (terms.token != address(aim) || seed % 3 != 0) {
            return _call(
                d.order.buyer,
                abi.encodeCall(market.buyFor, (terms, purchase, d.order.recipient, address(0), ""))
            );
        }
        vm.prank(d.order.buyer);
        (success,) = address(aim)
            .call(
                abi.encodeWithSignature(
                    "transferAndCall(address,uint256,bytes)",
                    market,
                    purchase.maxTotal,
                    abi.encode(terms, purchase, d.order.recipient, address(0), bytes(""))
                )
            );
    }

    /// @notice The same purchase once more, whatever became of it.
    function buyAgain(uint256 i) external {
        if (deals.length == 0) return;
        Deal storage d = deals[i % deals.length];
        Purchase memory purchase = Purchase({
            key: d.order.key,
            maxTotal: type(uint128).max,
            protocolRate: Bps.wrap(uint16(rate[_termsOf(d).token])),
            txDeadline: uint40(block.timestamp),
            salt: d.order.salt
        });
        bytes memory data = abi.encodeCall(
            market.buyFor, (_termsOf(d), purchase, d.order.recipient, address(0), "")
        );
        // With another rate it would be another order; a buyer who names the first is refused.
        bool same = d.order.protocolFee == uint256(d.order.price) * rate[_termsOf(d).token] / 10_000;
        if (same) assertFalse(_call(d.order.buyer, data), "ORDER_1");
    }

    /* DELIVERY */

    /// @dev Whether a delivery was made; of two ways to make one, the second passes over what is not due.
    function _tryDeliver(address caller, Deal storage d, Delivery memory delivery, bool ifPending)
        private
        returns (bool delivered)
    {
        if (!ifPending) {
            return _call(caller, abi.encodeCall(market.deliver, (_termsOf(d), d.order, delivery)));
        }
        vm.prank(caller);
        (bool success, bytes memory answer) = address(market)
            .call(abi.encodeCall(market.deliverIfPending, (_termsOf(d), d.order, delivery)));
        assertTrue(success || _isDue(d), "DELIVERY_1");
        return success && abi.decode(answer, (bool));
    }

    function _isDue(Deal storage d) private view returns (bool) {
        return d.stage == Stage.Pending && block.timestamp <= _graceEndOf(d);
    }

    function deliver(uint256 i, uint256 who, bool ifPending) external {
        if (deals.length == 0) return;
        Deal storage d = _pickDeal(i, Stage.Pending);
        Offer memory terms = _termsOf(d);
        address receiver = who % 2 == 0 ? address(0) : _pick(payees, who / 2);
        Delivery memory delivery = _proofOf(d, receiver);
        address caller = _pick(payees, who / 32);
        bool expected = _isDue(d);
        bool success = _tryDeliver(caller, d, delivery, ifPending);
        _foretold(ifPending ? "deliverIfPending" : "deliver", success, expected);
        if (!success) return;

        d.deliveredAt = block.timestamp;
        d.accessEnd = terms.duration == 0 ? 0 : block.timestamp + terms.duration;
        _owe(receiver == address(0) ? caller : receiver, 0, terms.token, terms.deliveryFee);
        if (terms.inspection == 0) _paid(d, terms);
        else _move(d, Stage.Inspected);
    }

    function _paid(Deal storage d, Offer memory terms) private {
        _move(d, Stage.Settled);
        _owe(terms.payout, terms.payoutAccount, terms.token, d.order.price - d.order.protocolFee);
        _owe(treasury, 0, terms.token, d.order.protocolFee);
        earned[terms.token] += d.order.price;
    }

    /// @notice A delivery that does not prove this order's key to this order's buyer.
    function deliverWrong(uint256 i, uint256 kind, uint256 bit, bool ifPending) external {
        if (deals.length == 0) return;
        Deal storage d = _pickDeal(i, Stage.Pending);
        uint256 secret = secretOf[_termsOf(d).model];
        Delivery memory delivery;
        kind %= 4;
        if (kind == 0) {
            delivery = kit.prove(secret + 2, OrderId.unwrap(d.id), d.order.key);
        } else if (kind == 1) {
            delivery = kit.prove(secret, keccak256(abi.encode(d.id)), d.order.key);
        } else if (kind == 2) {
            delivery = kit.prove(secret, OrderId.unwrap(d.id), kit.point(KEY_SECRET + 2));
        } else {
            bytes memory encoded = abi.encode(_proofOf(d, address(0)));
            uint256 word = bit % (encoded.length / 32);
            bit = bit / 32 % (word == 0 ? 160 : 256);
            delivery = abi.decode(_flip(encoded, word, bit), (Delivery));
        }
        assertFalse(_tryDeliver(keeper, d, delivery, ifPending), "DELIVERY_1");
    }

    /* ENDS */

    function accept(uint256 i, uint256 who, bool byBuyer) external {
        if (deals.length == 0) return;
        Deal storage d = _pickDeal(i, who % 4 == 0 ? Stage.Held : Stage.Inspected);
        address caller = byBuyer ? d.order.buyer : _pick(people, who);
        bool inTime = d.stage == Stage.Inspected && block.timestamp <= _inspectionEndOf(d);
        bool expected = caller == d.order.buyer && (inTime || d.stage == Stage.Held);
        bool success = _call(caller, abi.encodeCall(market.accept, (_termsOf(d), d.order)));
        _foretold("accept", success, expected);
        if (success) _paid(d, _termsOf(d));
    }

    /// @dev At times it waits until the order is due: accepted, held and declined ones are many.
    function settle(uint256 i, uint256 who, bool ifDue) external {
        if (deals.length == 0) return;
        Deal storage d = _pickDeal(i, Stage.Inspected);
        uint256 end = _inspectionEndOf(d);
        if (!paying && i % 4 == 0 && d.stage == Stage.Inspected && block.timestamp <= end) {
            vm.warp(end + 1);
        }
        bool expected = d.stage == Stage.Inspected && block.timestamp > _inspectionEndOf(d);
        bool success;
        if (ifDue) {
            vm.prank(_pick(people, who));
            success = market.settleIfDue(_termsOf(d), d.order);
        } else {
            bytes memory data = abi.encodeCall(market.settle, (_termsOf(d), d.order));
            success = _call(_pick(people, who), data);
        }
        _foretold("settle", success, expected);
        if (success) _paid(d, _termsOf(d));
    }

    function refund(uint256 i, uint256 who) external {
        if (deals.length == 0) return;
        Deal storage d = _pickDeal(i, who % 4 == 0 ? Stage.Held : Stage.Pending);
        bool late = d.stage == Stage.Pending && block.timestamp > _graceEndOf(d);
        bool silent = d.stage == Stage.Held && block.timestamp > d.heldUntil;
        bool success =
            _call(_pick(people, who), abi.encodeCall(market.refund, (_termsOf(d), d.order)));
        _foretold("refund", success, late || silent);
        if (success) _refunded(d);
    }

    function decline(uint256 i, uint256 who, bool bySeller) external {
        if (deals.length == 0) return;
        Deal storage d = _pickDeal(i, who % 4 == 0 ? Stage.Inspected : Stage.Pending);
        address caller = bySeller ? _termsOf(d).seller : _pick(people, who);
        bool expected = d.stage < Stage.Settled && caller == _termsOf(d).seller;
        bool success = _call(caller, abi.encodeCall(market.decline, (_termsOf(d), d.order)));
        _foretold("decline", success, expected);
        if (success) _refunded(d);
    }

    /* ADJUDICATION */

    function hold(uint256 i, uint256 who, bool byArbitrator) external {
        if (deals.length == 0) return;
        byArbitrator = byArbitrator || who % 4 != 0;
        Deal storage d = _pickDeal(i, Stage.Inspected);
        address caller = byArbitrator ? _termsOf(d).arbitrator : _pick(people, who);
        address claimant = who % 8 == 0 ? stranger : d.order.buyer;
        bool expected = d.stage == Stage.Inspected && block.timestamp <= _inspectionEndOf(d)
            && byArbitrator && claimant == d.order.buyer;
        bytes memory what = abi.encode(_termsOf(d), d.order);
        bool success = _call(caller, abi.encodeCall(market.hold, (what, claimant)));
        _foretold("hold", success, expected);
        if (!success) return;
        _move(d, Stage.Held);
        d.heldUntil = _inspectionEndOf(d) + 90 days;
    }

    function resolve(uint256 i, uint256 who, bool byArbitrator) external {
        if (deals.length == 0) return;
        byArbitrator = byArbitrator || who % 4 != 0;
        Deal storage d = _pickDeal(i, Stage.Held);
        address caller = byArbitrator ? _termsOf(d).arbitrator : _pick(people, who);
        Ruling ruling = Ruling(who % 3);
        bytes memory what = abi.encode(_termsOf(d), d.order);
        bool success = _call(caller, abi.encodeCall(market.resolve, (what, ruling)));
        bool inTime = ruling != Ruling.Rejected || block.timestamp > _inspectionEndOf(d);
        _foretold("resolve", success, d.stage == Stage.Held && byArbitrator && inTime);
        if (!success) return;
        if (ruling == Ruling.Rejected) _paid(d, _termsOf(d));
        else _refunded(d);
    }

    function _refunded(Deal storage d) private {
        uint256 amount = d.stage == Stage.Pending ? _total(d) : d.order.price;
        _move(d, Stage.Refunded);
        d.holder = address(0);
        _owe(d.order.buyer, 0, _termsOf(d).token, amount);
    }

    /// @notice Ends an order by terms or an order that were never agreed.
    function forge(uint256 i, uint256 verb, uint256 word, bool inTerms) external {
        if (deals.length == 0) return;
        Deal storage d = _pickDeal(i, Stage.Pending);
        Offer memory terms = _termsOf(d);
        Order memory order = d.order;
        if (inTerms) terms = abi.decode(_flip(abi.encode(terms), word % 22, 0), (Offer));
        else order = abi.decode(_flip(abi.encode(order), word % 9, 0), (Order));
        verb %= 7;
        address caller = verb == 1 ? order.buyer : verb > 4 ? terms.arbitrator : terms.seller;
        bytes memory data = verb == 0
            ? abi.encodeCall(market.refund, (terms, order))
            : verb == 1
                ? abi.encodeCall(market.accept, (terms, order))
                : verb == 2
                    ? abi.encodeCall(market.settle, (terms, order))
                    : verb == 3
                        ? abi.encodeCall(market.decline, (terms, order))
                        : verb == 4
                            ? abi.encodeCall(
                                market.deliver, (terms, order, _proofOf(d, address(0)))
                            )
                            : verb == 5
                                ? abi.encodeCall(
                                    market.hold, (abi.encode(terms, order), order.buyer)
                                )
                                : abi.encodeCall(
                                    market.resolve, (abi.encode(terms, order), Ruling.Rejected)
                                );
        assertFalse(_call(caller, data), "ORDER_1");
    }

    /* MONEY */

    function withdraw(uint256 who, uint256 which, bool split, bool pushed) external {
        address payee = _pick(payees, who);
        address token = address(tokens[which % tokens.length]);
        bytes32 account = split && !pushed ? SPLIT : bytes32(0);
        uint256 amount = owed[payee][account][token];
        owed[payee][account][token] = 0;
        credited[token] -= amount;
        wallet[payee][token] += amount;
        lastWho = who;
        bool success = pushed
            ? _call(stranger, abi.encodeCall(market.withdrawFor, (payee, token)))
            : _call(payee, abi.encodeCall(market.withdraw, (account, token, payee)));
        _foretold("withdraw", success, amount != 0);
    }

    /// @notice A payee passes on a part of what it is owed, to others or to itself.
    function assign(uint256 who, uint256 whom, uint256 amount, bool split) external {
        address payee = _pick(payees, who);
        address token = address(tokens[whom % tokens.length]);
        bytes32 account = split ? SPLIT : bytes32(0);
        uint256 most = owed[payee][account][token];
        amount = bound(amount, 0, most + (amount % 8 == 0 ? 1 : 0));
        ILedger.Part[] memory parts = new ILedger.Part[](2);
        parts[0] = ILedger.Part(_pick(payees, whom), SPLIT, amount / 3);
        parts[1] = ILedger.Part(_pick(payees, whom / 8), 0, amount - amount / 3);
        bool success = _call(payee, abi.encodeCall(market.assign, (account, token, parts)));
        _foretold("assign", success, amount <= most);
        if (!success) return;
        owed[payee][account][token] -= amount;
        for (uint256 i; i < parts.length; ++i) {
            owed[parts[i].payee][parts[i].account][token] += parts[i].amount;
        }
    }

    function donate(uint256 who, uint256 which, uint256 amount) external {
        amount = bound(amount, 0, 1e18);
        address token = address(tokens[which % tokens.length]);
        wallet[_pick(people, who)][token] -= amount;
        vm.prank(_pick(people, who));
        (bool success,) =
            token.call(abi.encodeWithSignature("transfer(address,uint256)", market, amount));
        _foretold("donate", success, true);
        donated[token] += amount;
    }
}
