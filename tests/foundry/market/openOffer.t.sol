// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ILineage} from "../../../interfaces/ILineage.sol";
import {IModelRegistry} from "../../../interfaces/IModelRegistry.sol";
import {INewBusinessStop} from "../../../interfaces/INewBusinessStop.sol";
import {IOffers} from "../../../interfaces/IOffers.sol";
import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {Bps, OfferId, OrderId} from "../../../interfaces/types/Ids.sol";
import {Parent, Relation, Version} from "../../../interfaces/types/Versions.sol";
import {Base} from "../utils/Base.sol";

contract OpenOfferTest is Base {
    Offer internal terms;

    function setUp() public override {
        super.setUp();
        terms = _terms();
    }

    function _expectInvalid(string memory field) private {
        _expectRevert(abi.encodeWithSelector(IOffers.Market_TermsInvalid.selector, field));
        _open(terms);
    }

    function _expectMismatch(Version memory details, bytes32 parentsHash) private {
        vm.prank(seller);
        _expectRevert(
            abi.encodeWithSelector(
                IOffers.Market_VersionMismatch.selector, terms.model, terms.version
            )
        );
        market.openOffer(terms, details, parentsHash);
    }

    /* WHAT OPENING DOES */

    function test_OpensAnOfferNamedByItsTerms() public {
        bytes32 expected = keccak256(abi.encode(market.domain(), terms));
        vm.expectEmit(address(market));
        emit IOffers.OfferOpened(OfferId.wrap(expected), seller, terms);
        OfferId offer = _open(terms);
        assertEq(OfferId.unwrap(offer), expected);
        assertEq(OfferId.unwrap(market.offerIdOf(terms)), expected);
        assertTrue(market.isOpen(offer));
        assertEq(market.soldOf(offer), 0);
    }

    function test_AnyOtherTermGivesAnotherId() public view {
        bytes memory encoded = abi.encode(terms);
        OfferId offer = market.offerIdOf(terms);
        for (uint256 word; word < encoded.length / 32; ++word) {
            Offer memory changed = abi.decode(_flip(encoded, word, 0), (Offer));
            assertNotEq(OfferId.unwrap(market.offerIdOf(changed)), OfferId.unwrap(offer));
        }
    }

    function test_OpensAVersionWithParentsOnceItIsCleared() public {
        Parent[] memory parents = new Parent[](1);
        parents[0] = Parent(model, 1, Relation.Quantise);
        vm.startPrank(seller);
        terms.version = registry.addVersion(model, _details(), parents);
        bytes32 parentsHash = keccak256(abi.encode(parents));
        _expectRevert(
            abi.encodeWithSelector(ILineage.Lineage_NotCleared.selector, model, terms.version)
        );
        market.openOffer(terms, _details(), parentsHash);
        vm.mockCall(
            address(lineage), abi.encodeCall(ILineage.requireCleared, (model, terms.version)), ""
        );
        market.openOffer(terms, _details(), parentsHash);
    }

    /* WHO */

    function test_RevertsForAnybodyButTheSellerOfTheTerms() public {
        vm.prank(stranger);
        _expectRevert(abi.encodeWithSelector(IOffers.Market_NotSeller.selector, stranger));
        market.openOffer(terms, _details(), 0);
    }

    function test_RevertsForASellerWhoDoesNotOwnTheModel() public {
        terms.seller = stranger;
        vm.prank(stranger);
        _expectNotSellable(stranger);
        market.openOffer(terms, _details(), 0);
    }

    function test_RevertsForAnApprovedAccountToo() public {
        vm.prank(seller);
        registry.setApprovalForAll(friend, true);
        terms.seller = friend;
        vm.prank(friend);
        _expectNotSellable(friend);
        market.openOffer(terms, _details(), 0);
    }

    function _expectNotSellable(address account) private {
        _expectRevert(
            abi.encodeWithSelector(
                IModelRegistry.ModelRegistry_NotSellable.selector,
                terms.model,
                terms.version,
                account
            )
        );
    }

    /* WHAT */

    function test_RevertsForAVersionThatIsUnknown() public {
        uint16[2] memory versions = [uint16(0), 2];
        for (uint256 i; i < versions.length; ++i) {
            terms.version = versions[i];
            _expectNotSellable(seller);
            _open(terms);
        }
    }

    function test_RevertsForAVersionThatIsRetired() public {
        vm.prank(seller);
        registry.retire(model, 1);
        _expectNotSellable(seller);
        _open(terms);
    }

    function test_RevertsWhereTheDetailsAreNotTheVersions() public {
        Version memory details = _details();
        details.artifact = "other";
        _expectMismatch(details, 0);
        _expectMismatch(_details(), "parents");
    }

    function test_RevertsWhereTheTermsNameAnotherLine() public {
        terms.line = kit.point(LINE_SECRET + 1);
        _expectMismatch(_details(), 0);
        terms.line.x = line.x;
        _expectMismatch(_details(), 0);
        terms.line = line;
        terms.line.x ^= 1;
        _expectMismatch(_details(), 0);
        terms.line = line;
        _open(terms);
    }

    function test_RevertsForASchemeThatTheMarketDoesNotKnow() public {
        Version memory details = _details();
        details.scheme = 2;
        vm.startPrank(seller);
        terms.version = registry.addVersion(model, details, _noParents());
        _expectRevert(abi.encodeWithSelector(IOffers.Market_TermsInvalid.selector, "scheme"));
        market.openOffer(terms, details, 0);
    }

    function test_RevertsWhereTheVersionsPayeeIsAnother() public {
        Version memory details = _details();
        details.payee = keccak256(abi.encode(payout, bytes32("split")));
        vm.startPrank(seller);
        terms.version = registry.addVersion(model, details, _noParents());
        _expectRevert(
            abi.encodeWithSelector(IOffers.Market_PayeeMismatch.selector, payout, bytes32(0))
        );
        market.openOffer(terms, details, 0);
        (terms.payout, terms.payoutAccount) = (friend, "split");
        _expectRevert(
            abi.encodeWithSelector(IOffers.Market_PayeeMismatch.selector, friend, bytes32("split"))
        );
        market.openOffer(terms, details, 0);
        terms.payout = payout;
        market.openOffer(terms, details, 0);
    }

    /* ONCE */

    function test_RevertsASecondTime() public {
        OfferId offer = _open(terms);
        _expectRevert(abi.encodeWithSelector(IOffers.Market_OfferExists.selector, offer));
        _open(terms);
    }

    function test_RevertsAfterTheSameOfferWasClosed() public {
        OfferId offer = _open(terms);
        vm.prank(seller);
        market.closeOffer(terms);
        _expectRevert(abi.encodeWithSelector(IOffers.Market_OfferExists.selector, offer));
        _open(terms);
        terms.salt = "again";
        _open(terms);
    }

    /* BOUNDS, BOTH SIDES */

    function test_RevertsWhereTheLastVersionIsOutOfRange() public {
        terms.lastVersion = 0;
        _expectInvalid("lastVersion");
        terms.lastVersion = 4096;
        _expectInvalid("lastVersion");
        terms.lastVersion = 1;
        _open(terms);
        terms.lastVersion = 4095;
        _open(terms);
    }

    function test_RevertsWithoutPayout() public {
        terms.payout = address(0);
        _expectInvalid("payout");
    }

    function test_RevertsWhereTheDeliveryTimeIsOutOfBounds() public {
        terms.deliveryTime = 1 minutes - 1;
        _expectInvalid("deliveryTime");
        terms.deliveryTime = 30 days + 1;
        _expectInvalid("deliveryTime");
        terms.deliveryTime = 1 minutes;
        _open(terms);
        terms.deliveryTime = 30 days;
        _open(terms);
    }

    function test_RevertsWhereGraceIsOutOfBounds() public {
        terms.gracePeriod = 10 minutes - 1;
        _expectInvalid("gracePeriod");
        terms.gracePeriod = 7 days + 1;
        _expectInvalid("gracePeriod");
        terms.gracePeriod = 10 minutes;
        _open(terms);
        terms.gracePeriod = 7 days;
        _open(terms);
    }

    function test_RevertsWhereTheInspectionIsTooLong() public {
        terms.inspection = 7 days + 1;
        _expectInvalid("inspection");
        terms.inspection = 7 days;
        _open(terms);
    }

    function test_RevertsWhereItHasExpired() public {
        terms.expiresAt = uint40(block.timestamp) - 1;
        _expectInvalid("expiresAt");
        terms.expiresAt = uint40(block.timestamp);
        _open(terms);
    }

    function test_RevertsWhereTheTokenIsNotAllowed() public {
        terms.token = makeAddr("token");
        _expectRevert(abi.encodeWithSelector(IOffers.Market_TokenNotAllowed.selector, terms.token));
        _open(terms);
    }

    /// @dev With a price of zero all of it would pass the treasury, the split and the inspection by.
    function test_RevertsWhereTheDeliveryFeeIsOverTheTokensCap() public {
        address[2] memory tokens = [address(aim), address(usd)];
        for (uint256 i; i < tokens.length; ++i) {
            terms.token = tokens[i];
            terms.deliveryFee = MAX_DELIVERY_FEE + 1;
            _expectRevert(
                abi.encodeWithSelector(
                    IOffers.Market_DeliveryFeeTooHigh.selector,
                    MAX_DELIVERY_FEE + 1,
                    MAX_DELIVERY_FEE
                )
            );
            _open(terms);
            terms.deliveryFee = MAX_DELIVERY_FEE;
            _open(terms);
        }
    }

    function test_AnOfferKeepsItsDeliveryFeeWhenTheCapFalls() public {
        _open(terms);
        vm.prank(governance);
        market.setToken(address(aim), true, Bps.wrap(AIM_FEE), 0);
        (Order memory order, OrderId id) = _buy(terms);
        _deliver(terms, order, id);
        assertEq(_owed(keeper, address(aim)), DELIVERY_FEE);
    }

    /// @dev Models other than the first: the number is looked at, not only there.
    function test_OpensForTheSecondModelOfASecondSellerAlone() public {
        terms.model = registry.register(friend, Bps.wrap(0), _details(), _noParents());
        _expectNotSellable(seller);
        _open(terms);
        terms.seller = friend;
        vm.prank(friend);
        market.openOffer(terms, _details(), 0);
    }

    function test_RevertsDuringAStopAndOpensAfterIt() public {
        _stop();
        uint40 until = market.stoppedUntil();
        vm.warp(until);
        _expectRevert(
            abi.encodeWithSelector(INewBusinessStop.NewBusinessStop_Stopped.selector, until)
        );
        _open(terms);
        vm.warp(until + 1);
        _open(terms);
    }
}
