// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitrator} from "../../../../interfaces/IArbitrator.sol";
import {IClaims} from "../../../../interfaces/IClaims.sol";
import {IMarket} from "../../../../interfaces/IMarket.sol";
import {Claim, ClaimId, ClaimState} from "../../../../interfaces/types/Claims.sol";
import {Offer, Order, Ruling} from "../../../../interfaces/types/Deals.sol";
import {OrderId} from "../../../../interfaces/types/Ids.sol";
import {LicenseState} from "../../../../interfaces/types/Licenses.sol";
import {Deal, Listing} from "../../../../interfaces/types/Listings.sol";
import {JuryV2} from "../../mocks/Juries.sol";
import {ClaimsBase} from "../../utils/ClaimsBase.sol";

/// @notice Claims on what the market and Secondary hold.
contract DealsTest is ClaimsBase {
    /* ORDERS */

    function test_AnUnopposedClaimRefundsAnOrder() public {
        (Claim memory claim, Offer memory terms,, OrderId order) = _order(claims);
        vm.warp(block.timestamp + terms.inspection);
        _open(claim);
        vm.warp(block.timestamp + OPPOSITION + 1);
        claims.execute(claim);
        assertState(order, LicenseState.Burned);
        assertEq(_owed(buyer, address(aim)), PRICE);
        assertEq(claims.credit(buyer), COST);
    }

    function test_ARejectedClaimPaysTheSellerAndTheOpposer() public {
        (Claim memory claim,,, OrderId order) = _order(claims);
        uint256 before = _owed(payout, address(aim));
        _oppose(_open(claim));
        vm.warp(block.timestamp + 3 days);
        _rule(2);
        claims.execute(claim);
        assertState(order, LicenseState.Settled);
        assertEq(_owed(payout, address(aim)), before + PRICE - PROTOCOL_FEE);
        assertEq(claims.credit(opposer), COST);
    }

    /// @dev The market pays nobody within the inspection: the ruling waits, the deposit does not.
    function test_ARejectionWithinTheInspectionIsExecutedAfterIt() public {
        (Claim memory claim, Offer memory terms,, OrderId order) = _order(claims);
        uint256 end = block.timestamp + terms.inspection;
        ClaimId id = _open(claim);
        _oppose(id);
        _rule(2);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_InspectionOpen.selector, end));
        claims.execute(claim);
        claims.conclude(claim);
        assertEq(claims.credit(opposer), COST);
        vm.warp(end + 1);
        claims.execute(claim);
        assertState(order, LicenseState.Settled);
    }

    function test_AnOrderThatEndedByAgreementLocksNoDeposit() public {
        (Claim memory claim, Offer memory terms, Order memory order, OrderId orderId) =
            _order(claims);
        ClaimId id = _open(claim);
        _oppose(id);
        vm.prank(terms.seller);
        market.decline(terms, order);
        _rule(1);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_OrderNotInspected.selector, orderId));
        claims.execute(claim);
        claims.conclude(claim);
        assertClaim(id, ClaimState.Concluded, Ruling.Upheld);
        assertEq(claims.credit(buyer), COST);
    }

    function test_OnlyTheBuyerClaimsAnOrder() public {
        (Claim memory claim,,,) = _order(claims);
        claim.claimant = claimant;
        vm.prank(claimant);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_NotBuyer.selector, claimant));
        claims.open{value: COST}(claim, EVIDENCE);
    }

    function test_AnOrderThatNamesAnotherArbitratorIsNotClaimedHere() public {
        (Claim memory claim,,,) = _order(juryClaims);
        vm.prank(buyer);
        _expectRevert(
            abi.encodeWithSelector(IMarket.Market_NotArbitrator.selector, address(claims))
        );
        claims.open{value: COST}(claim, EVIDENCE);
    }

    /// @dev A claim of the last second, opposed in its last second and ruled on in the last second is in time.
    function test_AllTimeLimitsTogetherFitIntoTheHold() public {
        (Claim memory claim, Offer memory terms,, OrderId order) = _order(claims);
        vm.warp(block.timestamp + terms.inspection);
        ClaimId id = _open(claim);
        vm.warp(block.timestamp + OPPOSITION);
        _oppose(id);
        vm.warp(block.timestamp + RULING);
        _rule(2);
        vm.warp(block.timestamp + 26 days);
        claims.execute(claim);
        assertState(order, LicenseState.Settled);
    }

    function test_AJuryDecidesAfterAnAppeal() public {
        (Claim memory claim,,, OrderId order) = _order(juryClaims);
        _oppose(juryClaims, _open(juryClaims, claim));
        jury.vote(0, 2);
        vm.prank(buyer);
        juryClaims.appeal{value: 0.07 ether}(0);
        jury.vote(0, 1);
        vm.warp(block.timestamp + 3 days + 1);
        jury.executeRuling(0);
        juryClaims.execute(claim);
        assertState(order, LicenseState.Burned);
        assertEq(juryClaims.credit(buyer), 0.03 ether);
    }

    /// @dev What claims ask of an arbitrator is the same in Kleros v2: no adapter stands between.
    function test_AJuryOfTheSecondVersionDecides() public {
        JuryV2 second = new JuryV2();
        IClaims its = _claims(IArbitrator(address(second)));
        (Claim memory claim,,, OrderId order) = _order(its);
        _oppose(its, _open(its, claim));
        second.executeRuling(0, 1);
        its.execute(claim);
        assertState(order, LicenseState.Burned);
        assertEq(address(second).balance, 0.02 ether);
    }

    /* DEPOSITS OF RENTALS */

    function _rented() private returns (Claim memory claim, Listing memory listing) {
        listing = _rental();
        listing.arbitrator = address(claims);
        Deal memory made = _rent(listing);
        vm.warp(block.timestamp + TIME + 1);
        secondary.collect(listing, made);
        claim = Claim(address(secondary), holder, _what(listing, made));
    }

    function test_AnUnopposedClaimGivesTheDepositToTheHolder() public {
        (Claim memory claim, Listing memory listing) = _rented();
        uint256 before = _credit(holder);
        _open(claim);
        vm.warp(block.timestamp + OPPOSITION + 1);
        claims.execute(claim);
        assertEq(_credit(holder), before + listing.deposit);
        assertEq(claims.credit(holder), COST);
    }

    function test_ARejectedClaimGivesTheDepositToTheRenter() public {
        (Claim memory claim, Listing memory listing) = _rented();
        _oppose(_open(claim));
        _rule(2);
        claims.execute(claim);
        assertEq(_credit(renter), listing.deposit);
        assertEq(claims.credit(opposer), COST);
    }

    function test_NoRulingGivesTheDepositBack() public {
        (Claim memory claim, Listing memory listing) = _rented();
        _oppose(_open(claim));
        vm.warp(block.timestamp + RULING + 1);
        claims.execute(claim);
        assertEq(_credit(renter), listing.deposit);
        assertEq(claims.credit(holder), COST);
    }
}
