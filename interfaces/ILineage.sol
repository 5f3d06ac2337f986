// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IModelRegistry} from "./IModelRegistry.sol";
import {IRevenueSplitter} from "./IRevenueSplitter.sol";
import {Bps, ModelId} from "./types/Ids.sol";
import {Share} from "./types/Splits.sol";
import {Parent, TermsHead, Version} from "./types/Versions.sol";

/// @title Clears versions that were made from others, if those others' terms are kept
/// @notice The market sells a version that declares parents only once it is cleared here.
/// @dev It binds what is declared. A parent that nobody declared is a matter of evidence, not of this
/// contract.
interface ILineage {
    /// @notice What shows a parent's terms and its payee.
    /// @param details The parent's version as registered.
    /// @param parentsHash As in `IModelRegistry.matches`.
    /// @param terms What contracts read of its terms.
    /// @param payout Who is paid for the parent: the one whom its version binds, else its owner now.
    /// @param account Under which account.
    struct ParentProof {
        Version details;
        bytes32 parentsHash;
        TermsHead terms;
        address payout;
        bytes32 account;
    }

    /// @notice A version keeps the terms of all the parents that it declares.
    /// @param payee The version's, as in `Version`.
    event Cleared(ModelId indexed model, uint16 indexed version, bytes32 payee);

    /// @notice A version has {parents} parents and {proofs} were shown: show one for each.
    error Lineage_WrongCount(uint256 parents, uint256 proofs);

    /// @notice What was shown is not what is registered as version {version} of model {model}: read it anew.
    error Lineage_VersionMismatch(ModelId model, uint16 version);

    /// @notice The terms that were shown are not those of version {version} of model {model}: read them anew.
    error Lineage_TermsMismatch(ModelId model, uint16 version);

    /// @notice The terms of version {version} of model {model} forbid what is made from it: ask its owner.
    error Lineage_Forbidden(ModelId model, uint16 version);

    /// @notice What is made from version {version} of model {model} must have its very terms: publish it
    /// with those.
    error Lineage_OtherTerms(ModelId model, uint16 version);

    /// @notice The payee that was shown is not the one of version {version} of model {model}: read it anew.
    error Lineage_PayeeMismatch(ModelId model, uint16 version);

    /// @notice Version {version} of model {model} asks for {share:percent} of what is made from it: give its
    /// payee a row of the split with that much.
    error Lineage_ShareMissing(ModelId model, uint16 version, Bps share);

    /// @notice Version {version} of model {model} declares parents and was not cleared: clear it first.
    error Lineage_NotCleared(ModelId model, uint16 version);

    /// @notice Clears a version for sale, for good; anybody may. Each parent has to allow it, or be the
    /// caller's as the version is; and where a parent asks for a share, the version is bound to pay a split that has
    /// a row for the parent's payee with at least that much.
    /// @dev That both belong to one address is not enough: it may be a custodian who knows of neither.
    /// Each parent takes its share from its row: two that ask the same payee's share ask twice.
    /// @param proofs One for each parent, in their order.
    /// @param table The split that the version pays; empty where no parent asks for a share.
    /// @custom:doing clear a version that was made from others
    function clear(
        ModelId model,
        uint16 version,
        Version calldata details,
        Parent[] calldata parents,
        ParentProof[] calldata proofs,
        Share[] calldata table
    ) external;

    /// @notice Reverts unless the version was cleared.
    function requireCleared(ModelId model, uint16 version) external view;

    /// @notice Whether the version was cleared.
    function isCleared(ModelId model, uint16 version) external view returns (bool);

    /// @notice Says what versions are and who owns models.
    function registry() external view returns (IModelRegistry);

    /// @notice Through which splits are paid.
    function splitter() external view returns (IRevenueSplitter);
}
