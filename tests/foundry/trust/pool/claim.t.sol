// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICoverPool} from "../../../../interfaces/ICoverPool.sol";
import {Offer, Order} from "../../../../interfaces/types/Deals.sol";
import {Bps, LicenseId, OrderId} from "../../../../interfaces/types/Ids.sol";
import {Bond} from "../../../../interfaces/types/Stakes.sol";
import {PoolBase} from "../../utils/PoolBase.sol";

contract ClaimCoverTest is PoolBase {
    Offer private terms;
    Order private order;
    OrderId private id;

    function _broken() private {
        (terms, order, id) = _insuredSale();
        _breach();
    }

    function _ready() private {
        _broken();
        _waive(buyer, terms, order);
    }

    function test_PaysWhatTheBondDidNot() public {
        _ready();
        uint256 assets = pool.totalAssets();
        uint256 before = aim.balanceOf(buyer);
        assertEq(pool.payoutOf(bondId, terms, order), OPEN);
        vm.expectEmit(address(pool));
        emit ICoverPool.CoverPaid(id, bondId, buyer, OPEN);
        assertEq(_claim(buyer, terms, order), OPEN);
        assertEq(aim.balanceOf(buyer) - before, OPEN);
        assertEq(_credit(buyer) + OPEN, PRICE);
        assertEq(pool.totalAssets(), assets - OPEN);
        assertEq(pool.holdings().locked, 0);
        assertEq(pool.termsOf(bondId).exposure, 0);
        assertEq(pool.paidOf(id), OPEN);
    }

    function test_PaysNoMoreThanTheCover() public {
        _insure();
        (terms, order, id) = _sale();
        _cover(id, OPEN / 2);
        vm.warp(block.timestamp + QUIET);
        _breach();
        _waive(buyer, terms, order);
        assertEq(_claim(buyer, terms, order), OPEN / 2);
    }

    /// @dev Attack 37.
    function test_PaysOnce() public {
        _ready();
        _claim(buyer, terms, order);
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_NotCovered.selector, id));
        _claim(buyer, terms, order);
    }

    /// @dev Attack 37: the version's next bond is another, the order the same.
    function test_PaysAnOrderOnceWhateverBondItWasInsuredAgainst() public {
        (terms, order, id) = _insuredSale();
        Bond memory first = bond;
        bond.salt = "another";
        bondId = bonds.bondIdOf(bond);
        _post(SMALL);
        Bond memory second = bond;
        (bond, bondId) = (first, bonds.bondIdOf(first));
        _promiseRights();
        (bond, bondId) = (first, bonds.bondIdOf(first));
        _breach();
        _waive(buyer, terms, order);
        _claim(buyer, terms, order);
        vm.warp(block.timestamp + 90 days + 1);
        bonds.close(bond);
        _limit(0, RATE);
        (bond, bondId) = (second, bonds.bondIdOf(second));
        _limit(LIMIT, RATE);
        assertEq(pool.paidOf(id), OPEN);
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_NotCovered.selector, id));
        pool.payoutOf(bondId, terms, order);
    }

    function test_PaysWhoHoldsTheLicenceAndInsuredIt() public {
        (terms, order, id) = _insuredSale();
        uint256 licence = LicenseId.unwrap(_licenseOf(id));
        vm.prank(buyer);
        license.transferFrom(buyer, friend, licence);
        vm.prank(friend);
        pool.cover(bondId, id, OPEN / 2, type(uint256).max);
        vm.warp(block.timestamp + QUIET);
        _breach();
        _waive(friend, terms, order);
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_NotHolder.selector, friend));
        _claim(buyer, terms, order);
        assertEq(_claim(friend, terms, order), OPEN / 2);
    }

    /// @dev A cover stays with who bought it.
    function test_PaysNoHolderWhoDidNotInsureIt() public {
        _broken();
        uint256 licence = LicenseId.unwrap(_licenseOf(id));
        vm.prank(buyer);
        license.transferFrom(buyer, friend, licence);
        _waive(friend, terms, order);
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_NotCovered.selector, id));
        _claim(friend, terms, order);
    }

    /// @dev Else any order of a good model could be insured against the breach of a bad one.
    function test_PaysNoOrderOfAnotherVersion() public {
        _insure();
        terms = _terms();
        terms.model = registry.register(seller, Bps.wrap(0), _wrongDetails(), _noParents());
        terms.salt = "another";
        (order, id) = _offerAndBuy(terms);
        _deliver(terms, order, id);
        _cover(id, AMOUNT);
        vm.warp(block.timestamp + QUIET);
        _breach();
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_OrderUnfit.selector, id));
        pool.payoutOf(bondId, terms, order);
    }

    /// @dev Else bonds and pools together would pay more than the price.
    function test_PaysOnlyWhoHasWaivedInItsFavour() public {
        _broken();
        _compensate(buyer, terms, order);
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_NotWaived.selector, id));
        _claim(buyer, terms, order);
        vm.prank(buyer);
        bonds.waive(terms, order, stranger);
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_NotWaived.selector, id));
        _claim(buyer, terms, order);
    }

    function test_TheBondComesFirst() public {
        _broken();
        _expectRevert(
            abi.encodeWithSelector(ICoverPool.CoverPool_StakeLeft.selector, SMALL * 3 / 5)
        );
        _claim(buyer, terms, order);
    }

    /// @dev Who would have been paid by the bond is not paid by the pool in its place.
    function test_PaysNothingOnceTheBondWasClosed() public {
        _broken();
        vm.warp(block.timestamp + 90 days + 1);
        bonds.close(bond);
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_NotBroken.selector, bondId));
        _claim(buyer, terms, order);
    }

    function test_PaysNothingWhileTheBondStands() public {
        (terms, order, id) = _insuredSale();
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_NotBroken.selector, bondId));
        _claim(buyer, terms, order);
    }

    function test_PaysNothingWhereTheBondPaidAll() public {
        _insure();
        _post(10 * SMALL);
        (terms, order, id) = _sale();
        _cover(id, AMOUNT);
        vm.warp(block.timestamp + QUIET);
        _breach();
        _waive(buyer, terms, order);
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_NothingDue.selector, id));
        _claim(buyer, terms, order);
    }

    function test_PaysNothingThatWasNotInsured() public {
        _insure();
        (terms, order, id) = _sale();
        _breach();
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_NotCovered.selector, id));
        _claim(buyer, terms, order);
    }

    function test_PaysNothingForAnOrderInAnotherToken() public {
        _broken();
        terms.token = address(usd);
        _expectRevert(ICoverPool.CoverPool_OrderUnfit.selector);
        _claim(buyer, terms, order);
    }

    /* CLOCKS */

    /// @dev What is public already is not insured: not when it is known within three days.
    function test_CountsFromTheThirdDayOn() public {
        _insure();
        (terms, order, id) = _sale();
        _cover(id, AMOUNT);
        uint256 start = block.timestamp + QUIET;
        vm.warp(start);
        _breach();
        _waive(buyer, terms, order);
        assertEq(_claim(buyer, terms, order), OPEN);
    }

    function test_PaysNothingForWhatBecameKnownASecondBefore() public {
        _insure();
        (terms, order, id) = _sale();
        _cover(id, AMOUNT);
        uint40 start = uint40(block.timestamp + QUIET);
        vm.warp(start - 1);
        _breach();
        _waive(buyer, terms, order);
        _expectRevert(
            abi.encodeWithSelector(ICoverPool.CoverPool_KnownBefore.selector, start - 1, start)
        );
        _claim(buyer, terms, order);
    }

    function test_PaysUntilTheLastSecondBeforeItsEnd() public {
        (terms, order, id) = _insuredSale();
        uint256 end = pool.termsOf(bondId).end;
        vm.warp(end - 1);
        _breach();
        _waive(buyer, terms, order);
        vm.warp(end);
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_CoverEnded.selector, end));
        _claim(buyer, terms, order);
        vm.warp(end - 1);
        assertEq(_claim(buyer, terms, order), OPEN);
    }

    /// @dev Who holds a licence for long may know what nobody else does.
    function test_PaysWhatWasInsuredAWeekAfterItsPurchase() public {
        _insure();
        (terms, order, id) = _sale();
        vm.warp(block.timestamp + WEEK);
        _cover(id, AMOUNT);
        vm.warp(block.timestamp + QUIET);
        _breach();
        _waive(buyer, terms, order);
        assertEq(_claim(buyer, terms, order), OPEN);
    }

    function test_PaysNothingThatWasInsuredASecondLater() public {
        _insure();
        (terms, order, id) = _sale();
        uint256 boughtAt = block.timestamp;
        vm.warp(boughtAt + WEEK + 1);
        _cover(id, AMOUNT);
        vm.warp(block.timestamp + QUIET);
        _breach();
        _expectRevert(
            abi.encodeWithSelector(ICoverPool.CoverPool_InsuredTooLate.selector, boughtAt)
        );
        pool.payoutOf(bondId, terms, order);
    }

    /* THE ORDER */

    function test_PaysNoOrderThatIsNotSettled() public {
        _insure();
        terms = _inspectedTerms();
        (order, id) = _offerAndBuy(terms);
        _deliver(terms, order, id);
        _cover(id, AMOUNT);
        vm.warp(block.timestamp + QUIET);
        _breach();
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_OrderNotSettled.selector, id));
        pool.payoutOf(bondId, terms, order);
    }

    /// @dev An id can be insured before there is an order. Who buys once it is known is not paid.
    function test_PaysNoOrderThatWasBoughtWhenItWasKnown() public {
        _insure();
        terms = _terms();
        _offer(terms);
        order = _order(terms, buyer, buyer);
        id = _idOf(terms, order);
        _cover(id, AMOUNT);
        vm.warp(block.timestamp + QUIET);
        _promiseKnown();
        vm.warp(block.timestamp + 1);
        uint256 boughtAt = block.timestamp;
        _buy(terms);
        _deliver(terms, order, id);
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_BoughtTooLate.selector, boughtAt));
        pool.payoutOf(bondId, terms, order);
    }

    /// @dev As if the bond had been broken in this second, of a version that is sold on.
    function _promiseKnown() private {
        _convictQuietly();
        bonds.breakByContent(bond);
        vm.clearMockedCalls();
    }

    function _convictQuietly() private {
        bytes memory asked =
            abi.encodeWithSignature("convictorOf(uint32,uint16)", bond.model, bond.version);
        vm.mockCall(address(registry), asked, abi.encode(stranger));
    }

    /// @dev The premium of a cover that was paid is earned all the same.
    function test_ThePremiumOfAPaidCoverIsEarnedToItsEnd() public {
        _ready();
        _claim(buyer, terms, order);
        uint256 balance = aim.balanceOf(address(pool));
        vm.warp(pool.termsOf(bondId).end);
        assertEq(pool.totalAssets(), balance);
    }
}
