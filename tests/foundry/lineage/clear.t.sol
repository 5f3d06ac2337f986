// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ILineage} from "../../../interfaces/ILineage.sol";
import {IOffers} from "../../../interfaces/IOffers.sol";
import {IRevenueSplitter} from "../../../interfaces/IRevenueSplitter.sol";
import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {Bps, ModelId, OrderId} from "../../../interfaces/types/Ids.sol";
import {Share} from "../../../interfaces/types/Splits.sol";
import {
    Derivatives,
    Parent,
    Relation,
    TermsHead,
    Version
} from "../../../interfaces/types/Versions.sol";
import {Base} from "../utils/Base.sol";

/// @notice A friend's parent, and what a seller makes from it.
contract ClearTest is Base {
    TermsHead internal head = TermsHead(Derivatives.Free, Bps.wrap(1500), "document");
    Version internal parentDetails;
    Version internal details;
    Parent[] internal parents;
    ILineage.ParentProof[] internal proofs;
    Share[] internal table;
    ModelId internal child;

    function setUp() public override {
        super.setUp();
        table.push(Share(friend, 0, Bps.wrap(1500)));
        table.push(Share(seller, 0, Bps.wrap(8500)));
        details = _details();
        details.payee = _payeeOf(address(splitter), splitter.splitIdOf(table));
    }

    function _payeeOf(address payout_, bytes32 account) private pure returns (bytes32) {
        return keccak256(abi.encode(payout_, account));
    }

    /// @dev A parent of `owner` with `head` as its terms.
    function _parent(address owner, bytes32 payee, address paid, bytes32 account) private {
        parentDetails = _details();
        parentDetails.terms = keccak256(abi.encode(head));
        parentDetails.payee = payee;
        ModelId made = registry.register(owner, Bps.wrap(0), parentDetails, _noParents());
        parents.push(Parent(made, 1, Relation.FineTune));
        proofs.push(ILineage.ParentProof(parentDetails, 0, head, paid, account));
    }

    function _register() private {
        child = registry.register(seller, Bps.wrap(0), details, parents);
    }

    function _clear() private {
        lineage.clear(child, 1, details, parents, proofs, table);
    }

    function _expect(bytes4 selector, ModelId model_) private {
        _expectRevert(abi.encodeWithSelector(selector, model_, 1));
    }

    function _childTerms() private view returns (Offer memory terms) {
        terms = _terms();
        terms.model = child;
        (terms.payout, terms.payoutAccount) = (address(splitter), splitter.splitIdOf(table));
    }

    /* A PARENT THAT ASKS FOR A SHARE */

    function test_ADerivativeThatPaysItsParentIsClearedSoldAndShared() public {
        _parent(friend, 0, friend, 0);
        _register();
        Offer memory terms = _childTerms();
        bytes32 parentsHash = keccak256(abi.encode(parents));
        vm.prank(seller);
        _expect(ILineage.Lineage_NotCleared.selector, child);
        market.openOffer(terms, details, parentsHash);

        vm.expectEmit(address(lineage));
        emit ILineage.Cleared(child, 1, details.payee);
        vm.prank(stranger);
        _clear();
        assertTrue(lineage.isCleared(child, 1));
        lineage.requireCleared(child, 1);
        assertFalse(lineage.isCleared(child, 2));

        vm.prank(seller);
        market.openOffer(terms, details, parentsHash);
        (Order memory order, OrderId id) = _buy(terms);
        _deliver(terms, order, id);
        splitter.distribute(market, table, address(aim));
        uint256 net = PRICE - PROTOCOL_FEE;
        assertEq(_owed(friend, address(aim)), net * 1500 / 10_000);
        assertEq(_owed(seller, address(aim)), net * 8500 / 10_000);
    }

    /// @dev The version is bound: no offer of it can leave the parent out.
    function test_NoOfferPaysSomebodyElse() public {
        _parent(friend, 0, friend, 0);
        _register();
        _clear();
        Offer memory terms = _childTerms();
        terms.payoutAccount = 0;
        vm.prank(seller);
        _expectRevert(IOffers.Market_PayeeMismatch.selector);
        market.openOffer(terms, details, keccak256(abi.encode(parents)));
    }

    function test_RevertsWhereTheRowIsTooSmallOrMissing() public {
        table[0].share = Bps.wrap(1499);
        table[1].share = Bps.wrap(8501);
        details.payee = _payeeOf(address(splitter), splitter.splitIdOf(table));
        _parent(friend, 0, friend, 0);
        _register();
        _expectMissing();
        _clear();
        table[0] = Share(friend, "other", Bps.wrap(1500));
        _expectMissing();
        _clear();
        table[0] = Share(stranger, 0, Bps.wrap(1500));
        _expectMissing();
        _clear();
    }

    function _expectMissing() private {
        _expectRevert(
            abi.encodeWithSelector(
                ILineage.Lineage_ShareMissing.selector, parents[0].model, 1, head.share
            )
        );
    }

    function test_RevertsWhereTheVersionPaysAnotherThanTheSplit() public {
        _parent(friend, 0, friend, 0);
        bytes32[3] memory payees = [
            bytes32(0),
            _payeeOf(seller, splitter.splitIdOf(table)),
            _payeeOf(address(splitter), "another")
        ];
        for (uint256 i; i < payees.length; ++i) {
            details.payee = payees[i];
            _register();
            _expect(ILineage.Lineage_PayeeMismatch.selector, child);
            _clear();
        }
    }

    function test_RevertsForATableThatIsNone() public {
        _parent(friend, 0, friend, 0);
        _register();
        table[1].share = Bps.wrap(8499);
        _expectRevert(abi.encodeWithSelector(IRevenueSplitter.Splits_WrongSum.selector, 9999));
        _clear();
    }

    function test_TwoParentsOfOnePayeeAskTwice() public {
        _parent(friend, 0, friend, 0);
        _parent(friend, 0, friend, 0);
        _register();
        _expectRevert(
            abi.encodeWithSelector(
                ILineage.Lineage_ShareMissing.selector, parents[1].model, 1, head.share
            )
        );
        _clear();
        table[0].share = Bps.wrap(3000);
        table[1].share = Bps.wrap(7000);
        details.payee = _payeeOf(address(splitter), splitter.splitIdOf(table));
        _register();
        _clear();
        assertTrue(lineage.isCleared(child, 1));
    }

    function test_AParentBoundToASplitIsPaidThere() public {
        bytes32 split = "parent's split";
        table[0] = Share(address(splitter), split, Bps.wrap(1500));
        details.payee = _payeeOf(address(splitter), splitter.splitIdOf(table));
        _parent(friend, _payeeOf(address(splitter), split), friend, 0);
        _register();
        _expect(ILineage.Lineage_PayeeMismatch.selector, parents[0].model);
        _clear();
        (proofs[0].payout, proofs[0].account) = (address(splitter), split);
        _clear();
        assertTrue(lineage.isCleared(child, 1));
    }

    function test_AnUnboundParentIsPaidToItsOwnerNow() public {
        _parent(friend, 0, friend, 0);
        _register();
        proofs[0].account = "other";
        _expect(ILineage.Lineage_PayeeMismatch.selector, parents[0].model);
        _clear();
        proofs[0].account = 0;
        uint256 token = ModelId.unwrap(parents[0].model);
        vm.prank(friend);
        registry.transferFrom(friend, stranger, token);
        _expect(ILineage.Lineage_PayeeMismatch.selector, parents[0].model);
        _clear();
    }

    /* A PARENT THAT FORBIDS */

    /// @dev Both lie with one custodian, an auction say, that knows of neither: that makes them no one's own.
    function test_ADepositWithTheParentsCustodianClearsNothing() public {
        head = TermsHead(Derivatives.Forbidden, Bps.wrap(1500), "document");
        address custodian = makeAddr("custodian");
        _parent(custodian, 0, friend, 0);
        details.payee = 0;
        _register();
        vm.prank(seller);
        registry.transferFrom(seller, custodian, ModelId.unwrap(child));
        _expect(ILineage.Lineage_Forbidden.selector, parents[0].model);
        vm.prank(seller);
        _clear();
        assertFalse(lineage.isCleared(child, 1));
        vm.prank(custodian);
        _clear();
        assertTrue(lineage.isCleared(child, 1));
    }

    function test_ADerivativeOfAParentThatForbidsIsNotCleared() public {
        head = TermsHead(Derivatives.Forbidden, Bps.wrap(0), "document");
        _parent(friend, 0, friend, 0);
        _register();
        _expect(ILineage.Lineage_Forbidden.selector, parents[0].model);
        _clear();
        Offer memory terms = _childTerms();
        vm.prank(seller);
        _expect(ILineage.Lineage_NotCleared.selector, child);
        market.openOffer(terms, details, keccak256(abi.encode(parents)));
    }

    function test_OnesOwnParentForbidsAndAsksNothing() public {
        head = TermsHead(Derivatives.Forbidden, Bps.wrap(1500), "document");
        details.payee = 0;
        delete table;
        _parent(seller, 0, seller, 0);
        _register();
        _expect(ILineage.Lineage_Forbidden.selector, parents[0].model);
        _clear();
        vm.prank(seller);
        _clear();
        assertTrue(lineage.isCleared(child, 1));
    }

    /// @dev A split of one's own parent may have others in it.
    function test_OnesOwnParentThatIsBoundAsksForItsShare() public {
        details.payee = 0;
        _parent(seller, _payeeOf(friend, 0), friend, 0);
        _register();
        _expect(ILineage.Lineage_PayeeMismatch.selector, child);
        vm.prank(seller);
        _clear();
    }

    function test_TheSameTermsHaveToBeTheVeryTerms() public {
        head = TermsHead(Derivatives.SameTerms, Bps.wrap(0), "document");
        details.payee = 0;
        delete table;
        _parent(friend, 0, friend, 0);
        _register();
        _expect(ILineage.Lineage_OtherTerms.selector, parents[0].model);
        _clear();
        details.terms = keccak256(abi.encode(head));
        _register();
        _clear();
        assertTrue(lineage.isCleared(child, 1));
    }

    function test_AFreeParentAsksNothing() public {
        head = TermsHead(Derivatives.Free, Bps.wrap(0), "document");
        details.payee = 0;
        delete table;
        _parent(friend, 0, address(0), 0);
        _register();
        _clear();
        assertTrue(lineage.isCleared(child, 1));
    }

    /// @dev Each parent is looked at: one good one does not clear for a bad one.
    function test_EveryParentHasToAllowIt() public {
        _parent(friend, 0, friend, 0);
        head = TermsHead(Derivatives.Forbidden, Bps.wrap(0), "document");
        _parent(friend, 0, friend, 0);
        _register();
        _expect(ILineage.Lineage_Forbidden.selector, parents[1].model);
        _clear();
    }

    /* WHAT IS SHOWN */

    function test_RevertsWhereTheCountsDiffer() public {
        _parent(friend, 0, friend, 0);
        _register();
        proofs.pop();
        _expectRevert(abi.encodeWithSelector(ILineage.Lineage_WrongCount.selector, 1, 0));
        _clear();
        parents.pop();
        _expectRevert(abi.encodeWithSelector(ILineage.Lineage_WrongCount.selector, 0, 0));
        _clear();
    }

    function test_RevertsWhereSomethingElseIsShown() public {
        _parent(friend, 0, friend, 0);
        _register();
        details.artifact = "other";
        _expect(ILineage.Lineage_VersionMismatch.selector, child);
        _clear();
        details.artifact = keccak256("artifact");
        parents[0].relation = Relation.Merge;
        _expect(ILineage.Lineage_VersionMismatch.selector, child);
        _clear();
        parents[0].relation = Relation.FineTune;
        proofs[0].parentsHash = "other";
        _expect(ILineage.Lineage_VersionMismatch.selector, parents[0].model);
        _clear();
        proofs[0].parentsHash = 0;
        proofs[0].terms.share = Bps.wrap(0);
        _expect(ILineage.Lineage_TermsMismatch.selector, parents[0].model);
        _clear();
        proofs[0].terms.share = head.share;
        _clear();
    }

    function test_GasOfOneParentAndOfSixteen() public {
        head = TermsHead(Derivatives.Free, Bps.wrap(100), "document");
        table[0].share = Bps.wrap(1600);
        table[1].share = Bps.wrap(8400);
        details.payee = _payeeOf(address(splitter), splitter.splitIdOf(table));
        for (uint256 i; i < 16; ++i) {
            _parent(friend, 0, friend, 0);
        }
        _register();
        uint256 before = gasleft();
        _clear();
        assertLt(before - gasleft(), 1_000_000);
    }
}
