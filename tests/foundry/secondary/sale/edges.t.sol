// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISecondary} from "../../../../interfaces/ISecondary.sol";
import {Offer, Order} from "../../../../interfaces/types/Deals.sol";
import {LicenseId, OrderId} from "../../../../interfaces/types/Ids.sol";
import {Delivery, Passing} from "../../../../interfaces/types/Keys.sol";
import {Deal, DealId, Listing} from "../../../../interfaces/types/Listings.sol";
import {SecondaryBase} from "../../utils/SecondaryBase.sol";

/// The last seconds, the ends of a range and the smallest amounts of a sale.
contract SaleEdgesTest is SecondaryBase {
    function _taken(Listing memory listing) private returns (Deal memory) {
        _list(listing);
        return _take(listing, renter);
    }

    function _busyUntil(Listing memory listing) private view returns (uint256) {
        return secondary.busyUntil(listing.license, listing.holder);
    }

    function test_TheKeyComesInTheLastSecondOfGrace() public {
        Listing memory listing = _sale();
        Deal memory made = _taken(listing);
        Delivery memory delivery =
            kit.prove(LINE_SECRET, DealId.unwrap(_dealId(listing, made)), made.key);
        Passing memory passing = _passing(listing, made);
        vm.warp(_busyUntil(listing));
        uint256 snapshot = vm.snapshotState();
        secondary.deliver(listing, made, delivery);
        assertEq(license.ownerOf(LicenseId.unwrap(owned)), renter);
        vm.revertToState(snapshot);
        secondary.passOn(listing, made, held, passing);
        assertEq(license.ownerOf(LicenseId.unwrap(owned)), renter);
    }

    function test_ARefundFreesTheLicence() public {
        Listing memory listing = _sale();
        Deal memory made = _taken(listing);
        vm.warp(_busyUntil(listing) + 1);
        secondary.refund(listing, made);
        assertLt(_busyUntil(listing), block.timestamp);
    }

    /// @dev Of 16 units the shares are less than one, of 17 the maker has one and the protocol none.
    function test_SharesAreOfThePriceToTheUnit() public {
        for (uint128 price = 16; price < 18; ++price) {
            uint256 snapshot = vm.snapshotState();
            Listing memory listing = _sale();
            (listing.price, listing.deliveryFee) = (price, 0);
            Deal memory made = _taken(listing);
            _passOn(listing, made);
            assertEq(_credit(holder), 16);
            assertEq(_credit(seller), price - 16);
            assertEq(_credit(treasury), 0);
            vm.revertToState(snapshot);
        }
    }

    /// @dev A licence of version 2 alone.
    function test_AVersionFromTheFirstToTheLastOfTheLicence() public {
        vm.prank(seller);
        registry.addVersion(model, _details(), _noParents());
        vm.prank(seller);
        registry.addVersion(model, _details(), _noParents());
        Offer memory terms = _terms();
        (terms.salt, terms.version, terms.lastVersion) = ("second", 2, 2);
        _open(terms);
        Order memory order = _order(terms, buyer, holder);
        vm.prank(buyer);
        OrderId id = market.buyFor(terms, _purchase(terms), holder, address(0), "");
        _deliver(terms, order, id);

        Listing memory listing = _sale();
        listing.license = _licenseOf(id);
        for (uint16 version = 1; version <= 3; version += 2) {
            listing.version = version;
            _expectRevert(
                abi.encodeWithSelector(
                    ISecondary.Secondary_LicenseUnfit.selector, listing.license, version
                )
            );
            _list(listing);
        }
        listing.version = 2;
        _list(listing);
    }
}
