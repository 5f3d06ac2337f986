// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOffers} from "../../../interfaces/IOffers.sol";
import {Offer} from "../../../interfaces/types/Deals.sol";
import {OfferId} from "../../../interfaces/types/Ids.sol";
import {Base} from "../utils/Base.sol";

contract CloseOfferTest is Base {
    Offer internal terms;
    OfferId internal offer;

    function setUp() public override {
        super.setUp();
        terms = _terms();
        offer = _open(terms);
    }

    function _expectNotOpen() private {
        _expectRevert(
            abi.encodeWithSelector(IOffers.Market_OfferNotOpen.selector, market.offerIdOf(terms))
        );
        vm.prank(seller);
        market.closeOffer(terms);
    }

    function test_ClosesAnOpenOffer() public {
        vm.expectEmit(address(market));
        emit IOffers.OfferClosed(offer);
        vm.prank(seller);
        market.closeOffer(terms);
        assertFalse(market.isOpen(offer));
    }

    function test_RevertsForAnybodyButTheSeller() public {
        vm.prank(stranger);
        _expectRevert(abi.encodeWithSelector(IOffers.Market_NotSeller.selector, stranger));
        market.closeOffer(terms);
    }

    function test_RevertsWhereItWasNeverOpened() public {
        terms.salt = "never";
        _expectNotOpen();
    }

    function test_RevertsASecondTime() public {
        vm.prank(seller);
        market.closeOffer(terms);
        _expectNotOpen();
    }

    function test_ClosesDuringAStopAndAfterTheModelWasTransferred() public {
        _stop();
        _transferModel(seller, friend);
        vm.prank(seller);
        market.closeOffer(terms);
        assertFalse(market.isOpen(offer));
    }

    function test_KeepsTheCountOfWhatWasSold() public {
        terms.supply = 2;
        offer = _open(terms);
        _buy(terms);
        vm.prank(seller);
        market.closeOffer(terms);
        assertEq(market.soldOf(offer), 1);
    }
}
