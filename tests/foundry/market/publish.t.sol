// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModelRegistry} from "../../../interfaces/IModelRegistry.sol";
import {INewBusinessStop} from "../../../interfaces/INewBusinessStop.sol";
import {IOffers} from "../../../interfaces/IOffers.sol";
import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {Bps, ModelId, OfferId, OrderId} from "../../../interfaces/types/Ids.sol";
import {LicenseState} from "../../../interfaces/types/Licenses.sol";
import {Version} from "../../../interfaces/types/Versions.sol";
import {Base} from "../utils/Base.sol";

contract PublishTest is Base {
    function _blank() private view returns (Offer memory terms) {
        terms = _terms();
        terms.seller = address(0);
        terms.model = ModelId.wrap(0);
        terms.version = 0;
        terms.line.x = 0;
        terms.line.y = 0;
    }

    function _publish(Offer memory terms, Version memory details)
        private
        returns (ModelId published, OfferId offer)
    {
        vm.prank(seller);
        return market.publish(Bps.wrap(250), details, terms);
    }

    function test_RegistersTheModelAndOpensItsFirstOffer() public {
        Offer memory filled = _terms();
        filled.model = ModelId.wrap(2);
        OfferId expected = market.offerIdOf(filled);
        vm.expectEmit(address(registry));
        emit IModelRegistry.VersionAdded(ModelId.wrap(2), 1, _details());
        vm.expectEmit(address(market));
        emit IOffers.OfferOpened(expected, seller, filled);
        (ModelId published, OfferId offer) = _publish(_blank(), _details());

        assertEq(ModelId.unwrap(published), 2);
        assertEq(OfferId.unwrap(offer), OfferId.unwrap(expected));
        assertTrue(market.isOpen(offer));
        assertEq(registry.ownerOf(2), seller);
        (, Bps royalty) = registry.royaltyOf(published);
        assertEq(Bps.unwrap(royalty), 250);

        (Order memory order, OrderId id) = _buy(filled);
        _deliver(filled, order, id);
        assertState(id, LicenseState.Settled);
    }

    function test_RevertsWhereTheVersionsPayeeIsAnother() public {
        Version memory details = _details();
        details.payee = keccak256(abi.encode(friend, bytes32(0)));
        _expectRevert(
            abi.encodeWithSelector(IOffers.Market_PayeeMismatch.selector, payout, bytes32(0))
        );
        _publish(_blank(), details);
        Offer memory terms = _blank();
        terms.payout = friend;
        _publish(terms, details);
    }

    function test_RevertsWhereATermThatItFillsInIsGiven() public {
        Offer[5] memory offers = [_blank(), _blank(), _blank(), _blank(), _blank()];
        offers[0].seller = seller;
        offers[1].model = ModelId.wrap(2);
        offers[2].version = 1;
        offers[3].line.x = line.x;
        offers[4].line.y = line.y;
        for (uint256 i; i < offers.length; ++i) {
            _expectRevert(
                abi.encodeWithSelector(IOffers.Market_TermsInvalid.selector, "filled in by publish")
            );
            _publish(offers[i], _details());
        }
    }

    function test_RevertsWhereTheVersionHasAnotherScheme() public {
        Version memory details = _details();
        details.scheme = 2;
        _expectRevert(abi.encodeWithSelector(IOffers.Market_TermsInvalid.selector, "scheme"));
        _publish(_blank(), details);
    }

    function test_RevertsWhereTheRegistryRefusesTheVersion() public {
        Version memory details = _details();
        details.manifest = 0;
        _expectRevert(IModelRegistry.ModelRegistry_ZeroCommitment.selector);
        _publish(_blank(), details);
    }

    function test_RevertsWhereTheTokenIsNotAllowed() public {
        Offer memory terms = _blank();
        terms.token = makeAddr("token");
        _expectRevert(abi.encodeWithSelector(IOffers.Market_TokenNotAllowed.selector, terms.token));
        _publish(terms, _details());
    }

    function test_RevertsDuringAStop() public {
        _stop();
        _expectRevert(INewBusinessStop.NewBusinessStop_Stopped.selector);
        _publish(_blank(), _details());
        assertEq(registry.modelCount(), 1);
    }
}
