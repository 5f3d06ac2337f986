// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ILineage} from "../../interfaces/ILineage.sol";
import {IModelRegistry} from "../../interfaces/IModelRegistry.sol";
import {IRevenueSplitter} from "../../interfaces/IRevenueSplitter.sol";
import {Bps, ModelId} from "../../interfaces/types/Ids.sol";
import {Share} from "../../interfaces/types/Splits.sol";
import {Derivatives, Parent, Version} from "../../interfaces/types/Versions.sol";
import {Splits} from "../libraries/Splits.sol";

/// @notice Specified in ILineage.
contract Lineage is ILineage {
    /* IMMUTABLES */

    /// @inheritdoc ILineage
    IModelRegistry public immutable registry;

    /// @inheritdoc ILineage
    IRevenueSplitter public immutable splitter;

    /* STORAGE */

    /// @inheritdoc ILineage
    mapping(ModelId model => mapping(uint16 version => bool)) public isCleared;

    /* CONSTRUCTOR */

    constructor(IModelRegistry registry_, IRevenueSplitter splitter_) {
        registry = registry_;
        splitter = splitter_;
    }

    /* CLEARING */

    /// @inheritdoc ILineage
    function clear(
        ModelId model,
        uint16 version,
        Version calldata details,
        Parent[] calldata parents,
        ParentProof[] calldata proofs,
        Share[] calldata table
    ) external {
        uint256 count = parents.length;
        if (count == 0 || count != proofs.length) revert Lineage_WrongCount(count, proofs.length);
        if (!registry.matches(model, version, details, keccak256(abi.encode(parents)))) {
            revert Lineage_VersionMismatch(model, version);
        }

        (address owner,) = registry.royaltyOf(model);
        if (owner != msg.sender) owner = address(0);
        uint256[] memory left = new uint256[](table.length);
        for (uint256 i; i < left.length; ++i) {
            left[i] = Bps.unwrap(table[i].share);
        }
        bool shares;
        for (uint256 i; i < count; ++i) {
            if (_requireKept(owner, details.terms, parents[i], proofs[i])) {
                _take(parents[i], proofs[i], table, left);
                shares = true;
            }
        }
        if (shares && details.payee != keccak256(abi.encode(splitter, Splits.idOf(table)))) {
            revert Lineage_PayeeMismatch(model, version);
        }

        isCleared[model][version] = true;
        emit Cleared(model, version, details.payee);
    }

    /* VIEWS */

    /// @inheritdoc ILineage
    function requireCleared(ModelId model, uint16 version) external view {
        if (!isCleared[model][version]) revert Lineage_NotCleared(model, version);
    }

    /* INTERNAL */

    /// @dev Reverts unless the parent allows a version of `owner` with these terms; zero owns nothing.
    /// @return Whether it asks for a share.
    function _requireKept(
        address owner,
        bytes32 terms,
        Parent calldata parent,
        ParentProof calldata proof
    ) private view returns (bool) {
        if (!registry.matches(parent.model, parent.version, proof.details, proof.parentsHash)) {
            revert Lineage_VersionMismatch(parent.model, parent.version);
        }
        if (keccak256(abi.encode(proof.terms)) != proof.details.terms) {
            revert Lineage_TermsMismatch(parent.model, parent.version);
        }
        (address parentOwner,) = registry.royaltyOf(parent.model);
        if (parentOwner != owner) {
            if (proof.terms.derivatives == Derivatives.Forbidden) {
                revert Lineage_Forbidden(parent.model, parent.version);
            }
            if (proof.terms.derivatives == Derivatives.SameTerms && terms != proof.details.terms) {
                revert Lineage_OtherTerms(parent.model, parent.version);
            }
        }
        if (Bps.unwrap(proof.terms.share) == 0) return false;

        bytes32 payee = proof.details.payee;
        // What its owner alone earns they need not pay to themselves.
        if (payee == 0 && parentOwner == owner) return false;
        if (payee == 0) payee = keccak256(abi.encode(parentOwner, bytes32(0)));
        if (payee != keccak256(abi.encode(proof.payout, proof.account))) {
            revert Lineage_PayeeMismatch(parent.model, parent.version);
        }
        return true;
    }

    /// @dev Takes the parent's share from what is left of its payee's row.
    function _take(
        Parent calldata parent,
        ParentProof calldata proof,
        Share[] calldata table,
        uint256[] memory left
    ) private pure {
        uint256 share = Bps.unwrap(proof.terms.share);
        for (uint256 i; i < left.length; ++i) {
            if (
                table[i].payee == proof.payout && table[i].account == proof.account
                    && left[i] >= share
            ) {
                left[i] -= share;
                return;
            }
        }
        revert Lineage_ShareMissing(parent.model, parent.version, proof.terms.share);
    }
}
