// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {ERC721} from "solady/tokens/ERC721.sol";

import {IContentProof} from "../../interfaces/IContentProof.sol";
import {IModelRegistry} from "../../interfaces/IModelRegistry.sol";
import {WrongContent} from "../../interfaces/types/Contents.sol";
import {Bps, ModelId} from "../../interfaces/types/Ids.sol";
import {Parent, Version} from "../../interfaces/types/Versions.sol";
import {Secp256k1} from "../libraries/Secp256k1.sol";

/// @notice Specified in IModelRegistry.
contract ModelRegistry is IModelRegistry, ERC721 {
    using Strings for uint256;

    /* CONSTANTS */

    /// @notice Most parents that a version may declare.
    uint256 public constant MAX_PARENTS = 16;
    /// @notice A licence stores its range in 12 bits each.
    uint16 public constant MAX_VERSION = 4095;
    /// @notice Most that a maker may ask of a licence's resale.
    Bps public constant MAX_ROYALTY = Bps.wrap(1000);

    /// @dev The lowest byte of a stored digest.
    uint256 private constant LIVE = 1;
    uint256 private constant RETIRED = 2;
    uint256 private constant CONVICTED = 3;
    uint256 private constant STATUS_MASK = 0xff;

    /// @dev Extra data of a token: version count in the lower 16 bits, royalty in the next 16, then
    /// a bit that is set once any version is sold no more. Until then a purchase need not read the
    /// version's own slot.
    uint256 private constant ROYALTY_SHIFT = 16;
    uint96 private constant SOME_ENDED = 1 << 32;

    /* IMMUTABLES */

    /// @inheritdoc IModelRegistry
    IContentProof public immutable contentProof;

    /* STORAGE */

    /// @inheritdoc IModelRegistry
    uint256 public modelCount;

    mapping(ModelId model => mapping(uint256 version => uint256)) private _versions;

    /// @inheritdoc IModelRegistry
    mapping(ModelId model => mapping(uint16 version => address)) public convictorOf;

    /* CONSTRUCTOR */

    /// @param contentProof_ Convicts versions.
    constructor(IContentProof contentProof_) {
        contentProof = contentProof_;
    }

    /* VERSIONS */

    /// @inheritdoc IModelRegistry
    function register(
        address owner,
        Bps royalty,
        Version calldata details,
        Parent[] calldata parents
    ) external returns (ModelId model) {
        if (Bps.unwrap(royalty) > Bps.unwrap(MAX_ROYALTY)) {
            revert ModelRegistry_RoyaltyTooHigh(royalty, MAX_ROYALTY);
        }

        uint256 id = ++modelCount;
        if (id > type(uint32).max) revert ModelRegistry_TooManyModels(type(uint32).max);
        model = ModelId.wrap(uint32(id));
        _mintAndSetExtraDataUnchecked(
            owner, id, uint96(uint256(Bps.unwrap(royalty)) << ROYALTY_SHIFT | 1)
        );
        if (Bps.unwrap(royalty) != 0) emit RoyaltySet(model, royalty);
        _store(model, 1, details, parents);
    }

    /// @inheritdoc IModelRegistry
    function addVersion(ModelId model, Version calldata details, Parent[] calldata parents)
        external
        returns (uint16 version)
    {
        _requireOwner(model);
        uint96 extra = _getExtraData(ModelId.unwrap(model));
        version = uint16(extra);
        if (version == MAX_VERSION) revert ModelRegistry_TooManyVersions(model);

        _setExtraData(ModelId.unwrap(model), extra + 1);
        _store(model, ++version, details, parents);
        emit IERC4906.MetadataUpdate(ModelId.unwrap(model));
    }

    /// @inheritdoc IModelRegistry
    function retire(ModelId model, uint16 version) external {
        _requireOwner(model);
        uint256 stored = _versions[model][version];
        if (stored == 0) revert ModelRegistry_VersionUnknown(model, version);
        if (stored & STATUS_MASK != LIVE) revert ModelRegistry_AlreadyRetired(model, version);

        emit VersionRetired(model, version);
        _end(model, version, RETIRED);
    }

    /// @inheritdoc IModelRegistry
    function convict(
        ModelId model,
        uint16 version,
        Version calldata details,
        bytes32 parentsHash,
        WrongContent calldata proof
    ) external {
        if (!matches(model, version, details, parentsHash)) {
            revert ModelRegistry_VersionUnknown(model, version);
        }
        if (isConvicted(model, version)) revert ModelRegistry_AlreadyConvicted(model, version);
        contentProof.requireWrong(
            keccak256(abi.encode(block.chainid, this, model, version, msg.sender)),
            details.line,
            details.artifact,
            proof
        );

        convictorOf[model][version] = msg.sender;
        emit VersionConvicted(model, version, msg.sender);
        _end(model, version, CONVICTED);
    }

    /* VIEWS */

    /// @inheritdoc IModelRegistry
    function requireSellable(ModelId model, uint16 version, address seller) external view {
        uint96 extra = _getExtraData(ModelId.unwrap(model));
        if (
            _ownerOf(ModelId.unwrap(model)) != seller || version == 0 || version > uint16(extra)
                || (extra & SOME_ENDED != 0 && isRetired(model, version))
        ) revert ModelRegistry_NotSellable(model, version, seller);
    }

    /// @inheritdoc IModelRegistry
    function matches(ModelId model, uint16 version, Version calldata details, bytes32 parentsHash)
        public
        view
        returns (bool)
    {
        return
            _versions[model][version] & ~STATUS_MASK
                == _digest(model, version, details, parentsHash);
    }

    /// @inheritdoc IModelRegistry
    function versionDigest(ModelId model, uint16 version) external view returns (bytes32) {
        return bytes32(_versions[model][version] & ~STATUS_MASK);
    }

    /// @inheritdoc IModelRegistry
    function versionCount(ModelId model) external view returns (uint16) {
        return uint16(_getExtraData(ModelId.unwrap(model)));
    }

    /// @inheritdoc IModelRegistry
    function isRetired(ModelId model, uint16 version) public view returns (bool) {
        return _versions[model][version] & STATUS_MASK > LIVE;
    }

    /// @inheritdoc IModelRegistry
    function isConvicted(ModelId model, uint16 version) public view returns (bool) {
        return _versions[model][version] & STATUS_MASK == CONVICTED;
    }

    /// @inheritdoc IModelRegistry
    function royaltyOf(ModelId model) external view returns (address receiver, Bps royalty) {
        receiver = _ownerOf(ModelId.unwrap(model));
        royalty = Bps.wrap(uint16(_getExtraData(ModelId.unwrap(model)) >> ROYALTY_SHIFT));
    }

    /// @inheritdoc ERC721
    function name() public pure override returns (string memory) {
        return "DAIMM Models";
    }

    /// @inheritdoc ERC721
    function symbol() public pure override returns (string memory) {
        return "DAIMM-M";
    }

    /// @notice On-chain JSON: the manifest's CID is in the version's event, not in storage.
    function tokenURI(uint256 id) public view override returns (string memory) {
        if (!_exists(id)) revert TokenDoesNotExist();
        uint256 versions = uint16(_getExtraData(id));
        return string.concat(
            'data:application/json,{"name":"DAIMM model ',
            id.toString(),
            '","description":"An AI model with ',
            versions.toString(),
            ' version(s); see the VersionAdded events for its manifests.","latest":"',
            (_versions[ModelId.wrap(uint32(id))][versions] & ~STATUS_MASK).toHexString(32),
            '"}'
        );
    }

    /// @inheritdoc ERC721
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == 0x49064906 || interfaceId == type(IModelRegistry).interfaceId
            || super.supportsInterface(interfaceId);
    }

    /* INTERNAL */

    function _store(
        ModelId model,
        uint16 version,
        Version calldata details,
        Parent[] calldata parents
    ) private {
        if (details.manifest == 0 || details.artifact == 0 || details.plaintextRoot == 0) {
            revert ModelRegistry_ZeroCommitment();
        }
        Secp256k1.requirePoint(details.line);
        uint256 count = parents.length;
        if (count > MAX_PARENTS) revert ModelRegistry_TooManyParents(count, MAX_PARENTS);
        for (uint256 i; i < count; ++i) {
            Parent calldata parent = parents[i];
            if (_versions[parent.model][parent.version] == 0) {
                revert ModelRegistry_ParentUnknown(parent.model, parent.version);
            }
        }

        bytes32 parentsHash = count == 0 ? bytes32(0) : keccak256(abi.encode(parents));
        _versions[model][version] = _digest(model, version, details, parentsHash) | LIVE;
        emit VersionAdded(model, version, details);
        if (count != 0) emit ParentsDeclared(model, version, parents);
    }

    function _end(ModelId model, uint16 version, uint256 status) private {
        _versions[model][version] = _versions[model][version] & ~STATUS_MASK | status;
        _setExtraData(ModelId.unwrap(model), _getExtraData(ModelId.unwrap(model)) | SOME_ENDED);
        emit IERC4906.MetadataUpdate(ModelId.unwrap(model));
    }

    function _digest(ModelId model, uint16 version, Version calldata details, bytes32 parentsHash)
        private
        pure
        returns (uint256)
    {
        return uint256(keccak256(abi.encode(model, version, details, parentsHash))) & ~STATUS_MASK;
    }

    function _requireOwner(ModelId model) private view {
        if (!_isApprovedOrOwner(msg.sender, ModelId.unwrap(model))) {
            revert ModelRegistry_NotOwner(model, msg.sender);
        }
    }
}
