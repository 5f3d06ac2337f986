// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IContentProof} from "./IContentProof.sol";
import {WrongContent} from "./types/Contents.sol";
import {Bps, ModelId} from "./types/Ids.sol";
import {Parent, Version} from "./types/Versions.sol";

/// @title Models as ERC-721 tokens with append-only versions (ERC-4906)
/// @notice The token is the right to add versions and to sell them. What was added cannot be
/// changed, only retired, or convicted of holding something else than it promised.
/// @dev Anybody may register a model for anybody, as anybody may mint a gift: authorship is shown
/// by the seller's signature in the manifest, never by ownership of the token.
interface IModelRegistry {
    /// @notice The chain's whole record of a version, enough to rebuild an index without view
    /// calls.
    event VersionAdded(ModelId indexed model, uint16 indexed version, Version details);

    /// @notice What a version was made from; absent where it has no parents.
    event ParentsDeclared(ModelId indexed model, uint16 indexed version, Parent[] parents);

    /// @notice The version is sold no more; licences for it stand.
    event VersionRetired(ModelId indexed model, uint16 indexed version);

    /// @notice {claimant} proved that the version's artifact is not what was promised.
    event VersionConvicted(ModelId indexed model, uint16 indexed version, address indexed claimant);

    /// @notice What the maker asks of a licence's resale.
    event RoyaltySet(ModelId indexed model, Bps royalty);

    /// @notice {caller} does not own model {model}: choose its owner's account.
    error ModelRegistry_NotOwner(ModelId model, address caller);

    /// @notice Version {version} of model {model} cannot be sold by {seller}: it is unknown or
    /// retired, or the model has another owner.
    error ModelRegistry_NotSellable(ModelId model, uint16 version, address seller);

    /// @notice There is no version {version} of the parent model {model}: check the lineage.
    error ModelRegistry_ParentUnknown(ModelId model, uint16 version);

    /// @notice A royalty of {royalty:percent} is above the cap of {cap:percent}: choose less.
    error ModelRegistry_RoyaltyTooHigh(Bps royalty, Bps cap);

    /// @notice {count} parents are too many: name at most {cap}.
    error ModelRegistry_TooManyParents(uint256 count, uint256 cap);

    /// @notice There are {cap} models already, as many as the registry holds: use a newer deployment.
    error ModelRegistry_TooManyModels(uint256 cap);

    /// @notice Model {model} has no room for another version: register a new model.
    error ModelRegistry_TooManyVersions(ModelId model);

    /// @notice Model {model} has no version {version}: look at its versions.
    error ModelRegistry_VersionUnknown(ModelId model, uint16 version);

    /// @notice Version {version} of model {model} is retired already.
    error ModelRegistry_AlreadyRetired(ModelId model, uint16 version);

    /// @notice Version {version} of model {model} was proven wrong already: ask for the refund.
    error ModelRegistry_AlreadyConvicted(ModelId model, uint16 version);

    /// @notice The version lacks a manifest, an artifact or a root: publish it from the model file.
    error ModelRegistry_ZeroCommitment();

    /// @notice Registers a model with its first version (number 1) and mints its token to `owner`.
    /// @param royalty Share of a licence's resale price asked for (ERC-2981); fixed for the model's
    /// life.
    /// @custom:doing register a model
    function register(
        address owner,
        Bps royalty,
        Version calldata details,
        Parent[] calldata parents
    ) external returns (ModelId model);

    /// @notice Appends a version; for the model's owner or who they approved (ERC-721).
    /// @custom:doing add a version
    function addVersion(ModelId model, Version calldata details, Parent[] calldata parents)
        external
        returns (uint16 version);

    /// @notice Ends new sales of a version for ever. Old rights stand and open orders are
    /// delivered.
    /// @custom:doing end the sales of a version for ever
    function retire(ModelId model, uint16 version) external;

    /// @notice Ends new sales of a version for ever by the proof that its artifact holds a leaf that is not what was
    /// promised. Final: there is no appeal against arithmetic. What follows for orders and bonds is their contracts'.
    /// @dev Publishes the key of the version's line, also where it reverts: make sure of the proof off chain first.
    /// The proof's context is keccak256(abi.encode(chain id, registry, model, version, sender)), so nobody else can
    /// send it.
    /// @param parentsHash As in `matches`.
    /// @custom:doing prove a version's content wrong
    function convict(
        ModelId model,
        uint16 version,
        Version calldata details,
        bytes32 parentsHash,
        WrongContent calldata proof
    ) external;

    /// @notice Reverts unless `seller` owns `model` and `version` exists and is not retired.
    function requireSellable(ModelId model, uint16 version, address seller) external view;

    /// @notice Whether `details` are exactly what was registered as this version.
    /// @param parentsHash keccak256(abi.encode(parents)); zero where there are none.
    function matches(ModelId model, uint16 version, Version calldata details, bytes32 parentsHash)
        external
        view
        returns (bool);

    /// @notice Stored digest of a version: keccak256(abi.encode(model, version, details,
    /// parentsHash)) with its lowest byte zero.
    /// @dev 248 bits: an owner who searches for two records with one digest faces 2^124 work.
    function versionDigest(ModelId model, uint16 version) external view returns (bytes32);

    /// @notice How many versions the model has; zero where there is no such model.
    function versionCount(ModelId model) external view returns (uint16);

    /// @notice Whether the version is sold no more: it was retired or convicted.
    function isRetired(ModelId model, uint16 version) external view returns (bool);

    /// @notice Whether the version's artifact was proven not to be what was promised.
    function isConvicted(ModelId model, uint16 version) external view returns (bool);

    /// @notice Who proved a version's content wrong; zero where nobody did.
    function convictorOf(ModelId model, uint16 version) external view returns (address);

    /// @notice Who receives what share of a licence's resale price.
    function royaltyOf(ModelId model) external view returns (address receiver, Bps royalty);

    /// @notice What decides whether a version is convicted.
    function contentProof() external view returns (IContentProof);

    /// @notice How many models there are; the last one's id.
    function modelCount() external view returns (uint256);
}
