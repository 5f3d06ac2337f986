// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbiter} from "../../../interfaces/IArbiter.sol";
import {IArbitrator} from "../../../interfaces/IArbitrator.sol";
import {IClaims} from "../../../interfaces/IClaims.sol";
import {Claim, ClaimId, ClaimRecord, ClaimState} from "../../../interfaces/types/Claims.sol";
import {Offer, Order, Ruling} from "../../../interfaces/types/Deals.sol";
import {OrderId} from "../../../interfaces/types/Ids.sol";
import {HostileDeal} from "../mocks/HostileDeals.sol";
import {Jury} from "../mocks/Juries.sol";
import {SecondaryBase} from "./SecondaryBase.sol";

/// @notice Claims before one judge and before a jury, and a deal that anybody may have held.
abstract contract ClaimsBase is SecondaryBase {
    uint256 internal constant COST = 0.03 ether;
    bytes32 internal constant QUESTION = keccak256("question");
    bytes32 internal constant EVIDENCE = keccak256("evidence");
    uint40 internal constant OPPOSITION = 3 days;
    uint40 internal constant RULING = 60 days;

    IArbiter internal arbiter;
    Jury internal jury;
    IClaims internal claims;
    IClaims internal juryClaims;
    HostileDeal internal target;
    address internal claimant = makeAddr("claimant");
    address internal opposer = makeAddr("opposer");

    function setUp() public virtual override {
        super.setUp();
        arbiter = IArbiter(vm.deployCode("Arbiter.sol:Arbiter", abi.encode(judge, COST)));
        jury = new Jury();
        claims = _claims(arbiter);
        juryClaims = _claims(jury);
        target = new HostileDeal();
        address[4] memory people = [claimant, opposer, buyer, holder];
        for (uint256 i; i < people.length; ++i) {
            vm.deal(people[i], 100 ether);
        }
    }

    function _claims(IArbitrator arbitrator) internal returns (IClaims) {
        bytes memory arguments = abi.encode(arbitrator, 4, 3, QUESTION);
        return IClaims(vm.deployCode("Claims.sol:Claims", arguments));
    }

    /// @dev Of the deal that anybody may have held; `salt` tells deals apart.
    function _claim(bytes32 salt) internal view returns (Claim memory) {
        return Claim(address(target), claimant, abi.encode(claimant, salt));
    }

    function _claim() internal view returns (Claim memory) {
        return _claim(0);
    }

    function _open(Claim memory claim) internal returns (ClaimId id) {
        return _open(claims, claim);
    }

    function _open(IClaims where, Claim memory claim) internal returns (ClaimId id) {
        uint256 cost = where.cost();
        vm.prank(claim.claimant);
        return where.open{value: cost}(claim, EVIDENCE);
    }

    function _oppose(ClaimId id) internal {
        _oppose(claims, id);
    }

    function _oppose(IClaims where, ClaimId id) internal {
        uint256 cost = where.cost();
        vm.prank(opposer);
        where.oppose{value: cost}(id, EVIDENCE);
    }

    function _rule(uint256 ruling) internal {
        vm.prank(judge);
        arbiter.giveRuling(0, ruling);
    }

    /// @dev Opened and opposed.
    function _opposed() internal returns (Claim memory claim, ClaimId id) {
        claim = _claim();
        id = _open(claim);
        _oppose(id);
    }

    function assertClaim(ClaimId id, ClaimState state, Ruling ruling) internal view {
        ClaimRecord memory record = claims.recordOf(id);
        assertEq(uint8(record.state), uint8(state), "state");
        assertEq(uint8(record.ruling), uint8(ruling), "ruling");
    }

    /// @dev An order of `buyer` in its inspection, which names `claims`.
    function _order(IClaims where)
        internal
        returns (Claim memory claim, Offer memory terms, Order memory order, OrderId id)
    {
        terms = _inspectedTerms();
        terms.arbitrator = address(where);
        (order, id) = _openAndBuy(terms);
        _deliver(terms, order, id);
        claim = Claim(address(market), buyer, abi.encode(terms, order));
    }
}
